"""The mailbox of answers (004-26): each letter is committed before it moves away, and none keeps others waiting."""
# ruff: noqa: F811 (fixtures that come from another module)

import imaplib
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from lic import files as disk
from lic import incoming
from lic.models import Attachment, Channel, IncomingMail, Mail
from lic.rules import replies
from tests import mailboxes
from tests.incidents import PNG
from tests.replies import KEPT, LANDED, a_letter, incident, said, to, with_files  # noqa: F401


@pytest.fixture(params=["dovecot", "our own"])
def box(request):
    yield from mailboxes.a_mailbox(request.param)


@pytest.fixture
def reader(box, app, settings, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, imap_url=box.url))
    return incoming.Reader(app, threading.Event())


def test_letters_are_read_from_the_mailbox_and_moved_when_they_are_committed(world, incident, box, reader, monkeypatch):
    box.put(
        a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)),
        with_files(a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), number="two"), ("a.png", PNG)),
        a_letter("stranger@example.com", "reply@house.example", number="three"),
    )
    take, before = incoming.take, []
    monkeypatch.setattr(incoming, "take", lambda *given: (before.append(box.count()), take(*given)))
    reader.work()
    assert before == [3, 2, 1]  # each is still there while it is being taken
    assert (box.count(), box.count("Portal")) == (0, 3)
    assert said() and said(Channel.DISTRIBUTOR) and Attachment.select().count() == 1
    assert [row.state for row in IncomingMail.select().order_by(IncomingMail.id)] == [LANDED, LANDED, KEPT]
    reader.work()
    assert IncomingMail.select().count() == 3


def test_a_large_letter_comes_in_pieces_and_waits_for_room(world, incident, box, reader, monkeypatch, settings):  # X14
    monkeypatch.setattr(incoming, "IN_MEMORY", 2_000)
    monkeypatch.setattr(incoming, "PIECE", 700)
    log = b"disk error\n" * 2_000
    large = with_files(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)), ("a.log", log))
    box.put(large, a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), number="two"))
    with monkeypatch.context() as full:
        full.setattr(disk, "FLOOR", 2**60)
        reader.work()
    assert box.count() == 1 and not said() and said(Channel.DISTRIBUTOR)  # a small one needs none
    reader.work()
    assert box.count() == 0 and said()
    held = Attachment.get()
    assert disk.Store.of(settings).path(held.sha256).read_bytes() == log
    assert [path.name for path in (settings.data / "files").rglob("*") if path.is_file()] == [held.sha256]


def test_a_mailbox_that_was_flooded_is_emptied_by_and_by(world, incident, box, reader, monkeypatch):
    monkeypatch.setattr(incoming, "AT_ONCE", 2)
    reader.work()  # nothing there is no error
    box.put(*(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), n, n) for n in "abc"))
    reader.work()
    assert box.count() == 1 and len(said()) == 2
    reader.work()
    assert box.count() == 0 and len(said()) == 3


def test_a_letter_that_could_not_be_committed_is_read_again(world, incident, box, reader, monkeypatch):
    box.put(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    with monkeypatch.context() as failing:
        failing.setattr(replies, "land", lambda *given: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError):
            reader.work()
    assert box.count() == 1 and not said()
    reader.work()
    assert box.count() == 0 and len(said()) == 1


def test_a_crash_before_it_was_moved_makes_no_second_message(world, incident, box, reader, monkeypatch):
    box.put(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    with monkeypatch.context() as crashing:
        crashing.setattr(incoming, "moved", lambda *given: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(OSError):
            reader.work()
    reader.work()
    assert box.count() == 0 and len(said()) == 1


def not_fetched(monkeypatch, error):
    part = incoming._part

    def broken(box, number, what):
        if number == b"1":
            raise error
        return part(box, number, what)

    monkeypatch.setattr(incoming, "_part", broken)


def test_a_letter_the_mail_server_cannot_give_keeps_no_other_waiting(world, incident, box, reader, monkeypatch):
    box.put(*(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), n, n) for n in "ab"))
    with monkeypatch.context() as patched:
        not_fetched(patched, imaplib.IMAP4.error("NO [SERVERBUG] damaged"))
        with pytest.raises(imaplib.IMAP4.error):
            reader.work()
    assert box.count() == 1 and [body for _, body in said()] == ["b"]
    reader.work()
    assert box.count() == 0 and [body for _, body in said()] == ["b", "a"]


def test_a_mail_server_that_goes_away_ends_the_round(world, incident, box, reader, monkeypatch):
    box.put(*(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), n, n) for n in "ab"))
    not_fetched(monkeypatch, TimeoutError("timed out"))
    with pytest.raises(TimeoutError):
        reader.work()
    assert box.count() == 2 and not said()


def test_a_letter_that_cannot_be_taken_keeps_no_other_waiting(world, incident, box, reader, monkeypatch):
    """Whatever is wrong with it, or with the portal: it stays, and those behind it are read."""
    box.put(
        a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)),
        a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), number="two"),
    )
    judge = replies.judge

    def broken(letter, key):
        return judge(letter, key) if letter.message_id.startswith("two") else 1 / 0

    with monkeypatch.context() as patched:
        patched.setattr(replies, "judge", broken)
        with pytest.raises(ZeroDivisionError):
            reader.work()
    assert (box.count(), box.count("Portal")) == (1, 1) and not said() and said(Channel.DISTRIBUTOR)
    reader.work()
    assert (box.count(), box.count("Portal")) == (0, 2) and said()


def test_a_letter_that_goes_while_it_comes_is_not_taken_in_part(world, incident, box, reader, monkeypatch):
    monkeypatch.setattr(incoming, "PIECE", 100)
    box.put(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    part, pieces = incoming._part, []

    def gone(at, number, what):
        pieces.append(what)
        if len(pieces) == 3:
            other = box.talk()
            other.select("INBOX")
            other.store("1", "+FLAGS", r"(\Deleted)")
            other.expunge()
            other.logout()
            return b""
        return part(at, number, what)

    monkeypatch.setattr(incoming, "_part", gone)
    monkeypatch.setattr(incoming, "size_of", lambda at, number: 5_000 if not pieces else None)
    reader.work()
    assert len(pieces) == 3 and not IncomingMail.select().exists() and not said()


def test_what_others_deleted_in_the_mailbox_is_not_expunged_with_ours(world, incident, app, settings, monkeypatch):
    """A server without MOVE and UIDPLUS; the letter was not taken yet."""
    with contextmanager(mailboxes.our_own)() as box:
        monkeypatch.setitem(app.config, "SETTINGS", replace(settings, imap_url=box.url))
        reader = incoming.Reader(app, threading.Event())
        box.put(*(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), n, n) for n in ("one", "two")))
        other = box.talk()
        other.select("INBOX")
        other.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        reader.work()
        assert said() == [(world.claire.id, "two")] and (box.count(), box.count("Portal")) == (2, 1)
        reader.work()
        assert len(said()) == 1 and IncomingMail.select().count() == 1


def _all_of(source):
    source.seek(0)
    return source.read()


def test_a_letter_too_large_to_fetch_is_noted_and_stays_in_the_mailbox(world, incident, box, reader, monkeypatch):
    """Nothing but the beginning of its head comes into memory; it waits in its folder, and its writer is told."""
    monkeypatch.setattr(incoming, "LARGEST", 300)
    box.put(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), "x" * 1_000_000))
    taken, take = [], incoming.take
    monkeypatch.setattr(incoming, "take", lambda *given: (taken.append(_all_of(given[0])), take(*given)))
    reader.work()
    (head,) = taken
    assert len(head) < 2_000 and b"Message-ID" in head and b"xxx" not in head
    row = IncomingMail.get()
    assert (row.state, row.sha256, box.count("Portal"), box.count()) == (KEPT, None, 1, 0)
    assert replies.unpack(row.why) == replies.TOO_LARGE and not said()
    assert Mail.select().where(Mail.letter == "reply_refused").get().user == world.claire
    reader.work()
    assert IncomingMail.select().count() == 1


def test_the_thread_survives_a_mail_server_that_is_away(app, settings, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, imap_url="imap://a:b@127.0.0.1:1/"))
    reader = incoming.Reader(app, threading.Event())
    monkeypatch.setattr(reader, "rest", reader.stopping.set)
    reader.run()
