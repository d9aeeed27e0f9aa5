"""The virus scanner, where there is one: ClamAV's daemon, which is sent each file before it is taken (ASVS 5.4.3).

Only a file it calls clean is one: where it is away, late or says anything else, the file is not taken.
"""

import logging
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

log = logging.getLogger("portal")

TIMEOUT = 10  # seconds it has for a file, all in all
GLANCE = 2  # seconds it has to say that it is there
AT_ONCE, PATIENCE = 4, 1  # files it is sent; seconds another one waits for its turn, and then another time
PIECE = 262_144
LONGEST = 4_096  # bytes of an answer
FOUND = re.compile(rb"stream: ([\x21-\x7e]{1,200}) FOUND")


class Away(OSError):
    """It is not there, too slow, or says what nobody understands."""


@dataclass(frozen=True)
class Look:
    """What a look at a file found: the name of a virus, or that nobody could look."""

    virus: str | None = None
    is_away: bool = False


@cache
def of(address):
    """The scanner at this address (LIC_CLAMD), one for the whole process; None where there is none."""
    return Scanner(address) if address else None


class Scanner:
    def __init__(self, address):
        self.address, self.is_away = address, False
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def look(self, path):
        """A Look at a file. It takes seconds: nobody may hold the writers' lock meanwhile."""
        if not self._turns.acquire(timeout=PATIENCE):
            return Look(is_away=True)  # it is there, and busy
        try:
            with open(path, "rb") as file, self._answering():
                said = self._ask(b"INSTREAM", TIMEOUT, file)
                found = FOUND.fullmatch(said)
                if not found and said != b"stream: OK":
                    raise Away(said.decode("ascii", "replace")[:200])
                return Look(found and found[1].decode("ascii"))
        except Away:
            return Look(is_away=True)
        finally:
            self._turns.release()

    def is_here(self):
        """Whether it answers at all, asked now and then so that whoever watches over the portal is told in time."""
        try:
            with self._answering():
                if (said := self._ask(b"PING", GLANCE)) != b"PONG":
                    raise Away(said.decode("ascii", "replace")[:200])
        except Away:
            return False
        return True

    @contextmanager
    def _answering(self):
        """Whatever goes wrong is that it is away; one line of the log says so, and one that it is back."""
        try:
            yield
        except OSError as error:
            if not self.is_away:
                log.error("virus scanner away: files are refused (%s: %s)", type(error).__name__, error)
            self.is_away = True
            raise Away(str(error)) from error
        if self.is_away:
            log.warning("virus scanner back: files are taken again")
        self.is_away = False

    def _ask(self, command, seconds, file=None):
        """What it answers to a command, with a file in pieces of so many bytes each."""
        until = time.monotonic() + seconds
        with self._connected(seconds) as there:
            _send(there, b"z" + command + b"\0", until)
            while file and (piece := file.read(PIECE)):
                _send(there, struct.pack("!L", len(piece)) + piece, until)
            if file:
                _send(there, struct.pack("!L", 0), until)
            said = b""
            while b"\0" not in said:
                there.settimeout(_left(until))
                piece = there.recv(LONGEST)
                said += piece
                if not piece or len(said) > LONGEST:
                    raise Away("no whole answer")
            return said.partition(b"\0")[0]

    def _connected(self, seconds):
        kind, _, place = self.address.partition(":")
        if kind == "tcp":
            host, _, port = place.removeprefix("//").rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), seconds)
        there = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            there.settimeout(seconds)
            there.connect(place)
        except OSError:
            there.close()
            raise
        return there


def _send(there, content, until):
    there.settimeout(_left(until))
    there.sendall(content)


def _left(until):
    """The seconds that are left; each piece that is sent or comes back uses some."""
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError("too slow")
    return left
