"""Giving back a module, or what one follows, and that what was given back never comes back (O, Cooling-off)."""

from datetime import date, timedelta

import pytest

from lic.models import Charge, Invoice, Operation, Subscription
from lic.rules import Refused, billing, holdings, invoices, renewals, returns, subscriptions, wishes
from tests.conftest import NOON, TODAY, on
from tests.ordering import bought, ordered
from tests.rules.test_returns import TOMORROW, back, never_more_than_paid, refunds, why
from tests.subscriptions import ANNUAL, MONTHLY, sold


@pytest.fixture
def w(world):
    return sold(world)


# --- modules, which follow their base ----------------------------------------------------------------


def with_module(w, seats=25):
    """Annual A with a module that is bought today."""
    a = bought(w, quantity=seats)
    billing.run(NOON)
    for invoice in Invoice.select():
        invoices.pay(invoice, TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    return a, Subscription.get(Subscription.base == a)


def kept_of(subscription):
    """What the house keeps of what was charged."""
    return sum(charge.net_cents for charge in Charge.select().where(Charge.subscription == subscription))


def test_a_module_is_given_back_with_all_that_was_paid_for_it_since(w):  # O, Cooling-off; 000-36
    a, module = with_module(w)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=2)
    ordered(w, Operation.RENEW, subscription=a)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=1)
    back(w, a, Operation.ADD_SEATS)  # the last one goes first, with its module's
    [purchase] = [one for one in returns.of(a, TODAY) if one.line.operation is Operation.ADD_MODULE]
    assert purchase.seats == 27
    shown = returns.preview(purchase.line, 27, TODAY)
    assert shown.quantity == 27 and sum(item.line.net_cents for item in shown.items) == -12389 - 991 - 40500
    back(w, a, Operation.ADD_MODULE)
    assert module.again().cancelled_on == TODAY and never_more_than_paid()
    assert kept_of(module) == 9 + 4  # today of the 2 and of the 1; nothing of the year that never begins
    ordered(w, Operation.ADD_MODULE, on(TOMORROW), subscription=a, product=w.cpm)
    back(w, a, Operation.ADD_MODULE, at=on(TOMORROW))  # bought again: that one
    assert not holdings.modules(a) and never_more_than_paid()


def test_a_module_has_as_many_seats_as_its_base_in_every_period_after_a_return(w):  # O, 000-36
    a, module = with_module(w)
    ordered(w, Operation.ADD_SEATS, subscription=a, quantity=2)
    ordered(w, Operation.RENEW, subscription=a)
    back(w, a, Operation.ADD_SEATS)
    for day, seats in ((TOMORROW, 25), (date(2027, 3, 15), 27)):  # the next year was renewed, and paid, for 27
        assert [holdings.held(one.again()).quantity(day) for one in (a, module)] == [seats, seats]
    assert refunds() == [-2379, -991] and never_more_than_paid()


def test_seats_are_not_given_back_from_under_a_module_that_stays(w):  # O, 000-36
    a = bought(w)
    ordered(w, Operation.RENEW, subscription=a)
    billing.run(NOON)
    for invoice in Invoice.select():
        invoices.pay(invoice, TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    begun = on(date(2027, 3, 15))
    reason = why(w, a, Operation.RENEW, begun)
    assert "was ordered since" in reason.message and reason.values["operation"] is Operation.ADD_MODULE


@pytest.mark.parametrize("type", [MONTHLY, ANNUAL])
@pytest.mark.parametrize("at", [NOON, on(date(2026, 11, 30))])  # the last day of a month as well
def test_what_was_given_back_never_comes_back(w, type, at):  # O, Q: after a cancellation there is no grace
    a = bought(w, type, 10, at)
    back(w, a, Operation.SUBSCRIBE, at=at)
    a = a.again()
    reason = subscriptions.why_not_keep(a, w.remi, at.day)
    assert reason.rule == "O" and "given back" in reason.message
    with pytest.raises(Refused):
        subscriptions.keep(a, w.remi, at)
    tomorrow = on(at.day + timedelta(days=1))
    renewals.run(tomorrow)
    assert subscriptions.status(a.again(), tomorrow.day).value == "ended"
    for day in (at.day, tomorrow.day):  # neither renewed nor added to, on its last day or later
        for operation, given in ((Operation.RENEW, {}), (Operation.ADD_SEATS, {"quantity": 1})):
            assert wishes.why_not_add(w.remi, operation, day, subscription=a.again(), **given)


def test_a_cancellation_after_seats_were_given_back_is_still_withdrawn(w):  # S
    m, last = bought(w, MONTHLY, 10, NOON), on(date(2026, 11, 30))
    back(w, m, Operation.SUBSCRIBE, 4)
    subscriptions.cancel(m, w.remi, last)
    subscriptions.keep(m.again(), w.remi, last)
    assert m.again().cancelled_on is None and holdings.held(m.again()).on(date(2026, 12, 1)) == 6


# --- a subscription that is cancelled, and its module to the same day -----------------------------------


FEB_20, FEB_22, MAR_14 = date(2027, 2, 20), date(2027, 2, 22), date(2027, 3, 14)


def test_until_its_end_a_cancelled_one_and_its_module_have_as_many_seats(w):  # 000-36, S
    a, module = with_module(w)
    subscriptions.cancel(a, w.remi, on(FEB_20))
    ordered(w, Operation.ADD_SEATS, on(FEB_20), subscription=a.again(), quantity=3)
    for one in (a, module):
        assert holdings.held(one.again()).quantity(MAR_14) == 28
    back(w, a, Operation.ADD_SEATS, 2, at=on(FEB_22))
    for one in (a, module):
        assert holdings.held(one.again()).quantity(MAR_14) == 26
    assert never_more_than_paid()


def test_a_module_that_is_there_is_not_sold_again_before_the_end(w):  # 000-36
    a, _module = with_module(w)
    subscriptions.cancel(a, w.remi, on(FEB_20))
    again = wishes.why_not_add(w.remi, Operation.ADD_MODULE, FEB_22, subscription=a.again(), product=w.cpm)
    assert again.rule == "000-36" and "already" in again.message


@pytest.mark.parametrize("given_back", [True, False])
def test_a_module_given_back_on_the_day_of_a_cancellation_stays_so(w, given_back):  # O, S
    a = bought(w, quantity=25)
    billing.run(on(FEB_20))
    for invoice in Invoice.select():
        invoices.pay(invoice, FEB_20, w.diane, on(FEB_20))
    ordered(w, Operation.ADD_MODULE, on(FEB_20), subscription=a.again(), product=w.cpm)
    module = Subscription.get(Subscription.base == a)
    if given_back:
        back(w, a, Operation.ADD_MODULE, at=on(FEB_20))
    subscriptions.cancel(a.again(), w.remi, on(FEB_20))
    subscriptions.keep(a.again(), w.remi, on(FEB_20))
    assert (module.again().cancelled_on is None) is not given_back
    assert len(holdings.held(a.again()).modules) == (0 if given_back else 1)


@pytest.mark.parametrize("type", [MONTHLY, ANNUAL])
def test_a_module_that_joins_a_cancelled_one_ends_and_goes_on_with_it(w, type):  # 000-36, S
    start, day = (date(2027, 2, 1), FEB_20) if type is MONTHLY else (date(2026, 3, 15), FEB_20)
    a = bought(w, type, 10, on(start))
    renewals.run(on(FEB_20))
    billing.run(on(date(2027, 3, 1)) if type is MONTHLY else on(FEB_20))
    for invoice in Invoice.select():
        invoices.pay(invoice, invoice.issued_on, w.diane, on(invoice.issued_on))
    subscriptions.cancel(a.again(), w.remi, on(day))
    ordered(w, Operation.ADD_MODULE, on(day), subscription=a.again(), product=w.cpm)
    module, a = Subscription.get(Subscription.base == a), a.again()
    assert (module.cancelled_on, module.ends_on) == (a.cancelled_on, a.ends_on)
    assert holdings.held(module).on(a.ends_on) == 10 and holdings.held(module).on(a.ends_on + timedelta(1)) == 0
    subscriptions.keep(a, w.remi, on(FEB_22))
    assert module.again().cancelled_on is None
    assert holdings.held(module.again()).on(a.ends_on + timedelta(1)) == (10 if type is MONTHLY else 0)
