"""Renewal quotes: sent and withdrawn by the distributor; read, refused or ordered by the buyer (003-19)."""

import io
import json
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, QuoteState
from lic.rules import journal, once, quotes, subscriptions, wishes
from lic.web import billed, clock, exports, kept, order_page, quoted, words
from lic.web.guard import BUYER_ADMINISTRATORS, DISTRIBUTOR_ADMINISTRATORS, PRICED, allow
from lic.web.keys import sent_key
from lic.web.numbers import number_in

bp = Blueprint("quotes", __name__)


def _are(*states):
    return lambda today: {"only": (("state", states),)}


def _open(today):
    return {"only": (("state", (QuoteState.OPEN,)),), "spans": (("valid", today, None),)}


def _expired(today):
    return {"only": (("state", (QuoteState.OPEN,)),), "spans": (("valid", None, today - timedelta(1)),)}


def _state(row):
    """Of a row of the list: one that is open expires by itself."""
    late = row.state is QuoteState.OPEN and clock.today() > row.valid
    return QuoteState.EXPIRED if late else row.state


def _title(row):
    return words.word(json.loads(row.title))


COLUMNS = (
    Column("number", N_("#")),
    Column("product", N_("Product"), value=lambda row: f"{row.product}, {_title(row)}"),
    Column("about", N_("Subscription")),
    Column("state", N_("State"), value=lambda row: words.word(_state(row))),
    Column("valid", N_("Valid until")),
    Column("net", N_("Without VAT"), end=True, value=lambda row: billed.decimal(row.net)),
)
BUYER = Column("buyer", N_("Buyer"))
ALSO = (Column("sent", N_("Sent on")), Column("currency", N_("Currency")), Column("why", N_("Reason")))
SEVERAL = {
    QuoteState.ORDERED: NC_("quotes", "Ordered"),
    QuoteState.REFUSED: NC_("quotes", "Refused"),
    QuoteState.WITHDRAWN: NC_("quotes", "Withdrawn"),
}
FILTER = Filter(
    "situation",
    N_("State"),
    (
        Choice("", NC_("quotes", "All")),
        Choice("open", NC_("quotes", "Open"), _open),
        *(Choice(state.value, said, _are(state)) for state, said in SEVERAL.items()),
        Choice("expired", NC_("quotes", "Expired"), _expired),
    ),
)


def _listing(*columns):
    counted = NN_("%(count)s quote", "%(count)s quotes")
    given = {"sort": "-number", "counted": counted, "filters": (FILTER,), "also": ALSO}
    return Listing("quotes", Large(search.QUOTES), columns, **given)


MINE, ALL = _listing(*COLUMNS), _listing(COLUMNS[0], BUYER, *COLUMNS[1:])


def _list():
    return ALL if current_user.organisation.is_distributor else MINE


@bp.get("/quotes")
@allow(PRICED)
def index():
    return _list().screen("quotes/index.html", standing=lambda row: quoted.badge(_state(row)), title=_title)


@bp.get("/quotes/export.<kind>")
@allow(PRICED)
def export(kind):
    return _list().export(kind) if kind in exports.TYPES else abort(404)


@bp.get("/quotes/requests/new")
@allow(BUYER_ADMINISTRATORS)
def new_request():
    return render_template("quotes/request.html", why=quotes.why_not_ask(current_user, clock.today()))


@bp.post("/quotes/requests")
@allow(BUYER_ADMINISTRATORS)
def ask():
    quotes.ask(request.form.get("text", ""), current_user, clock.now())
    flash(_("The distributor reads what you need and answers with a quote."))
    return redirect(url_for(".index"), 303)


# --- one of them -----------------------------------------------------------------------------------


@bp.post("/renewals/<number:number>/quotes")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def create(number):
    asked = {name: number_in(request.form, name) for name in ("quantity", "months")}
    subscription, at = subscriptions.numbered(number), clock.now()
    made = lambda: quotes.make(subscription, current_user, at, **asked)  # noqa: E731
    quote = once.carry_out(current_user, sent_key(), at, made)
    flash(_("Quote no. %(number)s is sent.", number=quote))
    return redirect(url_for(".show", number=quote), 303)


@bp.get("/quotes/<number:number>")
@allow(PRICED)
def show(number):
    return kept.page("quotes/show.html", lambda: _shown(quotes.numbered(number), clock.today()))


def _shown(quote, today):
    why = quotes.why_not_order(quote, current_user, today)
    found = None if why else quotes.offered(quote, today)
    return {
        "quote": quote,
        "why": why,
        "lines": quotes.lines(quote),
        "sums": quotes.sums(quote),
        "terms": quotes.terms(quote, today),
        "seen": found and wishes.totals_of(found, current_user.organisation).seen,
        "order": quotes.ordered(quote),
        "badge": quoted.badge(quote.state(today)),
        "still_open": not quotes.why_not_open(quote, today),
        "billed": billed,
        "history": journal.history(quote),
    }


@bp.get("/quotes/<number:number>/document")
@allow(PRICED)
def pdf(number):
    from lic.documents import quote as document  # here: it brings what draws PDFs, which few requests need

    quote = quotes.numbered(number)
    called = _("quote")
    name = f"{called}-{quote.number}.pdf"
    return send_file(io.BytesIO(document.pdf(quote)), "application/pdf", True, name, etag=False)


@bp.post("/quotes/<number:number>/withdrawal")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def withdraw(number):
    quotes.withdraw(quotes.numbered(number), current_user, clock.now())
    flash(_("The quote is withdrawn: it can no longer be ordered."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/quotes/<number:number>/refusal")
@allow(BUYER_ADMINISTRATORS)
def refuse(number):
    quotes.refuse(quotes.numbered(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("The distributor reads that you do not want it, and why."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/quotes/<number:number>/order")
@allow(BUYER_ADMINISTRATORS)
def order(number):
    form, quote = request.form, quotes.numbered(number)
    texts = form.getlist("terms") if form.get("consent") else []
    accepted = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
    made = quotes.order(quote, current_user, clock.now(), form.get("key", "")[:64], accepted, form.get("seen", ""))
    flash(order_page.placed(made))
    return redirect(url_for("orders.show", number=made.number), 303)
