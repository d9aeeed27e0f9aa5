"""What is owed, written with what makes it owed and invoiced later (rules.md O, Licences in stock)."""

from collections import defaultdict
from dataclasses import replace

from lic.models import Charge, together
from lic.rules import vat
from lic.rules.calendar import extended, next_first
from lic.rules.pricing import Line, first_month, from_cents, to_cents


def licences(line, at):
    """The set-up fee, and the first month by day from the approval; the billing goes on from the next 1st."""
    if line.setup_cents:
        _of_order(line, "setup", Line(line.quantity, from_cents(line.setup_cents), from_on=at.day, to_on=at.day), at)
    if line.unit_cents:
        _of_order(line, "licences", first_month_of(line, at.day), at, bill_on=next_first(at.day))


def extension(line, at):
    """A warranty extension once, for the days it adds."""
    added = extended(line.contract.ends_on, line.product.months)
    once = Line(line.quantity, from_cents(line.unit_cents), from_on=added.from_on, to_on=added.to_on)
    _of_order(line, "extension", once, at)


def first_month_of(line, today):
    """What the rest of this month costs for a line of licences approved today."""
    return first_month(line.quantity, from_cents(line.unit_cents), today)


def _of_order(order_line, kind, line, at, bill_on=None):
    order = order_line.order
    return write(
        order.buyer,
        line,
        kind=kind,
        source_kind="order_line",
        source=order_line.id,
        label=order_line.product.title,
        currency=order.currency,
        **vat.columns(vat.kept(order_line)),
        at=at,
        order_line=order_line,
        bill_on=bill_on,
    )


def write(buyer, line, kind, source_kind, source, label, currency, tax_rate_bp, at, segment=0, **given):
    """One `pricing.Line` that this buyer owes; a second one for the same days of the same source cannot be written.

    label: {language: what it is for}; given: tax_code, tax_note (its buyer's where they are left out), order_line,
    subscription, refunds, bill_on (at once where there is none).
    """
    return Charge.create(
        **buyer.owner,
        bill_to=buyer,
        source_kind=source_kind,
        source=source,
        kind=kind,
        segment=segment,
        label=label,
        from_on=line.from_on,
        to_on=line.to_on,
        quantity=line.quantity,
        unit_cents=to_cents(line.unit),
        numerator=line.numerator,
        denominator=line.denominator,
        discount_bp=int(line.discount * 10000),
        net_cents=line.net_cents,
        currency=currency,
        tax_rate_bp=tax_rate_bp,
        made_at=at.at,
        **given,
    )


def line_of(charge):
    """A charge as the `pricing.Line` it was written from."""
    return Line(
        charge.quantity,
        from_cents(charge.unit_cents),
        charge.numerator,
        charge.denominator,
        from_cents(charge.discount_bp) / 100,
        charge.from_on,
        charge.to_on,
    )


def refund(charge, line, at):
    """Give back a part of a charge: `line` is what `pricing.refund` made of it (O, Cooling-off)."""
    before = Charge.select().where(Charge.refunds == charge).count()
    return write(
        charge.bill_to,
        replace(line, quantity=-line.quantity, from_on=line.from_on or at.day, to_on=line.to_on or at.day),
        kind="refund",
        source_kind="charge",
        source=charge.id,
        label=charge.label,
        currency=charge.currency,
        **vat.columns(vat.kept(charge)),
        at=at,
        segment=before,
        order_line=charge.order_line_id,
        subscription=charge.subscription_id,
        refunds=charge,
    )


def paid(which):
    """The charges that meet this, and what was given back of each: {charge id: [charge]}."""
    query = Charge.select().where(which, Charge.refunds.is_null(), Charge.net_cents > 0)
    found, given = together(query.order_by(Charge.id), Charge.select().where(Charge.refunds.in_(query)))
    backs = defaultdict(list)
    for back in given:
        backs[back.refunds_id].append(back)
    return found, backs


def refunded(charge):
    """What was given back of a charge before, as a positive amount."""
    return sum_of(Charge.select().where(Charge.refunds == charge))


def sum_of(backs):
    """What these charges give back, as a positive amount."""
    return -sum((line_of(back).net for back in backs), from_cents(0))
