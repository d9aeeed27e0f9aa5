"""The numbers a price list or a product may set otherwise (rules.md P)."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

MONTHLY_FIRST = ("prorata", "full", "free")
ANNUAL_ADDON = ("month_ceil", "day")


@dataclass(frozen=True)
class Parameters:
    """Days are whole numbers, limits amounts in the list's currency, discounts fractions of 1.

    Whether a reseller confirms its own orders first (`reseller_approval`) stands on its organisation, not here.
    """

    grace_days: int = 10
    renew_window_days: int = 120
    decrease_window_days: int = 90
    cooling_off_days: int = 7
    monthly_first: str = "prorata"
    annual_addon: str = "month_ceil"
    term_discount: tuple = ((12, Decimal("0.05")), (24, Decimal("0.10")), (36, Decimal("0.15")))  # (more than, off)
    reminders: tuple = (-90, -30, -7, 0, 5)  # days from the end
    order_ttl_days: int = 30
    auto_approve_limit: Decimal = Decimal(0)
    link_approval_limit: Decimal = Decimal(0)  # rules.md Q, approval by mail link

    @classmethod
    def of(cls, price_list_parameters=None, product_grace_days=None):
        """The defaults, what `PriceList.parameters` changes of them, and the product's own grace days above both.

        In that JSON `term_discount` is a list of [months, percent]. Raises ValueError naming what nobody can work with.
        """
        given = dict(price_list_parameters or {})
        if unknown := given.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown parameter: {', '.join(sorted(unknown))}")
        if product_grace_days is not None:
            given["grace_days"] = product_grace_days
        return replace(cls(), **{name: _READ[name](name, value) for name, value in given.items()})

    def discount(self, months):
        """The fraction off for so many months paid at once, which may be a Fraction: strictly more counts (X6)."""
        return max((off for more_than, off in self.term_discount if months > more_than), default=Decimal(0))


def _whole(name, value):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3660:
        raise ValueError(f"{name}: {value!r} is not a whole number of at least 0")
    return value


def _amount(name, value):
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{name}: {value!r} is not an amount")
    return amount


def _one_of(choices):
    def read(name, value):
        if value not in choices:
            raise ValueError(f"{name}: {value!r} is not one of {', '.join(choices)}")
        return value

    return read


def _discounts(name, value):
    if not isinstance(value, list | tuple) or any(
        not isinstance(pair, list | tuple) or len(pair) != 2 for pair in value
    ):
        raise ValueError(f"{name}: {value!r} is not a list of [months, percent]")
    pairs = sorted((_whole(name, months), _amount(name, percent) / 100) for months, percent in value)
    if any(off > 1 for _, off in pairs):
        raise ValueError(f"{name}: more than 100 percent")
    return tuple(pairs)


def _offsets(name, value):
    if not isinstance(value, list | tuple) or any(isinstance(day, bool) or not isinstance(day, int) for day in value):
        raise ValueError(f"{name}: {value!r} is not a list of days")
    return tuple(sorted(set(value)))


_READ = {
    "grace_days": _whole,
    "renew_window_days": _whole,
    "decrease_window_days": _whole,
    "cooling_off_days": _whole,
    "monthly_first": _one_of(MONTHLY_FIRST),
    "annual_addon": _one_of(ANNUAL_ADDON),
    "term_discount": _discounts,
    "reminders": _offsets,
    "order_ttl_days": _whole,
    "auto_approve_limit": _amount,
    "link_approval_limit": _amount,
}
