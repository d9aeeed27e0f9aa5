"""What is sold, as the distributor keeps it: products, what they go with, and whether they are still offered."""

import re

from lic.models import N_, Basis, Fit, OrderLine, Price, Product, ProductKind, tx
from lic.rules import Reason, desks, journal, refuse_if, vat

BASES = {  # what a product of each kind can be priced by (rules.md O, Price list)
    ProductKind.LICENCE: (Basis.LICENCE_MONTH, Basis.SETUP),
    ProductKind.USERS: (Basis.LICENCE_MONTH,),
    ProductKind.SUBSCRIPTION: (Basis.MONTHLY, Basis.ANNUAL, Basis.TERM_MONTH),
    ProductKind.MODULE: (Basis.MONTHLY, Basis.ANNUAL, Basis.TERM_MONTH),
    ProductKind.ASSURANCE: (Basis.ASSURANCE_MONTH,),
    ProductKind.EXTENSION: (Basis.ONCE,),
}
KEPT = (
    "reference", "title", "family", "kind", "base", "plan", "is_service", "users_per_unit", "months", "grace_days",
    "data_sheet", "requires", "active", "tax_code", "tax_rate_bp", "tax_note", "checklist", "procedure",
    "support_route",
)  # fmt: skip


def all_of_them():
    return list(Product.select().order_by(Product.active.desc(), Product.kind, Product.reference))


def why_not_reference(reference, product=None):
    """Why no, or not this, product can have this reference."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,59}", reference):
        return Reason(N_("1 to 60 letters, digits and . _ / + -, without spaces."), rule="001-13")
    other = Product.get_or_none(Product.reference == reference)
    if other and (product is None or other.id != product.id):
        return Reason(N_("The reference “%(reference)s” is already taken."), reference=reference, rule="001-13")
    return None


def why_not_kind(product, kind):
    """Why a product does not become one of another kind: what was ordered and priced says what it is."""
    if product is None or product.kind is kind:
        return None
    used = OrderLine.select(OrderLine.id).where(OrderLine.product == product.id).exists()
    if used or Price.select(Price.id).where(Price.product == product.id).exists():
        return Reason(N_("It has prices or orders; make a new product instead."), rule="O")
    return None


def why_not_keep(product):
    """Why a product cannot be kept as it is described."""
    if product.kind is ProductKind.EXTENSION and not product.months:
        return Reason(N_("A warranty extension needs its number of months."), rule="002-28")
    if product.kind is ProductKind.MODULE and not product.base_id:
        return Reason(N_("An add-on module needs the product it stands on."), rule="000-35")
    if product.kind is ProductKind.ASSURANCE and not (product.base_id and product.plan):
        return Reason(N_("Software assurance needs its plan and the product it stands on."), rule="000-07")
    if product.get_id() and product.get_id() in (product.base_id, product.requires_id):
        return Reason(N_("A product cannot stand on itself."), rule="000-35")
    return vat.why_not(product.tax_code, product.tax_rate_bp, product.tax_note)


def new(fits, references, by, at, support=(), **given):
    """A product. fits: products it goes with (001-15); references: the hardware an extension is for (002-27).

    support: who answers requests about a service, if not every administrator of the distributor (004-27).
    """
    with tx():
        refuse_if(why_not_reference(given["reference"]))
        product = Product(**given)
        refuse_if(why_not_keep(product))
        product.save()
        _fit(product, fits, references)
        desks.keep(product, support)
        journal.record("product.made", product, by=by, at=at, after=told(product))
    return product


def change(product, fits, references, by, at, support=None, **given):
    """Change a product from now on: what was ordered keeps what it was ordered as."""
    with tx():
        product = product.again()
        refuse_if(why_not_reference(given.get("reference", product.reference), product))
        refuse_if(why_not_kind(product, given.get("kind", product.kind)))
        before = told(product)
        for name, value in given.items():
            setattr(product, name, value)
        refuse_if(why_not_keep(product))
        product.save()
        _fit(product, fits, references)
        if support is not None:
            desks.keep(product, support)
        if told(product) != before:
            journal.record("product.changed", product, by=by, at=at, before=before, after=told(product))
    return product


def _fit(product, fits, references):
    Fit.delete().where(Fit.product == product.id).execute()
    for other in fits if product.kind is ProductKind.USERS else ():
        Fit.create(product=product, for_product=other)
    for reference in references if product.kind is ProductKind.EXTENSION else ():
        Fit.create(product=product, for_reference=reference)


def fits(product):
    """(ids of the products it goes with, references of the hardware it goes with)"""
    rows = list(Fit.select().where(Fit.product == product.id).order_by(Fit.id))
    ids = [row.for_product_id for row in rows if row.for_product_id]
    return ids, [row.for_reference for row in rows if row.for_reference]


def told(product):
    """What the audit trail keeps, with what it goes with."""
    values = {name: getattr(product, name) for name in KEPT}
    ids, references = fits(product)
    shown = {
        name: value.reference if isinstance(value, Product) else getattr(value, "value", value)
        for name, value in values.items()
    }
    return shown | {"fits": ids or references, "support_people": [user.name for user in desks.of(product)]}
