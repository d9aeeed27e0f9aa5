"""A forgotten password (002-05)."""

import threading
from contextlib import suppress

import pytest

from lic.models import EVERYBODY, Event, LinkKind, MailedLink, SignIn, db, scope
from lic.rules import Refused, links, passwords, users
from lic.web import clock
from tests.letters import letters, link_in, read
from tests.screens.conftest import PASSWORD, with_password

NEW = "a brand new plum cake"


def ask(browser, who):
    return browser.post("/password-resets", data={"who": who})


def the_link(app, browser, who="remi"):
    ask(browser, who)
    return link_in(app, letters(letter="password_reset")[-1])


@pytest.mark.parametrize("who", ["remi", "REMI", "remi@example.com", " Remi@Example.com "])
def test_a_link_comes_by_mail_for_the_identifier_or_the_address(app, world, visit, who):
    answer = ask(visit(), who)
    assert (answer.status_code, answer.location) == (303, "/password-resets/sent")
    (mail,) = letters()
    assert (mail.to, mail.language) == ("remi@example.com", "en")
    letter = read(app, mail)
    assert "remi" in letter.body and "one hour" in letter.body and "http://localhost/password-resets/" in letter.body


def test_the_answer_never_tells_whether_there_is_an_account(world, visit):  # safety.md 22
    known, unknown = ask(visit(), "remi"), ask(visit(), "nobody")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.data == unknown.data
    assert len(letters()) == 1


def test_whoever_shares_an_address_gets_a_letter_for_each_username(app, world, visit):
    world.lea.email = "remi@example.com"
    world.lea.save()
    ask(visit(), "remi@example.com")
    assert sorted(mail.user_id for mail in letters(to="remi@example.com")) == sorted([world.remi.id, world.lea.id])


def test_whose_access_is_closed_gets_none(world, visit):
    users.deactivate(world.lea, by=world.remi, at=clock.now())
    ask(visit(), "lea")
    assert letters(letter="password_reset") == []


def test_the_new_password_works_and_the_old_one_and_every_session_end(app, world, visit):  # 002-05
    with_password(world.remi)
    browser = visit()
    browser.post("/login", data={"identifier": "remi", "password": PASSWORD})
    path = the_link(app, visit())
    assert 'value="remi"' in visit().get(path).text
    answer = visit().post(path, data={"password": NEW})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert browser.get("/contracts").status_code == 303 and not SignIn.select().exists()
    assert visit().post("/login", data={"identifier": "remi", "password": PASSWORD}).status_code == 422
    assert visit().post("/login", data={"identifier": "remi", "password": NEW}).status_code == 303
    assert Event.get(Event.kind == "user.password_changed").by_id == world.remi.id
    (told,) = letters(letter="password_changed")
    assert told.to == "remi@example.com" and "remi" in read(app, told).body


def test_a_new_password_lets_one_in_whatever_others_typed_meanwhile(app, world, visit):
    path = the_link(app, visit())
    for _ in range(6):
        visit().post("/login", data={"identifier": "remi", "password": "a wrong guess"})
    visit().post(path, data={"password": NEW})
    assert visit().post("/login", data={"identifier": "remi", "password": NEW}).status_code == 303


def test_looking_at_the_link_uses_nothing_up(app, world, visit):
    """Mail scanners open links (X16)."""
    path = the_link(app, visit())
    for _ in range(3):
        assert visit().get(path).status_code == 200
    assert visit().head(path).status_code == 200
    assert not MailedLink.get().used_at


def test_a_link_works_once(app, world, visit):
    path = the_link(app, visit())
    visit().post(path, data={"password": NEW})
    for answer in (visit().get(path), visit().post(path, data={"password": "another plum cake"})):
        assert answer.status_code == 410 and "already used" in answer.text
        assert "/password-resets" in answer.text  # where to ask for a new one
    assert passwords.is_right(world.remi.again().password, NEW)


def test_a_link_works_for_an_hour(app, world, visit, later):
    path = the_link(app, visit())
    later(minutes=59)
    assert visit().get(path).status_code == 200
    later(minutes=2)
    for answer in (visit().get(path), visit().post(path, data={"password": NEW})):
        assert answer.status_code == 410 and "expired" in answer.text


def test_links_nobody_made_open_nothing(world, visit):
    for path in ("/password-resets/abc", "/password-resets/" + "x" * 3000, "/password-resets/%00"):
        answer = visit().get(path)
        assert answer.status_code == 410 and "not complete" in answer.text


def test_a_link_of_another_kind_opens_nothing_here(world, visit):
    secret = links.make(LinkKind.INVITATION, user=world.remi, at=clock.now())
    assert visit().get(f"/password-resets/{secret}").status_code == 410


def test_older_links_end_with_the_first_that_is_used(app, world, visit):
    first, second = the_link(app, visit()), the_link(app, visit())
    visit().post(second, data={"password": NEW})
    assert visit().get(first).status_code == 410


def test_the_secret_is_in_the_letter_and_nowhere_in_the_database(app, world, visit, settings):  # safety.md 18
    path = the_link(app, visit())
    secret = path.rsplit("/", 1)[1]
    assert len(secret) == 43
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"remi@example.com" in settings.database.read_bytes()
    assert secret.encode() not in settings.database.read_bytes()


@pytest.mark.parametrize("weak", ["short", "password1234", "Remi-Durand-2026", "", "x" * 300])
def test_a_weak_password_is_refused_beside_the_field_and_the_link_stays_good(app, world, visit, weak):
    path = the_link(app, visit())
    answer = visit().post(path, data={"password": weak})
    assert answer.status_code == 422 and "field__error" in answer.text and (not weak or weak not in answer.text)
    assert visit().post(path, data={"password": NEW}).status_code == 303


def test_two_who_use_a_link_at_once_set_one_password(app, world, visit, settings):
    secret = links.make(LinkKind.RESET, user=world.remi, at=clock.now())
    at, won = clock.now(), []

    def reset(new):
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            link = links.find(LinkKind.RESET, secret, at)
            ready.wait()
            with suppress(Refused):
                passwords.reset(link, new, at)
                won.append(new)
        db.close()

    tries = [f"plum cake number {n} of many" for n in range(6)]
    ready = threading.Barrier(len(tries))
    threads = [threading.Thread(target=reset, args=(new,)) for new in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and passwords.is_right(world.remi.again().password, won[0])


def test_nobodys_mailbox_is_flooded(world, visit):
    for _ in range(6):
        assert ask(visit(), "remi").status_code == 303  # the same answer all the time
    assert len(letters()) == 3


def test_asking_for_many_accounts_from_one_address_gets_slower(world, visit):
    for number in range(10):
        ask(visit(), f"account{number}")
    answer = ask(visit(), "remi")
    assert answer.status_code == 429 and answer.headers["Retry-After"] and letters() == []


def test_links_in_mails_never_come_from_the_request(app, world, visit):  # safety.md 34
    answer = visit().post("/password-resets", data={"who": "remi"}, headers={"Host": "evil.example"})
    assert answer.status_code == 400 and letters() == []
    visit().post("/password-resets", data={"who": "remi"}, headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in read(app, letters()[0]).body


@pytest.mark.parametrize("who", ["", " ", "x" * 300, "' OR 1=1 --", "%", "remi\r\nBcc: x@evil.example", "😀"])
def test_anything_may_be_typed(world, visit, who):
    assert ask(visit(), who).status_code in (303, 422)
    assert letters() == []
