"""Ordering things on subscriptions the way people do, for the tests of the rules."""

from datetime import date

from lic.models import Charge, Event, Operation, Order, Subscription, SubscriptionType, Terms
from lic.rules import cart, holdings, orders, wishes
from tests.conftest import NOON, on

START = date(2026, 3, 15)  # of Annual A, which ends on 14/03/2027


def terms():
    return [row.id for row in Terms.select()]


def ordered(w, operation, at=NOON, approved=None, by=None, **inputs):
    """An order of this operation alone, approved on that moment unless told otherwise."""
    by = by or w.remi
    if operation is Operation.UPGRADE_ASSURANCE:
        found = wishes.preview(by, operation, at.day, **inputs)
        seen = wishes.totals_of(found, by.organisation).seen
        order = wishes.order_now(operation, by, at, f"at once {Order.select().count()}", terms(), seen, **inputs)
    else:
        wishes.add(operation, by, at, **inputs)
        seen = orders.totals(cart.of(by)).seen
        order = orders.place(by, at, f"order {Order.select().count()}", terms(), seen)
    return orders.approve(order, w.diane, approved or at)


def bought(w, type=SubscriptionType.ANNUAL, quantity=20, at=None, by=None, **inputs):
    """A new subscription to IMP-DWA, or to another product."""
    given = {"product": w.dwa, "type": type, "quantity": quantity} | inputs
    ordered(w, Operation.SUBSCRIBE, at or on(START), by=by, **given)
    return Subscription.select().order_by(Subscription.id.desc()).get()


def spans(subscription):
    return [(row.starts_on, row.ends_on) for row in holdings.periods(subscription)]


def charged():
    """The cents of all charges, as they were written."""
    return [charge.net_cents for charge in Charge.select().order_by(Charge.id)]


def kinds(subject):
    events = Event.select().where(Event.subject_kind == "subscription", Event.subject == subject.id)
    return [event.kind for event in events.order_by(Event.id)]
