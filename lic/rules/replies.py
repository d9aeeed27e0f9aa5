"""Answers by mail: the address that says where one belongs, and what becomes of a letter that came in (004-26).

An answer lands only where its signed address names an incident, a channel and a person, and that person wrote it.
Anything else is kept aside until the distributor's administrator says where it goes: nothing is guessed.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from peewee import fn

from lic.models import (
    EVERYBODY,
    N_,
    Channel,
    Incident,
    IncomingMail,
    IncomingState,
    Mail,
    User,
    scope,
    tx,
)
from lic.rules import Reason, digests, incidents, journal, messages, refuse_if

SIGNED = 20  # characters of a signature: 100 bits; a local part has at most 64
LETTERS = {Channel.CUSTOMER: "c", Channel.DISTRIBUTOR: "d"}
CODE = re.compile(r"(\d{1,12})\.([cd])\.(\d{1,12})\.([a-z2-7]{20})", re.ASCII)
LONGEST = 500  # characters of a reason
LARGEST = 64  # MB of a letter that is read whole
STRANGERS = 1024**3  # bytes of letters that are kept here whose address nobody signed: anybody may write them

NO_ADDRESS = Reason(N_("It was not sent to an address that names an incident."))
WRONG_ADDRESS = Reason(N_("Its address is not one the portal gave."))
TWO_ADDRESSES = Reason(N_("It was sent to the addresses of several messages."))
OTHER_SENDER = Reason(N_("Its sender is not the person its address was made for."))
NOT_SURE = Reason(N_("The mail server doubts that its sender wrote it."))
SAME_NUMBER = Reason(N_("Another letter came with the same number."))
NOT_TAKEN = Reason(N_("One of its files is not accepted; its writer was told why."))
TOO_LONG = Reason(N_("It is too long to be read whole."))
TOO_LARGE = Reason(N_("It is too large to be read here: it is in the mailbox, in the folder Portal."))
AT_MOST = Reason(N_("A letter may have at most %(count)s MB with its files."), count=LARGEST)
NOWHERE = Reason(N_("It holds words of several incidents: it can only be discarded."), rule="002-46")
NOT_HERE = Reason(N_("The letter itself is not here."))


def tell_of_kept(letter, event):
    """Of answers; what strangers write waits on the screen only."""
    return journal.distributor_administrators() if letter.user_id else []


journal.tells("incoming_mail.kept", journal.Tell(tell_of_kept))


# --- addresses ---------------------------------------------------------------------------------


def _signature(key, code):
    digest = hmac.new(key.encode(), f"reply {code}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:SIGNED]


def address(key, base, incident, channel, user):
    """Where this person's answer in a channel goes: reply+26112201.c.7.<signature>@house.example."""
    code = f"{incident.number}.{LETTERS[channel]}.{user.id}"
    local, _, domain = base.partition("@")
    return f"{local}+{code}.{_signature(key, code)}@{domain}"


def channel_of(event, incident, user):
    """The channel an answer to this letter belongs to, where there is one only."""
    mine = incidents.channels_of(incident, user)
    said = next((channel for channel, kind in messages.EVENTS.items() if kind == event.kind), None)
    if not incidents.acts_on(incident, user) or (said and said not in mine):
        return None
    return said or (mine[0] if len(mine) == 1 else None)


def address_for(event, incident, user, key, base):
    """The address the answer to a letter goes to, or None where nobody could say which messages it belongs to."""
    channel = channel_of(event, incident, user)
    return channel and address(key, base, incident, channel, user)


@dataclass(frozen=True)
class Place:
    """What an address names; without `user` where nobody signed it."""

    number: int | None
    channel: Channel
    user: int | None

    @property
    def talk(self):
        return self.number, self.channel


def places(key, addresses):
    """(the places signed addresses name, those unsigned ones do, whether some address only looks like one)"""
    signed, claimed, wrong = set(), set(), False
    for one in addresses:
        _, plus, code = one.rpartition("@")[0].partition("+")
        if not plus:
            continue
        read, wrong = CODE.fullmatch(code), True
        if read is None:
            continue
        channel = next(channel for channel, letter in LETTERS.items() if letter == read[2])
        if hmac.compare_digest(read[4], _signature(key, code.rpartition(".")[0])):
            signed.add(Place(int(read[1]), channel, int(read[3])))
        else:
            claimed.add(Place(int(read[1]), channel, None))
    return signed, claimed, wrong


# --- what becomes of a letter ------------------------------------------------------------------


def is_known(letter):
    """Whether this very letter has come before."""
    return _before(letter).where(IncomingMail.digest == letter.digest).exists()


def _before(letter):
    return IncomingMail.select().where(IncomingMail.message_id == letter.message_id)


def is_by_machine(letter):
    """Auto-replies, bounces, and our own letters that came back."""
    ours = Mail.select().where(Mail.message_id == letter.message_id.partition("@")[0]).exists()
    return letter.by_machine or ours


@dataclass(frozen=True)
class Verdict:
    """Where a letter belongs, or why that is not known."""

    place: Place | None = None
    user: User | None = None
    why: Reason | None = None


def judge(letter, key):
    with scope(EVERYBODY):  # the signed address says whose it is
        signed, claimed, wrong = places(key, letter.to)
        talks = {place.talk for place in signed | claimed}
        if len(signed) != 1 or len(talks) != 1:
            several = TWO_ADDRESSES if len(talks) > 1 or signed else WRONG_ADDRESS
            why = several if talks else WRONG_ADDRESS if wrong else NO_ADDRESS
            return Verdict(_private(signed, claimed) or _within(letter.traces, key), why=why)
        (place,) = signed
        user = User.get_or_none(User.id == place.user)
        if user is None:
            return Verdict(why=WRONG_ADDRESS)
        return Verdict(place, user, _why_not_theirs(letter, user))


def _private(*found):
    """The place of words that are nobody's to read but a customer's and its reseller's, signed or not (002-46)."""
    private = [place for places in found for place in places if is_between_others(*place.talk)]
    return min(private, key=lambda place: (place.user is None, place.number), default=None)


def _within(traces, key):
    """The place of such words within a letter that is addressed to none, as a bounce or an answer gone astray.

    Without a number where they are of several: wherever it went, somebody would read what is not for them.
    """
    signed, claimed, _ = places(key, [f"+{code}@" for code in traces.codes])
    talks = {place.talk for place in signed | claimed} | _told_in(traces.numbers)
    if not any(is_between_others(*talk) for talk in talks):
        return None
    (number, channel), *others = talks
    return Place(None if others else number, Channel.CUSTOMER if others else channel, None)


def _told_in(numbers):
    """The talks with words in our letters of these numbers."""
    events = []
    for mail in Mail.select().where(Mail.message_id.in_(list(numbers))):
        daily = mail.letter == "incident_digest"
        events += digests.events_of(mail.values) if daily else [mail.event] if mail.event_id else []
    kinds = {kind: channel for channel, kind in messages.EVENTS.items()}
    return {(Incident.get_by_id(event.subject).number, kinds[event.kind]) for event in events if event.kind in kinds}


def _why_not_theirs(letter, user):
    if letter.senders != (user.email.lower(),) or not user.active:
        return OTHER_SENDER
    if letter.failed:
        return NOT_SURE
    return SAME_NUMBER if _before(letter).exists() else None


def _why_not_in(place, user):
    """Why this person has no such incident, within the scope around."""
    if Incident.get_or_none(Incident.number == place.number) is None:
        return Reason(N_("No incident of %(name)s has this number."), name=user.name, rule="002-46")
    return None


def land(letter, verdict, waiting, at, due_at=None):
    """The answer becomes a message, as if its writer had typed it on the page."""
    place, user = verdict.place, verdict.user
    with tx(), scope(user.organisation.scope):  # it sees what its writer sees
        refuse_if(_why_not_in(place, user))
        incident = Incident.get(Incident.number == place.number)
        key = hashlib.sha256(letter.message_id.encode()).hexdigest()
        given = {"key": f"mail:{key}", "waiting": waiting, "due_at": due_at}
        said = messages.say(incident, place.channel, letter.text, user, at, **given)
        _note(letter, at, IncomingState.LANDED, place)
        return said


def ignore(letter, verdict, at):
    """Only so that it is not read again."""
    with tx():
        return _note(letter, at, IncomingState.IGNORED, verdict.place)


def keep_aside(letter, verdict, why, at, sha256=None, size=0):
    """It waits for the distributor's administrator; a writer who did all as asked is told why it did not land."""
    with tx(), scope(EVERYBODY):  # the house keeps it
        shown = NOT_TAKEN if verdict.place and _names_a_file(why, verdict.place) else why
        kept = _note(letter, at, IncomingState.KEPT, verdict.place, why=pack(shown), sha256=sha256, size=size)
        journal.record("incoming_mail.kept", kept, None, at)
        if why is TOO_LARGE:  # of which only the head was looked at
            why = AT_MOST if verdict.user and takes_part(verdict.place, verdict.user) else None
        if why and verdict.user and verdict.why is None:
            told = {"incident": verdict.place.number, "channel": verdict.place.channel.value}
            journal.write("reply_refused", verdict.user, at, why=pack(why), **told)
        return kept


def takes_part(place, user):
    """Whether this person could write there today."""
    with scope(user.organisation.scope):  # it sees what its writer sees
        incident = Incident.get_or_none(Incident.number == place.number)
        return incident is not None and place.channel in incidents.channels_of(incident, user)


def has_room(verdict, size):
    """Whether a letter that is kept aside is kept here too; a stranger's may have to wait in the mailbox."""
    held = IncomingMail.select(fn.COALESCE(fn.SUM(IncomingMail.size), 0)).where(
        IncomingMail.state == IncomingState.KEPT, IncomingMail.user.is_null(), IncomingMail.sha256.is_null(False)
    )
    return bool(verdict.user) or held.scalar() + size <= STRANGERS


def _names_a_file(why, place):
    """Whether a reason has words of a letter the distributor is not to read."""
    return why.rule == "X14" and is_between_others(place.number, place.channel)


def _note(letter, at, state, place=None, **values):
    subject = letter.subject
    if place:
        values |= {"incident": place.number, "channel": place.channel.value, "user": place.user}
        if is_between_others(place.number, place.channel):
            subject = ""  # the distributor reads this list
    return IncomingMail.create(
        message_id=letter.message_id,
        digest=letter.digest,
        sender=letter.sender,
        sender_name=letter.sender_name,
        subject=subject,
        came_at=at.at,
        state=state,
        **values,
    )


def pack(reason):
    """A reason as a row keeps it."""
    values = {n: {"day": v.isoformat()} if isinstance(v, date) else v for n, v in reason.values.items()}
    return {"text": reason.message, "values": values}


def unpack(kept):
    values = {
        name: date.fromisoformat(value["day"]) if isinstance(value, dict) else value
        for name, value in kept["values"].items()
    }
    message = kept["text"]
    return Reason(tuple(message) if isinstance(message, list) else message, **values)


# --- kept aside --------------------------------------------------------------------------------


def is_between_others(number, channel):
    """Whether the words are between a customer and its reseller."""
    with scope(EVERYBODY):  # only to know who serves the customer
        incident = Incident.get_or_none(Incident.number == number)
        return channel is Channel.CUSTOMER and not (incident and incidents.is_direct(incident))


def why_not_read(kept):
    """Why the distributor does not read a letter that is kept here, or None."""
    if kept.state is not IncomingState.KEPT:
        return Reason(N_("Only a letter that is kept here can be read here."))
    if kept.channel and is_between_others(kept.incident, Channel(kept.channel)):
        return Reason(N_("Only a customer and its reseller read what they write to each other."), rule="002-46")
    return None


def authors(kept, by):
    """In whose name it may be put into an incident: whose address it came from, whom it was for, or one's own."""
    with scope(EVERYBODY):  # the people of every company write
        theirs = (fn.LOWER(User.email) == kept.sender) | (User.id == kept.user_id)
        found = list(User.select().where(theirs, User.active == True).order_by(User.id))  # noqa: E712
        return found + [by] * (by.id not in {user.id for user in found})


def why_not_put(kept):
    """Why a letter cannot be put anywhere, or None."""
    nowhere = NOWHERE if kept.channel and not kept.incident else None
    return why_not_discard(kept) or nowhere or (TOO_LARGE if kept.sha256 is None else None)


def why_not_discard(kept):
    if kept.state is not IncomingState.KEPT:
        return Reason(N_("Somebody has decided about this letter already."))
    return None


def put(kept, letter, place, waiting, by, at, due_at=None):
    """The administrator says where it goes, and in whose name (`place.user`)."""
    with tx():
        kept = kept.again()
        refuse_if(why_not_put(kept) or (None if letter else NOT_HERE))
        author = next((user for user in authors(kept, by) if user.id == place.user), None)
        named = (kept.incident, kept.channel) if kept.channel else (place.number, place.channel.value)
        if author is None or named != (place.number, place.channel.value):
            refuse_if(Reason(N_("This letter can only go where its address says."), rule="004-26"))
        body = letter.text
        if author.email.lower() != letter.sender:  # its readers know whose words these are
            body = f"{letter.sender_name} <{letter.sender}>".strip() + f"\n\n{body}"
        with scope(author.organisation.scope):  # it sees what its writer sees
            refuse_if(_why_not_in(place, author))
            incident = Incident.get(Incident.number == place.number)
            given = {"key": f"put:{kept.id}", "waiting": waiting, "due_at": due_at}
            messages.say(incident, place.channel, body, author, at, **given)
        kept.incident, kept.channel = place.number, place.channel.value
        _decide(kept, IncomingState.PUT, by, at, {"number": place.number, "channel": place.channel.value})
    return kept


def discard(kept, reason, by, at):
    """It goes nowhere; why is on record, and its bytes go with the next sweep."""
    with tx():
        kept = kept.again()
        refuse_if(why_not_discard(kept))
        if not reason.strip():
            refuse_if(Reason(N_("Say why it is discarded.")))
        kept.reason = reason.strip()[:LONGEST]
        _decide(kept, IncomingState.DISCARDED, by, at, {"reason": kept.reason})
    return kept


def _decide(kept, state, by, at, after):
    kept.state, kept.decided_by, kept.decided_at = state, by.id, at.at
    kept.save()
    kind = "incoming_mail.put" if state is IncomingState.PUT else "incoming_mail.discarded"
    journal.record(kind, kept, by, at, after=after)


def find(words, state):
    """Letters in one of these states, each with every word."""
    query = IncomingMail.select().where(IncomingMail.state.in_(state))
    for word in words.split()[:8]:
        mine = (IncomingMail.sender, IncomingMail.sender_name, IncomingMail.subject, IncomingMail.incident.cast("text"))
        query = query.where(reduce(or_, (text.contains(word) for text in mine)))
    return query


def waiting():
    """How many letters wait for a decision."""
    return IncomingMail.select().where(IncomingMail.state == IncomingState.KEPT).count()
