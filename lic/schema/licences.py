"""Licences in stock, and those activated for a customer."""

from peewee import SQL, Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import N_, NC_, EnumField, Labelled, Ref
from lic.schema.catalogue import Product
from lic.schema.orders import OrderLine
from lic.schema.people import Organisation, Owned, User


class MovementKind(Labelled):
    PURCHASE = "purchase", N_("Purchase")
    ACTIVATION = "activation", N_("Activation")
    CANCELLED_ACTIVATION = "cancelled_activation", N_("Cancelled activation")
    CANCELLED_CUSTOMER = "cancelled_customer", N_("Cancelled customer")
    RETURN = "return", N_("Given back")
    ADJUSTMENT = "adjustment", N_("Adjustment")


class ActivationState(Labelled):
    """Of an activation; never stored, it has ended or it has not."""

    ACTIVE = "active", NC_("activation", "Active")
    ENDED = "ended", NC_("activation", "Ended")


class Equipped(Labelled):
    """Whether a customer has licences that are activated; never stored, it has or it has not (001-02)."""

    YES = "yes", N_("With licences")
    NO = "no", N_("Without licences")


class Activation(Owned):
    """One licence in use by one customer (001-08); `holder` is whose stock it came from."""

    holder = Ref(Organisation)
    product = Ref(Product)
    code = TextField(unique=True)  # authorisation code
    key = TextField(unique=True)  # activation key
    observation = TextField(default="")
    by = Ref(User)
    at = DateTimeField()
    ended_at = DateTimeField(null=True)
    ended_by = Ref(User, null=True)
    replaced_by = Ref("self", null=True)
    idempotency = TextField(null=True, unique=True)  # of the first of those that one form activated

    @property
    def state(self):
        return ActivationState.ENDED if self.ended_at else ActivationState.ACTIVE

    class Meta:
        indexes = ((("holder", "product"), False),)
        constraints = [Check("customer_id IS NOT NULL"), Check("(ended_at IS NULL) = (ended_by_id IS NULL)")]


class StockMovement(Owned):
    """The stock's ledger: only ever added to."""

    holder = Ref(Organisation)
    product = Ref(Product)
    for_product = Ref(Product, null=True)  # additional users: of which licence
    quantity = IntegerField()
    kind = EnumField(MovementKind)
    order_line = Ref(OrderLine, null=True)
    activation = Ref(Activation, null=True)
    by = Ref(User)
    at = DateTimeField()
    on = DateField()
    reason = TextField(default="")
    idempotency = TextField(null=True, unique=True)  # of the first of those that one form wrote

    class Meta:
        indexes = ((("holder", "product", "id"), False),)
        constraints = [Check("quantity <> 0")]


class Balance(Owned):
    """What the ledger adds up to, kept in the same transaction; the database refuses to go below nothing."""

    holder = Ref(Organisation)
    product = Ref(Product)
    quantity = IntegerField(default=0)

    class Meta:
        indexes = ((("holder", "product"), True),)
        constraints = [SQL("CONSTRAINT stock_is_never_negative CHECK (quantity >= 0)")]


class ActivationCode(Owned):
    """A number bought elsewhere, to be redeemed once (003-06, 07)."""

    sha256 = TextField(unique=True)
    product = Ref(Product)
    quantity = IntegerField()
    months = IntegerField()
    expires_on = DateField()
    used_by = Ref(User, null=True)
    used_at = DateTimeField(null=True)

    class Meta:
        table_name = "code_to_redeem"  # "activation_code" is the name of an index
