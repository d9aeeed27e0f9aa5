"""What the tests of billing start from: orders approved, subscriptions with their seats and periods."""

from lic.models import (
    Basis,
    Order,
    OrderLine,
    Period,
    Product,
    ProductKind,
    Seats,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import cart, orders
from lic.rules.calendar import month_of
from tests.conftest import NOON


def ordered(by, product, quantity, at, approver, **given):
    """An order of this person, approved in the same moment."""
    cart.add(product, quantity, by=by, at=at, **given)
    mine = cart.of(by)
    terms = [row.id for row in cart.terms([line.product for line in cart.lines(mine)], at.day)]
    order = orders.place(by, at, f"{by.id} {at.at} {product.id}", terms, orders.totals(mine).seen)
    if by.organisation.reseller_approval:
        raise AssertionError("two steps are another test's")
    return orders.approve(order, by=approver, at=at)


def a_seat_product():
    with tx():
        given = {"title": {"en": "Cloud printing", "fr": "Impression cloud", "pt": "Impressão em nuvem"}}
        return Product.get_or_create(reference="IMP-DWA", kind=ProductKind.SUBSCRIPTION, defaults=given)[0]


def a_monthly(holder, starts_on, seats, number=500, until=None, **given):
    """A monthly subscription; seats: (from, to or None, quantity, cents); its first period is there."""
    with tx():
        subscription = Subscription.create(
            **holder.owner,
            number=number,
            holder=holder,
            product=a_seat_product(),
            type=SubscriptionType.MONTHLY,
            starts_on=starts_on,
            auto_renew=True,
            **given,
        )
        for from_on, to_on, quantity, cents in seats:
            add_seats(subscription, from_on, quantity, cents, to_on)
        a_month(subscription, starts_on, until)
        return subscription


def add_seats(subscription, from_on, quantity, cents=400, to_on=None):
    given = {"from_on": from_on, "to_on": to_on, "quantity": quantity, "unit_cents": cents, "basis": Basis.MONTHLY}
    with tx():
        return Seats.create(**subscription.holder.owner, subscription=subscription, **given)


def a_month(subscription, day, until=None):
    """The period of a calendar month, from this day on."""
    given = {"starts_on": day, "ends_on": until or month_of(day).to_on, "type": SubscriptionType.MONTHLY}
    with tx():
        return Period.create(**subscription.holder.owner, subscription=subscription, **given)


def an_order_line(buyer, product, by, number):
    """A line of a completed order, for charges that only need one to stand on."""
    with tx():
        order = Order.create(
            **buyer.owner,
            number=number,
            buyer=buyer,
            state="completed",
            placed_by=by,
            price_list=buyer.price_list,
            currency=buyer.price_list.currency,
            made_at=NOON.at,
        )
        values = {"operation": "subscribe", "product": product, "asked_on": NOON.day, "quantity": 1}
        return OrderLine.create(**buyer.owner, order=order, **values)
