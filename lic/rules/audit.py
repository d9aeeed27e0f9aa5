"""The audit trail, searched: what happened, to what, by whom and when. The distributor reads it, nobody writes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN, fn

from lic.models import Contract, Event, Incident, Order, Project, User, fold

NUMBERED = (Order, Contract, Incident, Project)  # what people call by its number


@dataclass(frozen=True)
class Asked:
    """What somebody looks for in the trail; every part narrows it."""

    words: str = ""  # each in what was kept (a number, a name, a value), or in the name of who did it
    kinds: tuple = ()  # kinds of record, as their tables are called
    by: int | None = None
    since: datetime | None = None  # on the business clock, as naive UTC: from this moment
    until: datetime | None = None  # and before this one
    spoken: Callable = lambda word: ((), ())  # word -> kinds of event and of record that are called so


WHO = fn.COALESCE(User.last_name.concat(" ").concat(User.first_name), "")


def events(asked):
    """The events that are looked for, with who did them at hand."""
    query = Event.select(Event, User).join(User, JOIN.LEFT_OUTER, on=(Event.by == User.id), attr="by")
    return query.where(*_conditions(asked))


def _conditions(asked):
    yield Event.id > 0
    if asked.kinds:
        yield Event.subject_kind.in_(asked.kinds)
    if asked.by:
        yield Event.by == asked.by
    if asked.since:
        yield Event.shown_at >= asked.since
    if asked.until:
        yield Event.shown_at < asked.until
    people = list(User.select(User.id, User.first_name, User.last_name)) if asked.words else ()
    for word in asked.words.split()[:8]:
        yield says(word, *asked.spoken(word)) | Event.by.in_(
            [user.id for user in people if fold(word) in fold(user.name)]
        )


def says(word, kinds=(), nouns=()):
    """Events whose number or kept values have this word, and those of the kinds and records that are called so."""
    kept = Event.after.cast("text").contains(word) | Event.before.cast("text").contains(word)
    return kept | _numbered(word) | Event.kind.in_([word.lower(), *kinds]) | Event.subject_kind.in_(nouns)


def _numbered(word):
    """Events about what bears this number."""
    found = Event.id < 0  # none
    if word.isascii() and word.isdigit() and len(word) < 19:
        for model in NUMBERED:
            ours = model.select(model.id).where(model.number == int(word))
            found |= (Event.subject_kind == model._meta.table_name) & Event.subject.in_(ours)
    return found
