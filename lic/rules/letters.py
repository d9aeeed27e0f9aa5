"""A letter that came in, read: who wrote it, to which addresses, what it says, and whether a machine wrote it."""

import email
import email.header
import hashlib
import re
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.utils import getaddresses

from lic.rules.quoting import own_words, text_of_page

TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
MACHINES = ("bulk", "list", "junk", "auto_reply")
POSTMEN = ("mailer-daemon", "postmaster")
NO_FILES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
LONGEST, MOST_PARTS = 2_000, 100  # characters of a header, parts of a letter


@dataclass
class Letter:
    """What counts of a letter; `text` is without what it quotes."""

    message_id: str = ""
    senders: tuple = ()  # addresses, lower case
    sender_name: str = ""
    to: tuple = ()
    subject: str = ""
    text: str = ""
    files: list = field(default_factory=list)  # (name, bytes)
    by_machine: bool = False
    failed: bool = False  # our own mail server says that the sender is not who it says
    digest: str = ""

    @property
    def sender(self):
        return self.senders[0] if self.senders else ""


def read(raw):
    """A letter from its bytes. Whatever is wrong with it, something is read: it must be kept in any case."""
    message = email.message_from_bytes(raw, policy=policy.compat32)
    letter = Letter(
        message_id=_line(message, "Message-ID").strip("<> "),
        subject=_line(message, "Subject"),
        to=tuple(address for _, address in _addresses(message, *TO)),
        by_machine=_is_by_machine(message),
        failed=_failed(message),
    )
    senders = _addresses(message, "From")
    letter.senders = tuple(address for _, address in senders)
    letter.sender_name = senders[0][0] if senders else ""
    texts, pages = [], []
    for part in _leaves(message):
        _read_part(part, letter, texts, pages)
    letter.text = own_words("\n".join(texts) if any(map(str.strip, texts)) else "\n".join(map(text_of_page, pages)))
    facts = (*letter.senders, _line(message, "Date"), letter.subject, *texts, *pages)
    digest = hashlib.sha256("\0".join(facts).encode("utf-8", "replace"))
    for name, content in letter.files:
        digest.update(f"\0{name}\0".encode("utf-8", "replace") + hashlib.sha256(content).digest())
    letter.digest = digest.hexdigest()
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
    pairs = [(_decoded(name), address.strip().lower()) for name, address in getaddresses(values)]
    return [(name, address) for name, address in pairs if "@" in address][:50]


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


def _leaves(message):
    """Its parts that hold something; a letter that is attached is one file, not more parts."""
    waiting, found = [message], []
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        if part.get_content_type() == "message/rfc822":
            found.append(part)
        elif part.is_multipart():
            waiting = [*part.get_payload(), *waiting]
        else:
            found.append(part)
    return found


def _read_part(part, letter, texts, pages):
    kind, name = part.get_content_type(), _file_name(part)
    attached = part.get_content_disposition() == "attachment" or name
    if kind == "message/rfc822":
        inner = part.get_payload()
        content = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
        letter.files.append((name or "letter.txt", content))
    elif kind in ("text/plain", "text/html") and not attached:
        (texts if kind == "text/plain" else pages).append(_text(part))
    elif kind not in NO_FILES and not (kind == "text/calendar" and not attached):
        content = part.get_payload(decode=True) or b""
        if content or attached:
            letter.files.append((name or f"file.{kind.rpartition('/')[2]}", content))


def _file_name(part):
    try:
        return _decoded(part.get_filename() or "")
    except (LookupError, ValueError, TypeError, MessageError):
        return "file"


def _text(part):
    content = part.get_payload(decode=True) or b""
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return content.decode(charset or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", "replace")
