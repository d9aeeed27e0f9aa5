"""Invoices, credit notes and order summaries as PDF, in the buyer's language; the fiscal ones are Factur-X (Q).

The same invoice is always the same file, to the byte: nothing in it comes from the day it is printed.
"""

from datetime import UTC

from flask_babel import force_locale
from flask_babel import gettext as _

from lic.documents import factur_x
from lic.documents.page import Sheet
from lic.models import InvoiceKind
from lic.rules import invoices
from lic.web import billed, words

WIDTHS = (68, 21, 28, 29, 28)


def pdf(invoice):
    """The bytes of its PDF."""
    with force_locale(invoice.details["language"]):
        return _printed(invoice, _lines(invoice), invoice.made_at.replace(microsecond=0, tzinfo=UTC))


def xml(invoice):
    """The bytes of what its PDF carries for machines."""
    with force_locale(invoice.details["language"]):
        return factur_x.xml(invoice, _lines(invoice), _legal(invoice))


def file_name(invoice):
    """facture-2026-000123.pdf, in the buyer's language."""
    with force_locale(invoice.details["language"]):
        return f"{words.word(invoice.kind).replace(' ', '-').lower()}-{invoice.name}.pdf"


def _lines(invoice):
    return billed.lines(invoices.lines_of(invoice), -1 if invoice.kind.gives_back else 1)


def _printed(invoice, lines, at):
    title = f"{words.word(invoice.kind)} {invoice.name}"
    seller, buyer = invoice.details["seller"], invoice.details["buyer"]
    sheet = Sheet(title, seller["name"], invoice.details["language"], at)
    sheet.head(seller["name"], title, _facts(invoice))
    if not invoice.kind.is_fiscal:
        sheet.notice(not_fiscal(invoice))
    sheet.parties([(_("Seller"), seller), (_("Billed to"), buyer)])
    heads = (_("Item"), _("Quantity"), _("Unit price"), _("Part"), _("Total without VAT"))
    sheet.rows(heads, WIDTHS, [_row(invoice, charge, amounts) for charge, amounts in lines])
    sheet.sums(_sums(invoice))
    _centres(sheet, invoice, [charge for charge, _amounts in lines])
    sheet.small([factur_x.terms_of(invoice), *_payment(invoice), *(text for _code, text in _legal(invoice))])
    if invoice.kind.is_fiscal:
        data = factur_x.xml(invoice, lines, _legal(invoice))
        factur_x.embed(sheet, data, at)
    return bytes(sheet.output())


def not_fiscal(invoice):
    """What it must say where others issue the fiscal document (Q, Portugal and Brazil)."""
    if invoice.kind is InvoiceKind.REFUND:
        return _("Refund summary. This is not a fiscal document.")
    return _("Order summary. This is not a fiscal document.")


def _facts(invoice):
    facts = [(_("Issued on"), words.day(invoice.issued_on))]
    if invoice.due_on:
        facts.append((_("Due on"), words.day(invoice.due_on)))
    if invoice.order_id:
        facts.append((_("Order no."), str(invoice.order.number)))
    if invoice.corrects_id:
        facts.append((_("Corrects"), f"{invoice.corrects.name}, {words.day(invoice.corrects.issued_on)}"))
    return facts


def _row(invoice, charge, amounts):
    money = lambda cents: words.money(cents, invoice.currency)  # noqa: E731
    sign = -1 if invoice.kind.gives_back else 1
    split = billed.told_parts(charge, invoice.currency, sign)
    named = words.word(charge.label), billed.about(charge), billed.what(charge), billed.days(charge), split
    about = "\n".join(filter(None, named))
    quantity = words.number(amounts.quantity)
    return about, quantity, money(amounts.unit_cents), billed.part_of(charge), money(amounts.net_cents)


def _sums(invoice):
    sign = -1 if invoice.kind.gives_back else 1
    money = lambda cents: words.money(sign * cents, invoice.currency)  # noqa: E731
    sums = [(_("Total without VAT"), money(invoice.net_cents))]
    for rate in invoice.details["rates"]:
        if rate["rate_bp"] is not None:
            share = words.percent(rate["rate_bp"])
            sums.append((_("VAT %(rate)s on %(net)s", rate=share, net=money(rate["net"])), money(rate["vat"])))
    total = _("To your credit") if invoice.kind.gives_back else _("Total to pay")
    return [*sums, (total, money(invoice.gross_cents))]


def _centres(sheet, invoice, charged):
    """What each billing centre bears (004-20)."""
    parts = billed.by_centre(charged, -1 if invoice.kind.gives_back else 1)
    if parts:
        rows = [(part.name or _("Not split"), words.money(part.cents, invoice.currency)) for part in parts]
        sheet.rows((_("Billing centre"), _("Total without VAT")), (117, 57), rows)


def _payment(invoice):
    texts = []
    if invoice.details["iban"] and not invoice.kind.gives_back:
        texts.append(
            _("By transfer to %(iban)s, naming %(number)s.", iban=invoice.details["iban"], number=invoice.name)
        )
    note = invoice.details["tax_note"]
    if not note and any(rate["rate_bp"] is None for rate in invoice.details["rates"]) and invoice.kind.is_fiscal:
        note = _("VAT not applicable")
    return [*texts, *([note] if note else [])]


def _legal(invoice):
    """(EN 16931 subject code, sentence): what a French invoice has to say."""
    if invoice.details["seller"]["country"] != "FR" or not invoice.kind.is_fiscal:
        return []
    amount = words.money(4000, "EUR")
    return [
        ("PMT", _("Fixed compensation for the costs of recovery: %(amount)s.", amount=amount)),
        ("PMD", _("Penalties for late payment: three times the legal interest rate.")),
        ("AAB", _("No discount for early payment.")),
    ]
