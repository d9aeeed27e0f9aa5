"""Subscriptions through the order path and by themselves: what is charged is what was previewed, every period once."""

from datetime import date, timedelta

import pytest

from lic.models import (
    Assignment,
    Assurance,
    Charge,
    Event,
    Invoice,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Period,
    Plan,
    Price,
    Subscription,
    Terms,
)
from lic.rules import cart, holdings, invoices, orders, renewals, returns, subscriptions, wishes
from lic.rules.calendar import Status
from tests.conftest import NOON, TODAY, on, refused
from tests.subscriptions import ANNUAL, MONTHLY, TERM, sold

START = date(2026, 3, 15)


@pytest.fixture
def w(world):
    return sold(world)


def terms():
    return [row.id for row in Terms.select()]


def ordered(w, operation, at=NOON, approved=None, **inputs):
    """An order of this operation alone, approved on that moment unless told otherwise."""
    wishes.add(operation, w.remi, at, **inputs)
    order = orders.place(w.remi, at, f"order {Order.select().count()}", terms(), orders.totals(cart.of(w.remi)).seen)
    return orders.approve(order, w.diane, approved or at)


def bought(w, type=ANNUAL, quantity=20, at=None, **inputs):
    at = at or on(START)
    ordered(w, Operation.SUBSCRIBE, at, product=w.dwa, type=type, quantity=quantity, **inputs)
    return Subscription.select().order_by(Subscription.id.desc()).get()


def annual_a(w, **inputs):
    return bought(w, **inputs)


def charges():
    return [str(charge.net_cents / 100) for charge in Charge.select().order_by(Charge.id)]


def spans(subscription):
    return [(row.starts_on, row.ends_on) for row in holdings.periods(subscription)]


def kinds(subject):
    events = Event.select().where(Event.subject_kind == "subscription", Event.subject == subject.id)
    return [event.kind for event in events.order_by(Event.id)]


# --- through the order path ----------------------------------------------------------------------


def test_an_approved_order_makes_the_subscription_it_previewed(w):  # X5, R6
    shown = wishes.preview(w.remi, Operation.SUBSCRIBE, START, product=w.dwa, type=ANNUAL, quantity=20)
    a = annual_a(w)
    assert spans(a) == [(START, date(2027, 3, 14))] and a.number >= 50001
    assert charges() == [str(shown.totals.net.normalize().quantize(1)) + ".0"] == ["720.0"]
    assert kinds(a) == ["subscription.begun"] and holdings.held(a).quantity(TODAY) == 20


def test_added_seats_bring_their_assurance_as_a_line_of_its_own(w):  # 000-33, 000-34, X3
    a = annual_a(w, plan=Plan.STANDARD)
    wishes.add(Operation.ADD_SEATS, w.remi, on(date(2026, 11, 2)), subscription=a, quantity=5)
    lines = cart.lines(cart.of(w.remi))
    assert [line.operation for line in lines] == [Operation.ADD_SEATS, Operation.ASSURANCE]
    assert [line.net_cents for line in lines] == [7500, 1250] and lines[1].parent_id == lines[0].id
    assert refused(cart.remove, lines[1], w.remi).rule == "000-33"
    cart.remove(lines[0], w.remi)
    assert cart.of(w.remi) is None


def test_an_approval_later_may_only_lower_the_total(w):  # R5
    a = annual_a(w, plan=Plan.STANDARD)
    order = ordered(w, Operation.ADD_SEATS, on(date(2026, 11, 2)), on(date(2026, 11, 20)), subscription=a, quantity=5)
    assert order.state is OrderState.COMPLETED and order.net_cents == 7000  # four started months left
    assert holdings.held(a).quantity(date(2026, 11, 19)) == 20 and holdings.held(a).quantity(TODAY) == 25
    assert charges()[-2:] == ["60.0", "10.0"]


def test_unit_prices_are_held_thirty_days_then_asked_again(w):  # R5
    a, at = annual_a(w), on(date(2026, 11, 2))
    wishes.add(Operation.ADD_SEATS, w.remi, at, subscription=a, quantity=5)
    order = orders.place(w.remi, at, "key", terms(), orders.totals(cart.of(w.remi)).seen)
    Price.update(cents=7200).where(Price.product == w.dwa).execute()
    asked = orders.approve(order, w.diane, on(date(2026, 12, 3)))
    assert asked.state is OrderState.INFO_REQUESTED and asked.asks_consent and asked.net_cents == 12000


def test_a_waiting_order_locks_its_subscription(w):  # 000-25
    a, at = annual_a(w), on(date(2026, 11, 2))
    wishes.add(Operation.ADD_SEATS, w.remi, at, subscription=a, quantity=5)
    orders.place(w.remi, at, "key", terms(), orders.totals(cart.of(w.remi)).seen)
    assert wishes.why_not_add(w.remi, Operation.ADD_SEATS, at.day, subscription=a, quantity=1).rule == "000-25"
    b = wishes.why_not_add(w.remi, Operation.SUBSCRIBE, at.day, product=w.dwa, type=ANNUAL, quantity=1)
    assert b is None


def test_only_administrators_of_the_buyer_order(w):  # 003-17
    a = annual_a(w)
    given = {"subscription": a, "quantity": 1}
    for user in (w.lea, w.claire, w.diane):
        assert wishes.why_not_add(user, Operation.ADD_SEATS, TODAY, **given)
    assert wishes.why_not_add(w.anne, Operation.ADD_SEATS, TODAY, **given).rule == "003-17"


def test_renewed_in_grace_the_new_period_begins_where_the_old_one_ended(w):  # X5
    a = annual_a(w)
    ordered(w, Operation.RENEW, on(date(2027, 3, 20)), subscription=a)
    assert spans(a) == [(START, date(2027, 3, 14)), (date(2027, 3, 15), date(2028, 3, 14))]
    assert charges() == ["720.0", "720.0"] and a.again().number == a.number


def test_an_upgrade_of_the_assurance_skips_the_cart(w):  # 000-58, X7
    a, at = annual_a(w, plan=Plan.STANDARD), on(date(2026, 11, 2))
    shown = wishes.preview(w.remi, Operation.UPGRADE_ASSURANCE, at.day, subscription=a, plan=Plan.PREMIUM)
    seen = wishes.totals_of(shown, w.alpha).seen
    given = {"subscription": a, "plan": Plan.PREMIUM}
    order = wishes.order_now(Operation.UPGRADE_ASSURANCE, w.remi, at, "k", terms(), seen, **given)
    assert order.state is OrderState.SUBMITTED and order.net_cents == 3000 and cart.of(w.remi) is None
    again = wishes.order_now(Operation.UPGRADE_ASSURANCE, w.remi, at, "k", terms(), seen, **given)
    assert again.id == order.id
    orders.approve(order, w.diane, at)
    plans = [(row.plan, row.from_on, row.to_on) for row in Assurance.select().order_by(Assurance.from_on)]
    assert plans == [
        (Plan.STANDARD, START, date(2026, 11, 1)),
        (Plan.PREMIUM, date(2026, 11, 2), date(2027, 3, 14)),
    ]


def test_a_module_waits_until_its_base_is_paid_then_follows_it(w):  # 000-35, 000-36, 000-37
    a, at = annual_a(w), on(date(2026, 11, 2))
    given = {"subscription": a, "product": w.cpm}
    assert wishes.why_not_add(w.remi, Operation.ADD_MODULE, at.day, **given).rule == "000-35"
    invoices.pay(Invoice.get(), at.day, w.diane, at)
    ordered(w, Operation.ADD_MODULE, at, **given)
    ordered(w, Operation.ADD_SEATS, on(date(2026, 11, 3)), subscription=a, quantity=5)
    module = Subscription.get(Subscription.base == a)
    assert holdings.held(module).quantity(TODAY) == 25 and spans(module) == [(at.day, date(2027, 3, 14))]
    assert charges() == ["720.0", "125.0", "75.0", "31.25"]
    ordered(w, Operation.RENEW, on(date(2027, 3, 1)), subscription=a)
    assert spans(module)[-1] == (date(2027, 3, 15), date(2028, 3, 14)) and charges()[-2:] == ["900.0", "375.0"]


def test_several_are_brought_to_one_end_in_one_order(w):  # O, Co-termination
    a = annual_a(w)
    b = bought(w, quantity=10, at=on(date(2026, 7, 1)))
    order = ordered(w, Operation.COTERMINATE, NOON, subscriptions=[a, b])
    assert spans(a)[-1] == (date(2027, 3, 15), date(2027, 6, 30)) and len(spans(b)) == 1
    assert order.net_cents == 21246 and charges()[-1] == "212.46"
    again = wishes.preview(w.remi, Operation.RENEW, date(2027, 6, 1), subscription=a)
    assert again.whole.from_on == date(2027, 7, 1) and again.ends_on == date(2028, 6, 30)


# --- without an order ----------------------------------------------------------------------------


def test_a_cancelled_subscription_works_to_its_end_and_can_be_kept_until_then(w):  # 000-42, 000-46, Q
    a = annual_a(w)
    assert refused(subscriptions.cancel, a, w.remi, NOON).values["possible_from"] == date(2027, 2, 15)
    subscriptions.cancel(a, w.remi, on(date(2027, 2, 20)))
    assert subscriptions.status(a.again(), date(2027, 3, 14)) is Status.EXPIRING
    assert subscriptions.status(a.again(), date(2027, 3, 15)) is Status.ENDED  # no grace
    subscriptions.keep(a, w.remi, on(date(2027, 3, 1)))
    assert subscriptions.status(a.again(), date(2027, 3, 15)) is Status.GRACE
    assert kinds(a) == ["subscription.begun", "subscription.cancelled", "subscription.kept"]


def test_what_is_scheduled_comes_on_its_day(w):  # rules.md S
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    subscriptions.remove_seats(m, 4, w.remi, NOON)
    assert holdings.held(m).quantity(date(2026, 11, 30)) == 10
    renewals.run(on(date(2026, 12, 1)))
    assert holdings.held(m).quantity(date(2026, 12, 1)) == 6
    assert "subscription.seats_removed" in kinds(m)


def test_a_removal_below_what_is_assigned_by_then_is_dropped_aloud(w):  # 004-18
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    subscriptions.remove_seats(m, 4, w.remi, NOON)
    for number in range(8):
        Assignment.create(**w.alpha.owner, subscription=m, email=f"{number}@example.com", from_at=NOON.at)
    renewals.run(on(date(2026, 12, 1)))
    assert holdings.held(m).quantity(date(2026, 12, 1)) == 10
    assert kinds(m)[-1] == "subscription.change_dropped"


def test_monthly_becomes_annual_with_the_seats_added_in_between(w):  # 000-41
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    ordered(w, Operation.CHANGE_TYPE, on(date(2026, 11, 15)), subscription=m, type=ANNUAL)
    order = ordered(w, Operation.ADD_SEATS, on(date(2026, 11, 18)), subscription=m, quantity=5)
    assert order.net_cents == 18000 and charges() == ["360.0", "180.0"]
    assert Charge.select().where(Charge.invoice.is_null()).count() == 2  # with November's arrears, on the 1st
    renewals.run(on(date(2026, 12, 1)))
    assert m.again().type is ANNUAL and holdings.held(m).quantity(date(2026, 12, 1)) == 15
    assert spans(m)[-1] == (date(2026, 12, 1), date(2027, 11, 30))


def test_annual_becomes_monthly_after_its_end(w):  # X4
    a = annual_a(w)
    subscriptions.become_monthly(a, w.remi, on(date(2027, 2, 15)))
    renewals.run(on(date(2027, 3, 15)))
    assert a.again().type is MONTHLY and spans(a)[-1] == (date(2027, 3, 15), date(2027, 3, 31))
    renewals.run(on(date(2027, 6, 2)))  # after weeks of downtime
    assert spans(a)[-1] == (date(2027, 6, 1), date(2027, 6, 30)) and len(spans(a)) == 5


def test_a_monthly_one_that_is_not_to_renew_itself_has_its_days_of_grace(w):  # rules.md S, 000-43
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    subscriptions.auto_renew(m, False, w.remi, NOON)
    renewals.run(on(date(2026, 12, 1)))
    assert subscriptions.status(m.again(), date(2026, 12, 10)) is Status.GRACE
    ordered(w, Operation.RENEW, on(date(2026, 12, 5)), subscription=m)
    assert spans(m)[-1] == (date(2026, 12, 1), date(2026, 12, 31))


def test_an_annual_one_renews_itself_if_asked_with_an_order_of_its_own(w):  # rules.md S, R6
    a = annual_a(w)
    subscriptions.auto_renew(a, True, w.remi, NOON)
    renewals.run(on(date(2027, 3, 14)))
    assert len(spans(a)) == 1
    for day in (15, 15, 16):
        renewals.run(on(date(2027, 3, day)))
    assert spans(a)[1:] == [(date(2027, 3, 15), date(2028, 3, 14))] and charges() == ["720.0", "720.0"]
    order = Order.select().order_by(Order.id.desc()).get()
    assert order.state is OrderState.COMPLETED and order.placed_by == w.remi and order.net_cents == 72000


def test_a_suspended_one_is_not_renewed_and_says_why(w):  # rules.md S
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    assert subscriptions.why_not_suspend(m, w.remi, TODAY)
    subscriptions.suspend(m, "Unpaid since October.", w.diane, NOON)
    renewals.run(on(date(2026, 12, 1)))
    assert len(spans(m)) == 1
    assert (
        "suspended"
        in wishes.why_not_add(w.remi, Operation.ADD_SEATS, TODAY, subscription=m.again(), quantity=1).message
    )


def test_a_lapse_is_recorded_once(w):  # 003-18, X5
    a = annual_a(w)
    for day in (date(2027, 3, 24), date(2027, 3, 25), date(2027, 3, 26)):
        renewals.run(on(day))
    assert kinds(a).count("subscription.lapsed") == 1
    assert wishes.why_not_add(w.remi, Operation.RENEW, date(2027, 3, 26), subscription=a).rule == "003-18"


# --- giving back ---------------------------------------------------------------------------------


def test_seats_given_back_in_their_first_days_are_refunded_and_end(w):  # O, Cooling-off
    a = annual_a(w, at=NOON)
    [purchase] = returns.of(a, TODAY)
    returns.give_back(purchase.line, 5, w.remi, NOON)
    assert holdings.held(a).quantity(TODAY) == 20 and holdings.held(a).quantity(date(2026, 11, 23)) == 15
    assert charges() == ["720.0", "-179.51"]  # 180.00 × 364/365
    assert refused(returns.give_back, purchase.line, 5, w.remi, on(date(2026, 11, 29))).rule == "O"
    returns.give_back(purchase.line, 15, w.remi, NOON)
    assert a.again().cancelled_on == TODAY and spans(a) == [(TODAY, TODAY)]
    assert charges()[1:] == ["-179.51", "-538.52"]


# --- a year, day by day ----------------------------------------------------------------------------


def test_a_year_day_by_day_has_every_period_exactly_once(w):  # issue 3
    a = annual_a(w, at=on(date(2026, 11, 22)))
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 22)))
    t = bought(w, TERM, 10, on(date(2026, 11, 22)), months=6)
    subscriptions.auto_renew(a, True, w.remi, NOON)
    subscriptions.remove_seats(m, 3, w.remi, on(date(2026, 11, 23)))
    day = date(2026, 11, 23)
    while day <= date(2027, 12, 5):
        renewals.run(on(day))
        if day.day % 7 == 0:
            renewals.run(on(day))  # started twice
        day += timedelta(days=1 if day.month != 7 else 5)  # in July it is often down
    for subscription in (a, m, t):
        found = spans(subscription)
        assert all(then[1] + timedelta(1) == now[0] for then, now in zip(found, found[1:], strict=False))
    assert spans(a) == [(TODAY, date(2027, 11, 21)), (date(2027, 11, 22), date(2028, 11, 21))]
    assert len(spans(m)) == 14 and spans(m)[-1][1] == date(2027, 12, 31)
    assert len(spans(t)) == 1 and kinds(t)[-1] == "subscription.lapsed"
    assert Period.select().count() == 17 and OrderLine.select().count() == 4
