"""What a preview, an order and a bill say of one thing is the same amount (rules.md, X; R4, R5)."""

from datetime import date, timedelta

import pytest

from lic.models import Basis, Charge, Invoice, Operation, OrderState, Plan, Price
from lic.rules import (
    Refused,
    approvals,
    billing,
    holdings,
    invoices,
    order_previews,
    orders,
    parameters,
    renewals,
    returns,
    subscriptions,
    wishes,
)
from lic.rules.parts import Kind
from tests.conftest import NOON, TODAY, on
from tests.ordering import bought, ordered
from tests.rules.test_after_the_end import refused, run, waiting
from tests.subscriptions import ANNUAL, MONTHLY, sold

NOV_1, NOV_10, NOV_12, NOV_20 = (date(2026, 11, day) for day in (1, 10, 12, 20))
DEC_1 = date(2026, 12, 1)


@pytest.fixture
def w(world):
    return sold(world)


def amounts(preview, kind):
    return [item.line.net for item in preview.items if item.kind is kind]


def back(w, subscription, operation, day, seats=None):
    found = next(one for one in returns.of(subscription.again(), day) if one.line.operation is operation)
    return returns.give_back(found.line, seats or found.seats, w.remi, on(day))


# --- the first month ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "cents"), [("full", 571 + 2057), ("free", 0), ("prorata", 400 + 1440)])
def test_of_a_first_month_given_back_seats_pay_the_days_they_were_there(w, first, cents):  # P, O Cooling-off
    parameters.change(w.europe, {"monthly_first": first}, w.diane, NOON)
    m = bought(w, MONTHLY, 10, on(NOV_10))
    back(w, m, Operation.SUBSCRIBE, NOV_12, 4)  # full: 4 × 4.00 × 3/21 and 6 × 4.00, not ten seats and six
    run(NOV_12, DEC_1)
    assert sum(charge.net_cents for charge in Charge.select()) == cents


@pytest.mark.parametrize("first", ["full", "free", "prorata"])
def test_the_first_month_of_what_becomes_monthly_is_charged_as_shown(w, first):  # P, X4
    parameters.change(w.europe, {"monthly_first": first}, w.diane, NOON)
    a, feb_20, march_20 = bought(w, quantity=10), date(2027, 2, 20), date(2027, 3, 20)
    shown = subscriptions.preview_become_monthly(a, feb_20)
    subscriptions.become_monthly(a, w.remi, on(feb_20))
    run(feb_20, march_20)
    more = wishes.preview(w.remi, Operation.ADD_SEATS, march_20, subscription=a.again(), quantity=2)
    ordered(w, Operation.ADD_SEATS, on(march_20), subscription=a.again(), quantity=2)
    run(march_20, date(2027, 4, 1))
    charged = [charge.net_cents for charge in Charge.select().where(Charge.kind == "monthly")]
    assert charged == [int(100 * one) for one in (*amounts(shown, Kind.SEATS), *amounts(more, Kind.ADDED))]


# --- modules ------------------------------------------------------------------------------------------


def with_module(w, day):
    a = bought(w)
    billing.run(on(NOV_1))
    for invoice in Invoice.select():
        invoices.pay(invoice, NOV_1, w.diane, on(NOV_1))
    ordered(w, Operation.ADD_MODULE, on(day), subscription=a.again(), product=w.cpm)
    return a.again()


def test_a_module_has_the_months_of_its_base(w):  # 000-36, O Annual add-seats: four are left, of both
    a = with_module(w, date(2026, 11, 2))
    added = wishes.preview(w.remi, Operation.ADD_SEATS, NOV_20, subscription=a, quantity=2)
    assert [(item.line.numerator, item.line.net) for item in added.items] == [(4, 24), (4, 10)]


def test_a_module_is_renewed_and_aligned_for_the_days_of_its_base(w):  # 000-36, R2
    a = bought(w, at=on(date(2028, 2, 29)))
    for year in (2029, 2030, 2031):
        ordered(w, Operation.RENEW, on(date(year, 2, 25)), subscription=a.again())
    at = on(date(2031, 3, 1))
    billing.run(at)
    for invoice in Invoice.select():
        invoices.pay(invoice, at.day, w.diane, at)
    ordered(w, Operation.ADD_MODULE, on(date(2031, 5, 10)), subscription=a.again(), product=w.cpm)
    [base, module] = wishes.preview(w.remi, Operation.RENEW, date(2032, 2, 20), subscription=a.again()).items
    assert (base.line.from_on, base.line.to_on) == (module.line.from_on, module.line.to_on)
    given = {"subscriptions": [a.again()], "ends_on": date(2032, 12, 31)}
    found = wishes.preview(w.remi, Operation.COTERMINATE, date(2032, 2, 20), **given)
    assert len({(item.line.numerator, item.line.denominator) for item in found.items}) == 1


# --- prices and taxes that change in between ------------------------------------------------------------


def test_fewer_seats_say_what_those_that_stay_were_bought_for(w):  # 000-40: a new price is for new seats
    m = bought(w, MONTHLY, 10, on(NOV_10))
    given = {"price_list": w.europe, "product": w.dwa, "basis": Basis.MONTHLY}
    Price.create(**given, cents=700, valid_from=NOV_12)
    ordered(w, Operation.ADD_SEATS, on(NOV_20), subscription=m, quantity=3)
    for less, cents in ((1, 4000 + 1400), (5, 3200)):  # the newest go first
        assert subscriptions.preview_remove_seats(m.again(), less, TODAY).monthly * 100 == cents
    subscriptions.remove_seats(m.again(), 5, w.remi, NOON)
    run(TODAY, date(2027, 1, 1))
    assert sum(c.net_cents for c in Charge.select().where(Charge.from_on >= DEC_1)) == 3200


def test_a_tax_that_rose_asks_for_a_new_consent(w):  # R5: the total is what is paid, with its VAT
    order = waiting(w, Operation.SUBSCRIBE, TODAY, product=w.dwa, type=ANNUAL, quantity=10)
    alpha, at = w.alpha.again(), on(date(2026, 11, 24))
    alpha.tax_rate_bp = 2500
    alpha.save()
    order = order.again()
    [(icon, said)] = approvals.effects(order, at.day)
    assert icon == "question" and said.values["gross"].amount == 450
    order = orders.approve(order, w.diane, at)
    assert order.state is OrderState.INFO_REQUESTED and order.asks_consent and not Charge.select().exists()
    order = orders.answer(order, "", w.remi, at, seen=orders.totals(order).seen)
    orders.approve(order, w.diane, at)
    assert Invoice.get().gross_cents == 45000


def test_a_tax_that_fell_asks_nothing(w):  # R5
    order = waiting(w, Operation.SUBSCRIBE, TODAY, product=w.dwa, type=ANNUAL, quantity=10)
    alpha = w.alpha.again()
    alpha.tax_rate_bp = 1000
    alpha.save()
    assert orders.approve(order.again(), w.diane, NOON).state is OrderState.COMPLETED
    assert Invoice.get().gross_cents == 39600


# --- each month, or only to its end ---------------------------------------------------------------------


@pytest.mark.parametrize("then", ["annual", "cancelled"])
def test_seats_that_end_with_the_month_are_not_called_monthly(w, then):  # 000-40, 000-41
    m = bought(w, MONTHLY, 10, on(NOV_10))
    if then == "annual":
        ordered(w, Operation.CHANGE_TYPE, on(NOV_12), subscription=m, type=ANNUAL)
    else:
        subscriptions.cancel(m, w.remi, on(NOV_12))
    order = waiting(w, Operation.ADD_SEATS, NOV_20, subscription=m.again(), quantity=5)
    totals = orders.totals(order)
    assert (totals.monthly_cents, totals.days_cents) == (0, 733)  # 5 × 4.00 × 11/30
    assert totals.with_setup_cents == totals.net_cents + 733 and totals.seen.endswith("-733")
    said = [reason for _, reason in approvals.effects(order, NOV_20)]
    assert not [reason for reason in said if "monthly" in reason.values]
    [days] = [reason for reason in said if "first" in reason.values]
    assert (days.values["first"].amount * 100, days.values["end"]) == (733, date(2026, 11, 30))
    orders.approve(order, w.diane, on(NOV_20))
    run(NOV_20, date(2027, 1, 5))
    assert sum(c.net_cents for c in Charge.select().where(Charge.from_on == NOV_20)) == 733


def test_seats_that_go_on_say_what_they_cost_each_month(w):  # 000-40
    m = bought(w, MONTHLY, 10, on(NOV_10))
    order = waiting(w, Operation.ADD_SEATS, NOV_20, subscription=m, quantity=5)
    assert (orders.totals(order).monthly_cents, orders.totals(order).days_cents) == (2000, 0)
    assert [r.values["monthly"].amount for _, r in approvals.effects(order, NOV_20) if "monthly" in r.values] == [20]


# --- assurance ------------------------------------------------------------------------------------------


def test_an_assurance_after_another_costs_nothing_once_it_was_given_back(w):  # O Cooling-off, 000-33
    a = bought(w)
    for month in (3, 6):
        given = {"subscription": a.again(), "plan": Plan.STANDARD, "months": 3}
        ordered(w, Operation.ASSURANCE, on(date(2026, month, 20)), **given)
    day = date(2026, 6, 22)
    back(w, a, Operation.ASSURANCE, day)
    added = wishes.preview(w.remi, Operation.ADD_SEATS, day, subscription=a.again(), quantity=2)
    assert not amounts(added, Kind.ASSURANCE)
    given = {"subscription": a.again(), "plan": Plan.PREMIUM, "months": 3}
    reason = refused(wishes.preview, w.remi, Operation.ASSURANCE, day, **given)
    assert reason.values["possible_from"] == day + timedelta(1)


@pytest.mark.parametrize("after", [29, 30])  # a support that ends on such a day could have been bought for a month
def test_an_assurance_may_be_given_back_after_more_than_a_month(w, after):  # P cooling_off_days, 000-33
    parameters.change(w.europe, {"cooling_off_days": 60}, w.diane, NOON)
    a, day = bought(w, at=on(NOV_10)), NOV_10 + timedelta(after)
    ordered(w, Operation.ASSURANCE, on(NOV_10), subscription=a, plan=Plan.STANDARD, months=12)
    back(w, a, Operation.ASSURANCE, day)
    for asked, added in ((day, []), (day + timedelta(1), [])):
        shown = wishes.preview(w.remi, Operation.ADD_SEATS, asked, subscription=a.again(), quantity=2)
        assert amounts(shown, Kind.ASSURANCE) == added
    assert not amounts(
        wishes.preview(w.remi, Operation.RENEW, date(2027, 10, 20), subscription=a.again()), Kind.ASSURANCE
    )


def test_an_assurance_that_ends_by_itself_is_no_assurance_given_back(w):  # 000-33, 000-55
    a = bought(w, plan=Plan.STANDARD)
    ordered(w, Operation.RENEW, on(date(2027, 3, 10)), subscription=a)
    last_day = {"subscription": a.again(), "plan": Plan.PREMIUM}
    found = wishes.preview(w.remi, Operation.UPGRADE_ASSURANCE, date(2027, 3, 14), **last_day)
    assert [item.line.numerator for item in found.items] == [1, 12]


def test_a_first_assurance_waits_for_fewer_seats_that_are_scheduled(w):  # 000-16, S: nobody pays for seats that leave
    m = bought(w, MONTHLY, 10, on(NOV_10))
    subscriptions.remove_seats(m, 4, w.remi, NOON)
    asked = {"subscription": m.again(), "plan": Plan.STANDARD, "months": 12}
    reason = wishes.why_not_add(w.remi, Operation.ASSURANCE, TODAY, **asked)
    assert reason.rule == "S" and reason.values["possible_from"] == DEC_1
    renewals.run(on(DEC_1))
    found = wishes.preview(w.remi, Operation.ASSURANCE, DEC_1, **asked | {"subscription": m.again()})
    assert found.totals.net == 36


@pytest.mark.parametrize("type", [MONTHLY, ANNUAL])
def test_a_higher_plan_is_paid_for_the_seats_there_are(w, type):  # X7: not for those that left
    day = DEC_1 if type is MONTHLY else date(2027, 11, 10)
    one = bought(w, type, 20, on(NOV_10), plan=Plan.STANDARD, assurance_months=24)
    if type is MONTHLY:
        subscriptions.remove_seats(one, 5, w.remi, NOON)
    else:
        ordered(w, Operation.RENEW, on(date(2027, 11, 2)), subscription=one, quantity=15)
    renewals.run(on(day))
    found = wishes.preview(w.remi, Operation.UPGRADE_ASSURANCE, day, subscription=one.again(), plan=Plan.PREMIUM)
    months = 24 if type is MONTHLY else 12  # 10/11 to 09/12 has started
    assert [item.line.quantity for item in found.items] == [15] and found.totals.net * 100 == 15 * 30 * months


def test_a_module_has_the_seats_of_each_period_of_its_base(w):  # 000-36: 20 now, 15 in the year that is renewed
    a = bought(w)
    ordered(w, Operation.RENEW, on(date(2027, 1, 20)), subscription=a, quantity=15)
    billing.run(on(date(2027, 1, 20)))
    for invoice in Invoice.select():
        invoices.pay(invoice, date(2027, 1, 20), w.diane, on(date(2027, 1, 20)))
    order = ordered(w, Operation.ADD_MODULE, on(date(2027, 1, 21)), subscription=a.again(), product=w.cpm)
    assert order.net_cents == 20 * 1500 * 2 // 12 + 15 * 1500
    [module] = holdings.held(a.again()).modules
    assert [module.quantity(day) for day in (date(2027, 3, 14), date(2027, 3, 15))] == [20, 15]


def test_a_first_assurance_waits_for_a_renewal_of_fewer_seats(w):  # 000-16
    a, jan_20 = bought(w), date(2027, 1, 20)
    ordered(w, Operation.RENEW, on(jan_20), subscription=a, quantity=15)
    asked = {"subscription": a.again(), "plan": Plan.STANDARD}
    reason = refused(wishes.preview, w.remi, Operation.ASSURANCE, jan_20, months=12, **asked)
    assert reason.values["possible_from"] == date(2027, 3, 15)
    assert wishes.preview(w.remi, Operation.ASSURANCE, jan_20, months=1, **asked).totals.net == 10
    assert wishes.preview(w.remi, Operation.ASSURANCE, date(2027, 3, 15), months=12, **asked).totals.net == 90


# --- what a program asks for another day ------------------------------------------------------------------


def test_a_program_asks_about_a_month_that_comes_by_itself(w):  # issue 3, 000-38: `on` a later day
    m, jan_12, dec_12 = bought(w, MONTHLY, 10, on(NOV_10)), date(2027, 1, 12), date(2026, 12, 12)
    body = {"operation": "add_seats", "subscription": m.number, "quantity": 5}
    found = order_previews.answer(w.remi, body | {"on": jan_12.isoformat()}, TODAY).preview
    run(NOV_12, jan_12)
    then = wishes.preview(w.remi, Operation.ADD_SEATS, jan_12, subscription=m.again(), quantity=5)
    assert [item.line for item in found.items] == [item.line for item in then.items] and found.monthly == then.monthly
    subscriptions.remove_seats(m.again(), 2, w.remi, on(jan_12))
    with pytest.raises(Refused) as error:
        order_previews.answer(w.remi, body | {"on": "2027-02-03"}, jan_12)
    assert error.value.reason.values["day"] == date(2027, 2, 1)
    subscriptions.cancel(m.again(), w.remi, on(jan_12))
    with pytest.raises(Refused):
        order_previews.answer(w.remi, body | {"on": "2027-02-03"}, dec_12)
