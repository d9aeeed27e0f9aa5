"""A change that meets another: nothing is dropped silently, and what was shown is charged and held (rules.md S, R5)."""

from datetime import date

import pytest

from lic.models import ChangeState, Charge, Operation, Plan, ScheduledChange, Subscription, tx
from lic.rules import (
    billing,
    cart,
    holdings,
    invoices,
    orders,
    quotes,
    renewals,
    returns,
    subscriptions,
    wishes,
)
from lic.rules.parts import Kind
from tests.conftest import NOON, TODAY, on, refused
from tests.ordering import bought, kinds, ordered, spans, terms
from tests.subscriptions import ANNUAL, MONTHLY, sold

NOV_10, DEC_1 = date(2026, 11, 10), date(2026, 12, 1)
FEB_20, MAR_15 = date(2027, 2, 20), date(2027, 3, 15)


@pytest.fixture
def w(world):
    return sold(world)


def a_month(w, seats=12):
    return bought(w, MONTHLY, seats, on(NOV_10))


def scheduled(subscription):
    return [change.kind for change in holdings.scheduled(subscription)]


def waiting(w, operation, at=NOON, **inputs):
    """An order that waits for its approval."""
    wishes.add(operation, w.remi, at, **inputs)
    return orders.place(w.remi, at, f"waits {at.day}", terms(), orders.totals(cart.of(w.remi)).seen)


def moved(day):
    renewals.run(on(day))
    return billing.run(on(day))


# --- fewer seats, and then another type ------------------------------------------------------------


def test_a_year_begins_with_the_seats_it_was_ordered_for(w):  # 000-41, S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    shown = wishes.preview(w.remi, Operation.CHANGE_TYPE, TODAY, subscription=m, type=ANNUAL)
    order = ordered(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    assert shown.quantity == 10 and order.net_cents == 36000
    [invoice] = moved(DEC_1)
    assert holdings.held(m.again()).quantity(DEC_1) == 10 and invoice.net_cents == 36000 + 3360  # 12 × 4.00 × 21/30
    assert kinds(m).count("subscription.seats_removed") == 1 and not scheduled(m)


def test_seats_added_until_then_come_on_top(w):  # 000-41, S
    m = a_month(w, 15)
    subscriptions.remove_seats(m, 3, w.remi, NOON)
    ordered(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    ordered(w, Operation.ADD_SEATS, subscription=m, quantity=2)
    moved(DEC_1)
    assert holdings.held(m.again()).quantity(DEC_1) == 14
    assert sum(c.net_cents for c in Charge.select().where(Charge.from_on == DEC_1)) == 14 * 3600


def test_what_an_order_counted_on_can_no_longer_be_withdrawn(w):  # 000-41, S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    ordered(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    for change in holdings.scheduled(m):
        assert refused(subscriptions.drop, change, w.remi, NOON).rule == "000-41"


def test_an_order_that_was_never_approved_leaves_the_schedule_to_its_owner(w):  # S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    orders.reject(waiting(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL), "no", w.diane, NOON)
    subscriptions.drop(ScheduledChange.get(), w.remi, NOON)
    assert not scheduled(m)


def test_months_begin_with_the_seats_they_were_shown_with(w):  # X4, S
    a = bought(w)
    subscriptions.remove_seats(a, 5, w.remi, on(FEB_20))
    shown = subscriptions.preview_become_monthly(a, FEB_20)
    subscriptions.become_monthly(a, w.remi, on(FEB_20))
    fewer = next(one for one in holdings.scheduled(a) if one.kind == "remove_seats")
    assert refused(subscriptions.drop, fewer, w.remi, on(FEB_20)).rule == "S"
    moved(MAR_15)
    held = holdings.held(a.again())
    assert held.quantity(MAR_15) == shown.quantity == 15 and held.type is MONTHLY and not held.planned
    [invoice] = moved(date(2027, 4, 1))
    assert invoice.net_cents == 3290 == sum(item.line.net_cents for item in shown.items)  # 15 × 4.00 × 17/31


def test_modules_lose_and_change_with_their_base(w):  # 000-36, S
    m = a_month(w)
    [invoice] = moved(DEC_1)
    invoices.pay(invoice, DEC_1, w.diane, on(DEC_1))
    ordered(w, Operation.ADD_MODULE, on(DEC_1), subscription=m, product=w.cpm)
    subscriptions.remove_seats(m, 2, w.remi, on(DEC_1))
    order = ordered(w, Operation.CHANGE_TYPE, on(DEC_1), subscription=m, type=ANNUAL)
    assert order.net_cents == 10 * (3600 + 1500)
    assert refused(give_back, w, m, Operation.ADD_MODULE, on(DEC_1)).rule == "000-41"
    moved(date(2027, 1, 1))
    held = holdings.held(m.again())
    assert held.quantity(date(2027, 1, 1)) == held.modules[0].quantity(date(2027, 1, 1)) == 10


def give_back(w, subscription, operation, at, seats=None):
    purchase = next(one for one in returns.of(subscription.again(), at.day) if one.line.operation is operation)
    return returns.give_back(purchase.line, seats or purchase.seats, w.remi, at)


# --- one change of type or product at a time ---------------------------------------------------------


def test_two_changes_of_what_it_is_never_meet(w):  # S, O Plan change
    a = bought(w)
    subscriptions.become_monthly(a, w.remi, on(FEB_20))
    dearer = {"subscription": a, "product": w.office}
    assert wishes.why_not_add(w.remi, Operation.CHANGE_TYPE, FEB_20, **dearer).rule == "S"
    b = bought(w, product=w.office)
    ordered(w, Operation.CHANGE_TYPE, subscription=b, product=w.dwa)  # cheaper: at the renewal
    assert subscriptions.why_not_become_monthly(b, w.remi, FEB_20).rule == "S"
    assert wishes.why_not_add(w.remi, Operation.CHANGE_TYPE, FEB_20, subscription=b, product=w.dwa).rule == "S"


def test_a_cheaper_product_that_was_renewed_for_comes(w):  # O Plan change: bought cheap is not kept dear
    b = bought(w, product=w.office)
    ordered(w, Operation.CHANGE_TYPE, subscription=b, product=w.dwa)
    change = ScheduledChange.get()
    assert subscriptions.why_not_drop(change, w.remi, FEB_20) is None
    ordered(w, Operation.RENEW, on(FEB_20), subscription=b)
    assert refused(subscriptions.drop, change, w.remi, on(FEB_20)).rule == "000-41"
    moved(MAR_15)
    assert b.again().product == w.dwa


def test_seats_added_to_a_renewed_one_cost_what_each_period_has(w):  # O, S
    b = bought(w, product=w.office)
    ordered(w, Operation.CHANGE_TYPE, subscription=b, product=w.dwa)
    ordered(w, Operation.RENEW, on(FEB_20), subscription=b)
    order = ordered(w, Operation.ADD_SEATS, on(FEB_20), subscription=b, quantity=2)
    assert order.net_cents == 2 * 880 + 2 * 3600  # one started month of OFF-ENT, then a year of IMP-DWA
    moved(MAR_15)
    assert {block.unit for block in holdings.held(b.again()).rows(MAR_15)} == {36}


def test_what_becomes_annual_is_neither_renewed_nor_let_go(w):  # 000-41, S
    m = a_month(w)
    ordered(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    assert refused(subscriptions.auto_renew, m, False, w.remi, NOON).rule == "000-41"
    n = a_month(w)
    subscriptions.auto_renew(n, False, w.remi, NOON)
    ordered(w, Operation.CHANGE_TYPE, subscription=n, type=ANNUAL)
    assert wishes.why_not_add(w.remi, Operation.RENEW, TODAY, subscription=n)
    moved(DEC_1)
    assert n.again().type is ANNUAL and len(spans(n)) == 2


def test_it_does_not_become_annual_after_a_gap(w):  # 000-41: what was charged is carried out
    m = a_month(w)
    subscriptions.auto_renew(m, False, w.remi, NOON)
    order = waiting(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    moved(DEC_1)
    assert refused(orders.approve, order, w.diane, on(date(2026, 12, 5))).rule == "000-41"
    assert not Charge.select().where(Charge.kind == "annual").exists()


# --- fewer seats, and then the end, a renewal, or something given back ---------------------------------


def test_a_cancellation_says_what_will_not_come_and_brings_it_back_when_withdrawn(w):  # S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    [note] = subscriptions.preview_cancel(m, TODAY).notes
    assert "only comes" in note.message
    subscriptions.cancel(m, w.remi, NOON)
    assert scheduled(m) == ["remove_seats"]
    subscriptions.keep(m, w.remi, NOON)
    moved(DEC_1)
    assert holdings.held(m.again()).quantity(DEC_1) == 10


def test_what_will_not_come_is_dropped_aloud_at_the_end(w):  # S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    subscriptions.cancel(m, w.remi, NOON)
    moved(DEC_1)
    assert not scheduled(m) and kinds(m).count("subscription.change_dropped") == 1 and len(spans(m)) == 1


def test_fewer_seats_wait_for_a_month_that_is_renewed_by_hand(w):  # S, 000-43
    m = a_month(w)
    subscriptions.auto_renew(m, False, w.remi, NOON)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    moved(DEC_1)
    assert scheduled(m) == ["remove_seats"]
    ordered(w, Operation.RENEW, on(date(2026, 12, 3)), subscription=m)
    assert holdings.held(m.again()).quantity(DEC_1) == 10 and not scheduled(m)


def test_a_renewal_of_more_seats_than_are_left_is_refused(w):  # S
    a = bought(w)
    subscriptions.remove_seats(a, 5, w.remi, on(FEB_20))
    given = {"subscription": a, "quantity": 20}
    assert wishes.why_not_add(w.remi, Operation.RENEW, FEB_20, **given).rule == "S"
    ordered(w, Operation.RENEW, on(FEB_20), subscription=a, quantity=15)
    assert holdings.held(a.again()).quantity(MAR_15) == 15 and not scheduled(a)


def test_so_many_are_not_given_back_that_the_removal_cannot_come(w):  # S, O Cooling-off
    m = a_month(w, 5)
    ordered(w, Operation.ADD_SEATS, subscription=m, quantity=5)
    subscriptions.remove_seats(m, 6, w.remi, NOON)
    assert refused(give_back, w, m, Operation.ADD_SEATS, NOON, 4).rule == "S"
    give_back(w, m, Operation.ADD_SEATS, NOON, 3)
    moved(DEC_1)
    assert holdings.held(m.again()).quantity(DEC_1) == 1


def test_all_given_back_drops_what_was_scheduled_aloud(w):  # S, O Cooling-off
    m = bought(w, MONTHLY, 5, NOON)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    [purchase] = returns.of(m, TODAY)
    assert len(returns.preview(purchase.line, 5, TODAY).notes) == 1
    returns.give_back(purchase.line, 5, w.remi, NOON)
    assert "subscription.change_dropped" in kinds(m) and not scheduled(m)


# --- while an order waits ----------------------------------------------------------------------------


def test_nothing_else_is_done_while_an_order_waits(w):  # 000-25: ten ordered are not approved as one
    m = a_month(w, 10)
    subscriptions.remove_seats(m, 1, w.remi, NOON)
    order = waiting(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    for do in (
        lambda: subscriptions.remove_seats(m, 8, w.remi, NOON),
        lambda: subscriptions.cancel(m, w.remi, NOON),
        lambda: subscriptions.auto_renew(m, False, w.remi, NOON),
        lambda: subscriptions.drop(ScheduledChange.get(), w.remi, NOON),
    ):
        assert refused(do).rule == "000-25"
    orders.approve(order, w.diane, NOON)
    moved(DEC_1)
    assert holdings.held(m.again()).quantity(DEC_1) == 9
    assert [c.net_cents for c in Charge.select().where(Charge.kind == "annual")] == [9 * 3600]


def test_nothing_is_given_back_kept_or_made_monthly_while_an_order_waits(w):  # 000-25
    a = bought(w, at=NOON)
    waiting(w, Operation.ADD_SEATS, subscription=a, quantity=1)
    assert refused(give_back, w, a, Operation.SUBSCRIBE, NOON).rule == "000-25"
    b = bought(w, by=w.anne)
    subscriptions.cancel(b, w.anne, on(FEB_20))
    wishes.add(Operation.ADD_SEATS, w.anne, on(FEB_20), subscription=b, quantity=1)
    orders.place(w.anne, on(FEB_20), "key", terms(), orders.totals(cart.of(w.anne)).seen)
    assert refused(subscriptions.keep, b, w.anne, on(FEB_20)).rule == "000-25"
    assert subscriptions.why_not_become_monthly(b, w.anne, FEB_20).rule == "000-25"


# --- what was offered or put into the cart before -----------------------------------------------------


def test_a_quote_of_other_seats_than_there_are_now_is_not_ordered(w):  # 003-19
    a = bought(w)
    quote = quotes.make(a, w.diane, on(FEB_20), quantity=15)
    assert quotes.why_not_order(quote, w.remi, FEB_20) is None
    ordered(w, Operation.ADD_SEATS, on(FEB_20), subscription=a, quantity=5)
    assert quotes.why_not_order(quote, w.remi, FEB_20).rule == "003-19"


def test_a_renewal_in_the_cart_drops_no_seats_added_since(w):  # 003-17, S
    with tx():
        from tests.conftest import a_user

        rita = a_user(w.alpha, "Rita Rapide")
    a = bought(w)
    wishes.add(Operation.RENEW, w.remi, on(FEB_20), subscription=a, quantity=20)
    ordered(w, Operation.ADD_SEATS, on(FEB_20), by=rita, subscription=a, quantity=5)
    seen = orders.totals(cart.of(w.remi)).seen
    assert refused(orders.place, w.remi, on(FEB_20), "key", terms(), seen).rule == "S"


def test_a_module_follows_its_base_by_address_too(w):  # 000-36
    a = bought(w)
    billing.run(NOON)
    for invoice in invoices.Invoice.select():
        invoices.pay(invoice, TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    module = Subscription.get(Subscription.base == a)
    for preview in (subscriptions.preview_cancel, subscriptions.preview_become_monthly):
        assert refused(preview, module, FEB_20).rule == "000-36"
    assert refused(subscriptions.preview_remove_seats, module, 1, FEB_20).rule == "000-36"


def test_a_module_is_not_added_to_what_becomes_something_else(w):  # 000-36: it would not change with its base
    m = a_month(w)
    [invoice] = moved(DEC_1)
    invoices.pay(invoice, DEC_1, w.diane, on(DEC_1))
    ordered(w, Operation.CHANGE_TYPE, on(DEC_1), subscription=m, type=ANNUAL)
    assert wishes.why_not_add(w.remi, Operation.ADD_MODULE, DEC_1, subscription=m, product=w.cpm).rule == "S"


def test_seats_that_were_given_back_are_not_counted_on_their_last_day(w):  # O, 000-41, 000-16
    m, a = a_month(w), bought(w)
    billing.run(NOON)
    for invoice in invoices.Invoice.select():
        invoices.pay(invoice, TODAY, w.diane, NOON)
    for one in (m, a):
        ordered(w, Operation.ADD_SEATS, subscription=one, quantity=4)
        give_back(w, one, Operation.ADD_SEATS, NOON)
    tomorrow = date(2026, 11, 23)
    for one, operation, inputs in (
        (m, Operation.CHANGE_TYPE, {"type": ANNUAL}),
        (a, Operation.CHANGE_TYPE, {"product": w.office}),
        (a, Operation.ASSURANCE, {"plan": Plan.STANDARD, "months": 5}),
        (a, Operation.ADD_MODULE, {"product": w.cpm}),
    ):
        reason = wishes.why_not_add(w.remi, operation, TODAY, subscription=one, **inputs)
        assert reason.values["possible_from"] == tomorrow
        assert wishes.why_not_add(w.remi, operation, tomorrow, subscription=one, **inputs) is None
    assert wishes.preview(w.remi, Operation.ADD_SEATS, TODAY, subscription=a, quantity=2).quantity == 22


def test_seats_given_back_on_the_last_day_are_not_renewed(w):  # O: it is not renewed by itself
    m, last_day, dec_5 = a_month(w), date(2026, 11, 30), date(2026, 12, 5)
    subscriptions.auto_renew(m, False, w.remi, NOON)
    ordered(w, Operation.ADD_SEATS, on(last_day), subscription=m.again(), quantity=4)
    give_back(w, m, Operation.ADD_SEATS, on(last_day))
    for day in (last_day, dec_5):
        assert wishes.preview(w.remi, Operation.RENEW, day, subscription=m.again()).quantity == 12
    ordered(w, Operation.RENEW, on(dec_5), subscription=m.again())
    assert holdings.held(m.again()).quantity(dec_5) == 12


def test_an_assurance_that_was_given_back_costs_nothing_more_on_its_last_day(w):  # O, 000-33, 000-55
    a, plan = bought(w), {"plan": Plan.STANDARD, "months": 12}
    ordered(w, Operation.ASSURANCE, subscription=a, **plan)
    give_back(w, a, Operation.ASSURANCE, NOON)
    for operation, asked in ((Operation.ASSURANCE, plan), (Operation.UPGRADE_ASSURANCE, {"plan": Plan.PREMIUM})):
        reason = refused(wishes.preview, w.remi, operation, TODAY, subscription=a.again(), **asked)
        assert reason.values["possible_from"] == date(2026, 11, 23)
    added = wishes.preview(w.remi, Operation.ADD_SEATS, TODAY, subscription=a.again(), quantity=2)
    assert [item.kind for item in added.items] == [Kind.ADDED]


def test_a_dropped_change_is_kept_as_dropped(w):  # S
    m = a_month(w)
    subscriptions.remove_seats(m, 2, w.remi, NOON)
    subscriptions.drop(ScheduledChange.get(), w.remi, NOON)
    assert ScheduledChange.get().state is ChangeState.DROPPED


def test_seats_that_end_with_the_month_cost_nothing_every_month(w):  # 000-42, 000-41
    m, n = a_month(w), a_month(w)
    subscriptions.cancel(m, w.remi, NOON)
    ordered(w, Operation.CHANGE_TYPE, subscription=n, type=ANNUAL)
    for one in (m, n):
        found = wishes.preview(w.remi, Operation.ADD_SEATS, TODAY, subscription=one.again(), quantity=2)
        assert found.monthly == 0
