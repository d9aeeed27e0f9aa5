"""A disk that forgets when the power goes: every write, and every promise that what was written stays.

It stands between SQLite and the files (a VFS of SQLite's own, put together through ctypes), so that what the portal
really does is seen, by whichever connection and thread. `cuts` then says what a disk may hold at each moment.
"""

import ctypes
import sys
from contextlib import contextmanager
from pathlib import Path

from peewee import sqlite3  # noqa: F401 (whichever SQLite the portal runs on is loaded)

SECTOR = 512  # bytes a disk writes whole
OK, MAIN_DB, WAL = 0, 0x100, 0x80000  # sqlite3.h
WRITE, TRUNCATE, SYNC = 2, 3, 4  # places in sqlite3_io_methods, after its version
ALL_METHODS = 18
ENDINGS = ("killed", "power", "torn")

_extension = sys.modules.get("pysqlite3._sqlite3") or sys.modules["_sqlite3"]
_library = ctypes.CDLL(getattr(_extension, "__file__", None))
_Open = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
)
_CALLS = {
    WRITE: ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64),
    TRUNCATE: ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64),
    SYNC: ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int),
}


class _Vfs(ctypes.Structure):
    _fields_ = (
        *(("version", ctypes.c_int), ("size_of_file", ctypes.c_int), ("longest_path", ctypes.c_int)),
        *(("next", ctypes.c_void_p), ("name", ctypes.c_char_p), ("data", ctypes.c_void_p)),
        *(("open", ctypes.c_void_p), ("others", ctypes.c_void_p * 15)),
    )


class _Methods(ctypes.Structure):
    _fields_ = (("version", ctypes.c_int), ("all", ctypes.c_void_p * ALL_METHODS))


_library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
_library.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
_library.sqlite3_vfs_register.argtypes = (ctypes.POINTER(_Vfs), ctypes.c_int)
_library.sqlite3_vfs_unregister.argtypes = (ctypes.POINTER(_Vfs),)


class Disk:
    """`happened`: (file's name, what, place or size, bytes), in order."""

    def __init__(self):
        self.happened, self.before = [], {}
        self._base = _library.sqlite3_vfs_find(None)
        self._names, self._watched = {}, {}
        self._open = _Open(self._opened)
        self._vfs = _Vfs.from_buffer_copy(self._base.contents)
        self._vfs.name = b"disk that forgets"
        self._vfs.open = ctypes.cast(self._open, ctypes.c_void_p)

    @contextmanager
    def plugged_in(self, path):
        """Within the block the database of this path lies on this disk, with what is in it."""
        self.before, self._path = {path.name: path.read_bytes()}, str(path)
        _library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        try:
            yield self
        finally:
            _library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
            _library.sqlite3_vfs_register(self._base, 1)

    def note(self, what, number=0):
        """Something else happens, between two writes."""
        self.happened.append((what, what, number, b""))

    def unsynced(self):
        """How many writes the disk may still forget."""
        waiting = {}
        for name, what, *_ in self.happened:
            waiting[name] = 0 if what == SYNC else waiting.get(name, 0) + (what == WRITE)
        return sum(waiting.values())

    # --- between SQLite and its files ----------------------------------------------------------

    def _opened(self, _vfs, name, file, flags, out):
        done = _Open(self._base.contents.open)(ctypes.addressof(self._base.contents), name, file, flags, out)
        if done == OK and flags & (MAIN_DB | WAL) and name.decode().startswith(self._path):
            self._names[file] = Path(name.decode()).name
            methods = ctypes.c_void_p.from_address(file)  # what a sqlite3_file begins with
            if methods.value not in self._watched:
                self._watch(methods.value)
            methods.value = ctypes.addressof(self._watched[methods.value][0])
        return done

    def _watch(self, original):
        methods = _Methods.from_buffer_copy(_Methods.from_address(original))
        kept = [methods]
        for what, kind in _CALLS.items():
            call = kind(self._noting(what, kind(methods.all[what])))
            methods.all[what] = ctypes.cast(call, ctypes.c_void_p).value
            kept.append(call)
        self._watched[original] = self._watched[ctypes.addressof(methods)] = kept

    def _noting(self, what, really):
        def noted(file, *given):
            if what == WRITE:
                buffer, amount, place = given
                self.happened.append((self._names[file], WRITE, place, ctypes.string_at(buffer, amount)))
            else:
                self.happened.append((self._names[file], what, given[0], b""))
            return really(file, *given)

        return noted

    # --- what is left --------------------------------------------------------------------------

    def cuts(self, share, chance):
        """At a share of the writes and syncs: (its place in `happened`, how it ended, {file: its bytes}).

        "killed": the process ended, what it wrote is there. "power": only what was synced is there. "torn": of each
        write since, some sectors, in any order.
        """
        safe = {name: bytearray(content) for name, content in self.before.items()}
        waiting = []
        for place, (name, what, *given) in enumerate(self.happened):
            if what == SYNC:
                for one in [one for one in waiting if one[0] == name]:
                    _apply(safe, *one)
                waiting = [one for one in waiting if one[0] != name]
            elif what in (WRITE, TRUNCATE):
                waiting.append((name, what, *given))
            for ending in ENDINGS if what in _CALLS else ():
                if chance.random() < share:
                    left = {name: bytearray(content) for name, content in safe.items()}
                    for one in {"killed": waiting, "power": [], "torn": _torn(waiting, chance)}[ending]:
                        _apply(left, *one)
                    yield place, ending, left


def _apply(files, name, what, place, content):
    file = files.setdefault(name, bytearray())
    if what == TRUNCATE:
        del file[place:]
    file.extend(b"\0" * (place - len(file)))
    file[place : place + len(content)] = content


def _torn(waiting, chance):
    for name, what, place, content in waiting:
        if what == TRUNCATE and chance.random() < 0.5:
            yield name, what, place, content
        first = -place % SECTOR or SECTOR
        borders = [0, *range(first, len(content), SECTOR), len(content)]
        for begin, end in zip(borders, borders[1:], strict=False):
            if begin < end and chance.random() < 0.5:
                yield name, WRITE, place + begin, content[begin:end]
