"""Two people at once on one subscription: it is renewed once, given back once, and never below what people have."""

from datetime import date

import pytest

from lic.models import (
    Assignment,
    Charge,
    Operation,
    Order,
    OrderState,
    Period,
    ScheduledChange,
    Seats,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import Refused, cart, holdings, orders, renewals, returns, services, subscriptions, wishes
from tests.conftest import NOON, TODAY, a_user, on
from tests.ordering import bought, ordered, spans, terms
from tests.subscriptions import sold
from tests.test_orders_threads import together

MONTHLY = SubscriptionType.MONTHLY


@pytest.fixture
def w(world):
    sold(world)
    with tx():
        world.rita = a_user(world.alpha, "Rita Rapide")
    return world


def refused(answers):
    return [answer for answer in answers if isinstance(answer, Refused)]


def placed(w, by, operation, at, **inputs):
    """A cart with this, ready to be placed in a thread."""
    wishes.add(operation, by, at, **inputs)
    seen = orders.totals(cart.of(by)).seen
    return lambda: orders.place(by, at, f"{by.id}", terms(), seen)


def test_of_two_renewals_at_once_one_is_ordered(w):  # 000-25, R6
    a, at = bought(w), on(date(2027, 3, 1))
    answers = together(*[placed(w, by, Operation.RENEW, at, subscription=a) for by in (w.remi, w.rita)])
    [error] = refused(answers)
    assert error.reason.rule == "000-25"
    [order] = [answer for answer in answers if isinstance(answer, Order)]
    answers = together(*[lambda by=by: orders.approve(order, by, at) for by in (w.diane, w.ines)])
    assert len(refused(answers)) == 1 and spans(a)[1:] == [(date(2027, 3, 15), date(2028, 3, 14))]
    assert Charge.select().count() == 2


def test_a_renewal_by_hand_and_one_by_itself_make_one_period(w):  # rules.md S, R6
    a, day = bought(w), on(date(2027, 3, 10))
    subscriptions.auto_renew(a, True, w.remi, day)
    order = placed(w, w.remi, Operation.RENEW, day, subscription=a)()
    late = on(date(2027, 3, 15))
    together(lambda: orders.approve(order, w.diane, late), lambda: renewals.run(late), lambda: renewals.run(late))
    assert spans(a)[1:] == [(date(2027, 3, 15), date(2028, 3, 14))]
    assert Charge.select().where(Charge.from_on == date(2027, 3, 15)).count() == 1


def test_it_is_cancelled_before_or_after_an_order_on_it_never_meanwhile(w):  # S, cancel; 000-25
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    order = placed(w, w.remi, Operation.ADD_SEATS, NOON, subscription=m, quantity=5)()
    answers = together(lambda: orders.approve(order, w.diane, NOON), lambda: subscriptions.cancel(m, w.rita, NOON))
    for error in refused(answers):  # it came first, while the order was waiting
        assert error.reason.rule == "000-25" and m.again().cancelled_on is None
        subscriptions.cancel(m, w.rita, NOON)
    m = m.again()
    assert m.cancelled_on == TODAY and m.ends_on == date(2026, 11, 30)
    assert holdings.held(m).quantity(TODAY) == 15
    assert {row.to_on for row in Seats.select()} == {date(2026, 11, 30)}
    renewals.run(on(date(2026, 12, 1)))
    assert Period.select().count() == 1


def test_all_of_it_is_given_back_once_however_many_ask(w):  # O, Cooling-off
    a = bought(w, at=NOON)
    [purchase] = returns.of(a, TODAY)
    answers = together(*[lambda by=by: returns.give_back(purchase.line, 20, by, NOON) for by in (w.remi, w.rita) * 3])
    assert len(refused(answers)) == 5
    assert [charge.net_cents for charge in Charge.select().where(Charge.refunds.is_null(False))] == [-71803]


def test_two_who_give_back_more_than_there_is_get_it_once(w):  # O, Cooling-off
    a = bought(w, at=NOON)
    [purchase] = returns.of(a, TODAY)
    answers = together(*[lambda by=by: returns.give_back(purchase.line, 15, by, NOON) for by in (w.remi, w.rita)])
    assert len(refused(answers)) == 1 and holdings.held(a).quantity(date(2026, 11, 23)) == 5


def test_of_two_removals_only_what_leaves_a_seat_is_scheduled(w):  # S, remove seats
    m = bought(w, MONTHLY, 10, on(date(2026, 11, 10)))
    answers = together(*[lambda by=by: subscriptions.remove_seats(m, 6, by, NOON) for by in (w.remi, w.rita)])
    assert len(refused(answers)) == 1 and ScheduledChange.select().count() == 1


def test_the_last_licence_goes_to_one_person(w):  # 004-16
    office = bought(w, MONTHLY, 2, on(date(2026, 11, 10)), product=w.office)
    give = [lambda n=n: services.assign(office, f"{n}@example.com", w.remi, NOON) for n in range(6)]
    answers = together(*give)
    assert len(refused(answers)) == 4 and services.assignments(office).count() == 2


def test_it_is_cancelled_or_a_licence_is_given_never_both(w):  # 004-18
    office = bought(w, MONTHLY, 2, on(date(2026, 11, 10)), product=w.office)
    answers = together(
        lambda: services.assign(office, "a@example.com", w.remi, NOON),
        lambda: subscriptions.cancel(office, w.rita, NOON),
    )
    assert len(refused(answers)) == 1
    assert bool(Subscription.get_by_id(office.id).cancelled_on) != Assignment.select().exists()


def test_a_plan_change_is_given_back_or_more_is_bought_on_it(w):  # O, last in first out
    a = bought(w)
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    [purchase] = returns.of(a.again(), TODAY)
    order = placed(w, w.rita, Operation.ADD_SEATS, NOON, subscription=a.again(), quantity=3)()
    together(lambda: orders.approve(order, w.diane, NOON), lambda: returns.give_back(purchase.line, 20, w.remi, NOON))
    held, order = holdings.held(a.again()), order.again()
    went_back = held.product == w.dwa
    if order.state is OrderState.COMPLETED:
        units = {block.unit for block in held.rows(date(2026, 11, 23))}
        assert held.quantity(date(2026, 11, 23)) == 23 and (not went_back or len(units) == 1)
    else:
        assert went_back and held.quantity(date(2026, 11, 23)) == 20
