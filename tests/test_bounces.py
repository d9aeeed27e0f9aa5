"""Bounces and machines' answers: what they quote becomes no message, and is read by nobody it was not for (002-46)."""
# ruff: noqa: F811 (fixtures that come from another module)

import base64
from dataclasses import replace
from email.message import EmailMessage

import pytest

from lic import files as disk
from lic import mail
from lic.models import Channel, IncomingMail, IncomingState, Mail, tx
from lic.rules import digests, letters, replies
from tests.conftest import NOON
from tests.incidents import a_message, an_incident
from tests.replies import BASE, KEPT, a_letter, arrive, incident, said, store, to  # noqa: F401

HOUSE = "reply@house.example"
WORD = "blaubeere"


@pytest.fixture
def ours(world, incident, app, settings, monkeypatch):
    """`ours(channel, by)`: the letter that tells of a message, as it went over the wire; its words are `blaubeere`."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, imap_url="imap://a:b@127.0.0.1/", reply_to=BASE))

    def sent(channel=Channel.CUSTOMER, by=world.claire, about=incident):
        a_message(about, channel, by, WORD)
        row = Mail.select().where(Mail.letter == "incident_message").order_by(Mail.id.desc()).get()
        return as_sent(app, row)

    return sent


def as_sent(app, row):
    return bytes(mail.message(app, row, mail.compose(app, row, NOON)))


def head_of(letter):
    return letter.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def raw(headers, body):
    """A letter of the house's mailbox, put together by hand as mail servers do."""
    lines = "\r\n".join(f"{name}: {value}" for name, value in ({"To": HOUSE, "Message-ID": "<1@mx>"} | headers).items())
    return lines.encode() + b"\r\n\r\n" + body


def report(letter, say, whole=True, **headers):
    """A multipart/report (RFC 3462), with the letter or its head."""
    kind = b"message/rfc822" if whole else b"text/rfc822-headers"
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + say
    body += b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    body += b"Final-Recipient: rfc822; remi@example.com\r\n"
    body += b"\r\n--b\r\nContent-Type: " + kind + b"\r\n\r\n"
    body += (letter if whole else head_of(letter)) + b"\r\n--b--\r\n"
    return raw({"Content-Type": 'multipart/report; report-type="delivery-status"; boundary=b'} | headers, body)


QMAIL = b"Hi. This is the qmail-send program at mx.example.\r\nI wasn't able to deliver your message.\r\n\r\n"
EXIM = b"This message was created automatically by mail delivery software.\r\n\r\n------ This is a copy ------\r\n\r\n"
CLASSIC = {  # what each says of itself
    "Postfix": lambda letter: report(
        letter, b"I'm sorry to have to inform you", From="MAILER-DAEMON@mx.example (Mail Delivery System)"
    ),
    "Postfix, its head only": lambda letter: report(letter, b"Sorry", False, From="MAILER-DAEMON@mx.example"),
    "Exchange": lambda letter: report(
        letter,
        b"Your message to remi@example.com couldn't be delivered.",
        From="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>",
        Subject="Undeliverable: [New message] Incident no. 26112201",
    ),
    "Exchange, sent on as text": lambda letter: raw(
        {"From": "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com"}, b"Undeliverable\r\n\r\n" + letter
    ),
    "Gmail": lambda letter: report(
        letter,
        b"** Address not found **",
        From="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        **{"Auto-Submitted": "auto-replied", "X-Failed-Recipients": "remi@example.com"},
    ),
    "Exim": lambda letter: raw(
        {"From": "Mail Delivery System <bounces@mx.example>", "X-Failed-Recipients": "remi@example.com"}, EXIM + letter
    ),
    "qmail": lambda letter: raw({"From": "support@mx.example", "Return-Path": "<>"}, QMAIL + letter),
    "a mailbox that notes who sent nothing": lambda letter: raw(
        {"From": "bounces@mx.example", "Return-Path": "<MAILER-DAEMON>"}, QMAIL + letter
    ),
    "a holiday, in German Outlook": lambda letter: raw(
        {"From": "remi@example.com", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}, letter
    ),
    **{
        subject: lambda letter, subject=subject: raw({"From": "remi@example.com", "Subject": subject}, b"Back in May.")
        for subject in (
            *("Automatic reply: [New message] Incident", "Out of Office: Re: [New message]"),
            *("=?utf-8?q?R=C3=A9ponse_automatique_=3A_=5BNew=5D?=", "=?utf-8?q?Resposta_autom=C3=A1tica=3A_x?="),
        )
    },
}


@pytest.mark.parametrize("address", ["the house's", "the answer's"])
@pytest.mark.parametrize("server", CLASSIC)
def test_a_bounce_is_ignored_wherever_it_arrives(world, incident, arrive, visit, ours, server, address):
    letter = CLASSIC[server](ours())
    if address != "the house's":
        letter = letter.replace(HOUSE.encode(), to(incident, Channel.CUSTOMER, world.remi).encode(), 1)
    before = said()
    row = arrive(letter)
    assert (row.state, row.sha256) == (IncomingState.IGNORED, None)
    assert said() == before and not said(Channel.DISTRIBUTOR)
    assert not Mail.select().where(Mail.letter == "reply_refused").exists()  # machines are not answered
    is_shown_nowhere(visit(world.diane), row)


@pytest.mark.parametrize("subject", ["Re: Automatic reply: no", "Auto : mon NAS", "Bounce", "Undeliverable goods"])
def test_a_person_may_write_of_such_things(world, incident, arrive, subject):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    letter.replace_header("Subject", subject)
    assert arrive(letter).state is IncomingState.LANDED and said()


def is_shown_nowhere(browser, row):
    state = "" if row.state is KEPT else row.state.value
    for url in ("/mails/incoming", f"/mails/incoming?state={state}", f"/mails/incoming/{row.id}", "/audit"):
        answer = browser.get(url)
        assert answer.status_code == 200 and WORD not in answer.text, url


# --- those that look like anybody's letter --------------------------------------------------------


def a_forward(kind, content, how="7bit"):
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nFwd\r\n--b\r\nContent-Type: " + kind
    body += b"\r\nContent-Transfer-Encoding: " + how.encode() + b"\r\n\r\n" + content + b"\r\n--b--\r\n"
    return raw({"From": "post@elsewhere.example", "Content-Type": "multipart/mixed; boundary=b"}, body)


def number_only(letter):
    """What leaves nothing of a letter but its words and its number."""
    number = next(line for line in letter.split(b"\r\n") if line.startswith(b"Message-ID"))
    return number + b"\r\n\r\n" + letter.partition(b"\r\n\r\n")[2]


DISGUISED = {
    "within its text": lambda letter: raw({"From": "post@elsewhere.example"}, b"Not delivered:\r\n\r\n" + letter),
    "as a letter": lambda letter: a_forward(b"message/rfc822", letter),
    "as a text file": lambda letter: a_forward(b"text/plain; name=a.txt", base64.encodebytes(letter), "base64"),
    "as a page": lambda letter: raw(
        {"From": "post@elsewhere.example", "Content-Type": "text/html"},
        b"<p>Not delivered</p><pre>" + letter.replace(b"<", b"&lt;").replace(b"+", b"&#43;") + b"</pre>",
    ),
    "but for its number": lambda letter: raw({"From": "post@elsewhere.example"}, b"Fwd\r\n" + number_only(letter)),
    "as an answer": lambda letter: raw(
        {"From": "claire@home.example", "In-Reply-To": letter.partition(b"Message-ID: ")[2].split(b"\r\n")[0].decode()},
        WORD.encode(),
    ),
    "with its head torn": lambda letter: b"\r\nno header\r\n" + letter,
    "with too many addresses to read": lambda letter: raw({"From": "x@y.example", "Cc": "(" * 5_000}, letter),
}


@pytest.mark.parametrize("how", DISGUISED)
def test_words_of_a_customer_within_a_letter_are_still_not_the_distributors(
    world, incident, arrive, visit, ours, how
):
    before = said() + [(world.claire.id, WORD)]
    row = arrive(DISGUISED[how](ours()))
    assert (row.state, row.incident, row.channel, row.subject) == (KEPT, incident.number, "customer", "")
    assert replies.why_not_read(row).rule == "002-46"
    is_shown_nowhere(visit(world.diane), row)
    form = {"number": incident.number, "channel": "distributor", "author": world.diane.id}
    assert visit(world.diane).post(f"/mails/incoming/{row.id}/place", data=form).status_code == 422
    assert said() == before and not said(Channel.DISTRIBUTOR)


def test_words_for_the_distributor_within_a_letter_are_read(world, arrive, ours):
    row = arrive(DISGUISED["as a letter"](ours(Channel.DISTRIBUTOR, world.remi)))
    assert row.state is KEPT and row.channel is None and replies.why_not_read(row) is None


def test_words_of_several_incidents_go_nowhere(world, incident, arrive, visit, ours, app):
    """The letter of a day tells of all: put into one of them, its readers would read of the others."""
    ours(), ours(about=an_incident(world, title="Another"))
    with tx():
        world.remi.daily_mail = True
        world.remi.save()
    assert digests.send_daily(NOON)
    daily = as_sent(app, Mail.get(Mail.letter == "incident_digest"))
    assert WORD.encode() in daily
    row, browser = arrive(DISGUISED["but for its number"](daily)), visit(world.diane)
    assert (row.state, row.incident, row.channel, replies.why_not_put(row)) == (KEPT, None, "customer", replies.NOWHERE)
    is_shown_nowhere(browser, row)
    assert "Words of several incidents" in browser.get("/mails/incoming").text
    form = {"number": incident.number, "channel": "customer", "author": world.diane.id}
    assert browser.post(f"/mails/incoming/{row.id}/place", data=form).status_code == 422
    assert browser.post(f"/mails/incoming/{row.id}/discarding", data={"reason": "A bounce"}).status_code == 303


def test_who_answers_as_asked_may_quote_whatever_they_like(world, incident, arrive, ours):
    letter = ours().decode()
    row = arrive(a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), f"Look:\n\n{letter}"))
    assert row.state is IncomingState.LANDED and len(said(Channel.DISTRIBUTOR)) == 1


# --- nothing is lost ------------------------------------------------------------------------------


def test_one_letter_to_two_of_our_addresses_in_secret_is_two(world, incident, arrive):
    """Each copy names but its own address; the second waits for somebody to decide."""
    for channel in (Channel.CUSTOMER, Channel.DISTRIBUTOR):
        letter = a_letter(world.remi, "undisclosed@example.com", "For you")
        letter["Delivered-To"] = to(incident, channel, world.remi)
        row = arrive(letter)
    assert said() and row.state is KEPT and replies.unpack(row.why) == replies.SAME_NUMBER


def test_a_letter_that_is_swept_away_before_a_row_names_it_is_kept_again(world, arrive, store, monkeypatch):
    keep = disk.keep_letter
    swept = []

    def and_sweep(there, source):
        sha256 = keep(there, source)
        if not swept:
            swept.append(disk.sweep(there, NOON))
        return sha256

    monkeypatch.setattr(disk, "keep_letter", and_sweep)
    row = arrive(a_letter("stranger@example.com", HOUSE))
    assert swept == [1] and store.path(row.sha256).exists()


def test_a_letter_nobody_can_read_is_kept_and_its_page_opens(world, arrive, visit, monkeypatch):
    monkeypatch.setattr(letters, "_read", lambda source: 1 / 0)
    row = arrive(b"From: a@b.example\r\n\r\nwords")
    assert row.state is KEPT and row.sha256
    assert visit(world.diane).get(f"/mails/incoming/{row.id}").status_code == 200
    form = {"number": 1, "channel": "customer", "author": world.diane.id}
    assert visit(world.diane).post(f"/mails/incoming/{row.id}/place", data=form).status_code == 422


@pytest.mark.parametrize("person, letters_written", [("claire", 1), ("remi", 1), ("anne", 0)])
def test_who_sent_too_large_a_letter_is_told_once_if_it_is_theirs_to_answer(
    world, incident, arrive, visit, app, person, letters_written
):
    writer = getattr(world, person)
    letter = a_letter(writer, to(incident, Channel.CUSTOMER, writer))
    for _ in range(2):
        row = arrive(letter, whole=False)
    assert row.state is KEPT and "in the folder Portal" in visit(world.diane).get("/mails/incoming").text
    told = list(Mail.select().where(Mail.letter == "reply_refused"))
    assert [one.user for one in told] == [writer] * letters_written and IncomingMail.select().count() == 1
    for one in told:
        assert "A letter may have at most 64 MB with its files." in mail.compose(app, one, NOON).body


FORMS = {  # (parts, what is read): what stands outside of a choice is not one of its forms
    "a page and a footer": ([("html", "<p>Red.</p>"), ("plain", "Scanned by X")], "Red.\nScanned by X"),
    "a page twice as text": ([("plain", "Red."), ("html", "<p>Red.</p>")], "Red."),
    "text, picture, page": ([("plain", "One."), ("html", "<p>Two.</p>")], "One.\n\nTwo."),
}


@pytest.mark.parametrize("how", FORMS)
def test_no_words_are_lost_beside_others(world, incident, arrive, how):
    parts, read_as = FORMS[how]
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    letter.clear_content()
    letter.make_mixed()
    for kind, text in parts:
        part = EmailMessage()
        part.set_content(text, subtype=kind)
        letter.attach(part)
    arrive(letter)
    assert said() == [(world.claire.id, read_as)]


def test_a_choice_with_a_footer_beside_it_is_its_plain_form_and_the_footer(world, incident, arrive):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire), "Red.")
    letter.add_alternative("<p>Red, and it beeps.</p>", subtype="html")
    letter.make_mixed()
    footer = EmailMessage()
    footer.set_content("Scanned by X")
    letter.attach(footer)
    arrive(letter)
    assert [body.split() for _, body in said()] == [["Red.", "Scanned", "by", "X"]]
