"""What the portal does every day for one after the other: where it fails for one, all others still get theirs."""

from datetime import date, timedelta

import pytest
from peewee import OperationalError

from lic.models import Invoice, OrderState, Reminder
from lic.rules import arrears, billing, holdings, orders, reminders, renewals
from lic.rules.apart import Apart
from tests.billing import a_monthly
from tests.conftest import NOON, on
from tests.rules.test_billing import DEC_1, NOV_10
from tests.rules.test_orders import placed
from tests.rules.test_reminders import END
from tests.subscribed import bought
from tests.subscriptions import MONTHLY, sold


def breaks_for(one, monkeypatch, module, name):
    """The function of this name fails for this record alone."""
    really = getattr(module, name)

    def maybe(first, *given):
        if first == one:
            raise ValueError("odd data")
        return really(first, *given)

    monkeypatch.setattr(module, name, maybe)


def the_rest_is_done(run):
    """Runs it; what failed is told all the same."""
    with pytest.raises(ExceptionGroup) as told:
        run()
    (error,) = told.value.exceptions
    assert str(error) == "odd data"


@pytest.fixture
def two_months(world):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)], number=1)
    a_monthly(world.beta, NOV_10, [(NOV_10, None, 10, 400)], number=2)


def test_an_invoice_that_cannot_be_made_keeps_no_other_buyer_from_theirs(world, two_months, monkeypatch):
    breaks_for(world.alpha, monkeypatch, billing, "_make")
    the_rest_is_done(lambda: billing.run(on(DEC_1)))
    assert [invoice.bill_to for invoice in Invoice.select()] == [world.beta]
    monkeypatch.undo()
    assert [invoice.bill_to for invoice in billing.run(on(DEC_1))] == [world.alpha]


def test_months_that_cannot_be_charged_keep_no_other_buyer_from_theirs(world, two_months, monkeypatch):
    really = arrears._charge

    def charge(owed, at):
        if owed.buyer == world.alpha:
            raise ValueError("odd data")
        really(owed, at)

    monkeypatch.setattr(arrears, "_charge", charge)
    with pytest.raises(ExceptionGroup):
        billing.run(on(DEC_1))
    assert [invoice.bill_to for invoice in Invoice.select()] == [world.beta]
    monkeypatch.undo()
    (late,) = billing.run(on(DEC_1))
    assert (late.bill_to, late.net_cents) == (world.alpha, Invoice.get(Invoice.bill_to == world.beta).net_cents)


def test_a_reminder_that_cannot_be_written_keeps_no_other_buyer_from_theirs(world, monkeypatch):
    w = sold(world)
    bought(w), bought(w, by=w.anne)
    breaks_for(w.alpha, monkeypatch, reminders, "_remind")
    the_rest_is_done(lambda: reminders.run(on(END)))
    assert [row.to for row in Reminder.select()] == [w.anne.email]
    monkeypatch.undo()
    assert reminders.run(on(END)) == 1
    assert [row.to for row in Reminder.select()] == [w.anne.email, w.remi.email]


def test_a_subscription_that_cannot_go_on_keeps_no_other_from_its_next_month(world, monkeypatch):
    w = sold(world)
    first, second = bought(w, MONTHLY), bought(w, MONTHLY, by=w.anne)
    breaks_for(first, monkeypatch, renewals, "_advance")
    the_rest_is_done(lambda: renewals.run(on(date(2026, 4, 1))))
    assert [len(holdings.periods(one)) for one in (first, second)] == [1, 2]
    monkeypatch.undo()
    renewals.run(on(date(2026, 4, 1)))
    assert [len(holdings.periods(one)) for one in (first, second)] == [2, 2]


def test_a_full_disk_ends_the_round_at_once():
    done = []
    with pytest.raises(OperationalError), Apart() as each:
        for one in range(3):
            with each.one():
                done.append(one)
                raise OperationalError("database or disk is full")
    assert done == [0]


def test_an_order_decided_at_that_very_moment_is_no_failure_of_the_job(world, monkeypatch):  # X16
    late, really = on(NOON.day + timedelta(days=31)), orders._decide
    first, second = placed(world), placed(world, by=world.anne, key="another")

    def decided_before(order, state, *given, **more):
        if order == first and state is OrderState.EXPIRED:
            orders.reject(first, "Too late.", world.diane, late)
        return really(order, state, *given, **more)

    monkeypatch.setattr(orders, "_decide", decided_before)
    assert orders.expire_due(late) == 1
    assert (first.again().state, second.again().state) == (OrderState.REJECTED, OrderState.EXPIRED)
