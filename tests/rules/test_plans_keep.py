"""Parameters changed later leave plans already ordered, and orders that wait, as they were ordered (rules.md P, R5)."""

from datetime import date, timedelta

import pytest

from lic.models import Charge, Invoice, Operation, OrderState, SubscriptionType, tx
from lic.rules import billing, cart, holdings, invoices, orders, parameters, renewals, returns, subscriptions, wishes
from lic.rules.calendar import Status
from tests.conftest import NOON, TODAY, on
from tests.ordering import bought, ordered, terms
from tests.subscriptions import sold

MONTHLY, ANNUAL, TERM = SubscriptionType
END = date(2027, 3, 14)  # of Annual A


@pytest.fixture
def w(world):
    return sold(world)


def set_to(w, **values):
    """What the administrator sets on the price list; the plan's buyer is read anew."""
    parameters.change(w.europe, values, w.diane, NOON)
    w.remi = w.remi.again()


def test_a_plan_keeps_its_days_until_it_is_renewed(w):  # P, X5
    plan = bought(w)
    set_to(w, grace_days=30, renew_window_days=60, cooling_off_days=14)
    assert subscriptions.parameters(plan.again()).grace_days == 10
    late = END + timedelta(20)
    assert subscriptions.status(plan.again(), late) is Status.LAPSED
    ordered(w, Operation.RENEW, on(date(2026, 12, 1)), subscription=plan.again())  # 120 days before it, as ordered
    kept = subscriptions.parameters(plan.again())
    assert (kept.grace_days, kept.renew_window_days, kept.cooling_off_days) == (30, 60, 14)
    assert subscriptions.status(plan.again(), date(2028, 3, 14) + timedelta(20)) is Status.GRACE


@pytest.mark.parametrize(
    "operation, given",
    [(Operation.RENEW, {}), (Operation.COTERMINATE, {"ends_on": date(2027, 9, 30)})],
)
def test_modules_follow_what_their_base_keeps(w, operation, given):  # P, 000-36
    plan = bought(w)
    for invoice in Invoice.select():
        invoices.pay(invoice, TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, NOON, subscription=plan.again(), product=w.cpm)
    set_to(w, annual_addon="day", monthly_first="free")
    (module,) = holdings.modules(plan)
    assert subscriptions.parameters(module).annual_addon == "month_ceil"
    asked = {"subscription": plan.again()} if operation is Operation.RENEW else {"subscriptions": [plan.again()]}
    ordered(w, operation, on(date(2026, 12, 1)), **asked, **given)
    for one in (plan.again(), module.again()):
        kept = subscriptions.parameters(one)
        assert (kept.annual_addon, kept.monthly_first) == ("day", "free")


def test_seats_are_added_as_the_plan_was_ordered(w):  # X3
    plan = bought(w)
    set_to(w, annual_addon="day")
    at = on(date(2026, 11, 2))
    ordered(w, Operation.ADD_SEATS, at, subscription=plan.again(), quantity=5)
    assert Charge.select().order_by(Charge.id.desc()).first().net_cents == 7500
    other = bought(w, at=at)
    assert subscriptions.parameters(other).annual_addon == "day"


def test_a_month_is_billed_as_it_was_ordered(w):  # O, Monthly billing
    bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    set_to(w, monthly_first="free")
    (invoice,) = billing.run(on(date(2026, 12, 1)))
    assert invoice.net_cents == 2800  # X1
    renewals.run(on(date(2026, 12, 1)))
    bought(w, MONTHLY, 10, on(date(2026, 12, 10)))
    (invoice,) = billing.run(on(date(2027, 1, 1)))
    assert invoice.net_cents == 4000  # the first one only: the second one's first days are free


def test_its_first_days_are_those_it_was_ordered_with(w):  # O, Cooling-off
    plan = bought(w, at=NOON)
    set_to(w, cooling_off_days=0)
    (purchase,) = returns.of(plan.again(), TODAY + timedelta(6))
    assert purchase.window.to_on == TODAY + timedelta(6)


def test_an_order_that_waits_keeps_its_discount(w):  # R5, X6
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, product=w.dwa, type=TERM, quantity=10, months=18)
    order = orders.place(w.remi, NOON, "key", terms(), orders.totals(cart.of(w.remi)).seen)
    assert order.net_cents == 68400
    set_to(w, term_discount=[])
    assert orders.approve(order.again(), w.diane, NOON).state is OrderState.COMPLETED
    assert order.again().net_cents == 68400
    ordered(w, Operation.SUBSCRIBE, NOON, product=w.dwa, type=TERM, quantity=10, months=18)
    assert Charge.select().order_by(Charge.id.desc()).first().net_cents == 72000


def test_a_cart_follows_what_is_set_now(w):  # a cart is no order yet
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, product=w.dwa, type=TERM, quantity=10, months=18)
    set_to(w, term_discount=[])
    with pytest.raises(orders.PricesChanged):
        orders.place(w.remi, NOON, "key", terms(), "68400-13680-0")


def test_a_product_has_days_of_its_own(w):  # 000-43, OFF-ENT
    parameters.change(w.dwa, {"grace_days": 20, "decrease_window_days": 30}, w.diane, NOON)
    plan = bought(w)
    kept = subscriptions.parameters(plan)
    assert (kept.grace_days, kept.decrease_window_days, kept.renew_window_days) == (20, 30, 120)


def test_a_year_that_renews_itself_is_ordered_as_things_are_then(w):  # R6
    plan = bought(w)
    with tx():
        plan.auto_renew = True
        plan.save()
    set_to(w, grace_days=20)
    renewals.run(on(date(2027, 3, 15)))
    assert subscriptions.parameters(plan.again()).grace_days == 20
