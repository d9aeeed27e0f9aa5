"""One fact, told four ways: the audit trail, the drawer, the letters and the history on a page all come from events.

No verb writes a notification or a mail itself: it records what happened, and TELLS says who hears of it.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from peewee import JOIN

from lic.models import (
    EVERYBODY,
    Event,
    Mail,
    Notification,
    Organisation,
    OrganisationKind,
    User,
    UserType,
    scope,
    tx,
)


@dataclass(frozen=True)
class Tell:
    """Some people hear of an event: in their drawer, by a letter, or both."""

    who: Callable  # (subject, event) -> users
    letter: str | None = None  # templates/mail/<letter>.txt
    drawer: bool = True
    even_who_did_it: bool = False


# --- who people are, seen from a record --------------------------------------------------------


def administrators(organisation):
    """The active administrators of an organisation."""
    return list(
        User.select()
        .where(User.organisation == organisation, User.type == UserType.ADMINISTRATOR, User.active == True)  # noqa: E712
        .order_by(User.id)
    )


def distributor_administrators(subject=None, event=None):
    return administrators(Organisation.get(Organisation.kind == OrganisationKind.DISTRIBUTOR))


def who_did_it(subject, event):
    return [event.by] if event.by_id else []


# kind of event: who hears of it. Each noun's rules add theirs with `tells`.
TELLS = {}


def tells(kind, *told):
    """Say who hears of a kind of event."""
    TELLS[kind] = TELLS.get(kind, ()) + told


# --- recording ---------------------------------------------------------------------------------


def record(kind, subject, by, at, before=None, after=None):
    """Record a fact inside the transaction that makes it true, and everything that follows from it.

    kind: "order.approved" (the noun is the subject's); by: the User or None for the portal itself; at: a Moment.
    """
    with tx():
        last = Event.select(Event.chain).order_by(Event.id.desc()).first()
        event = Event(
            kind=kind,
            subject_kind=type(subject)._meta.table_name,
            subject=subject.id,  # a User's get_id() is text, which would be hashed as such
            by=by and by.id,
            at=at.utc,
            shown_at=at.at,
            before=before,
            after=after,
        )
        event.chain = link(last.chain if last else "", event)
        event.save(force_insert=True)
        with scope(EVERYBODY):  # the house, not the person acting, decides who hears of it
            for told in TELLS.get(kind, ()):
                _tell(told, subject, event, at)
        return event


def _tell(told, subject, event, at):
    for user in {user.id: user for user in told.who(subject, event)}.values():
        if not user.active or (user.id == event.by_id and not told.even_who_did_it):
            continue
        if told.drawer:
            Notification.insert(user=user.id, event=event.id).on_conflict_ignore().execute()
        if told.letter:
            write(told.letter, user, at, event=event)


def write(letter, to, at, event=None, language=None, **values):
    """Put a letter into the outbox. `to` is a User, or a bare mail address with a `language`."""
    user = to if isinstance(to, User) else None
    return Mail.create(
        event=event and event.id,
        letter=letter,
        user=user and user.id,
        to=user.email if user else to,
        language=user.language if user else language,
        values=values,
        message_id=secrets.token_hex(16),
        made_at=at.utc,
        next_at=at.utc,
    )


# --- the chain ---------------------------------------------------------------------------------


def link(previous, event):
    """The hash that ties an event to all before it: a row changed or taken out breaks every later one."""
    facts = [
        *(previous, event.kind, event.subject_kind, event.subject, event.by_id),
        *(event.at.isoformat(), event.shown_at.isoformat(), event.before, event.after),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def first_broken_link():
    """The first event whose hash does not follow from those before it, or None (`app.py audit verify`)."""
    previous = ""
    for event in Event.select().order_by(Event.id).iterator():
        if event.chain != link(previous, event):
            return event
        previous = event.chain
    return None


def history(subject):
    """What happened to a record, newest first. The record was found in the reader's scope."""
    events = list(
        Event.select(Event, User)
        .join(User, JOIN.LEFT_OUTER, on=(Event.by == User.id) & User.is_seen(), attr="by")
        .where(Event.subject_kind == type(subject)._meta.table_name, Event.subject == subject.get_id())
        .order_by(Event.id.desc())
    )
    for event in events:
        event.record = subject
    return events


# --- the drawer --------------------------------------------------------------------------------


def unread(user):
    """How many of a person's notifications they have not read."""
    return Notification.select().where(Notification.user == user.id, Notification.read_at.is_null()).count()


def notices(user, before=None, most=30):
    """A person's notifications with their events, newest first, older than `before` (an id of theirs) if given."""
    query = Notification.select(Notification, Event).join(Event).where(Notification.user == user.id)
    if before and (last := query.where(Notification.id == before).first()):
        at = last.event.shown_at  # what was recorded later may tell of an earlier day
        query = query.where((Event.shown_at < at) | ((Event.shown_at == at) & (Notification.id < last.id)))
    return list(query.order_by(Event.shown_at.desc(), Notification.id.desc()).limit(most))


def notice(user, number):
    """One of a person's own notifications; nobody else's exists for them."""
    return Notification.get(Notification.id == number, Notification.user == user.id)


def read(notification, at):
    """The person has seen it. Not an event: it concerns nobody else."""
    with tx():
        Notification.update(read_at=at.utc).where(
            Notification.id == notification.id, Notification.read_at.is_null()
        ).execute()


def read_all(user, up_to, at):
    """The person has seen all that were shown; one that came since (its id is higher) stays unread."""
    with tx():
        Notification.update(read_at=at.utc).where(
            Notification.user == user.id, Notification.id <= up_to, Notification.read_at.is_null()
        ).execute()
