"""Invitations: a new person chooses the password; none ever goes by mail (rules.md Q, 002-61, 004-13)."""

import pytest

from lic.models import Event, UserType
from lic.rules import invitations, passwords, users
from lic.web import clock
from tests.letters import letters, link_in, read

CHOSEN = "a brand new plum cake"


@pytest.fixture
def nora(world):
    """Rémi adds a colleague."""
    return users.new(
        world.alpha,
        by=world.remi,
        at=clock.now(),
        first_name="Nora",
        last_name="Neuve",
        identifier="nora",
        email="nora@example.com",
        phone="",
        type=UserType.BASIC,
        may_declare=False,
        language="en",
    )


@pytest.fixture
def path(app, nora):
    return link_in(app, letters(to="nora@example.com")[-1])


def test_a_new_user_gets_a_letter_with_the_username_and_no_password(app, nora):
    (mail,) = letters(to="nora@example.com")
    letter = read(app, mail)
    assert (
        mail.letter == "invitation" and "nora" in letter.body and "Alpha" in letter.body and "48 hours" in letter.body
    )
    assert nora.password is None


def test_behind_the_link_one_chooses_the_password_and_is_in(nora, path, visit):
    browser = visit()
    page = browser.get(path).text
    assert "Nora Neuve" in page and "Alpha" in page and 'value="nora"' in page
    answer = browser.post(path, data={"password": CHOSEN})
    assert (answer.status_code, answer.location) == (303, "/contracts")
    assert "Welcome, Nora Neuve." in browser.get("/settings/profile").text
    assert Event.get(Event.kind == "user.joined").by_id == nora.id
    assert passwords.is_right(nora.again().password, CHOSEN)


def test_an_invitation_works_once(nora, path, visit):
    visit().post(path, data={"password": CHOSEN})
    answer = visit().post(path, data={"password": "another plum cake"})
    assert answer.status_code == 410 and "already used" in answer.text
    assert passwords.is_right(nora.again().password, CHOSEN)


def test_an_invitation_is_good_for_48_hours(path, visit, later):
    later(hours=47, minutes=59)
    assert visit().get(path).status_code == 200
    later(minutes=2)
    assert "expired" in visit().get(path).text


def test_an_invitation_sent_again_replaces_the_first(app, world, nora, path, visit):
    invitations.invite(nora, by=world.remi, at=clock.now())
    assert visit().get(path).status_code == 410
    assert visit().get(link_in(app, letters(to="nora@example.com")[-1])).status_code == 200


def test_the_invitation_of_somebody_whose_access_was_closed_opens_nothing(world, nora, path, visit):
    users.deactivate(nora, by=world.remi, at=clock.now())
    assert visit().post(path, data={"password": CHOSEN}).status_code == 410


@pytest.mark.parametrize("weak", ["short", "password1234", "Nora-Neuve-2026", "nora@example.com"])
def test_a_weak_password_is_refused_and_nothing_is_used_up(path, visit, weak):
    assert visit().post(path, data={"password": weak}).status_code == 422
    assert visit().post(path, data={"password": CHOSEN}).status_code == 303


def test_whoever_was_logged_in_on_this_computer_no_longer_is(world, nora, path, visit):
    browser = visit(world.lea)
    browser.post(path, data={"password": CHOSEN})
    assert "Nora" in browser.get("/settings/profile").text


def test_somebody_who_lost_the_invitation_may_ask_for_a_password(app, nora, visit):
    visit().post("/password-resets", data={"who": "nora"})
    answer = visit().post(link_in(app, letters(letter="password_reset")[0]), data={"password": CHOSEN})
    assert answer.location == "/login"
    assert visit().post("/login", data={"identifier": "nora", "password": CHOSEN}).status_code == 303
