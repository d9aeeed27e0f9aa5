"""Billing centres: seats divided, new ones to the default, invoices split to the cent (004-20, 004-21, X10)."""

from datetime import date
from decimal import Decimal

import pytest

from lic.models import Allocation, BillingCentre, Charge, Invoice, Operation, tx
from lic.rules import Refused, billing, centres, charges, invoices, renewals, returns, subscriptions, wishes
from lic.rules.pricing import Line
from lic.web import billed
from tests.conftest import NOON, TODAY, on
from tests.subscribed import approved, bought
from tests.subscriptions import MONTHLY, sold


@pytest.fixture
def w(world):
    sold(world)
    world.siege, world.atelier_centre, world.nord = (
        centres.new(world.alpha, name, world.remi, NOON) for name in ("Siège", "Atelier", "Nord")
    )
    return world


def divided(subscription, seats=None):
    seats = seats or centres.quantity(subscription, TODAY)
    found = centres.shares(subscription, seats, centres.of(subscription.holder))
    return {share.centre.name: share.seats for share in found if share.seats}


def allocated(w, subscription, siege=0, atelier=0, nord=0, at=NOON):
    parts = {w.siege.id: siege, w.atelier_centre.id: atelier, w.nord.id: nord}
    centres.allocate(subscription, parts, w.remi, at)
    return subscription


def last_charge():
    return Charge.select().order_by(Charge.id.desc()).get()


# --- a buyer's centres -------------------------------------------------------------------------------


def test_the_first_centre_is_the_default_and_gets_what_is_not_divided(w):
    assert [centre.is_default for centre in centres.of(w.alpha)] == [True, False, False]
    assert divided(bought(w)) == {"Siège": 20}


def test_only_the_buyers_administrators_decide(w):
    for who in (w.lea, w.anne, w.diane, w.claire):
        with pytest.raises(Refused):
            centres.new(w.alpha, "Sud", who, NOON)
        with pytest.raises(Refused):
            centres.make_default(w.nord, who, NOON)


@pytest.mark.parametrize("name", ["", "   ", "siege", "x" * 101])
def test_a_name_is_given_once(w, name):
    with pytest.raises(Refused):
        centres.new(w.alpha, name, w.remi, NOON)
    assert centres.new(w.beta, "Siège", w.anne, NOON).is_default  # a neighbour's is its own


def test_a_new_default_gets_new_seats_only(w):  # 004-21
    annual = bought(w)
    centres.make_default(w.nord, w.remi, NOON)
    assert divided(annual) == {"Siège": 20}
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=annual, quantity=5)
    approved(w, w.remi, NOON)
    assert divided(annual) == {"Siège": 20, "Nord": 5}


def test_a_centre_that_is_retired_leaves_its_seats_to_the_default(w):
    annual = allocated(w, bought(w), siege=10, atelier=10)
    assert centres.why_not_retire(w.siege, w.remi)  # another default first
    centres.retire(w.atelier_centre, w.remi, NOON)
    assert divided(annual) == {"Siège": 20}
    again = centres.new(w.alpha, "Atelier", w.remi, NOON)
    assert again.id == w.atelier_centre.id and divided(annual) == {"Siège": 20}


def test_with_the_last_centre_nothing_is_split_any_more(w):
    for centre in (w.atelier_centre, w.nord, w.siege):
        centres.retire(centre, w.remi, NOON)
    assert centres.of(w.alpha) == [] and bought(w)
    assert last_charge().centres == []


# --- the seats of a subscription ---------------------------------------------------------------------


def test_allocations_always_sum_to_the_quantity(w):  # 004-21
    annual = bought(w)
    for parts in ({w.siege.id: 19}, {w.siege.id: 21}, {w.siege.id: 21, w.nord.id: -1}, {}):
        with pytest.raises(Refused):
            centres.allocate(annual, parts, w.remi, NOON)
    allocated(w, annual, siege=4, atelier=16)
    assert divided(annual) == {"Siège": 4, "Atelier": 16}
    for seats, parts in ((25, {"Siège": 9, "Atelier": 16}), (17, {"Siège": 1, "Atelier": 16}), (9, {"Atelier": 9})):
        assert divided(annual, seats) == parts


def test_a_neighbours_centre_is_not_there(w):
    theirs = centres.new(w.beta, "Siège", w.anne, NOON)
    with pytest.raises(BillingCentre.DoesNotExist):
        centres.allocate(bought(w), {theirs.id: 20}, w.remi, NOON)
    assert not Allocation.select().exists()


# --- invoices ----------------------------------------------------------------------------------------


def test_900_on_10_8_7_seats(w):  # X10
    annual = allocated(w, bought(w, quantity=25, start=date(2025, 12, 1)), 10, 8, 7)
    wishes.add(Operation.RENEW, w.remi, NOON, subscription=annual)
    approved(w, w.remi, NOON)
    charge = last_charge()
    assert charge.net_cents == 900_00
    assert charge.centres == [["Siège", 10, 360_00], ["Atelier", 8, 288_00], ["Nord", 7, 252_00]]
    assert invoices.is_untouched(charge.invoice)


def test_an_added_seat_is_charged_to_the_default(w):  # 004-21, X3
    annual = allocated(w, bought(w), atelier=20)
    wishes.add(Operation.ADD_SEATS, w.remi, on(date(2026, 11, 2)), subscription=annual, quantity=5)
    approved(w, w.remi, on(date(2026, 11, 2)))
    assert last_charge().centres == [["Siège", 5, 75_00]]


def test_a_month_is_split_as_its_seats_are_divided_at_its_end(w):  # X1
    monthly = bought(w, MONTHLY, quantity=10, start=date(2026, 11, 10))
    allocated(w, monthly, siege=3, atelier=3, nord=4)
    renewals.run(on(date(2026, 12, 1)))
    (invoice,) = billing.run(on(date(2026, 12, 1)))
    (charge,) = invoices.lines_of(invoice)
    assert charge.centres == [["Siège", 3, 8_40], ["Atelier", 3, 8_40], ["Nord", 4, 11_20]]


def test_what_is_given_back_is_split_as_it_was_charged(w):  # O, Cooling-off
    annual = bought(w, quantity=9, start=TODAY)
    assert last_charge().centres == [["Siège", 9, 324_00]]  # before it was divided
    allocated(w, annual, siege=1, atelier=4, nord=4)
    (purchase,) = returns.of(annual, TODAY)
    returns.give_back(purchase.line, 2, w.remi, NOON)
    billing.run(NOON)
    back = last_charge()
    assert back.net_cents < 0 and back.centres == [["Siège", 9, back.net_cents]]


def test_no_centre_gets_back_more_than_it_paid(w):  # O, X10
    annual = allocated(w, bought(w, quantity=3), 1, 1, 1)
    given = {"kind": "seats", "source_kind": "order_line", "source": 900, "label": {"en": "x"}, "currency": "EUR"}
    with tx():
        once = Line(1, Decimal("1.00"), from_on=TODAY, to_on=TODAY)
        charge = charges.write(w.alpha, once, tax_rate_bp=2000, at=NOON, subscription=annual, **given)
    billing.run(NOON)
    parts = [charge.again().centres]
    for part in ("0.50", "0.25", "0.25"):
        charges.refund(charge.again(), Line(1, Decimal(part)), NOON)
        billing.run(NOON)
        parts.append(last_charge().centres)
    assert [[cents for _name, _seats, cents in split] for split in parts] == [
        [34, 33, 33], [-17, -17, -16], [-9, -8, -8], [-8, -8, -9],
    ]  # fmt: skip


def test_cents_sum_exactly_and_the_summary_too(w):  # O
    annual = bought(w, quantity=7, start=date(2025, 12, 1))
    allocated(w, annual, siege=2, atelier=2, nord=3)
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=annual, quantity=1)
    approved(w, w.remi, NOON)
    for invoice in Invoice.select():
        lines = invoices.lines_of(invoice)
        for line in lines:
            assert sum(cents for _name, _seats, cents in line.centres) == line.net_cents
        assert sum(part.cents for part in billed.by_centre(lines)) == invoice.net_cents


def test_a_module_follows_the_division_of_its_base(w):  # 000-36
    annual = allocated(w, bought(w), siege=5, atelier=15)
    (invoice,) = Invoice.select()
    invoices.pay(invoice, TODAY, w.diane, NOON)
    wishes.add(Operation.ADD_MODULE, w.remi, NOON, subscription=annual, product=w.cpm)
    approved(w, w.remi, NOON)
    assert [row[:2] for row in last_charge().centres] == [["Siège", 5], ["Atelier", 15]]
    module = subscriptions.numbered(annual.number + 1)
    assert centres.why_not_allocate(module, w.remi).rule == "000-36"
