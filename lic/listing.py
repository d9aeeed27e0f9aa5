"""A list screen as data: its columns, search, sorts, filters, keyset pages and exports (screens.md, Every list).

A list that can grow stands on an `Index` of lic/search; one that cannot, on a `Small` query.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from flask import make_response, request
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup, escape
from werkzeug.exceptions import BadRequest

from lic import search
from lic.models import Generation, Labelled
from lic.web import clock, exports, words
from lic.web.screen import is_partial, screen

LONGEST = 200  # characters of a search; the rest is not looked at
MOST_WORDS = 8
MOST_IN_A_FILE = 1_000_000  # rows; a spreadsheet takes hardly more


@dataclass(frozen=True)
class Column:
    """One column: `key` names a row's value and the sort; `label` is a marked word."""

    key: str
    label: str
    end: bool = False  # an amount or a number, on the right
    sorts: bool = True
    value: Callable | None = None  # row -> what a file says in this column, where it is not the value itself

    def said(self, row):
        return self.value(row) if self.value else getattr(row, self.key)


@dataclass(frozen=True)
class Choice:
    """One choice of a filter. `asks(today)` gives the conditions: {"only": …, "spans": …} for an Index."""

    value: str
    label: str
    asks: Callable = lambda today: {}


@dataclass(frozen=True)
class Filter:
    name: str
    label: str
    choices: tuple  # the first is "all"

    @classmethod
    def of(cls, name, label, members, everything):
        """A filter on a column that holds members of an enum; `everything` is the word for no filter."""
        choices = [Choice("", everything)]
        choices += [Choice(m.value, m.label, lambda today, m=m: {"only": ((name, (m,)),)}) for m in members]
        return cls(name, label, tuple(choices))

    def chosen(self, value):
        """The choice of this name, the first for none; a name nobody offered is no address of ours."""
        for choice in self.choices:
            if choice.value == (value or self.choices[0].value):
                return choice
        raise BadRequest


@dataclass(frozen=True)
class Small:
    """Rows of a query that stays short (a company's users, the price lists), searched and sorted here."""

    query: Callable  # () -> records in scope
    keys: dict  # sort name -> record -> value to sort by; text is folded
    texts: Callable  # record -> the texts one searches in

    def sorts(self):
        return self.keys

    def find(self, asked, after, limit):
        down = asked.down
        rows = [row for row in self.query() if self._fits(row, asked)]
        key = self.keys[asked.sort]
        keyed = sorted(((_sortable(key(row)), row.get_id(), row) for row in rows), key=lambda k: k[:2], reverse=down)
        if after is not None:
            value, number = _sortable(after[0]), after[1]
            keyed = [k for k in keyed if (k[:2] < (value, number) if down else k[:2] > (value, number))]
        shown = keyed[:limit]
        return [k[2] for k in shown], [(k[1], k[0][1]) for k in shown], len(rows), False, len(keyed) > limit

    def _fits(self, row, asked):
        for name, members in asked.only:
            if getattr(row, name) not in members:
                return False
        text = search.folded(" ".join(filter(None, map(str, self.texts(row)))))
        return all(word in text if len(word) > 2 else _begins(text, word) for word in asked.words)

    def every(self, asked):
        return self.find(asked, None, MOST_IN_A_FILE)[0]


@dataclass(frozen=True)
class Large:
    """Rows of an index of lic/search."""

    index: search.Index

    def sorts(self):
        return {"number", *self.index.key, *self.index.live}

    def find(self, asked, after, limit):
        found = search.find(self.index, asked, after, limit)
        rows = self.index.rows([number for number, _ in found.rows], asked.today)
        return rows, found.rows, found.count, found.over, found.more

    def every(self, asked):
        numbers = search.every(self.index, asked)
        if len(numbers) > MOST_IN_A_FILE:
            raise BadRequest
        for start in range(0, len(numbers), 5000):
            yield from self.index.rows(list(numbers[start : start + 5000]), asked.today)


def _sortable(value):
    """Values of one column side by side; text as it is searched, nothing first."""
    if value is None:
        return (0, "")
    return (1, search.folded(value) if isinstance(value, str) else value)


def _begins(text, word):
    return f" {text}".find(f" {word}") >= 0 or f" {text}".replace("-", " ").find(f" {word}") >= 0


@dataclass(frozen=True)
class Listing:
    """One list. `counted` is the (singular, plural) sentence with %(count)s; `sort` has "-" before it to go down."""

    name: str  # of its files
    rows: Small | Large
    columns: tuple
    sort: str
    counted: tuple
    filters: tuple = ()
    size: int = 50
    also: tuple = field(default=())  # columns of a file that the screen has no room for

    def query(self, asked, today, fixed=()):
        """What an address asks for; `fixed` are conditions of the screen itself: (key, members)."""
        sort = asked.get("sort") or self.sort
        name = sort.removeprefix("-")
        if name not in {column.key for column in self.columns if column.sorts} | {self.sort.removeprefix("-")}:
            raise BadRequest
        only, spans = list(fixed), []
        for one in self.filters:
            conditions = one.chosen(asked.get(one.name)).asks(today)
            only += conditions.get("only", ())
            spans += conditions.get("spans", ())
        typed = tuple(dict.fromkeys(search.folded((asked.get("q") or "")[:LONGEST]).split()))[:MOST_WORDS]
        return search.Query(
            words=typed,
            sort=name,
            down=sort.startswith("-"),
            only=tuple(only),
            spans=tuple(spans),
            spoken=tuple(self._spoken(typed)),
            today=today,
        )

    def _spoken(self, typed):
        """A word may also be what a state is called in the reader's language."""
        keys = self.rows.index.keys if isinstance(self.rows, Large) else ()
        for word in typed:
            for key in keys:
                if key.kind == search.WORD and isinstance(key.words, type) and issubclass(key.words, Labelled):
                    named = [m for m in key.words if _begins(search.folded(words.word(m)), word)]
                    if named:
                        yield word, key.name, tuple(named)
                        break

    def page(self, asked, today, fixed=()):
        """The page an address asks for: q, sort, after and the filters' names."""
        asked = {name: value for name, value in asked.items() if value}
        query = self.query(asked, today, fixed)
        after = _unpacked(asked["after"]) if "after" in asked else None
        try:
            rows, keys, count, over, more = self.rows.find(query, after, self.size)
        except (TypeError, OverflowError):  # a token of another list or another sort
            raise BadRequest from None
        return Page(self, rows, query, asked, count, over, _packed(keys[-1]) if more else None)

    def screen(self, template, fixed=(), **context):
        """The answer to a request: the whole page, its list, or its next rows; nothing where nothing changed."""
        tag = self._tag()
        if is_partial() and tag in request.if_none_match:
            return make_response("", 304)
        page = self.page(request.args, clock.today(), fixed)
        block = "rows" if "after" in request.args else "list"
        response = make_response(screen(template, block, page=page, **context))
        if is_partial():
            response.set_etag(tag)
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    def _tag(self):
        facts = [
            *(Generation.started, Generation.number, clock.today().isoformat()),
            *(current_user.get_id(), words.language(), request.full_path, request.headers.get("HX-Request-Type")),
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def export(self, kind, fixed=()):
        """Everything found, as a file: "csv" or "xlsx"."""
        query = self.query({name: value for name, value in request.args.items() if value}, clock.today(), fixed)
        columns = (*self.columns, *self.also)
        header = [words.said(column.label) for column in columns]
        rows = ([column.said(row) for column in columns] for row in self.rows.every(query))
        return exports.send(kind, self.name, header, rows)


@dataclass(frozen=True)
class Page:
    listing: Listing
    rows: list
    query: search.Query
    asked: dict
    count: int
    over: bool
    after: str | None

    def link(self, **changes):
        """This list's address with these changes, back on its first page."""
        query = {**self.asked, "after": None} | changes
        return "?" + urlencode({name: value for name, value in query.items() if value})

    @property
    def next(self):
        return self.link(after=self.after) if self.after else None

    @property
    def sort(self):
        return ("-" if self.query.down else "") + self.query.sort

    def turned(self, column):
        """The sort a click on this heading asks for."""
        return f"-{column.key}" if self.sort == column.key else column.key

    def direction(self, column):
        """aria-sort of a column, or None."""
        if column.key != self.query.sort:
            return None
        return "descending" if self.query.down else "ascending"

    def chosen(self, one):
        return one.chosen(self.asked.get(one.name)).value

    @property
    def is_narrowed(self):
        """Whether anything but the sort is asked."""
        return bool(self.query.words) or any(self.chosen(one) != one.choices[0].value for one in self.listing.filters)

    @property
    def said(self):
        """How many, in words: exact up to a thousand, then "1,000+"."""
        one, many = self.listing.counted
        number = words.number(self.count) + ("+" if self.over else "")
        return ngettext(one, many, self.count, count=number)

    @cached_property
    def _sought(self):
        return sorted(self.query.words, key=len, reverse=True)

    def marked(self, text):
        """The text with what was searched for in <mark>; accents and case do not hide it."""
        text = str(text if text is not None else "")
        if not self._sought or not text:
            return escape(text)
        plain, places = [], []
        for place, sign in enumerate(text):
            for letter in search.folded(sign) or (" " if sign.isspace() else ""):
                plain.append(letter)
                places.append(place)
        hit = _hits("".join(plain), self._sought)
        return _marks(text, {places[place] for place in hit}) if hit else escape(text)


def _hits(plain, sought):
    """The places in a folded text that a search found."""
    hit = set()
    for word in sought:
        start = plain.find(word)
        while start >= 0:
            begins = start == 0 or not plain[start - 1].isalnum()
            if len(word) > 2 or begins:
                hit.update(range(start, start + len(word)))
            start = plain.find(word, start + 1)
    return hit


def _marks(text, hit):
    parts, place = [], 0
    while place < len(text):
        inside, start = place in hit, place
        while place < len(text) and (place in hit) == inside:
            place += 1
        piece = escape(text[start:place])
        parts.append(Markup("<mark>{}</mark>").format(piece) if inside else piece)
    return Markup("").join(parts)


def _packed(key):
    number, value = key
    return urlsafe_b64encode(json.dumps([value, number], default=str).encode()).decode().rstrip("=")


def _unpacked(token):
    """(value, number) of the last row before; what nobody packed is refused."""
    try:
        value, number = json.loads(urlsafe_b64decode(token[:2000] + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise BadRequest from None
    if not isinstance(number, int) or abs(number) >= 2**63 or not isinstance(value, int | str | float):
        raise BadRequest
    if isinstance(value, int) and abs(value) >= 2**63:
        raise BadRequest
    return value, number
