"""How often anything was committed, by this process or another, so that what was found before is known to still hold.

`PRAGMA data_version` says that another connection committed, not whose it was. So one connection, which never writes,
watches the file; after each commit of our own it looks once more, and what it sees then is known to be ours.
"""

import secrets
import threading
from pathlib import Path

from peewee import sqlite3


class Generation:
    """Counts commits, so that a page seen before can be recognised as unchanged."""

    number = 0
    started = secrets.token_hex(8)  # another process counts from nothing again


_lock = threading.RLock()


class Watch:
    """The connection that only looks; nothing is watched until the first look, so the command line does without."""

    def __init__(self):
        self.path = self.connection = self.seen = None

    def look(self, path):
        """Move the generation on if anybody else has committed to this file since the last look."""
        with _lock:
            try:
                changed = self._open(path) if self.path != path else self._has_changed()
            except sqlite3.Error:  # who cannot look believes nothing
                self.stop()
                changed = True
            if changed:
                move_on()

    def _open(self, path):
        self.stop()
        address = f"{Path(path).absolute().as_uri()}?mode=ro"
        self.connection = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        self.path = path
        return self._has_changed()

    def _has_changed(self):
        before, self.seen = self.seen, _version(self.connection)
        return before != self.seen

    def stop(self):
        """Let go of the file: another one will be in its place."""
        with _lock:
            if self.connection:
                self.connection.close()
            self.path = self.connection = self.seen = None

    def begin(self, path, writer):
        """At the beginning of a transaction, when nobody else can commit; what was committed until now is noticed."""
        if self.path != path:
            return None
        self.look(path)
        return _version(writer)

    def committed(self, path, writer, begun):
        """After it: its own commit is no news. `writer` does not see its own either, so what it sees is another's."""
        if begun is None:
            return
        with _lock:
            if self.path == path:
                self._has_changed()
        if _version(writer) != begun:
            move_on()


def move_on():
    with _lock:
        Generation.number += 1


def _version(connection):
    return connection.execute("PRAGMA data_version").fetchone()[0]


watch = Watch()
