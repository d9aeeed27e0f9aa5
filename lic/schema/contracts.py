"""Service contracts: the warranty on hardware, what it covers and until when."""

from peewee import SQL, BooleanField, Check, DateField, DateTimeField, IntegerField, TextField

from lic.schema.base import Record, Ref, db
from lic.schema.catalogue import Product
from lic.schema.people import Owned


class Contract(Owned):
    """One contract. `serial` and `product_reference` are the main unit's; `ends_on` is its latest coverage's."""

    number = IntegerField(unique=True)
    product_reference = TextField()
    serial = TextField()
    starts_on = DateField()
    ends_on = DateField()
    extended_months = IntegerField(default=0)  # of the extensions taken (002-15)
    sold_by = TextField(default="")  # empty: by this distributor; else who to renew with (003-12, 13)
    sold_by_contact = TextField(default="")
    made_at = DateTimeField(null=True)

    class Meta:
        constraints = [Check("ends_on >= starts_on"), Check("extended_months >= 0")]
        indexes = ((("customer", "ends_on", "starts_on"), False),)  # a customer's in force are counted by it alone

    @classmethod
    def create_table(cls, *args, **options):
        super().create_table(*args, **options)
        for statement in COUNTING:
            db.execute(SQL(statement))


Contract._meta.fields["customer"].index = False  # the one above begins with it
Contract.add_index(Contract.id, where=SQL("sold_by <> ''"), name="contract_of_others")


class Ending(Record):
    """How many contracts end on a day, of the whole portal: counted one by one, a million take a tenth of a second."""

    day = DateField(primary_key=True)
    contracts = IntegerField()


_LESS = "UPDATE ending SET contracts = contracts - 1 WHERE day = old.ends_on"
_MORE = (
    "INSERT INTO ending (day, contracts) VALUES (new.ends_on, 1)"
    " ON CONFLICT (day) DO UPDATE SET contracts = contracts + 1"
)
COUNTING = (  # by the database itself, whoever writes
    f"CREATE TRIGGER contract_begins AFTER INSERT ON contract BEGIN {_MORE}; END",
    "CREATE TRIGGER contract_moves AFTER UPDATE OF ends_on ON contract WHEN old.ends_on <> new.ends_on"
    f" BEGIN {_LESS}; {_MORE}; END",
    f"CREATE TRIGGER contract_goes AFTER DELETE ON contract BEGIN {_LESS}; END",
)


class Article(Owned):
    """One covered thing (002-24, 002-26)."""

    contract = Ref(Contract)
    product = Ref(Product, null=True)
    reference = TextField()
    serial = TextField(index=True)  # one that stands on another contract is asked about (002-13)
    title = TextField()
    data_sheet = TextField(default="")
    main = BooleanField(default=False)


class Coverage(Owned):
    """One period of a contract; with an order line, it is an extension that was taken."""

    contract = Ref(Contract)
    starts_on = DateField()
    ends_on = DateField()
    order_line = IntegerField(null=True)  # OrderLine.id; the table comes later in creation order

    class Meta:
        indexes = ((("contract", "starts_on"), True), (("ends_on",), False))
