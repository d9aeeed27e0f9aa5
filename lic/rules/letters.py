"""A letter that came in, read: who wrote it, to which addresses, what it says, and whether a machine wrote it."""

import email.header
import hashlib
import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.utils import getaddresses

from lic.rules import envelopes
from lic.rules.pages import text_of_page
from lic.rules.quoting import own_words

TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
MACHINES = ("bulk", "list", "junk", "auto_reply")
POSTMEN = ("mailer-daemon", "postmaster")
NO_FILES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
SIGNATURE = "-- "  # the line above one
NO_CHARSETS = ("punycode", "idna", "unicode_escape", "unicode-escape")  # codecs that are none of a letter's
LONGEST = 2_000  # characters of a header that are kept
MOST = 50  # addresses of a letter
TEXT = 1_000_000  # bytes of text that are read; a message has far fewer


@dataclass
class Enclosed:
    """A file that came with a letter, still where it lies in it."""

    name: str
    part: envelopes.Part
    size: int = 0
    sha256: str = ""

    def __post_init__(self):
        digest = hashlib.sha256()
        for piece in self.pieces():
            self.size += len(piece)
            digest.update(piece)
        self.sha256 = digest.hexdigest()

    def pieces(self):
        return self.part.pieces()


@dataclass
class Letter:
    """What counts of a letter; `text` is without what it quotes."""

    message_id: str = ""
    senders: tuple = ()  # addresses, lower case
    sender_name: str = ""
    to: tuple = ()
    subject: str = ""
    text: str = ""
    files: list = field(default_factory=list)  # Enclosed
    by_machine: bool = False
    failed: bool = False  # our own mail server says that the sender is not who it says
    digest: str = ""
    whole: bool = True  # not cut: all its text and all its parts were read

    @property
    def sender(self):
        return self.senders[0] if self.senders else ""


def read(source):
    """A letter from a file of its bytes. Whatever is wrong with it, something is read: it must be kept in any case."""
    message, parts, whole = envelopes.opened(source)
    letter = Letter(
        message_id=_line(message, "Message-ID").strip("<> "),
        subject=_line(message, "Subject"),
        to=tuple(address for _, address in _addresses(message, *TO)),
        by_machine=_is_by_machine(message),
        failed=_failed(message),
        whole=whole,
    )
    letter.whole &= len(letter.to) <= MOST
    senders = _addresses(message, "From")
    letter.senders = tuple(address for _, address in senders)
    letter.sender_name = senders[0][0] if senders else ""
    texts, pages = _Words(), _Words()
    for part in parts:
        _read_part(part, letter, texts, pages)
    words = texts if any(map(str.strip, texts)) else pages
    letter.text = own_words("\n".join(texts if words is texts else map(text_of_page, pages)))
    letter.whole &= not words.cut
    facts = (*letter.senders, _line(message, "Date"), letter.subject, *texts, *pages)
    facts += tuple(f"{file.name}\0{file.sha256}" for file in letter.files)
    if not letter.whole:  # what was not read may be another's
        source.seek(0)
        facts += (hashlib.file_digest(source, "sha256").hexdigest(),)
    letter.digest = hashlib.sha256("\0".join(facts).encode("utf-8", "replace")).hexdigest()
    letter.message_id = letter.message_id or f"none-{letter.digest}"
    return letter


# --- headers -----------------------------------------------------------------------------------


def _line(message, name):
    """A header on one line, decoded as far as it can be."""
    return _decoded(message.get(name, ""))


def _decoded(value):
    try:
        text = str(email.header.make_header(email.header.decode_header(str(value))))
    except (LookupError, ValueError, MessageError):
        text = str(value)
    text = text.encode("utf-8", "replace").decode("utf-8")  # bytes that are no text at all
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]


def _addresses(message, *names):
    """(name, address) pairs; the address is split off before anything is decoded, so that no name becomes one."""
    values = [str(value) for name in names for value in message.get_all(name, [])]
    try:
        found = getaddresses(values)
    except RecursionError:  # thousands of comments within each other
        return []
    pairs = [(_decoded(name), address.strip().lower()) for name, address in found]
    return [(name, address) for name, address in pairs if "@" in address]


def _is_by_machine(message):
    """Auto-replies, bounces and lists; nobody is to be answered, and nobody waits for it (RFC 3834)."""
    if _line(message, "Auto-Submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if _line(message, "Precedence").lower() in MACHINES or message.get("X-Autoreply") or message.get("X-Autorespond"):
        return True
    if message.get("List-Id") or _line(message, "Return-Path") == "<>":
        return True
    if message.get_content_type() in ("multipart/report", "message/delivery-status"):
        return True
    return any(address.partition("@")[0] in POSTMEN for _, address in _addresses(message, "From"))


def _failed(message):
    """What the nearest mail server found, if it says so; a header further down is the sender's own word."""
    said = str(message.get("Authentication-Results", "")).lower()
    results = {name: set(re.findall(rf"\b{name}\s*=\s*(\w+)", said)) for name in ("dmarc", "spf", "dkim")}
    if results["dmarc"]:
        return "fail" in results["dmarc"]
    return "fail" in results["spf"] | results["dkim"] and "pass" not in results["dkim"] | results["spf"]


# --- parts -------------------------------------------------------------------------------------


def _read_part(part, letter, texts, pages):
    kind, name = part.head.get_content_type(), _file_name(part.head)
    attached = part.head.get_content_disposition() == "attachment" or name
    if kind in ("text/plain", "text/html") and not attached:
        (texts if kind == "text/plain" else pages).read(part)
    elif kind == envelopes.LETTERS:
        letter.files.append(Enclosed(name or "letter.txt", part))
    elif kind not in NO_FILES and not (kind == "text/calendar" and not attached):
        file = Enclosed(name or f"file.{kind.rpartition('/')[2]}", part)
        if file.size or attached:
            letter.files.append(file)


def _file_name(head):
    try:
        return _decoded(head.get_filename() or "")
    except (LookupError, ValueError, TypeError, MessageError):
        return "file"


class _Words(list):
    """The texts of a letter in one of its two forms, up to a length; `cut`: there is more."""

    cut = False

    def read(self, part):
        content, more = part.beginning(max(TEXT - sum(map(len, self)), 0))
        self.cut |= more
        text = _decode(content, part.head.get_content_charset() or "utf-8", "ignore" if more else "strict")
        self.append(_unfolded(text, part.head) if str(part.head.get_param("format")).lower() == "flowed" else text)


def _unfolded(text, head):
    """Lines a mail program has broken for its width, put together again (RFC 3676)."""
    lines, goes_on, spare = [], False, str(head.get_param("delsp")).lower() == "yes"
    for given in text.replace("\r\n", "\n").split("\n"):
        quoted = given.startswith(">")
        line = given if quoted else given.removeprefix(" ")
        if not goes_on or quoted or line == SIGNATURE:
            lines.append([])
        goes_on = line.endswith(" ") and line != SIGNATURE and not quoted
        lines[-1].append(line[:-1] if goes_on and spare else line)
    return "\n".join(map("".join, lines))


def _decode(content, charset, errors):
    for name in (charset, "utf-8"):
        try:
            if name not in NO_CHARSETS:
                return content.decode(name, errors)
        except (LookupError, UnicodeError):
            continue
    return content.decode("cp1252", "replace")
