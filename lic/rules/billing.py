"""Charges become invoices: at an approval, and by the run of each business date (rules.md O, R4, R8, Q Invoices).

What is invoiced never changes. What is given back comes on a credit note. Where only others may issue the fiscal
document (Portugal, Brazil), an order summary stands for it, in a series of its own, and theirs is attached.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from stdnum import iban as ibans
from stdnum.eu import vat as european
from stdnum.fr import siren as french

from lic.models import (
    N_,
    Address,
    Charge,
    Invoice,
    InvoiceKind,
    OrderLine,
    Organisation,
    OrganisationKind,
    Setting,
    tx,
)
from lic.rules import Reason, arrears, centres, invoices, journal, numbers, pricing, refuse_if, vat
from lic.rules.apart import Apart
from lic.rules.pricing import Tax, from_cents, to_cents

PAYMENT_DAYS = 30
ELSEWHERE = {"PT", "BR"}  # where certified software or the authority itself issues the fiscal document (Q)
IBAN = "iban"  # Setting: where to pay
DEFAULT_CODE = {True: "S", False: "E"}  # EN 16931 category with and without a VAT rate


# --- when they are made ------------------------------------------------------------------------


def run(at):
    """Charge the months that are over, then invoice all that is due, one buyer after the other.

    However often it is started on a day, and however many days were missed, nothing is billed twice or left out.
    Returns the invoices made.
    """
    made = []
    with Apart() as each:
        with each.one():
            arrears.write(at)
        buyers = {charge.bill_to_id for charge in _due(at)}
        for buyer in list(Organisation.select().where(Organisation.id.in_(buyers)).order_by(Organisation.id)):
            with each.one(), tx():
                made += _issue(buyer, list(_due(at).where(Charge.bill_to == buyer)), at)
    return made


_later = ContextVar("later", default=False)


@contextmanager
def later():
    """Approvals within the block leave the invoices to their caller: a past that is loaded is invoiced in its order."""
    token = _later.set(True)
    try:
        yield
    finally:
        _later.reset(token)


def bill_order(order, at):
    """What an approved order owes at once, within the transaction that approves it."""
    if _later.get():
        return []
    with tx():
        lines = OrderLine.select(OrderLine.id).where(OrderLine.order == order)
        return _issue(order.buyer, list(_due(at).where(Charge.order_line.in_(lines))), at, order)


def _due(at):
    """The charges made by now and to be invoiced by today, in the order they came."""
    due = Charge.bill_on.is_null() | (Charge.bill_on <= at.day)
    return Charge.select().where(Charge.invoice.is_null(), Charge.made_at <= at.at, due).order_by(Charge.id)


def _issue(buyer, due, at, order=None):
    """One invoice a currency, and a credit note for each invoice something is given back of.

    What is not subject to VAT is never on one invoice with what is (EN 16931, BR-O-11): a buyer's treatment may change.
    """
    groups = {}
    for charge in due:
        kind = charge.currency, _corrected(charge), _tax(buyer, charge).code == "O"
        groups.setdefault(kind, []).append(charge)
    return [
        _make(buyer, found, at, corrects, order)
        for (_, corrects, _), found in groups.items()
        if any(charge.net_cents for charge in found)  # nothing but free days is told with what comes next
    ]


def _corrected(charge):
    """The invoice on which was charged what this charge gives back, or None."""
    if charge.net_cents >= 0:
        return None
    if charge.refunds_id:
        return charge.refunds.invoice
    return (
        Invoice.select()
        .join(Charge, on=(Charge.invoice == Invoice.id))
        .where(Charge.order_line == charge.order_line_id, Charge.net_cents > 0)
        .order_by(Invoice.id.desc())
        .first()
    )


def _make(buyer, found, at, corrects, order):
    for charge in found:
        tax = _tax(buyer, charge)
        charge.tax_code, charge.tax_note = tax.code, tax.note
    totals = pricing.totals((from_cents(charge.net_cents), vat.kept(charge)) for charge in found)
    kind = _kind(house(), buyer, gives_back=bool(corrects) or totals.net < 0)
    invoice = Invoice.create(
        **buyer.owner,
        bill_to=buyer,
        kind=kind,
        series=kind.series,
        year=at.day.year,
        number=numbers.next_number(f"invoice{kind.series}", at.day.year),
        issued_on=at.day,
        due_on=None if kind.gives_back else at.day + timedelta(days=PAYMENT_DAYS),
        currency=found[0].currency,
        net_cents=to_cents(totals.net),
        vat_cents=to_cents(totals.vat),
        gross_cents=to_cents(totals.gross),
        corrects=corrects,
        order=order,
        details=_details(buyer, totals),
        made_at=at.at,
    )
    split_for = centres.of(buyer)
    for charge in found:
        charge.invoice, charge.centres = invoice, centres.split(charge, split_for)
        charge.save()
    invoice.sha256 = invoices.fingerprint(invoice, found)
    invoice.save()
    after = {"name": invoice.name, "gross_cents": invoice.gross_cents, "currency": invoice.currency}
    journal.record("invoice.issued", invoice, by=None, at=at, after=after)
    return invoice


def _kind(seller, buyer, gives_back):
    if {seller.country, buyer.country} & ELSEWHERE:
        return InvoiceKind.REFUND if gives_back else InvoiceKind.SUMMARY
    return InvoiceKind.CREDIT_NOTE if gives_back else InvoiceKind.INVOICE


def iban():
    """Where invoices are to be paid; empty until the distributor says."""
    kept = Setting.get_or_none(Setting.name == IBAN)
    return kept.value if kept else ""


def why_not_iban(number):
    """Why this is no account number, or None; none at all is allowed."""
    if number and not ibans.is_valid(number):
        return Reason(N_("This is no IBAN: its check digits do not agree."), rule="Q")
    return None


def change_iban(number, by, at):
    """Where the next invoices are to be paid; those issued keep what they say."""
    number = ibans.compact(number)
    refuse_if(why_not_iban(number))
    with tx():
        kept, _new = Setting.get_or_create(name=IBAN, defaults={"value": ""})
        before, kept.value = kept.value, number
        kept.save()
        journal.record("setting.changed", kept, by, at, before={"iban": before}, after={"iban": number})


# --- what an invoice keeps -----------------------------------------------------------------------


def house():
    """The distributor, who sells."""
    return Organisation.get(Organisation.kind == OrganisationKind.DISTRIBUTOR)


def _details(buyer, totals):
    """Who sold to whom and how it is taxed, as it is today: later changes do not reach an invoice."""
    return {
        "language": buyer.language,
        "seller": party(house()),
        "buyer": party(buyer),
        "iban": iban(),
        "tax_note": " ".join(dict.fromkeys(rate.note for rate in totals.rates if rate.note)),
        "rates": [
            {
                "rate_bp": rate.rate_bp,
                "net": to_cents(rate.net),
                "vat": to_cents(rate.vat),
                "code": rate.code,
                "note": rate.note,
            }
            for rate in totals.rates
        ],
    }


def _tax(buyer, charge):
    """How a charge is taxed, as an invoice has to say it: its category, unless that contradicts its rate."""
    tax = vat.kept(charge) if charge.tax_code else Tax(charge.tax_rate_bp, buyer.tax_code, buyer.tax_note)
    taxed = bool(tax.rate_bp)
    return tax if tax.code and (tax.code == "S") == taxed else Tax(tax.rate_bp, DEFAULT_CODE[taxed], tax.note)


def party(organisation):
    """An organisation as an invoice names it."""
    address = (
        Address.select()
        .where(Address.organisation == organisation, Address.removed_at.is_null())
        .order_by(Address.id)
        .first()
    )
    lines = ("street", "complement", "district", "postcode", "city", "region", "country")
    kept = {name: getattr(address, name) for name in lines} if address else {"country": organisation.country}
    return {
        "name": organisation.name,
        "email": organisation.email,
        "phone": organisation.phone,
        "country": organisation.country,
        "tax_number": organisation.tax_number,
        "siren": siren(organisation),
        "vat": vat_number(organisation),
        "address": kept,
    }


def siren(organisation):
    """The nine digits of a French company, whichever number of it is kept."""
    number = organisation.tax_number
    if organisation.country != "FR" or not number:
        return ""
    return {9: number, 14: number[:9], 13: number[4:]}.get(len(number), "")


def vat_number(organisation):
    """The VAT number, in the European Union: of a French company it follows from its SIREN."""
    if number := siren(organisation):
        return f"FR{french.to_tva(number).replace(' ', '')}"
    number = organisation.tax_number.removeprefix(organisation.country)
    whole = f"{organisation.country}{number}"
    return european.compact(whole) if number and european.is_valid(whole) else ""
