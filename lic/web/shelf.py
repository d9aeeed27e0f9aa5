"""What the catalogue shows of products sold by subscription: prices by basis, modules, assurance (000-05..07)."""

from dataclasses import dataclass

from lic.models import Basis, Product, ProductKind
from lic.rules import Reason

BASES = (Basis.MONTHLY, Basis.ANNUAL, Basis.TERM_MONTH)
ADDED = {ProductKind.MODULE: BASES, ProductKind.ASSURANCE: (Basis.ASSURANCE_MONTH,)}


@dataclass(frozen=True)
class Seat:
    """One product sold by the seat: `prices` are (Basis, cents); `extras` what is added to it, with theirs."""

    product: Product
    prices: tuple
    extras: tuple
    why: Reason | None = None


def seats(book, why=None):
    """Everything a list sells by subscription, in the catalogue's order. why: nobody may order at all."""
    sold = list(Product.select().where(Product.active == True).order_by(Product.id))  # noqa: E712
    extras = {}
    for one in sold:
        priced = _prices(book, one, ADDED.get(one.kind, ()))
        if priced:
            extras.setdefault(one.base_id, []).append((one, priced))
    found = []
    for product in [one for one in sold if one.kind is ProductKind.SUBSCRIPTION]:
        if priced := _prices(book, product, BASES):
            found.append(Seat(product, priced, tuple(extras.get(product.id, ())), why))
    return found


def _prices(book, product, bases):
    """What has no row for a basis is not offered by it."""
    rows = [(basis, book.rows.get((product.id, basis))) for basis in bases]
    return tuple((basis, row.cents) for basis, row in rows if row)
