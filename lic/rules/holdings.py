"""A subscription as its previews need it, stored or only supposed, and the prices they are computed with."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from peewee import fn

from lic.models import (
    N_,
    Assignment,
    Assurance,
    Basis,
    ChangeState,
    Period,
    Plan,
    Product,
    ScheduledChange,
    Seats,
    Subscription,
    SubscriptionType,
    read_once,
    together,
)
from lic.rules import Reason, Refused, parameters, prices, vat
from lic.rules.calendar import ONE_DAY, Span, calendar_months, month_of, period, status
from lic.rules.pricing import Block, Tax, from_cents

NO_TAX = Tax()
BASES = {
    SubscriptionType.MONTHLY: Basis.MONTHLY,
    SubscriptionType.ANNUAL: Basis.ANNUAL,
    SubscriptionType.TERM: Basis.TERM_MONTH,
}
AT_ONCE = 5000  # ids a query is asked about


# --- what things cost ----------------------------------------------------------------------------


class Prices:
    """A list's prices on a day; those `locked` since an order was placed are used instead (R5).

    `used` collects what was asked, in cents by "<product>:<basis>", to be kept with the order.
    """

    def __init__(self, price_list, day, tax=NO_TAX, locked=None):
        self.price_list, self.day, self.tax = price_list, day, tax
        self.currency = price_list.currency
        self.locked, self.used = locked or {}, {}
        self._book = prices.book(price_list, day)

    @classmethod
    def of(cls, buyer, day, locked=None):
        """What a reseller or a direct customer pays; refuses one without a price list (004-04)."""
        if buyer.price_list_id is None:
            raise Refused(Reason(N_("%(name)s has no price list yet: ask the distributor."), rule="004-04", name=buyer))
        return cls(buyer.price_list, day, vat.kept(buyer), locked)

    def find(self, product, basis):
        """The price of one unit, or None where the list has no such row."""
        key = f"{product.id}:{basis.value}"
        if key in self.locked:
            cents = self.locked[key]
        else:
            row = self._book.rows.get((product.id, basis))
            cents = row.cents if row else None
        if cents is None:
            return None
        self.used[key] = cents
        return from_cents(cents)

    def unit(self, product, basis):
        """The same, refusing what is not offered (rules.md O, Price list)."""
        unit = self.find(product, basis)
        if unit is None or not product.active:
            raise Refused(
                Reason(
                    N_("%(product)s is not offered %(basis)s on your price list."),
                    rule="001-16",
                    product=product,
                    basis=basis,
                )
            )
        return unit

    def assurance(self, product, plan):
        """(the plan's product, its price per seat and month)."""
        sold = prices.assurance(product, plan)
        if sold is None:
            raise Refused(
                Reason(
                    N_("There is no %(plan)s software assurance for %(product)s."),
                    rule="000-07",
                    plan=plan,
                    product=product,
                )
            )
        return sold, self.unit(sold, Basis.ASSURANCE_MONTH)

    def has_assurance(self, product, plan):
        """Whether a plan is offered for a product."""
        sold = prices.assurance(product, plan)
        return sold is not None and sold.active and self.find(sold, Basis.ASSURANCE_MONTH) is not None

    def parameters(self, product=None, kept=None):
        """What holds for a product, and what a subscription to it keeps above that; the order keeps it like a price."""
        now = parameters.of(self.price_list, product)
        if product is not None:
            key = f"{product.id}:parameters"
            self.used[key] = self.locked.get(key) or parameters.plan(now)
            kept = self.used[key] | (kept or {})
        return parameters.over(now, kept)


# --- what is held --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cover:
    """So many seats under one plan at one price per month."""

    plan: Plan
    quantity: int
    unit: Decimal
    from_on: date
    to_on: date
    given_back: bool = False  # on its last day


@dataclass(frozen=True)
class Planned:
    """A scheduled change: `kind` is change_type, change_product or remove_seats."""

    kind: str
    effective_on: date
    inputs: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Held:
    """Seats of one product. Its periods carry the anchor; its modules follow its quantity and its end."""

    product: Product
    type: SubscriptionType
    periods: tuple  # of Span, the earliest first
    blocks: tuple  # of Block: the seats with their price
    covers: tuple = ()  # of Cover: the assurance
    modules: tuple = ()  # of Held
    planned: tuple = ()  # of Planned, the earliest first
    used: int = 0  # assigned or activated
    auto_renew: bool = False
    cancelled: bool = False
    suspended: str = ""  # why, if it is
    sold_by: str = ""
    contact: str = ""
    number: int | None = None
    id: int | None = None
    kept: dict | None = None  # parameters, as they were when its last period was ordered

    @property
    def first(self):
        return self.periods[0]

    @property
    def begun(self):
        """The first day of its type: until that month's end it is its first month."""
        return self.first.anchor or self.first.from_on

    @property
    def last(self):
        return self.periods[-1]

    def quantity(self, day):
        """The seats of a day; after the end those of the end (in grace they still work)."""
        day = min(max(day, self.first.from_on), self.last.to_on)
        return sum(block.quantity for block in self.rows(day))

    def on(self, day):
        """The seats whose rows reach a day, also after the last period."""
        return sum(b.quantity for b in self.blocks if b.from_on <= day and (b.to_on is None or day <= b.to_on))

    def after(self, day):
        """The seats that go on after a day of a period, without those that were given back and end with it."""
        ends = self.type is not SubscriptionType.MONTHLY and any(whole.to_on == day for whole in self.periods)
        return self.quantity(day) if ends else self.on(day + ONE_DAY)

    def rows(self, day):
        day = min(max(day, self.first.from_on), self.last.to_on)
        return [b for b in self.blocks if b.from_on <= day and (b.to_on is None or day <= b.to_on)]

    def each_month(self, left):
        """What a full month costs with so many of its seats left: the newest go first, each costs what it did."""
        total = Decimal(0)
        for block in (block for block in self.blocks if block.to_on is None):
            total += min(block.quantity, left) * block.unit
            left -= min(block.quantity, left)
        return total

    def next_quantity(self):
        """The seats after the last period, with what is scheduled to be removed then."""
        last_day = self.last.to_on
        return (self.quantity(last_day) if self.cancelled else self.after(last_day)) - self.removed

    @property
    def removed(self):
        return sum(change.inputs["quantity"] for change in self.planned if change.kind == "remove_seats")

    def change(self, kind):
        return next((change for change in self.planned if change.kind == kind), None)

    @cached_property
    def coming(self):
        """The product that was scheduled for the renewal, or None."""
        change = self.change("change_product")
        return change and Product.get_by_id(change.inputs["product"])

    def product_of(self, whole):
        """What it is in a period: one that was renewed for a cheaper product is that from its first day on."""
        change = self.change("change_product")
        return self.coming if change and whole.from_on >= change.effective_on else self.product

    @property
    def support(self):
        """The days under assurance up to the support end date, or None. Their months count from its first day."""
        if not self.covers:
            return None
        latest = max(self.covers, key=lambda cover: (cover.to_on, cover.from_on))
        start = latest.from_on
        for cover in sorted(self.covers, key=lambda cover: cover.to_on, reverse=True):
            if cover.to_on >= start - ONE_DAY:
                start = min(start, cover.from_on)
        return Span(start, latest.to_on, start)

    @property
    def is_given_up(self):
        """Whether the last of its assurance was given back: nothing goes on from there."""
        return all(cover.given_back for cover in self.covers if cover.to_on == self.support.to_on)

    def is_left(self, day):
        """Whether its assurance was given back and ends that day."""
        return bool(self.support) and self.support.to_on == day and self.is_given_up

    def covers_on(self, day):
        return [cover for cover in self.covers if cover.from_on <= day <= cover.to_on]

    @property
    def plan(self):
        """The plan at the support end."""
        return max(self.covers, key=lambda cover: (cover.to_on, list(Plan).index(cover.plan))).plan

    def status(self, today, grace_days):
        return status(self.first.from_on, self.last.to_on, grace_days, today, self.cancelled)


def supposed(prices, product, type, quantity, starts_on, ends_on=None, plan=None, on=None, months=None):
    """A subscription nobody has, at the list's prices (the API's hypothetical one)."""
    unit = prices.unit(product, BASES[type])
    if type is SubscriptionType.MONTHLY:
        last = ends_on or month_of(max(on or starts_on, starts_on)).to_on
        periods = tuple(calendar_months(starts_on, last))
    else:
        whole = Span(starts_on, ends_on, starts_on) if ends_on else period(starts_on, months or 12)
        periods = (whole,)
    block = Block(quantity, unit, starts_on, None if type is SubscriptionType.MONTHLY else periods[-1].to_on)
    covers = ()
    if plan:
        covers = (Cover(plan, quantity, prices.assurance(product, plan)[1], starts_on, periods[-1].to_on),)
    renews = type is SubscriptionType.MONTHLY and ends_on is None
    return Held(product, type, periods, (block,), covers, auto_renew=renews)


# --- what is stored ------------------------------------------------------------------------------


def held(subscription, with_modules=True):
    """A stored subscription, with its modules that have not been cancelled; a page asks for it many times."""
    whole = read_once(subscription, "held", lambda: stored(subscription).held(subscription))
    return whole if with_modules else replace(whole, modules=())


def stored(subscription):
    """The rows it is made of, those of its modules too."""
    return read_once(subscription, "stored", lambda: Stored([subscription]))


def several(subscriptions):
    """{subscription id: Held} of many, in as many queries as one takes; whoever asks for one later has it at hand."""
    found = Stored(subscriptions)
    for one in subscriptions:
        read_once(one, "stored", lambda: found)
    return {one.id: found.held(one) for one in subscriptions}


class Stored:
    """The rows of subscriptions and of their modules, each by the id of the subscription it belongs to."""

    def __init__(self, subscriptions):
        self.modules, bases = defaultdict(list), {one.id: one for one in subscriptions if one.base_id is None}
        for part in _parts(list(bases)):
            for module in _modules(Subscription.base.in_(part)):
                if _follows(module, bases[module.base_id]):
                    self.modules[module.base_id].append(module)
        followers = [module.id for of_one in self.modules.values() for module in of_one]
        self.ids = [*(one.id for one in subscriptions), *followers]
        self.periods, self.seats, self.covers, self.planned = (defaultdict(list) for _ in range(4))
        self.used = {}
        for part in _parts(self.ids):
            *kinds, used = together(*_rows_of(part))
            for kind, rows in zip((self.periods, self.seats, self.covers, self.planned), kinds, strict=True):
                for row in rows:
                    kind[row.subscription_id].append(row)
            self.used |= dict(used)

    def held(self, one):
        return Held(
            one.product,
            one.type,
            tuple(Span(row.starts_on, row.ends_on, one.starts_on) for row in self.periods[one.id]),
            blocks(self.seats[one.id]),
            tuple(map(_cover, self.covers[one.id])),
            tuple(self.held(module) for module in self.modules[one.id]),
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


def _cover(row):
    return Cover(row.plan, row.quantity, from_cents(row.unit_cents), row.from_on, row.to_on, row.given_back)


def blocks(rows):
    """Rows of Seats as they are billed; what is left of a purchase is of the day that all of it began."""
    since = {}
    for row in (row for row in rows if row.order_line_id):
        since[row.order_line_id] = min(row.from_on, since.get(row.order_line_id, row.from_on))
    first = since.get
    return tuple(Block(r.quantity, from_cents(r.unit_cents), r.from_on, r.to_on, first(r.order_line_id)) for r in rows)


def _rows_of(ids):
    """Periods, seats, assurances, what is scheduled; and (its id, how many are assigned to somebody now, 004-18)."""
    of = lambda model, *shown: model.select(*shown).where(model.subscription.in_(ids))  # noqa: E731
    planned = of(ScheduledChange).where(ScheduledChange.state == ChangeState.SCHEDULED)
    used = of(Assignment, Assignment.subscription, fn.COUNT(Assignment.id)).where(Assignment.to_at.is_null())
    return (
        of(Period).order_by(Period.starts_on),
        of(Seats).order_by(Seats.from_on, Seats.id),
        of(Assurance).order_by(Assurance.from_on, Assurance.id),
        planned.order_by(ScheduledChange.effective_on, ScheduledChange.id),
        used.group_by(Assignment.subscription).tuples(),
    )


def _parts(ids):
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def periods(subscription):
    return list(Period.select().where(Period.subscription == subscription.id).order_by(Period.starts_on))


def modules(subscription):
    """The add-on modules that follow a subscription, to its end too if it is cancelled."""
    return [one for one in _modules(Subscription.base == subscription.id) if _follows(one, subscription)]


def _modules(condition):
    found = Subscription.select(Subscription, Product).join(Product, on=(Subscription.product == Product.id))
    return found.where(condition).order_by(Subscription.id)


def _follows(module, base):
    """Whether a module is still there: one that was given back ended before its base."""
    return module.cancelled_on is None or (module.cancelled_on, module.ends_on) == (base.cancelled_on, base.ends_on)


def scheduled(subscription):
    """What will change and when, the earliest first."""
    return list(
        ScheduledChange.select()
        .where(ScheduledChange.subscription == subscription.id, ScheduledChange.state == ChangeState.SCHEDULED)
        .order_by(ScheduledChange.effective_on, ScheduledChange.id)
    )


def used(subscription):
    """How many seats are assigned to somebody now (004-18)."""
    return Assignment.select().where(Assignment.subscription == subscription.id, Assignment.to_at.is_null()).count()
