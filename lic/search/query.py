"""What is asked of a list, as tokens of its index and as tests of its rows."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lic.models import NOBODY, Generation, OutOfScope, current_scope, db
from lic.search.index import CUSTOMER, EPOCH, RESELLER
from lic.search.texts import DAY, SAFE, STRETCHES, TEXT, stretches

SAMPLE = 500  # rows looked at to tell how often a token stands there
YEAR = re.compile("19[7-9][0-9]|20[0-9][0-9]")
WORTH = 100  # a token is worth its reading if it stands there no oftener than so many times the rows it would spare


@dataclass(frozen=True)
class Query:
    """What is asked. `words` are folded and must all be found.

    `only`: ((key, members), …). `spans`: ((key, first day, last day), …); either may be None.
    `spoken`: ((word, key, members), …): this word is also found in what these values of a key are called.
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
    """One condition: every row that meets it has all its `tokens`, only such rows have `sure`, and `test` tells."""

    tokens: tuple  # (expression, about how many rows have it)
    sure: str | None
    test: str  # of a row; "{}" is its name
    values: tuple
    covered: bool = False  # the test reads nothing but what stands in every sort's index

    def is_wide(self, total):
        """Whether it is one of many tokens, and most rows have one: slower to read than its test is to make."""
        return any(text.count(" OR ") > 2 and count * 4 > total for text, count in self.tokens)

    @property
    def is_certain(self):
        """Whether its tokens alone tell."""
        return self.sure == " AND ".join(expression for expression, _ in self.tokens)


class Match:
    """A query within the scope, as its parts, and the tokens worth looking for."""

    def __init__(self, index, query):
        self.index, self.query, seen = index, query, current_scope()
        if seen == NOBODY:
            raise OutOfScope(index.name)
        self.parts = [] if seen.everything else [self._own(seen)]
        self.parts += [self._only(*only) for only in query.only]
        self.parts += [self._span(*span) for span in query.spans]
        spoken = {}
        for word, *named in query.spoken:
            spoken.setdefault(word, []).append(self._only(*named))
        sought = [word for word in query.words if word not in spoken]  # what holds such a word holds its parts
        words = [w for w in query.words if not any(w in other and w != other and len(w) > 2 for other in sought)]
        self.parts += [self._word(word, spoken.get(word, ())) for word in words]
        if self.parts:
            self._choose()

    def _choose(self):
        total = span(self.index)
        tokens = sorted(((count, text, part) for part in self.parts for text, count in part.tokens), key=lambda t: t[0])
        in_order, about = self._worth_reading(tokens, total, all_of_them=True)
        chosen, self.about = in_order, about
        if self.query.sort != "number":
            chosen, self.about = self._worth_reading(tokens, total)
        self.wide, self.in_order = " AND ".join(chosen), " AND ".join(in_order)
        self.all_tokens = " AND ".join(text for _, text, _ in tokens)
        self.open = [p for p in self.parts if not p.is_certain or any(text not in chosen for text, _ in p.tokens)]

    def _worth_reading(self, tokens, total, all_of_them=False):
        """The rarest tokens, and others while reading where they stand costs less than testing more rows.

        `all_of_them`: also those of wide parts, where rows come in the index's own order; and about how many there are.
        """
        chosen, about, met = [], total, set()
        for count, text, part in tokens:
            if chosen and about * WORTH < count:
                break
            if chosen and part.is_wide(total) and not all_of_them:
                continue
            chosen.append(text)
            if id(part) not in met:  # the second token of a word stands where its first does
                met.add(id(part))
                about = about * min(count, total) // total
        return chosen, about

    @cached_property
    def sure(self):
        """Tokens only rows found have, or None."""
        return " AND ".join(part.sure for part in self.parts) if all(part.sure for part in self.parts) else None

    def bounds(self, name):
        """The values a key is asked to lie between: (first, after the last), None where nothing is asked."""
        for part in self.parts:
            if part.test == f"{{}}.{name} BETWEEN ? AND ?":
                return part.values[0], part.values[1] + 1
        return None, None

    def _own(self, seen):
        """The scope."""
        name, owner, mark = (
            ("customer", seen.customer, CUSTOMER) if seen.customer else ("reseller", seen.reseller, RESELLER)
        )
        tokens, sure = self._any([f"{mark}{owner}"])
        return Part(tokens, sure, f"{{}}.{name} = ?", (owner,), covered=name == "reseller")

    def _only(self, name, members):
        places = [self.index.key[name].place(member) for member in members]
        tokens, sure = self._any([stretches(name, self.index.key[name].kind, place)[-1].token for place in places])
        return Part(tokens, sure, f"{{}}.{name} IN ({','.join(map(str, places))})", ())

    def _span(self, name, first, last):
        """Most days are in stretches that lie within; those at both ends are tested."""
        table = f"FROM {self.index.table} WHERE {name} > 0"
        extremes = f"SELECT (SELECT min({name}) {table}), (SELECT max({name}) {table})"  # apart, each is one look
        least, most = db.connection().execute(extremes).fetchone()
        low = max(first.toordinal() - EPOCH if first else 1, least or 1)
        high = min(last.toordinal() - EPOCH if last else 10**7, most or 1)
        cover = list(_cover(name, low, high))
        within = [stretch.token for stretch in cover if low <= stretch.low and stretch.high <= high + 1]
        return Part(
            self._any([stretch.token for stretch in cover])[0],
            self._any(within)[1] if within else None,
            f"{{}}.{name} BETWEEN ? AND ?",
            (low, high),
            covered=name == self.index.day,
        )

    def _word(self, word, spoken):
        tokens = self._parts_of(word.translate(SAFE))
        sure = tokens[0][0] if len(word) <= 3 else self._any_beginning(word)
        test, values = "instr({}.text, ?)", (f" {word}",)
        if len(word) > 2:  # looked for in one column after the other: putting them together takes twice as long
            columns = ["rest", *(key.name for key in self.index.keys if key.kind == TEXT)]
            test, values = f"({' OR '.join(f'instr({{}}.{name}, ?)' for name in columns)})", (word,) * len(columns)
        for also in spoken:
            either = f"(({' AND '.join(text for text, _ in tokens)}) OR {also.sure})"
            sure = f"(({sure}) OR {also.sure})" if sure else None
            tokens = ((either, tokens[0][1] + also.tokens[0][1]),)
            test = f"({test} OR {also.test})"
        return Part(tokens, sure, test, values)

    def _any_beginning(self, word):
        """Tokens of the rows with a key that begins so, for a few lengths; of a year, those of its days."""
        if len(word) not in STRETCHES[TEXT]:
            return None
        depth = STRETCHES[TEXT].index(len(word))
        marks = [stretches(k.name, TEXT, word)[depth].token for k in self.index.keys if k.kind == TEXT]
        if self.index.day and YEAR.fullmatch(word) and self.index.key[self.index.day].searched(1):
            low, high = (date(int(word) + next, 1, 1).toordinal() - EPOCH for next in (0, 1))
            marks += [one.token for one in _cover(self.index.day, low, high) if low <= one.low and one.high <= high]
        return self._any(marks)[1]

    def _parts_of(self, word):
        """The rarest three letters, the rarest with a letter these leave out, and so on, until none is left out."""
        places = sorted((frequency(self.index, word[i : i + 3]), i) for i in range(max(len(word) - 2, 1)))
        chosen, covered = [], set()
        for count, i in places:
            letters = set(range(i, min(i + 3, len(word))))
            if not letters <= covered:
                covered |= letters
                chosen.append((f'"{word[i : i + 3]}"', count))
        return tuple(dict.fromkeys(chosen))

    def _any(self, marks):
        """Tokens of which a row has one, as a part has them: with their number, and as an expression."""
        text = " OR ".join(f'"{mark}"' for mark in marks) or '"nothing"'
        text = f"({text})" if len(marks) > 1 else text
        return ((text, sum(frequency(self.index, mark) for mark in marks)),), text


def _cover(name, low, high):
    """The fewest stretches that together hold the days from `low` to `high`."""
    smallest = STRETCHES[DAY][-1]
    day, end = low // smallest * smallest, high // smallest * smallest + smallest
    while day < end:
        fits = (stretch for stretch in stretches(name, DAY, day) if stretch.low == day and stretch.high <= end)
        stretch = next(fits)
        yield stretch
        day = stretch.high


def tests(parts, row="s"):
    """The tests of these parts as SQL, and its values."""
    test = " AND ".join(part.test.replace("{}", row) for part in parts) or "1"
    return test, [value for part in parts for value in part.values]


# --- how often a token stands there ------------------------------------------------------------

_frequencies = {}


def frequency(index, token):
    """About how many rows have a token.

    Looked at once; only plans are chosen by it, so it may grow old.
    """
    key = index.name, token
    if key not in _frequencies:
        if len(_frequencies) > 10_000:
            _frequencies.clear()
        _frequencies[key] = _estimate(index, f'"{token}"')
    return _frequencies[key]


def _estimate(index, match):
    """From how close together the oldest and the newest such rows are."""
    row = f"(SELECT rowid FROM {index.words} WHERE {index.words} MATCH ?1 ORDER BY rowid {{}} LIMIT 1 OFFSET {{}})"
    four = ", ".join(row.format(way, place) for way in ("ASC", "DESC") for place in (0, SAMPLE - 1))
    first, early, last, late = db.connection().execute(f"SELECT {four}", (match,)).fetchone()
    if early is None:
        return SAMPLE
    return SAMPLE * (last - first + 1) // min(early - first + 1, last - late + 1)


def span(index):
    """About how many rows there are; looked at once a commit."""
    generation, known = Generation.number, _spans.get(index.name)
    if known is None or known[0] != generation:
        sql = f"SELECT (SELECT min(id) FROM {index.table}), (SELECT max(id) FROM {index.table})"
        first, last = db.connection().execute(sql).fetchone()
        known = _spans[index.name] = generation, (last or 0) - (first or 0) + 1
    return known[1]


_spans = {}
