"""The numbers a product, a price list or the installation may set otherwise (rules.md P): what holds, and whence."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lic.models import N_, Generation, OrderLine, PriceList, Product, Setting, SubscriptionType, db, tx
from lic.rules import Reason, journal, refuse_if

MONTHLY_FIRST = ("prorata", "full", "free")
ANNUAL_ADDON = ("month_ceil", "day")
SWITCH = ("off", "on")


@dataclass(frozen=True)
class Parameters:
    """Days are whole numbers, limits amounts in the list's currency, discounts fractions of 1."""

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
    reseller_approval: str = "off"  # a reseller's own organisation may say "on" besides
    link_approval_limit: Decimal = Decimal(0)  # rules.md Q, approval by mail link

    @classmethod
    def of(cls, given=None, product_grace_days=None):
        """The defaults and what is given instead of them, as it is kept; a product's own grace days above both.

        As kept, `term_discount` is a list of [months, percent]. Raises ValueError naming what nobody can work with.
        """
        given = dict(given or {})
        if unknown := given.keys() - NAMES:
            raise ValueError(f"unknown parameter: {', '.join(sorted(unknown))}")
        if product_grace_days is not None:
            given["grace_days"] = product_grace_days
        return over(DEFAULTS, given)

    def discount(self, months):
        """The fraction off for so many months paid at once, which may be a Fraction: strictly more counts (X6)."""
        return max((off for more_than, off in self.term_discount if months > more_than), default=Decimal(0))


DEFAULTS = Parameters()
NAMES = tuple(field.name for field in fields(Parameters))
OF_PLANS = ("grace_days", "renew_window_days", "decrease_window_days", "cooling_off_days", "monthly_first")
OF_PLANS += ("annual_addon",)  # those a subscription keeps from the order of its last period
OF_PRODUCTS = (*OF_PLANS, "term_discount")  # what may differ from product to product
OF_LISTS = NAMES
AMOUNTS = ("auto_approve_limit", "link_approval_limit")  # in a list's currency
INSTALLED = tuple(name for name in NAMES if name not in AMOUNTS)
SETTING = "parameters"


# --- what holds ----------------------------------------------------------------------------------


def of(price_list=None, product=None, kept=None):
    """What holds for a product of a list. kept: what a subscription keeps of them, above all others."""
    given = {}
    for _, values in _layers(price_list, product):
        given |= values
    return Parameters.of(given | (kept or {}))


def _layers(price_list, product):
    """[(whose, the values it sets)]: the later one wins."""
    return [
        (None, installed()),
        (price_list, dict(price_list.parameters) if price_list else {}),
        (product, own(product) if product else {}),
    ]


def own(record):
    """What a product or a price list sets itself; without one, the installation."""
    if record is None:
        return installed()
    grace = getattr(record, "grace_days", None)
    return dict(record.parameters) | ({} if grace is None else {"grace_days": grace})


def over(parameters, kept):
    """Parameters with some values as they are kept instead."""
    if not kept:
        return parameters
    key = parameters, repr(kept)
    found = _read.get(key)
    if found is None:
        if len(_read) > MOST_READ:
            _read.clear()
        found = replace(parameters, **{name: _READ[name](name, value) for name, value in kept.items()})
        _read[key] = found
    return found


_read = {}  # what was read before: a page asks for the same dozens of times
MOST_READ = 500


_installed = {}  # {(database, generation): values}: it is asked for on every line of a list


def installed():
    """What the installation sets."""
    key = db.database, Generation.number
    if key not in _installed:
        kept = Setting.get_or_none(Setting.name == SETTING)
        _installed.clear()
        _installed[key] = kept.value if kept else {}
    return dict(_installed[key])


def below(record):
    """What holds where a product, a list or the installation (None) itself says nothing."""
    return Parameters.of({} if record is None else installed())


def lists_that_set(name):
    """The price lists that set a parameter: a product without a value of its own follows its buyer's list."""
    return [row for row in PriceList.select().order_by(PriceList.name) if name in row.parameters]


def plan(parameters):
    """What an order of a product keeps of them."""
    return dict(_plan(parameters))


@lru_cache(maxsize=100)
def _plan(parameters):
    return {name: kept(name, getattr(parameters, name)) for name in OF_PRODUCTS}


def kept(name, value):
    """A value of Parameters as it is kept."""
    if name == "term_discount":
        return [[months, f"{(off * 100).normalize():f}"] for months, off in value]
    if name == "reminders":
        return list(value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def keep(subscription, line):
    """A plan keeps what holds when its period is ordered, whatever is set later; its modules follow it.

    line: of the order, or its id; None for a month that follows by itself.
    """
    line = OrderLine.get_by_id(line) if isinstance(line, int) else line
    ordered = line and (line.parent or line).inputs.get("prices", {}).get(f"{subscription.product_id}:parameters")
    if ordered:
        kept = {name: value for name, value in ordered.items() if name in OF_PLANS}
        if subscription.type is SubscriptionType.MONTHLY:  # a month renewed by hand leaves the first one as it was
            kept |= {name: value for name, value in (subscription.parameters or {}).items() if name == "monthly_first"}
        subscription.parameters = kept
        subscription.save()


# --- changing them -------------------------------------------------------------------------------


def allowed(record):
    """The names a product, a price list or the installation (None) may set."""
    return INSTALLED if record is None else OF_PRODUCTS if isinstance(record, Product) else OF_LISTS


def why_not(record, values):
    """Why these values cannot be set, or None; {name: value as it is kept}, what is left out follows those above."""
    for name, value in values.items():
        if name not in allowed(record):
            return Reason(N_("This is not set here."), rule="P")
        if reason := why_not_value(name, value):
            return reason
    return None


def why_not_value(name, value):
    """Why a parameter cannot have this value, or None if it can."""
    try:
        _READ[name](name, value)
    except ValueError:
        return Reason(N_("This value cannot be used."), rule="P")
    least, most = LIMITS.get(name, (0, None))
    if most is not None and not least <= value <= most:
        return Reason(N_("From %(least)s to %(most)s."), rule="P", least=least, most=most)
    if name == "reminders" and not (value and all(-366 <= day <= 366 for day in value)):
        return Reason(N_("At least one day, each from -366 to 366."), rule="P")
    return None


LIMITS = {
    "grace_days": (0, 365),
    "renew_window_days": (1, 730),
    "decrease_window_days": (1, 366),
    "cooling_off_days": (0, 366),
    "order_ttl_days": (1, 366),
}


def change(record, values, by, at):
    """Set what a product, a price list or the installation (None) says; plans already ordered keep theirs."""
    with tx():
        record = record and record.again()
        refuse_if(why_not(record, values))
        before = own(record)
        if values == before:
            return
        subject = _write(record, values)
        names = [name for name in NAMES if before.get(name) != values.get(name)]
        was, now = ({name: one[name] for name in names if name in one} for one in (before, values))
        kind = {Product: "product.changed", PriceList: "price_list.changed", Setting: "setting.changed"}[type(subject)]
        journal.record(kind, subject, by, at, before=was, after=now)


def _write(record, values):
    if record is None:
        record, _new = Setting.get_or_create(name=SETTING, defaults={"value": {}})
        record.value = values
    elif isinstance(record, Product):
        record.grace_days = values.get("grace_days")
        record.parameters = {name: value for name, value in values.items() if name != "grace_days"}
    else:
        record.parameters = values
    record.save()
    return record


# --- reading what is kept ------------------------------------------------------------------------


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
    "reseller_approval": _one_of(SWITCH),
    "link_approval_limit": _amount,
}
