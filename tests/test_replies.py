"""Answers by mail (004-26): each lands in the right messages, or is kept aside; none is lost, none is guessed."""
# ruff: noqa: F811 (fixtures that come from another module)

from dataclasses import replace
from io import BytesIO

import pytest

from lic import files as disk
from lic import incoming, mail
from lic.models import (
    Attachment,
    Channel,
    CustomerMessage,
    DistributorMessage,
    Event,
    IncomingMail,
    IncomingState,
    Mail,
    Notification,
    StagedFile,
)
from lic.rules import incidents, replies
from lic.web import clock
from tests.conftest import NOON, on
from tests.incidents import PNG, a_message
from tests.replies import BASE, KEPT, KEY, LANDED, a_letter, arrive, incident, said, store, to, with_files  # noqa: F401

# --- it lands ----------------------------------------------------------------------------------


def test_an_answer_lands_in_the_messages_its_address_names(world, incident, arrive):
    row = arrive(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    assert said() == [(world.claire.id, "The disk is red.")] and not DistributorMessage.select().exists()
    assert (row.state, row.incident, row.channel, row.sha256) == (LANDED, incident.number, "customer", None)


def test_the_resellers_two_channels_stay_two(world, incident, arrive):  # 002-46
    arrive(a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), "For you"))
    arrive(a_letter(world.remi, to(incident, Channel.CUSTOMER, world.remi), "For them", number="two"))
    assert said(Channel.DISTRIBUTOR) == [(world.remi.id, "For you")] and said() == [(world.remi.id, "For them")]


def test_an_answer_does_what_a_message_does(world, incident, arrive):
    incidents.move(incident, incidents.RESOLVED, world.remi, NOON)
    arrive(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    assert incident.again().state is incidents.IN_PROGRESS
    told = Notification.select().join(Event).where(Event.kind == "incident.customer_message")
    assert {notification.user_id for notification in told} == {world.remi.id}


def test_the_same_letter_lands_once(world, incident, arrive):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    arrive(letter)
    arrive(b"Received: from another way\r\n" + bytes(letter))
    assert len(said()) == 1 and IncomingMail.select().count() == 1


def test_other_words_under_the_same_number_are_kept_aside(world, incident, arrive):
    address = to(incident, Channel.CUSTOMER, world.claire)
    arrive(a_letter(world.claire, address))
    assert arrive(a_letter(world.claire, address, "Something else")).state is KEPT
    assert len(said()) == 1


def test_the_letters_of_the_portal_say_where_answers_go(world, incident, app, settings, monkeypatch):
    with_box = replace(settings, imap_url="imap://a:b@127.0.0.1/", reply_to="support@house.example")
    monkeypatch.setitem(app.config, "SETTINGS", with_box)
    a_message(incident, Channel.CUSTOMER, world.claire)
    a_message(incident, Channel.DISTRIBUTOR, world.remi)
    sent, goes_to = {}, {}
    for row in Mail.select():
        letter = mail.message(app, row, mail.compose(app, row, NOON))
        sent[row.user.identifier, row.letter] = letter["Reply-To"]
        assert ("You can answer this letter" in letter.get_content()) == bool(letter["Reply-To"])
        assert ("Do not answer this letter" in letter.get_content()) != bool(letter["Reply-To"])
        goes_to[row.user.identifier, row.event.kind] = letter.get_content().partition("Your answer goes to: ")[2][:30]
    places = {who: replies.places(app.config["SECRET_KEY"], [str(to)])[0] for who, to in sent.items() if to}
    for (who, _), (place,) in places.items():
        assert place == replies.Place(incident.number, place.channel, getattr(world, who).id)
    assert {(who, letter): place.channel for (who, letter), (place,) in places.items()}.items() >= {
        ("remi", "incident_message"): Channel.CUSTOMER,
        ("diane", "incident_message"): Channel.DISTRIBUTOR,
        ("diane", "incident_declared"): Channel.DISTRIBUTOR,
    }.items()
    readers = {person: said.splitlines()[0] for person, said in goes_to.items() if said}
    assert readers["remi", "incident.customer_message"] == "Claire Test"
    assert (
        readers["diane", "incident.distributor_message"] == "Rémi Durand"
        and ("remi", "incident.declared") not in readers
    )
    assert sent["remi", "incident_declared"] is None  # which of the two nobody can say
    assert all(len(str(to).partition("@")[0]) <= 64 and str(to).startswith("support+") for to in sent.values() if to)


def test_without_a_mailbox_nobody_is_invited_to_answer(world, incident, app):
    for row in Mail.select():
        assert mail.message(app, row, mail.compose(app, row, NOON))["Reply-To"] is None


# --- it does not -------------------------------------------------------------------------------


def claires(world, incident, key=KEY):
    return replies.address(key, BASE, incident, Channel.CUSTOMER, world.claire)


@pytest.mark.parametrize(
    "why, letter",
    [
        (replies.OTHER_SENDER, lambda w, i: a_letter(w.remi, claires(w, i))),
        (replies.OTHER_SENDER, lambda w, i: a_letter("x@x.fr, claire@example.com", claires(w, i))),
        (replies.OTHER_SENDER, lambda w, i: a_letter('"claire@example.com" <x@x.fr>', claires(w, i))),
        (replies.WRONG_ADDRESS, lambda w, i: a_letter(w.claire, claires(w, i).replace(".c.", ".d."))),
        (replies.WRONG_ADDRESS, lambda w, i: a_letter(w.claire, claires(w, i, "other"))),
        (replies.WRONG_ADDRESS, lambda w, i: a_letter(w.claire, f"reply+{i.number}@house.example")),
        (replies.NO_ADDRESS, lambda w, i: a_letter(w.claire, "reply@house.example")),
        (
            replies.TWO_ADDRESSES,
            lambda w, i: a_letter(
                w.remi, f"{to(i, Channel.CUSTOMER, w.remi)}, {to(i, Channel.DISTRIBUTOR, w.remi)}"
            ),
        ),
        (
            replies.TWO_ADDRESSES,
            lambda w, i: a_letter(
                w.remi, to(i, Channel.DISTRIBUTOR, w.remi), Cc=replies.address("old", BASE, i, Channel.CUSTOMER, w.remi)
            ),
        ),
        (
            replies.NOT_SURE,
            lambda w, i: a_letter(
                w.claire, claires(w, i), Authentication_Results="mx; dmarc=fail; spf=pass"
            ),
        ),
    ],
)  # fmt: skip
def test_whatever_does_not_fit_is_kept_aside(world, incident, arrive, store, why, letter):
    letter = letter(world, incident)
    row = arrive(letter)
    assert row.state is KEPT and replies.unpack(row.why).message == why.message
    assert not CustomerMessage.select().exists() and not DistributorMessage.select().exists()
    assert store.path(row.sha256).read_bytes() == bytes(letter)
    disk.sweep(store, NOON)
    assert store.path(row.sha256).exists()


def test_what_went_to_an_address_of_another_key_stays_between_those_it_names(world, incident, arrive):  # 002-46
    """The portal's key was another before a restore, or a mail program broke the address: its words are theirs."""
    row = arrive(a_letter(world.claire, claires(world, incident, "other")))
    assert (row.incident, row.channel, row.user_id, row.subject) == (incident.number, "customer", None, "")
    assert replies.why_not_read(row).rule == "002-46"
    near = replies.address("other", BASE, incident, Channel.DISTRIBUTOR, world.remi)
    row = arrive(a_letter(world.remi, near, number="near"))
    assert row.incident is None and row.subject and not replies.why_not_read(row)


def test_an_address_names_no_channel_its_person_has_no_part_in(world, incident, arrive):
    """Were one ever signed: the rules of the page hold for letters too."""
    for person, channel in (
        *((world.claire, Channel.DISTRIBUTOR), (world.diane, Channel.CUSTOMER)),
        *((world.anne, Channel.CUSTOMER), (world.lea, Channel.CUSTOMER)),
    ):
        assert arrive(a_letter(person, to(incident, channel, person), number=person.identifier)).state is KEPT
    assert not said() and not said(Channel.DISTRIBUTOR)


def test_who_answers_too_late_is_told_and_the_letter_is_kept(world, incident, arrive, monkeypatch, app):
    incidents.move(incident, incidents.RESOLVED, world.remi, NOON)
    incidents.close_resolved(on(NOON.day.replace(month=12, day=8)))
    monkeypatch.setattr(clock, "now", lambda: on(NOON.day.replace(year=2027)))
    row = arrive(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)))
    assert row.state is KEPT and not said()
    (told,) = Mail.select().where(Mail.letter == "reply_refused")
    assert told.to == "claire@example.com"
    assert "This incident was closed on 08/12/2026." in mail.compose(app, told, NOON).body


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<news.example>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_what_machines_write_is_ignored(world, incident, arrive, headers):
    row = arrive(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), **headers))
    assert row.state is IncomingState.IGNORED and not said()
    assert not Mail.select().where(Mail.letter == "reply_refused").exists()


def test_our_own_letters_that_come_back_are_ignored(world, incident, arrive):
    ours = Mail.select().first()
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    letter.replace_header("Message-ID", f"<{ours.message_id}@localhost>")
    assert arrive(letter).state is IncomingState.IGNORED


def test_a_bounce_is_ignored(arrive):
    assert arrive(a_letter("MAILER-DAEMON@example.com", "reply@house.example")).state is IncomingState.IGNORED


NONSENSE = [b"", b"\0\xff\xfe", b"From: =?x?q?=FF?=\r\nContent-Type: multipart/mixed\r\n\r\n--", b"x" * 5000]


@pytest.mark.parametrize("raw", NONSENSE)
def test_nonsense_is_kept_and_harms_nothing(app, world, store, raw):
    incoming.take(BytesIO(raw or b"\r\n"), store, KEY)
    assert IncomingMail.get().state is KEPT


# --- files -------------------------------------------------------------------------------------


def test_files_come_along(world, incident, arrive, store):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    arrive(with_files(letter, ("photo.png", PNG), ("../journal.log", b"red\n")))
    held = {file.name: file for file in Attachment.select()}
    assert set(held) == {"photo.png", "journal.log"} and held["photo.png"].type == "image/png"
    assert {file.channel for file in held.values()} == {Channel.CUSTOMER}
    assert store.path(held["photo.png"].sha256).read_bytes() == PNG and not StagedFile.select().exists()


REFUSED = [("a.pdf", b"MZ\x90\0" + b"\0" * 60), ("a.log", b"x" * 20_971_521), ("a.txt", b"")]


@pytest.mark.parametrize("name, content", REFUSED)
def test_a_file_that_is_not_accepted_keeps_the_letter_aside_and_is_told(world, incident, arrive, store, name, content):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    row = arrive(with_files(letter, ("photo.png", PNG), (name, content)))
    assert row.state is KEPT and not said() and not Attachment.select().exists()
    assert not StagedFile.select().exists() and store.parts() == []
    assert [p.name for p in store.folder.glob("??/*")] == [row.sha256]
    assert Mail.select().where(Mail.letter == "reply_refused").count() == 1


def test_a_full_disk_leaves_the_letter_where_it_is(world, incident, store, monkeypatch):
    monkeypatch.setattr(disk, "FLOOR", 2**60)
    with pytest.raises(OSError):
        incoming.take(BytesIO(bytes(a_letter(world.claire, "reply@house.example"))), store, KEY)
    assert not IncomingMail.select().exists()


# --- kept aside --------------------------------------------------------------------------------


def test_strangers_fill_no_disk(world, incident, arrive, store, monkeypatch):  # safety.md 40
    monkeypatch.setattr(replies, "STRANGERS", 1_500)
    kept = [arrive(a_letter("x@x.example", "reply@house.example", "x" * 900, number=str(n))) for n in range(3)]
    assert [bool(row.sha256) for row in kept] == [True, False, False]
    assert {row.state for row in kept} == {KEPT}  # what is not here waits in the mailbox
    assert replies.why_not_put(kept[1]) == replies.TOO_LARGE
    assert arrive(a_letter(world.remi, claires(world, incident), number="known")).sha256


def test_why_it_is_kept_is_said_in_the_readers_numbers(world, incident, arrive, visit):  # R10
    arrive(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), "word " * 4001))
    assert "A message has at most 20,000 characters." in visit(world.diane).get("/mails/incoming").text
