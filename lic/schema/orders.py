"""Orders: the cart, what was ordered under which terms, and who decided."""

from peewee import SQL, BooleanField, Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, NC_, EnumField, JSONField, Labelled, Ref
from lic.schema.catalogue import PriceList, Product, Terms
from lic.schema.contracts import Contract
from lic.schema.people import Organisation, Owned, User
from lic.schema.projects import LicenceGroup, Project


class OrderState(Labelled):
    CART = "cart", N_("Cart")
    TO_CONFIRM = "to_confirm", N_("To confirm")
    SUBMITTED = "submitted", N_("Pending approval")
    INFO_REQUESTED = "info_requested", N_("Information requested")
    COMPLETED = "completed", N_("Completed")
    REJECTED = "rejected", N_("Rejected")
    CANCELLED = "cancelled", N_("Cancelled")
    EXPIRED = "expired", NC_("order", "Expired")

    @property
    def is_pending(self):
        """Shown "(PEND)", and the projects it names are locked (000-25)."""
        return self in (OrderState.TO_CONFIRM, OrderState.SUBMITTED, OrderState.INFO_REQUESTED)


class Operation(Labelled):
    BUY = "buy", N_("Purchase")
    USERS = "users", N_("Additional users")
    SUBSCRIBE = "subscribe", N_("New subscription")
    ADD_SEATS = "add_seats", N_("Added seats")
    ADD_MODULE = "add_module", N_("Add-on module")
    CHANGE_TYPE = "change_type", N_("Change of type")
    RENEW = "renew", N_("Renewal")
    ASSURANCE = "assurance", N_("Software assurance")
    UPGRADE_ASSURANCE = "upgrade_assurance", N_("Assurance upgrade")
    EXTEND = "extend", N_("Warranty extension")
    COTERMINATE = "coterminate", N_("Co-termination")


class Order(Owned):
    """A person's cart until it is placed, then an order. `buyer` is the reseller or the direct customer."""

    number = IntegerField(null=True, unique=True)
    buyer = Ref(Organisation)
    state = EnumField(OrderState, default=OrderState.CART)
    placed_by = Ref(User)
    approver = Ref(User, null=True)
    price_list = Ref(PriceList)
    currency = TextField()
    net_cents = IntegerField(default=0)  # charged once at approval, without VAT
    monthly_cents = IntegerField(default=0)  # then every month, without VAT
    idempotency = TextField(null=True, unique=True)
    made_at = DateTimeField()
    submitted_on = DateField(null=True)  # prices are held, and it expires, counted from here (R5)
    submitted_at = DateTimeField(null=True)
    decided_by = Ref(User, null=True)
    decided_at = DateTimeField(null=True)
    decided_on = DateField(null=True)
    asks_consent = BooleanField(default=False)  # information requested because the total would rise (R5)
    reason = TextField(default="")

    class Meta:
        indexes = (
            (("buyer", "state"), False),
            (("state", "submitted_on"), False),
        )
        constraints = [Check("(state = 'cart') = (number IS NULL)")]


Order.add_index(Order.placed_by, unique=True, where=SQL("state = 'cart'"), name="one_cart_per_person")


class OrderLine(Owned):
    """One line: what was asked (`inputs`), and what the server computed from it (001-18); never edited."""

    order = Ref(Order)
    operation = EnumField(Operation)
    product = Ref(Product)
    project = Ref(Project, null=True)
    contract = Ref(Contract, null=True)
    subscription = IntegerField(null=True)  # Subscription.id; that table comes later in creation order
    for_product = Ref(Product, null=True)  # additional users of which licence
    group = Ref(LicenceGroup, null=True)
    parent = Ref("self", null=True)
    inputs = JSONField(default=dict)
    asked_on = DateField()
    quantity = IntegerField()
    bonus = IntegerField(default=0)
    users = IntegerField(default=0)
    unit_cents = IntegerField(default=0)  # monthly or once, as the product's price is
    setup_cents = IntegerField(default=0)  # per unit
    net_cents = IntegerField(default=0)  # charged once, at approval
    monthly_cents = IntegerField(default=0)  # then every month
    tax_rate_bp = IntegerField(null=True)  # hundredths of a percent; none: no VAT line (data.md d)
    tax_code = TextField(default="")
    tax_note = TextField(default="")
    idempotency = TextField(null=True, unique=True)  # of the form it was added with

    class Meta:
        constraints = [Check("quantity > 0"), Check("bonus >= 0"), Check("unit_cents >= 0")]

    @property
    def shape(self):
        """What tells it from a later one that was given its number once it was removed."""
        return f"{self.id}:{self.idempotency}:{self.product_id}:{self.quantity}"


class Consent(Owned):
    """Which version of which terms was accepted with an order, by whom and when (000-19, 004-07)."""

    order = Ref(Order)
    terms = Ref(Terms)
    by = Ref(User)
    at = DateTimeField()

    class Meta:
        indexes = ((("order", "terms"), True),)
