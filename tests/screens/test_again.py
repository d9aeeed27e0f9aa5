"""A form left open too long is not lost: it waits in the page that asks for the password (interface.md)."""

import html
import io
import re

import pytest

from lic.models import Address, CustomerMessage, SignIn, User, tx
from lic.rules import users
from lic.web import again, clock
from tests.conftest import a_browser
from tests.incidents import TEXT, an_incident
from tests.screens.conftest import PASSWORD, with_password

NEW = {
    "first_name": "Nina",
    "last_name": "Neuve & fils",
    "email": "nina@example.com",
    "identifier": "nina.neuve",
    "language": "fr",
    "type": "basic",
}
ADDRESS = {
    "label": 'Atelier "B" <1>',
    "street": "1 rue Neuve",
    "postcode": "69002",
    "city": "Lyon",
    "country": "FR",
    "email": "atelier@example.com",
    "phone": "0472000000",
}


@pytest.fixture
def remi(world, visit):
    with_password(world.remi, world.anne, world.diane, world.claire)
    return visit(world.remi)


def typed(answer):
    """What the page that asks would send, as a browser does: (name, value)."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    return [(html.unescape(name), html.unescape(value)) for name, value in found]


def send_on(browser, url, answer, password=PASSWORD, **headers):
    fields = {}
    for name, value in [*typed(answer), ("again-password", password)]:
        fields.setdefault(name, []).append(value)
    return browser.post(url, data=fields, headers=headers)


# --- what wants the password typed lately --------------------------------------------------------


def test_a_new_user_typed_over_a_quarter_of_an_hour_is_sent_on(world, remi, later):
    later(minutes=16)
    asked = remi.post("/settings/users/new", data=NEW)
    assert asked.status_code == 401 and "once more" in asked.text and 'value="remi"' in asked.text
    assert not User.select().where(User.identifier == "nina.neuve").exists()
    old = SignIn.get(SignIn.user == world.remi)
    done = send_on(remi, "/settings/users/new", asked)
    assert done.status_code == 303
    assert User.get(User.identifier == "nina.neuve").last_name == "Neuve & fils"
    assert not SignIn.select().where(SignIn.sha256 == old.sha256).exists()  # a new session, and only that one
    assert SignIn.select().where(SignIn.user == world.remi).count() == 1


def test_what_is_wrong_with_the_form_is_told_after_the_password(world, remi, later):
    later(minutes=16)
    asked = remi.post("/settings/users/new", data=NEW | {"email": "nobody"})
    answer = send_on(remi, "/settings/users/new", asked)
    assert answer.status_code == 422 and "This is not a complete e-mail address" in answer.text
    assert "Neuve &amp; fils" in answer.text and "again-" not in answer.text


def test_a_wrong_password_loses_nothing_and_does_nothing(world, remi, later):
    later(minutes=16)
    asked = remi.post("/settings/users/new", data=NEW)
    refused = send_on(remi, "/settings/users/new", asked, "a wrong password")
    assert refused.status_code == 422 and "Username or password is wrong." in refused.text
    assert dict(typed(refused)).items() >= NEW.items()
    assert not User.select().where(User.identifier == "nina.neuve").exists()
    assert send_on(remi, "/settings/users/new", refused).status_code == 303


def test_guessing_there_is_slowed_down_as_anywhere(world, remi, later):
    later(minutes=16)
    asked = remi.post("/settings/users/new", data=NEW)
    answers = [send_on(remi, "/settings/users/new", asked, "a wrong password") for _ in range(6)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"])
    assert dict(typed(answers[-1])).items() >= NEW.items()


def test_in_a_page_of_htmx_the_question_takes_the_place_of_the_page(world, remi, later):
    later(minutes=16)
    asked = remi.post("/settings/users/new", data=NEW, headers={"HX-Request": "true"})
    assert (asked.headers["HX-Retarget"], asked.headers["HX-Push-Url"]) == ("body", "false")
    assert asked.headers["Cache-Control"] == "no-store" and 'hx-boost="false"' in asked.text


# --- a session that ended ------------------------------------------------------------------------


def test_a_form_left_open_over_night_is_sent_on(world, remi, later):
    later(hours=13)
    polled = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert remi.get("/notifications/unread?shown=0", headers=polled).status_code == 204  # the bell asked first
    asked = remi.post("/settings/addresses/new", data=ADDRESS)
    assert asked.status_code == 401 and "Your session has ended." in asked.text and not Address.select().exists()
    done = send_on(remi, "/settings/addresses/new", asked)
    assert done.status_code == 303
    assert Address.get().label == ADDRESS["label"]
    assert remi.get("/settings/addresses").status_code == 200


def test_it_speaks_the_persons_language(world, remi, later):
    with tx():
        User.update(language="fr").where(User.id == world.remi.id).execute()
    later(hours=13)
    assert '<html lang="fr">' in remi.post("/settings/addresses/new", data=ADDRESS).text


def test_nobody_elses_password_sends_it_on(world, remi, later):
    """On a computer several people share, one's draft is not sent in the name of another."""
    later(hours=13)
    asked = remi.post("/settings/addresses/new", data=ADDRESS)
    other = a_browser(remi.application, world.anne)
    fields = dict(typed(asked)) | {"again-password": PASSWORD}
    with tx():
        User.update(password="").where(User.id == world.remi.id).execute()
    assert other.post("/settings/addresses/new", data=fields).status_code == 422
    assert not Address.select().exists()


@pytest.mark.parametrize("change", [{"again-who": ""}, {"again-who": "WzEsZmFsc2Vd.aaaaaa.bbbbbb"}])
def test_nobody_names_themselves(world, remi, later, change):
    later(hours=13)
    asked = remi.post("/settings/addresses/new", data=ADDRESS)
    fields = dict(typed(asked)) | {"again-password": PASSWORD} | change
    assert remi.post("/settings/addresses/new", data=fields).location.startswith("/login")
    assert not Address.select().exists()


def test_the_question_is_good_for_half_a_day(world, remi, later, monkeypatch):
    later(hours=13)
    asked = remi.post("/settings/addresses/new", data=ADDRESS)
    monkeypatch.setattr(again, "WAITS", again.WAITS * -1)
    assert send_on(remi, "/settings/addresses/new", asked).location.startswith("/login")


def test_from_another_site_it_is_not_taken(world, remi, later):
    later(hours=13)
    asked = remi.post("/settings/addresses/new", data=ADDRESS)
    answer = send_on(remi, "/settings/addresses/new", asked, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and not Address.select().exists()


def test_whoever_was_shut_out_meanwhile_is_asked_nothing(world, visit, remi):
    lea = visit(world.lea)
    users.deactivate(world.lea, by=world.remi, at=clock.now())
    answer = lea.post("/settings/profile", data={"first_name": "Léa"})
    assert answer.status_code == 303 and answer.location.startswith("/login")


def test_whoever_logged_out_is_asked_nothing_either(world, remi):
    remi.post("/logout")
    assert remi.post("/settings/addresses/new", data=ADDRESS).location.startswith("/login")


def test_a_message_with_a_file_keeps_its_text_and_says_that_the_file_is_missing(world, visit, remi, later, settings):
    incident = an_incident(world)
    url = f"/incidents/{incident.number}/messages/customer"
    claire = visit(world.claire)
    later(hours=13)
    data = {"customer-body": "Bonjour,\r\n\r\nça marche 🙂", "file": (io.BytesIO(TEXT), "document.txt")}
    asked = claire.post(url, data=data)
    assert asked.status_code == 401 and "Only the files" in asked.text
    assert not [path for path in (settings.data / "files").rglob("*") if path.is_file()]
    assert send_on(claire, url, asked).status_code == 303
    assert CustomerMessage.get().body == "Bonjour,\r\n\r\nça marche 🙂"


# --- what is never carried -----------------------------------------------------------------------


def test_passwords_are_typed_anew(world, remi, later):
    later(hours=13)
    asked = remi.post("/settings/password", data={"current": PASSWORD, "new": "another plum cake at four"})
    assert asked.status_code == 401 and "plum cake" not in html.unescape(asked.text)
    answer = send_on(remi, "/settings/password", asked)
    assert answer.status_code == 422 and "This field is required." in answer.text


def test_every_password_field_is_known_by_name(app):
    assert again.secret_names() == {"password", "current_password", "current", "new"}


def test_what_nobody_can_read_is_refused_before_it_is_kept_in_a_page(world, remi, later):
    later(hours=13)
    answer = remi.post("/settings/addresses/new", data=b"name=caf%e9", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422 and "nobody can read" in answer.text


def test_the_view_sees_the_form_as_it_was_sent(world, remi, later, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "lic.web.people.AddressForm.validate", lambda form: seen.append(list(again.request.form.items(multi=True))) or 0
    )
    later(hours=13)
    several = {**ADDRESS, "several": ["1", "2"], "empty": ""}
    send_on(remi, "/settings/addresses/new", remi.post("/settings/addresses/new", data=several))
    assert ("several", "1") in seen[0] and ("several", "2") in seen[0] and ("empty", "") in seen[0]
    assert not [name for name, _ in seen[0] if name.startswith("again")]
