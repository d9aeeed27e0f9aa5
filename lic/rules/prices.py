"""What a price list says on a day: who is offered what, for how much, and what a quantity of it comes to."""

from dataclasses import asdict, dataclass
from functools import cached_property

from peewee import JOIN

from lic.models import N_, Basis, Generation, Operation, Price, Product, ProductKind, db, is_writing
from lic.rules import Reason
from lic.rules.pricing import LicenceOrder, Line, from_cents, to_cents

# What can be ordered here, and by which price; subscriptions join when they can be ordered.
BASES = {
    ProductKind.LICENCE: Basis.LICENCE_MONTH,
    ProductKind.USERS: Basis.LICENCE_MONTH,
    ProductKind.EXTENSION: Basis.ONCE,
}
OPERATIONS = {
    ProductKind.LICENCE: Operation.BUY,
    ProductKind.USERS: Operation.USERS,
    ProductKind.EXTENSION: Operation.EXTEND,
}
Required = Product.alias()


@dataclass(frozen=True)
class Cost:
    """What a quantity comes to, in cents and under the names of an OrderLine's columns (001-18)."""

    quantity: int
    bonus: int
    users: int
    unit_cents: int
    setup_cents: int
    net_cents: int  # once, at approval
    monthly_cents: int  # then every month

    @property
    def total_quantity(self):
        return self.quantity + self.bonus

    @property
    def with_setup_cents(self):
        return self.net_cents + self.monthly_cents

    def columns(self):
        return asdict(self)


@dataclass(frozen=True)
class Offer:
    """One product as a price list sells it; amounts in cents of the list's currency."""

    product: Product
    unit_cents: int
    setup_cents: int = 0
    bonus_every: int | None = None

    @property
    def operation(self):
        return OPERATIONS[self.product.kind]

    @property
    def users_per_unit(self):
        """Additional users are people themselves."""
        return self.product.users_per_unit or (1 if self.product.kind is ProductKind.USERS else 0)

    @property
    def inputs(self):
        """What the amounts of a line come from besides its quantity, to be kept with it."""
        return {
            "unit_cents": self.unit_cents,
            "setup_cents": self.setup_cents,
            "bonus_every": self.bonus_every,
            "users_per_unit": self.users_per_unit,
            "months": self.product.months,
        }

    def cost(self, quantity):
        """X12: the ordered quantity is charged, the bonus is not."""
        if self.product.kind is ProductKind.EXTENSION:
            once = Line(quantity, from_cents(self.unit_cents))
            return Cost(quantity, 0, 0, self.unit_cents, 0, once.net_cents, 0)
        order = LicenceOrder(
            quantity,
            from_cents(self.unit_cents),
            from_cents(self.setup_cents),
            bonus_every=self.bonus_every,
            users_per_unit=self.users_per_unit,
        )
        return Cost(
            quantity,
            order.bonus,
            order.users,
            self.unit_cents,
            self.setup_cents,
            net_cents=to_cents(order.setup),
            monthly_cents=to_cents(order.monthly),
        )


def locked(line):
    """The offer an order line was made from: its prices are kept for 30 days (R5)."""
    inputs = line.inputs
    return Offer(line.product, inputs["unit_cents"], inputs["setup_cents"], inputs["bonus_every"])


class Book:
    """A price list as it is on a day, read once for everything that is asked of it."""

    def __init__(self, price_list, day):
        self.price_list, self.day = price_list, day

    @cached_property
    def rows(self):
        """{(product id, basis): Price}: of each, the latest row that has begun."""
        rows = Price.select().where(Price.price_list == self.price_list, Price.valid_from <= self.day)
        return {(row.product_id, row.basis): row for row in rows.order_by(Price.valid_from)}

    def offer(self, product):
        """One product as the list sells it, or None (rules.md O, Price list)."""
        if product.kind not in BASES or not product.active:
            return None
        unit = self.rows.get((product.id, BASES[product.kind]))
        setup = self.rows.get((product.id, Basis.SETUP))
        return unit and Offer(product, unit.cents, setup.cents if setup else 0, unit.bonus_every)

    def offers(self):
        """Everything that can be ordered, in the catalogue's order."""
        products = (
            Product.select(Product, Required)
            .join(Required, JOIN.LEFT_OUTER, on=(Product.requires == Required.id), attr="requires")
            .where(Product.active == True, Product.kind.in_(list(BASES)))  # noqa: E712
            .order_by(Product.id)
        )
        return [offer for offer in map(self.offer, products) if offer]

    def why_not(self, product):
        """Why a product cannot be ordered by the list, or None if it can."""
        if product.kind not in BASES or not product.active:
            return Reason(N_("%(product)s cannot be ordered here."), rule="001-13", product=product)
        if self.offer(product) is None:
            return Reason(N_("%(product)s is not on your price list."), rule="001-16", product=product)
        return None


def book(price_list, day):
    """The Book of a list on a day."""
    return _known(("book", price_list.id, day), lambda: _read(Book(price_list, day)))


def _read(book):
    book.rows  # noqa: B018 (read now, not inside somebody's transaction)
    return book


def subscribed():
    """What can be subscribed to at all, its modules and its assurance, by reference."""
    kinds = ProductKind.SUBSCRIPTION, ProductKind.MODULE, ProductKind.ASSURANCE
    return _known(
        ("subscribed",), lambda: list(Product.select().where(Product.kind.in_(kinds)).order_by(Product.reference))
    )


def made_for(product, kind):
    """The modules, or the assurance, of a product."""
    return [one for one in subscribed() if one.kind is kind and one.base_id == product.id]


def assurance(product, plan):
    """What the software assurance of a product under a plan is sold as, or None."""
    return next((one for one in made_for(product, ProductKind.ASSURANCE) if one.plan is plan), None)


_kept = {}  # {(database, generation, ...): what was read}: the catalogue says the same to whoever asks
MOST_KEPT = 50


def _known(key, find):
    """What the catalogue says, read once until somebody commits; a verb, inside tx(), reads it anew."""
    if is_writing():
        return find()
    key = db.database, Generation.number, *key
    if key not in _kept:
        found = find()
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = found
        return found
    return _kept[key]


def offer(product, price_list, day):
    """One product as a list sells it on a day, or None."""
    return book(price_list, day).offer(product)
