"""Finding rows: a few plans, of which the number of rows found chooses one.

Nothing asked: along the sort's index. Up to a thousand: all of them, sorted. Sorted by number: in FTS5's own order.
More: stretch by stretch of the sort key's values, several at once where few have any, until the page is full.
Every plan gives the same rows in the same order: tests/test_search.py compares each with looking through every row.
"""

import json
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from itertools import chain, islice

from lic.models import Generation, current_scope, db
from lic.search.query import Match, tests
from lic.search.texts import STRETCHES, stretches

CAP = 1000  # counts are exact up to here
FEW = 300  # so many rows of a stretch are gathered and sorted without a thought
IN_VAIN = 1000  # so many may be tested in vain before all tokens are read
MOST_LOOKS = 150  # stretches looked at before all rows are gathered after all
A_LOOK = 2000  # rows of a stretch that are looked at one by one, where most are found
KEPT = 500  # answers remembered until the next commit, of 2 KB each


@dataclass(frozen=True)
class Found:
    """One page."""

    rows: list  # (number, its value of the sort key), in order
    count: int  # exact, unless
    over: bool  # there are more than CAP
    more: bool  # there are rows after these


def find(index, query, after=None, limit=50):
    """A page of what the scope may see; `after` is the (value, number) the page before ended with."""
    generation = Generation.number
    key = generation, index.name, current_scope(), query, after, limit
    if _answers.generation != generation:
        _answers.clear()
        _answers.generation = generation
    if key in _answers:
        return _answers[key]
    found = _Finding(index, query).page(after, limit)
    if not db.in_transaction():  # what may still be undone is not remembered
        _answers[key] = found
        if len(_answers) > KEPT:
            _answers.popitem(last=False)
    return found


def every(index, query):
    """The numbers of all rows found, in order."""
    return _Finding(index, query).everything()


def values(index, name, most=50):
    """The different values a key has, in order, up to so many."""
    found, sql = [], f"SELECT min({name}) FROM {index.table} WHERE {name} > ?"
    last = db.connection().execute(f"SELECT min({name}) FROM {index.table}").fetchone()[0]
    while last is not None and len(found) < most:
        found.append(last)
        last = db.connection().execute(sql, (last,)).fetchone()[0]
    return found


class _Answers(OrderedDict):
    generation = None


_answers = _Answers()


class _Finding:
    def __init__(self, index, query):
        self.index, self.query, self.match = index, query, Match(index, query)
        self.by_number, self.way = query.sort == "number", "DESC" if query.down else "ASC"
        self.wide, self.looks, self.in_vain = getattr(self.match, "wide", None), 0, 0
        self.value = self._value()
        self.order = f"s.id {self.way}" if self.by_number else f"{self.value} {self.way}, s.id {self.way}"
        self.words = f"FROM {index.words} f WHERE f.{index.words} MATCH ?"
        self.joined = f"FROM {index.words} f CROSS JOIN {index.table} s ON s.id = f.rowid WHERE f.{index.words} MATCH ?"

    def _value(self):
        """The sort key's value as SQL, of a row `s`."""
        if self.by_number:
            return "s.id"
        if live := self.index.live.get(self.query.sort):
            value = live.replace(":today", f"'{self.query.today.isoformat()}'")
            return f'(SELECT {value} FROM "{self.index.record._meta.table_name}" t WHERE {self.index.row} = s.id)'
        return f"s.{self.index.key[self.query.sort].name}"

    def _beyond(self, after):
        """The condition that a row comes after the page before, and its values."""
        if after is None:
            return "1", []
        sign = "<" if self.query.down else ">"
        if self.by_number:
            return f"s.id {sign} ?", [after[1]]
        return f"({self.value}, s.id) {sign} (?, ?)", list(after)

    def _rows(self, sql, *values):
        return db.connection().execute(sql, values).fetchall()

    # --- a page ---

    def page(self, after, limit):
        rows, count = self._page(after, limit + 1)
        return Found(rows[:limit], min(count, CAP), count > CAP, len(rows) > limit)

    def _page(self, after, most):
        """Rows, `most` of them if there are, and their count up to CAP + 1."""
        if not self.match.parts:
            count = f"SELECT count(*) FROM (SELECT 1 FROM {self.index.table} LIMIT {CAP + 1})"
            return self._along(after, most), self._rows(count)[0][0]
        if self._is_sure_of_many():
            return self._first(self.order, most, after) if self.by_number else self._many(after, most), CAP + 1
        if self.by_number:
            rows = self._first(self.order, most, after)
            return rows, len(rows) if after is None and len(rows) < most else self._count()
        rows = self._first(self._likely(), CAP + 1)
        if len(rows) > CAP:
            return self._many(after, most), len(rows)
        return _after(self._sorted(rows), after, self.query.down)[:most], len(rows)

    def _count(self):
        test, values = tests(self.match.open)
        source = self.joined if self.match.open else self.words
        counted = f"SELECT count(*) FROM (SELECT 1 {source} AND {test} LIMIT {CAP + 1})"
        return self._rows(counted, self.wide, *values)[0][0]

    def _likely(self):
        """From which end rows are sooner found: what ends from some day on is among the newest."""
        return "f.rowid DESC" if any(first and not last for _, first, last in self.query.spans) else ""

    def _is_sure_of_many(self):
        """Whether tokens alone tell that there are more than CAP."""
        if self.match.about < 5 * CAP or not self.match.sure:
            return False
        sure = f"SELECT count(*) FROM (SELECT 1 {self.words} LIMIT {CAP + 1})"
        return self._rows(sure, self.match.sure)[0][0] > CAP

    def _many(self, after, most):
        if key := self.index.key.get(self.query.sort):
            rows = self._stretches(key, after, most)
            if self.looks <= MOST_LOOKS:
                return rows
        return self._first(self.order, most, after)

    def _sorted(self, rows):
        rows.sort(key=lambda row: (row[1], row[0]), reverse=self.query.down)
        return rows

    # --- plans ---

    def _along(self, after, most):
        """Nothing is asked: along the sort's index."""
        beyond, values = self._beyond(after)
        name = self.query.sort
        source = f" INDEXED BY {self.index.table}_{name}" if name in self.index.key else ""
        return self._rows(
            f"SELECT s.id, {self.value} FROM {self.index.table} s{source} WHERE {beyond} ORDER BY {self.order} LIMIT ?",
            *values,
            most,
        )

    def _first(self, order, most, after=None, tokens=None):
        """The first rows in this order, of those that have the tokens and meet the tests."""
        test, values = tests(self.match.open)
        beyond, last = self._beyond(after)
        source, number, value = self.joined, "s.id", self.value
        if self.by_number:  # FTS5 gives them in this order by itself
            order, number = order.replace("s.id", "f.rowid"), "f.rowid"
            beyond, value = beyond.replace("s.id", "f.rowid"), "f.rowid"
            source = self.joined if self.match.open else self.words
        return self._rows(
            f"SELECT {number}, {value} {source} AND {test} AND {beyond} {f'ORDER BY {order}' if order else ''} LIMIT ?",
            *(tokens or self.wide, *values, *last, most),
        )

    def _stretches(self, key, after, most, within=(None, None), depth=0):
        """Stretch by stretch of a key's values, more and more at once; those with many rows by their smaller ones."""
        found, at_once, waiting = [], 1, self._with_rows(key, after, within, depth)
        while len(found) < most and (some := list(islice(waiting, at_once))):
            left, tokens = most - len(found), " OR ".join(f'"{stretch.token}"' for stretch in some)
            numbers = self._rows(f"SELECT f.rowid {self.words} LIMIT {FEW + 1}", f"{self.wide} AND ({tokens})")
            self.looks += 1
            if self.looks > MOST_LOOKS:
                break
            if len(numbers) <= FEW:
                found += self._gathered([number for (number,) in numbers], after)[:left]
                at_once *= 2
            elif len(some) > 1:
                waiting, at_once = chain(some, waiting), 1
            elif depth + 1 < len(STRETCHES[key.kind]):
                found += self._stretches(key, after, left, (some[0].low, some[0].high), depth + 1)
            else:
                found += self._dense(key, some[0], after, left)
        return found

    def _gathered(self, numbers, after):
        """Those of these rows that are asked for, in order."""
        rows = self._tested(numbers) if numbers else []
        self.in_vain += len(numbers) - len(rows)
        if self.in_vain > IN_VAIN:
            self.wide = self.match.all_tokens
        return _after(self._sorted(rows), after, self.query.down)

    def _tested(self, numbers):
        """Those of these rows that meet the tests."""
        test, values = tests(self.match.open)
        return self._rows(
            f"SELECT s.id, {self.value} FROM json_each(?) f CROSS JOIN {self.index.table} s ON s.id = f.value"
            f" WHERE {test}",
            json.dumps(numbers),
            *values,
        )

    def _with_rows(self, key, after, within, depth):
        """The stretches of one size that the list has rows in, in order, from `after` on; `within` a larger one."""
        down, name = self.query.down, key.name
        bounds = [self.match.bounds(name), within]
        if after is not None:
            bounds.append((None, stretches(name, key.kind, after[0])[-1].high) if down else (after[0], None))
        low = max((low for low, _ in bounds if low is not None), default=None)
        high = min((high for _, high in bounds if high is not None), default=None)
        while True:
            inside, values = self._inside(key, low, high)
            found = self._rows(
                f"SELECT s.{name} FROM {self.index.table} s INDEXED BY {self.index.table}_{name}"
                f" WHERE {inside} ORDER BY s.{name} {self.way} LIMIT 1",
                *values,
            )
            if not found:
                return
            stretch = stretches(name, key.kind, found[0][0])[depth]
            yield stretch
            low, high = (low, stretch.low) if down else (stretch.high, high)

    def _inside(self, key, low, high):
        """One bound each, for SQLite seeks by one and would pass along the other."""
        bounds = [(">=", low), ("<", high)]
        test = " AND ".join(f"s.{key.name} {sign} ?" for sign, value in bounds if value is not None)
        return test or "1", [value for _, value in bounds if value is not None]

    def _dense(self, key, stretch, after, most):
        """The first rows of a stretch with many: of one value by number, else along the sort's index."""
        token = f' AND "{stretch.token}"'
        if stretch.is_one_value:
            return self._first(f"f.rowid {self.way}", most, after, self.match.in_order + token)
        rows = self._walk(key, stretch, after, most)
        return rows if len(rows) == most else self._first(self.order, most, after, self.wide + token)

    def _walk(self, key, stretch, after, most):
        """Rows of a stretch along the sort's index, each tested; fewer than `most` if not so dense after all."""
        index, name = self.index, key.name
        inside, inside_values = self._inside(key, stretch.low, stretch.high)
        beyond, last = self._beyond(after)
        covered, others = ([p for p in self.match.parts if p.covered is yes] for yes in (True, False))
        here, here_values = tests(covered, "w")
        test, values = tests(others)
        beside = "".join(f", s.{column}" for column in ("reseller", index.day) if column and column != name)
        joined = f"CROSS JOIN {index.table} s ON s.id = w.id" if others else ""
        return self._rows(
            f"SELECT w.id, w.{name} FROM (SELECT s.id, s.{name}{beside} FROM {index.table} s"
            f" INDEXED BY {index.table}_{name} WHERE {inside} AND {beyond} ORDER BY {self.order} LIMIT {A_LOOK}) w"
            f" {joined} WHERE {here} AND {test} LIMIT ?",
            *(*inside_values, *last, *here_values, *values, most),
        )

    def everything(self):
        if not self.match.parts:
            rows = self._along(None, -1)
        else:
            rows = self._first(self.order, -1)
        return array("q", (row[0] for row in rows))


def _after(rows, last, down):
    if last is None:
        return rows
    return [row for row in rows if ((row[1], row[0]) < last if down else (row[1], row[0]) > last)]
