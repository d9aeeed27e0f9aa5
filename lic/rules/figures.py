"""The figures of the distributor's dashboard: what ends by month, recurring revenue, incidents by state and age."""

from datetime import timedelta
from fractions import Fraction
from functools import reduce
from operator import and_

from peewee import JOIN, fn

from lic.models import (
    Assurance,
    Basis,
    Charge,
    Ending,
    Incident,
    IncidentState,
    Organisation,
    Period,
    PriceList,
    Seats,
    Subscription,
)
from lic.rules import arrears
from lic.rules.calendar import add_months, month_of

MONTHS = 12
PER_MONTH = {Basis.MONTHLY: 1, Basis.ANNUAL: 12, Basis.TERM_MONTH: 1}  # what a seat's price is divided by
WHOLE_BP = 10_000
OPEN = tuple(state for state in IncidentState if state not in (IncidentState.RESOLVED, IncidentState.CLOSED))
AGES = (2, 7)  # days: up to two, up to seven, more


def ends_by_month(today):
    """[(first day of the month, contracts, subscriptions)] of what ends from today on, for a year."""
    first = month_of(today).from_on
    last = add_months(first, MONTHS) - timedelta(1)
    month = fn.substr(Ending.day, 1, 7)
    days = Ending.select(month, fn.SUM(Ending.contracts)).where(Ending.day.between(today, last))
    contracts = dict(days.group_by(month).tuples())
    ends = fn.MAX(Period.ends_on)
    subscriptions = {}
    for period in (
        Period.select(ends.alias("ends_on"))
        .join(Subscription)
        .where(Subscription.base.is_null(), Subscription.auto_renew == False)  # noqa: E712
        .group_by(Period.subscription)
        .having(ends.between(today, last))
    ):
        month = period.ends_on.isoformat()[:7]
        subscriptions[month] = subscriptions.get(month, 0) + 1
    months = [add_months(first, count) for count in range(MONTHS)]
    return [(day, contracts.get(str(day)[:7], 0), subscriptions.get(str(day)[:7], 0)) for day in months]


def ending_soon(today, days=30):
    """(contracts, subscriptions) that end within so many days."""
    until = today + timedelta(days)
    contracts = Ending.select(fn.SUM(Ending.contracts)).where(Ending.day.between(today, until)).scalar() or 0
    ends = fn.MAX(Period.ends_on)
    query = Period.select(Period.subscription).join(Subscription)
    mine = query.where(Subscription.base.is_null(), Subscription.auto_renew == False)  # noqa: E712
    return contracts, mine.group_by(Period.subscription).having(ends.between(today, until)).count()


def recurring(today):
    """[(first day of the month, {currency: cents})] of what comes in each month, the last one being today's.

    Seats, those of modules too, software assurance, and licences in stock: a year's price by its twelfth.
    """
    first = month_of(today).from_on
    months = [add_months(first, count) for count in range(1 - MONTHS, 1)]
    days = [min(month_of(month).to_on, today) for month in months]
    licences = arrears.licences_each_month(days)
    rows = [*_running(Seats, days, Seats.basis), *_running(Assurance, days)]
    return [
        (month, _summed(_on(day, rows), in_stock)) for month, day, in_stock in zip(months, days, licences, strict=True)
    ]


def _summed(*parts):
    sums = {}
    for part in parts:
        for currency, cents in part.items():
            sums[currency] = sums.get(currency, 0) + cents
    return {currency: round(cents) for currency, cents in sums.items()}


def _on(day, rows):
    """{currency: cents} of those that cover a day."""
    found = {}
    for first, last, currency, cost, *basis in rows:
        if first <= day and (last is None or day <= last):
            per = PER_MONTH.get(*basis, 1) if basis else 1
            found[currency] = found.get(currency, 0) + Fraction(cost, per * WHOLE_BP)
    return found


def _running(model, days, *by):
    """(first day, last one or None, currency, what these rows cost, …) of what runs on any of the days.

    The cost is in cents by WHOLE_BP: what is left of it after the discount of a term, as it was charged.
    """
    kept = model.from_on, model.to_on, PriceList.currency
    left = WHOLE_BP - fn.COALESCE(Charge.discount_bp, 0)
    charged = (
        *(Charge.order_line == model.order_line, Charge.subscription == model.subscription),
        *(Charge.from_on == model.from_on, Charge.discount_bp > 0, Charge.refunds.is_null()),
    )
    return (
        model.select(*kept, fn.SUM(model.quantity * model.unit_cents * left), *by)
        .join(Charge, JOIN.LEFT_OUTER, on=reduce(and_, charged))
        .switch(model)
        .join(Subscription)
        .join(Organisation, on=(Subscription.holder == Organisation.id))
        .join(PriceList, on=(Organisation.price_list == PriceList.id))
        .where(
            *(model.from_on <= days[-1], model.to_on.is_null() | (model.to_on >= days[0])),
            Subscription.sold_by == "",
        )
        .group_by(*kept, *by)
        .tuples()
    )


def incidents(at):
    """[(state, (up to two days old, up to seven, older))] of those that are not over."""
    found = {state: [0] * (len(AGES) + 1) for state in OPEN}
    for state, declared_at in (
        Incident.select(Incident.state, Incident.declared_at).where(Incident.state.in_(OPEN)).tuples()
    ):
        days = (at.at - declared_at).days
        found[state][sum(days > age for age in AGES)] += 1
    return [(state, tuple(counts)) for state, counts in found.items()]
