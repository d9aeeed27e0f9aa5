"""What an approved line owes at once, written with the approval and invoiced later (rules.md O, Licences in stock)."""

from lic.models import Charge
from lic.rules.calendar import extended
from lic.rules.pricing import Line, first_month, from_cents, to_cents


def licences(line, at):
    """The set-up fee, and the first month by day from the approval; the billing goes on from the next 1st."""
    if line.setup_cents:
        _write(line, "setup", Line(line.quantity, from_cents(line.setup_cents), from_on=at.day, to_on=at.day), at)
    if line.unit_cents:
        _write(line, "licences", first_month_of(line, at.day), at)


def extension(line, at):
    """A warranty extension once, for the days it adds."""
    added = extended(line.contract.ends_on, line.product.months)
    once = Line(line.quantity, from_cents(line.unit_cents), from_on=added.from_on, to_on=added.to_on)
    _write(line, "extension", once, at)


def first_month_of(line, today):
    """What the rest of this month costs for a line of licences approved today."""
    return first_month(line.quantity, from_cents(line.unit_cents), today)


def _write(order_line, kind, line, at):
    order = order_line.order
    return Charge.create(
        **order.buyer.owner,
        source_kind="order_line",
        source=order_line.id,
        kind=kind,
        label=order_line.product.title,
        from_on=line.from_on,
        to_on=line.to_on,
        quantity=line.quantity,
        unit_cents=to_cents(line.unit),
        numerator=line.numerator,
        denominator=line.denominator,
        net_cents=line.net_cents,
        currency=order.currency,
        tax_rate_bp=order.tax_rate_bp,
        bill_to=order.buyer,
        order_line=order_line,
        made_at=at.at,
    )
