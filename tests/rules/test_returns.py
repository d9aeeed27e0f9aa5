"""Giving back in the first days: what comes back to the cent, what is as before, what goes first (O, Cooling-off)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lic.models import (
    Assignment,
    Assurance,
    Charge,
    Invoice,
    LicenceGroup,
    Operation,
    Order,
    OrderLine,
    Plan,
    Product,
    Seats,
    Subscription,
    tx,
)
from lic.rules import Refused, holdings, invoices, previews, pricing, renewals, returns, subscriptions
from lic.rules.pricing import Line, from_cents
from lic.web import billed
from tests.conftest import NOON, TODAY, on
from tests.ordering import bought, charged, kinds, ordered, spans
from tests.subscribed import a_project
from tests.subscriptions import ANNUAL, MONTHLY, TERM, sold

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def w(world):
    return sold(world)


def back(w, subscription, operation, seats=None, at=NOON, **given):
    """Give back what an operation brought, all of it unless told otherwise."""
    purchase = next(one for one in returns.of(subscription.again(), at.day) if one.line.operation is operation)
    return returns.give_back(purchase.line, seats or purchase.seats, w.remi, at, **given)


def why(w, subscription, operation, at=NOON):
    with pytest.raises(Refused) as error:
        back(w, subscription, operation, at=at)
    return error.value.reason


def as_it_is(subscription, day):
    """All that is held on a day."""
    held = holdings.held(subscription.again())
    live = [(b.quantity, b.unit, b.to_on) for b in held.blocks if b.from_on <= day and (not b.to_on or b.to_on >= day)]
    covers = [(c.plan, c.quantity, c.unit, c.to_on) for c in held.covers_on(day)]
    later = [(b.quantity, b.unit, b.from_on, b.to_on) for b in held.blocks if b.from_on > day]
    project = subscription.again().project
    return held.product, held.periods, live, covers, later, project and project.again().assurance_plan


def refunds():
    return [charge.net_cents for charge in Charge.select().where(Charge.refunds.is_null(False)).order_by(Charge.id)]


def never_more_than_paid():
    for charge in Charge.select().where(Charge.refunds.is_null()):
        given = -sum(one.net_cents for one in Charge.select().where(Charge.refunds == charge.id))
        assert 0 <= given <= max(charge.net_cents, 0)
    return True


# --- what replaced something comes back as it was --------------------------------------------------


def test_another_product_is_given_back_and_all_is_as_before(w):  # O, Cooling-off and Plan change
    a = bought(w)
    before = as_it_is(a, TOMORROW)
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    assert a.again().product == w.office and charged()[-1] == 46400  # 20 × 69.60 × 4/12
    back(w, a, Operation.CHANGE_TYPE, at=on(date(2026, 11, 24)))
    assert as_it_is(a, date(2026, 11, 25)) == before
    assert refunds() == [-45168]  # 464.00 × 110/113
    assert holdings.held(a).quantity(date(2026, 11, 24)) == 20 and kinds(a)[-1] == "subscription.change_given_back"
    assert not [one for one in returns.of(a.again(), date(2026, 11, 24))] and never_more_than_paid()


def test_another_product_brings_its_days_of_grace_and_gives_them_back(w):  # P, 003-28: OFF-ENT has thirty
    a = bought(w)
    assert subscriptions.grace_days(a) == 10
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    assert subscriptions.grace_days(a.again()) == 30
    back(w, a, Operation.CHANGE_TYPE)
    assert subscriptions.grace_days(a.again()) == 10


def test_a_cheaper_product_that_comes_with_the_renewal_has_its_own_days_and_group(w):  # P, O, Plan change
    project = a_project(w)
    ordered(w, Operation.SUBSCRIBE, on(date(2026, 3, 15)), product=w.office, quantity=5, project=project)
    office = bought_in(project)
    ordered(w, Operation.CHANGE_TYPE, subscription=office, product=w.dwa)
    ordered(w, Operation.RENEW, on(date(2027, 3, 1)), subscription=office)
    assert subscriptions.grace_days(office.again()) == 30
    renewals.run(on(date(2027, 3, 15)))
    office = office.again()
    assert office.product == office.group.product == w.dwa and subscriptions.grace_days(office) == 10


def test_a_product_changed_on_the_first_day_gives_its_first_purchase_back_afterwards(w):  # O, Cooling-off
    a = bought(w, at=NOON)
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    assert [one.line.operation for one in returns.of(a, TODAY)] == [Operation.CHANGE_TYPE]
    back(w, a, Operation.CHANGE_TYPE)
    assert a.again().product == w.dwa
    [purchase] = returns.of(a, TODAY)
    assert purchase.line.operation is Operation.SUBSCRIBE and purchase.seats == 20
    back(w, a, Operation.SUBSCRIBE)
    assert a.again().cancelled_on == TODAY and refunds()[-1] == -71803 and never_more_than_paid()


def test_the_licence_group_an_other_product_made_goes_with_it(w):  # 000-14
    project = a_project(w)
    ordered(w, Operation.SUBSCRIBE, on(date(2026, 3, 15)), product=w.dwa, quantity=5, project=project)
    a = bought_in(project)
    with tx():
        Assurance.delete().execute()
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    assert {group.product for group in LicenceGroup.select()} == {w.dwa, w.office}
    back(w, a, Operation.CHANGE_TYPE)
    assert {group.product for group in LicenceGroup.select()} == {w.dwa} and a.again().group.product == w.dwa


def bought_in(project):
    return Subscription.get(Subscription.project == project)


def test_an_assurance_upgrade_is_given_back_and_the_old_plan_goes_on(w):  # O, 000-55
    project = a_project(w)
    ordered(w, Operation.SUBSCRIBE, on(date(2026, 3, 15)), product=w.dwa, quantity=20, project=project)
    a = bought_in(project)
    before = as_it_is(a, TOMORROW)
    ordered(w, Operation.UPGRADE_ASSURANCE, subscription=a, plan=Plan.PREMIUM)
    assert project.again().assurance_plan is Plan.PREMIUM and charged()[-1] == 2400
    back(w, a, Operation.UPGRADE_ASSURANCE)
    assert as_it_is(a, TOMORROW) == before and refunds() == [-2379]  # 24.00 × 112/113
    assert kinds(a)[-1] == "subscription.assurance_given_back"
    again = previews.upgrade_assurance(holdings.Prices.of(w.alpha, TODAY), holdings.held(a), Plan.PREMIUM, TOMORROW)
    assert again.totals.net == 24


def test_a_project_keeps_the_highest_plan_one_of_its_subscriptions_has(w):  # 000-07
    project = a_project(w)
    for _ in range(2):
        ordered(w, Operation.SUBSCRIBE, on(date(2026, 3, 15)), product=w.dwa, quantity=5, project=project)
    first, second = Subscription.select().order_by(Subscription.id)
    for one in (first, second):
        ordered(w, Operation.UPGRADE_ASSURANCE, subscription=one, plan=Plan.PREMIUM)
    back(w, first, Operation.UPGRADE_ASSURANCE)
    assert project.again().assurance_plan is Plan.PREMIUM
    back(w, second, Operation.UPGRADE_ASSURANCE)
    assert project.again().assurance_plan is Plan.STANDARD


def test_a_first_assurance_is_given_back_whole(w):  # O, 000-16
    a = bought(w)
    ordered(w, Operation.ASSURANCE, subscription=a, plan=Plan.STANDARD, months=6)
    assert charged()[-1] == 6000
    [purchase] = returns.of(a, TODAY)
    with pytest.raises(Refused):
        returns.give_back(purchase.line, 5, w.remi, NOON)  # not a part of it
    back(w, a, Operation.ASSURANCE)
    assert holdings.held(a).covers_on(TOMORROW) == [] and refunds() == [-5967]  # 60.00 × 180/181
    ordered(w, Operation.ASSURANCE, on(TOMORROW), subscription=a, plan=Plan.PREMIUM, months=6)


def test_an_upgrade_goes_before_the_assurance_it_is_of(w):  # last in, first out
    a = bought(w)
    ordered(w, Operation.ASSURANCE, subscription=a, plan=Plan.STANDARD, months=6)
    ordered(w, Operation.UPGRADE_ASSURANCE, subscription=a, plan=Plan.PREMIUM)
    assert [one.line.operation for one in returns.of(a, TODAY)] == [Operation.UPGRADE_ASSURANCE]
    back(w, a, Operation.UPGRADE_ASSURANCE)
    back(w, a, Operation.ASSURANCE)
    assert holdings.held(a).covers_on(TOMORROW) == [] and never_more_than_paid()


def test_what_was_added_since_goes_first(w):  # last in, first out
    a = bought(w)
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=3)
    reason = why(w, a, Operation.CHANGE_TYPE)
    assert "goes first" in reason.message and reason.values["operation"] is Operation.ADD_SEATS
    back(w, a, Operation.ADD_SEATS)
    back(w, a, Operation.CHANGE_TYPE)
    assert a.again().product == w.dwa and never_more_than_paid()


def test_seats_with_an_assurance_bought_for_them_are_given_back_after_it(w):  # last in, first out
    a = bought(w, at=NOON)
    ordered(w, Operation.ASSURANCE, subscription=a, plan=Plan.STANDARD, months=6)
    assert why(w, a, Operation.SUBSCRIBE).values["operation"] is Operation.ASSURANCE
    back(w, a, Operation.ASSURANCE)
    back(w, a, Operation.SUBSCRIBE, 5)
    assert holdings.held(a).quantity(TOMORROW) == 15


# --- seats, with all that was bought with them -----------------------------------------------------


def test_the_assurance_bought_with_seats_is_refunded_with_them(w):  # O, 000-33
    a = bought(w, plan=Plan.STANDARD)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=5)
    assert charged()[-2:] == [6000, 1000]
    back(w, a, Operation.ADD_SEATS, 2)
    assert refunds() == [-2379, -396]  # 112 of 113 days, two fifths
    assert [(c.quantity) for c in holdings.held(a).covers_on(TOMORROW)] == [20, 3]
    back(w, a, Operation.ADD_SEATS)
    assert holdings.held(a).quantity(TOMORROW) == 20 and never_more_than_paid()


def test_monthly_seats_just_end_and_their_assurance_is_refunded(w):  # O, 000-16
    m = bought(w, MONTHLY, 10, NOON, plan=Plan.STANDARD, assurance_months=12)
    assert charged() == [6000]
    back(w, m, Operation.SUBSCRIBE, 4)
    assert refunds() == [-2393]  # 24.00 × 364/365
    assert holdings.held(m).quantity(TOMORROW) == 6
    [left] = returns.of(m, TODAY)
    assert left.seats == 6 and left.window.from_on == TODAY
    back(w, m, Operation.SUBSCRIBE)
    assert m.again().cancelled_on == TODAY and never_more_than_paid()


def test_a_co_termination_is_a_renewal_and_given_back_from_its_first_day(w):  # O, Co-termination
    a = bought(w, plan=Plan.STANDARD)
    b = bought(w, quantity=10, at=on(date(2026, 7, 1)))
    ordered(w, Operation.COTERMINATE, subscriptions=[a, b])
    assert charged()[-2:] == [21246, 4000]  # the seats, and four months of assurance
    assert returns.of(a, TODAY) == []
    first = date(2027, 3, 15)
    [purchase] = returns.of(a, first)
    assert purchase.window.to_on == date(2027, 3, 21) and purchase.seats == 20
    back(w, a, Operation.COTERMINATE, 5, on(first))
    assert refunds() == [-5262, -992]  # a quarter × 107/108, and × 121/122
    assert [(c.quantity, c.to_on) for c in holdings.held(a).covers_on(date(2027, 3, 16))] == [(15, date(2027, 7, 14))]
    back(w, a, Operation.COTERMINATE, 15, on(first))
    assert a.again().ends_on == first and never_more_than_paid()


def test_added_seats_of_a_renewed_subscription_are_refunded_for_both_periods(w):  # O, 000-44
    a = bought(w)
    ordered(w, Operation.RENEW, subscription=a)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=5)
    assert charged()[-2:] == [6000, 18000]
    back(w, a, Operation.ADD_SEATS)
    assert refunds() == [-5947, -18000]
    assert holdings.held(a).quantity(date(2027, 4, 1)) == 20


def test_all_given_back_refunds_what_was_paid_ahead_and_never_begins(w):  # O, never more than paid
    t = bought(w, TERM, 10, NOON, months=2)
    ordered(w, Operation.RENEW, subscription=t, months=2)
    back(w, t, Operation.SUBSCRIBE)
    assert t.again().ends_on == TODAY and refunds() == [-7869, -8000] and spans(t) == [(TODAY, TODAY)]


def test_a_year_that_was_ordered_for_a_monthly_one_is_given_back_in_its_first_days(w):  # O, 000-41
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    ordered(w, Operation.CHANGE_TYPE, on(date(2026, 11, 15)), subscription=m, type=ANNUAL)
    ordered(w, Operation.ADD_SEATS, on(date(2026, 11, 18)), subscription=m, quantity=5)
    assert why(w, m, Operation.ADD_SEATS, on(date(2026, 11, 18))).rule == "000-41"
    renewals.run(on(date(2026, 12, 1)))
    [purchase] = returns.of(m.again(), date(2026, 12, 1))
    assert purchase.seats == 15 and [part.charge.net_cents for part in purchase.parts] == [36000, 18000]
    back(w, m, Operation.CHANGE_TYPE, 3, on(date(2026, 12, 1)))
    assert refunds() == [-7180, -3590] and holdings.held(m).quantity(date(2026, 12, 2)) == 12
    back(w, m, Operation.CHANGE_TYPE, 12, on(date(2026, 12, 3)))
    assert m.again().ends_on == date(2026, 12, 3) and never_more_than_paid()


def test_a_module_goes_before_its_base(w):  # O, 000-36
    a = bought(w, at=NOON)
    invoices.pay(Invoice.get(), TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    assert why(w, a, Operation.SUBSCRIBE).values["operation"] is Operation.ADD_MODULE
    back(w, a, Operation.ADD_MODULE)
    back(w, a, Operation.SUBSCRIBE)
    assert a.again().ends_on == TODAY and never_more_than_paid()


def test_only_what_is_left_can_be_given_back_twice(w):  # never refunded twice
    a = bought(w, at=NOON)
    back(w, a, Operation.SUBSCRIBE, 15)
    [left] = returns.of(a, TODAY)
    assert left.seats == 5
    with pytest.raises(Refused):
        returns.give_back(left.line, 6, w.remi, NOON)
    assert returns.preview(left.line, 5, TODAY).quantity == 0
    back(w, a, Operation.SUBSCRIBE, 5)
    assert refunds() == [-53852, -17951] and returns.of(a.again(), TODAY) == []


@pytest.mark.parametrize("day", range(8))
def test_the_seventh_day_is_the_last(w, day):  # O: days 1 to 7, today's included
    a = bought(w, at=NOON)
    today = TODAY + timedelta(days=day)
    assert bool(returns.of(a, today)) == (day < 7)
    if day < 7:
        found = returns.preview(returns.of(a, today)[0].line, 20, today)
        assert -found.items[0].line.net_cents == round(72000 * (364 - day) / 365)


def test_seats_that_people_have_are_not_given_back(w):  # 004-18
    a = bought(w, at=NOON, quantity=3)
    with tx():
        Assignment.create(**w.alpha.owner, subscription=a, email="a@example.com", from_at=NOON.at)
    assert why(w, a, Operation.SUBSCRIBE).rule == "004-18"
    back(w, a, Operation.SUBSCRIBE, 2)


def test_a_checklist_is_ticked_before_licences_are_given_back(w):  # 004-19
    with tx():
        Product.update(checklist={"en": ["Un-enrol every device."]}).where(Product.id == w.dwa).execute()
    a = bought(w, at=NOON, quantity=3)
    assert why(w, a, Operation.SUBSCRIBE).rule == "004-19"
    back(w, a, Operation.SUBSCRIBE, done=(0,))
    assert Seats.select().count() and Order.select().count() == 1 and OrderLine.select().count() == 1
    assert subscriptions.status(a.again(), TOMORROW).value == "ended"


def test_a_refund_says_of_what_how_many_for_how_many_days(w):  # O, Cooling-off; R4
    a = bought(w, at=NOON, quantity=10, plan=Plan.STANDARD)
    [purchase] = returns.of(a, TODAY)
    seats, assurance = returns.preview(purchase.line, 4, TODAY).items
    assert (seats.product, assurance.product) == (w.dwa, w.plans[Plan.STANDARD])
    told = [(one.line.quantity, one.line.unit, one.line.numerator, one.line.denominator) for one in (seats, assurance)]
    assert told == [(4, -36, 364, 365), (4, -6, 364, 365)]
    returns.give_back(purchase.line, 4, w.remi, NOON)
    backs = list(Charge.select().where(Charge.refunds.is_null(False)).order_by(Charge.id))
    assert [(back.quantity, back.unit_cents, back.from_on) for back in backs] == [
        (-4, 3600, date(2026, 11, 23)),
        (-4, 600, date(2026, 11, 23)),
    ]
    assert [back.order_line.product for back in backs] == [w.dwa, w.plans[Plan.STANDARD]]
    assert billed.part_of(backs[0]) == "364 of 365 days"


def test_a_part_that_is_no_whole_cents_is_of_what_was_paid():  # R4: the fraction is never rounded
    back = pricing.refund(Line(3, Decimal("0.05"), 1, 2, from_on=TODAY, to_on=TODAY + timedelta(9)), 1, TODAY)
    assert (back.quantity, back.unit, back.numerator, back.denominator) == (1, Decimal("0.08"), 9, 30)


def test_a_year_given_back_in_parts_after_a_product_that_was_is_refunded_by_day(w):  # O Cooling-off, 000-41
    m, feb_1, feb_4 = bought(w, MONTHLY, 10, on(date(2027, 1, 26))), date(2027, 2, 1), on(date(2027, 2, 4))
    ordered(w, Operation.CHANGE_TYPE, on(date(2027, 1, 31)), subscription=m, type=ANNUAL)
    ordered(w, Operation.ADD_SEATS, on(date(2027, 1, 31)), subscription=m.again(), quantity=4)
    renewals.run(on(feb_1))
    ordered(w, Operation.CHANGE_TYPE, on(feb_1), subscription=m.again(), product=w.office)
    back(w, m, Operation.CHANGE_TYPE, at=feb_4)
    paid = refunds()
    for seats in (8, 6):  # of the ten and of the four that the year was paid for
        back(w, m, Operation.CHANGE_TYPE, seats, at=feb_4)
    whole = Line(1, from_cents(14 * 3600), 361, 365).net_cents  # four days were used
    assert abs(sum(refunds()) - sum(paid) + whole) <= 1 and never_more_than_paid()


def test_an_assurance_given_back_on_the_last_day_leaves_what_it_was_for(w):  # O, S: it is renewed in its grace
    a, last_day = bought(w), on(date(2027, 3, 14))
    ordered(w, Operation.ASSURANCE, on(date(2027, 3, 12)), subscription=a, plan=Plan.STANDARD, months=12)
    [purchase] = [one for one in returns.of(a.again(), last_day.day) if one.is_whole]
    assert returns.preview(purchase.line, purchase.seats, last_day.day).quantity == 20
    back(w, a, Operation.ASSURANCE, at=last_day)
    assert a.again().cancelled_on is None
    ordered(w, Operation.RENEW, on(date(2027, 3, 20)), subscription=a.again())
    assert len(spans(a)) == 2
