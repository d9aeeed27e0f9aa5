"""What is owed (charges) and what was billed (invoices)."""

from peewee import Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import JSONField, Ref
from lic.schema.orders import OrderLine
from lic.schema.people import Organisation, Owned
from lic.schema.subscriptions import Subscription


class Invoice(Owned):
    bill_to = Ref(Organisation)
    series = TextField()
    year = IntegerField()
    number = IntegerField()
    issued_on = DateField()
    due_on = DateField(null=True)
    currency = TextField()
    net_cents = IntegerField()
    vat_cents = IntegerField()
    gross_cents = IntegerField()
    paid_on = DateField(null=True)
    kind = TextField(default="invoice")
    corrects = Ref("self", null=True)
    details = JSONField(default=dict)
    sha256 = TextField(default="")

    class Meta:
        indexes = ((("series", "year", "number"), True),)


class Charge(Owned):
    """One amount for one period of one source, exactly once: the unique key is the promise."""

    source_kind = TextField()  # order_line, subscription or stock
    source = IntegerField()
    kind = TextField()
    label = JSONField(default=dict)
    from_on = DateField()
    to_on = DateField()
    segment = IntegerField(default=0)
    quantity = IntegerField()
    unit_cents = IntegerField()
    numerator = IntegerField(default=1)
    denominator = IntegerField(default=1)
    net_cents = IntegerField()
    currency = TextField()
    tax_rate_bp = IntegerField(null=True)
    bill_to = Ref(Organisation)
    order_line = Ref(OrderLine, null=True)
    subscription = Ref(Subscription, null=True)
    invoice = Ref(Invoice, null=True)
    made_at = DateTimeField()

    class Meta:
        indexes = ((("source_kind", "source", "kind", "from_on", "segment"), True),)
        constraints = [Check("denominator > 0"), Check("to_on >= from_on")]


class Quote(Owned):
    number = IntegerField(unique=True)
    subscription = Ref(Subscription)
    inputs = JSONField()
    net_cents = IntegerField()
    currency = TextField()
    valid_until = DateField()
    made_at = DateTimeField()
    order_line = Ref(OrderLine, null=True)
