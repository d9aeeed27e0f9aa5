"""What a list shows of a row, and how one narrows it."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.exceptions import BadRequest


@dataclass(frozen=True)
class Column:
    """One column: `key` names a row's value and the sort; `label` is a marked word."""

    key: str
    label: str
    end: bool = False  # an amount or a number, on the right
    sorts: bool = True
    value: Callable | None = None  # row -> what a file says in this column, where it is not the value itself
    says: Callable | None = None  # value -> how the screen says it, to be searched too: of a NUMBER with few values

    def said(self, row):
        return self.value(row) if self.value else getattr(row, self.key)


@dataclass(frozen=True)
class Choice:
    """One choice of a filter. `asks(today)` gives the conditions: {"only": …, "spans": …} for an Index."""

    value: str
    label: str
    asks: Callable = lambda today: {}


@dataclass(frozen=True)
class Filter:
    name: str
    label: str
    choices: tuple  # the first is "all"

    @classmethod
    def of(cls, name, label, members, everything, several=None):
        """A filter on a column that holds members of an enum; `everything` is the word for no filter.

        several: {member: what many of that state are called}, where one is called otherwise.
        """
        several = several or {}
        choices = [Choice("", everything)]
        choices += [
            Choice(m.value, several.get(m, m.label), lambda today, m=m: {"only": ((name, (m,)),)}) for m in members
        ]
        return cls(name, label, tuple(choices))

    def chosen(self, value):
        """The choice of this name, the first for none; a name nobody offered is no address of ours."""
        for choice in self.choices:
            if choice.value == (value or self.choices[0].value):
                return choice
        raise BadRequest
