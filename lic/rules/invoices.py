"""Invoices once they are made: found by number, proved untouched, paid by the distributor's word, certified (R8, Q)."""

import hashlib
import json
from dataclasses import dataclass
from itertools import groupby, pairwise

from peewee import JOIN

from lic.models import (
    N_,
    Charge,
    Contract,
    Invoice,
    Order,
    OrderLine,
    Organisation,
    Period,
    Product,
    ProductKind,
    Subscription,
    read_once,
    tx,
)
from lic.rules import Reason, files, journal, refuse_if

PDF = "application/pdf"
Ordered, Held = Product.alias(), Product.alias()


def _payers(invoice, event):
    return journal.administrators(invoice.bill_to)


def _payers_of_the_run(invoice, event):
    """Of an order they are told with its approval."""
    return [] if invoice.order_id else _payers(invoice, event)


journal.tells("invoice.issued", journal.Tell(_payers_of_the_run, letter="event"))
journal.tells("invoice.paid", journal.Tell(_payers))
journal.tells("invoice.certified", journal.Tell(_payers))


# --- what is known of them -----------------------------------------------------------------------


def named(name):
    """One invoice of the scope by its number, with who pays it; no other exists."""
    read = Invoice.read(name)
    if read is None:
        raise Invoice.DoesNotExist(name)
    series, year, number = read
    return (
        Invoice.select(Invoice, Organisation, Order)
        .join(Organisation, on=(Invoice.bill_to == Organisation.id), attr="bill_to")
        .switch(Invoice)
        .join(Order, JOIN.LEFT_OUTER, on=(Invoice.order == Order.id), attr="order")
        .where(Invoice.series == series, Invoice.year == year, Invoice.number == number)
        .get()
    )


def lines_of(invoice):
    """Its lines, in the order they were charged, with what they are of at hand."""
    return list(
        Charge.select(Charge, OrderLine, Contract, Ordered, Subscription, Held)
        .join(OrderLine, JOIN.LEFT_OUTER, on=(Charge.order_line == OrderLine.id), attr="order_line")
        .join(Contract, JOIN.LEFT_OUTER, on=(OrderLine.contract == Contract.id), attr="contract")
        .switch(OrderLine)
        .join(Ordered, JOIN.LEFT_OUTER, on=(OrderLine.product == Ordered.id), attr="product")
        .switch(Charge)
        .join(Subscription, JOIN.LEFT_OUTER, on=(Charge.subscription == Subscription.id), attr="subscription")
        .join(Held, JOIN.LEFT_OUTER, on=(Subscription.product == Held.id), attr="product")
        .where(Charge.invoice == invoice)
        .order_by(Charge.id)
    )


ASSURED = ("assurance", "upgrade")


def reference_of(charge):
    """The product reference of a line: of its assurance or module, of what was ordered, of what runs by the month."""
    back = charge
    while back.refunds_id:
        back = back.refunds
    if not back.order_line_id:
        return charge.subscription.product.reference if charge.subscription_id else ""
    line = charge.order_line if charge.order_line_id == back.order_line_id else back.order_line
    if back.kind in ASSURED and line.product.kind is not ProductKind.ASSURANCE:
        following = OrderLine.select().join(Product, on=(OrderLine.product == Product.id))
        kind = OrderLine.parent == line.id, Product.kind == ProductKind.ASSURANCE
        line = following.where(*kind).first() or line
    return line.product.reference


def project_of(charge):
    """The project it was ordered for, which stays whoever holds the subscription now; None for what has none."""
    if charge.order_line_id:
        return charge.order_line.project_id and charge.order_line.project
    if not charge.subscription_id:
        return None
    first = Period.select().where(Period.subscription == charge.subscription).order_by(Period.starts_on).first()
    line = first and first.order_line
    return line.project if line and line.project_id else None


def of_order(order):
    """What was invoiced at the approval of an order."""
    return list(Invoice.select().where(Invoice.order == order).order_by(Invoice.id))


def corrections(invoice):
    """The credit notes that give back something of an invoice."""
    return list(Invoice.select().where(Invoice.corrects == invoice).order_by(Invoice.id))


def is_overdue(invoice, today):
    return bool(invoice.due_on and not invoice.paid_on and invoice.due_on < today)


def is_paid(subscription):
    """Whether the first invoice of a subscription is paid: then modules may be added to it (000-35)."""
    return read_once(subscription, "paid", lambda: _is_paid(subscription))


def _is_paid(subscription):
    first = (
        Charge.select(Charge, Invoice)
        .join(Invoice, on=(Charge.invoice == Invoice.id), attr="invoice")
        .where(Charge.subscription == subscription, Charge.net_cents >= 0)
        .order_by(Charge.id)
        .first()
    )
    return bool(first and first.invoice.paid_on)


# --- what proves that nothing was changed ----------------------------------------------------------


def fingerprint(invoice, lines):
    """The SHA-256 of all an invoice says: a row changed behind our back is noticed."""
    facts = [
        *(invoice.name, invoice.kind.value, invoice.bill_to_id, invoice.issued_on.isoformat()),
        *(invoice.due_on and invoice.due_on.isoformat(), invoice.currency),
        *(invoice.net_cents, invoice.vat_cents, invoice.gross_cents),
        *(invoice.corrects_id, invoice.order_id, invoice.details),
        [
            [
                *(line.kind, line.label, line.from_on.isoformat(), line.to_on.isoformat(), line.quantity),
                *(line.unit_cents, line.numerator, line.denominator, line.discount_bp, line.net_cents),
                *(line.currency, line.tax_rate_bp, line.tax_code, line.tax_note, line.centres),
            ]
            for line in sorted(lines, key=lambda line: line.id)
        ],
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_untouched(invoice):
    return invoice.sha256 == fingerprint(invoice, lines_of(invoice))


def missing_numbers():
    """[(first, last)] names of invoices that should be there and are not (R8: gapless)."""
    numbers, missing = Invoice.select(Invoice.series, Invoice.year, Invoice.number).tuples(), []
    for (series, year), found in groupby(sorted(numbers), key=lambda row: row[:2]):
        for before, here in pairwise([0, *(number for *_, number in found)]):
            if here > before + 1:
                ends = (Invoice(series=series, year=year, number=number) for number in (before + 1, here - 1))
                missing.append(tuple(invoice.name for invoice in ends))
    return missing


# --- paid (by the distributor's word) --------------------------------------------------------------


def why_not_pay(invoice, on, today):
    """Why an invoice cannot be marked as paid on a day, or None if it can."""
    if invoice.kind.gives_back:
        return Reason(N_("A credit note is not paid: it gives back."), rule="Q")
    if invoice.paid_on:
        return Reason(N_("It was paid on %(day)s."), day=invoice.paid_on)
    if on is None:
        return Reason(N_("Say on which day it was paid."))
    if on > today:
        return Reason(N_("%(day)s is not yet."), day=on)
    if on < invoice.issued_on:
        return Reason(N_("It was issued on %(day)s: it cannot have been paid before."), day=invoice.issued_on)
    return None


def pay(invoice, on, by, at):
    """The distributor says that it was paid, and when."""
    with tx():
        invoice = invoice.again()
        refuse_if(why_not_pay(invoice, on, at.day))
        invoice.paid_on, invoice.paid_by = on, by
        invoice.save()
        journal.record("invoice.paid", invoice, by, at, after={"name": invoice.name, "paid_on": on.isoformat()})
        return invoice


def why_not_unpay(invoice):
    return None if invoice.paid_on else Reason(N_("It is not marked as paid."))


def unpay(invoice, by, at):
    """It was marked by mistake."""
    with tx():
        invoice = invoice.again()
        refuse_if(why_not_unpay(invoice))
        before = {"paid_on": invoice.paid_on.isoformat()}
        invoice.paid_on = invoice.paid_by = None
        invoice.save()
        journal.record("invoice.unpaid", invoice, by, at, before=before, after={"name": invoice.name})
        return invoice


# --- the fiscal document others issued (Q, Portugal and Brazil) ------------------------------------


def why_not_certify(invoice):
    """Why no fiscal document can be attached, or None if it can."""
    if invoice.kind.is_fiscal:
        return Reason(N_("This is the fiscal document itself: nothing is attached to it."), rule="Q")
    return None


def _why_not_sent(file):
    return None if hasattr(file, "keep") else Reason(N_("Choose the file."))


def _why_not_pdf(file):
    return None if file.type == PDF else Reason(N_("The certified document is a PDF."), rule="Q")


def certify(invoice, file, by, at):
    """Attach the PDF of the certified software or of the authority. `file`: what lic/files.py received."""
    refuse_if(why_not_certify(invoice) or _why_not_sent(file))
    files.admit(file, by, at)
    refuse_if(_why_not_pdf(file))
    with tx():
        invoice = invoice.again()
        file.keep()  # in its place before any row names it
        invoice.certified_sha256, invoice.certified_name, invoice.certified_size = file.sha256, file.name, file.size
        invoice.save()
        after = {"name": invoice.name, "file": file.name, "sha256": file.sha256}
        journal.record("invoice.certified", invoice, by, at, after=after)
        return invoice


@dataclass(frozen=True)
class Attached:
    """A kept file as it is sent."""

    name: str
    sha256: str
    type: str = PDF


def certified(invoice):
    """The fiscal document of an invoice; where none is attached, it does not exist."""
    if not invoice.certified_sha256:
        raise Invoice.DoesNotExist(invoice.name)
    return Attached(invoice.certified_name, invoice.certified_sha256)
