"""Who signs in, for whom, and what belongs to whom."""

from flask_login import UserMixin
from peewee import JOIN, SQL, BooleanField, Check, DateTimeField, DeferredForeignKey, IntegerField, TextField, fn

from lic.schema.base import N_, EnumField, JSONField, Labelled, OutOfScope, Record, Ref, Scope, Scoped, current_scope
from lic.schema.catalogue import PriceList


class OrganisationKind(Labelled):
    DISTRIBUTOR = "distributor", N_("Distributor")
    RESELLER = "reseller", N_("Reseller")
    CUSTOMER = "customer", N_("Customer")


class Organisation(Scoped):
    """The distributor, its resellers, and the customers of either.

    `reseller` of a customer is who serves it: its reseller, or the distributor when the customer is direct.
    """

    kind = EnumField(OrganisationKind)
    name = TextField()
    email = TextField(default="")
    phone = TextField(default="")
    country = TextField()  # ISO 3166 alpha-2
    tax_number = TextField(default="")  # digits and letters only; checked and shown by rules/taxes.py
    language = TextField(default="fr")
    reseller = Ref("self", null=True)
    direct = BooleanField(default=False)  # a customer of the distributor itself: orders for itself (rules.md Q)
    price_list = Ref(PriceList, null=True)
    approver = DeferredForeignKey("User", null=True, on_delete="RESTRICT", backref="+")
    account_manager = DeferredForeignKey("User", null=True, on_delete="RESTRICT", backref="+")
    reseller_approval = BooleanField(default=False)
    tax_rate_bp = IntegerField(null=True)  # hundredths of a percent: 2000 is 20 %; none: no VAT line
    tax_code = TextField(default="S")  # EN 16931 category
    tax_note = TextField(default="")
    channel = TextField(null=True)
    cancelled_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("reseller", "id"), False), (("kind", "id"), False))
        constraints = [
            SQL('FOREIGN KEY ("approver_id") REFERENCES "user" ("id") ON DELETE RESTRICT'),
            SQL('FOREIGN KEY ("account_manager_id") REFERENCES "user" ("id") ON DELETE RESTRICT'),
            Check("(kind = 'customer') = (reseller_id IS NOT NULL)"),
            Check("direct = 0 OR (kind = 'customer' AND price_list_id IS NOT NULL)"),
        ]

    @classmethod
    def _seen_by(cls, seen):
        """A reseller sees itself and its customers, a customer itself and who serves it; all see the distributor."""
        distributor = cls.kind == OrganisationKind.DISTRIBUTOR
        if seen.customer:
            return distributor | cls.id.in_((seen.customer, seen.reseller))
        return distributor | (cls.id == seen.reseller) | (cls.reseller == seen.reseller)

    @property
    def is_distributor(self):
        return self.kind is OrganisationKind.DISTRIBUTOR

    @property
    def is_reseller(self):
        return self.kind is OrganisationKind.RESELLER

    @property
    def is_customer(self):
        return self.kind is OrganisationKind.CUSTOMER

    @property
    def is_buyer(self):
        """Has prices and places orders: a reseller, or a direct customer (data.md c)."""
        return self.is_reseller or self.direct

    @property
    def scope(self):
        """Whose rows this organisation's people see."""
        if self.is_distributor:
            return Scope(everything=True)
        if self.is_reseller:
            return Scope(reseller=self.id)
        return Scope(reseller=self.reseller_id, customer=self.id)

    @property
    def owner(self):
        """The (reseller, customer) columns of a row that belongs to this organisation."""
        if self.is_customer:
            return {"reseller": self.reseller_id, "customer": self.id}
        return {"reseller": self.id, "customer": None}


class UserType(Labelled):
    BASIC = "basic", N_("Basic")
    ADMINISTRATOR = "administrator", N_("Administrator")


class User(UserMixin, Scoped):
    organisation = Ref(Organisation)
    first_name = TextField()
    last_name = TextField()
    identifier = TextField(unique=True, collation="NOCASE")
    email = TextField()
    phone = TextField(default="")
    type = EnumField(UserType)
    may_declare = BooleanField(default=False)
    language = TextField(default="fr")
    theme = TextField(default="")  # "", light or dark
    daily_mail = BooleanField(default=False)  # news of incidents in one letter a day instead of at once (002-54)
    daily_up_to = IntegerField(default=0)  # the last notification a daily letter has told of
    password = TextField(null=True)  # argon2id; none until the invitation is accepted
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("organisation", "last_name"), False),)

    @classmethod
    def _seen_by(cls, seen):
        theirs = Organisation.select(Organisation.id).where(Organisation.id == cls.organisation)
        return fn.EXISTS(theirs)  # looked up for each person: a reseller may have thousands of customers

    @property
    def is_active(self):
        return self.active

    @property
    def name(self):
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_administrator(self):
        return self.type is UserType.ADMINISTRATOR


class SignIn(Record):
    """One open session: the browser holds the secret, we hold its SHA-256."""

    user = Ref(User)
    sha256 = TextField(unique=True)
    made_at = DateTimeField()
    seen_at = DateTimeField()
    fresh_at = DateTimeField()  # when the password was last typed
    long = BooleanField(default=False)  # "remember me"
    device = TextField(default="", constraints=[SQL("DEFAULT ''")])  # its browser and system in a word or two


class HalfSignIn(Record):
    """Somebody whose password was right and whose code is still asked: good for some minutes, and once."""

    user = Ref(User)
    sha256 = TextField(unique=True)
    made_at = DateTimeField()
    long = BooleanField()  # "remember me", for the session that follows


class SecondFactor(Record):
    """What somebody's app makes its codes from (RFC 6238), and what is offered to an app that has shown none yet.

    The secret is kept as it is: the portal makes the same codes from it, which it could not from a hash. So whoever can
    read the database or a backup of it can make codes; the password is needed besides. Nothing but the page that hands
    it to the app ever shows it: no other page, no export, letter, event or log, nor a backup's manifest.
    """

    user = Ref(User, unique=True)
    secret = TextField(null=True)  # base32; none until the first code
    step = IntegerField(default=0)  # the last one whose code was taken: none is taken twice
    since_at = DateTimeField(null=True)
    offered = TextField(null=True)  # base32
    offered_at = DateTimeField(null=True)
    offered_to = TextField(null=True)  # the SHA-256 of the session that asked: nobody else's page shows it

    class Meta:
        constraints = [
            Check("(secret IS NULL) = (since_at IS NULL)"),
            Check("(offered IS NULL) = (offered_at IS NULL)"),
        ]


class RecoveryCode(Record):
    """What lets somebody in once instead of a code of the app: 120 random bits, of which we hold the SHA-256."""

    user = Ref(User)
    sha256 = TextField(unique=True)
    used_at = DateTimeField(null=True)


class Throttle(Record):
    """Failed guesses at an account or from an address."""

    key = TextField(unique=True)
    failures = IntegerField()
    last_at = DateTimeField()


class LinkKind(Labelled):
    RESET = "reset", N_("Forgotten password")
    INVITATION = "invitation", N_("Invitation")
    REGISTRATION = "registration", N_("Account creation")
    APPROVAL = "approval", N_("Approval")
    SETUP = "setup", N_("Set-up")
    EMAIL = "email", N_("New e-mail address")


class MailedLink(Record):
    """A one-time link: the mail holds the secret, we hold its SHA-256."""

    kind = EnumField(LinkKind)
    user = Ref(User, null=True)
    email = TextField(null=True)
    subject = JSONField(default=dict)
    sha256 = TextField(unique=True)
    made_at = DateTimeField()
    expires_at = DateTimeField()
    used_at = DateTimeField(null=True)


class ApiToken(Record):
    user = Ref(User)
    name = TextField()
    sha256 = TextField(unique=True)
    made_at = DateTimeField()
    revoked_at = DateTimeField(null=True)


class Owned(Scoped):
    """A row that belongs to a reseller, and to one of its customers where there is one.

    Copied to every child, so that no query needs a join to know whose row it is.
    """

    reseller = Ref(Organisation)
    customer = Ref(Organisation, null=True)

    @classmethod
    def _seen_by(cls, seen):
        return cls.customer == seen.customer if seen.customer else cls.reseller == seen.reseller

    @classmethod
    def with_owners(cls, *also):
        """A query of rows with whose they are at hand: their reseller and their customer, each with its price list.

        also: what the caller joins besides.
        """
        return (
            cls.select(cls, Seller, SellersList, Customer, CustomersList, *also)
            .join(Seller, on=(cls.reseller == Seller.id), attr="reseller")
            .join(SellersList, JOIN.LEFT_OUTER, on=(Seller.price_list == SellersList.id), attr="price_list")
            .switch(cls)
            .join(Customer, JOIN.LEFT_OUTER, on=(cls.customer == Customer.id), attr="customer")
            .join(CustomersList, JOIN.LEFT_OUTER, on=(Customer.price_list == CustomersList.id), attr="price_list")
            .switch(cls)
        )

    def save(self, *args, **kwargs):
        seen = current_scope()
        if not seen.everything:
            mine = self.customer_id == seen.customer if seen.customer else self.reseller_id == seen.reseller
            if not mine or seen == Scope():
                raise OutOfScope(type(self).__name__)
        return super().save(*args, **kwargs)


Seller, Customer = Organisation.alias(), Organisation.alias()
SellersList, CustomersList = PriceList.alias(), PriceList.alias()


class Address(Owned):
    organisation = Ref(Organisation)
    label = TextField()
    street = TextField()
    complement = TextField(default="")
    district = TextField(default="")
    city = TextField()
    region = TextField(default="")
    postcode = TextField()
    country = TextField()
    email = TextField(default="")
    phone = TextField(default="")
    removed_at = DateTimeField(null=True)


class RegistrationState(Labelled):
    CONFIRMED = "confirmed", N_("Waiting for an answer")
    ACCEPTED = "accepted", N_("Accepted")
    REFUSED = "refused", N_("Refused")


class Registration(Owned):
    """Somebody whose mail address is confirmed and who waits to be let into an existing customer (002-06, Q)."""

    organisation = Ref(Organisation)
    contract_number = IntegerField()  # the contract the person has in hand
    first_name = TextField()
    last_name = TextField()
    identifier = TextField()
    email = TextField()
    phone = TextField(default="")
    language = TextField()
    state = EnumField(RegistrationState, default=RegistrationState.CONFIRMED)
    made_at = DateTimeField()
    decided_by = Ref(User, null=True)
