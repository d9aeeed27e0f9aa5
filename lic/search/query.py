"""What is asked of a list, as tokens of its index and as tests of its rows."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from lic.models import NOBODY, OutOfScope, current_scope, db
from lic.search.index import CUSTOMER, EPOCH, MONTH, ONE_OF, RESELLER, SAFE, YEAR

DENSE = 40_000  # how far the rows of a token are counted


@dataclass(frozen=True)
class Query:
    """What is asked. `words` are folded and must all be found.

    `only`: ((key, members), …). `spans`: ((key, first day, last day), …); either may be None.
    `spoken`: ((word, key, members), …): this word is also found in what these members of an enum are called.
    """

    words: tuple = ()
    sort: str = "number"
    down: bool = True
    only: tuple = ()
    spans: tuple = ()
    spoken: tuple = ()
    today: date = None


@dataclass(frozen=True)
class Part:
    """One condition. Every row that meets it has the tokens `wide`; only such rows have `sure`; `test` tells."""

    wide: str
    sure: str | None
    test: str  # of a row; "{}" is its name
    values: tuple
    rarity: int = DENSE  # about how many rows have its rarest token, as far as that matters
    covered: bool = False  # the test reads nothing but what stands in every sort's index

    @property
    def is_certain(self):
        return self.wide == self.sure


class Match:
    """A query within the scope, as its parts."""

    def __init__(self, index, query):
        self.index, seen = index, current_scope()
        if seen == NOBODY:
            raise OutOfScope(index.name)
        self.parts = [] if seen.everything else [_own(index, seen)]
        self.parts += [self._only(*only) for only in query.only]
        self.parts += [self._span(*span) for span in query.spans]
        spoken = {word: named for word, *named in query.spoken}
        self.parts += [self._word(word, spoken.get(word)) for word in query.words]

    @cached_property
    def wide(self):
        return " AND ".join(part.wide for part in self.parts)

    @cached_property
    def sure(self):
        """Tokens only rows found have, or None."""
        return " AND ".join(part.sure for part in self.parts) if all(part.sure for part in self.parts) else None

    @cached_property
    def rarity(self):
        """About how many rows there are at most."""
        return min(part.rarity for part in self.parts)

    def tests(self, row="s", parts=None):
        """The tests of these parts (of what tokens leave open) as SQL and values."""
        if parts is None:
            parts = [part for part in self.parts if not part.is_certain]
        test = " AND ".join(part.test.format(row) for part in parts) or "1"
        return test, [value for part in parts for value in part.values]

    def _only(self, name, members):
        places = [self.index.key[name].place(member) for member in members]
        marks = _any(f"{ONE_OF}{name}{place}" for place in places)
        return Part(marks, marks, f"{{}}.{name} IN ({_numbers(places)})", ())

    def _span(self, name, first, last):
        """Whole years and months are tokens; of the first and the last month the days are tested."""
        table = f"FROM {self.index.table} WHERE {name} > 0"
        extremes = f"SELECT (SELECT min({name}) {table}), (SELECT max({name}) {table})"  # apart, each is one look
        least, most = (date.fromordinal((days or 1) + EPOCH) for days in db.connection().execute(extremes).fetchone())
        first, last = max(first or least, least), min(last or most, most)
        values = first.toordinal() - EPOCH, last.toordinal() - EPOCH
        months = list(_months(first, last))
        whole = [mark for mark, begin, end in months if first <= begin and end <= last]
        return Part(
            _any(mark for mark, _, _ in months),
            _any(whole) if whole else None,
            f"{{}}.{name} BETWEEN ? AND ?",
            values,
            covered=name == self.index.day,
        )

    def _word(self, word, spoken):
        safe = word.translate(SAFE)
        grams = {safe[i : i + 3] for i in range(len(safe) - 2)} or {safe}
        chosen = sorted(grams, key=lambda gram: frequency(self.index, gram))[:2]
        rarity, wide = frequency(self.index, chosen[0]), " AND ".join(f'"{gram}"' for gram in chosen)
        sure = wide if len(word) <= 3 else None
        test, value = "instr({}.text, ?)", word if len(word) > 2 else f" {word}"
        if spoken:
            also = self._only(*spoken)
            wide = f"(({wide}) OR {also.wide})"
            sure, rarity = wide if sure else None, DENSE
            test = f"({test} OR {also.test})".replace("{}", "{0}")
        return Part(wide, sure, test, (value,), rarity)


def _own(index, seen):
    """The scope as a part."""
    mark = f"{CUSTOMER}{seen.customer}" if seen.customer else f"{RESELLER}{seen.reseller}"
    test, owner = ("{}.customer = ?", seen.customer) if seen.customer else ("{}.reseller = ?", seen.reseller)
    return Part(f'"{mark}"', f'"{mark}"', test, (owner,), frequency(index, mark), covered=not seen.customer)


def _months(first, last):
    """(token, first day, last day) of the years and months that hold the days from `first` to `last`."""
    day = first.replace(day=1)
    while day <= last:
        if day.month == 1 and day.year < last.year:
            end, mark = day.replace(month=12, day=31), f"{YEAR}{day.year}"
        else:
            end = (day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            mark = f"{MONTH}{day.year}x{day.month}"
        yield mark, day, end
        day = end + timedelta(days=1)


def _any(marks):
    quoted = [f'"{mark}"' for mark in marks] or ['"nothing"']  # a token no row has
    return f"({' OR '.join(quoted)})"


def _numbers(places):
    return ",".join(map(str, places))


# --- how often a token stands there ------------------------------------------------------------

_frequencies = {}


def frequency(index, token):
    """About how many rows have a token, counted once; only plans are chosen by it, so it may grow old."""
    key = index.name, token
    if key not in _frequencies:
        if len(_frequencies) > 50_000:
            _frequencies.clear()
        _frequencies[key] = count_words(index, f'"{token}"', DENSE)
    return _frequencies[key]


def count_words(index, match, most):
    """How many rows have these tokens, counted no further than `most`."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {index.words} WHERE {index.words} MATCH ? LIMIT ?)"
    return db.connection().execute(sql, (match, most)).fetchone()[0]
