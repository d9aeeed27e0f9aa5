"""How an event reads: as a line of the drawer, of a history, of the journal, and as a letter (002-54).

lic/web/events.py has the words; here they are filled with the record, the person and the values of one event.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import current_app, url_for
from flask_babel import gettext
from flask_login import current_user
from peewee import DoesNotExist

from lic.models import N_, TABLES, EnumField, Event, Record, User, fold
from lic.web import guard, parameter_words, words
from lic.web.events import FIELDS, KINDS, NOUNS, Kind

MODELS = {model._meta.table_name: model for model in TABLES}
NOBODY = N_("the portal")  # who did what no person did: "expired by the portal"
CALLED = ("number", "id", "subscription")  # what a thing is called by is no amount: 29962, never 29 962
VALUE = re.compile(r"%\(\w+\)s")  # a place in a sentence
ISO = re.compile(r"\d{4}-\d\d-\d\d")  # a day, whatever it is called by (R10)
STRANGER = N_("somebody else")  # of another company, whom the reader does not see


@dataclass(frozen=True)
class Line:
    """An event in the reader's language. Without `subject` the thing is no longer the reader's to see."""

    event: Event
    subject: Record | None
    thing: str  # Order no. 10479
    title: str  # [New status] Order no. 10479
    text: str  # Approved by Diane Garnier.
    quote: str  # what the person wrote about it
    icon: str
    url: str | None
    by: str

    @property
    def at(self):
        return self.event.shown_at


def line(event, reader, to=url_for):
    return lines([event], reader, to)[0]


def lines(events, reader, to=url_for):
    """Events as this person reads them, in the scope around: a few queries for all of them together.

    `to(endpoint, **values)` makes addresses: letters have a way of their own.
    """
    subjects, people = _subjects(events), {event.by_id: event.by for event in events if "by" in event.__rel__}
    if missing := {event.by_id for event in events if event.by_id} - people.keys():
        people |= {user.id: user for user in User.select().where(User.id.in_(missing))}
    role = guard.role(reader)
    return [_line(e, subjects.get((e.subject_kind, e.subject)), people.get(e.by_id), role, to) for e in events]


def subject(event):
    """The record an event is about, if the scope lets it be seen."""
    return _subjects([event]).get((event.subject_kind, event.subject))


def _subjects(events):
    """The records these events are about, as far as the scope lets them be seen."""
    asked, found = defaultdict(set), {}
    for event in events:
        if event.record is None:
            asked[event.subject_kind].add(event.subject)
        else:
            found[event.subject_kind, event.subject] = event.record
    for table, numbers in asked.items():
        model = MODELS[table]
        for record in model.select().where(model._meta.primary_key.in_(numbers)):
            found[table, record.id] = record  # not get_id(): a User's is text
    return found


def _line(event, subject, by, role, to):
    kind = KINDS.get(event.kind, Kind(event.kind))
    noun = NOUNS[event.subject_kind]
    if subject is None:
        thing, text, quote = gettext("No longer yours to see"), "", ""
    else:
        thing = noun.called(subject)
        values = Values(event, subject, by)
        text, quote = words.said(kind.sentence(event)) % values, values.given(kind.quote)
    title = f"[{words.said(kind.tag)}] {thing}" if kind.tag and subject is not None else thing
    return Line(
        *(event, subject, thing, title, text, quote, kind.icon or noun.icon),
        url=subject and address(noun, subject, role, to),
        by=called(event, by),
    )


def address(noun, subject, role, to=url_for):
    """Where the thing is shown, if who has this role may open that screen."""
    view = noun.endpoint and current_app.view_functions.get(noun.endpoint(subject))
    if view is None or role not in view.allowed:
        return None
    return to(noun.endpoint(subject), **noun.argument(subject))


def called(event, by):
    """Who did it, as far as the reader may know."""
    if by:
        return by.name
    return words.said(STRANGER if event.by_id else NOBODY)


class Values(dict):
    """The values a sentence may name: who did it, what the event keeps, else what the record has now.

    The name of a value says how it is shown: `*_on` is a date, `*_at` a moment, `*_cents` an amount, `*_bp` a rate.
    """

    def __init__(self, event, subject, by):
        super().__init__(by=called(event, by))
        self.event, self.subject = event, subject

    def __missing__(self, name):
        kept = (self.event.after or {}).get(name, (self.event.before or {}).get(name))
        if kept is None and hasattr(type(self.subject), name):
            try:
                kept = getattr(self.subject, name)
            except DoesNotExist:  # out of the reader's scope
                return ""
        return self.shown(name, kept)

    def given(self, name):
        """What somebody wrote, word for word."""
        return str((self.event.after or {}).get(name) or "") if name else ""

    def shown(self, name, value):
        field = type(self.subject)._meta.fields.get(name) if self.subject else None
        if isinstance(field, EnumField) and isinstance(value, str):
            return _member(field, value)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if name in parameter_words.SAID and value is not None:
            return parameter_words.said(name, value)
        if name.endswith("_cents") and isinstance(value, int):
            currency = (self.event.after or {}).get("currency") or getattr(self.subject, "currency", None)
            return words.money(value, currency) if currency else words.number(Decimal(value) / 100)
        if name.endswith("_bp") and isinstance(value, int):
            return words.percent(value)
        if isinstance(value, str) and (name == "on" or name.endswith(("_on", "_at")) or ISO.fullmatch(value)):
            return _time(value)
        if isinstance(value, int | Decimal):
            return str(value) if name.endswith(CALLED) else words.number(value)
        if isinstance(value, dict):  # a text in several languages, else what somebody set
            if set(value) <= set(words.LANGUAGES):
                return words.word(value)
            return words.several([words.pair(label(key), self.shown(key, one)) for key, one in value.items()])
        if isinstance(value, list | tuple):
            return ", ".join(self.shown(name, one) for one in value)
        return words.word(value)


def _member(field, value):
    """A state or a type as it is said; one that no longer exists, as it was kept."""
    try:
        return words.word(field.python_value(value))
    except ValueError:
        return value


def _time(text):
    """An ISO date or moment of an event, as it is shown; anything else as it is."""
    try:
        return words.day(date.fromisoformat(text)) if len(text) == 10 else words.moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def changes(line):
    """What an event keeps, readable: (name, before, after) of each value, those that changed first."""
    event = line.event
    before, after = event.before or {}, event.after or {}
    values = Values(event, line.subject, None)
    rows = []
    for name in sorted(before.keys() | after.keys()):
        pair = before.get(name), after.get(name)
        rows.append((pair[0] == pair[1], label(name), *(values.shown(name, value) for value in pair)))
    return [row[1:] for row in sorted(rows, key=lambda row: row[:2])]


def label(name):
    """The name of a kept value, as a reader knows it."""
    return words.said(FIELDS[name]) if name in FIELDS else name.replace("_", " ")


def called_so(word):
    """Kinds of event, and of record, whose words in the reader's language have this one."""
    word = fold(word)

    def has(*texts):
        return any(word in fold(VALUE.sub("", words.said(text))) for text in texts if isinstance(text, str))

    kinds = [name for name, kind in KINDS.items() if has(kind.says, kind.tag)]
    return kinds, [name for name, noun in NOUNS.items() if has(noun.label)]


def told(events):
    """Events as the person asking reads them."""
    return lines(events, current_user)


def init(app):
    app.jinja_env.globals["told"] = told
