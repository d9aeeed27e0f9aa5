"""Many subscriptions as `Held`, in as many queries as one takes: what the renewal board computes for all its rows."""

from collections import defaultdict

from peewee import fn

from lic.models import (
    Assignment,
    Assurance,
    ChangeState,
    Period,
    Product,
    ScheduledChange,
    Seats,
    Subscription,
)
from lic.rules.calendar import Span
from lic.rules.holdings import Cover, Held, Planned, Prices
from lic.rules.pricing import Block, from_cents

AT_ONCE = 5000  # ids a query is asked about


class Lists:
    """The prices of a day, each list read once whoever buys by it; no amount here depends on how it is taxed."""

    def __init__(self, day):
        self.day, self._prices = day, {}

    def of(self, buyer):
        """The Prices of this buyer; refuses one without a price list."""
        if buyer.price_list_id not in self._prices:
            self._prices[buyer.price_list_id] = Remembered.of(buyer, self.day)
        return self._prices[buyer.price_list_id]


class Remembered(Prices):
    """Prices that look for the assurance of a product once."""

    def assurance(self, product, plan):
        found = self.__dict__.setdefault("_assurances", {})
        if (product.id, plan) not in found:
            found[product.id, plan] = super().assurance(product, plan)
        return found[product.id, plan]


def held(subscriptions):
    """{subscription id: Held} of these, each as `holdings.held` gives it."""
    bases = {one.id: one for one in subscriptions}
    modules = defaultdict(list)
    kept = Subscription.select(Subscription, Product).join(Product, on=(Subscription.product == Product.id))
    for part in _parts(list(bases)):
        mine = Subscription.base.in_(part), Subscription.cancelled_on.is_null()
        for module in kept.where(*mine).order_by(Subscription.id):
            modules[module.base_id].append(module)
    family = [*bases.values(), *(module for of_one in modules.values() for module in of_one)]
    rows = _Rows([one.id for one in family])
    alone = {one.id: rows.held(one) for one in family}
    return {number: rows.held(one, [alone[m.id] for m in modules[number]]) for number, one in bases.items()}


def _parts(ids):
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


class _Rows:
    """The rows of many subscriptions, by the subscription they belong to."""

    def __init__(self, ids):
        self.ids = ids
        self.periods = self._by(Period, Period.starts_on)
        self.seats = self._by(Seats, Seats.from_on, Seats.id)
        self.covers = self._by(Assurance, Assurance.from_on)
        scheduled = ScheduledChange.state == ChangeState.SCHEDULED
        self.planned = self._by(ScheduledChange, ScheduledChange.effective_on, ScheduledChange.id, where=scheduled)
        self.used = {}
        for part in _parts(ids):
            counted = Assignment.select(Assignment.subscription, fn.COUNT(Assignment.id))
            mine = Assignment.subscription.in_(part), Assignment.to_at.is_null()
            self.used |= dict(counted.where(*mine).group_by(Assignment.subscription).tuples())

    def _by(self, model, *order, where=True):
        found = defaultdict(list)
        for part in _parts(self.ids):
            for row in model.select().where(model.subscription.in_(part), where).order_by(*order):
                found[row.subscription_id].append(row)
        return found

    def held(self, one, modules=()):
        return Held(
            one.product,
            one.type,
            tuple(Span(row.starts_on, row.ends_on, one.starts_on) for row in self.periods[one.id]),
            tuple(Block(r.quantity, from_cents(r.unit_cents), r.from_on, r.to_on) for r in self.seats[one.id]),
            tuple(Cover(r.plan, r.quantity, from_cents(r.unit_cents), r.from_on, r.to_on) for r in self.covers[one.id]),
            tuple(modules),
            tuple(Planned(row.kind, row.effective_on, row.inputs) for row in self.planned[one.id]),
            self.used.get(one.id, 0),
            one.auto_renew,
            one.cancelled_on is not None,
            (one.suspended_why or "–") if one.suspended_at else "",
            one.sold_by,
            one.sold_by_contact,
            one.number,
            one.id,
            one.parameters,
        )
