"""What is sold, for how much, and under which terms."""

from peewee import SQL, BooleanField, Check, DateField, IntegerField, TextField

from lic.schema.base import N_, EnumField, JSONField, Labelled, Record, Ref


class ProductKind(Labelled):
    LICENCE = "licence", N_("Licence")
    USERS = "users", N_("Additional users")
    SUBSCRIPTION = "subscription", N_("Subscription")
    MODULE = "module", N_("Add-on module")
    ASSURANCE = "assurance", N_("Software assurance")
    EXTENSION = "extension", N_("Warranty extension")


class Basis(Labelled):
    """What one unit of a price buys (rules.md, Price list)."""

    LICENCE_MONTH = "licence_month", N_("per licence per month")
    SETUP = "setup", N_("set-up fee per licence")
    MONTHLY = "monthly", N_("per seat per month")
    ANNUAL = "annual", N_("per seat per year")
    TERM_MONTH = "term_month", N_("per seat per month (fixed term)")
    ASSURANCE_MONTH = "assurance_month", N_("per seat per month of assurance")
    ONCE = "once", N_("once")


class Plan(Labelled):
    STANDARD = "standard", N_("Standard")
    PREMIUM = "premium", N_("Premium")
    PREMIUM_PLUS = "premium_plus", N_("Premium Plus")


class Product(Record):
    reference = TextField(unique=True, collation="NOCASE")
    title = JSONField()  # {"en": …, "fr": …, "pt": …}; `titled(language)` falls back to any
    family = JSONField(default=dict)  # the catalogue's section, in every language (004-05)
    kind = EnumField(ProductKind)
    base = Ref("self", null=True)  # of a module or an assurance: what it stands on
    plan = EnumField(Plan, null=True)
    is_service = BooleanField(default=False)
    users_per_unit = IntegerField(default=0)
    months = IntegerField(null=True)  # of a warranty extension
    grace_days = IntegerField(null=True)
    parameters = JSONField(default=dict)  # rules.md P, where this product differs; its days of grace stand beside
    tax_code = TextField(default="")  # EN 16931 category; empty: taxed as its buyer is (data.md d)
    tax_rate_bp = IntegerField(null=True)
    tax_note = TextField(default="")
    checklist = JSONField(null=True)  # {language: one step a line}, before it is cancelled (004-17)
    data_sheet = TextField(default="")
    procedure = JSONField(default=dict)  # how it is activated (004-15)
    support_route = JSONField(default=dict)  # whom to ask, where not as for the others (004-27)
    requires = Ref("self", null=True)  # a customer needs this one active first (Módulo SPED)
    active = BooleanField(default=True)

    def titled(self, language):
        return self.title.get(language) or self.title.get("en") or next(iter(self.title.values()))


class Fit(Record):
    """What a product goes with: additional users with a licence (001-15), an extension with a hardware reference."""

    product = Ref(Product)
    for_product = Ref(Product, null=True)
    for_reference = TextField(null=True)  # of a contract's main article

    class Meta:
        constraints = [Check("(for_product_id IS NULL) <> (for_reference IS NULL)")]


class PriceList(Record):
    name = TextField(unique=True)
    currency = TextField()
    parameters = JSONField(default=dict)  # rules.md P, where this list differs from the defaults


class Price(Record):
    price_list = Ref(PriceList)
    product = Ref(Product)
    basis = EnumField(Basis)
    cents = IntegerField()
    bonus_every = IntegerField(null=True)  # one licence free with every so many (001-19)
    valid_from = DateField()

    class Meta:
        indexes = ((("price_list", "product", "basis", "valid_from"), True),)
        constraints = [Check("cents >= 0"), Check("bonus_every > 0")]


class Terms(Record):
    """General, particular and a product's own conditions (004-07); a version is never changed once accepted."""

    code = TextField()  # general, particular, product
    product = Ref(Product, null=True)
    version = TextField()
    valid_from = DateField()
    title = JSONField()
    body = JSONField()

    class Meta:
        constraints = [SQL("UNIQUE (code, product_id, version)")]

    def titled(self, language):
        return self.title.get(language) or self.title["en"]

    def text(self, language):
        return self.body.get(language) or self.body["en"]
