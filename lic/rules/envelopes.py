"""The parts of a letter, found in its bytes piece by piece: however large it is, little of it is in memory at once.

Of headers only those that count are read, each up to a length; of a body its place is noted, and it is decoded while
somebody reads it.
"""

import binascii
import email
import re
from dataclasses import dataclass
from email import policy
from email.message import Message

PIECE, LINE = 262_144, 65_536  # bytes read at once
HEADER, HEADERS = 10_000, 60  # bytes of one, and how many of a part; the standard library's time grows by their squares
DEEPEST, MOST = 20, 100  # parts within parts, and parts that hold something
LETTERS = "message/rfc822"
COUNTS = {
    *(b"from", b"to", b"cc", b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to", b"return-path"),
    *(b"subject", b"date", b"message-id", b"list-id", b"precedence", b"authentication-results"),
    *(b"auto-submitted", b"x-autoreply", b"x-autorespond"),
    *(b"content-type", b"content-disposition", b"content-transfer-encoding"),
}
NAME = re.compile(rb"([^:\s]{1,100})[ \t]*:|From ")
NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


@dataclass
class Part:
    """One part that holds something: its headers, and where its bytes lie in the letter."""

    head: Message
    source: object  # the letter, a file
    start: int
    end: int = 0

    def pieces(self):
        """What it holds, decoded."""
        how = str(self.head.get("Content-Transfer-Encoding", "")).strip().lower()
        if how == "base64":
            return _from_base64(self._raw())
        return _from_printable(self._raw()) if how == "quoted-printable" else self._raw()

    def beginning(self, most):
        """(its first bytes, whether there are more)"""
        found = bytearray()
        for piece in self.pieces():
            found += piece
            if len(found) > most:
                return bytes(found[:most]), True
        return bytes(found), False

    def _raw(self):
        place = self.start
        while place < self.end:
            self.source.seek(place)  # others may have read elsewhere meanwhile
            piece = self.source.read(min(PIECE, self.end - place))
            if not piece:
                return
            place += len(piece)
            yield piece


def opened(source):
    """(the letter's own headers, its parts that hold something, whether all of them are there)"""
    walk = _Walk(source)
    walk.run()
    return walk.top, walk.found or [walk.all_of_it()], walk.whole


class _Walk:
    """Once through a letter. A letter that is attached is one part, whatever it holds itself."""

    def __init__(self, source):
        self.source, self.borders, self.found, self.whole, self.top = source, [], [], True, None
        self.default = []  # what a part is that does not say so, beside each border
        self.body = 0  # where the first body begins

    def run(self):
        self.source.seek(0)
        at_border = False
        while self.top is None or at_border:
            if len(self.found) >= MOST:
                self.whole = False
                return
            at_border = self.part()

    def part(self):
        """One part, up to the border that ends it; whether another begins there."""
        head, line = self.head()
        if self.top is None:
            self.top, self.body = head, self.source.tell() - len(line)
        if self.default and self.default[-1]:
            head.set_default_type(self.default[-1])
        border = head.get_boundary() if head.get_content_maintype() == "multipart" else None
        if border and len(self.borders) < DEEPEST:
            self.borders.append(border.encode("utf-8", "surrogateescape"))
            self.default.append(LETTERS if head.get_content_type() == "multipart/digest" else None)
            return self.skip(line)
        part = Part(head, self.source, self.source.tell() - len(line))
        self.found.append(part)
        return self.skip(line, part)

    def all_of_it(self):
        """A letter that promises parts and has none is one itself."""
        return Part(self.top, self.source, self.body, self.source.seek(0, 2))

    def head(self):
        """A part's headers, those that count, and the line after them that is none itself."""
        kept, counts, fresh = [], False, True
        while line := self.source.readline(LINE):
            if fresh and not line.strip(b"\r\n"):
                line = b""
                break
            if fresh and line[:1] not in (b" ", b"\t"):
                name = NAME.match(line)
                if name is None or self.border(line):
                    break
                counts = (name[1] or b"").lower() in COUNTS
                if counts:
                    kept.append(b"")
            if counts:
                kept[-1] += line[: HEADER - len(kept[-1])]
                self.whole &= len(kept[-1]) < HEADER and len(kept) <= HEADERS
            fresh = line.endswith(b"\n")
        head = b"".join(one.rstrip(b"\r\n") + b"\r\n" for one in kept[:HEADERS])
        return email.message_from_bytes(head, policy=policy.compat32), line

    def border(self, line):
        """(which border this line is, whether it closes), or None."""
        if not line.startswith(b"--") or not self.borders:
            return None
        name = line[2:].rstrip()
        for given, closes in ((name, False), (name.removesuffix(b"--"), True)):
            if given in self.borders and (not closes or name.endswith(b"--")):
                return len(self.borders) - 1 - self.borders[::-1].index(given), closes
        return None

    def skip(self, line, part=None):
        """On to the next part; `part` ends at the border found, without the line break that belongs to it."""
        fresh, broken, line = True, 0, line or self.source.readline(LINE)
        while line:
            met = self.border(line) if fresh else None
            if met and part:
                part.end, part = max(part.start, self.source.tell() - len(line) - broken), None
            if met:
                which, closes = met
                del self.borders[which + (not closes) :], self.default[which + (not closes) :]
                if not closes:
                    return True
            fresh = line.endswith(b"\n")
            broken = 2 if line.endswith(b"\r\n") else int(fresh)
            line = self.source.readline(LINE)
        if part:
            part.end = self.source.tell()
        return False


# --- how bytes travel --------------------------------------------------------------------------


def _from_base64(pieces):
    rest = b""
    for piece in pieces:
        *closed, rest = re.split(b"=+", rest + piece.translate(None, NO_BASE64))
        for one in closed:  # padding ends a run: another may follow
            yield _bytes(one)
        whole = len(rest) - len(rest) % 4
        yield _bytes(rest[:whole])
        rest = rest[whole:]
    yield _bytes(rest)


def _bytes(letters):
    if len(letters) % 4 == 1:  # one too many says nothing
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _from_printable(pieces):
    rest = b""
    for piece in pieces:
        lines = rest + piece
        end = lines.rfind(b"\n") + 1
        if not end and len(lines) > LINE:  # one endless line: only its very end may be half a sign
            end = len(lines) - 2
        yield binascii.a2b_qp(lines[:end])
        rest = lines[end:]
    yield binascii.a2b_qp(rest)
