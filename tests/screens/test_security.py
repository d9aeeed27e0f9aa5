"""Settings, Security: a second factor of one's own, and where one is logged in (ASVS 6.3.3, 7.5.1, 7.5.2)."""

import html
import re

import pyotp
import pytest
import segno

from lic.models import Event, SecondFactor, SignIn, User, UserType, tx
from lic.rules import second_factors
from lic.rules.second_factors import Must
from lic.web import clock, devices, session
from tests.conftest import NOON
from tests.letters import letters, read
from tests.screens.conftest import PASSWORD, with_password
from tests.screens.test_again import send_on
from tests.second_factors import code, secured

PAGE = "/settings/security"
FACTOR = f"{PAGE}/second-factor"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Safari/604.1"


def main(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])).split())


def the_key(browser):
    return re.search(r'class="key-to-type">([A-Z2-7 ]+)<', browser.get(FACTOR).text)[1]


def shown_by(key):
    return code(key.replace(" ", ""), clock.utcnow())


# --- setting it up -----------------------------------------------------------------------------


def test_one_sets_it_up_with_a_picture_or_by_typing(world, visit):
    browser, other = visit(world.lea), visit()
    with_password(world.lea)
    other.post("/login", data={"identifier": "lea", "password": PASSWORD})
    assert FACTOR in browser.get(PAGE).text and "key-to-type" not in browser.get(FACTOR).text
    assert browser.post(f"{FACTOR}/offer").location == FACTOR
    key = the_key(browser)
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", key)
    address = pyotp.parse_uri(
        second_factors.address(key.replace(" ", ""), world.lea, "Distributeur")
    ).provisioning_uri()
    assert address.startswith("otpauth://totp/Distributeur:lea?secret=")
    picture = segno.make(address, error="m").svg_data_uri(scale=4, light="#fff")
    assert html.escape(picture, quote=True) in browser.get(FACTOR).text or picture in browser.get(FACTOR).text
    assert "Off" in main(browser.get(PAGE))  # nothing holds yet
    answer = browser.post(FACTOR, data={"code": shown_by(key)})
    assert answer.status_code == 200 and len(re.findall(r"\b(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}\b", answer.text)) == 10
    assert "On" in main(browser.get(PAGE)) and "Recovery codes left 10" in main(browser.get(PAGE))
    assert other.get("/contracts").status_code == 303  # logged out everywhere else


def test_the_key_and_the_codes_are_shown_once(world, visit):
    browser = visit(world.remi)
    browser.post(f"{FACTOR}/offer")
    key = the_key(browser)
    codes = re.findall(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", browser.post(FACTOR, data={"code": shown_by(key)}).text)
    for path in (PAGE, FACTOR, "/settings/users", f"/settings/users/{world.remi.id}", "/settings/users/export.csv"):
        assert not [one for one in (key, key.replace(" ", ""), *codes) if one in browser.get(path).text]
    audit = visit(world.diane)
    for path in ("/audit", "/audit/export.csv"):
        assert not [one for one in (key.replace(" ", ""), *codes) if one in audit.get(path).text]


@pytest.mark.parametrize("typed, told", [("000000", "This code is wrong."), ("", "This field is required.")])
def test_a_wrong_first_code_changes_nothing_and_shows_the_same_picture(world, visit, typed, told):
    browser = visit(world.remi)
    browser.post(f"{FACTOR}/offer")
    key = the_key(browser)
    answer = browser.post(FACTOR, data={"code": typed})
    assert answer.status_code == 422 and told in answer.text and key in answer.text
    assert second_factors.of(world.remi) is None


def test_whoever_has_found_the_password_knows_nothing_of_what_its_owner_sets_up(world, visit, later):
    thief, browser = visit(), visit()
    with_password(world.remi)
    for one in (thief, browser):
        one.post("/login", data={"identifier": "remi", "password": PASSWORD})
    thief.post(f"{FACTOR}/offer")
    known = the_key(thief)
    assert "key-to-type" not in browser.get(FACTOR).text
    browser.post(f"{FACTOR}/offer")
    key = the_key(browser)
    assert key != known and "key-to-type" not in thief.get(FACTOR).text
    later(minutes=16)  # the password typed anew makes another session of it, with the same key
    asked = browser.post(FACTOR, data={"code": shown_by(key)})
    assert len(re.findall(r"(?:[A-Z2-7]{4}-){5}", send_on(browser, FACTOR, asked).text)) == 10
    assert thief.get("/contracts").status_code == 303


def test_sent_twice_it_is_on_and_says_where_new_codes_are_made(world, visit):  # a double click
    browser = visit(world.remi)
    browser.post(f"{FACTOR}/offer")
    data = {"code": shown_by(the_key(browser))}
    browser.post(FACTOR, data=data)
    answer = browser.post(FACTOR, data=data)
    assert answer.status_code == 422 and "It is on already." in answer.text and "make new ones" in answer.text


def test_somebody_who_only_reads_has_one_too_and_turns_it_off(world, visit):  # Q: what is their own
    app = secured(world.cleo, NOON)
    browser = visit(world.cleo)
    answer = browser.post(f"{PAGE}/recovery-codes")
    assert answer.status_code == 200 and app.recovery[0] not in answer.text and answer.headers["HX-Push-Url"] == PAGE
    assert browser.post(f"{FACTOR}/removal").location == PAGE
    assert not SecondFactor.select().exists() and "Off" in main(browser.get(PAGE))
    assert browser.post(f"{FACTOR}/removal").status_code == 422


@pytest.mark.parametrize(
    "path", ["/second-factor/offer", "/second-factor", "/second-factor/removal", "/recovery-codes", "/sessions/end"]
)
def test_all_of_it_wants_the_password_typed_lately(world, visit, later, path):  # ASVS 7.5.1
    browser = visit(world.remi)
    later(minutes=16)
    assert browser.post(PAGE + path, data={"code": "000000"}).status_code == 401
    assert browser.get(FACTOR).location.startswith("/login?")
    assert browser.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    "language, subject, said",
    [("fr", "Votre second facteur", "est activé"), ("pt", "O seu segundo fator", "está ativado")],
)
def test_the_letter_is_in_the_persons_language(world, app, language, subject, said):
    world.remi.language = language
    world.remi.save()
    secured(world.remi)
    told = read(app, letters(to="remi@example.com")[-1])
    assert told.subject == subject and said in told.body and "remi" in told.body
    assert "http://localhost/settings/security" in told.body


# --- what administrators do --------------------------------------------------------------------


def test_administrators_see_who_has_one_and_others_do_not(world, visit):
    secured(world.lea)
    assert visit(world.remi).get("/settings/users").text.count("Second factor") == 1
    assert "Second factor" not in visit(world.lea).get("/settings/users").text
    assert "Second factor" in visit(world.diane).get(f"/organisations/{world.alpha.id}/users").text


@pytest.mark.parametrize("who, path", [("remi", "/settings/users/{}"), ("diane", "/organisations/{}/users/{}")])
def test_one_who_lost_the_telephone_is_helped_by_an_administrator(world, app, visit, who, path):  # ASVS 6.4.4, 6.5.6
    secured(world.lea)
    path = path.format(*((world.alpha.id, world.lea.id) if who == "diane" else (world.lea.id,)))
    lea, browser = visit(world.lea), visit(getattr(world, who))
    assert "Make sure that it is really this person" in browser.get(path).text
    assert browser.post(f"{path}/second-factor-removal").location == path
    assert second_factors.of(world.lea) is None and lea.get("/contracts").status_code == 303
    told = read(app, letters(to="lea@example.com")[-1]).body
    assert f"{getattr(world, who).name} took the second factor away." in told
    assert "Take the second factor away" not in browser.get(path).text
    assert browser.post(f"{path}/second-factor-removal").status_code == 422


def test_nobody_takes_away_their_own_nor_a_reseller_its_customers(world, visit):
    for person in (world.remi, world.claire):
        secured(person)
    browser = visit(world.remi)
    assert "Your own is under Security." in browser.get(f"/settings/users/{world.remi.id}").text
    assert browser.post(f"/settings/users/{world.remi.id}/second-factor-removal").status_code == 422
    customers = f"/organisations/{world.client.id}/users/{world.claire.id}"
    assert "Take the second factor away" not in browser.get(customers).text
    assert browser.post(f"{customers}/second-factor-removal").status_code == 403
    assert SecondFactor.select().count() == 2


def test_the_distributor_says_who_must_have_one(world, visit, later):
    browser = visit(world.diane)
    assert "Who must have a second factor" in browser.get("/parameters").text
    assert browser.post("/parameters/second-factor", data={"who": "administrators"}).location == "/parameters"
    assert second_factors.who_must() is Must.ADMINISTRATORS
    assert browser.get("/parameters").location == FACTOR  # the first who must
    assert "All administrators" in visit(world.paul).get("/parameters").text
    assert visit(world.ines).post("/parameters/second-factor", data={"who": "nobody"}).location == FACTOR
    secured(world.ines)
    assert visit(world.ines).post("/parameters/second-factor", data={"who": "somebody"}).status_code == 422
    event = Event.get(Event.kind == "setting.changed")
    assert "All administrators" in visit(world.ines).get(f"/audit/{event.id}").text
    later(minutes=16)
    assert visit(world.ines).post("/parameters/second-factor", data={"who": "nobody"}).status_code == 401


# --- where one is logged in --------------------------------------------------------------------


def logged_in(visit, says, who="remi"):
    browser = visit()
    headers = {"User-Agent": says}
    browser.post("/login", data={"identifier": who, "password": PASSWORD}, headers=headers)
    return browser


def rows(browser):
    """The lines of the list, in words."""
    body = browser.get(PAGE).text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>")[:-1]]


@pytest.fixture
def two(world, visit, later):
    """Rémi at a desk and, ten minutes later, on a telephone; Anne somewhere else."""
    with_password(world.remi, world.anne)
    desk = logged_in(visit, FIREFOX)
    logged_in(visit, FIREFOX, "anne")
    later(minutes=10)
    return desk, logged_in(visit, IPHONE)


def test_people_see_where_they_are_logged_in(world, two):  # ASVS 7.5.2
    desk, phone = two
    assert [row.split(" 2")[0] for row in rows(phone)] == ["Safari, iPhone", "Firefox, Windows"]
    assert "This one" in rows(phone)[0] and "End it" in rows(phone)[1]
    first = next(row for row in rows(desk) if "This one" in row)
    assert first.startswith("Firefox, Windows")
    times = re.findall(r"\d\d/\d\d/\d{4} \d\d:\d\d", first)
    assert len(times) == 2 and times[0] != times[1]  # logged in, last seen ten minutes later


def test_of_the_browser_two_words_are_kept_and_of_the_address_nothing(world, two):
    kept = repr(list(SignIn.select().dicts()))
    assert "Firefox, Windows" in kept and "Mozilla" not in kept and "127.0.0.1" not in kept


def test_one_of_them_is_ended_and_only_that(world, two):
    desk, phone = two
    number = SignIn.get(SignIn.device == "Firefox, Windows", SignIn.user == world.remi.id).id
    assert phone.post(f"{PAGE}/sessions/{number}/end").location == PAGE
    assert desk.get("/contracts").status_code == 303 and phone.get("/contracts").status_code == 200
    assert len(rows(phone)) == 1 and SignIn.select().where(SignIn.user == world.anne.id).exists()


def test_all_others_are_ended_at_once(world, visit, two):
    desk, phone = two
    logged_in(visit, "")
    assert "Unknown device" in " ".join(rows(phone)) and len(rows(phone)) == 3
    answer = phone.post(f"{PAGE}/sessions/end", follow_redirects=True)
    assert "2 sessions have ended." in answer.text and len(rows(phone)) == 1
    assert desk.get("/contracts").status_code == 303
    assert SignIn.select().where(SignIn.user == world.anne.id).exists()
    assert "End all others" not in answer.text


def test_a_session_of_somebody_else_does_not_exist(world, two):
    _desk, phone = two
    anne = SignIn.get(SignIn.user == world.anne.id)
    assert phone.post(f"{PAGE}/sessions/{anne.id}/end").status_code == 404
    assert SignIn.select().where(SignIn.id == anne.id).exists()


def test_ending_one_waits_for_the_password_and_is_then_done(world, two, later):  # ASVS 7.5.2: having authenticated
    desk, phone = two
    later(minutes=16)
    asked = phone.post(f"{PAGE}/sessions/end")
    assert asked.status_code == 401 and desk.get("/contracts").status_code == 200
    assert send_on(phone, f"{PAGE}/sessions/end", asked).status_code == 303
    assert desk.get("/contracts").status_code == 303 and len(rows(phone)) == 1


def test_sessions_that_have_ended_are_not_listed(world, visit, later):
    with_password(world.remi)
    logged_in(visit, FIREFOX)
    later(hours=13)
    phone = logged_in(visit, IPHONE)
    assert len(rows(phone)) == 1 and SignIn.select().count() == 2


def test_who_may_do_everything_is_listed_by_the_shorter_times(world, visit, later):
    with_password(world.diane)
    logged_in(visit, FIREFOX, "diane")
    later(minutes=61)
    assert len(rows(logged_in(visit, IPHONE, "diane"))) == 1
    User.update(type=UserType.BASIC).where(User.id == world.diane.id).execute()
    with tx():
        assert len(session.of(world.diane.again())) == 2


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    "says, device",
    [
        (FIREFOX, "Firefox, Windows"),
        (IPHONE, "Safari, iPhone"),
        (CHROME, "Chrome, Linux"),
        (f"{CHROME} Edg/143.0.0.0", "Edge, Linux"),
        (f"{CHROME} OPR/120.0".replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15"), "Opera, macOS"),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 16; SM-S911B"), "Chrome, Android"),
        ("Mozilla/5.0 (Android 16; Mobile; rv:149.0) Gecko/149.0 Firefox/149.0", "Firefox, Android"),
        (IPHONE.replace("Version/26.0", "CriOS/143.0"), "Chrome, iPhone"),
        ("curl/8.1", ""),
        ("", ""),
        ("<script>alert(1)</script> Windows " + "x" * 5000, "Windows"),
    ],
)
def test_a_browser_is_called_by_two_words(says, device):
    assert devices.device(says) == device
