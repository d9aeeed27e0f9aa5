"""What an index holds, and how it keeps up with the records.

For each list: a narrow table of keys (what one sorts and filters by, folded, with the text to verify words in) and a
contentless FTS5 index with tokens of our own: every three letters of every word, the first one and two letters of
every word, the owner, and where each key stands among its like. Both follow every write within its transaction.
"""

import json
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from types import SimpleNamespace

from lic.models import db, kept_with
from lic.search.texts import DAY, NUMBER, TEXT, TIME, WORD, begins, folded, forget, subwords, tokens, tokens_of

EPOCH = date(1970, 1, 1).toordinal()
AT_ONCE = 20_000  # rows of an index written together when all of it is
business = SimpleNamespace(zone=UTC)  # once `in_zone` has told it
indexes = []

NONE = -1  # the place of no member of an enum
RESELLER, CUSTOMER = "reseller", "customer"
INSIDE = "  "  # before the ends of words that begin after a sign; no text has two spaces


@dataclass(frozen=True)
class Key:
    """One column of a list: `sql` reads its value as it is shown, from the record's row `t` and the index's joins.

    TEXT is folded and searched; DAY and TIME are searched as dd/mm/yyyy hh:mm, DAY also filtered from … to;
    WORD is a member of `words`, an enum; NUMBER is only sorted by.
    """

    name: str
    sql: str
    kind: str = TEXT
    words: type = None

    def stored(self, value):
        if self.kind == TEXT:
            return folded(value)
        if self.kind == DAY:
            return _days(value) if value else 0
        if self.kind == NUMBER:
            return value or 0
        if self.kind == TIME:
            return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()) if value else 0
        return NONE if value is None else self.place(self.words(value))

    def place(self, member):
        return list(self.words).index(member) if self.words else member

    def searched(self, stored):
        """What of a stored value is searched besides the texts."""
        if self.kind == DAY and stored:
            return _day_text(stored)
        if self.kind == TIME and stored:
            return datetime.fromtimestamp(stored, business.zone).strftime("%d/%m/%Y %H:%M")
        return ""

    def shown(self, value):
        """The value as a screen is given it."""
        if value is None:
            return None
        if self.kind == DAY:
            return _date(value)
        if self.kind == TIME:
            return datetime.fromisoformat(value)
        return self.words(value) if self.kind == WORD else value


class Person(Key):
    """Somebody's number, or something's: rows are chosen by it, and it is neither searched nor shown."""

    def stored(self, value):
        return value or 0

    def place(self, member):
        return member

    def shown(self, value):
        return value


_date = lru_cache(maxsize=4096)(date.fromisoformat)


@lru_cache(maxsize=4096)
def _days(iso):
    return date.fromisoformat(iso).toordinal() - EPOCH


@lru_cache(maxsize=4096)
def _day_text(days):
    return date.fromordinal(days + EPOCH).strftime("%d/%m/%Y")


@dataclass(frozen=True, eq=False)
class Index:
    """How one list is searched. `row` is the record's number: it never changes, and ties are ordered by it.

    `also` are further texts to search; `live` values depend on the day (`:today`) and are computed when asked; `extra`
    are read with a row and neither searched nor sorted; `follows` tells which rows another record's change reaches:
    `{Article: ("t.id = ?", "contract_id")}`, or several such pairs.
    """

    name: str
    record: type
    row: str
    keys: tuple
    join: str = ""
    where: str = "1"
    also: tuple = ()
    live: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)
    follows: dict = field(default_factory=dict)
    reseller: str = "t.reseller_id"
    customer: str = "t.customer_id"

    def __post_init__(self):
        indexes.append(self)

    @cached_property
    def table(self):
        return f"{self.name}_keys"

    @cached_property
    def words(self):
        return f"{self.name}_words"

    @cached_property
    def key(self):
        return {key.name: key for key in self.keys}

    @cached_property
    def day(self):
        """The day one filters by, if there is one; it stands beside every sort key."""
        return next((key.name for key in self.keys if key.kind == DAY), None)

    @cached_property
    def _from(self):
        return f'FROM "{self.record._meta.table_name}" t {self.join} WHERE {self.where}'

    # --- tables ---

    def ddl(self):
        columns = [f"{key.name} {'TEXT' if key.kind == TEXT else 'INTEGER'} NOT NULL" for key in self.keys]
        text = " || ' ' || ".join(["''", "rest", *(key.name for key in self.keys if key.kind == TEXT)])
        yield (
            f"CREATE TABLE {self.table} (id INTEGER PRIMARY KEY, reseller INTEGER NOT NULL, customer INTEGER NOT NULL,"
            f" {', '.join(columns)}, rest TEXT NOT NULL, text TEXT GENERATED ALWAYS AS ({text}) VIRTUAL) STRICT"
        )
        yield from self._sorted()
        yield (
            f"CREATE VIRTUAL TABLE {self.words}"
            " USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"
        )

    def _sorted(self):
        """Covering: a walk along a sort key tests the owner and the day without the row."""
        for key in self.keys:
            beside = [name for name in ("reseller", self.day) if name and name != key.name]
            columns = ", ".join([key.name, "id", *beside])
            yield f"CREATE INDEX {self.table}_{key.name} ON {self.table} ({columns})"

    # --- from a record to its keys and tokens ---

    @cached_property
    def _source(self):
        values = [self.row, self.reseller, f"coalesce({self.customer}, 0)", *(key.sql for key in self.keys), *self.also]
        return f"SELECT {', '.join(values)} {self._from}"

    def keyed(self, row):
        """The row of the key table made from one row of the source."""
        many = len(self.keys)
        values = [key.stored(value) for key, value in zip(self.keys, row[3:], strict=False)]
        words = " ".join([values[place] for place in self._texts]).split()
        rest = [str(row[0]), *[self.keys[place].searched(values[place]) for place in self._days]]
        rest += [word for text in row[3 + many :] if text for word in folded(text).split() if word not in words]
        inside = [part for word in (*rest, *words) if not word.isalnum() for part in subwords(word)]
        return (*row[:3], *values, f"{' '.join(filter(None, rest))}{INSIDE}{' '.join(inside)}")

    @cached_property
    def _texts(self):
        return [place for place, key in enumerate(self.keys) if key.kind == TEXT]

    @cached_property
    def _days(self):
        return [place for place, key in enumerate(self.keys) if key.kind in (DAY, TIME)]

    def document(self, keyed):
        """The tokens of a row of the key table: what was inserted, and to the letter what must be deleted."""
        rest, _, inside = keyed[-1].partition(INSIDE)
        parts = [f"{RESELLER}{keyed[1]} {CUSTOMER}{keyed[2]}", tokens(rest)]
        parts += [begins(word) for word in inside.split()]
        parts += [tokens(keyed[place + 3]) for place in self._texts]
        parts += [tokens_of(key.name, key.kind, value) for key, value in zip(self.keys, keyed[3:-1], strict=True)]
        return " ".join(parts)

    # --- keeping up ---

    @cached_property
    def _columns(self):
        return ", ".join(["id", "reseller", "customer", *self.key, "rest"])

    @cached_property
    def _put(self):
        marks = ",".join("?" * (len(self.keys) + 4))
        return f"INSERT OR REPLACE INTO {self.table} ({self._columns}) VALUES ({marks})"

    @cached_property
    def _put_words(self):
        return f"INSERT INTO {self.words} (rowid, words) VALUES (?, ?)"

    def refresh(self, numbers):
        """Bring these rows up to date with their records: new, changed or gone."""
        execute, listed = db.connection().execute, json.dumps(sorted(numbers))
        old = f"SELECT {self._columns} FROM {self.table} WHERE id IN (SELECT value FROM json_each(?))"
        before = {row[0]: row for row in execute(old, (listed,)).fetchall()}
        source = f"{self._source} AND {self.row} IN (SELECT value FROM json_each(?))"
        after = {row[0]: self.keyed(row) for row in execute(source, (listed,)).fetchall()}
        for number in numbers:
            was, is_now = before.get(number), after.get(number)
            if was == is_now:
                continue
            if was:
                drop = f"INSERT INTO {self.words} ({self.words}, rowid, words) VALUES ('delete', ?, ?)"
                execute(drop, (number, self.document(was)))
            if is_now:
                execute(self._put_words, (number, self.document(is_now)))
                execute(self._put, is_now)
            else:
                execute(f"DELETE FROM {self.table} WHERE id = ?", (number,))

    def reached(self, record):
        """The numbers of the rows that show something of a changed record."""
        execute = db.connection().execute
        if isinstance(record, self.record) and (number := getattr(record, self.row.removeprefix("t."))) is not None:
            yield number
        rules = self.follows.get(type(record), ())
        for condition, path in (rules,) if rules and isinstance(rules[0], str) else rules:
            value = getattr(record, path)
            yield from (n for (n,) in execute(f"SELECT {self.row} {self._from} AND {condition}", (value,)).fetchall())
            if condition == f"{self.customer} = ?":  # rows it has just lost to another
                lost = f"SELECT rowid FROM {self.words} WHERE {self.words} MATCH ?"
                yield from (n for (n,) in execute(lost, (f"{CUSTOMER}{value}",)).fetchall())

    def fill(self, prepare=None):
        """Make all of it anew from the records, in one sweep and with its indexes sorted at the end.

        `prepare` turns chunks of the source into `prepared` ones, elsewhere if it likes.
        """
        execute, many = db.connection().execute, db.connection().executemany
        for statement in self._sorted():
            execute(f"DROP INDEX {statement.split()[2]}")
        execute(f"DELETE FROM {self.table}")
        self._command("delete-all")
        self._command("automerge", 0)
        source = execute(f"{self._source} ORDER BY {self.row}")
        chunks = iter(lambda: source.fetchmany(AT_ONCE), [])
        for rows, documents in prepare(self.name, chunks) if prepare else map(self.prepared, chunks):
            many(self._put, rows)
            many(self._put_words, documents)
        self._command("optimize")
        self._command("automerge", 4)  # as FTS5 has it
        for statement in self._sorted():
            execute(statement)
        forget()

    def _command(self, name, rank=None):
        db.connection().execute(f"INSERT INTO {self.words} ({self.words}, rank) VALUES (?, ?)", (name, rank))

    def prepared(self, chunk):
        rows = [self.keyed(row) for row in chunk]
        return rows, [(row[0], self.document(row)) for row in rows]

    # --- rows as they are shown ---

    @cached_property
    def Row(self):  # noqa: N802 (a class)
        return namedtuple("Row", ["number", *self.key, *self.live, *self.extra])

    @cached_property
    def _rows(self):
        values = [self.row, *(key.sql for key in self.keys), *self.live.values(), *self.extra.values()]
        return f"SELECT {', '.join(values)} {self._from} AND {self.row} IN (SELECT value FROM json_each(:numbers))"

    @cached_property
    def _converted(self):
        return [(place, key.shown) for place, key in enumerate(self.keys, 1) if key.kind in (DAY, TIME, WORD)]

    def rows(self, numbers, today):
        """The rows of these numbers, in their order; those that have gone meanwhile are left out."""
        values = {"numbers": json.dumps(numbers), "today": today.isoformat()}
        found = {}
        for row in db.connection().execute(self._rows, values).fetchall():
            said = list(row)
            for place, shown in self._converted:
                said[place] = shown(said[place])
            found[row[0]] = self.Row._make(said)
        return [found[number] for number in numbers if number in found]


def in_zone(timezone):
    """Moments are searched as people read them: in the business time zone."""
    business.zone = timezone


@kept_with
def follow(touched):
    """Before a transaction ends, its changes are in every index they show in."""
    for index in indexes:
        if numbers := {number for record in touched for number in index.reached(record)}:
            index.refresh(sorted(numbers))


def ddl():
    """The tables of all indexes, one statement each."""
    return [statement for index in indexes for statement in index.ddl()]
