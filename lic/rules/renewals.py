"""What subscriptions do by themselves when their day has come: scheduled changes, new periods, the end (rules.md S).

Called once per business date, and after days of downtime for all of them at once: each step looks at the day it belongs
to, so every change and every period comes exactly once.
"""

from peewee import fn

from lic.models import (
    Basis,
    ChangeState,
    Event,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Period,
    Product,
    ScheduledChange,
    Seats,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import (
    Refused,
    arrears,
    billing,
    cart,
    deliveries,
    holdings,
    journal,
    numbers,
    orders,
    previews,
    seating,
    subscriptions,
    wishes,
)
from lic.rules.apart import Apart
from lic.rules.calendar import ONE_DAY, Span, Status, grace_end, month_of, period
from lic.rules.holdings import Prices
from lic.rules.parameters import keep
from lic.rules.pricing import from_cents

MONTHLY, ANNUAL, TERM = SubscriptionType


def run(at):
    """Everything that is due on a business date; returns how many subscriptions something happened to."""
    moved = 0
    with Apart() as each:
        for number in _due(at.day):
            with each.one(), tx():
                moved += _advance(Subscription.get_by_id(number), at)
        with each.one():
            record_ends(at)
    return moved


def _due(today):
    """Those with a change whose day has come, and those over whose last period is; modules come with their base."""
    changes = ScheduledChange.select(ScheduledChange.subscription).where(
        ScheduledChange.state == ChangeState.SCHEDULED, ScheduledChange.effective_on <= today
    )
    over = Period.select(Period.subscription).group_by(Period.subscription).having(fn.MAX(Period.ends_on) < today)
    alone = (Subscription.base.is_null()) & (Subscription.sold_by == "")
    running = (Subscription.id.in_(over)) & Subscription.cancelled_on.is_null() & (Subscription.auto_renew == True)  # noqa: E712
    rows = Subscription.select(Subscription.id).where(alone & (Subscription.id.in_(changes) | running))
    return [row.id for row in rows.order_by(Subscription.number)]


def _advance(subscription, at):
    """Step by step to today: first what is scheduled for a day, then the period that begins on it."""
    steps = 0
    while step := _step(subscription, at):
        steps += 1
        if step == "stop":
            break
        subscription = subscription.again()
    return bool(steps)


def _step(subscription, at):
    last = holdings.periods(subscription)[-1]
    begins = last.ends_on + ONE_DAY
    goes_on = subscription.auto_renew and not (subscription.cancelled_on or subscription.suspended_at)
    change = _first(subscription, at.day, goes_on)
    if change and subscription.cancelled_on and change.effective_on > subscription.ends_on:
        return _let_go(change, subscription, at)  # it was told then that this only comes if it is kept
    if change and change.kind == "change_type" and subscription.suspended_at and not change.inputs.get("order_line"):
        lapsed = subscriptions.status(subscription, at.day) is Status.LAPSED  # until then it begins once it is resumed
        return _let_go(change, subscription, at) if lapsed else None
    monthly = subscription.type is MONTHLY
    fewer = change and change.kind == "remove_seats"  # of a period that comes: with the renewal, or with its month
    if change and (change.effective_on < begins or not fewer or (monthly and goes_on)):
        if monthly and change.effective_on > begins:
            return _month(subscription, begins, at)  # the months before it come first
        return _carry_out(change, subscription, at)
    if begins > at.day or not goes_on:
        return _let_go(change, subscription, at) if change else None
    if subscription.type is MONTHLY:
        return _month(subscription, begins, at)
    return _renew(subscription, at)


def _first(subscription, today, goes_on):
    """What is due, the earliest first; without a next month of its own, what it becomes before what is less then."""
    due = [one for one in holdings.scheduled(subscription) if one.effective_on <= today]
    if subscription.type is not MONTHLY or not goes_on:
        due.sort(key=lambda one: one.kind == "remove_seats")
    return next(iter(due), None)


# --- scheduled changes ---------------------------------------------------------------------------


def _carry_out(change, subscription, at):
    what = {"remove_seats": _fewer, "change_type": _another_type, "change_product": _another_product}
    return what[change.kind](change, subscription, at)


def _fewer(change, subscription, at):
    """Monthly seats less; never below what is assigned by now (004-18), unless a year was ordered like that."""
    wanted = change.inputs["quantity"]
    held = holdings.held(subscription)
    least = 1 if change.inputs.get("order_line") else max(held.used, 1)
    if held.quantity(change.effective_on - ONE_DAY) - wanted < least:
        subscriptions.drop_change(change, None, at, why="assigned")
        return "dropped"
    for one in (subscription, *holdings.modules(subscription)):
        seating.take_seats(one, wanted, change.effective_on)
    left = holdings.held(subscription.again()).on(change.effective_on)
    seating.assure_no_more(subscription, left, change.effective_on)
    _done(change, "subscription.seats_removed", subscription, at)
    return "done"


def _another_type(change, subscription, at):
    """The old type ends the day before; the new one's first period begins on its day (000-41, 000-45)."""
    start, type = change.effective_on, SubscriptionType(change.inputs["type"])
    if not _is_first_day(subscription, start):
        subscriptions.drop_change(change, None, at)
        return "dropped"
    fewer = [one for one in holdings.scheduled(subscription) if one.kind == "remove_seats"]
    less = sum(one.inputs["quantity"] for one in fewer)
    family = (subscription, *holdings.modules(subscription))
    arrears.write_of(family, start - ONE_DAY, at)  # its first month is known by its first day, which changes (P)
    for one in family:
        mine = change if one is subscription else _same_of(one, change)
        if mine:
            _begin(one, type, start, mine, less)
            _mark(mine)
    if less:
        seating.assure_no_more(subscription, holdings.held(subscription.again()).on(start), start)
    for one in fewer:
        _done(one, "subscription.seats_removed", subscription, at)
    if project := subscription.project:
        _project_follows(project, type)
    journal.record("subscription.change_done", subscription, None, at, after=_facts(change, subscription))
    return "done"


def _is_first_day(subscription, start):
    """Whether its periods reach to the day before; one that lapsed in the meantime does not change any more."""
    return any(row.ends_on == start - ONE_DAY for row in holdings.periods(subscription))


def _begin(subscription, type, start, change, less):
    """With the seats that go on, or of an annual one those of its end, and what is scheduled less."""
    held = holdings.held(subscription, with_modules=False)
    now = held.on(start) if subscription.type is MONTHLY else held.quantity(start - ONE_DAY)
    seating.end_rows(Seats, subscription, start - ONE_DAY)
    monthly = type is MONTHLY
    whole = Span(start, month_of(start).to_on) if monthly else period(start, 12)
    subscription.type, subscription.starts_on, subscription.auto_renew = type, start, monthly
    subscription.save()
    line = change.inputs.get("order_line")
    seating.add_period(subscription, whole, line)
    basis, end = (Basis.MONTHLY, None) if monthly else (Basis.ANNUAL, whole.to_on)
    seating.add_rows(subscription, now - less, from_cents(change.inputs["unit_cents"]), basis, start, end, line)


def _same_of(module, change):
    return next((one for one in holdings.scheduled(module) if one.kind == change.kind), None)


def _project_follows(project, type):
    """A project is of the type all its subscriptions have (000-06)."""
    others = Subscription.select().where(Subscription.project == project.id, Subscription.cancelled_on.is_null())
    if all(one.type is type for one in others):
        project.subscription_type = type
        project.save()


def _another_product(change, subscription, at):
    """The cheaper product of a renewal that was ordered; without one there is nothing to begin."""
    begun = next((row for row in holdings.periods(subscription) if row.starts_on == change.effective_on), None)
    if begun is None:
        if subscription.auto_renew and not subscription.cancelled_on and not subscription.suspended_at:
            return _renew(subscription, at)
        return _let_go(change, subscription, at)
    product = Product.get_by_id(change.inputs["product"])
    subscription.product, subscription.group = product, deliveries.group_of(subscription.project, product)[0]
    subscription.save()
    keep(subscription, begun.order_line)
    _done(change, "subscription.product_changed", subscription, at)
    return "done"


def _let_go(change, subscription, at):
    """What waited for a renewal that can no longer come is dropped, aloud; until then it waits."""
    if change.kind == "change_type" or subscriptions.status(subscription, at.day) in (Status.LAPSED, Status.ENDED):
        subscriptions.drop_change(change, None, at)
        return "dropped"
    return None


def _done(change, kind, subscription, at):
    _mark(change)
    journal.record(kind, subscription, None, at, after=_facts(change, subscription))


def _mark(change):
    change.state = ChangeState.DONE
    change.save()


def _facts(change, subscription):
    kept = {name: value for name, value in change.inputs.items() if name != "unit_cents"}
    return {"number": subscription.number, "on": change.effective_on.isoformat()} | kept


# --- new periods ---------------------------------------------------------------------------------


def _month(subscription, begins, at):
    """The next calendar month of a monthly one (000-38); nobody hears of it, and nothing is ordered."""
    if subscription.suspended_at or not subscription.auto_renew or subscription.cancelled_on:
        return None
    for one in (subscription, *holdings.modules(subscription)):
        seating.add_period(one, Span(begins, month_of(begins).to_on), type=MONTHLY)
    return "month"


def _renew(subscription, at):
    """The next year of an annual one that renews itself, with an order of its own (R6)."""
    last_day = holdings.periods(subscription)[-1].ends_on  # it was asked for by then, however late this runs
    if _is_ordered(subscription) and at.day < grace_end(last_day, subscriptions.grace_days(subscription)):
        return None  # that one comes (003-05), unless nobody decides in time
    try:
        _year(subscription, at.day, at.day)
    except Refused as refused:
        _could_not(subscription, refused, at)
        return "stop"
    _order(subscription, last_day, at)
    return "renewed"


def next_year(subscription, today):
    """What an annual one that renews itself would order on its day, by the prices of today; None: it would not."""
    try:
        begins = holdings.held(subscription).last.to_on + ONE_DAY
        return _year(subscription, today, begins) if subscription.type is ANNUAL else None
    except Refused:
        return None


def _year(subscription, prices_of, on):
    """It was asked for by the last day, however late this runs."""
    held = holdings.held(subscription)
    return previews.renew(Prices.of(subscription.holder, prices_of), held, on, asked_on=held.last.to_on)


def _is_ordered(subscription):
    """Whether a renewal of it waits for its approval."""
    waiting = OrderLine.select().join(Order).where(Order.state.in_(cart.PENDING))
    renewing = OrderLine.operation.in_((Operation.RENEW, Operation.COTERMINATE))
    return waiting.where(OrderLine.subscription == subscription.id, renewing).exists()


def _order(subscription, last_day, at):
    """Placed by whoever asked for it to renew itself, and completed: the standing wish is the consent."""
    buyer = subscription.holder
    wish = (
        Event.select()
        .where(Event.kind == "subscription.auto_renewal", Event.subject == subscription.id, Event.by.is_null(False))
        .order_by(Event.id.desc())
        .first()
    )
    by = wish.by if wish and wish.by.organisation_id == buyer.id else journal.administrators(buyer)[0]
    order = cart.new(
        *(by, at),
        number=numbers.next_number("order", first=orders.FIRST),
        state=OrderState.COMPLETED,
        approver=None,
        submitted_on=at.day,
        submitted_at=at.at,
        decided_at=at.at,
        decided_on=at.day,
    )
    main = wishes.write(order, Operation.RENEW, at, {"subscription": subscription}, asked_on=last_day)
    cart.add_up(order)
    deliveries.apply(main, None, at)
    billing.bill_order(order, at)
    after = {"number": order.number, "state": order.state.value, "subscription": subscription.number}
    journal.record("order.approved", order, None, at, after=after)


def _could_not(subscription, refused, at):
    """It should have renewed itself and could not: its people hear of it once."""
    subscription.auto_renew = False
    subscription.save()
    after = {"number": subscription.number, "rule": refused.reason.rule}
    journal.record("subscription.not_renewed", subscription, None, at, after=after)


# --- the end -------------------------------------------------------------------------------------


def record_ends(at):
    """Subscriptions that lapsed, or ended as cancelled, are recorded once in their life (003-18)."""
    told = Event.select(Event.subject).where(
        Event.subject_kind == Subscription._meta.table_name,
        Event.kind.in_(("subscription.lapsed", "subscription.ended")),
    )
    over = Period.select(Period.subscription).group_by(Period.subscription).having(fn.MAX(Period.ends_on) < at.day)
    rows = Subscription.select().where(
        Subscription.id.in_(over), Subscription.id.not_in(told), Subscription.base.is_null()
    )
    for subscription in list(rows):
        now = subscriptions.status(subscription, at.day)
        if now in (Status.LAPSED, Status.ENDED):
            with tx():
                for change in holdings.scheduled(subscription):
                    subscriptions.drop_change(change, None, at)
                after = {"number": subscription.number}
                journal.record(f"subscription.{now.value}", subscription, None, at, after=after)
