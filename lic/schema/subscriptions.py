"""Subscriptions: seats of one product over periods, their assurance and what is scheduled."""

from peewee import BooleanField, Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, EnumField, JSONField, Labelled, Ref
from lic.schema.catalogue import Basis, Plan, Product
from lic.schema.orders import OrderLine
from lic.schema.people import Organisation, Owned, User
from lic.schema.projects import LicenceGroup, Project, SubscriptionType


class Course(Labelled):
    """What becomes of it after its end if nobody does anything."""

    OPEN = "open", N_("Has to be renewed")
    RENEWS = "renews", N_("Renews itself")
    FOLLOWS = "follows", N_("Follows its base")
    CANCELLED = "cancelled", N_("Cancelled")


class Subscription(Owned):
    number = IntegerField(unique=True)
    holder = Ref(Organisation)  # who buys it: the reseller or the direct customer
    project = Ref(Project, null=True)
    group = Ref(LicenceGroup, null=True)
    product = Ref(Product)
    type = EnumField(SubscriptionType)
    starts_on = DateField()  # the anchor of its months (R2)
    base = Ref("self", null=True)  # of a module
    sold_by = TextField(default="")
    sold_by_contact = TextField(default="")
    auto_renew = BooleanField(default=False)
    reminders_held = BooleanField(default=False)
    cancelled_on = DateField(null=True)
    ends_on = DateField(null=True)  # once cancelled: the last day it works
    suspended_at = DateTimeField(null=True)
    suspended_why = TextField(default="")
    parameters = JSONField(null=True)  # rules.md P as they were when its last period was ordered


class Period(Owned):
    """No gap, no overlap."""

    subscription = Ref(Subscription)
    starts_on = DateField()
    ends_on = DateField()
    type = EnumField(SubscriptionType)
    order_line = Ref(OrderLine, null=True)

    class Meta:
        indexes = ((("subscription", "starts_on"), True),)
        constraints = [Check("ends_on >= starts_on")]


class Seats(Owned):
    """The quantity on a day is the sum of the rows covering it."""

    subscription = Ref(Subscription)
    from_on = DateField()
    to_on = DateField(null=True)
    quantity = IntegerField()
    unit_cents = IntegerField()
    basis = EnumField(Basis)
    order_line = Ref(OrderLine, null=True)


class Assurance(Owned):
    subscription = Ref(Subscription)
    plan = EnumField(Plan)
    from_on = DateField()
    to_on = DateField()
    quantity = IntegerField()
    unit_cents = IntegerField()
    order_line = Ref(OrderLine, null=True)
    given_back = BooleanField(default=False)  # its last day is the one on which it was


class ChangeState(Labelled):
    SCHEDULED = "scheduled", N_("Scheduled")
    DONE = "done", N_("Done")
    DROPPED = "dropped", N_("Dropped")


class ScheduledChange(Owned):
    subscription = Ref(Subscription)
    kind = TextField()
    effective_on = DateField()
    inputs = JSONField(default=dict)
    state = EnumField(ChangeState, default=ChangeState.SCHEDULED)
    by = Ref(User, null=True)
    made_at = DateTimeField()


class TransferKind(Labelled):
    SAME_COMPANY = "same_company", N_("Within one company")
    WRONG_ACCOUNT = "wrong_account", N_("Wrong account")
    OTHER_ENTITY = "other_entity", N_("To another legal entity")
    RESELLER = "reseller", N_("Change of reseller")


class Transfer(Owned):
    kind = EnumField(TransferKind)
    subject = JSONField()
    from_organisation = Ref(Organisation)
    to_organisation = Ref(Organisation, null=True)
    state = TextField()
    details = JSONField(default=dict)
    effective_on = DateField(null=True)
    by = Ref(User)
    made_at = DateTimeField()
