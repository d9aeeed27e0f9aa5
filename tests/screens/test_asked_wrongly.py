"""What is asked wrongly, or too early, gets the real reason, and a link to what must come first."""

from datetime import date

import pytest

from lic.models import Operation, OrderLine, Product, ProductKind, SubscriptionType, Terms
from lic.rules import cart, orders, wishes
from tests.conftest import HTMX, NOON
from tests.screens.test_subscriptions import hidden, shown, with_it
from tests.subscribed import a_project, bought
from tests.subscriptions import sold


@pytest.fixture
def w(world):
    return sold(world)


def ordered(w, **inputs):
    """An order that waits."""
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, product=w.dwa, quantity=5, **inputs)
    seen = orders.totals(cart.of(w.remi)).seen
    return orders.place(w.remi, NOON, "waits", [row.id for row in Terms.select()], seen)


# --- an order that must be decided first -----------------------------------------------------------


def test_every_refusal_of_a_locked_project_leads_to_its_order(w, visit):  # X8
    project, browser = a_project(w), visit(w.remi)
    new = f"/subscriptions/new?product={w.dwa.id}&for={project.number}&quantity=1"
    asked = hidden(shown(browser.get(new)))
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, product=w.dwa, quantity=1, project=project)
    waiting = ordered(w, project=project)
    link = f'<a href="/orders/{waiting.number}">'
    assert link in shown(browser.get(new))
    answer = browser.post("/subscriptions", data=asked)
    assert answer.status_code == 422 and shown(answer).count(f"Order no. {waiting.number} of this project") == 1
    assert link in shown(answer)


def test_a_cart_with_a_line_for_a_locked_project_leads_to_its_order(w, visit):  # X8
    project = a_project(w)
    waiting = ordered(w, project=project)
    order = cart.new(w.remi, NOON)  # it was filled before the order was placed
    given = {"product": w.dwa, "type": SubscriptionType.ANNUAL, "quantity": 1, "project": project}
    wishes.write(order, Operation.SUBSCRIBE, NOON, given)
    for answer in (visit(w.remi).get("/orders/new?consent=1"), visit(w.remi).post("/orders")):
        assert answer.status_code == 422 and f'<a href="/orders/{waiting.number}">' in shown(answer)
        assert shown(answer).count("must be decided first") == 2  # the page's title, and once on it


def test_refusals_of_a_subscription_that_waits_lead_to_its_order(w, visit):  # X8
    one, browser = bought(w), visit(w.remi)
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=one, quantity=2)
    seen = orders.totals(cart.of(w.remi)).seen
    waiting = orders.place(w.remi, NOON, "waits", [row.id for row in Terms.select()], seen)
    for path in ("", "/seats/new?quantity=1", "/removal/new", "/renewal/new"):
        assert f'href="/orders/{waiting.number}">See the order</a>' in shown(
            browser.get(f"/subscriptions/{one.number}{path}")
        ), path


# --- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "From 1 to 100,000."),
        ("100001", "From 1 to 100,000."),
        ("9" * 30, "From 1 to 100,000."),
        ("abc", "This is not a whole number."),
        ("1.5", "This is not a whole number."),
        ("\uff15", "This is not a whole number."),
        ("1_000", "This is not a whole number."),
        ("", "This field is required."),
    ],
)
def test_a_wrong_quantity_gets_the_real_reason(w, visit, typed, said):
    page = visit(w.remi).get("/subscriptions/new", query_string={"product": w.dwa.id, "quantity": typed})
    assert page.status_code == 422 and f"Quantity: {said}" in shown(page)


def test_no_more_seats_can_be_asked_away_than_can_go(w, visit):  # 004-18
    monthly, browser = SubscriptionType.MONTHLY, visit(w.remi)
    one, last = bought(w, monthly, 10, date(2026, 11, 20)), bought(w, monthly, 1, date(2026, 11, 21))
    page = shown(browser.get(f"/subscriptions/{one.number}/removal/new"))
    assert 'max="9"' in page and "At most 9 seats can go" in page
    page = shown(browser.get(f"/subscriptions/{last.number}/removal/new"))
    assert 'max="1"' in page and "seats can go" not in page and "At least one seat must be left" in page


def test_large_numbers_are_said_the_reader_s_way(w, visit):
    one = bought(w, quantity=12_000)
    assert "12,000 seats" in shown(visit(w.remi).get(f"/subscriptions/{one.number}"))


def test_an_address_has_the_digits_of_an_address(w, visit):
    one = bought(w)
    wide = "".join(chr(ord(digit) - ord("0") + 0xFF10) for digit in str(one.number))
    assert visit(w.remi).get(f"/subscriptions/{wide}").status_code == 404
    assert visit(w.remi).get(f"/subscriptions/{one.number}").status_code == 200


@pytest.mark.parametrize("typed", ["0", "-1", "abc", "", "100001", "1000000000", "1.5", "💥", "9" * 30])
def test_a_wrong_number_of_seats_to_give_back_is_told(w, visit, typed):  # O, Cooling-off
    one = bought(w, quantity=10, start=NOON.day)
    line = OrderLine.get(OrderLine.subscription == one.id)
    address = f"/subscriptions/{one.number}/returns/{line.id}"
    answer = visit(w.remi).get(f"{address}/new", query_string={"quantity": typed})
    assert answer.status_code == 422 and "1 field needs your attention" in shown(answer)
    part = visit(w.remi).get(f"{address}/new", query_string={"quantity": typed}, headers=HTMX)
    assert part.status_code == 200 and "1 field needs your attention" in shown(part) and "<html" not in part.text
    assert visit(w.remi).post(address, data={"quantity": typed, "seen": "x", "key": "k"}).status_code == 422
    many = shown(visit(w.remi).get(f"{address}/new?quantity=11"))
    assert "This is not possible now" in many and 'value="11"' in many


def test_where_nothing_can_be_chosen_that_is_said(w, visit):  # 000-07
    Product.update(active=False).where(Product.kind == ProductKind.ASSURANCE).execute()
    page = visit(w.remi).get(f"/subscriptions/{bought(w).number}/assurance/new")
    assert "Nothing is offered here for" in shown(page) and "one of the choices" not in shown(page)


# --- lengths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["years=&months=", "years=0&months=0", "years=&months=0", "years=0"])
def test_no_length_of_an_assurance_is_refused_with_its_limits(w, visit, empty):  # 000-16
    one = bought(w)
    address = f"/subscriptions/{one.number}/assurance"
    answer = visit(w.remi).get(f"{address}/new?plan=standard&{empty}")
    assert answer.status_code == 200 and "The duration is 1 to 120 months." in shown(answer)
    given = dict(pair.split("=") for pair in empty.split("&")) | {"plan": "standard", "seen": "x"}
    assert visit(w.remi).post(address, data=given).status_code == 422


@pytest.mark.parametrize("length", ["years=1", "months=6", "ends_on=2027-12-31"])
def test_only_a_fixed_term_has_a_length_of_its_own(w, visit, length):
    asked = f"/subscriptions/new?product={w.dwa.id}&quantity=5&{length}"
    for type in ("annual", "monthly"):
        page = visit(w.remi).get(f"{asked}&type={type}")
        assert page.status_code == 422 and "Only a fixed term has a length of its own" in shown(page)
    assert "What it costs" in shown(visit(w.remi).get(f"{asked}&type=term"))
    page = shown(visit(w.remi).get(f"/subscriptions/new?product={w.dwa.id}&quantity=5&type=term&plan=standard"))
    bare = shown(visit(w.remi).get(f"/subscriptions/new?product={w.dwa.id}"))
    for label in ("Fixed term: years", "Fixed term: months", "Fixed term: last day", "Assurance: years"):
        assert label in page and label not in bare, label  # only where it fits what was chosen
    assert "First day" in page and "First day" in bare


def test_a_term_has_a_length_or_a_last_day(w, visit):  # 000-49
    asked = f"/subscriptions/new?product={w.dwa.id}&quantity=5&type=term&months=18&ends_on=2027-12-31"
    page = visit(w.remi).get(asked)
    assert page.status_code == 422 and "Give its length or its last day, not both." in shown(page)
    answer = visit(w.remi).post("/subscriptions", data=with_it({"product": w.dwa.id}, type="term", months="18",
                                ends_on="2027-12-31", quantity="5", seen="x"))  # fmt: skip
    assert answer.status_code == 422
