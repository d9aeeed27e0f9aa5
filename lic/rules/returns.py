"""Giving back what was just bought: a purchase, a renewal or added seats in their first days (O, Cooling-off)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from lic.models import (
    N_,
    Assurance,
    ChangeState,
    Charge,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Seats,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import Reason, Refused, charges, deliveries, holdings, journal, previews, refuse_if, subscriptions
from lic.rules.calendar import ONE_DAY, Span, month_of
from lic.rules.holdings import Prices
from lic.rules.parts import why_not_fewer
from lic.rules.pricing import Line, from_cents
from lic.rules.prolonging import Bought, cooling_off_of, give_back_line

GIVEN_BACK = (Operation.SUBSCRIBE, Operation.ADD_SEATS, Operation.ADD_MODULE, Operation.RENEW)
LOOK_BACK = timedelta(days=800)  # a renewal may begin long after its approval


@dataclass(frozen=True)
class Purchase:
    """One order line of a subscription with what it was charged and the days in which it can be given back."""

    line: OrderLine
    bought: tuple  # of Bought, the seats first
    charges: tuple  # of Charge, one for each that was charged at once
    seats: int  # that are left of it
    window: Span


def of(subscription, today):
    """What can be given back today, the newest first."""
    found = (_purchase(line, subscription, today) for line in _lines(subscription, today))
    return [purchase for purchase in found if purchase and today in purchase.window]


def _lines(subscription, today):
    return (
        OrderLine.select(OrderLine, Order)
        .join(Order)
        .where(
            OrderLine.subscription == subscription.id,
            OrderLine.parent.is_null(),
            OrderLine.operation.in_(GIVEN_BACK),
            Order.state == OrderState.COMPLETED,
            Order.decided_on >= today - LOOK_BACK,
        )
        .order_by(OrderLine.id.desc())
    )


def _family(line):
    return [line, *OrderLine.select().where(OrderLine.parent == line.id)]


def _purchase(line, subscription, today):
    family = _family(line)
    target = _target(line, subscription)
    rows = list(
        Seats.select()
        .where(Seats.order_line.in_(family), Seats.subscription == target.id)
        .order_by(Seats.from_on, Seats.id)
    )
    rows = [row for row in rows if row.to_on is None or row.to_on >= today]
    if not rows:
        return None
    paid = list(
        Charge.select()
        .where(Charge.order_line.in_(family), Charge.refunds.is_null(), Charge.net_cents > 0)
        .order_by(Charge.id)
    )
    paid = [charge for charge in paid if charge.to_on >= today and charge.from_on <= rows[0].from_on]
    if target.type is SubscriptionType.MONTHLY:
        paid = []
    approved = line.order.decided_on
    bought = [
        Bought(
            *(charge.order_line.product, charges.line_of(charge), approved, charges.refunded(charge)),
            subscription=charge.subscription_id,
        )
        for charge in paid
    ] or [_by_day(target, rows[0], approved)]
    window = cooling_off_of(Prices.of(subscription.holder, today), bought[0])
    return window and Purchase(line, tuple(bought), tuple(paid), rows[0].quantity, window)


def _target(line, subscription):
    """The subscription whose seats they are: of a module, its own."""
    if line.operation is not Operation.ADD_MODULE:
        return subscription
    return Subscription.get(Subscription.base == subscription.id, Subscription.product == line.product_id)


def _by_day(subscription, row, approved):
    """Monthly seats: nothing was charged, they just end."""
    line = Line(row.quantity, from_cents(row.unit_cents), from_on=row.from_on, to_on=month_of(row.from_on).to_on)
    return Bought(subscription.product, line, approved, at_once=False, subscription=subscription.id)


def find(line, subscription, today):
    """One purchase that can be given back today; raises Refused if it cannot."""
    purchase = next((one for one in of(subscription, today) if one.line.id == line.id), None)
    if purchase is None:
        last = _purchase(line, subscription, today)
        day = last.window.to_on if last else today
        raise Refused(Reason(N_("It could be given back until %(day)s."), rule="O", day=day))
    return purchase


def preview(line, seats, today):
    """The refund and what is left; raises Refused. line: the order line of the purchase."""
    subscription = Subscription.get_by_id(line.subscription)
    purchase = find(line, subscription, today)
    if not 1 <= seats <= purchase.seats or (line.operation is Operation.ADD_MODULE and seats != purchase.seats):
        raise Refused(Reason(N_("%(most)s seats of these can be given back."), rule="O", most=purchase.seats))
    held = holdings.held(subscription)
    left = held.quantity(today) - seats
    if line.operation is not Operation.ADD_MODULE and (left or held.used):
        refuse_if(why_not_fewer(held, left))
    change = held.change("change_type")
    if change and change.inputs.get("order_line"):
        raise Refused(
            Reason(
                N_("It becomes annual on %(day)s, ordered for all its seats."), rule="000-41", day=change.effective_on
            )
        )
    found = previews.give_back(Prices.of(subscription.holder, today), purchase.bought, seats, today)
    return replace(found, quantity=left)


def why_not_give_back(line, seats, by, today):
    subscription = Subscription.get_by_id(line.subscription)
    if reason := subscriptions.why_not_decide(subscription, by):
        return reason
    try:
        preview(line, seats, today)
    except Refused as refused:
        return refused.reason
    return None


def give_back(line, seats, by, at):
    """The seats end today, and what was paid for the days after is refunded; without any seat left it ends."""
    with tx():
        refuse_if(why_not_give_back(line, seats, by, at.day))
        subscription = Subscription.get_by_id(line.subscription)
        found = preview(line, seats, at.day)
        purchase = find(line, subscription, at.day)
        _refund(purchase, seats, at)
        family = _family(line)
        target = _target(line, subscription)
        for one in (target, *holdings.modules(target)):
            _shrink(Seats, one, family if one is target else None, seats, at.day)
        _shrink(Assurance, target, family, seats, at.day)
        if not holdings.held(target).rows(at.day + ONE_DAY) or not found.quantity:
            _end(target, at.day)
        after = {"number": target.number, "seats": seats, "refund_cents": -sum(i.line.net_cents for i in found.items)}
        journal.record("subscription.given_back", target, by, at, after=after)
        return target.again()


def _refund(purchase, seats, at):
    for charge, bought in zip(purchase.charges, purchase.bought, strict=False):
        back = give_back_line(bought, seats, at.day)
        if back.net:
            charges.refund(charge, back, at)


def _shrink(model, subscription, family, seats, today):
    """So many seats less from tomorrow: those of this purchase, else the newest."""
    if family is None:
        deliveries.take_seats(subscription, seats, today + ONE_DAY)
        return
    rows = model.select().where(model.subscription == subscription.id, model.order_line.in_(family))
    for row in [row for row in rows if row.to_on is None or row.to_on > today]:
        deliveries.shrink(row, min(seats, row.quantity), today + ONE_DAY)


def _end(subscription, today):
    for one in (subscription, *holdings.modules(subscription)):
        one.cancelled_on = one.ends_on = today
        one.save()
        deliveries.end_rows(Seats, one, today)
        deliveries.end_rows(Assurance, one, today)
        deliveries.end_periods(one, today)
        for change in holdings.scheduled(one):
            change.state = ChangeState.DROPPED
            change.save()
