"""What an order brings with it is said before it is placed: in the cart, at its amount, under Afterwards (X8, S)."""

from datetime import date

import pytest

from lic.models import Operation, Plan, Price, Product
from lic.rules import subscriptions, wishes
from tests.conftest import NOON, on
from tests.ordering import ordered
from tests.screens.test_subscriptions import agree, monthly, shown
from tests.subscribed import approved, bought
from tests.subscriptions import sold

CHANGED = "have changed since: remove the line and ask again."
JAN_20 = date(2027, 1, 20)


@pytest.fixture
def w(world):
    return sold(world)


def test_a_renewal_of_seats_that_changed_is_flagged_in_the_cart(w, visit):  # S, X8
    a = bought(w)
    wishes.add(Operation.RENEW, w.remi, NOON, subscription=a, quantity=25)
    browser = visit(w.remi)
    assert CHANGED not in shown(browser.get("/cart"))
    subscriptions.remove_seats(a.again(), 2, w.remi, on(JAN_20))
    page = shown(browser.get("/cart"))
    assert page.count(f"The seats of subscription no. {a.number} {CHANGED}") == 2  # at its line, and at the button
    assert 'aria-disabled="true"' in page


def test_what_left_the_price_list_is_flagged_in_the_cart(w, visit):  # 001-16
    browser = visit(w.remi)
    browser.post("/cart/lines", data={"product": w.light.id, "quantity": "3", "key": "k"})
    assert "is not on your price list" not in shown(browser.get("/cart"))
    Price.delete().where(Price.product == w.light).execute()
    assert "Gestão Light is not on your price list." in shown(browser.get("/cart"))
    Product.update(active=False).where(Product.id == w.light.id).execute()
    assert "Gestão Light cannot be ordered here." in shown(browser.get("/cart"))


def test_an_upgrade_is_paid_for_the_seats_that_go_as_well(w, visit):  # 000-55, S
    one = monthly(w)
    ordered(w, Operation.ASSURANCE, subscription=one, plan=Plan.STANDARD, months=6)
    address = f"/subscriptions/{one.number}/upgrade/new?plan=premium"
    said = "for all the seats of today, those that go included."
    assert said not in shown(visit(w.remi).get(address))
    subscriptions.remove_seats(one.again(), 3, w.remi, NOON)
    page = shown(visit(w.remi).get(address))
    assert "3 seats less from 01/12/2026, as scheduled." in page
    assert f"The upgrade is paid until 21/05/2027 {said}" in page and "10 × €0.30 × 6 months" in page


def test_aligned_ends_keep_what_was_bought_before_from_being_given_back(w, visit):  # O, Cooling-off
    a, b = bought(w), bought(w, quantity=5, start=date(2026, 4, 1))
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    gone = "What was changed or assured in the last days cannot be given back any more."
    address = f"/subscriptions/alignment/new?subscription={a.number}&subscription={b.number}&ends_on="
    browser = visit(w.remi)
    assert gone in shown(browser.get(address + "2027-06-30"))
    only_b = address.replace(f"subscription={a.number}&", "") + "2027-06-30"
    assert gone not in shown(browser.get(only_b))
    assert agree(browser, "/subscriptions/alignment", subscription=a.number, ends_on="2027-06-30").status_code == 303


def test_what_does_not_renew_itself_is_not_said_to_cost_something_each_month(w, visit):  # S, auto_renew off
    one, browser = monthly(w), visit(w.remi)
    address = f"/subscriptions/{one.number}/seats"
    assert "Then each month, without VAT" in shown(browser.get(f"{address}/new?quantity=5"))
    subscriptions.auto_renew(one, False, w.remi, NOON)
    assert "Then each month, without VAT" not in shown(browser.get(f"{address}/new?quantity=5"))
    assert agree(browser, address, quantity="5").location == "/cart"
    page = shown(browser.get("/cart"))
    assert "For the days of its last month, without VAT</dt><dd>€6.00" in page and "Then each month" not in page


def test_a_month_renewed_by_hand_is_one_month(w, visit):  # S, auto_renew off
    one, browser = monthly(w), visit(w.remi)
    subscriptions.auto_renew(one, False, w.remi, NOON)
    page = shown(browser.get(f"/subscriptions/{one.number}/renewal/new"))
    assert "01/12/2026 – 31/12/2026" in page and "€40.00" in page and "Then each month" not in page
    assert agree(browser, f"/subscriptions/{one.number}/renewal").location == "/cart"
    page = shown(browser.get("/cart"))
    assert "For the days of its last month, without VAT</dt><dd>€40.00" in page and "Then each month" not in page
    approved(w, w.remi, NOON)
    assert "€40.00" in shown(browser.get("/orders"))  # what the order is worth
