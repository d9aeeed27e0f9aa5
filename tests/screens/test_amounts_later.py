"""What is charged on a later day is not called charged at approval; a held order shows its own computation."""

from datetime import date

import pytest

from lic.models import Operation, Plan, SubscriptionType, Terms
from lic.rules import approvals, cart, orders, wishes
from lic.web import words
from tests.conftest import NOON, on
from tests.screens.test_subscriptions import monthly, shown
from tests.subscribed import approved, bought
from tests.subscriptions import sold


@pytest.fixture
def w(world):
    return sold(world)


def placed(w, operation, at=NOON, **inputs):
    wishes.add(operation, w.remi, at, **inputs)
    return orders.place(w.remi, at, "once", [row.id for row in Terms.select()], orders.totals(cart.of(w.remi)).seen)


def test_the_year_of_a_monthly_one_is_charged_on_its_first_day(app, w, visit):  # 000-41
    one = monthly(w)
    wishes.add(Operation.CHANGE_TYPE, w.remi, NOON, subscription=one, type=SubscriptionType.ANNUAL)
    page = shown(visit(w.remi).get("/cart"))
    for said in ("charged on 01/12/2026", "Of it at approval, without VAT", "Of it on 01/12/2026, without VAT"):
        assert said in page, said
    assert "at approval</dt>" not in page and "€0.00" in page
    order = orders.place(w.remi, NOON, "k", [row.id for row in Terms.select()], orders.totals(cart.of(w.remi)).seen)
    with app.test_request_context():
        said = [words.word(reason) for _icon, reason in approvals.effects(order, NOON.day)]
    assert "€360.00 without VAT is charged to Alpha on 01/12/2026." in said
    assert not [one for one in said if "at once" in one]
    page = shown(visit(w.diane).get(f"/orders/{order.number}"))
    assert "Of it on 01/12/2026, without VAT" in page
    orders.approve(order, w.diane, NOON)
    page = shown(visit(w.remi).get(f"/orders/{order.number}"))
    assert "10 × €36.00" in page and "charged on 01/12/2026" in page


def test_an_order_that_waits_shows_how_its_own_amount_came_about(app, w, visit):  # R5
    annual = bought(w)
    order = placed(w, Operation.ADD_SEATS, on(date(2026, 11, 14)), subscription=annual, quantity=5)
    page = shown(visit(w.remi).get(f"/orders/{order.number}"))
    assert "€75.00" in page and "5 started months" in page and "14/11/2026" in page  # today it would be 4, €60.00
    assert "€60.00 is charged" in page and "4 started months" not in page


def test_each_line_of_an_approved_order_has_its_own_computation(w, visit):  # 000-33
    given = {"product": w.dwa, "type": SubscriptionType.ANNUAL, "quantity": 10, "plan": Plan.PREMIUM}
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, **given)
    one = approved(w, w.remi, NOON)
    lines = cart.lines(orders.placed().order_by(orders.Order.id.desc()).get())
    number = lines[0].order.number
    page = shown(visit(w.remi).get(f"/orders/{number}"))
    first, second = page.split('<th scope="row">')[1:3]
    assert one and "€36.00" in first and "€0.80" not in first.split("</th>")[0] and "10 × €0.80 × 12 months" in second


def test_the_cart_says_what_the_days_of_this_month_come_to(w, visit):  # 000-40, X2
    one = bought(w, SubscriptionType.MONTHLY, 10, date(2026, 11, 10))
    wishes.add(Operation.ADD_SEATS, w.remi, on(date(2026, 11, 18)), subscription=one, quantity=5)
    page = shown(visit(w.remi).get("/cart"))  # four days later: 9 of 30
    assert "5 × €4.00 × 9 days of 30 = €6.00, 22/11/2026 – 30/11/2026, on the 1st after" in page
