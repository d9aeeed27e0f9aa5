"""Invoices: the list, one of them with its PDF and its lines, paid and certified by the distributor (004-22, R8, Q)."""

import io
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import pgettext
from flask_login import current_user
from wtforms.validators import ValidationError

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, InvoiceKind, InvoiceState
from lic.rules import billing, invoices, journal
from lic.web import billed, clock, exports, uploads, words
from lic.web.forms import Form, Line
from lic.web.guard import DISTRIBUTOR_ADMINISTRATORS, PRICED, allow
from lic.web.numbers import day_in
from lic.web.screen import form_page

bp = Blueprint("invoices", __name__, url_prefix="/invoices")

LINES = (
    *(
        N_("Product reference"),
        N_("Item"),
        N_("Kind"),
        NC_("day", "From"),
        NC_("day", "To"),
        N_("Quantity"),
        N_("Unit price"),
    ),
    *(N_("Parts"), N_("Of parts"), N_("Discount, percent"), N_("Total without VAT"), N_("VAT rate, percent")),
    *(N_("Currency"), N_("Billing centres"), N_("Concerns")),
)


def _are(*states):
    return lambda today: {"only": (("state", states),)}


def _overdue(today):
    last = today - timedelta(days=billing.PAYMENT_DAYS + 1)
    return {"only": (("state", (InvoiceState.OPEN,)),), "spans": (("issued", None, last),)}


FILTERS = (
    Filter(
        "situation",
        N_("Situation"),
        (
            Choice("", NC_("invoices", "All")),
            Choice("open", InvoiceState.OPEN.label, _are(InvoiceState.OPEN)),
            Choice("overdue", NC_("invoices", "Overdue"), _overdue),
            Choice("paid", NC_("invoices", "Paid"), _are(InvoiceState.PAID)),
            Choice("credit", NC_("invoices", "Credited"), _are(InvoiceState.CREDIT)),
        ),
    ),
)
BUYER = Column("buyer", N_("Buyer"))
COLUMNS = (
    Column("number", N_("Number"), value=lambda row: row.name),
    Column("state", N_("Situation"), value=lambda row: standing(row)[1]),
    Column("issued", N_("Date")),
    Column("net", N_("Without VAT"), end=True, value=lambda row: billed.decimal(row.net)),
    Column("gross", N_("With VAT"), end=True, value=lambda row: billed.decimal(row.gross)),
)
ALSO = (
    Column("vat", N_("VAT"), value=lambda row: billed.decimal(row.vat)),
    Column("currency", N_("Currency")),
    Column("due", N_("Due on"), value=lambda row: row.due and date.fromisoformat(row.due)),
    Column("paid", N_("Paid on"), value=lambda row: row.paid and date.fromisoformat(row.paid)),
)


def _listing(*columns):
    return Listing(
        "invoices",
        Large(search.INVOICES),
        columns,
        sort="-number",
        counted=NN_("%(count)s invoice", "%(count)s invoices"),
        filters=FILTERS,
        also=ALSO,
    )


MINE, ALL = _listing(*COLUMNS), _listing(COLUMNS[0], BUYER, *COLUMNS[1:])


def _list():
    return ALL if current_user.organisation.is_distributor else MINE


def standing(row):
    """(tone, words, shape) of the badge of a list's row: louder only when somebody must act."""
    return badge(row.state, row.due and date.fromisoformat(row.due))


def badge(state, due_on):
    if state is InvoiceState.OPEN and due_on and due_on < clock.today():
        return "danger", pgettext("invoice", "Overdue"), "clock"
    tone, shape = {InvoiceState.PAID: ("ok", "ok"), InvoiceState.OPEN: ("", "wait")}.get(state, ("", "none"))
    return tone, words.word(state), shape


@bp.get("")
@allow(PRICED)
def index():
    called = lambda row: f"{words.word(InvoiceKind(row.kind))}"  # noqa: E731
    return _list().screen("invoices/index.html", standing=standing, called=called)


@bp.get("/export.<kind>")
@allow(PRICED)
def export(kind):
    return _list().export(kind) if kind in exports.TYPES else abort(404)


# --- where they are paid -----------------------------------------------------------------------------


class PaymentForm(Form):
    iban = Line(lazy("IBAN"), 42, required=False)

    def validate_iban(self, field):
        if reason := billing.why_not_iban(field.data):
            raise ValidationError(reason)


@bp.route("/payment-details", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def payment_details():
    form = PaymentForm(request.form, iban=billing.iban())
    if request.method == "POST" and form.validate():
        billing.change_iban(form.iban.data, by=current_user, at=clock.now())
        flash(_("Your changes are saved."))
        return redirect(url_for(".index"), 303)
    return form_page("invoices/payment_details.html", form)


# --- one of them -----------------------------------------------------------------------------------


@bp.get("/<name>")
@allow(PRICED)
def show(name):
    invoice, today = invoices.named(name), clock.today()
    sign, charged = -1 if invoice.kind.gives_back else 1, invoices.lines_of(invoice)
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        lines=billed.lines(charged, sign),
        sign=sign,
        billed=billed,
        by_centre=billed.by_centre(charged, sign),
        badge=badge(invoice.state, invoice.due_on),
        overdue=invoices.is_overdue(invoice, today),
        corrections=invoices.corrections(invoice),
        why_not_pay=invoices.why_not_pay(invoice, today, today),
        paid_by_default=today,
        history=journal.history(invoice),
    )


@bp.get("/<name>/document")
@allow(PRICED)
def pdf(name):
    from lic.documents import invoice as document  # here: it brings what draws PDFs, which few requests need

    invoice = invoices.named(name)
    return send_file(
        io.BytesIO(document.pdf(invoice)), "application/pdf", True, document.file_name(invoice), etag=False
    )


@bp.get("/<name>/lines.<kind>")
@allow(PRICED)
def lines(name, kind):
    """Its lines for another program: the certified software of Portugal, the NFS-e of Brazil (Q)."""
    invoice = invoices.named(name)
    rows = map(_line, invoices.lines_of(invoice))
    return exports.send(kind, invoice.name, map(words.said, LINES), rows) if kind in exports.TYPES else abort(404)


def _line(charge):
    reference = invoices.reference_of(charge)
    rate = None if charge.tax_rate_bp is None else billed.decimal(charge.tax_rate_bp)
    return (
        *(reference, words.word(charge.label), billed.what(charge), charge.from_on, charge.to_on, charge.quantity),
        *(billed.decimal(charge.unit_cents), charge.numerator, charge.denominator, billed.decimal(charge.discount_bp)),
        *(billed.decimal(charge.net_cents), rate, charge.currency, billed.told_parts(charge, charge.currency)),
        billed.about(charge),
    )


# --- by the distributor's word ---------------------------------------------------------------------


@bp.post("/<name>/payment")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def pay(name):
    invoices.pay(invoices.named(name), day_in(request.form, "paid_on"), by=current_user, at=clock.now())
    flash(_("%(number)s is marked as paid.", number=name))
    return redirect(url_for(".show", name=name), 303)


@bp.post("/<name>/payment/removal")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def unpay(name):
    invoices.unpay(invoices.named(name), by=current_user, at=clock.now())
    flash(_("%(number)s is no longer marked as paid.", number=name))
    return redirect(url_for(".show", name=name), 303)


# --- the fiscal document others issued -------------------------------------------------------------


@bp.get("/<name>/certified")
@allow(PRICED)
def certified(name):
    return uploads.send(invoices.certified(invoices.named(name)))


@bp.post("/<name>/certified")
@allow(DISTRIBUTOR_ADMINISTRATORS)
@uploads.takes_files
def certify(name):
    file = request.files.get(uploads.FIELD)
    invoices.certify(invoices.named(name), file and file.stream, by=current_user, at=clock.now())
    flash(_("The certified document is attached."))
    return redirect(url_for(".show", name=name), 303)
