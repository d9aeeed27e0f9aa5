"""What waits for a decision, and exactly what that decision would do; the mail that asks for it, and its link."""

from collections.abc import Callable
from dataclasses import dataclass

from peewee import JOIN

from lic.models import (
    EVERYBODY,
    N_,
    NN_,
    LinkKind,
    MailedLink,
    Order,
    OrderState,
    User,
    scope,
    tx,
)
from lic.rules import (
    Money,
    Reason,
    Refused,
    asked,
    cart,
    charges,
    journal,
    links,
    orders,
    parameters,
    pricing,
    refuse_if,
    vat,
)
from lic.rules import effects as wishes_effects
from lic.rules.placed import Approver, Buyer, Placer
from lic.rules.pricing import to_cents


def waiting():
    """The orders in scope that wait for the distributor, the oldest first, each with its lines as `here`."""
    query = (
        Order.select(Order, Buyer, Placer, Approver)
        .join(Buyer, on=(Order.buyer == Buyer.id), attr="buyer")
        .switch(Order)
        .join(Placer, on=(Order.placed_by == Placer.id), attr="placed_by")
        .switch(Order)
        .join(Approver, JOIN.LEFT_OUTER, on=(Order.approver == Approver.id), attr="approver")
    )
    found = list(query.where(Order.state == OrderState.SUBMITTED).order_by(Order.submitted_at, Order.id))
    lines = cart.lines_of(found)
    for order in found:
        order.here = lines[order.id]
    return found


def count():
    return orders.placed().where(Order.state == OrderState.SUBMITTED).count()


# --- the exact effect ----------------------------------------------------------------------------


def would_rise(order, today):
    """The totals an approval today would ask a new consent for, or None (R5)."""
    return _risen(order, today)[0]


def _risen(order, today, lines=None):
    """(the totals of an approval today if they are more than was agreed to, its lines then, what was agreed to).

    lines: its own, which are computed anew.
    """
    lines = cart.lines(order) if lines is None else lines
    agreed = cart.Totals.of(lines)
    lines = cart.current(order, today, held=today <= orders.held_until(order), here=lines)
    now = cart.Totals.of(lines)
    return now if now.exceeds(agreed) else None, lines, agreed


def effects(order, today, lines=None):
    """[(icon, Reason)]: what approving on a day does, in dates and amounts.

    lines: the order's, where they are at hand and shown nowhere else: they may be computed anew.
    """
    currency, (risen, lines, agreed) = order.currency, _risen(order, today, lines)
    if risen:
        return [("question", _asks(order, risen, agreed))]
    totals = cart.Totals.of(lines)
    stocked = [line for line in lines if not asked.is_one(line)]
    wished = [line for line in lines if asked.is_one(line) and line.parent_id is None]
    said = [("contract" if cart.is_extension(line) else "licence", _effect(line)) for line in stocked]
    said += [
        ("clock", wishes_effects.of(line, line.found)) if line.found else ("warn", line.refused) for line in wished
    ]
    if totals.at_once_cents:
        said.append(("invoice", _charged(order, lines, totals.at_once_cents)))
    said += [("invoice", _charged_later(order, day, cents)) for day, cents in totals.later]
    if any(line.monthly_cents for line in stocked):
        said.append(("clock", _monthly(stocked, currency, today)))
    by_month = wishes_effects.monthly([line.found for line in wished if line.found], currency)
    return said + [("clock", reason) for reason in by_month]


def _asks(order, now, agreed):
    net, currency = Money.of_cents(now.net_cents, order.currency), order.currency
    if now.net_cents <= agreed.net_cents and now.monthly_cents <= agreed.monthly_cents:
        return Reason(
            N_("VAT has changed since it was ordered. The buyer is asked to accept %(net)s, %(gross)s with VAT."),
            rule="R5",
            net=net,
            gross=Money.of_cents(now.gross_cents, currency),
        )
    return Reason(
        N_("The prices were held until %(day)s. The buyer is asked to accept %(net)s, then %(monthly)s a month."),
        rule="R5",
        day=orders.held_until(order),
        net=net,
        monthly=Money.of_cents(now.monthly_cents, currency),
    )


def _effect(line):
    if cart.is_extension(line):
        return Reason(
            N_("Contract no. %(number)s is protected until %(day)s."),
            number=line.contract.number,
            day=cart.protected_until(line),
        )
    return Reason(
        NN_(
            "%(count)s %(product)s comes into the stock of %(buyer)s.",
            "%(count)s %(product)s come into the stock of %(buyer)s.",
        ),
        count=line.quantity + line.bonus,
        product=line.product,
        buyer=line.order.buyer,
    )


def _charged(order, lines, net_cents):
    now = ((line.net_cents - sum(cents for _day, cents in getattr(line, "later", ())), line) for line in lines)
    totals = pricing.totals((pricing.from_cents(cents), vat.kept(line)) for cents, line in now)
    net = Money.of_cents(net_cents, order.currency)
    if totals.gross == net.amount:  # where no VAT is due, "with VAT" would say nothing
        return Reason(N_("%(net)s is charged to %(buyer)s at once."), net=net, buyer=order.buyer)
    return Reason(
        N_("%(net)s is charged to %(buyer)s at once: %(gross)s with VAT."),
        net=net,
        gross=Money(totals.gross, order.currency),
        buyer=order.buyer,
    )


def _charged_later(order, day, cents):
    return Reason(
        N_("%(net)s without VAT is charged to %(buyer)s on %(day)s."),
        net=Money.of_cents(cents, order.currency),
        buyer=order.buyer,
        day=day,
    )


def _monthly(lines, currency, today):
    first = [charges.first_month_of(line, today) for line in lines if line.monthly_cents]
    return Reason(
        N_("%(first)s for the days from %(start)s to %(end)s, then %(monthly)s each month."),
        first=Money(sum(line.net for line in first), currency),
        start=first[0].from_on,
        end=first[0].to_on,
        monthly=Money.of_cents(sum(line.monthly_cents for line in lines), currency),
    )


# --- the mail that asks, and its link (003-02, 003-03, rules.md Q) ---------------------------------


def why_not_remind(order, user):
    """Why the approval mail cannot be sent again, or None if it can."""
    if order.state not in (OrderState.TO_CONFIRM, OrderState.SUBMITTED):
        return orders.handled(order)
    ours = user.organisation_id == order.buyer_id or user.organisation.is_distributor
    if not (user.is_administrator and ours):
        return Reason(N_("Only an administrator can have the mail sent again."), rule="003-03")
    return None


def remind(order, by, at):
    """Send the approval mail again to whoever must decide next."""
    with tx():
        order = order.again()
        refuse_if(why_not_remind(order, by))
        journal.record("order.reminded", order, by, at, after={"number": order.number})
        return order


def asks_to_log_in(order):
    """Whether the order is worth more than a mailed link alone may decide on; by default every order is."""
    limit = parameters.of(order.price_list).link_approval_limit
    return orders.totals(order).with_setup_cents > to_cents(limit)


@dataclass(frozen=True)
class Visit:
    """Somebody who followed a mailed link: `user` acts, `why` says why they cannot any more."""

    link: MailedLink
    order: Order
    user: User
    why: Reason | None
    must_log_in: bool


def visit(secret, user, at):
    """What a mailed link leads to, used and expired ones too. user: who is logged in, or None."""
    link = links.look_up(LinkKind.APPROVAL, secret)
    if link is None:
        raise Refused(links.UNKNOWN)
    with scope(EVERYBODY):  # the secret says which order; whose it is was decided when the mail was sent
        order = Order.get_by_id(link.subject["order"])
        must_log_in = user is None and asks_to_log_in(order)
        return Visit(link, order, user or link.user, _why_not_follow(link, order, at), must_log_in)


def _why_not_follow(link, order, at):
    verb = _verb(link.user)
    if reason := verb.why_not(order, link.user):
        return reason
    return links.why_not_open(link, at)


def follow(visit, at, reason=None):
    """Decide as the mail asked: the first time counts, whoever comes second is told by whom and when (X16)."""
    with tx():
        order = visit.order.again()
        refuse_if(_why_not_follow(visit.link, order, at))
        if visit.must_log_in:
            raise Refused(Reason(N_("Log in to decide on this order."), rule="003-02"))
        links.use(visit.link, at)
        if reason is not None:
            return orders.reject(order, reason, visit.user, at)
        return _verb(visit.user).do(order, visit.user, at)


@dataclass(frozen=True)
class Verb:
    why_not: Callable
    do: Callable


def _verb(user):
    """What a mail asks of its reader: the distributor approves, the reseller's administrators confirm."""
    if user.organisation.is_distributor:
        return Verb(orders.why_not_approve, orders.approve)
    return Verb(orders.why_not_confirm, orders.confirm)
