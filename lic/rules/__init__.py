"""What the business allows: dates and records in, decisions out. No request, no session, no clock."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Money:
    """An amount with its currency, to be shown in the reader's way."""

    amount: Decimal
    currency: str

    @classmethod
    def of_cents(cls, cents, currency):
        return cls(Decimal(cents) / 100, currency)


@dataclass(frozen=True, init=False)
class Reason:
    """Why something is refused: a sentence to translate and its values, formatted where they are shown (R10).

    `message` is one msgid, or a (singular, plural) pair chosen by the value named `count`.
    """

    message: str | tuple
    rule: str | None = None
    values: dict = field(default_factory=dict)

    def __init__(self, message, rule=None, **values):
        object.__setattr__(self, "message", message)
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "values", values)


class Refused(Exception):
    """The business does not allow it; its reason is shown to the person."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def refuse_if(reason):
    if reason:
        raise Refused(reason)
