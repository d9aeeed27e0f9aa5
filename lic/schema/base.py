"""The database, how it is written to, and the scope that keeps one organisation's rows from another."""

import json
import threading
import unicodedata
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from peewee import ForeignKeyField, SqliteDatabase, TextField, Value
from playhouse.fields import EnumFieldMixin

from lic.schema.generation import Generation, move_on, watch  # noqa: F401 (from here, as everything of writing)
from lic.schema.reading import Selected, together  # noqa: F401
from lic.schema.storing import Inserted, Updated
from lic.schema.turns import Turns

PRAGMAS = {  # measured: see README "Decisions" and tests/durability
    "journal_mode": "wal",
    "synchronous": "full",  # NORMAL loses acknowledged commits in a power cut
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 0,  # it is paid whenever a page is looked at
    "journal_size_limit": 64 * 1024 * 1024,
    "cache_size": -250,  # of each connection; the system's own cache, which all share, is as quick
    "mmap_size": 0,  # a sixth quicker, but then all that was ever searched counts as the portal's memory
    "temp_store": "memory",
}

db = SqliteDatabase(
    None,
    lock_type="IMMEDIATE",
    pragmas=PRAGMAS,
    field_types={"DATE": "TEXT", "DATETIME": "TEXT", "TIME": "TEXT"},  # STRICT tables know no DATE
)


def N_(text):  # noqa: N802 (gettext's own name for "a word to translate later")
    """Mark a word for the translators where it is written; it is translated where it is shown."""
    return text


def NN_(one, many):  # noqa: N802
    """The same for a sentence with a count in it; the value named `count` decides."""
    return one, many


def NC_(context, text):  # noqa: N802
    """The same for a word that reads differently elsewhere: NC_("order", "Expired") is feminine in French."""
    return f"{context}\x04{text}"


@dataclass(frozen=True)
class Moment:
    """When something happens, on both clocks (R9)."""

    day: date  # the business date
    at: datetime  # the business clock as UTC, for the times people are shown
    utc: datetime  # real UTC, for sessions, links and the audit trail


@db.func(deterministic=True)
def fold(text):
    """Text as a reader searches and sorts it: no case, no accents."""
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


# --- the scope ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """Whose rows are seen: everybody's, one reseller's (with its customers'), or one customer's."""

    everything: bool = False
    reseller: int | None = None
    customer: int | None = None  # with its reseller beside it


NOBODY, EVERYBODY = Scope(), Scope(everything=True)
_scope = ContextVar("scope", default=NOBODY)


class OutOfScope(Exception):
    """Somebody's rows were asked for outside that scope: a bug, never a user's mistake."""


@contextmanager
def scope(seen):
    """Within the block, queries see the rows of this scope only."""
    token = _scope.set(seen)
    try:
        yield
    finally:
        _scope.reset(token)


def open_scope(seen):
    """Widen the surrounding scope, until it ends."""
    _scope.set(seen)


def current_scope():
    return _scope.get()


# --- records -----------------------------------------------------------------------------------


def Ref(model, **options):  # noqa: N802 (reads as a field type)
    """A foreign key: never cascading, no hidden back-reference."""
    return ForeignKeyField(model, **{"on_delete": "RESTRICT", "backref": "+"} | options)


class Labelled(Enum):
    """An enum whose members carry the word a reader sees: `ACTIVE = "active", N_("Active")`."""

    def __new__(cls, value, label=None):
        member = object.__new__(cls)
        member._value_ = value
        member.label = label or value
        return member


class EnumField(EnumFieldMixin, TextField):
    enum_value_type = str


class JSONField(TextField):
    """A small structure nobody searches in."""

    def db_value(self, value):
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def python_value(self, value):
        return None if value is None else json.loads(value)


class Record(db.Model):
    class Meta:
        legacy_table_names = False
        strict_tables = True

    @classmethod
    def select(cls, *fields):
        return Selected(cls, fields or cls._meta.sorted_fields, is_default=not fields)

    @classmethod
    def insert(cls, data=None, **values):
        return Inserted(cls, cls._normalize_data(data, values))

    @classmethod
    def update(cls, data=None, **values):
        return Updated(cls, cls._normalize_data(data, values))

    def again(self):
        """The record as it is now; inside `tx()` nobody else can change it any more."""
        return type(self).get_by_id(self.get_id())

    def save(self, *args, **kwargs):
        saved = super().save(*args, **kwargs)
        touch(self)
        return saved

    def delete_instance(self, *args, **kwargs):
        touch(self)
        return super().delete_instance(*args, **kwargs)


class Scoped(Record):
    """A row not everybody may see. Every query on it is narrowed to the scope; none may skip it."""

    @classmethod
    def _seen_by(cls, seen):
        """The condition a row meets to be seen inside `seen`, which is not EVERYBODY."""
        raise NotImplementedError(cls.__name__)

    @classmethod
    def is_seen(cls):
        """The condition a row meets to be seen in the scope around, for those who join it."""
        seen = _scope.get()
        if seen == NOBODY:
            raise OutOfScope(cls.__name__)
        return Value(True) if seen.everything else cls._seen_by(seen)

    @classmethod
    def _narrow(cls, query):
        return query if _scope.get().everything else query.where(cls.is_seen())

    @classmethod
    def select(cls, *fields):
        return cls._narrow(super().select(*fields))

    @classmethod
    def update(cls, *args, **values):
        return cls._narrow(super().update(*args, **values))

    @classmethod
    def delete(cls):
        return cls._narrow(super().delete())


# --- writing -----------------------------------------------------------------------------------

_writing = Turns()
_state = threading.local()
_keepers = []  # called with the records a transaction touched, before it commits
_listeners = []  # called after a commit, outside the lock


def kept_with(keeper):
    """Register what must follow every change within its transaction (the search index)."""
    _keepers.append(keeper)
    return keeper


def after_commits(listener):
    """Register what may want to know, later, that something was committed (the mail thread)."""
    _listeners.append(listener)
    return listener


def touch(*records):
    """Tell the keepers of derived tables that these records changed in this transaction."""
    if getattr(_state, "depth", 0):
        _state.touched.extend(records)


def is_writing():
    """Whether this is inside tx(), where what was read before may no longer be so."""
    return bool(getattr(_state, "depth", 0))


def read_once(record, name, find):
    """What `find` reads about a record, once for as long as nobody commits; a verb, inside tx(), reads it anew."""
    if is_writing():
        return find()
    now = Generation.number, current_scope()
    since, known = record.__dict__.get("_read", (None, None))
    if since != now:
        known = {}
        record.__dict__["_read"] = now, known
    if name not in known:
        known[name] = find()
    return known[name]


@contextmanager
def tx(counts=True):
    """The only way to write: one writer at a time in the process, then BEGIN IMMEDIATE.

    Nested blocks belong to the outermost one: what it cannot finish leaves nothing behind.
    `counts=False` is for what changes no page (when a session was last seen).
    """
    with _writing:
        outermost = not getattr(_state, "depth", 0)
        if outermost:
            _state.touched = []
        _state.depth = getattr(_state, "depth", 0) + 1
        try:
            with db.atomic():
                begun = watch.begin(db.database, db.connection()) if outermost else None
                yield
                if outermost:
                    for keeper in _keepers:
                        keeper(_state.touched)
        finally:
            _state.depth -= 1
            if outermost:
                _state.touched = []
        if outermost:
            watch.committed(db.database, db.connection(), begun)
        if outermost and counts:
            move_on()
    if outermost and counts:
        for listener in _listeners:
            listener()
