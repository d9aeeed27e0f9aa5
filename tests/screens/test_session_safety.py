"""Sessions: on the server, ending when they should, and never somebody else's (safety.md, Session and CSRF)."""

import hashlib
from dataclasses import replace

import pytest

from lic.models import SignIn, User, UserType, tx
from lic.rules import passwords, people, users
from lic.web import clock, session
from tests.conftest import refused
from tests.screens.conftest import PASSWORD, with_password
from tests.second_factors import secured


def log_in(browser, user, **more):
    with_password(user)
    browser.post("/login", data={"identifier": user.identifier, "password": PASSWORD, **more})
    return browser


def is_in(browser):
    return browser.get("/contracts").status_code == 200


def test_the_cookie_says_nothing_and_scripts_do_not_see_it(world, visit):
    with_password(world.remi)
    answer = visit().post("/login", data={"identifier": "remi", "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("lic="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Max-Age" not in cookie and "Expires" not in cookie  # gone with the browser
    assert len(cookie.split("=")[1].split(";")[0]) == 43  # 256 bits


def test_on_https_the_cookie_belongs_to_this_host_alone(world, visit, app, settings):
    with_password(world.remi)
    app.config["SETTINGS"] = replace(settings, base_url="https://localhost")
    answer = visit().post("/login", data={"identifier": "remi", "password": PASSWORD}, base_url="https://localhost")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-lic="))
    assert "Secure" in cookie and "Domain" not in cookie and "Path=/" in cookie


def test_the_database_holds_only_the_hash_of_it(world, visit):  # safety.md 18
    secret = log_in(visit(), world.remi).get_cookie("lic").value
    row = SignIn.get()
    assert row.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    thief = visit()
    thief.set_cookie("lic", row.sha256)
    assert not is_in(thief)


def test_the_signed_cookie_holds_notices_and_nothing_else(world, visit):
    browser = log_in(visit(), world.remi)
    browser.post("/logout")
    with browser.session_transaction() as held:
        assert set(held) <= {"_flashes"}
    assert "remember_token" not in str(browser._cookies)


def test_a_planted_cookie_is_not_adopted(world, visit):  # safety.md 15
    browser = visit()
    browser.set_cookie("lic", "planted-by-somebody-else")
    log_in(browser, world.remi)
    assert browser.get_cookie("lic").value != "planted-by-somebody-else"
    other = visit()
    other.set_cookie("lic", "planted-by-somebody-else")
    assert not is_in(other)


def test_logging_in_again_ends_the_session_before(world, visit):
    browser = log_in(visit(), world.remi)
    copy = visit()
    copy.set_cookie("lic", browser.get_cookie("lic").value)
    log_in(browser, world.lea)
    assert is_in(browser) and not is_in(copy)


# --- ends (safety.md 16) -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who, remember, unseen, still",
    [
        ("remi", {}, {"hours": 11, "minutes": 59}, True),
        ("remi", {}, {"hours": 12, "minutes": 1}, False),
        ("remi", {"remember": "y"}, {"days": 29}, True),  # 002-04
        ("remi", {"remember": "y"}, {"days": 30, "minutes": 1}, False),
        ("paul", {}, {"hours": 11}, True),  # the distributor's, but reads only
        ("diane", {}, {"minutes": 59}, True),
        ("diane", {}, {"hours": 1, "minutes": 1}, False),
        ("diane", {"remember": "y"}, {"hours": 1, "minutes": 1}, False),
    ],
)
def test_a_session_left_alone_ends(world, visit, later, who, remember, unseen, still):
    browser = log_in(visit(), getattr(world, who), **remember)
    later(**unseen)
    assert is_in(browser) == still
    assert SignIn.select().exists() == still


@pytest.mark.parametrize("who, remember, hours", [("diane", {}, 24), ("remi", {"remember": "y"}, 24 * 30)])
def test_a_session_in_use_ends_too(world, visit, later, who, remember, hours):
    browser = log_in(visit(), getattr(world, who), **remember)
    step = 0.75 if who == "diane" else 10
    for _ in range(int(hours / step)):
        assert is_in(browser)
        later(hours=step)
    later(minutes=1)
    assert not is_in(browser)


def test_a_session_in_use_does_not_end_by_idleness(world, visit, later):
    browser = log_in(visit(), world.remi)
    for _ in range(3):
        later(hours=11)
        assert is_in(browser)


def test_a_clock_that_jumps_an_hour_logs_nobody_out_and_ends_sessions_as_dated(world, visit, later):  # safety.md 29
    browser = log_in(visit(), world.diane)
    for hours in (-1, 1.8, -1):
        later(hours=hours)
        assert is_in(browser)
    later(hours=2, minutes=2)
    assert not is_in(browser)  # more than an hour after it was last seen


def test_what_a_page_asks_by_itself_keeps_no_session_alive(world, visit, later):
    browser = log_in(visit(), world.diane)
    polled = {"HX-Request": "true", "HX-Request-Type": "partial"}
    later(minutes=50)
    assert browser.get("/notifications/unread?shown=9", headers=polled).status_code == 200
    later(minutes=20)
    assert not is_in(browser)
    assert browser.get("/notifications/unread?shown=9", headers=polled).status_code == 204  # and leads nobody away


@pytest.mark.parametrize(
    "change",
    [
        lambda w, at: users.change(w.lea, by=w.remi, at=at, type=UserType.ADMINISTRATOR),
        lambda w, at: users.deactivate(w.lea, by=w.remi, at=at),
        lambda w, at: users.change(w.lea, by=w.remi, at=at, identifier="lea.petit"),
    ],
    ids=["role", "state", "identifier"],
)
def test_all_sessions_end_when_a_role_or_state_changes(world, visit, change):  # safety.md 17
    one, two = log_in(visit(), world.lea), log_in(visit(), world.lea)
    neighbour = log_in(visit(), world.anne)
    change(world, clock.now())
    assert not is_in(one) and not is_in(two) and is_in(neighbour)


@pytest.mark.parametrize("change", ["password", "access", "second factor"])
def test_who_is_let_in_while_the_password_changes_is_not(world, app, change):
    """A password is looked at for long: whoever has found it could else be in right after all sessions have ended."""
    with_password(world.lea)
    with app.test_request_context("/login"):
        user = people.who_logs_in("lea", PASSWORD, "127.0.0.1", clock.now())
        if change == "password":
            passwords.change(world.lea.again(), PASSWORD, "a brand new plum cake", world.lea, clock.now())
        elif change == "access":
            users.deactivate(world.lea, world.diane, clock.now())
        else:
            secured(world.lea, clock.now())
        assert refused(session.sign_in, user) is people.WRONG
    assert not SignIn.select().exists()


def test_closing_a_company_shuts_its_people_out(world, visit):
    browser = log_in(visit(), world.claire)
    with tx():
        client = world.client.again()
        client.cancelled_at = clock.utcnow()
        client.save()
    assert not is_in(browser)


def test_another_process_can_end_a_session(world, visit):
    """The command line does not share the memory in which sessions are remembered."""
    browser = log_in(visit(), world.remi)
    assert is_in(browser)
    SignIn.delete().execute()  # outside tx(): as if another process had done it
    assert not is_in(browser)


def test_nobody_is_remembered_who_comes_no_more(world, visit):
    for person in (world.remi, world.lea, world.anne):
        assert is_in(log_in(visit(), person))  # each login is a commit
    assert len(session._known) == 1


def test_one_request_cannot_change_what_another_one_sees_of_a_person(world, visit, app):
    """People are remembered between requests; each request has a copy of its own."""
    browser = log_in(visit(), world.remi)
    is_in(browser)
    with app.test_request_context(headers={"Cookie": f"lic={browser.get_cookie('lic').value}"}):
        person = session.load()
        person.type, person.organisation.name = UserType.BASIC, "Changed"
        again = session.load()
        assert again.type is UserType.ADMINISTRATOR and again.organisation.name == "Alpha"
        assert not again.is_dirty()


def test_ended_sessions_are_swept_away(world, visit, later, app):
    log_in(visit(), world.remi)
    log_in(visit(), world.lea, remember="y")
    later(hours=13)
    with app.app_context():
        session.sweep()
    assert [row.user_id for row in SignIn.select()] == [world.lea.id]


# --- writes from elsewhere (safety.md 10 to 12) --------------------------------------------------


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://localhost:81"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_login_from_another_site_is_refused(world, app, headers, status):
    with_password(world.remi)
    answer = app.test_client().post("/login", data={"identifier": "remi", "password": PASSWORD}, headers=headers)
    assert answer.status_code == status


def test_a_form_of_another_site_is_named_as_the_reason_not_the_account(world, visit):
    answer = visit(world.remi).post("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and "not one of the portal&#39;s" in answer.text
    assert "Your account" not in answer.text


@pytest.mark.parametrize("path", ["/", "/login", "/contracts", "/nowhere", "/logout"])
def test_another_host_name_is_told_that_it_is_wrong_and_nothing_else(world, visit, path):  # safety.md 34
    for browser in (visit(), visit(world.remi)):
        answer = browser.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 400 and "evil" not in str(answer.headers)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/login", "/password-resets", "/registrations", "/invitations/x", "/setup/x"])
def test_pages_of_strangers_are_kept_nowhere_and_framed_by_nobody(world, visit, path):
    headers = visit().get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_address_of_a_mailed_link_goes_nowhere(world, visit):
    assert visit().get("/invitations/x").headers["Referrer-Policy"] == "no-referrer"
    assert visit().get("/login").headers["Referrer-Policy"] == "same-origin"


def test_mailed_secrets_are_in_no_log(world, visit, caplog):  # safety.md 50
    caplog.set_level("INFO", "portal")
    visit().get("/invitations/this-is-a-secret")
    facts = [str(record.__dict__) for record in caplog.records]
    assert any("/invitations/<token>" in fact for fact in facts)
    assert not any("this-is-a-secret" in fact for fact in facts)


def test_nobody_is_signed_in_by_the_number_of_a_user(world, visit):
    browser = visit()
    with browser.session_transaction() as held:
        held["_user_id"] = str(world.diane.id)
        held["user_id"] = str(world.diane.id)
    assert User.select().where(User.id == world.diane.id).exists()
    assert not is_in(browser)


def test_what_one_was_not_shown_yet_is_not_told_to_the_next_person(world, visit):
    browser = visit(world.remi)
    with browser.session_transaction() as kept:
        kept["_flashes"] = [("message", "Rémi's business")]
    browser.post("/logout")
    assert "business" not in browser.get("/login").text
