"""Whoever must have a second factor sets it up before anything else (ASVS 6.3.3)."""

import re

import pytest

from lic.models import EVERYBODY, LinkKind, OrderState, Setting, scope, tx
from lic.rules import links, second_factors, tokens
from lic.rules.second_factors import Must
from lic.web import clock
from tests.conftest import HTMX
from tests.screens.conftest import PASSWORD, with_password
from tests.screens.test_approvals import a_link, an_order
from tests.screens.test_login_codes import is_in, password
from tests.second_factors import code


@pytest.fixture
def required(world):
    second_factors.require(Must.EVERYBODY, world.diane, clock.now())


@pytest.mark.parametrize("who", ["diane", "lea", "cleo"])
def test_whoever_must_have_one_and_has_none_is_led_there_and_opens_nothing_else(world, visit, required, who):
    with_password(getattr(world, who))
    browser = visit()
    password(browser, who)
    for path in ("/contracts", "/settings/security", "/settings/profile", "/nowhere-else", "/"):
        answer = browser.get(path)
        assert answer.status_code == 404 or answer.location == "/settings/security/second-factor", path
        assert "/incidents" not in answer.text  # nor the menu with its numbers
    assert browser.post("/settings/password", data={}).location == "/settings/security/second-factor"
    page = browser.get("/settings/security/second-factor").text
    assert "/logout" in page and "/contracts" not in page.partition("<main")[2]
    assert browser.get("/contracts", headers=HTMX).headers["HX-Redirect"] == "/settings/security/second-factor"
    assert browser.get("/notifications/unread?shown=0", headers=HTMX).status_code == 204
    assert browser.post("/logout").location == "/login"


def test_whoever_was_at_work_already_is_led_there_too_by_way_of_the_password(world, visit, required, later):
    with_password(world.lea)
    browser = visit(world.lea)
    later(minutes=16)
    assert browser.get("/contracts").location == "/settings/security/second-factor"
    asked = browser.get("/settings/security/second-factor").location
    assert asked.startswith("/login?next=/settings/security/second-factor")
    answer = browser.post(asked, data={"identifier": "lea", "password": PASSWORD})
    assert answer.location == "/settings/security/second-factor" and browser.get(answer.location).status_code == 200


def test_once_it_is_set_up_everything_opens(world, visit, required):
    with_password(world.lea)
    browser = visit()
    password(browser, "lea")
    browser.post("/settings/security/second-factor/offer")
    key = re.search(r'class="key-to-type">([A-Z2-7 ]+)<', browser.get("/settings/security/second-factor").text)[1]
    shown = code(key.replace(" ", ""), clock.utcnow())
    answer = browser.post("/settings/security/second-factor", data={"code": shown})
    assert answer.status_code == 200 and 'href="/contracts"' in answer.text.partition("I have kept them")[0][-200:]
    assert is_in(browser)
    assert browser.post("/settings/security/second-factor/removal").status_code == 422 and is_in(browser)


def test_programs_and_mailed_links_ask_for_no_second_factor(world, visit, required):
    """They come with secrets of their own, good for previews or for one order."""
    _token, secret = tokens.make(world.remi, "a program", by=world.remi, at=clock.now())
    headers = {"Authorization": f"Bearer {secret}"}
    assert visit().post("/api/v1/order-previews", json=[], headers=headers).is_json
    order = an_order(world)
    with tx():
        Setting.create(name="parameters", value={"link_approval_limit": 10000})
    assert visit().post(f"{a_link(order, world.diane)}/approval").status_code == 303
    assert order.again().state is OrderState.COMPLETED


def test_an_invited_person_sets_it_up_first(world, visit, required):
    with scope(EVERYBODY):
        path = links.path(LinkKind.INVITATION, links.make(LinkKind.INVITATION, user=world.cleo, at=clock.now()))
    browser = visit()
    assert browser.post(path, data={"password": "a brand new plum cake"}).location == "/contracts"
    assert browser.get("/contracts").location == "/settings/security/second-factor"
