"""Finding rows: a few plans, of which the number of rows that have the tokens chooses one.

Nothing asked: along the sort's index. Few rows: all of them, sorted. Sorted by number: in the order FTS5 gives them.
Many rows: along the sort's index, testing each, until the page is full; where that takes too long, all of them.
Every plan gives the same rows in the same order: tests/test_search.py compares each with brute force.
"""

import json
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from lic.models import Generation, current_scope, db
from lic.search.query import Match, tests

CAP = 1000  # counts are exact up to here
FEW = 4000  # so many rows are gathered and sorted without a thought
DENSE = 40_000  # rows one meets everywhere
A_LOOK = 2000  # rows a walk along a sort's index tests, where hits should be everywhere
A_WALK = 30_000  # rows it passes at most
A_HIKE = 200_000  # and with the hits in hand
KEPT = 500  # answers remembered until the next commit


@dataclass(frozen=True)
class Found:
    """One page."""

    rows: list  # (number, its value of the sort key), in order
    count: int  # exact, unless
    over: bool  # there are more than CAP
    more: bool  # there are rows after these


def find(index, query, after=None, limit=50):
    """A page of what the scope may see; `after` is the (value, number) the page before ended with."""
    key, generation = (index.name, current_scope(), query, after, limit), Generation.number
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


class _Answers(OrderedDict):
    generation = None


_answers = _Answers()


class _Finding:
    def __init__(self, index, query):
        self.index, self.query, self.match = index, query, Match(index, query)
        self.by_number, self.way = query.sort == "number", "DESC" if query.down else "ASC"
        self.value = self._value()
        self.order = f"s.id {self.way}" if self.by_number else f"{self.value} {self.way}, s.id {self.way}"
        self.words = f"FROM {index.words} f WHERE f.{index.words} MATCH ?"
        self.joined = f"FROM {index.words} f CROSS JOIN {index.table} s ON s.id = f.rowid WHERE f.{index.words} MATCH ?"

    def _value(self):
        """The sort key's value as SQL, of a row `s`."""
        if self.by_number:
            return "s.id"
        if live := self.index.live.get(self.query.sort):
            return live.replace("t.id", "s.id").replace(":today", f"'{self.query.today.isoformat()}'")
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
        numbers = self._rows(f"SELECT f.rowid {self.words} LIMIT {CAP + 1}", self.match.wide)
        if len(numbers) > CAP:
            return self._sorted(self._many(after, most)), self._count()
        rows = self._sorted(self._tested([number for (number,) in numbers]))
        return _after(rows, after, self.query.down)[:most], len(rows)

    def _many(self, after, most):
        if self.by_number:
            return self._in_order(after, most)
        plans = [self._gather]
        if self.query.sort in self.index.key and self.match.about > FEW:
            plans.insert(0, partial(self._walk, True))
            if self.match.about >= DENSE:
                plans.insert(0, partial(self._walk, False))
        for plan in plans:
            rows = plan(after, most)
            if len(rows) == most:
                break
        return rows

    def _sorted(self, rows):
        rows.sort(key=lambda row: (row[1], row[0]), reverse=self.query.down)
        return rows

    def _count(self):
        if self.match.sure:
            sure = f"SELECT count(*) FROM (SELECT 1 {self.words} LIMIT {CAP + 1})"
            if (count := self._rows(sure, self.match.sure)[0][0]) > CAP:
                return count
        test, values = tests(self.match.open)
        counted = f"SELECT count(*) FROM (SELECT 1 {self.joined} AND {test} LIMIT {CAP + 1})"
        return self._rows(counted, self.match.wide, *values)[0][0]

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

    def _tested(self, numbers):
        """Those of these rows that are meant."""
        test, values = tests(self.match.open)
        return self._rows(
            f"SELECT s.id, {self.value} FROM json_each(?) f CROSS JOIN {self.index.table} s ON s.id = f.value"
            f" WHERE {test}",
            json.dumps(numbers),
            *values,
        )

    def _in_order(self, after, most):
        """By number, as FTS5 gives them."""
        test, values = tests(self.match.open)
        beyond, last = self._beyond(after)
        source = self.joined if self.match.open else self.words
        return self._rows(
            f"SELECT f.rowid, f.rowid {source} AND {test} AND {beyond.replace('s.id', 'f.rowid')}"
            f" ORDER BY f.rowid {self.way} LIMIT ?",
            *(self.match.wide, *values, *last, most),
        )

    def _walk(self, in_hand, after, most):
        """Along the sort's index: rows are looked up and tested, or compared with the hits gathered beforehand.

        Fewer than `most` rows mean that the page was not full when it gave up.
        """
        index, name = self.index, self.query.sort
        covered = [part for part in self.match.parts if part.covered]
        others = [p for p in (self.match.open if in_hand else self.match.parts) if not p.covered]
        beyond, last = self._beyond(after)
        ahead, ahead_values = tests([part for part in covered if f"{{}}.{name} " in part.test])
        here, here_values = tests(covered, "w")
        test, values = tests(others)
        beside = "".join(f", s.{column}" for column in ("reseller", index.day) if column and column != name)
        walk = (
            f"SELECT w.id, w.{name} FROM (SELECT s.id, s.{name}{beside} FROM {index.table} s"
            f" INDEXED BY {index.table}_{name} WHERE {beyond} AND {ahead} ORDER BY {self.order} LIMIT ?) w WHERE {here}"
        )
        if in_hand:
            walk += f" AND w.id IN (SELECT f.rowid {self.words})"
            passed = [*last, *ahead_values, A_HIKE, *here_values, self.match.wide]
        else:
            walk, passed = f"{walk} LIMIT ?", [*last, *ahead_values, A_WALK, *here_values, A_LOOK]
        joined = f"CROSS JOIN {index.table} s ON s.id = w.id" if others else ""
        return self._rows(
            f"SELECT w.id, w.{name} FROM ({walk}) w {joined} WHERE {test} LIMIT ?", *passed, *values, most
        )

    def _gather(self, after, most):
        """All of them, the first ones kept."""
        test, values = tests(self.match.open)
        beyond, last = self._beyond(after)
        return self._rows(
            f"SELECT s.id, {self.value} {self.joined} AND {test} AND {beyond} ORDER BY {self.order} LIMIT ?",
            *(self.match.wide, *values, *last, most),
        )

    def everything(self):
        if not self.match.parts:
            rows = self._along(None, -1)
        else:
            rows = (self._in_order if self.by_number else self._gather)(None, -1)
        return array("q", (row[0] for row in rows))


def _after(rows, last, down):
    if last is None:
        return rows
    return [row for row in rows if ((row[1], row[0]) < last if down else (row[1], row[0]) > last)]
