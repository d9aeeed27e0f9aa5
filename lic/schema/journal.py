"""What happened, who was told, and the numbers that are given once."""

from peewee import SQL, BooleanField, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, EnumField, JSONField, Labelled, Record, Ref
from lic.schema.people import User


class Event(Record):
    """One fact. Chained by hash, so that a row changed behind our back is noticed (safety.md 49)."""

    kind = TextField()
    subject_kind = TextField()
    subject = IntegerField()
    by = Ref(User, null=True)
    at = DateTimeField()  # real UTC: the audit trail never uses the business clock (R9)
    shown_at = DateTimeField()  # the business clock's local date and time, as people are shown it
    before = JSONField(null=True)
    after = JSONField(null=True)
    chain = TextField()
    record = None  # what it is about, where that is at hand

    class Meta:
        indexes = ((("subject_kind", "subject", "id"), False), (("shown_at",), False))


class Notification(Record):
    user = Ref(User)
    event = Ref(Event)
    read_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("user", "event"), True),)


Notification.add_index(Notification.user, Notification.read_at, where=SQL("read_at IS NULL"), name="unread")


class MailState(Labelled):
    WAITING = "waiting", N_("Waiting")
    SENDING = "sending", N_("Being sent")
    SENT = "sent", N_("Sent")
    KEPT = "kept", N_("Kept here")
    DEAD = "dead", N_("Given up")


class Mail(Record):
    """The outbox: written with the fact it tells of, sent afterwards, tried again until it is gone.

    The letter is composed when it is sent, so that no one-time link ever lies in the database.
    """

    event = Ref(Event, null=True)
    letter = TextField()  # the template's name under templates/mail/
    user = Ref(User, null=True)
    to = TextField()
    language = TextField()
    values = JSONField(default=dict)
    message_id = TextField(unique=True)
    state = EnumField(MailState, default=MailState.WAITING)
    attempts = IntegerField(default=0)
    made_at = DateTimeField()
    next_at = DateTimeField()
    sent_at = DateTimeField(null=True)
    error = TextField(default="")

    class Meta:
        indexes = ((("state", "next_at"), False), (("made_at",), False))


class IncomingState(Labelled):
    KEPT = "kept_aside", N_("Kept aside")
    LANDED = "landed", N_("In its incident")
    PUT = "put", N_("Put into an incident")
    DISCARDED = "discarded", N_("Discarded")
    IGNORED = "ignored", N_("Written by a machine")


class IncomingMail(Record):
    """A letter that came in: what became of it. The bytes of one that is kept aside lie among the files."""

    message_id = TextField()
    digest = TextField()  # of what it says: the same number with other words is another letter
    sender = TextField()
    sender_name = TextField(default="")
    subject = TextField(default="")
    came_at = DateTimeField()
    state = EnumField(IncomingState, default=IncomingState.KEPT)
    why = JSONField(null=True)  # why it did not land by itself: {"text": msgid, **values}
    incident = IntegerField(null=True)  # the number its address names, or where it was put
    channel = TextField(null=True)
    user = Ref(User, null=True)  # whom its address was made for
    sha256 = TextField(null=True, index=True)
    size = IntegerField(default=0)
    decided_by = Ref(User, null=True)
    decided_at = DateTimeField(null=True)
    reason = TextField(default="")  # why it was discarded

    class Meta:
        indexes = ((("message_id", "digest"), True), (("state", "id"), False))


class JobRun(Record):
    job = TextField()
    on = DateField()
    at = DateTimeField()
    done = BooleanField(default=False)

    class Meta:
        indexes = ((("job", "on"), True),)


class SentForm(Record):
    """A form that was carried out, by the key it carries: sent twice, it is done once (safety.md 28)."""

    key = TextField(unique=True)  # with whose it is
    answer = IntegerField(null=True)  # the number of what it made
    at = DateTimeField(index=True)


class Number(Record):
    """The last number given in a series; read and raised inside the transaction that uses it (R8)."""

    series = TextField()
    year = IntegerField(default=0)
    last = IntegerField()

    class Meta:
        indexes = ((("series", "year"), True),)


class Setting(Record):
    name = TextField(unique=True)
    value = JSONField(null=True)
