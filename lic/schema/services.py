"""Services: who administers them, who uses them, and how their bill is split."""

from peewee import BooleanField, Check, DateTimeField, IntegerField, TextField

from lic.schema.base import Record, Ref
from lic.schema.catalogue import Product
from lic.schema.people import Organisation, Owned, User
from lic.schema.subscriptions import Subscription


class TechnicalAdministrator(Owned):
    user = Ref(User)
    subscription = Ref(Subscription)

    class Meta:
        indexes = ((("user", "subscription"), True),)


class SupportPerson(Record):
    """Somebody of the distributor who answers the requests about a service (004-27)."""

    product = Ref(Product)
    user = Ref(User)

    class Meta:
        indexes = ((("product", "user"), True),)


class Assignment(Owned):
    subscription = Ref(Subscription)
    email = TextField()
    user = Ref(User, null=True)
    from_at = DateTimeField()
    to_at = DateTimeField(null=True)


class BillingCentre(Owned):
    """A part of a buyer its bills are split for; one of them is the default, to which new seats go (004-20)."""

    organisation = Ref(Organisation)
    name = TextField()
    is_default = BooleanField(default=False)
    retired_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("organisation", "name"), True),)


class Allocation(Owned):
    """How many seats were given to a centre when somebody last said so; since then rules/centres.py counts on."""

    subscription = Ref(Subscription)
    centre = Ref(BillingCentre)
    quantity = IntegerField()

    class Meta:
        indexes = ((("subscription", "centre"), True),)
        constraints = [Check("quantity >= 0")]
