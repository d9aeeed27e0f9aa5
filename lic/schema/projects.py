"""A project: one end customer, one subscription type, one assurance plan, its licences and orders (000-04)."""

from peewee import DateTimeField, IntegerField, TextField

from lic.schema.base import N_, EnumField, Labelled, Ref
from lic.schema.catalogue import Plan, Product
from lic.schema.people import Owned


class SubscriptionType(Labelled):
    MONTHLY = "monthly", N_("Monthly")
    ANNUAL = "annual", N_("Annual")
    TERM = "term", N_("Fixed term")


class Project(Owned):
    number = IntegerField(unique=True)
    name = TextField()
    subscription_type = EnumField(SubscriptionType)
    assurance_plan = EnumField(Plan, null=True)  # none where its licence has no software assurance
    channel = TextField(null=True)
    tenant_name = TextField(default="")
    tenant_domain = TextField(default="")
    tenant_country = TextField(default="")
    admin_first_name = TextField(default="")
    admin_last_name = TextField(default="")
    admin_email = TextField(default="")
    admin_phone = TextField(default="")
    description = TextField(default="")
    made_at = DateTimeField()


class LicenceGroup(Owned):
    project = Ref(Project)
    product = Ref(Product)  # the edition

    class Meta:
        indexes = ((("project", "product"), True),)
