"""The two channels of an incident (002-46): each a table of its own, read and written only through here."""

from unicodedata import category

from lic.models import (
    EVERYBODY,
    N_,
    Channel,
    CustomerMessage,
    DistributorMessage,
    User,
    scope,
    tx,
)
from lic.rules import Reason, files, incidents, journal, refuse_if

TABLES = {Channel.CUSTOMER: CustomerMessage, Channel.DISTRIBUTOR: DistributorMessage}
EVENTS = {Channel.CUSTOMER: "incident.customer_message", Channel.DISTRIBUTOR: "incident.distributor_message"}
LONGEST = 20_000  # characters
BREAKS, JOINS = "\n\r\t", "\u200c\u200d"  # of what is not printed these count: joins are inside of some signs


def _readers(channel):
    """Those a message in this channel is for: the people on the other side of who wrote it."""

    def who(incident, event):
        by = User.get_by_id(event.by_id)
        return incidents.people(incident, incidents.across(incident, channel, by))

    return who


for _channel, _kind in EVENTS.items():
    journal.tells(
        _kind,
        journal.Tell(_readers(_channel)),
        journal.Tell(incidents.at_once(_readers(_channel)), letter="incident_message", drawer=False),
    )


def visible(text):
    """A text without what nobody can see in it, such as signs that turn what follows around; spaces stay spaces."""
    seen = "".join(c for c in text if c in BREAKS + JOINS or c.isprintable() or category(c) == "Zs")
    return seen.strip().strip(JOINS).strip()


def recipients(incident, channel, user):
    """Who a message of this person in a channel goes to, by name above the box."""
    return incidents.people(incident, incidents.across(incident, channel, user))


def why_not_say(incident, channel, user, today):
    """Why this person cannot write in a channel, or None."""
    if channel not in incidents.channels_of(incident, user):
        return Reason(N_("This incident has no such messages."), rule="002-46")
    return incidents.why_not_reply(incident, user, today)


def to_answer(incident, user, said):
    """The channel this person answers in when it is their turn: that of the newest word nobody here has answered.

    said: {channel: its messages, oldest first}, of the channels this person reads.
    """
    unanswered = {c: talk[-1] for c, talk in said.items() if talk and talk[-1].by.organisation_id != _own(user)}
    if unanswered:
        return max(unanswered, key=lambda channel: unanswered[channel].at)
    with scope(EVERYBODY):  # who declared it may be out of sight by now
        declared_here = incident.declared_by.organisation_id == _own(user)
    asked, *others = said
    return asked if not declared_here and not said[asked] else (others or [asked])[-1]


def _own(user):
    return user.organisation_id


def sent_before(by, key):
    """Whether this person's message of this form was written already."""
    key = f"{by.id}:{key}"
    return any(table.get_or_none(table.idempotency == key) for table in TABLES.values())


def say(incident, channel, body, by, at, key=None, waiting=(), wait=False, due_at=None):
    """Write a message in a channel, with files; `key` makes one message of a form sent twice.

    due_at: by when it is to be handled if it opens the incident again.

    The journal keeps that somebody wrote, never what: the distributor reads the journal.
    """
    table, key, body = TABLES[channel], f"{by.id}:{key}" if key else None, visible(body)
    with tx():
        if key and (said := table.get_or_none(table.idempotency == key)):
            return said
        incident, waiting = incident.again(), files.staged(by, [file.id for file in waiting])
        refuse_if(why_not_say(incident, channel, by, at.day))
        if wait:
            refuse_if(incidents.why_not_wait(incident))
        if not body and not waiting:
            refuse_if(Reason(N_("There is nothing to send yet."), rule="002-46"))
        if len(body) > LONGEST:
            refuse_if(Reason(N_("A message has at most %(count)s characters."), count=LONGEST, rule="002-46"))
        owner = {"reseller": incident.reseller_id, "customer": incident.customer_id}
        said = table.create(**owner, incident=incident, by=by.id, at=at.at, body=body, idempotency=key)
        if waiting:
            files.put(incident, channel, waiting, by, at, **{f"{channel.value}_message": said})
        journal.record(EVENTS[channel], incident, by=by, at=at, after={"message": said.id})
        incidents.replied(incident, channel, by, at, wait, due_at)
        return said


def of(incident, channel, user):
    """What was said in a channel, oldest first; nothing for who is not party to it."""
    if channel not in incidents.channels_of(incident, user):
        return []
    table = TABLES[channel]
    query = table.select(table, User).join(User, on=(table.by == User.id)).where(table.incident == incident)
    return list(query.order_by(table.id))


def told_by(event, reader):
    """The message an event is about, if this reader is party to its channel; else None."""
    channel = next((channel for channel, kind in EVENTS.items() if kind == event.kind), None)
    if channel is None:
        return None
    with scope(reader.organisation.scope):  # the letter is composed for the reader, and sees what the reader sees
        said = TABLES[channel].get_or_none(TABLES[channel].id == event.after["message"])
        if said is None or channel not in incidents.channels_of(said.incident, reader):
            return None
        return said


def is_private(event):
    """Whether an event's letter holds words the distributor is not party to."""
    if event.kind != EVENTS[Channel.CUSTOMER]:
        return False
    with scope(EVERYBODY):  # only to know who serves the customer
        said = CustomerMessage.get_by_id(event.after["message"])
        return not incidents.is_direct(said.incident)
