"""Bodies larger than the server takes: a file is cut while it arrives, so that its form is still read (X14).

By itself the server refuses such a body before it has read it: a browser without scripts shows one bare line, or a
torn connection, and what was typed is gone. Here the end of the file is dropped piece by piece, so that the form's own
page can say that it is too large. No more reaches the disk than of a file that is taken.
"""

from copy import copy

from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from lic.rules import files
from lic.slow import Channel

PART = files.LIMIT + 65_536  # bytes that are kept of a part: a file that has them is too large
WHOLE = 22 * files.MB  # and of all parts together
READ = 2048 * files.MB  # a body that promises more is not read at all: its browser may show a torn connection


class Cut:
    """Stands before a body's buffer and lets only the beginning of each part through."""

    def __init__(self, buf, boundary):
        self.buf, self.border = buf, b"\r\n--" + boundary
        self.waiting, self.part = b"\r\n", 0  # a border might begin in what waits; what was kept of this part
        self.skip = 2  # the line break that was put before the first border

    def __len__(self):
        return len(self.buf)

    def append(self, data):
        self.waiting += data
        while (place := self.waiting.find(self.border)) >= 0:
            self._keep(self.waiting[:place])
            self.part = 0
            self._keep(self.border)
            self.waiting = self.waiting[place + len(self.border) :]
        certain = len(self.waiting) - len(self.border) + 1
        if certain > 0:
            self._keep(self.waiting[:certain])
            self.waiting = self.waiting[certain:]

    def end(self):
        self._keep(self.waiting)
        self.waiting = b""

    def close(self):
        self.buf.close()

    def _keep(self, piece):
        skipped = min(self.skip, len(piece))
        self.skip -= skipped
        piece = piece[skipped:][: max(min(PART - self.part, WHOLE - len(self.buf)), 0)]
        self.part += len(piece)
        if piece:
            self.buf.append(piece)


class TooLarge(RequestEntityTooLarge):
    """What is said where nothing was read, in every language: whose it is nobody knows yet."""

    def to_response(self, ident=None):
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], self.body.encode()


class Parser(HTTPRequestParser):
    """One request, as the server reads it."""

    said = staticmethod(str)  # of a body that is not read
    cut = None

    def parse_header(self, header_plus):
        super().parse_header(header_plus)
        if not self.adj.max_request_body_size <= self.content_length <= READ:
            return
        kind, options = parse_options_header(self.headers.get("CONTENT_TYPE", ""))
        if kind == "multipart/form-data" and options.get("boundary"):
            self.adj = copy(self.adj)  # of this request only
            self.adj.max_request_body_size = READ + 1
            self.cut = self.body_rcv.buf = Cut(self.body_rcv.buf, options["boundary"].encode("latin-1", "replace"))

    def received(self, data):
        consumed = super().received(data)
        if self.completed and self.cut:
            self.cut.end()
            self.body_rcv.buf, self.cut = self.cut.buf, None
            self.headers["CONTENT_LENGTH"] = str(len(self.body_rcv.buf))
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = TooLarge(self.said())
        return consumed


def channel(said):
    """What the server reads its requests with; said() is answered to a body it does not read."""
    return type("Channel", (Channel,), {"parser_class": type("Parser", (Parser,), {"said": staticmethod(said)})})
