"""Whatever is asked, whenever: what was previewed is ordered, charged, invoiced and held."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lic.models import Charge, Invoice, Operation, Order, OrderState, Plan, Subscription, tx
from lic.rules import Refused, cart, holdings, orders, renewals, returns, subscriptions, wishes
from lic.rules.asked import is_once
from tests.conftest import on
from tests.ordering import terms
from tests.subscriptions import ANNUAL, MONTHLY, TERM, sold

EDGES = [
    date(2024, 2, 29),
    date(2027, 1, 31),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2028, 2, 28),
    date(2026, 3, 31),
]
STARTS = st.sampled_from(EDGES) | st.dates(date(2024, 1, 1), date(2029, 12, 31))
LATER = st.sampled_from([0, 1, 6, 7, 27, 30, 364, 365]) | st.integers(0, 130)
PLANS = st.sampled_from([None, *Plan])
ORDERED = ("seats", "renew", "type", "product", "assurance", "upgrade", "align", "module")
ASKED = st.sampled_from([*ORDERED, "back", "month", "fewer", "cancel", "keep"])


class Undone(Exception):
    """Every example is undone, so that the next one finds nothing."""


@pytest.fixture
def w(world):
    return sold(world)


def undone(example):
    with pytest.raises(Undone), tx():
        example()
        raise Undone


# --- one operation, seen from four sides ---------------------------------------------------------


def wanted(w, data, one, name, held):
    """(operation, inputs) of something a person may ask for, sensible or not."""
    several = st.integers(1, 40)
    plan = data.draw(st.sampled_from(list(Plan)), "plan")
    other = w.office if held.product == w.dwa else w.dwa
    return {
        "seats": lambda: (Operation.ADD_SEATS, {"quantity": data.draw(several, "seats")}),
        "renew": lambda: (Operation.RENEW, renewal(data, held)),
        "type": lambda: (Operation.CHANGE_TYPE, {"type": ANNUAL}),
        "product": lambda: (Operation.CHANGE_TYPE, {"product": other}),
        "assurance": lambda: (Operation.ASSURANCE, {"plan": plan, "months": data.draw(st.integers(1, 30), "months")}),
        "upgrade": lambda: (Operation.UPGRADE_ASSURANCE, {"plan": plan}),
        "module": lambda: (Operation.ADD_MODULE, {"product": w.cpm}),
        "align": lambda: (
            Operation.COTERMINATE,
            {"ends_on": held.last.to_on + timedelta(days=data.draw(st.integers(1, 800), "days"))},
        ),
    }[name]()


def renewal(data, held):
    given = {"quantity": data.draw(st.integers(1, 40), "seats")} if data.draw(st.booleans(), "other seats") else {}
    given["with_assurance"] = data.draw(st.booleans(), "assurance")
    return given | ({"months": data.draw(st.integers(1, 30), "months")} if held.type is TERM else {})


def order(w, operation, at, approved, **inputs):
    """Previewed, ordered, approved: every amount on the way is the preview's. The Preview, or None where refused."""
    if operation is Operation.COTERMINATE:
        inputs = {"subscriptions": [inputs.pop("subscription")]} | inputs
    try:
        found = wishes.preview(w.remi, operation, at.day, **inputs)
    except Refused as refused:
        assert wishes.why_not_add(w.remi, operation, at.day, **inputs) == refused.reason
        return None
    key, seen = f"key {Order.select().count()}", wishes.totals_of(found, w.alpha).seen
    if operation is Operation.UPGRADE_ASSURANCE:
        placed = wishes.order_now(operation, w.remi, at, key, terms(), seen, **inputs)
    else:
        wishes.add(operation, w.remi, at, **inputs)
        assert orders.totals(cart.of(w.remi)).seen == seen
        placed = orders.place(w.remi, at, key, terms(), seen)
    once = [item.line.net_cents for item in found.items if is_once(item) and not item.owed]
    assert placed.net_cents == sum(once)
    before = {charge.id for charge in Charge.select()}
    done = orders.approve(placed, w.diane, approved)
    charged = [c.net_cents for c in Charge.select().order_by(Charge.id) if c.id not in before]
    if approved.day == at.day:
        assert done.state is OrderState.COMPLETED
        assert sorted(charged) == sorted(cents for cents in once if cents)
    elif done.state is OrderState.COMPLETED:
        assert sum(charged) == done.net_cents <= sum(once)  # it may only fall (R5)
    else:
        assert not charged and done.asks_consent
        orders.cancel(done, w.remi, approved)
    billed = Invoice.select().where(Invoice.order == done.id)
    at_once = [c.net_cents for c in Charge.select().where(Charge.bill_on.is_null()) if c.id not in before]
    assert sum(invoice.net_cents for invoice in billed) == sum(at_once)
    return found if done.state is OrderState.COMPLETED else None


def holds(one, found, operation, day):
    """What is held afterwards is what was shown."""
    held = holdings.held(one.again())
    for then, now in pairwise(held.periods):
        assert now.from_on == then.to_on + timedelta(days=1)
    for module in held.modules:
        assert module.quantity(day) == held.quantity(day) and module.last.to_on == held.last.to_on
    planned = operation is Operation.CHANGE_TYPE and found.effective_on > day
    if found is None or planned:
        return
    if operation not in (Operation.ASSURANCE, Operation.UPGRADE_ASSURANCE):
        assert held.quantity(found.effective_on) == found.quantity
        assert held.last.to_on == found.ends_on or found.ends_on is None
    else:
        assert held.support.to_on == found.ends_on


def give_back(w, data, one, at):
    """What is refunded is what the preview says, and never more than was paid."""
    for purchase in returns.of(one.again(), at.day):
        seats = data.draw(st.integers(1, purchase.seats), "given back")
        try:
            shown = returns.preview(purchase.line, seats, at.day)
        except Refused as refused:
            assert returns.why_not_give_back(purchase.line, seats, w.remi, at.day) == refused.reason
            continue
        before = {charge.id for charge in Charge.select()}
        returns.give_back(purchase.line, seats, w.remi, at)
        refunds = [c.net_cents for c in Charge.select() if c.id not in before]
        assert sum(refunds) == sum(item.line.net_cents for item in shown.items) <= 0
        if one.again().cancelled_on:
            break
    for charge in Charge.select().where(Charge.net_cents > 0):
        given = sum(back.net_cents for back in Charge.select().where(Charge.refunds == charge.id))
        assert -given <= charge.net_cents


# --- any of them, in any order, on any day -------------------------------------------------------


@settings(
    max_examples=60,
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: shrinking one would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_shown_is_ordered_charged_invoiced_and_held(w, data):  # issue 3, rules.md X, R5
    def example():
        day, type = data.draw(STARTS, "first day"), data.draw(st.sampled_from([MONTHLY, ANNUAL, TERM]), "type")
        new = {"product": w.dwa, "type": type, "quantity": data.draw(st.integers(1, 40), "seats")}
        new |= {"months": data.draw(st.integers(1, 30), "months")} if type is TERM else {}
        if plan := data.draw(PLANS, "plan"):
            new |= {"plan": plan, "assurance_months": data.draw(st.integers(1, 30), "assurance")}
        found = order(w, Operation.SUBSCRIBE, on(day), on(day), **new)
        one = Subscription.get()
        holds(one, found, Operation.SUBSCRIBE, day)
        for name in data.draw(st.lists(ASKED, max_size=4), "operations"):
            day += timedelta(days=data.draw(LATER, "days later"))
            renewals.run(on(day))
            something(w, data, one.again(), name, day)

    undone(example)


def something(w, data, one, name, day):
    alone = {"back": give_back, "month": monthly_again, "fewer": fewer, "cancel": cancelled, "keep": kept}
    if name in alone:
        return alone[name](w, data, one, on(day))
    operation, inputs = wanted(w, data, one, name, holdings.held(one))
    late = on(day + timedelta(days=data.draw(st.sampled_from([0, 0, 3, 20]), "approved after")))
    try:
        found = order(w, operation, on(day), late, subscription=one, **inputs)
    except Refused:
        assert late.day > day  # it can no longer be done by then
        for waiting in orders.placed().where(Order.state == OrderState.SUBMITTED):
            orders.cancel(waiting, w.remi, late)
        return None
    return holds(one, found, operation, day) if found and late.day == day else None


# --- without an order ----------------------------------------------------------------------------


def monthly_again(w, data, one, at):
    """Without an order: what is scheduled is what was shown."""
    if subscriptions.why_not_become_monthly(one, w.remi, at.day):
        return
    found = subscriptions.preview_become_monthly(one, at.day)
    subscriptions.become_monthly(one, w.remi, at)
    [change] = [c for c in holdings.scheduled(one) if c.kind == "change_type"]
    assert change.effective_on == found.effective_on


def fewer(w, data, one, at):
    """So many less, from the day that was shown."""
    less = data.draw(st.integers(1, 40), "less")
    if subscriptions.why_not_remove_seats(one, less, w.remi, at.day):
        return
    found = subscriptions.preview_remove_seats(one, less, at.day)
    subscriptions.remove_seats(one, less, w.remi, at)
    change = [c for c in holdings.scheduled(one) if c.kind == "remove_seats"][-1]
    assert (change.effective_on, change.inputs["quantity"]) == (found.effective_on, less)
    assert holdings.held(one).next_quantity() == found.quantity >= 1


def cancelled(w, data, one, at):
    """It works to the day that was shown, and costs nothing."""
    if subscriptions.why_not_cancel(one, w.remi, at.day):
        return
    found, before = subscriptions.preview_cancel(one, at.day), Charge.select().count()
    subscriptions.cancel(one, w.remi, at)
    one = one.again()
    assert one.ends_on == found.ends_on == holdings.held(one).last.to_on and Charge.select().count() == before
    assert subscriptions.status(one, found.ends_on).works
    assert not subscriptions.status(one, found.ends_on + timedelta(days=1)).works


def kept(w, data, one, at):
    """A cancellation that is withdrawn leaves nothing behind."""
    if subscriptions.why_not_keep(one, w.remi, at.day):
        return
    subscriptions.keep(one, w.remi, at)
    one = one.again()
    assert one.cancelled_on is None and subscriptions.status(one, at.day).works
