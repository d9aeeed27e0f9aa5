"""What everything costs: quantities, prices and dates in, lines out; preview, order, approval and invoice all ask here.

Amounts are `Decimal` in the price list's currency, stored as integer cents. A `Line` says how it was computed; nobody
rounds anything but its `net` (R4). Periods are `calendar.Span`s; `on` is the day the change takes effect (R5).
A quantity or a date that makes no sense raises ValueError: whether a person may ask for it is decided before.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from lic.models import N_, Plan
from lic.rules import Reason
from lic.rules.calendar import Span, days, length, month_of, months_left, next_first, next_period, period
from lic.rules.parameters import Parameters

ZERO = Decimal("0.00")
DEFAULTS = Parameters()


# --- money (R4) --------------------------------------------------------------------------------


def rounded(exact):
    """A Decimal or Fraction to two decimals, half away from zero, computed without an error before."""
    cents = int(abs(Fraction(exact)) * 100 + Fraction(1, 2))
    return from_cents(cents if exact >= 0 else -cents)


def to_cents(amount):
    return int(rounded(amount).scaleb(2))


def from_cents(cents):
    return Decimal(cents).scaleb(-2)


@dataclass(frozen=True)
class Line:
    """`quantity × unit × numerator / denominator × (1 − discount)`, for the days it pays for."""

    quantity: int
    unit: Decimal
    numerator: int = 1
    denominator: int = 1
    discount: Decimal = Decimal(0)  # a fraction of 1
    from_on: date | None = None
    to_on: date | None = None

    def __post_init__(self):
        if self.numerator < 0 or self.denominator < 1 or not 0 <= self.discount <= 1:
            raise ValueError(f"no such part of a price: {self}")

    @property
    def before_discount(self):
        return rounded(self._exact)

    @property
    def net(self):
        return rounded(self._exact * (1 - Fraction(self.discount)))

    @property
    def net_cents(self):
        return to_cents(self.net)

    @property
    def _exact(self):
        return self.quantity * Fraction(self.unit) * Fraction(self.numerator, self.denominator)


def net(lines):
    """The sum of the lines' net amounts."""
    return sum((line.net for line in lines), ZERO)


def _rest(current, on):
    """What is left of a period on a day; raises ValueError when that is nothing."""
    return Span(max(on, current.from_on), current.to_on)


def _line(span, quantity, unit, fraction=(1, 1), discount=Decimal(0)):
    if quantity < 1:
        raise ValueError(f"a quantity is at least 1, not {quantity}")
    return Line(quantity, unit, *fraction, discount, span.from_on, span.to_on)


@dataclass(frozen=True)
class Tax:
    """How an amount is taxed; which one applies is for lic/rules/vat.py to say."""

    rate_bp: int | None = None  # hundredths of a percent; None: no VAT line
    code: str = ""  # EN 16931 category
    note: str = ""


@dataclass(frozen=True)
class RateTotal:
    """The sum of one rate and category; `note` joins what its lines say of it."""

    rate_bp: int | None
    net: Decimal
    code: str = ""
    note: str = ""

    @property
    def vat(self):
        return rounded(Fraction(self.net) * (self.rate_bp or 0) / 10000)


@dataclass(frozen=True)
class Totals:
    rates: tuple  # of RateTotal, in the order their first lines came

    @property
    def net(self):
        return sum((rate.net for rate in self.rates), ZERO)

    @property
    def vat(self):
        return sum((rate.vat for rate in self.rates), ZERO)

    @property
    def gross(self):
        return self.net + self.vat


def totals(taxed):
    """The totals of (net, Tax) pairs: VAT once per rate and category, on the sum of its net lines (R4)."""
    found = {}  # no rate and a rate of nothing are one: exempt is broken down once (EN 16931)
    for amount, tax in taxed:
        found.setdefault((tax.rate_bp or 0, tax.code), []).append((amount, tax))
    return Totals(tuple(_rate_total(code, those) for (_, code), those in found.items()))


def _rate_total(code, taxed):
    rates, notes = {tax.rate_bp for _, tax in taxed}, dict.fromkeys(tax.note for _, tax in taxed if tax.note)
    rate_bp = None if None in rates else rates.pop()
    return RateTotal(rate_bp, sum((amount for amount, _ in taxed), ZERO), code, " ".join(notes))


# --- licences in stock (O, Price list and Licences in stock) -----------------------------------


@dataclass(frozen=True)
class LicenceOrder:
    """One line of a licence order: everything the server computes from the quantity (001-18..21, X12)."""

    quantity: int
    unit_monthly: Decimal
    unit_setup: Decimal = ZERO
    bonus_every: int | None = None  # one free with every so many
    users_per_unit: int = 0

    def __post_init__(self):
        if self.quantity < 1:
            raise ValueError(f"a quantity is at least 1, not {self.quantity}")

    @property
    def bonus(self):
        return self.quantity // self.bonus_every if self.bonus_every else 0

    @property
    def total_quantity(self):
        return self.quantity + self.bonus

    @property
    def users(self):
        return self.total_quantity * self.users_per_unit

    @property
    def monthly(self):
        return Line(self.quantity, self.unit_monthly).net

    @property
    def setup(self):
        return Line(self.quantity, self.unit_setup).net

    @property
    def with_setup(self):
        return self.monthly + self.setup


# --- monthly (000-38..42) ----------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """So many seats at one price from a day on, as a row of Seats or a purchase into stock has it."""

    quantity: int
    unit: Decimal
    from_on: date
    to_on: date | None = None  # None: no end yet
    since: date | None = None  # the first day of the purchase that they are left of


def monthly_lines(blocks, day, starts_on=None, monthly_first="prorata"):
    """What the calendar month of `day` costs, one line per block and its days in it (X1, X2).

    Blocks of one price that cover the whole month become one line, which costs the same. `monthly_first` is for a
    subscription whose `starts_on` falls within this month: its partial first month is by day, full, or free.
    Licences in stock are always by day from their approval: leave `starts_on` out.
    """
    month = month_of(day)
    first = starts_on is not None and starts_on in month and starts_on != month.from_on
    whole, partial = {}, []
    for block in blocks:
        covered = month.within(block)
        if covered == month:
            whole[block.unit] = whole.get(block.unit, 0) + block.quantity
        elif covered:
            part = _first_part(block, covered, month, starts_on, monthly_first) if first else (covered.days, month.days)
            partial.append(Line(block.quantity, block.unit, *part, from_on=covered.from_on, to_on=covered.to_on))
    whole_month = {"from_on": month.from_on, "to_on": month.to_on}
    lines = [Line(seats, unit, month.days, month.days, **whole_month) for unit, seats in whole.items() if seats]
    return lines + sorted(partial, key=lambda line: (line.from_on, line.to_on))


def _first_part(block, covered, month, starts_on, monthly_first):
    """Of a first month that is free or full, whole or what given back seats used of it."""
    if monthly_first != "full":
        return (0 if monthly_first == "free" else covered.days), month.days
    bought = Span(max(block.since or block.from_on, starts_on), month.to_on)
    return (month.days, month.days) if covered == bought else (covered.days, bought.days)


def first_month(quantity, monthly, on):
    """The first, mostly partial month of what is billed monthly from its approval, by day."""
    return monthly_lines([Block(quantity, monthly, on)], on)[0]


def change_to_annual(quantity, annual_price, asked_on):
    """Monthly to annual: from the next 1st, in advance (000-41)."""
    return annual(quantity, annual_price, period(next_first(asked_on), 12))


# --- annual (000-44..47) -----------------------------------------------------------------------


def annual(quantity, annual_price, year):
    """A year, new or renewed, paid at once; `year` is its period."""
    return _line(year, quantity, annual_price)


def annual_renewal(quantity, annual_price, old):
    """The year after the old period, whatever the day of payment (X5)."""
    return annual(quantity, annual_price, next_period(old, 12))


def annual_added(quantity, annual_price, current, on, annual_addon="month_ceil"):
    """Seats, or a module, added to the end of the current period: by started month, else by day (000-44, X3).

    Where the next period is already paid, ask once for each period.
    """
    rest, year = _rest(current, on), period(current.from_on, 12, current.anchor)
    part = (rest.days, year.days) if annual_addon == "day" else (months_left(current, on), 12)
    return _line(rest, quantity, annual_price, part)


@dataclass(frozen=True)
class PlanChange:
    effective_on: date
    line: Line | None  # None: nothing now; the renewal is charged at the new price


def plan_change(quantity, old_price, new_price, current, on):
    """To a dearer annual product or price: the difference for the started months left; to a cheaper one: at renewal."""
    if new_price < old_price:
        return PlanChange(current.after, None)
    rest = _rest(current, on)
    return PlanChange(rest.from_on, _line(rest, quantity, new_price - old_price, (months_left(current, on), 12)))


def cotermination(quantity, annual_price, current, common_end):
    """From the end of the current period to the common end, by day, one line per year it reaches into (O).

    Nothing for the one that ends last already. Raises ValueError for one that ends later: no period is shortened.
    """
    if common_end < current.to_on:
        raise ValueError(f"{common_end} is before the end, {current.to_on}")
    lines = []
    while current.to_on < common_end:
        current = next_period(current, 12)
        covered = Span(current.from_on, min(current.to_on, common_end))
        lines.append(_line(covered, quantity, annual_price, (covered.days, current.days)))
    return tuple(lines)


# --- term (000-49..54) -------------------------------------------------------------------------


def term(quantity, monthly, whole, parameters=DEFAULTS):
    """A term, new or renewed, paid at once: whole months and the days of a last partial one (X6)."""
    long = length(whole)
    part = (long.months * long.of + long.days, long.of) if long.days else (long.months, 1)
    return _line(whole, quantity, monthly, part, parameters.discount(long.fraction))


def term_added(quantity, monthly, current, on, parameters=DEFAULTS):
    """Seats added to the same end; a discount only if the months bought are themselves enough for one (000-54)."""
    months = months_left(current, on)
    return _line(_rest(current, on), quantity, monthly, (months, 1), parameters.discount(months))


# --- assurance (000-16, 000-33, 000-55..58) ----------------------------------------------------


def assurance(seats, monthly, start, months):
    """The first assurance: every month asked, at once; its `to_on` is the support end."""
    return _line(period(start, months), seats, monthly, (months, 1))


def assurance_added(seats, monthly, support, on):
    """The assurance that comes with added seats, to the support end (000-33). `support` is the support's period."""
    return _line(_rest(support, on), seats, monthly, (months_left(support, on), 1))


def assurance_upgrade(seats, old_monthly, new_monthly, support, on):
    """The difference for the started months left to the support end (X7); a better plan that costs less gives none."""
    return assurance_added(seats, max(new_monthly - old_monthly, ZERO), support, on)


def assurance_renewal(seats, monthly, support, at_least):
    """The months that bring the support to at least that day, or None if it reaches it already (O, Assurance)."""
    if at_least <= support.to_on:
        return None
    month = next_period(support, 1)
    months = months_left(Span(month.from_on, at_least, month.anchor), month.from_on)
    return _line(next_period(support, months), seats, monthly, (months, 1))


def why_not_upgrade(old_plan, new_plan):
    """Why assurance cannot go from one Plan to another, or None if it can: only upwards, any step (000-55, 000-56)."""
    plans = list(Plan)
    if plans.index(new_plan) <= plans.index(old_plan):
        return Reason(
            N_("Software assurance can only be upgraded: %(new)s is not above %(old)s."),
            rule="000-56",
            old=old_plan,
            new=new_plan,
        )
    return None


# --- giving back (O, Cooling-off) --------------------------------------------------------------


def refund(line, seats, today, refunded=ZERO, of=None):
    """What giving back `seats` of a charged line in its cooling-off days refunds: a positive Line.

    of: how many seats it is a part of the price for, where several lines pay for the same ones; else its own.

    Its days after today, of all its days; `refunded` is what the line gave back before, never passed in all.
    Its dates are those nobody uses any more; there are none on its last day.
    """
    of = of or line.quantity
    if not 1 <= seats <= of:
        raise ValueError(f"{seats} of {of} seats")
    paid = Span(line.from_on, line.to_on)
    unused = min(max(days(today, paid.to_on) - 1, 0), paid.days)
    back = _part_of(line.net, seats, of, unused, paid.days)
    if unused:
        back = replace(back, from_on=paid.to_on - timedelta(days=unused - 1), to_on=paid.to_on)
    left = line.net - refunded
    return back if back.net <= left else replace(back, quantity=1, unit=left, numerator=1, denominator=1)


def _part_of(net, seats, of, unused, days):
    """As people compute it, wherever that is exact: all of it, or so many seats at what each of them cost."""
    if seats == of:
        return Line(1, net, unused, days)
    each = rounded(Fraction(net) / of)
    return Line(seats, each, unused, days) if each * of == net else Line(1, net, seats * unused, of * days)


# --- splitting (O, Billing centres) ------------------------------------------------------------


def split(total, weights):
    """A whole number in parts proportional to the weights, summing to it exactly: largest remainder, first on a tie.

    Weights are whole numbers of at least 0, and not all 0. A negative total gives the parts of a credit.
    """
    weights = list(weights)
    if not any(weights) or min(weights) < 0:
        raise ValueError(f"nothing to split by: {weights}")
    whole = sum(weights)
    parts = [abs(total) * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(abs(total) * weights[i] % whole))
    for i in by_remainder[: abs(total) - sum(parts)]:
        parts[i] += 1
    return parts if total >= 0 else [-part for part in parts]


def split_amount(amount, weights):
    """The same for an amount, to the cent (X10)."""
    return [from_cents(cents) for cents in split(to_cents(amount), weights)]
