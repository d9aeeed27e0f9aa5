"""Incidents and their two channels, which are two tables so that they can never mix (002-46)."""

from peewee import DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, EnumField, JSONField, Labelled, Record, Ref
from lic.schema.contracts import Article, Contract
from lic.schema.people import Owned, User
from lic.schema.subscriptions import Subscription


class IncidentState(Labelled):
    OPEN = "open", N_("Open")
    IN_PROGRESS = "in_progress", N_("In progress")
    WAITING_CUSTOMER = "waiting_customer", N_("Waiting for the customer")
    WAITING_DISTRIBUTOR = "waiting_distributor", N_("Waiting for the distributor")
    RESOLVED = "resolved", N_("Resolved")
    CLOSED = "closed", N_("Closed")


class IncidentNature(Labelled):
    DEFECTIVE = "defective", N_("Defective product")
    DAMAGED = "damaged", N_("Damaged product")
    INCOMPLETE = "incomplete", N_("Incomplete product")
    OTHER = "other", N_("Other")


class IncidentKind(Labelled):
    INCIDENT = "incident", N_("Incident")
    INFORMATION = "information", N_("Technical information")


class Turn(Labelled):
    """Who is asked to act now: it follows from the state, and from whether the customer is direct."""

    CUSTOMER = "customer", N_("Customer")
    RESELLER = "reseller", N_("Reseller")
    DISTRIBUTOR = "distributor", N_("Distributor")
    NOBODY = "nobody", N_("Nobody")


class Incident(Owned):
    number = IntegerField(unique=True)
    day = DateField()
    sequence = IntegerField()
    contract = Ref(Contract, null=True)
    subscription = Ref(Subscription, null=True)
    kind = EnumField(IncidentKind, default=IncidentKind.INCIDENT)
    title = TextField()
    nature = EnumField(IncidentNature, null=True)
    description = TextField()
    declaration = JSONField()  # as first declared, never changed (002-49)
    address = JSONField(default=dict)  # copied: a later change of address moves no parcel
    state = EnumField(IncidentState, default=IncidentState.OPEN)
    declared_by = Ref(User)
    declared_at = DateTimeField()
    due_at = DateTimeField(null=True)  # the end of the day it is to be handled by (X17)
    turn = EnumField(Turn, default=Turn.RESELLER)
    resolved_on = DateField(null=True)
    closed_on = DateField(null=True)
    idempotency = TextField(null=True, unique=True)

    class Meta:
        indexes = ((("day", "sequence"), True),)


class ConcernedArticle(Owned):
    incident = Ref(Incident)
    article = Ref(Article)

    class Meta:
        indexes = ((("incident", "article"), True),)


class CustomerMessage(Owned):
    """Between the customer and its reseller."""

    incident = Ref(Incident)
    by = Ref(User)
    at = DateTimeField()
    body = TextField()
    idempotency = TextField(null=True, unique=True)


class DistributorMessage(Owned):
    """Between the reseller and the distributor: no customer ever sees a row of it."""

    incident = Ref(Incident)
    by = Ref(User)
    at = DateTimeField()
    body = TextField()
    idempotency = TextField(null=True, unique=True)

    @classmethod
    def _seen_by(cls, seen):
        return super()._seen_by(seen) & (cls.id.is_null() if seen.customer else True)


class Channel(Labelled):
    """Where a word or a file of an incident stands, and so who sees it (002-46)."""

    DECLARATION = "declaration", N_("Declaration")
    CUSTOMER = "customer", N_("Messages (customer)")
    DISTRIBUTOR = "distributor", N_("Messages (distributor)")


class Attachment(Owned):
    """A file of an incident; a customer sees no row of the distributor's channel."""

    incident = Ref(Incident)
    channel = EnumField(Channel)
    customer_message = Ref(CustomerMessage, null=True)
    distributor_message = Ref(DistributorMessage, null=True)
    name = TextField()
    size = IntegerField()
    type = TextField()
    sha256 = TextField(index=True)
    by = Ref(User)
    at = DateTimeField()
    removed_at = DateTimeField(null=True)
    removed_by = Ref(User, null=True)
    idempotency = TextField(null=True, unique=True)  # of a form of files only

    @classmethod
    def _seen_by(cls, seen):
        return super()._seen_by(seen) & ((cls.channel != Channel.DISTRIBUTOR) if seen.customer else True)


class StagedFile(Record):
    """A file somebody has sent ahead of the form it belongs to; only that person sees it (002-37)."""

    by = Ref(User)
    name = TextField()
    size = IntegerField()
    type = TextField()
    sha256 = TextField(index=True)
    at = DateTimeField()


class Quarantined(Record):
    """Bytes a virus was found in: whoever's file they are, nobody gets them (ASVS 5.4.3)."""

    sha256 = TextField(unique=True)
    virus = TextField()
    at = DateTimeField()
