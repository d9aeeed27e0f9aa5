"""Letters through a real mail server on this machine: slow, away, refusing, coming back (safety.md 28, 51)."""

import re
import socket
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from lic import mail
from lic.models import EVERYBODY, Mail, MailedLink, MailState, db, scope, tx
from lic.rules import journal, mails
from lic.rules.journal import Tell
from lic.web import clock
from tests.conftest import NOON
from tests.mail_server import Mailbox


@pytest.fixture
def outbox(portal_with_mail):
    box = mail.Outbox(portal_with_mail, threading.Event())
    thread = threading.Thread(target=box.run)
    box.start, box.stop = thread.start, lambda: box.stopping.set() or thread.join(5)
    yield box
    if thread.ident:
        box.stop()
        assert not thread.is_alive()


@pytest.fixture
def order_told(world, monkeypatch):
    monkeypatch.setitem(journal.TELLS, "contract.extended", (Tell(lambda c, e: [world.remi], letter="event"),))
    return world


def tell(world, ends_on="2030-12-31", **values):
    journal.record("contract.extended", world.contract, world.diane, clock.now(), after={"ends_on": ends_on} | values)
    return Mail.select().order_by(Mail.id.desc()).get()


def work(outbox):
    """One round, as the thread does it."""
    outbox.work()


def until(what, seconds=5):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


# --- what a letter is --------------------------------------------------------------------------


class _Postman(Mailbox):
    """A mail server that sends back what it cannot deliver, as much of it as it is asked for (RFC 3461)."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]]


class _TellsOfDelivery(SMTP):
    def _getparams(self, params):
        given = super()._getparams(params)
        self.event_handler.asked = given.pop("RET", None) or self.event_handler.asked
        return given


def test_a_letter_that_cannot_be_delivered_comes_back_without_its_words(order_told, outbox, port):  # 002-46
    """To the house, that is, which reads neither what others write to each other nor the links made for them."""
    box = _Postman()
    box.asked = None
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.factory = lambda: _TellsOfDelivery(box, hostname="127.0.0.1")
    server.start()
    try:
        tell(order_told)
        work(outbox)
    finally:
        server.stop()
    assert len(box.arrived) == 1 and box.asked == "HDRS"


def test_a_letter_arrives_in_its_readers_language(order_told, outbox, mailbox):  # 003-04
    tell(order_told)
    work(outbox)
    (letter,) = mailbox.arrived
    assert letter["To"] == "Rémi Durand <remi@example.com>"
    assert letter["Subject"] == "[Extension] Contract no. 29962"
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Content-Language"] == "en"
    assert letter["From"] == "Distributeur <portal@portal.example>"  # the house has no address of its own here
    assert re.fullmatch(r"<[0-9a-f]{32}@portal\.example>", letter["Message-ID"])
    assert abs(letter["Date"].datetime.timestamp() - time.time()) < 60
    body = letter.get_content().replace("\r\n", "\n")
    assert body.startswith("Hello Rémi,\n\nExtended: protected until 31/12/2030.\n\n")
    assert body.endswith("\n\n-- \nDistributeur\nhttps://portal.example\n0472\n")


def test_the_house_writes_from_its_own_address(order_told, outbox, mailbox):
    with tx():
        order_told.house.email = "contact@house.example"
        order_told.house.save()
    tell(order_told)
    work(outbox)
    assert mailbox.arrived[0]["From"] == "Distributeur <contact@house.example>"


def test_no_name_adds_a_header(order_told, outbox, mailbox):  # safety.md 51
    with tx():
        order_told.remi.first_name = "Rémi\r\nBcc: all@example.com"
        order_told.remi.save()
        order_told.house.name = "House\nX-Evil: 1"
        order_told.house.save()
    tell(order_told)
    work(outbox)
    (letter,) = mailbox.arrived
    assert letter["Bcc"] is None and letter["X-Evil"] is None
    assert letter["From"].startswith('"House X-Evil: 1"')


def test_a_link_in_a_letter_works_once_and_stands_in_no_table(
    portal_with_mail, order_told, outbox, mailbox, monkeypatch
):
    template = portal_with_mail.jinja_env.from_string(
        "{% block subject %}New password{% endblock %}{% block body %}{{ link('reset') }}{% endblock %}"
    )
    get = portal_with_mail.jinja_env.get_template
    monkeypatch.setattr(
        portal_with_mail.jinja_env,
        "get_template",
        lambda name, *a: template if name == "mail/own.txt" else get(name, *a),
    )
    with tx():
        journal.write("own", order_told.remi, clock.now())
    assert not MailedLink.select().exists()
    work(outbox)
    address = re.search(r"https://portal\.example/password-resets/(\S+)", mailbox.arrived[0].get_content())
    assert MailedLink.get().user == order_told.remi
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    from pathlib import Path

    assert address.group(1).encode() not in Path(db.database).read_bytes()


def test_a_person_who_left_gets_no_more_letters(order_told, outbox, mailbox):
    letter = tell(order_told)
    with tx():
        order_told.remi.active = False
        order_told.remi.save()
    work(outbox)
    assert not mailbox.arrived and letter.again().state is MailState.DEAD


# --- sending -----------------------------------------------------------------------------------


def test_what_is_sent_is_sent_once(order_told, outbox, mailbox):
    letters = [tell(order_told, f"203{n}-01-01") for n in range(5)]
    for _ in range(3):
        work(outbox)
    assert len(mailbox.arrived) == 5
    assert [m.again().state for m in letters] == [MailState.SENT] * 5


def test_the_thread_is_woken_by_what_is_recorded_and_keeps_the_order(order_told, outbox, mailbox):
    outbox.start()
    for n in range(6):
        tell(order_told, f"203{n}-01-01")
    until(lambda: len(mailbox.arrived) == 6)
    assert [re.search(r"\d\d/\d\d/\d{4}", m.get_content()).group()[-4:] for m in mailbox.arrived] == [
        f"203{n}" for n in range(6)
    ]
    until(lambda: Mail.select().where(Mail.state == MailState.SENT).count() == 6)
    outbox.stop()


def test_a_fact_that_was_undone_writes_no_letter(order_told, outbox, mailbox):
    with pytest.raises(ZeroDivisionError), tx():
        tell(order_told)
        raise ZeroDivisionError
    work(outbox)
    assert not mailbox.arrived and not Mail.select().exists()


def test_nobody_waits_for_a_slow_server(order_told, outbox, mailbox):
    mailbox.pause = 1.5
    outbox.start()
    tell(order_told)
    until(lambda: Mail.get().state is MailState.SENDING)
    began = time.perf_counter()
    tell(order_told)
    assert time.perf_counter() - began < 0.3
    mailbox.pause = 0
    until(lambda: len(mailbox.arrived) == 2)


def test_a_server_slower_than_the_time_out_is_still_given_each_letter_once(order_told, outbox, mailbox, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT", 0.4)
    mailbox.pause = 1
    tell(order_told)
    work(outbox)
    work(outbox)
    assert len(mailbox.arrived) == 1 and Mail.get().state is MailState.SENT


def test_a_server_that_never_answers_is_left_after_the_time_out(order_told, outbox, port, monkeypatch):
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    letter = tell(order_told)
    with socket.create_server(("127.0.0.1", port)):
        began = time.perf_counter()
        work(outbox)
        assert time.perf_counter() - began < 2
    letter = letter.again()
    assert letter.state is MailState.WAITING and letter.attempts == 1 and letter.error.startswith(mail.AWAY)


def test_letters_wait_for_a_server_that_is_away_and_go_when_it_is_back(order_told, outbox, port):
    letters = [tell(order_told), tell(order_told)]
    work(outbox)
    assert [(m.again().state, m.again().attempts) for m in letters] == [(MailState.WAITING, 1)] * 2
    assert letters[0].again().next_at > clock.utcnow() + timedelta(seconds=50)
    work(outbox)
    assert letters[0].again().attempts == 1  # not before its time

    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        tell(order_told)  # a new letter finds that it is back, and takes the others along
        work(outbox)
        assert len(box.arrived) == 3
    finally:
        server.stop()
    assert {m.state for m in Mail.select()} == {MailState.SENT}


def test_a_refused_letter_is_tried_again_later_with_the_same_number(order_told, outbox, mailbox):
    letter = tell(order_told)
    mailbox.answers = ["451 try again later"]
    work(outbox)
    letter = letter.again()
    assert (letter.state, letter.error) == (MailState.WAITING, "451 try again later")
    number = letter.message_id
    due_again(letter)
    work(outbox)
    assert mailbox.arrived[0]["Message-ID"] == f"<{number}@portal.example>" and letter.again().error == ""


def due_again(letter):
    with tx():
        Mail.update(next_at=clock.utcnow()).where(Mail.id == letter.id).execute()


def test_one_refused_letter_holds_nobody_else_up(order_told, outbox, mailbox):
    first = tell(order_told)
    with tx():
        journal.write("event", order_told.anne, clock.now(), event=journal.Event.get())
    mailbox.answers = ["550 no such person"]
    work(outbox)
    assert [m["To"] for m in mailbox.arrived] == ["Anne Morel <anne@example.com>"]
    assert first.again().state is MailState.WAITING


def test_a_persons_later_letter_lets_the_earlier_one_go_first_but_not_for_ever(order_told, outbox, mailbox):
    first, later = tell(order_told, "2031-01-01"), tell(order_told, "2032-01-01")
    mailbox.answers = ["451 busy"]
    work(outbox)
    assert not mailbox.arrived and later.again().attempts == 0
    with tx():
        Mail.update(attempts=mail.IN_TURN + 1).where(Mail.id == first.id).execute()
    work(outbox)
    assert len(mailbox.arrived) == 1 and later.again().state is MailState.SENT


def test_after_three_days_it_is_given_up_and_can_be_sent_again(order_told, outbox, mailbox):
    letter = tell(order_told)
    waited = timedelta()
    while letter.again().state is not MailState.DEAD:
        mailbox.answers = ["550 no such person"]
        due_again(letter)
        work(outbox)
        waited += max(letter.again().next_at - clock.utcnow(), timedelta()) + timedelta(seconds=1)
    assert timedelta(days=3) - timedelta(hours=7) < waited < timedelta(days=3, hours=7)
    mailbox.answers = []
    mails.send_again(letter, True, order_told.diane, NOON)
    due_again(letter)
    work(outbox)
    assert letter.again().state is MailState.SENT


def test_a_letter_nobody_can_compose_does_not_stop_the_others(order_told, outbox, mailbox):
    with tx():
        broken = journal.write("no_such_letter", order_told.remi, clock.now())
        journal.write("event", order_told.anne, clock.now(), event=tell(order_told).event)
    work(outbox)
    assert len(mailbox.arrived) >= 1 and broken.again().state is MailState.WAITING
    assert "no_such_letter" in broken.again().error


# --- a server that wants a password ------------------------------------------------------------


@pytest.fixture
def guarded(port):
    """A mail server that lets in who knows the password."""
    box = Mailbox()

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"portal@x", b"p:ss/word"))

    options = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def with_password(portal_with_mail, port, monkeypatch):
    chosen = replace(portal_with_mail.config["SETTINGS"], smtp_url=f"smtp://portal%40x:p%3Ass%2Fword@127.0.0.1:{port}")
    monkeypatch.setitem(portal_with_mail.config, "SETTINGS", chosen)


def test_the_password_of_the_mail_server_is_given(order_told, guarded, with_password, outbox):
    tell(order_told)
    work(outbox)
    assert len(guarded.arrived) == 1


def test_the_password_never_leaves_this_machine_unencrypted(order_told, guarded, with_password, outbox, monkeypatch):
    monkeypatch.setattr(mail, "LOCAL", set())
    letter = tell(order_told)
    work(outbox)
    assert not guarded.arrived and "no encryption" in letter.again().error


# --- crashes -----------------------------------------------------------------------------------


def test_a_letter_a_crash_left_half_sent_goes_again_under_its_number(order_told, outbox, mailbox):
    letter = tell(order_told)
    assert mail.claim().id == letter.id and letter.again().state is MailState.SENDING
    work(outbox)  # as after a start
    assert [m["Message-ID"] for m in mailbox.arrived] == [f"<{letter.message_id}@portal.example>"]


def test_a_letter_that_went_while_the_disk_was_full_is_not_sent_again(order_told, outbox, mailbox, monkeypatch):
    tell(order_told)
    done, full = mail.done, [True, True]

    def sometimes(letter):
        if full:
            full.pop()
            raise OSError("disk is full")
        done(letter)

    monkeypatch.setattr(mail, "done", sometimes)
    for _ in range(4):
        try:
            work(outbox)
        except OSError:
            continue
    assert len(mailbox.arrived) == 1 and Mail.get().state is MailState.SENT


def test_stopping_finishes_the_letter_at_hand(order_told, outbox, mailbox):
    mailbox.pause = 0.5
    tell(order_told), tell(order_told)
    outbox.start()
    until(lambda: Mail.select().where(Mail.state == MailState.SENDING).exists())
    outbox.stop()
    assert sorted(m.state.value for m in Mail.select()) == ["sent", "waiting"]


# --- without a mail server ---------------------------------------------------------------------


def test_without_a_mail_server_letters_are_kept(order_told, portal_with_mail, settings, monkeypatch):
    monkeypatch.setitem(portal_with_mail.config, "SETTINGS", settings)
    letter = tell(order_told)
    mail.Outbox(portal_with_mail, threading.Event()).work()
    assert letter.again().state is MailState.KEPT
    with scope(EVERYBODY):
        assert mail.compose(portal_with_mail, letter, NOON).subject == "[Extension] Contract no. 29962"
