"""A form that is sent several times at once, or once more afterwards, does what it says once (safety.md 28)."""

import re
from datetime import date

import pytest

from lic.models import Charge, Event, OrderLine, Project, Quote, ScheduledChange, SentForm, tx
from lic.rules import holdings
from tests.conftest import NOON, on
from tests.ordering import bought
from tests.screens.test_projects import DETAILS
from tests.subscriptions import MONTHLY, sold
from tests.test_orders_threads import together

NOV_10 = date(2026, 11, 10)


@pytest.fixture
def w(world):
    return sold(world)


def form_of(page):
    """The hidden fields of the form that asks for it."""
    form = next(part for part in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S) if 'name="key"' in part)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def five_times(visit, user, address, data):
    """The answers to a form sent five times at once, from as many windows, and once more afterwards."""
    windows = [visit(user) for _ in range(5)]
    answers = together(*[lambda window=window: window.post(address, data=data) for window in windows])
    return [*answers, visit(user).post(address, data=data)]


def all_led_to(answers):
    assert {answer.status_code for answer in answers} == {303}, [answer.status_code for answer in answers]
    [place] = {answer.location for answer in answers}
    return place


def test_seats_are_removed_once(w, visit):  # 000-40: ten do not become one
    m = bought(w, MONTHLY, 10, on(NOV_10))
    address = f"/subscriptions/{m.number}/removal"
    given = form_of(visit(w.remi).get(f"{address}/new?quantity=3").text) | {"quantity": 3}
    all_led_to(five_times(visit, w.remi, address, given))
    assert [change.inputs["quantity"] for change in ScheduledChange.select()] == [3]
    again = visit(w.remi).post(address, data=given | {"key": "another page, left open"})
    assert again.status_code == 422 and ScheduledChange.select().count() == 1  # it said 7, now it would be 4


def test_seats_are_given_back_once(w, visit):  # O, Cooling-off
    a = bought(w, at=NOON)
    line = OrderLine.get()
    address = f"/subscriptions/{a.number}/returns/{line.id}"
    given = form_of(visit(w.remi).get(f"{address}/new?quantity=5").text) | {"quantity": 5}
    all_led_to(five_times(visit, w.remi, address, given))
    assert [c.net_cents for c in Charge.select().where(Charge.refunds.is_null(False))] == [-17951]
    again = visit(w.remi).post(address, data=given | {"key": "another page, left open"})
    assert again.status_code == 422 and holdings.held(a.again()).quantity(date(2026, 11, 23)) == 15


def test_it_is_cancelled_once(w, visit):  # 000-42
    m = bought(w, MONTHLY, 10, on(NOV_10))
    address = f"/subscriptions/{m.number}/cancellation"
    all_led_to(five_times(visit, w.remi, address, form_of(visit(w.remi).get(f"{address}/new").text)))
    assert Event.select().where(Event.kind == "subscription.cancelled").count() == 1


def test_a_new_subscription_is_one_line_of_the_cart(w, visit):  # 001-22
    address = f"/subscriptions/new?product={w.dwa.id}&type=annual&quantity=4"
    given = form_of(visit(w.remi).get(address).text) | {"product": w.dwa.id, "type": "annual", "quantity": 4}
    assert all_led_to(five_times(visit, w.remi, "/subscriptions", given)) == "/cart"
    assert OrderLine.select().count() == 1
    again = visit(w.remi).post("/subscriptions", data=given | {"key": "the same product again"})
    assert again.location == "/cart" and OrderLine.select().count() == 2  # makes a new line


def test_a_form_filled_in_otherwise_is_another_one(w, visit):  # going back in the browser keeps its key
    address = f"/subscriptions/new?product={w.dwa.id}&type=annual&quantity="
    for quantity in (4, 5):
        given = form_of(visit(w.remi).get(f"{address}{quantity}").text) | {"key": "kept"}
        given |= {"product": w.dwa.id, "type": "annual", "quantity": quantity}
        assert visit(w.remi).post("/subscriptions", data=given).location == "/cart"
    assert [line.quantity for line in OrderLine.select()] == [4, 5]


def test_a_project_is_made_once(w, visit):  # 000-03
    with tx():
        w.alpha.channel = "Sud-Est, Nord"
        w.alpha.save()
    address = f"/projects/new/details?product={w.dwa.id}"
    given = DETAILS | {"customer": w.client.id, "key": form_of(visit(w.remi).get(address).text)["key"]}
    place = all_led_to(five_times(visit, w.remi, address, given))
    assert [f"/projects/{project.number}" for project in Project.select()] == [place]


def test_a_quote_is_sent_once(w, visit):  # 003-19
    a = bought(w)
    page = visit(w.diane).get(f"/renewals/{a.number}").text
    given = {"quantity": 20, "key": form_of(page)["key"]}
    all_led_to(five_times(visit, w.diane, f"/renewals/{a.number}/quotes", given))
    assert Quote.select().count() == 1 == Event.select().where(Event.kind == "quote.sent").count()


def test_renewing_itself_is_said_once_and_only_yes_or_no(w, visit):  # rules.md S
    a = bought(w)
    address = f"/subscriptions/{a.number}/automatic-renewal"
    all_led_to(five_times(visit, w.remi, address, {"wanted": "yes"}))
    assert Event.select().where(Event.kind == "subscription.auto_renewal").count() == 1
    for said in ("zzz", ""):
        assert visit(w.remi).post(address, data={"wanted": said}).status_code == 400
    assert a.again().auto_renew


def test_reminders_are_held_once(w, visit):  # O, Reminders
    a = bought(w)
    windows = [visit(w.remi) for _ in range(5)]
    together(*[lambda one=one: one.post(f"/subscriptions/{a.number}/reminders/hold") for one in windows])
    assert Event.select().where(Event.kind == "subscription.reminders_held").count() == 1


def test_a_refused_form_may_be_sent_again(w, visit):
    m = bought(w, MONTHLY, 10, on(NOV_10))
    address = f"/subscriptions/{m.number}/removal"
    given = form_of(visit(w.remi).get(f"{address}/new?quantity=3").text) | {"quantity": 3}
    assert visit(w.remi).post(address, data=given | {"seen": "nothing like it"}).status_code == 422
    assert not SentForm.select().exists()
    assert visit(w.remi).post(address, data=given).status_code == 303
