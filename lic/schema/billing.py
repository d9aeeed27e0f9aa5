"""What is owed (charges) and what was billed (invoices)."""

import re

from peewee import Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, NC_, EnumField, JSONField, Labelled, Ref
from lic.schema.orders import Order, OrderLine
from lic.schema.people import Organisation, Owned, User
from lic.schema.subscriptions import Subscription


class InvoiceKind(Labelled):
    INVOICE = "invoice", N_("Invoice")
    CREDIT_NOTE = "credit_note", N_("Credit note")
    SUMMARY = "summary", N_("Order summary")  # where only others may issue the fiscal document (Q, Portugal, Brazil)
    REFUND = "refund", N_("Refund summary")

    @property
    def series(self):
        """What its numbers begin with (R8)."""
        return {"invoice": "", "credit_note": "AV", "summary": "RP", "refund": "RE"}[self.value]

    @property
    def is_fiscal(self):
        return self in (InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE)

    @property
    def gives_back(self):
        return self in (InvoiceKind.CREDIT_NOTE, InvoiceKind.REFUND)


class InvoiceState(Labelled):
    """Of what was invoiced; never stored: it was paid or it was not."""

    OPEN = "open", N_("To be paid")
    PAID = "paid", NC_("invoice", "Paid")
    CREDIT = "credit", NC_("invoice", "Credited")


class Invoice(Owned):
    """Never changed once issued: `details` keeps who and what as they were, and `sha256` proves it.

    Amounts are negative on what gives back.
    """

    bill_to = Ref(Organisation)
    kind = EnumField(InvoiceKind, default=InvoiceKind.INVOICE)
    series = TextField()
    year = IntegerField()
    number = IntegerField()
    issued_on = DateField()
    due_on = DateField(null=True)
    currency = TextField()
    net_cents = IntegerField()
    vat_cents = IntegerField()
    gross_cents = IntegerField()
    corrects = Ref("self", null=True)
    order = Ref(Order, null=True)
    details = JSONField(default=dict)
    sha256 = TextField(default="")
    made_at = DateTimeField()
    paid_on = DateField(null=True)
    paid_by = Ref(User, null=True)
    certified_sha256 = TextField(default="")  # the fiscal document others issued, attached (Q)
    certified_name = TextField(default="")
    certified_size = IntegerField(default=0)

    class Meta:
        indexes = ((("series", "year", "number"), True),)
        constraints = [Check("gross_cents = net_cents + vat_cents")]

    @property
    def name(self):
        """2026-000123, AV-2026-000004 (R8)."""
        return "-".join(filter(None, (self.series, str(self.year), f"{self.number:06d}")))

    @staticmethod
    def read(name):
        """(series, year, number) of such a name; None for what is none."""
        found = re.fullmatch(r"(?:([A-Z]{2})-)?([0-9]{4})-([0-9]{6,12})", name)
        return found and (found[1] or "", int(found[2]), int(found[3]))

    @property
    def state(self):
        if self.kind.gives_back:
            return InvoiceState.CREDIT
        return InvoiceState.PAID if self.paid_on else InvoiceState.OPEN


class Charge(Owned):
    """One amount for one period of one source, exactly once: the unique key is the promise.

    It is invoiced on `bill_on`, at once where there is none. Less than nothing gives back what `refunds` had charged.
    """

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
    discount_bp = IntegerField(default=0)  # hundredths of a percent off
    net_cents = IntegerField()
    currency = TextField()
    tax_rate_bp = IntegerField(null=True)
    tax_code = TextField(default="")  # EN 16931 category
    tax_note = TextField(default="")
    bill_to = Ref(Organisation)
    centres = JSONField(default=list)  # [[name of a billing centre, seats, cents]] once invoiced: parts of net_cents
    bill_on = DateField(null=True)
    order_line = Ref(OrderLine, null=True)
    subscription = Ref(Subscription, null=True)
    refunds = Ref("self", null=True)
    invoice = Ref(Invoice, null=True)
    made_at = DateTimeField()

    class Meta:
        indexes = (
            (("source_kind", "source", "kind", "from_on", "segment"), True),
            (("invoice", "bill_on"), False),
        )
        constraints = [Check("denominator > 0"), Check("to_on >= from_on")]


class QuoteState(Labelled):
    """Never stored but as its facts: it expires by itself."""

    OPEN = "open", NC_("quote", "Open")
    ORDERED = "ordered", NC_("quote", "Ordered")
    REFUSED = "refused", NC_("quote", "Refused")
    WITHDRAWN = "withdrawn", NC_("quote", "Withdrawn")
    EXPIRED = "expired", NC_("quote", "Expired")


class Quote(Owned):
    """What a renewal costs until a day (003-19); `inputs` keeps all that its PDF says, and the prices it holds."""

    number = IntegerField(unique=True)
    subscription = Ref(Subscription)
    inputs = JSONField()
    net_cents = IntegerField()
    currency = TextField()
    valid_until = DateField()
    made_at = DateTimeField()
    order_line = Ref(OrderLine, null=True)
    withdrawn_at = DateTimeField(null=True)  # by who made it
    refused_at = DateTimeField(null=True)  # by who it was made for
    refused_why = TextField(default="")

    def state(self, today):
        if self.order_line_id:
            return QuoteState.ORDERED
        if self.withdrawn_at or self.refused_at:
            return QuoteState.WITHDRAWN if self.withdrawn_at else QuoteState.REFUSED
        return QuoteState.EXPIRED if today > self.valid_until else QuoteState.OPEN
