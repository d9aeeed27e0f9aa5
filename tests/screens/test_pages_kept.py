"""A page that is drawn once for its reader is never anybody else's, and never what was before (speed.md, X15)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playhouse.test_utils import count_queries

from lic.models import Basis, Moment, Subscription, tx
from lic.rules import cart, figures, price_lists
from lic.web import clock
from tests.conftest import NOON, TODAY
from tests.incidents import an_incident
from tests.subscribed import bought
from tests.subscriptions import sold

PAGES = "/dashboard /catalogue /customers /audit /mails /approvals /notifications /resellers /orders /incidents"


@pytest.mark.parametrize("path", PAGES.split())
def test_a_page_seen_again_is_the_same_and_reads_nothing_anew(world, visit, path):
    browser = visit(world.diane)
    first = browser.get(path)
    with count_queries() as asked:
        again = browser.get(path)
    assert first.status_code == again.status_code == 200 and first.text == again.text
    assert asked.count <= 2  # who asks; how old the incidents are


@pytest.mark.parametrize("path", ["/customers", "/resellers"])
def test_a_page_is_forgotten_at_a_commit(world, visit, path):
    browser, company = visit(world.diane), world.client if path == "/customers" else world.alpha
    assert "PLAZA 9" not in browser.get(path).text
    with tx():
        company.name = "PLAZA 9"
        company.save()
    assert "PLAZA 9" in browser.get(path).text


def test_a_page_kept_is_shown_to_nobody_else(world, visit):  # 002-50
    for who, sees in ((world.diane, True), (world.remi, True), (world.anne, False)):
        for _ in range(2):
            assert ("Client Test" in visit(who).get("/customers").text) == sees


def test_what_is_asked_and_the_language_are_told_apart(world, visit):
    browser = visit(world.remi)
    assert "Client Test" in browser.get("/customers").text
    assert "Client Test" not in browser.get("/customers?q=nobody").text
    assert "<h1>Customers</h1>" in browser.get("/customers").text
    browser.post("/language", data={"language": "fr", "next": "/customers"})
    assert "<h1>Clients</h1>" in browser.get("/customers").text


def test_the_next_day_everything_is_drawn_anew(world, visit, app):
    browser = visit(world.diane)
    assert "22/11/2026</p></div>" in browser.get("/dashboard").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], today=TODAY + timedelta(1))
    assert "23/11/2026</p></div>" in browser.get("/dashboard").text


def test_an_incident_grows_older_by_the_hour(world, visit, monkeypatch):
    browser, ages = visit(world.diane), [[("a", (1, 0, 0))], [("a", (0, 1, 0))]]
    monkeypatch.setattr(figures, "incidents", lambda at: ages[0])
    before = browser.get("/dashboard").text
    monkeypatch.setattr(figures, "incidents", lambda at: ages[1])
    assert browser.get("/dashboard").text != before


def test_a_form_of_a_page_kept_has_a_key_of_its_own(world, visit):  # safety.md 28
    browser = visit(world.remi)
    keys = [set(re.findall(r'name="key" value="([^"]+)"', browser.get("/catalogue").text)) for _ in range(2)]
    assert all(keys) and not keys[0] & keys[1]


@pytest.mark.parametrize("path", ["/orders", "/projects"])
def test_what_was_typed_is_never_taken_for_the_place_of_a_key(world, visit, path):
    for _ in range(2):
        assert 'value="\ue100 b"' in visit(world.remi).get(f"{path}?q=\ue100+b").text


def test_a_preview_that_makes_no_sense_is_not_kept(world, visit):  # 422, as often as it is asked
    bought(sold(world))
    browser, subscription = visit(world.remi), Subscription.get()
    for asked, status in (("quantity=5", 200), ("quantity=x", 422), ("quantity=5", 200), ("quantity=x", 422)):
        answer = browser.get(f"/subscriptions/{subscription.number}/seats/new?{asked}")
        assert answer.status_code == status


@pytest.mark.parametrize("path", ["/subscriptions/{}/seats/new?quantity=5", "/orders/new?consent=1"])
def test_a_page_kept_until_a_price_begins_is_asked_again(world, visit, app, path):  # R5
    one, browser, tomorrow = bought(sold(world)), visit(world.remi), TODAY + timedelta(1)
    cart.add(world.completo, 3, world.remi, NOON)
    for product, basis in ((world.dwa, Basis.ANNUAL), (world.completo, Basis.SETUP)):
        price_lists.set_price(world.europe, product, basis, 99900, None, tomorrow, by=world.diane, at=NOON)
    path = path.format(one.number)
    page = [browser.get(path).text for _ in range(2)][1]
    assert "999.00" not in page
    form = re.search(r'<form[^>]*method="post" action="([^"]+)".*?</form>', page.partition("<main")[2], re.S)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], today=tomorrow)
    data = {name: [value for one, value in hidden if one == name] for name, _ in hidden} | {"quantity": "5"}
    answer = browser.post(form[1], data=data)
    assert answer.status_code == 422 and "999.00" in answer.text
    assert "999.00" in browser.get(path).text


def test_what_stands_in_the_cart_is_no_page_of_before(world, visit):  # 001-22
    browser = visit(world.remi)
    assert world.completo.reference not in browser.get("/cart").text
    cart.add(world.completo, 3, world.remi, NOON)
    assert world.completo.reference in browser.get("/cart").text


def test_a_call_is_overdue_when_its_minute_comes(world, visit, monkeypatch):  # X17
    incident, browser = an_incident(world), visit(world.diane)
    before = browser.get(f"/incidents/{incident.number}").text
    late = NOON.at + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: Moment(NOON.day, late, NOON.utc))
    assert browser.get(f"/incidents/{incident.number}").text != before


def test_what_was_done_is_said_once_above_a_page_kept(world, visit):
    browser = visit(world.diane)
    browser.get("/resellers")
    with browser.session_transaction() as session:
        session["_flashes"] = [("message", "Well done.")]
    assert "Well done." in browser.get("/resellers").text
    assert "Well done." not in browser.get("/resellers").text
