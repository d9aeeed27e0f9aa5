"""Logging in and out, as a person does it (002-01..09, 000-02)."""

import re

import pytest

from lic.models import Event, Notification, Organisation, SignIn, Throttle, User, tx
from lic.rules import passwords, throttle
from lic.web import clock
from tests.letters import letters
from tests.screens.conftest import PASSWORD, with_password


def log_in(browser, identifier, password=PASSWORD, query="", **more):
    return browser.post(f"/login{query}", data={"identifier": identifier, "password": password, **more})


def test_the_login_page_is_the_home_page_of_strangers(world, visit):  # 002-01, 002-02, 002-04..06
    answer = visit().get("/")
    assert answer.status_code == 303 and answer.location.startswith("/login")
    page = visit().get("/login").text
    for said in ("Username", "Password", "Remember me", "Forgotten password?", "Create an account"):
        assert said in page
    assert page.count('class="req"') == 2


@pytest.mark.parametrize(
    "address, label", [("/password-resets", "Forgotten password?"), ("/registrations", "Create an account")]
)
def test_the_login_page_leads_on_who_cannot_log_in(world, visit, address, label):  # 002-05, 002-06
    links = re.findall(r'<a href="([^"]+)">([^<]+)</a>', visit().get("/login").text)
    assert (address, label) in links
    assert f'<form class="sign-in" method="post" action="{address}"' in visit().get(address).text


def test_a_person_logs_in_and_lands_on_the_contracts(world, visit):  # 000-02, 002-02, 002-09
    with_password(world.remi)
    browser = visit()
    answer = log_in(browser, "remi")
    assert (answer.status_code, answer.location) == (303, "/contracts")
    assert browser.get("/contracts").status_code == 200
    assert Event.get(Event.kind == "user.logged_in").by_id == world.remi.id
    assert not Notification.select().exists()


def test_the_identifier_is_not_the_email_and_has_no_case(world, visit):  # 002-03
    with_password(world.remi)
    assert log_in(visit(), " REMI ").status_code == 303
    assert log_in(visit(), "remi@example.com").status_code == 422


def test_one_lands_where_one_wanted_to_go(world, visit):
    with_password(world.remi)
    assert log_in(visit(), "remi", query="?next=/settings/profile").location == "/settings/profile"


@pytest.mark.parametrize(
    "away",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "x"],
)
def test_the_way_back_leads_to_no_other_site(world, visit, away):  # safety.md 33
    with_password(world.remi)
    answer = visit().post("/login", query_string={"next": away}, data={"identifier": "remi", "password": PASSWORD})
    assert answer.location == "/contracts"


def told(answer):
    """What the page says, without what was typed."""
    return re.sub(r'value="[^"]*"', "", answer.text)


def test_wrong_unknown_invited_closed_and_cancelled_are_told_the_same(world, visit):  # safety.md 22
    with_password(world.remi, world.lea, world.victor)
    with tx():
        User.update(active=False).where(User.id == world.lea.id).execute()
        Organisation.update(cancelled_at=clock.utcnow()).where(Organisation.id == world.voisin.id).execute()
    answers = [
        log_in(visit(), "remi", "a wrong password"),
        log_in(visit(), "nobody at all"),
        log_in(visit(), "cleo"),  # invited, without a password yet
        log_in(visit(), "lea"),
        log_in(visit(), "victor"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({told(answer) for answer in answers}) == 1
    assert "Username or password is wrong." in answers[0].text


def test_a_stranger_costs_as_many_hashes_as_an_account(world, visit, monkeypatch):  # safety.md 22
    with_password(world.remi)
    compared = []
    right = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda known, given: compared.append(known) or right(known, given))
    log_in(visit(), "remi", "a wrong password")
    log_in(visit(), "nobody")
    assert [bool(known) for known in compared] == [True, False]
    assert passwords.STRANGER.split("$")[:4] == compared[0].split("$")[:4]  # and as long for each


def test_what_was_typed_stays_but_for_the_password(world, visit):
    page = log_in(visit(), "remi", "not my password at all").text
    assert 'value="remi"' in page and "not my password at all" not in page


@pytest.mark.parametrize("given", [{}, {"identifier": "remi"}, {"identifier": "x" * 300, "password": "y" * 3000}])
def test_an_incomplete_form_says_what_is_missing(world, visit, given):
    answer = visit().post("/login", data=given)
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text


# --- guessing (safety.md 20, 21) -----------------------------------------------------------------


def test_guessing_gets_slower_from_the_fifth_failure(world, visit, later):
    with_password(world.remi)
    for _ in range(5):
        assert log_in(visit(), "remi", "a wrong password").status_code == 422
    answer = log_in(visit(), "remi")
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "1"
    assert "Try again in 1 second." in answer.text
    later(seconds=2)
    assert log_in(visit(), "remi", "a wrong password").status_code == 422
    assert log_in(visit(), "remi").headers["Retry-After"] == "2"
    later(seconds=3)
    assert log_in(visit(), "remi").status_code == 303
    assert log_in(visit(), "remi", "a wrong password").status_code == 422  # forgiven: counted from 1 again


def test_nobody_is_locked_out_for_longer_than_a_quarter_of_an_hour(world, visit, later):
    with_password(world.remi)
    for _ in range(30):
        log_in(visit(), "remi", "a wrong password")
        later(minutes=15, seconds=1)
    assert log_in(visit(), "remi").status_code == 303


def test_who_is_logged_in_notices_no_throttle(world, visit):
    with_password(world.remi)
    browser = visit()
    log_in(browser, "remi")
    for _ in range(6):
        log_in(visit(), "remi", "a wrong password")
    assert log_in(visit(), "remi").status_code == 429
    assert browser.get("/contracts").status_code == 200


def test_accounts_that_do_not_exist_are_throttled_alike(world, visit):
    for _ in range(5):
        log_in(visit(), "nobody", "a wrong password")
    assert log_in(visit(), "nobody").status_code == 429


def test_trying_many_accounts_from_one_address_gets_slower_too(world, visit):
    for number in range(20):
        assert log_in(visit(), f"account{number}").status_code == 422
    assert log_in(visit(), "another").status_code == 429


def test_a_flood_is_turned_away_before_anything_is_hashed(world, visit, monkeypatch):  # safety.md 45
    for _ in range(60):
        throttle.admit("127.0.0.1", clock.now())
    monkeypatch.setattr(passwords, "is_right", lambda *_: pytest.fail("hashed"))
    assert log_in(visit(), "remi").status_code == 429


def test_the_person_hears_of_the_guessing_and_no_row_holds_what_was_typed(world, visit):
    with_password(world.remi)
    for _ in range(5):
        log_in(visit(), "remi", "a wrong password")
    assert [n.user_id for n in Notification.select()] == [world.remi.id]
    assert Event.get(Event.kind == "user.guessed_at").by_id is None
    assert not any("remi" in row.key for row in Throttle.select())


def test_the_log_holds_no_name_and_no_password(world, visit, caplog):
    caplog.set_level("INFO", "portal")
    log_in(visit(), "remi", "a wrong password")
    assert "login refused" in caplog.text
    assert "remi" not in caplog.text and "a wrong password" not in caplog.text


# --- again, and out ------------------------------------------------------------------------------


def test_before_something_that_matters_the_password_is_asked_once_more(world, visit):
    with_password(world.remi)
    browser = visit()
    log_in(browser, "remi", remember="y")
    old = SignIn.get()
    page = browser.get("/login?again=1&next=/settings/users").text
    assert 'value="remi"' in page and "once more" in page and "Remember me" not in page
    answer = log_in(browser, "remi", query="?again=1&next=/settings/users")
    assert answer.location == "/settings/users"
    new = SignIn.get()
    assert new.sha256 != old.sha256 and new.long  # a new id, and still remembered


def test_who_is_logged_in_is_not_asked_to_log_in(world, visit):
    assert visit(world.remi).get("/login").location == "/contracts"


def test_a_session_that_ended_says_so(world, visit):
    with_password(world.remi)
    browser = visit()
    log_in(browser, "remi")
    SignIn.delete().execute()
    answer = browser.get("/contracts", follow_redirects=True)
    assert answer.request.path == "/login" and "Your session has ended." in answer.text
    assert "Your session has ended." not in visit().get("/contracts", follow_redirects=True).text


def test_logging_out_ends_the_session_here(world, visit):
    with_password(world.remi)
    browser, copy = visit(), visit()
    log_in(browser, "remi")
    copy.set_cookie("lic", browser.get_cookie("lic").value)
    answer = browser.post("/logout")
    assert answer.location == "/login" and answer.headers["Clear-Site-Data"] == '"storage"'
    assert browser.get_cookie("lic") is None
    assert copy.get("/contracts").status_code == 303  # a copied cookie is worth nothing now
    assert "You are logged out." in browser.get("/login").text


def test_the_language_is_chosen_on_the_login_page_and_stays(world, visit):
    browser = visit()
    assert "Français" in browser.get("/login").text
    answer = browser.post("/language", data={"language": "fr", "next": "/login?next=/contracts"})
    assert answer.location == "/login?next=/contracts"
    assert '<html lang="fr">' in browser.get("/login").text
    browser.post("/language", data={"language": "xx", "next": "//evil.example"})
    assert '<html lang="fr">' in browser.get("/login").text


def test_logging_in_writes_no_letter(world, visit):
    with_password(world.remi)
    log_in(visit(), "remi")
    assert letters() == []
