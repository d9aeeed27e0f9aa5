"""Every door asks for the code of whoever has a second factor, and for nothing of anybody else (ASVS 6.3.3, 6.4.3)."""

import hashlib
from dataclasses import replace

import pytest

from lic.models import Address, Event, HalfSignIn, LinkKind, SignIn, Throttle, User, UserType
from lic.rules import links, passwords, second_factors, users
from lic.web import clock
from tests.letters import letters, read
from tests.screens.conftest import PASSWORD, with_password
from tests.screens.test_again import ADDRESS, NEW, send_on, typed
from tests.second_factors import code, secured

WRONG = "000000"


@pytest.fixture
def app_of(world):
    """`app_of(world.remi)`: their second factor; `.shows()` is its code now."""

    def make(user):
        with_password(user)
        made = secured(user, clock.now())
        made.shows = lambda: code(made.secret, clock.utcnow())
        return made

    return make


def password(browser, who="remi", query="", **more):
    return browser.post(f"/login{query}", data={"identifier": who, "password": PASSWORD, **more})


def is_in(browser):
    return browser.get("/contracts").status_code == 200


# --- the login page ----------------------------------------------------------------------------


def test_after_the_password_the_code_is_asked_and_only_then_is_one_in(world, visit, app_of):
    app, browser = app_of(world.remi), visit()
    answer = password(browser)
    assert (answer.status_code, answer.location) == (303, "/login/code?next=/contracts")
    assert not is_in(browser) and not SignIn.select().exists()
    assert not Event.select().where(Event.kind == "user.logged_in").exists()
    page = browser.get("/login/code").text
    assert 'value="remi"' in page and 'autocomplete="one-time-code"' in page
    answer = browser.post("/login/code?next=/contracts", data={"code": app.shows()})
    assert (answer.status_code, answer.location) == (303, "/contracts")
    assert is_in(browser) and browser.get_cookie("lic_code") is None
    assert Event.get(Event.kind == "user.logged_in").by_id == world.remi.id


def test_going_back_to_the_code_leads_on_whoever_is_in(world, visit, app_of):
    app, browser = app_of(world.remi), visit()
    password(browser)
    browser.post("/login/code", data={"code": app.shows()})
    here = "/login/code?next=/orders"
    for answer in (browser.get(here), browser.post(here, data={"code": "1"})):
        assert (answer.status_code, answer.location) == (303, "/orders")
    assert "The time for the code is over" not in browser.get("/orders").text


def test_whoever_has_none_is_in_with_the_password(world, visit, app_of):
    app_of(world.anne)
    with_password(world.remi)
    assert password(visit()).location == "/contracts"
    second_factors.offer(world.remi, clock.now())  # nothing holds yet
    assert password(visit()).location == "/contracts"


def test_one_stays_remembered_and_lands_where_one_wanted_to_go(world, visit, app_of):
    app, browser = app_of(world.remi), visit()
    answer = password(browser, query="?next=/settings/profile", remember="y")
    answer = browser.post(answer.location, data={"code": app.shows()})
    assert answer.location == "/settings/profile" and SignIn.get().long
    assert "Max-Age=2592000" in next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("lic="))


def test_the_code_leads_to_no_other_site(world, visit, app_of):  # safety.md 33
    app, browser = app_of(world.remi), visit()
    password(browser)
    assert browser.post("/login/code?next=//evil.example", data={"code": app.shows()}).location == "/contracts"


def test_a_wrong_code_is_told_and_another_may_be_typed(world, visit, app_of):
    app, browser = app_of(world.remi), visit()
    password(browser)
    answer = browser.post("/login/code", data={"code": WRONG})
    assert answer.status_code == 422 and "This code is wrong, or was used already." in answer.text
    assert WRONG not in answer.text and browser.post("/login/code", data={}).status_code == 422
    assert browser.post("/login/code", data={"code": app.shows()}).status_code == 303


def test_a_recovery_code_lets_one_in_once_and_the_person_hears_of_it(world, app, visit, app_of):
    factor, browser = app_of(world.remi), visit()
    password(browser)
    assert "Recovery code" in browser.get("/login/code?recovery=1").text
    assert browser.post("/login/code?recovery=1", data={"code": factor.recovery[0]}).status_code == 303
    told = read(app, letters(letter="second_factor")[-1])
    assert told.subject == "Your second factor" and "A recovery code was used. Left: 9." in told.body
    other = visit()
    password(other)
    assert other.post("/login/code?recovery=1", data={"code": factor.recovery[0]}).status_code == 422


def test_the_page_speaks_the_persons_language(world, visit, app_of):
    app_of(world.remi)
    User.update(language="fr").where(User.id == world.remi.id).execute()
    browser = visit()
    password(browser)
    assert '<html lang="fr">' in browser.get("/login/code").text
    assert '<html lang="fr">' in browser.post("/login/code", data={"code": WRONG}).text


# --- the step between --------------------------------------------------------------------------


def test_the_step_between_is_a_secret_of_its_own_of_which_the_hash_is_kept(world, visit, app_of):  # safety.md 18
    app_of(world.remi)
    browser = visit()
    (cookie,) = password(browser).headers.getlist("Set-Cookie")
    assert all(said in cookie for said in ("lic_code=", "HttpOnly", "SameSite=Lax", "Max-Age=300", "Path=/"))
    secret = browser.get_cookie("lic_code").value
    assert len(secret) == 43 and HalfSignIn.get().sha256 == hashlib.sha256(secret.encode()).hexdigest()
    with browser.session_transaction() as kept:
        assert not kept
    thief = visit()
    for name, value in (("lic", secret), ("lic_code", HalfSignIn.get().sha256)):
        thief.set_cookie(name, value)
    assert not is_in(thief) and thief.get("/login/code").status_code == 303


def test_on_https_the_step_belongs_to_this_host_alone(world, visit, app, settings, app_of):
    app_of(world.remi)
    app.config["SETTINGS"] = replace(settings, base_url="https://localhost")
    data = {"identifier": "remi", "password": PASSWORD}
    (cookie,) = visit().post("/login", data=data, base_url="https://localhost").headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-lic_code=") and "Secure" in cookie and "Domain" not in cookie


def test_another_browser_is_in_no_step(world, visit, app_of):
    app = app_of(world.remi)
    password(visit())
    for answer in (visit().get("/login/code"), visit().post("/login/code?next=/orders", data={"code": app.shows()})):
        assert answer.status_code == 303 and answer.location.startswith("/login")
    assert not SignIn.select().exists()


def test_the_step_lasts_five_minutes(world, visit, app_of, later):
    app, browser = app_of(world.remi), visit()
    password(browser)
    later(minutes=4, seconds=50)
    assert browser.get("/login/code").status_code == 200
    later(seconds=11)
    answer = browser.post("/login/code?next=/orders", data={"code": app.shows()}, follow_redirects=True)
    assert answer.request.full_path == "/login?next=/orders" and "The time for the code is over." in answer.text


def test_the_step_is_good_once(world, visit, app_of, later):
    app, browser, copy = app_of(world.remi), visit(), visit()
    password(browser)
    copy.set_cookie("lic_code", browser.get_cookie("lic_code").value)
    browser.post("/login/code", data={"code": app.shows()})
    later(seconds=60)
    assert copy.post("/login/code", data={"code": app.shows()}).location.startswith("/login") and not is_in(copy)


@pytest.mark.parametrize("what", ["password", "role", "closed", "taken away"])
def test_the_step_ends_with_what_ends_sessions(world, visit, app_of, what):
    app, browser = app_of(world.lea), visit()
    password(browser, "lea")
    if what == "password":
        link = links.make(LinkKind.RESET, user=world.lea, at=clock.now())
        passwords.reset(links.find(LinkKind.RESET, link, clock.now()), "a brand new cake", clock.now(), app.recovery[0])
    elif what == "role":
        users.change(world.lea, by=world.remi, at=clock.now(), type=UserType.ADMINISTRATOR)
    elif what == "closed":
        users.deactivate(world.lea, by=world.remi, at=clock.now())
    else:
        second_factors.take_away(world.lea, by=world.remi, at=clock.now())
    assert browser.post("/login/code", data={"code": app.shows()}).location.startswith("/login")
    assert not is_in(browser)


def test_nobody_comes_by_the_code_of_another_person(world, visit, app_of):
    mine, theirs, browser = app_of(world.remi), app_of(world.anne), visit()
    password(browser)
    assert browser.post("/login/code", data={"code": theirs.shows()}).status_code == 422
    assert browser.post("/login/code", data={"code": theirs.recovery[0]}).status_code == 422
    assert browser.post("/login/code", data={"code": mine.shows()}).status_code == 303


# --- guessing (safety.md 21) -------------------------------------------------------------------


def test_codes_are_guessed_slower_and_slower_and_who_is_logged_in_notices_nothing(world, visit, app_of, later):
    app, inside, guesser = app_of(world.remi), visit(world.remi), visit()
    password(guesser)
    for _ in range(5):
        assert guesser.post("/login/code", data={"code": WRONG}).status_code == 422
    answer = guesser.post("/login/code", data={"code": app.shows()})
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "1" and "Try again in" in answer.text
    assert is_in(inside)
    again = visit()
    password(again)  # a new step is no new beginning
    assert again.post("/login/code", data={"code": app.shows()}).status_code == 429
    later(seconds=30)
    assert again.post("/login/code", data={"code": app.shows()}).status_code == 303


def test_a_stranger_never_slows_the_code_down(world, visit, app_of):
    app_of(world.remi)
    for _ in range(8):
        visit().post("/login", data={"identifier": "remi", "password": "a wrong password"})
        visit().post("/login/code", data={"code": WRONG})
    assert not any(row.key.startswith("code ") for row in Throttle.select())


def test_a_wrong_password_never_leads_to_the_code(world, visit, app_of):
    """So it tells nobody who has a second factor (safety.md 22)."""
    app_of(world.remi)
    with_password(world.anne)
    told = [
        visit().post("/login", data={"identifier": who, "password": "a wrong password"}) for who in ("remi", "anne")
    ]
    assert {answer.status_code for answer in told} == {422}
    assert told[0].text.replace("remi", "anne") == told[1].text and not HalfSignIn.select().exists()


# --- the password asked anew -------------------------------------------------------------------


def test_what_wants_the_password_anew_wants_the_code_too(world, visit, app_of, later):
    app, browser = app_of(world.remi), visit(world.remi)
    later(minutes=16)
    assert browser.get("/settings/users/new").location.startswith("/login?next=/settings/users/new&again=1")
    answer = password(browser, query="?again=1&next=/settings/users/new")
    assert answer.location.startswith("/login/code?") and browser.get("/settings/users/new").status_code == 303
    assert browser.post(answer.location, data={"code": app.shows()}).location == "/settings/users/new"
    assert browser.get("/settings/users/new").status_code == 200
    assert SignIn.select().where(SignIn.user == world.remi).count() == 1


@pytest.mark.parametrize("url, data, waits", [("users", NEW, {"minutes": 16}), ("addresses", ADDRESS, {"hours": 13})])
def test_a_form_left_open_is_sent_on_with_password_and_code(world, visit, app_of, later, url, data, waits):
    app, browser = app_of(world.remi), visit(world.remi)
    later(**waits)
    asked = browser.post(f"/settings/{url}/new", data=data)
    assert asked.status_code == 401 and 'name="again-code"' in asked.text
    sent = dict(typed(asked)) | {"again-password": PASSWORD}
    for wrong in ({}, {"again-code": WRONG}):
        answer = browser.post(f"/settings/{url}/new", data=sent | wrong)
        assert answer.status_code == 422 and "This code is wrong" in answer.text
        assert dict(typed(answer)).items() >= data.items()
    assert not Address.select().exists() and not User.select().where(User.identifier == "nina.neuve").exists()
    assert browser.post(f"/settings/{url}/new", data=sent | {"again-code": app.shows()}).status_code == 303
    assert Address.select().exists() or User.select().where(User.identifier == "nina.neuve").exists()


def test_with_a_wrong_password_no_code_is_used_up_there(world, visit, app_of, later):
    app, browser = app_of(world.remi), visit(world.remi)
    later(minutes=16)
    asked, shown = browser.post("/settings/users/new", data=NEW), app.shows()
    sent = dict(typed(asked)) | {"again-password": "a wrong password", "again-code": shown}
    assert "Username or password is wrong." in browser.post("/settings/users/new", data=sent).text
    sent["again-password"] = PASSWORD
    assert browser.post("/settings/users/new", data=sent).status_code == 303


def test_guessing_codes_over_a_form_waits_as_anywhere(world, visit, app_of, later):
    app_of(world.remi)
    browser = visit(world.remi)
    later(minutes=16)
    sent = dict(typed(browser.post("/settings/users/new", data=NEW))) | {"again-password": PASSWORD}
    answers = [browser.post("/settings/users/new", data=sent | {"again-code": WRONG}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert dict(typed(answers[-1])).items() >= NEW.items() and browser.get("/contracts").status_code == 200


def test_whoever_has_none_is_asked_for_the_password_alone(world, visit, later):
    with_password(world.remi)
    browser = visit(world.remi)
    later(minutes=16)
    asked = browser.post("/settings/users/new", data=NEW)
    assert "again-code" not in asked.text and send_on(browser, "/settings/users/new", asked).status_code == 303


# --- links -------------------------------------------------------------------------------------


def test_a_forgotten_password_is_reset_with_the_code_alone(world, visit, app_of):  # safety.md 25, ASVS 6.4.3
    app = app_of(world.remi)
    path = links.path(LinkKind.RESET, links.make(LinkKind.RESET, user=world.remi, at=clock.now()))
    assert 'name="code"' in visit().get(path).text
    new = {"password": "a brand new plum cake"}
    for wrong in ({}, {"code": WRONG}, {"code": " "}):
        assert visit().post(path, data=new | wrong).status_code == 422
    assert not passwords.is_right(world.remi.again().password, new["password"])
    assert visit().post(path, data={"password": "short", "code": app.shows()}).status_code == 422  # and uses nothing up
    assert visit().post(path, data=new | {"code": app.shows()}).location == "/login"
    assert passwords.is_right(world.remi.again().password, new["password"])
    assert visit().post("/login", data={"identifier": "remi"} | new).location.startswith("/login/code")


def test_guessing_behind_a_mailed_link_waits_too(world, visit, app_of):
    app_of(world.remi)
    path = links.path(LinkKind.RESET, links.make(LinkKind.RESET, user=world.remi, at=clock.now()))
    data = {"password": "a brand new plum cake", "code": WRONG}
    assert [visit().post(path, data=data).status_code for _ in range(6)] == [422] * 5 + [429]
    assert "a brand new" not in visit().post(path, data=data).text


def test_a_forgotten_password_and_a_lost_telephone_take_a_recovery_code(world, visit, app_of):
    app = app_of(world.remi)
    path = links.path(LinkKind.RESET, links.make(LinkKind.RESET, user=world.remi, at=clock.now()))
    data = {"password": "a brand new plum cake", "code": app.recovery[9]}
    assert visit().post(path, data=data).location == "/login"


def test_whoever_has_none_resets_the_password_without(world, visit):
    path = links.path(LinkKind.RESET, links.make(LinkKind.RESET, user=world.remi, at=clock.now()))
    assert 'name="code"' not in visit().get(path).text
    assert visit().post(path, data={"password": "a brand new plum cake", "code": "x"}).location == "/login"
