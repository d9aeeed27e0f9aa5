"""Services: who administers them, who uses them, and how their bill is split."""

from peewee import Check, DateTimeField, IntegerField, TextField

from lic.schema.base import Ref
from lic.schema.people import Organisation, Owned, User
from lic.schema.subscriptions import Subscription


class TechnicalAdministrator(Owned):
    user = Ref(User)
    subscription = Ref(Subscription)

    class Meta:
        indexes = ((("user", "subscription"), True),)


class Assignment(Owned):
    subscription = Ref(Subscription)
    email = TextField()
    user = Ref(User, null=True)
    from_at = DateTimeField()
    to_at = DateTimeField(null=True)


class BillingCentre(Owned):
    organisation = Ref(Organisation)
    name = TextField()

    class Meta:
        indexes = ((("organisation", "name"), True),)


class Allocation(Owned):
    subscription = Ref(Subscription)
    centre = Ref(BillingCentre)
    quantity = IntegerField()

    class Meta:
        indexes = ((("subscription", "centre"), True),)
        constraints = [Check("quantity >= 0")]
