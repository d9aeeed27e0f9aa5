"""Answers by mail, fetched from a mailbox of the portal's own (004-26): each is committed here before it moves there.

Everything in the mailbox is taken, and what was taken lies in its folder `Portal` afterwards. Taken twice, after a
crash in between, it is known by its number. A letter comes piece by piece, and a large one is a file on the disk that
has no name: whatever becomes of the process, nothing of it is left.
"""

import imaplib
import logging
import os
import re
import ssl
import tempfile
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from lic import files
from lic.models import EVERYBODY, db, scope, tx
from lic.rules import Refused, letters, replies
from lic.rules.files import NOT_LOOKED_AT
from lic.scanner import Away
from lic.settings import LOCAL
from lic.web import clock

log = logging.getLogger("portal")

TIMEOUT = 30  # seconds for the mail server to answer
POLL, GLANCE = 60, 0.5  # seconds until the mailbox is looked at again, and whether it is to stop
LARGEST = replies.LARGEST * 1024 * 1024  # bytes of a letter that is fetched whole
AT_ONCE = 10_000  # letters a round looks at: more numbers than fit into a line would never be read
PIECE, IN_MEMORY = 262_144, 1_048_576  # bytes that are fetched at once; a letter of at most so many needs no disk
HEAD = "(BODY.PEEK[HEADER]<0.65536>)"  # of one that is larger
DONE = "Portal"  # the folder of what was taken


# --- one letter --------------------------------------------------------------------------------


def take(source, store, key, whole=True):
    """What becomes of one letter, a file; once this returns it is on the disk. `whole`: not only its head."""
    at, letter = clock.now(), letters.read(source)
    with scope(EVERYBODY):  # the house takes its mail in; an answer lands within its writer's own scope
        if replies.is_known(letter):
            return
        verdict = replies.judge(letter, key)
        if replies.is_by_machine(letter):
            replies.ignore(letter, verdict, at)
            return
        why = verdict.why or (None if whole else replies.TOO_LARGE) or (None if letter.whole else replies.TOO_LONG)
        why = why or _land(letter, verdict, store, at)
        if why:
            size = source.seek(0, os.SEEK_END)
            sha256 = files.keep_letter(store, source) if whole and replies.has_room(verdict, size) else None
            with tx():
                if sha256 and not store.path(sha256).exists():  # swept away meanwhile: no row named it yet
                    files.keep_letter(store, source)
                replies.keep_aside(letter, verdict, why, at, sha256, size)


def _land(letter, verdict, store, at):
    """Why it does not land after all, or None when it has."""
    try:
        with files.sent_along(store, letter.files, verdict.user, at) as waiting:
            replies.land(letter, verdict, waiting, at, clock.due(at))
    except Refused as refusal:
        if refusal.reason is NOT_LOOKED_AT:
            raise Away("a letter waits for the virus scanner") from None
        return refusal.reason
    return None


# --- the mailbox -------------------------------------------------------------------------------


@contextmanager
def connected(url):
    """The mailbox, open for reading and moving. The password leaves this machine encrypted only."""
    server = urlsplit(url)
    if server.scheme == "imaps":
        box = imaplib.IMAP4_SSL(
            server.hostname, server.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )
    else:
        box = imaplib.IMAP4(server.hostname, server.port or 143, timeout=TIMEOUT)
    try:
        if server.scheme == "imap" and server.hostname not in LOCAL:
            box.starttls(ssl_context=ssl.create_default_context())
        box.login(unquote(server.username or ""), unquote(server.password or ""))
        name = unquote(server.path.strip("/")) or "INBOX"
        _said(box.select(f'"{name}"'))
        yield box
    finally:
        try:
            box.logout()
        except (OSError, imaplib.IMAP4.error):
            with suppress(OSError):  # gone already, after a certificate that was refused: that is what is told
                box.shutdown()


def _said(answer):
    """What the server said to a command; no is an error."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {data[0] if data else ''}")
    return data


class Reader:
    """What reads, in a thread of its own: `run` returns soon after `stopping` is set, between two letters."""

    def __init__(self, app, stopping):
        self.app, self.settings, self.stopping = app, app.config["SETTINGS"], stopping
        self.stuck = set()  # letters that are taken and cannot be moved away

    def run(self):
        db.connect(reuse_if_open=True)
        try:
            while not self.stopping.is_set():
                try:
                    self.work()
                except (OSError, imaplib.IMAP4.error) as error:  # no server, no room: the next round may do better
                    log.warning("mailbox: %s", type(error).__name__)
                except Exception:
                    log.exception("mailbox")
                self.rest()
        finally:
            db.close()

    def rest(self):
        for _ in range(int(POLL / GLANCE)):
            if self.stopping.wait(GLANCE):
                return

    def work(self):
        """One round: everything that is in the mailbox, as far as it goes."""
        store = files.Store.of(self.settings)
        if not store.can_write():  # what is in the mailbox waits there
            return
        waits = None  # why a letter could not be taken: those behind it are
        with connected(self.settings.imap_url) as box:
            session = box.untagged_responses.get("UIDVALIDITY", [b""])[0]
            there = int(box.untagged_responses.get("EXISTS", [b"0"])[-1] or 0)
            if not there:
                return
            (found,) = _said(box.uid("SEARCH", f"1:{min(there, AT_ONCE)}", "UNDELETED"))
            for number in (found or b"").split():
                if self.stopping.is_set():
                    return
                if (session, number) in self.stuck:
                    continue
                try:
                    if self.fetch(box, number, store) and not moved(box, number):
                        self.stuck.add((session, number))
                except (imaplib.IMAP4.abort, TimeoutError, ConnectionError, ssl.SSLError):  # nobody answers any more
                    raise
                except Exception as error:  # whatever it is, the letter is still there for the next round
                    waits = error
        if waits:
            raise waits

    def fetch(self, box, number, store):
        """Take one letter; whether it was taken."""
        size = size_of(box, number)
        if size is None or (IN_MEMORY < size <= LARGEST and not store.has_room()):
            return False  # gone; or it waits there for room
        with fetched(box, number, size, store.folder) as source:
            if not source.tell():  # gone meanwhile
                return False
            take(source, store, self.app.config["SECRET_KEY"], size <= LARGEST)
        return True


def size_of(box, number):
    """A letter's bytes, as the server counts them; nothing where it is gone."""
    told = _said(box.uid("FETCH", number, "(RFC822.SIZE)"))
    size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(part for part in told if isinstance(part, bytes)))
    return size and int(size[1])


@contextmanager
def fetched(box, number, size, folder):
    """A letter as a file; of one that is too large, its head."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=folder) as source:
        if size > LARGEST:
            source.write(_part(box, number, HEAD))
        while source.tell() < LARGEST >= size:
            piece = _part(box, number, f"(BODY.PEEK[]<{source.tell()}.{PIECE}>)")
            source.write(piece)
            if len(piece) < PIECE:
                break
        if source.tell() < size <= LARGEST and size_of(box, number) is None:  # gone meanwhile: it is not whole
            source.seek(0)
            source.truncate()
        yield source


def _part(box, number, what):
    answer = _said(box.uid("FETCH", number, what))
    return next((part[1] for part in answer if isinstance(part, tuple)), b"")


def moved(box, number):
    """Put a letter that was taken into its folder; whether that went."""
    able = b" ".join(_said(box.capability())).upper().split()  # it tells more after the login than before
    command = "MOVE" if b"MOVE" in able else "COPY"
    if box.uid(command, number, DONE)[0] != "OK":
        box.create(DONE)
        if box.uid(command, number, DONE)[0] != "OK":
            box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
            return False
    if command == "COPY":
        box.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted \Seen)")
        if b"UIDPLUS" in able:
            box.uid("EXPUNGE", number)
        elif _said(box.uid("SEARCH", "DELETED"))[0].split() == [number]:  # what others deleted was not taken yet
            box.expunge()
    return True
