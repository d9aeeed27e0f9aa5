"""What is done so that a subscription is renewed: who was reminded of its end, and what the distributor follows."""

from peewee import Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import Ref
from lic.schema.contracts import Contract
from lic.schema.people import Owned, User
from lic.schema.subscriptions import Subscription


class Reminder(Owned):
    """One person was reminded of one end on one of its days, once: the proof of sending.

    It names its letter by number only, because letters are forgotten after a year and this is not.
    """

    subscription = Ref(Subscription)
    ends_on = DateField()
    days = IntegerField()  # from the end: -30 is thirty days before it
    user = Ref(User)
    to = TextField()
    message_id = TextField()
    made_on = DateField()
    made_at = DateTimeField()

    class Meta:
        indexes = ((("subscription", "ends_on", "days", "user"), True),)


class Renewal(Owned):
    """What the distributor notes about one end of a subscription or a warranty: whose it is, and why it was lost."""

    subscription = Ref(Subscription, null=True)
    contract = Ref(Contract, null=True)
    ends_on = DateField()
    keeper = Ref(User, null=True)
    lost_why = TextField(default="")

    class Meta:
        indexes = ((("subscription", "ends_on"), True), (("contract", "ends_on"), True))
        constraints = [Check("(subscription_id IS NULL) <> (contract_id IS NULL)")]

    @property
    def number(self):
        """As the subscription or the contract is called."""
        return (self.subscription or self.contract).number
