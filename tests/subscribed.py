"""Subscriptions and a project for the tests of the screens: ordered and approved the way people do."""

from datetime import date

from lic.models import Operation, Plan, Project, Subscription, SubscriptionType, Terms, tx
from lic.rules import cart, orders, wishes
from tests.conftest import NOON, on
from tests.subscriptions import sold

START = date(2026, 3, 15)  # of Annual A, which ends on 14/03/2027


def bought(w, type=SubscriptionType.ANNUAL, quantity=20, start=START, by=None, **inputs):
    """A subscription to IMP-DWA, ordered and approved on its first day."""
    by, product = by or w.remi, inputs.pop("product", None) or w.dwa
    wishes.add(Operation.SUBSCRIBE, by, on(start), product=product, type=type, quantity=quantity, **inputs)
    return approved(w, by, on(start))


def approved(w, by, at):
    """What is in the cart, placed and approved; the newest subscription."""
    accepted, seen = [row.id for row in Terms.select()], orders.totals(cart.of(by)).seen
    orders.approve(orders.place(by, at, f"{by.id} {at.at}", accepted, seen), w.diane, at)
    return Subscription.select().order_by(Subscription.id.desc()).get()


def a_project(w, number=2214, type=SubscriptionType.ANNUAL, name="Client Test - impression"):
    with tx():
        return Project.create(
            **w.client.owner,
            number=number,
            name=name,
            subscription_type=type,
            assurance_plan=Plan.STANDARD,
            channel="Sud-Est",
            tenant_name="Client Test",
            admin_last_name="Test",
            admin_email="admin@example.com",
            made_at=NOON.at,
        )


def a_subscription(w):
    """One of Alpha's, made once for the whole module of the tests of access."""
    if not hasattr(w, "dwa"):
        sold(w)
    return Subscription.get_or_none(Subscription.holder == w.alpha.id) or bought(w)


def the_project(w):
    return Project.get_or_none(Project.number == 2214) or a_project(w)
