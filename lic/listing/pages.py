"""A list and one page of it: what an address asks for, the links to others, and its files."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from urllib.parse import quote_plus

from flask import make_response, request
from flask_babel import ngettext
from markupsafe import escape
from werkzeug.exceptions import BadRequest, NotFound

from lic import search
from lic.listing import around, marks
from lic.listing.rows import Kept, Large, Small, begins_a_word
from lic.models import Generation, Labelled
from lic.web import clock, exports, kept, words
from lic.web.screen import is_partial, screen

LONGEST = 200  # characters of a search; the rest is not looked at
MOST_WORDS = 8


@dataclass(frozen=True)
class Listing:
    """One list. `counted` is the (singular, plural) sentence with %(count)s; `sort` has "-" before it to go down."""

    name: str  # of its files
    rows: Small | Kept | Large
    columns: tuple
    sort: str
    counted: tuple
    filters: tuple = ()
    size: int = 50
    also: tuple = field(default=())  # columns of a file that the screen has no room for
    steady: bool = False  # of what is found, its screen draws nothing around the rows but how many there are

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
        """A word may also be what states, or numbers, are called in the reader's language."""
        names = _called(self, words.language(), Generation.number) if typed and isinstance(self.rows, Large) else ()
        for word in typed:
            for name, called in names:
                if found := tuple(value for text, value in called if begins_a_word(text, word)):
                    yield word, name, found

    def page(self, asked, today, fixed=()):
        """The page an address asks for: q, sort, after and the filters' names."""
        asked = {name: value for name, value in asked.items() if value}
        if self.steady:
            known = {"q", "sort", "after", *(one.name for one in self.filters)}
            asked = {name: value for name, value in asked.items() if name in known}
        query = self.query(asked, today, fixed)
        after = _unpacked(asked["after"]) if "after" in asked else None
        try:
            rows, keys, count, over, more = self.rows.find(query, after, self.size)
        except (TypeError, OverflowError, UnicodeEncodeError):  # a token of another list or another sort
            raise BadRequest from None
        return Page(self, rows, query, asked, count, over, _packed(keys[-1]) if more else None)

    def screen(self, template, fixed=(), depends=(), **context):
        """The answer to a request: the whole page, its list, or its next rows; nothing where nothing changed.

        `depends` is what changes without a commit, besides the day.
        """
        if not is_partial():
            return kept.page(template, lambda: {"page": self._asked(fixed)} | context, *depends)
        asked = kept.asked()
        tag = self._tag(asked)
        if tag in request.if_none_match:
            return make_response("", 304)
        page = self._asked(fixed)
        if "after" in request.args:
            response = make_response(screen(template, "rows", page=page, **context))
        elif self.steady:
            response = make_response(around.assembled(template, page, asked[:4], **context))
        else:
            response = make_response(screen(template, "list", page=page, **context))
        response.headers["ETag"] = f'"{tag}"'
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    def _asked(self, fixed):
        return self.page(request.args, clock.today(), fixed)

    def _tag(self, asked):
        facts = [Generation.started, Generation.number, *asked, request.headers.get("HX-Request-Type")]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def export(self, kind, fixed=()):
        """Everything found, as a file: "csv" or "xlsx"."""
        if kind not in exports.TYPES:
            raise NotFound
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
    said_count: str | None = None  # instead of the number

    def link(self, **changes):
        """This list's address with these changes, back on its first page."""
        query = {**self._quoted, "after": None} | {name: _pair(name, value) for name, value in changes.items()}
        return "?" + "&".join(filter(None, query.values()))

    @cached_property
    def _quoted(self):
        return {name: _pair(name, value) for name, value in self.asked.items()}

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
        if self.said_count:
            return self.said_count
        return _said(*self.listing.counted, self.count, self.over, words.language())

    @cached_property
    def sought(self):
        """The words of the search, the longest first."""
        return sorted(self.query.words, key=len, reverse=True)

    def marked(self, text):
        """The text with what was searched for in <mark>; accents and case do not hide it."""
        text = str(text if text is not None else "")
        return marks.marked(text, self.sought) if self.sought else escape(text)


def _pair(name, value):
    return f"{quote_plus(name)}={quote_plus(str(value))}" if value else None


@lru_cache(maxsize=1024)
def _said(one, many, count, over, language):
    return ngettext(one, many, count, count=words.number(count) + ("+" if over else ""))


@lru_cache(maxsize=32)  # lists in languages; of before the last commit nobody asks
def _called(listing, language, generation):
    """What the values of keys are called: (key, ((folded text, value), …))."""
    found = []
    for key in listing.rows.index.keys:
        if key.kind == search.WORD and isinstance(key.words, type) and issubclass(key.words, Labelled):
            found.append((key.name, tuple((search.folded(words.word(member)), member) for member in key.words)))
    for column in listing.columns:
        if column.says:
            values = search.values(listing.rows.index, column.key)
            found.append((column.key, tuple((search.folded(column.says(value)), value) for value in values)))
    return found


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
