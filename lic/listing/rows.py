"""Where the rows of a list come from: one that can grow stands on an `Index`, one that cannot on a `Small` query.

What is written down all the time and rarely read (letters, the journal) is `Kept`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from peewee import Field

from lic import search
from lic.web import words


@dataclass(frozen=True)
class Small:
    """Rows of a query that stays short (a company's users, the price lists): searched and sorted by what they say."""

    query: Callable  # () -> rows in scope, each with an `id`
    columns: tuple

    def find(self, asked, after, limit):
        down, column = asked.down, next(column for column in self.columns if column.key == asked.sort)
        rows = [row for row in self.query() if self._fits(row, asked)]
        keyed = sorted(((_sortable(column.said(row)), row.id, row) for row in rows), key=_place, reverse=down)
        if after is not None:
            keyed = [k for k in keyed if (_place(k) < after if down else _place(k) > after)]
        shown = keyed[:limit]
        return (
            [row for *_, row in shown],
            [(number, value) for value, number, _ in shown],
            len(rows),
            False,
            limit is not None and len(keyed) > limit,
        )

    def _fits(self, row, asked):
        if not all(getattr(row, name) in members for name, members in asked.only):
            return False
        if not asked.words:
            return True
        text = search.folded(" ".join(words.word(column.said(row)) for column in self.columns))
        return all(word in text if len(word) > 2 else begins_a_word(text, word) for word in asked.words)

    def every(self, asked):
        return self.find(asked, None, None)[0]


@dataclass(frozen=True)
class Kept:
    """Rows of a table that grows, without an index of lic/search: the database sorts and pages them."""

    query: Callable  # what is asked -> a query of records in scope
    number: Field  # what rows of one value are ordered by
    keys: dict  # sort -> the expression sorted by, where it is not the number; never nothing
    shown: Callable = list  # records -> rows, in their order

    def find(self, asked, after, limit):
        query = self.query(asked)
        found = self._after(query, asked, after, limit + 1)
        is_all = after is None and len(found) <= limit
        count = len(found) if is_all else query.limit(search.CAP + 1).count()
        keys = [(record.id, record.sorted_by) for record in found[:limit]]
        over = count > search.CAP
        return self.shown(found[:limit]), keys, min(count, search.CAP), over, len(found) > limit

    def _after(self, query, asked, after, limit):
        value, number = self.keys.get(asked.sort, self.number), self.number
        query = query.select_extend(value.alias("sorted_by")).limit(limit)
        if after is not None and asked.down:
            query = query.where((value < after[0]) | ((value == after[0]) & (number < after[1])))
        elif after is not None:
            query = query.where((value > after[0]) | ((value == after[0]) & (number > after[1])))
        return list(query.order_by(*((value.desc(), number.desc()) if asked.down else (value, number))))

    def every(self, asked):
        after, found = None, True
        while found:
            found = self._after(self.query(asked), asked, after, 500)
            yield from self.shown(found)
            after = found and (found[-1].sorted_by, found[-1].id)


class Rows(Sequence):
    """Rows of an index, read when they are first looked at: a list that keeps them drawn needs few of them."""

    def __init__(self, index, numbers, today):
        self.index, self.numbers, self.today, self._found = index, numbers, today, None

    @property
    def _read(self):
        """No cached_property: up to Python 3.11 one thread that reads would let all others wait."""
        if self._found is None:
            self._found = self.index.rows(self.numbers, self.today)
        return self._found

    def __getitem__(self, place):
        return self._read[place]

    def __len__(self):
        return len(self._read)

    def __iter__(self):
        return iter(self._read)

    def __bool__(self):
        return bool(self.numbers)

    def some(self, numbers):
        """The rows of these numbers alone."""
        return self.index.rows(numbers, self.today)


@dataclass(frozen=True)
class Large:
    """Rows of an index of lic/search."""

    index: search.Index

    def find(self, asked, after, limit):
        found = search.find(self.index, asked, after, limit)
        rows = Rows(self.index, [number for number, _ in found.rows], asked.today)
        return rows, found.rows, found.count, found.over, found.more

    def every(self, asked):
        numbers = search.every(self.index, asked)
        for start in range(0, len(numbers), 5000):
            yield from self.index.rows(list(numbers[start : start + 5000]), asked.today)


def _sortable(value):
    """A value of a column as it is sorted by, and as an address can hold it."""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else search.folded(words.word(value))


def _place(keyed):
    return keyed[:2]


def begins_a_word(text, word):
    return f" {text}".find(f" {word}") >= 0 or f" {text}".replace("-", " ").find(f" {word}") >= 0
