"""Files on the disk: received piece by piece, kept under their SHA-256, never whole in memory (X14).

`<data>/files/ab/abcdef…` holds the bytes; `<data>/files/….part` is what is arriving, which no backup copies.
"""

import errno
import hashlib
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from lic import scanner
from lic.models import tx
from lic.rules import files
from lic.rules.file_types import Recogniser

FLOOR = 500 * 1024 * 1024  # bytes left free on the disk, so that the database can always write (safety.md 40)
LEAST = 50 * 1024 * 1024  # below that nothing is written any more: what is there stays whole and can be read
PIECE = 262_144  # bytes of a letter that are copied at once
MONTH = 30 * 24 * 3600  # seconds for which newer signatures may find what the older ones did not know
ABANDONED = 24 * 3600  # seconds after which a part is nobody's any more
BEGUN = time.time() - 1  # this process, by the coarser clock of a disk
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Store:
    """The folder, and who looks at what comes into it, if anybody does."""

    def __init__(self, folder, looked_at_by=None):
        self.folder, self.scanner = Path(folder), looked_at_by

    @classmethod
    def of(cls, settings):
        return cls(settings.data / "files", scanner.of(settings.clamd))

    def path(self, sha256):
        return self.folder / sha256[:2] / sha256

    def has_room(self):
        """Whether more files may come."""
        return shutil.disk_usage(self.folder).free >= FLOOR

    def can_write(self):
        """Whether anything may be written at all."""
        return shutil.disk_usage(self.folder).free >= LEAST

    def drop(self, sha256):
        self.path(sha256).unlink(missing_ok=True)

    def parts(self):
        return list(self.folder.glob("*.part"))


class Incoming:
    """A file while it arrives; Werkzeug's parser writes to it. It never raises: what is wrong is said once it is whole.

    More than the limit, or than the disk holds, is counted and dropped, so that the rest of the form can still be read.
    """

    def __init__(self, store, name, limit=files.LIMIT):
        self.store, self.name, self.size, self.no_room = store, files.clean(name or ""), 0, not store.has_room()
        self.limit = limit
        self.kept = False
        self._hash, self._kind = hashlib.sha256(), Recogniser()
        self._part = store.folder / f"{secrets.token_hex(16)}.part"
        self._file = self._look = None

    def write(self, piece):
        self.size += len(piece)
        if self.no_room or self.size > self.limit:
            return len(piece)
        try:
            if self._file is None:
                self._file = open(self._part, "xb", buffering=0)  # noqa: SIM115 (closed by `keep` or `discard`)
            _write_all(self._file, piece)
        except OSError as error:
            if error.errno not in FULL:
                raise
            self.no_room = True
            return len(piece)
        self._hash.update(piece)
        self._kind.feed(bytes(piece))
        return len(piece)

    def read(self, *_):
        return b""  # nobody reads an upload back: it is taken with `keep`

    def seek(self, *_):
        """The parser rewinds what it has written."""
        if self._file and not self.no_room:
            try:
                os.fsync(self._file.fileno())  # the slow part, before any lock is held
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self.no_room = True

    @property
    def sha256(self):
        return self._hash.hexdigest()

    @property
    def type(self):
        return self._kind.type(self.name)

    @property
    def look(self):
        """What the virus scanner says of it. Asked for last, of what would be taken: it may take seconds."""
        if self._look is None:  # no cached_property: up to Python 3.11 one lock would let all files look in turn
            self._look = self.store.scanner.look(self._part) if self.store.scanner else scanner.Look()
        return self._look

    def keep(self):
        """Into its place, durably; a file that is there already stays as it is."""
        target = self.store.path(self.sha256)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        self._file.close()
        os.replace(self._part, target)
        for folder in (target.parent, self.store.folder):
            _sync(folder)
        self.kept = True

    def close(self):
        """Whatever was not kept leaves nothing behind."""
        if self._file:
            self._file.close()
        if not self.kept:
            self._part.unlink(missing_ok=True)


@contextmanager
def sent_along(store, contents, by, at):
    """Files that came with a letter, waiting like a form's; they go where it lands nowhere.

    Of one with a virus only the name comes along.
    """
    waiting = []
    try:
        for file in contents:
            waiting.append(_stage(store, file, by, at))
        yield waiting
    except BaseException:
        for file in waiting:
            drop_unwanted(store, files.unstage(file.id, by))
        raise


def _stage(store, file, by, at):
    incoming = Incoming(store, file.name)
    try:
        for piece in file.pieces():
            incoming.write(piece)
        incoming.seek()
        return files.stage(incoming, by, at, without_viruses=True)
    finally:
        incoming.close()


def keep_letter(store, source):
    """A whole letter, as it came; returns its hash. `OSError` where there is no room: it is read again later."""
    incoming = Incoming(store, "letter", limit=source.seek(0, os.SEEK_END))
    try:
        source.seek(0)
        while piece := source.read(PIECE):
            incoming.write(piece)
        incoming.seek()
        if incoming.no_room or not incoming.size:
            raise OSError(errno.ENOSPC, "no room for a letter")
        incoming.keep()
        return incoming.sha256
    finally:
        incoming.close()


def _write_all(file, piece):
    """An unbuffered write may take less than it is given, as on a disk that is filling up."""
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _sync(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def drop_unwanted(store, sha256):
    """Delete bytes nothing names any more. Under the writers' lock: nobody begins to name them meanwhile."""
    with tx(counts=False):
        if not files.is_wanted(sha256):
            store.drop(sha256)


def drop_parts(store, before):
    """What began to arrive before that time and never came; returns how many went."""
    gone = 0
    for part in store.parts():
        with suppress(FileNotFoundError):  # it has just come after all
            if part.stat().st_mtime < before:
                part.unlink()
                gone += 1
    return gone


def drop_interrupted(store):
    """What was arriving when the server before this one was killed: only one works on a folder."""
    return drop_parts(store, BEGUN)


def look_again(store, at):
    """Files of the last month, and those in quarantine, once more: the scanner has learnt since (ASVS 5.4.3).

    Returns what it found in those people could get, in words.
    """
    looks, held, since = {}, files.quarantined(), time.time() - MONTH
    for path in store.folder.glob("??/*"):
        with suppress(FileNotFoundError):  # deleted meanwhile
            if (path.stat().st_mtime < since and path.name not in held) or not files.places(path.name):
                continue
            look = store.scanner.look(path)
            if not look.is_away:
                looks[path.name] = look.virus
            elif not store.scanner.is_here():
                raise scanner.Away("the files of the last month are looked at another time")
    return files.judge(looks, at)


def sweep(store, at):
    """What crashes and forms never sent have left: parts of yesterday, files nothing names; returns how many went."""
    files.forget_staged(at)
    gone = drop_parts(store, time.time() - ABANDONED)
    for path in [path for path in store.folder.glob("??/*") if path.is_file()]:
        with tx(counts=False):
            if not files.is_wanted(path.name):
                path.unlink(missing_ok=True)
                gone += 1
    return gone
