"""Letters: composed when they are sent, in the reader's language, and sent until they are gone (safety.md 28, 51).

A verb puts a row into the outbox within its transaction (rules/journal.py); a thread of its own takes it from there,
so that no request ever waits for a mail server and nothing is lost with one.
"""

import logging
import smtplib
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from flask_babel import force_locale
from peewee import fn

from lic import files
from lic.models import (
    EVERYBODY,
    Event,
    Incident,
    Mail,
    MailState,
    Organisation,
    OrganisationKind,
    User,
    after_commits,
    db,
    scope,
    tx,
)
from lic.rules import links, replies
from lic.settings import LOCAL
from lic.web import clock, telling

log = logging.getLogger("portal")

TIMEOUT = 10  # seconds for a mail server to answer
PATIENCE = 300  # seconds for it to take a letter: giving up earlier would send it twice
POLL, GLANCE = 30, 0.5  # seconds until the outbox looks again when nobody wakes it, and whether it is to stop
PAUSES = [1, 2, 4, 8, 15, 30, 60, 120, 240] + [360] * 11  # minutes before each next attempt: three days in all
IN_TURN = 4  # attempts: so long does a later letter to the same address wait for an earlier one
Older = Mail.alias()
AWAY = "No answer: "  # what the error of a letter begins with whose server was not there at all


# --- composing ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


class NobodyThere(Exception):
    """The person may not log in any more; the letter is not for them either."""


def compose(app, mail, at):
    """A letter in its reader's language; links that work once are made now, so no row ever holds one."""
    with app.app_context(), scope(EVERYBODY), force_locale(mail.language):  # the house writes
        context = _context(app, mail, at)
        template = app.jinja_env.get_template(f"mail/{mail.letter}.txt")
        blocks = {name: "".join(template.blocks[name](template.new_context(context))) for name in ("subject", "body")}
        body = app.jinja_env.get_template("mail/_frame.txt").render(context, body=blocks["body"].strip())
        return Letter(" ".join(blocks["subject"].split()), body.strip() + "\n")


def _context(app, mail, at):
    event = mail.event_id and Event.get_by_id(mail.event_id)
    user = mail.user_id and User.get_by_id(mail.user_id)
    if user and not user.active:
        raise NobodyThere(mail.to)
    settings = app.config["SETTINGS"]
    pages = app.url_map.bind("", "/")

    def url(endpoint, **values):
        return settings.base_url + pages.build(endpoint, values)

    def link(kind, **given):
        """The address of a new one-time link, by default for the letter's reader."""
        given = {"user": user} | given if user else {"email": mail.to} | given
        return settings.base_url + links.path(kind, links.make(kind, **given, at=at))

    line = telling.line(event, user, to=url) if event and user else None
    return {
        "event": event,
        "subject": line.subject if line else event and telling.subject(event),
        "line": line,
        "user": user,
        "to": mail.to,
        "answers": bool(reply_to(app, mail)),
        "values": mail.values,
        "url": url,
        "link": link,
        "house": distributor(),
        "base_url": settings.base_url,
    }


def distributor():
    return Organisation.get_or_none(Organisation.kind == OrganisationKind.DISTRIBUTOR)


def message(app, mail, letter):
    """The letter as it goes over the wire. Only EmailMessage writes headers: no name can add one (safety.md 51)."""
    host = urlsplit(app.config["SETTINGS"].base_url).hostname
    with scope(EVERYBODY):  # the sender is the house
        house, user = distributor(), mail.user_id and User.get_by_id(mail.user_id)
    sent = EmailMessage(policy=SMTP)
    sent["Subject"] = letter.subject
    sent["From"] = _address(house.name if house else "", (house and house.email) or f"portal@{host}")
    sent["To"] = _address(user.name if user else "", mail.to)
    if answers := reply_to(app, mail):
        sent["Reply-To"] = answers
    sent["Date"] = format_datetime(clock.utcnow().replace(tzinfo=UTC))
    sent["Message-ID"] = f"<{mail.message_id}@{host}>"
    sent["Auto-Submitted"] = "auto-generated"
    sent["X-Auto-Response-Suppress"] = "All"
    if mail.event_id:
        sent["List-Id"] = f"<notifications.{host}>"
    sent.set_content(letter.body, cte="quoted-printable")
    sent["Content-Language"] = mail.language
    return sent


def reply_to(app, mail):
    """Where the answer to a letter about an incident goes: into the right messages, or to nobody (004-26)."""
    settings = app.config["SETTINGS"]
    if not settings.imap_url or not mail.event_id or not mail.user_id:
        return None
    with scope(EVERYBODY):  # the house writes
        event, house = Event.get_by_id(mail.event_id), distributor()
        incident = telling.subject(event)
        if not isinstance(incident, Incident):
            return None
        domain = (house.email or "").rpartition("@")[2] or urlsplit(settings.base_url).hostname
        base, user = settings.reply_to or f"reply@{domain}", User.get_by_id(mail.user_id)
        return replies.address_for(event, incident, user, app.config["SECRET_KEY"], base)


def _address(name, address):
    """Control characters in a name would be refused by the header; they mean nothing there."""
    return Address(" ".join("".join(c if c.isprintable() else " " for c in name).split()), addr_spec=address)


# --- the server --------------------------------------------------------------------------------


class _Plain(smtplib.SMTP):
    def data(self, msg):
        self.sock.settimeout(PATIENCE)
        try:
            return super().data(msg)
        finally:
            if self.sock:
                self.sock.settimeout(TIMEOUT)


class _Encrypted(_Plain, smtplib.SMTP_SSL):
    pass


@contextmanager
def connected(settings):
    """A mail server that lets us in. Passwords and letters leave this machine encrypted, where the server can."""
    server = urlsplit(settings.smtp_url)
    options = {"timeout": TIMEOUT, "local_hostname": urlsplit(settings.base_url).hostname}
    if server.scheme == "smtps":
        options["context"] = ssl.create_default_context()
        smtp = _Encrypted(server.hostname, server.port or 465, **options)
    else:
        smtp = _Plain(server.hostname, server.port or 25, **options)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.scheme == "smtp" and server.hostname not in LOCAL and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.username:
            if not isinstance(smtp.sock, ssl.SSLSocket) and server.hostname not in LOCAL:
                raise smtplib.SMTPNotSupportedError("the server has no encryption, so it is not given the password")
            smtp.login(unquote(server.username), unquote(server.password or ""))
        yield smtp
    finally:
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


# --- the outbox --------------------------------------------------------------------------------


class Outbox:
    """What sends, in a thread of its own: `run` returns soon after `stopping` is set, between two letters."""

    def __init__(self, app, stopping):
        self.app, self.settings = app, app.config["SETTINGS"]
        self.woken, self.stopping = threading.Event(), stopping
        self.sent = []  # letters that went and are not yet marked so: the disk may be full for a while

    def run(self):
        _outboxes.add(self)
        db.connect(reuse_if_open=True)
        try:
            while not self.stopping.is_set():
                self.woken.clear()
                try:
                    self.work()
                except Exception:  # a full disk, a busy database: the next round may do better
                    log.exception("outbox")
                self.rest()
        finally:
            _outboxes.discard(self)
            db.close()

    def rest(self):
        """Until somebody writes, or the time comes to look by itself."""
        for _ in range(int(POLL / GLANCE)):
            if self.stopping.is_set() or self.woken.wait(GLANCE):
                return

    def work(self):
        """One round: everything that is due, over one connection; none that could not be marked as sent."""
        if not files.Store.of(self.settings).can_write():
            return None
        self.mark()
        recover()
        if not self.settings.smtp_url:
            return keep_waiting()
        if next_due() is None:
            return None
        try:
            with connected(self.settings) as smtp:
                release()
                while not self.stopping.is_set() and (mail := claim()):
                    if not self.send(smtp, mail):
                        break
        except (OSError, smtplib.SMTPException) as error:  # no connection, no letter was at hand
            away(error)
        return None

    def send(self, smtp, mail):
        """Send one letter that was claimed; whether the connection still serves for another."""
        try:
            letter = message(self.app, mail, compose(self.app, mail, clock.now()))
        except NobodyThere:
            give_up(mail, "The access of this person is closed.")
            return True
        except Exception as error:  # a letter that cannot be composed must not hold up the others
            log.exception("letter %s", mail.id)
            try_later(mail, error)
            return True
        # a letter that comes back comes to the house: without the words of others, and without their links
        options = ["RET=HDRS"] if smtp.has_extn("dsn") else []
        try:
            smtp.send_message(letter, to_addrs=[mail.to], mail_options=options)
        except (OSError, smtplib.SMTPException) as error:
            try_later(mail, error)
            return not _is_gone(error)
        self.sent.append(mail)
        self.mark()
        return True

    def mark(self):
        while self.sent:
            done(self.sent[0])
            del self.sent[0]


def _is_gone(error):
    """Whether the connection went with the letter; an answer of the server is an OSError too."""
    return isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException)


_outboxes = set()


@after_commits
def _wake():
    for outbox in list(_outboxes):
        outbox.woken.set()


# --- what becomes of a letter: each step is on disk before the next ------------------------------


def next_due():
    """The oldest letter that is due; a later one to the same address lets an earlier one go first for a while."""
    in_the_way = Older.select(Older.id).where(
        Older.to == Mail.to,
        Older.id < Mail.id,
        Older.state.in_((MailState.WAITING, MailState.SENDING)),
        Older.attempts.between(1, IN_TURN),
        ~Older.error.startswith(AWAY),
    )
    return (
        Mail.select()
        .where(Mail.state == MailState.WAITING, Mail.next_at <= clock.utcnow(), ~fn.EXISTS(in_the_way))
        .order_by(Mail.id)
        .first()
    )


def claim():
    """The next letter, marked as being sent before anything is sent."""
    with tx(counts=False):
        if mail := next_due():
            mail.state, mail.attempts = MailState.SENDING, mail.attempts + 1
            mail.save()
        return mail


def recover():
    """Letters a crash left half sent go again, under the same number: better twice than never.

    Only one outbox sends, and between its rounds it sends nothing.
    """
    if not Mail.select().where(Mail.state == MailState.SENDING).exists():
        return
    with tx():
        Mail.update(state=MailState.WAITING).where(Mail.state == MailState.SENDING).execute()


def keep_waiting():
    """Without a mail server letters are kept, for the distributor's administrator to read and pass on."""
    if Mail.select().where(Mail.state == MailState.WAITING).exists():
        with tx():
            Mail.update(state=MailState.KEPT).where(Mail.state == MailState.WAITING).execute()


def done(mail):
    with tx():
        mail.state, mail.sent_at, mail.error = MailState.SENT, clock.utcnow(), ""
        mail.save()


def give_up(mail, why):
    with tx():
        mail.state, mail.error = MailState.DEAD, why
        mail.save()


def try_later(mail, error, prefix=""):
    """The letter waits longer each time, and after three days no more."""
    with tx():
        mail.error = prefix + said(error)
        if mail.attempts > len(PAUSES):
            mail.state = MailState.DEAD
        else:
            mail.state = MailState.WAITING
            mail.next_at = clock.utcnow() + timedelta(minutes=PAUSES[mail.attempts - 1])
        mail.save()
    log.warning("letter %s, attempt %s: %s", mail.id, mail.attempts, type(error).__name__)


def away(error):
    """The server is not there: every letter that was due has been tried."""
    with tx():
        for mail in list(Mail.select().where(Mail.state == MailState.WAITING, Mail.next_at <= clock.utcnow())):
            mail.attempts += 1
            try_later(mail, error, AWAY)


def release():
    """The server is back: letters that only missed it need not wait for their turn to come round."""
    with tx(counts=False):
        Mail.update(next_at=clock.utcnow()).where(
            Mail.state == MailState.WAITING, Mail.error.startswith(AWAY), Mail.next_at > clock.utcnow()
        ).execute()


def said(error):
    """What the server said, short and on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        code, text = type(error).__name__, str(error)
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(f"{code} {text}".split())[:300]
