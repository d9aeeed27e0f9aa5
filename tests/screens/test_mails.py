"""Outgoing mail: what the distributor's administrator sees of letters that did not go, and may do with them."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from lic.models import Event, Mail, MailedLink, MailState, SignIn, tx
from lic.rules import journal
from lic.rules.journal import Tell
from lic.web import clock
from tests.conftest import NOON, on
from tests.lists import behaves, exported, found, pages


@pytest.fixture
def letter(world, monkeypatch):
    """A letter to Rémi that could not be sent anywhere."""
    monkeypatch.setitem(journal.TELLS, "contract.extended", (Tell(lambda c, e: [world.remi], letter="event"),))
    journal.record("contract.extended", world.contract, world.diane, NOON, after={"ends_on": "2030-12-31"})
    return becomes(Mail.get(), MailState.KEPT)


def becomes(letter, state, **more):
    with tx():
        letter.state = state
        for name, value in more.items():
            setattr(letter, name, value)
        letter.save()
    return letter


@pytest.fixture
def with_a_server(app, settings, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, smtp_url="smtp://127.0.0.1:1"))


def test_letters_that_are_kept_are_listed(world, visit, letter):
    page = visit(world.diane).get("/mails").text
    assert "[Extension] Contract no. 29962" in page and "remi@example.com" in page and "Kept here" in page
    assert "No mail server is set up" in page


def test_a_kept_letter_is_read_here_and_that_is_on_record(world, visit, letter):
    browser = visit(world.diane)
    assert "Hello Rémi" not in browser.get(f"/mails/{letter.id}").text
    answer = browser.post(f"/mails/{letter.id}/reading")
    assert "Hello Rémi," in answer.text and "protected until 31/12/2030" in answer.text
    assert answer.headers["HX-Push-Url"] == "false"
    event = Event.select().order_by(Event.id.desc()).get()
    assert (event.kind, event.by_id, event.after["to"]) == ("mail.opened", world.diane.id, "remi@example.com")


def test_its_links_are_made_when_it_is_read(world, visit):
    with tx():
        kept = becomes(journal.write("password_reset", world.remi, clock.now()), MailState.KEPT)
    page = visit(world.diane).post(f"/mails/{kept.id}/reading").text
    secret = re.search(r'href="http://localhost/password-resets/([^"]+)"', page).group(1)
    assert MailedLink.get().user_id == world.remi.id and secret not in str(list(MailedLink.select().dicts()))
    assert "Forgotten password" in page


def the_secret(page):
    return re.search(r'href="http://localhost(/password-resets/[^"]+)"', page).group(1)


def test_a_kept_letter_has_one_link_that_opens_and_none_once_it_was_used(world, visit):  # safety.md, Mailed links
    browser, stranger = visit(world.diane), visit()
    with tx():
        kept = becomes(journal.write("password_reset", world.remi, clock.now()), MailState.KEPT)
    first = the_secret(browser.post(f"/mails/{kept.id}/reading").text)
    second = the_secret(browser.post(f"/mails/{kept.id}/reading").text)
    assert first != second and stranger.get(first).status_code == 410
    password = {"password": "une phrase pour essayer", "repeated": "une phrase pour essayer"}
    assert stranger.post(second, data=password).status_code == 303
    answer = browser.post(f"/mails/{kept.id}/reading")
    assert answer.status_code == 422 and "/password-resets/" not in answer.text


def test_a_kept_letter_whose_time_is_over_lets_nobody_in(world, visit):
    with tx():
        kept = becomes(journal.write("password_reset", world.remi, clock.now()), MailState.KEPT)
        becomes(kept, MailState.KEPT, made_at=clock.utcnow() - timedelta(hours=2))
    assert visit(world.diane).post(f"/mails/{kept.id}/reading").status_code == 422
    assert not MailedLink.select().exists()


def test_reading_asks_for_the_password_again_after_a_while(world, visit, letter):
    browser = visit(world.diane)
    with tx():
        SignIn.update(fresh_at=NOON.utc.replace(year=2020)).execute()
    answer = browser.post(f"/mails/{letter.id}/reading")
    assert answer.status_code == 401 and "once more" in answer.text
    assert not Event.select().where(Event.kind == "mail.opened").exists()


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.SENT, MailState.DEAD, MailState.SENDING])
def test_a_letter_that_went_or_will_go_is_for_its_reader_only(world, visit, letter, state):
    becomes(letter, state)
    browser = visit(world.diane)
    assert browser.post(f"/mails/{letter.id}/reading").status_code == 422
    assert "Read the letter" not in browser.get(f"/mails/{letter.id}").text
    assert not Event.select().where(Event.kind == "mail.opened").exists()


def test_a_letter_given_up_can_be_sent_again(world, visit, letter, with_a_server):
    becomes(letter, MailState.DEAD, attempts=20, error="550 no such person")
    browser = visit(world.diane)
    page = browser.get("/mails").text
    assert "Given up" in page and "550 no such person" in page
    assert browser.post(f"/mails/{letter.id}/sending").status_code == 303
    letter = letter.again()
    assert (letter.state, letter.attempts, letter.error) == (MailState.WAITING, 0, "")


def test_without_a_server_nothing_is_sent_again_and_the_page_says_why(world, visit, letter):
    browser = visit(world.diane)
    assert "no letter can be sent" in browser.get(f"/mails/{letter.id}").text
    assert browser.post(f"/mails/{letter.id}/sending").status_code == 422
    assert letter.again().state is MailState.KEPT


def test_a_letter_that_was_sent_is_not_sent_again(world, visit, letter, with_a_server):
    becomes(letter, MailState.SENT)
    assert visit(world.diane).post(f"/mails/{letter.id}/sending").status_code == 422


def test_letters_are_chosen_by_state_and_page(world, visit, letter):
    becomes(letter, MailState.SENT)
    browser = visit(world.diane)
    assert "29962" not in browser.get("/mails").text
    assert "29962" in browser.get("/mails?state=sent").text
    with tx():
        for _ in range(60):
            becomes(journal.write("password_changed", world.remi, NOON), MailState.DEAD)
    first = browser.get("/mails?state=dead").text
    assert first.count("data-href") == 50
    for sort in ("letter", "-letter", "to", "at", "-at", "-state"):
        assert len(pages(browser, f"/mails?state=dead&sort={sort}")) == 60
    assert browser.get("/mails?state=nonsense").status_code == 400


def test_letters_are_sorted_by_when_they_were_written(world, visit, letter):  # 002-19
    with tx():
        older = becomes(journal.write("password_changed", world.remi, on(date(2026, 11, 20))), MailState.KEPT)
    both = [f"/mails/{letter.id}", f"/mails/{older.id}"]
    browser = visit(world.diane)
    assert found(browser.get("/mails")) == both and found(browser.get("/mails?sort=at")) == both[::-1]


def test_letters_are_a_list_like_every_other(world, visit, letter):
    browser = visit(world.diane)
    assert behaves(browser, "/mails") == ["letter", "to", "at", "state"]
    for q in ("29962", "remi@", "extension", "contract 2030"):
        assert found(browser.get(f"/mails?q={q}")) == [f"/mails/{letter.id}"], q
    assert found(browser.get("/mails?q=anne")) == []
    assert exported(browser, "/mails")[1][:2] == ["[Extension] Contract no. 29962", "remi@example.com"]


def test_only_the_distributors_administrators_see_letters(world, visit, letter):
    for person in (world.paul, world.remi, world.claire, world.marc):
        for method, address in (("GET", ""), ("GET", f"/{letter.id}"), ("POST", f"/{letter.id}/reading")):
            assert visit(person).open(f"/mails{address}", method=method).status_code == 403
