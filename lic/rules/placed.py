"""What is known of an order that was placed: its number, what it comes to, how long it may wait, who decided."""

from datetime import timedelta

from peewee import JOIN

from lic.models import (
    N_,
    Consent,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    OrganisationKind,
    PriceList,
    Product,
    Terms,
    User,
    read_once,
)
from lic.rules import Reason, cart, deciders, journal, parameters

LOCK_DAYS = 30  # R5: unit prices are held so long
Buyer, Placer, Approver, Decider = Organisation.alias(), User.alias(), User.alias(), User.alias()


def placed():
    """The orders in scope; a cart is not one yet."""
    return Order.select().where(Order.state != OrderState.CART)


def numbered(number):
    """One order of the scope, with those who had to do with it at hand."""
    return (
        Order.select(Order, PriceList, Buyer, Placer, Approver, Decider)
        .join(PriceList)
        .switch(Order)
        .join(Buyer, on=(Order.buyer == Buyer.id), attr="buyer")
        .switch(Order)
        .join(Placer, on=(Order.placed_by == Placer.id), attr="placed_by")
        .switch(Order)
        .join(Approver, JOIN.LEFT_OUTER, on=(Order.approver == Approver.id), attr="approver")
        .switch(Order)
        .join(Decider, JOIN.LEFT_OUTER, on=(Order.decided_by == Decider.id), attr="decided_by")
        .where(Order.number == number)
        .get()
    )


def lines(subscription):
    """The order lines of a subscription and those that followed them, the newest first, each with its order."""
    return read_once(subscription, "ordered", lambda: list(_lines(subscription)))


def _lines(subscription):
    mine = OrderLine.subscription == subscription.id
    followed = OrderLine.parent.in_(OrderLine.select(OrderLine.id).where(mine))
    found = OrderLine.select(OrderLine, Order, Product).where(mine | followed).order_by(OrderLine.id.desc())
    return found.join(Order).switch(OrderLine).join(Product, on=(OrderLine.product == Product.id))


def numbers(ids, known=()):
    """{order line's id: the number of its order}, of the lines with these ids; some are `known` already."""
    found = {line.id: line.order.number for line in known}
    if missing := {id for id in ids if id} - found.keys():
        query = OrderLine.select(OrderLine.id, Order.number).join(Order).where(OrderLine.id.in_(missing))
        found |= dict(query.tuples())
    return found


def totals(order):
    return cart.Totals.of(cart.lines(order))


def held_until(order):
    """The last day on which its unit prices are held (R5)."""
    return order.submitted_on + timedelta(days=LOCK_DAYS)


def expires_on(order):
    """The last day it may wait for a decision (rules.md P)."""
    return order.submitted_on + timedelta(days=parameters.of(order.price_list).order_ttl_days)


def handled(order, events=None):
    """By whom and when an order was moved on, for the one who comes second (X16). events: its history, newest first."""
    last = next(event for event in events or journal.history(order) if event.kind in deciders.KINDS)
    return Reason(
        N_("This order was already handled by %(who)s on %(when)s: %(state)s."),
        rule="X16",
        who=last.by if last.by_id else Organisation.get(Organisation.kind == OrganisationKind.DISTRIBUTOR),
        when=last.shown_at,
        state=order.state,
    )


def consents(order):
    return list(Consent.select(Consent, Terms).join(Terms).where(Consent.order == order).order_by(Consent.id))
