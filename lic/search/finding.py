"""Finding rows: a few plans, of which the number of rows that have the tokens chooses one.

Nothing asked: along the sort's index. Few rows: all of them, sorted. Sorted by number: in the order FTS5 gives them.
Many rows: along the sort's index, testing each, until the page is full; where that takes too long, all of them.
Every plan gives the same rows in the same order: tests/test_search.py compares each with brute force.
"""

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from lic.models import Generation, current_scope, db
from lic.search.query import DENSE, Match, count_words

CAP = 1000  # counts are exact up to here
FEW = 2000  # so many rows are gathered and sorted without a thought
A_LOOK = 2000  # rows a walk along a sort's index looks up, where hits should be everywhere
LONGEST = 200_000  # rows a walk with the hits in hand goes along
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
        self.words = index.words
        self.joined = f"FROM {index.words} f CROSS JOIN {index.table} s ON s.id = f.rowid WHERE f.{index.words} MATCH ?"
        self.by_number, self.way = query.sort == "number", "DESC" if query.down else "ASC"
        self.value = self._value()

    def _value(self):
        """The sort key's value as SQL, of a row `s`."""
        if self.by_number:
            return "s.id"
        if live := self.index.live.get(self.query.sort):
            return live.replace("t.id", "s.id").replace(":today", f"'{self.query.today.isoformat()}'")
        return f"s.{self.index.key[self.query.sort].name}"

    @property
    def order(self):
        return f"s.id {self.way}" if self.by_number else f"{self.value} {self.way}, s.id {self.way}"

    def beyond(self, after):
        """The condition that a row comes after the page before, and its values."""
        if after is None:
            return "1", []
        sign = "<" if self.query.down else ">"
        if self.by_number:
            return f"s.id {sign} ?", [after[1]]
        return f"({self.value}, s.id) {sign} (?, ?)", list(after)

    def rows(self, sql, *values):
        return db.connection().execute(sql, values).fetchall()

    # --- a page ---

    def page(self, after, limit):
        rows, count = self._page(after, limit + 1)
        rows.sort(key=lambda row: (row[1], row[0]), reverse=self.query.down)
        return Found(rows[:limit], min(count, CAP), count > CAP, len(rows) > limit)

    def _page(self, after, most):
        """Rows, `most` of them if there are, and their count up to CAP + 1."""
        if not self.match.parts:
            return self._along(after, most), self._count_all()
        most_few = CAP if self.by_number else FEW
        if count_words(self.index, self.match.wide, most_few + 1) <= most_few:
            return self._few(after, most)
        return self._many(after, most), self._count()

    def _many(self, after, most):
        if self.by_number:
            return self._in_order(after, most)
        plans = [self._gather]
        if self.query.sort in self.index.key:
            plans.insert(0, partial(self._walk, True, LONGEST))
            if self.match.rarity >= DENSE:
                plans.insert(0, partial(self._walk, False, A_LOOK))
        for plan in plans:
            rows = plan(after, most)
            if len(rows) == most:
                break
        return rows

    def _count_all(self):
        return self.rows(f"SELECT count(*) FROM (SELECT 1 FROM {self.index.table} LIMIT ?)", CAP + 1)[0][0]

    def _count(self):
        if self.match.sure and (count := count_words(self.index, self.match.sure, CAP + 1)) > CAP:
            return count
        test, values = self.match.tests()
        return self.rows(
            f"SELECT count(*) FROM (SELECT 1 {self.joined} AND {test} LIMIT ?)", self.match.wide, *values, CAP + 1
        )[0][0]

    # --- plans ---

    def _along(self, after, most):
        """Nothing is asked: along the sort's index."""
        beyond, values = self.beyond(after)
        name = self.query.sort
        source = f" INDEXED BY {self.index.table}_{name}" if name in self.index.key else ""
        return self.rows(
            f"SELECT s.id, {self.value} FROM {self.index.table} s{source} WHERE {beyond} ORDER BY {self.order} LIMIT ?",
            *values,
            most,
        )

    def _few(self, after, most):
        test, values = self.match.tests()
        rows = self.rows(f"SELECT s.id, {self.value} {self.joined} AND {test}", self.match.wide, *values)
        count = len(rows)
        rows.sort(key=lambda row: (row[1], row[0]), reverse=self.query.down)
        if after is not None:
            rows = [row for row in rows if (row[1], row[0]) != after and ((row[1], row[0]) < after) == self.query.down]
        return rows[:most], count

    def _in_order(self, after, most):
        """By number, as FTS5 gives them."""
        test, values = self.match.tests()
        beyond, last = self.beyond(after)
        beyond = beyond.replace("s.id", "f.rowid")
        joined = self.joined if test != "1" else f"FROM {self.words} f WHERE f.{self.words} MATCH ?"
        return self.rows(
            f"SELECT f.rowid, f.rowid {joined} AND {test} AND {beyond} ORDER BY f.rowid {self.way} LIMIT ?",
            *(self.match.wide, *values, *last, most),
        )

    def _walk(self, in_hand, budget, after, most):
        """Along the sort's index: rows are looked up and tested, or compared with the hits gathered beforehand.

        Fewer than `most` rows mean that the page was not full when the budget was spent.
        """
        index, name = self.index, self.query.sort
        covered = [part for part in self.match.parts if part.covered]
        others = [part for part in self.match.parts if not part.covered and not (in_hand and part.is_certain)]
        beyond, last = self.beyond(after)
        ahead, ahead_values = self.match.tests("s", [part for part in covered if f"{{}}.{name} " in part.test])
        here, here_values = self.match.tests("w", covered)
        test, values = self.match.tests("s", others)
        beside = "".join(f", s.{column}" for column in ("reseller", index.day) if column and column != name)
        hits = f"w.id IN (SELECT rowid FROM {self.words} WHERE {self.words} MATCH ?)" if in_hand else "1"
        return self.rows(
            f"SELECT w.id, w.{name} FROM (SELECT s.id, s.{name}{beside} FROM {index.table} s"
            f" INDEXED BY {index.table}_{name} WHERE {beyond} AND {ahead} ORDER BY {self.order} LIMIT ?) w"
            f" {f'CROSS JOIN {index.table} s ON s.id = w.id' if others else ''}"
            f" WHERE {here} AND {hits} AND {test} LIMIT ?",
            *(*last, *ahead_values, budget, *here_values, *([self.match.wide] if in_hand else ()), *values, most),
        )

    def _gather(self, after, most):
        """All of them, the first ones kept."""
        test, values = self.match.tests()
        beyond, last = self.beyond(after)
        return self.rows(
            f"SELECT s.id, {self.value} {self.joined} AND {test} AND {beyond} ORDER BY {self.order} LIMIT ?",
            *(self.match.wide, *values, *last, most),
        )

    def everything(self):
        if not self.match.parts:
            rows = self._along(None, -1)
        else:
            rows = (self._in_order if self.by_number else self._gather)(None, -1)
        return array("q", (row[0] for row in rows))
