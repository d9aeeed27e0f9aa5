"""What waits, or is suspended, until something has ended: nobody pays for what is not there (rules.md S)."""

from datetime import date, timedelta

import pytest

from lic.models import Charge, Operation, Order, OrderState, Plan, Seats, SubscriptionType
from lic.rules import billing, cancellations, cart, holdings, orders, renewals, returns, subscriptions, wishes
from lic.rules.calendar import Status
from tests.conftest import NOON, TODAY, on, refused
from tests.ordering import bought, ordered, spans, terms
from tests.subscriptions import ANNUAL, MONTHLY, sold

NOV_10, NOV_20, NOV_29, NOV_30 = (date(2026, 11, day) for day in (10, 20, 29, 30))
DEC_1, DEC_5 = date(2026, 12, 1), date(2026, 12, 5)
MAR_10, MAR_13, MAR_14, MAR_16 = (date(2027, 3, day) for day in (10, 13, 14, 16))


@pytest.fixture
def w(world):
    return sold(world)


def waiting(w, operation, day, **inputs):
    wishes.add(operation, w.remi, on(day), **inputs)
    seen = orders.totals(cart.of(w.remi)).seen
    return orders.place(w.remi, on(day), f"waits {Order.select().count()}", terms(), seen)


def run(first, last):
    while first <= last:
        renewals.run(on(first))
        billing.run(on(first))
        first += timedelta(1)


def rows(subscription):
    found = Seats.select().where(Seats.subscription == subscription.id).order_by(Seats.from_on, Seats.id)
    return [(row.from_on, row.to_on, row.quantity) for row in found]


# --- approved when it has ended ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancelled", "not renewed"])
def test_seats_are_not_added_to_a_month_that_has_ended(w, how):  # R5, 000-40: they would be paid for nothing
    m = bought(w, MONTHLY, 10, on(NOV_10))
    if how == "cancelled":
        subscriptions.cancel(m, w.remi, on(NOV_20))
    else:
        subscriptions.auto_renew(m, False, w.remi, on(NOV_20))
    order = waiting(w, Operation.ADD_SEATS, NOV_29, subscription=m.again(), quantity=5)
    before = rows(m)
    run(NOV_29, DEC_5)
    reason = refused(orders.approve, order, w.diane, on(DEC_5))
    assert reason.rule == "S" and reason.values["day"] == NOV_30
    assert rows(m) == before and order.again().state is OrderState.SUBMITTED


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        (Operation.ADD_SEATS, {"quantity": 2}),
        (Operation.ASSURANCE, {"plan": Plan.STANDARD, "months": 12}),
        (Operation.CHANGE_TYPE, {"product": "office"}),
    ],
)
def test_nothing_is_added_to_a_year_that_has_ended(w, operation, given):  # R5: it was asked in time, but is over
    a = bought(w)
    given = given | ({"product": w.office} if "product" in given else {})
    order = waiting(w, operation, MAR_13, subscription=a, **given)
    run(MAR_13, MAR_16)
    reason = refused(orders.approve, order, w.diane, on(MAR_16))
    assert reason.rule == "S" and reason.values["day"] == MAR_14
    assert Charge.select().count() == 1


def test_what_was_asked_in_time_is_still_done_once_it_was_renewed(w):  # 003-05
    a = bought(w)
    subscriptions.auto_renew(a, True, w.remi, on(MAR_10))
    order = waiting(w, Operation.ASSURANCE, MAR_13, subscription=a.again(), plan=Plan.STANDARD, months=12)
    run(MAR_13, MAR_16)
    orders.approve(order, w.diane, on(MAR_16))
    assert Charge.select().where(Charge.kind == "assurance").get().net_cents == 12000


# --- suspended ------------------------------------------------------------------------------------


def test_what_lapsed_while_it_was_suspended_does_not_come_back_with_its_bills(w):  # S, 003-18
    m, a = bought(w, MONTHLY, 10, on(NOV_10)), bought(w)
    subscriptions.auto_renew(a, True, w.remi, on(NOV_20))
    for one in (m, a):
        subscriptions.suspend(one.again(), "unpaid", w.diane, on(NOV_20))
    april = date(2027, 4, 5)
    run(NOV_29, april)
    for one in (m, a):
        assert subscriptions.status(one.again(), april) is Status.LAPSED
        assert refused(subscriptions.resume, one.again(), w.diane, on(april)).rule == "003-18"
    run(april, april + timedelta(30))
    assert len(spans(m)) == len(spans(a)) == 1 and Charge.select().count() == 2


def test_what_is_resumed_in_its_grace_goes_on(w):  # S: it worked all the time
    m = bought(w, MONTHLY, 10, on(NOV_10))
    subscriptions.suspend(m, "unpaid", w.diane, on(NOV_20))
    run(NOV_29, DEC_5)
    subscriptions.resume(m.again(), w.diane, on(DEC_5))
    run(DEC_5, date(2027, 1, 1))
    assert [charge.net_cents for charge in Charge.select().order_by(Charge.id)] == [2800, 4000]


@pytest.mark.parametrize("type", [MONTHLY, ANNUAL])
def test_in_grace_it_is_renewed_by_an_order_that_shows_its_amount(w, type):  # S: only renewing, and that is previewed
    one = bought(w, type, 10, on(NOV_10))
    subscriptions.auto_renew(one, False, w.remi, on(NOV_20))
    day = holdings.held(one).last.to_on + timedelta(5)
    run(day, day)
    reason = subscriptions.why_not_auto_renew(one.again(), w.remi, day)
    assert reason.rule == "S" and "only be renewed" in reason.message
    run(day, day + timedelta(2))
    assert len(spans(one)) == 1


# --- a renewal that waits ---------------------------------------------------------------------------


def test_what_renews_itself_waits_for_the_renewal_that_was_ordered(w):  # 003-05: 12 were asked for, not 20
    a = bought(w)
    subscriptions.auto_renew(a, True, w.remi, NOON)
    order = waiting(w, Operation.RENEW, MAR_10, subscription=a.again(), quantity=12)
    run(MAR_10, MAR_16)
    assert len(spans(a)) == 1
    orders.approve(order, w.diane, on(MAR_16))
    run(MAR_16, date(2027, 4, 20))
    assert [charge.net_cents for charge in Charge.select()] == [72000, 43200] and len(spans(a)) == 2


@pytest.mark.parametrize("refuse", [True, False])
def test_without_that_renewal_it_renews_itself_before_its_grace_ends(w, refuse):  # 003-05
    a = bought(w)
    subscriptions.auto_renew(a, True, w.remi, NOON)
    order = waiting(w, Operation.RENEW, MAR_10, subscription=a.again(), quantity=12)
    run(MAR_10, MAR_16)
    if refuse:
        orders.reject(order, "too few", w.diane, on(MAR_16))
        run(MAR_16, MAR_16)
        assert holdings.held(a.again()).quantity(MAR_16) == 20 and len(spans(a)) == 2
    run(MAR_16, date(2027, 3, 24))
    assert len(spans(a)) == 2
    if not refuse:
        assert refused(orders.approve, order, w.diane, on(date(2027, 3, 25))).rule == "O"


# --- months that are renewed ahead --------------------------------------------------------------------


def renewed_ahead(w):
    m = bought(w, MONTHLY, 12, on(NOV_10))
    subscriptions.auto_renew(m, False, w.remi, on(NOV_20))
    ordered(w, Operation.RENEW, on(NOV_20), subscription=m.again())
    return m.again()


def test_what_is_renewed_ahead_becomes_annual_after_that(w):  # 000-41: no month is there twice
    m = renewed_ahead(w)
    subscriptions.auto_renew(m, True, w.remi, on(NOV_20))
    asked = {"subscription": m.again(), "type": SubscriptionType.ANNUAL}
    reason = wishes.why_not_add(w.remi, Operation.CHANGE_TYPE, TODAY, **asked)
    assert reason.rule == "000-41" and reason.values["possible_from"] == DEC_1
    run(TODAY, DEC_1)
    ordered(w, Operation.CHANGE_TYPE, on(DEC_1), **asked | {"subscription": m.again()})
    run(DEC_1, date(2027, 1, 2))
    assert m.again().type is ANNUAL and spans(m)[-1] == (date(2027, 1, 1), date(2027, 12, 31))


def test_fewer_seats_come_before_another_month_is_renewed(w):  # S: a removal is never taken for done
    m = renewed_ahead(w)
    subscriptions.remove_seats(m, 4, w.remi, NOON)
    reason = wishes.why_not_add(w.remi, Operation.RENEW, TODAY, subscription=m.again())
    assert reason.rule == "S" and reason.values["possible_from"] == DEC_1
    run(TODAY, DEC_1)
    assert wishes.preview(w.remi, Operation.RENEW, DEC_1, subscription=m.again()).quantity == 8
    run(DEC_1, date(2027, 1, 1))
    assert [charge.net_cents for charge in Charge.select().order_by(Charge.id)] == [3360, 3200]


# --- cancelled on the day on which seats were given back -----------------------------------------------


@pytest.mark.parametrize(("first", "more"), [(10, 0), (12, 4)])
def test_seats_given_back_stay_so_when_a_cancellation_of_that_day_is_withdrawn(w, first, more):  # O, S
    m, at = bought(w, MONTHLY, first, on(NOV_29)), on(NOV_30)
    if more:
        ordered(w, Operation.ADD_SEATS, on(NOV_29), subscription=m, quantity=more)
    purchase = returns.of(m.again(), NOV_30)[0]
    returns.give_back(purchase.line, 4, w.remi, at)
    before, left = rows(m), first + more - 4
    subscriptions.cancel(m.again(), w.remi, at)
    assert holdings.held(m.again()).on(DEC_1) == 0
    subscriptions.keep(m.again(), w.remi, at)
    assert rows(m) == before and holdings.held(m.again()).on(DEC_1) == left
    run(DEC_1, date(2027, 1, 1))
    assert Charge.select().order_by(Charge.id.desc()).get().net_cents == left * 400


# --- annual that becomes monthly ------------------------------------------------------------------------


def becoming_monthly(w):
    a, feb_20 = bought(w, customer=w.client), date(2027, 2, 20)
    subscriptions.become_monthly(a, w.remi, on(feb_20))
    return a.again(), feb_20


@pytest.mark.parametrize("resumed", [True, False])
def test_what_is_suspended_does_not_begin_to_be_billed_each_month(w, resumed):  # S: nothing renews it meanwhile
    a, feb_20 = becoming_monthly(w)
    subscriptions.suspend(a, "unpaid", w.diane, on(feb_20))
    run(MAR_13, MAR_16)
    assert a.again().type is ANNUAL and len(spans(a)) == 1
    if resumed:
        subscriptions.resume(a.again(), w.diane, on(MAR_16))
        assert holdings.scheduled(a)
    run(MAR_16, date(2027, 4, 2))
    assert len(spans(a)) == (3 if resumed else 1)
    assert [charge.net_cents for charge in Charge.select()] == [72000, *([4387] if resumed else [])]  # 80.00 × 17/31
    assert resumed or not holdings.scheduled(a)


def test_nobody_is_billed_each_month_for_a_client_that_is_gone(w):  # 001-04, S
    a, feb_20 = becoming_monthly(w)
    cancellations.cancel(w.client.again(), w.diane, on(feb_20))
    run(MAR_13, date(2027, 4, 20))
    assert a.again().type is ANNUAL and len(spans(a)) == 1 and Charge.select().count() == 1


def test_what_becomes_another_product_on_a_later_day_becomes_nothing_else_before(w):  # S: asked of a day that is over
    a = bought(w)
    wishes.add(Operation.CHANGE_TYPE, w.remi, on(NOV_20), subscription=a, product=w.office)
    order = orders.place(w.remi, on(NOV_20), "later", terms(), orders.totals(cart.of(w.remi)).seen)
    orders.approve(order, w.diane, on(NOV_29))
    asked = {"subscription": a.again(), "product": w.dwa}
    reason = wishes.why_not_add(w.remi, Operation.CHANGE_TYPE, NOV_20, **asked)
    assert reason.rule == "S" and reason.values["day"] == NOV_29
