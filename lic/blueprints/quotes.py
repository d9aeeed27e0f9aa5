"""Renewal quotes: sent by the distributor, read, printed and turned into an order by the buyer (003-19)."""

import io
import secrets

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import quotes, subscriptions, wishes
from lic.web import clock, subscription_page
from lic.web.guard import BUYER_ADMINISTRATORS, DISTRIBUTOR_ADMINISTRATORS, PRICED, allow

bp = Blueprint("quotes", __name__)


@bp.post("/renewals/<number:number>/quotes")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def create(number):
    quote = quotes.make(subscriptions.numbered(number), current_user, clock.now())
    flash(_("Quote no. %(number)s is sent.", number=quote.number))
    return redirect(url_for(".show", number=quote.number), 303)


@bp.get("/quotes/<number:number>")
@allow(PRICED)
def show(number):
    quote, today = quotes.numbered(number), clock.today()
    why = quotes.why_not_order(quote, current_user, today)
    found = None if why else quotes.offered(quote, today)
    shown = {"lines": quotes.lines(quote), "sums": quotes.sums(quote), "terms": quotes.terms(quote, today)}
    shown |= {"seen": found and wishes.totals_of(found, current_user.organisation).seen, "order": quotes.ordered(quote)}
    return render_template("quotes/show.html", quote=quote, why=why, key=secrets.token_urlsafe(16), **shown)


@bp.get("/quotes/<number:number>/document")
@allow(PRICED)
def pdf(number):
    from lic.documents import quote as document  # here: it brings what draws PDFs, which few requests need

    quote = quotes.numbered(number)
    name = f"{_('quote')}-{quote.number}.pdf"
    return send_file(io.BytesIO(document.pdf(quote)), "application/pdf", True, name, etag=False)


@bp.post("/quotes/<number:number>/order")
@allow(BUYER_ADMINISTRATORS)
def order(number):
    form, quote = request.form, quotes.numbered(number)
    texts = form.getlist("terms") if form.get("consent") else []
    accepted = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
    made = quotes.order(quote, current_user, clock.now(), form.get("key", "")[:64], accepted, form.get("seen", ""))
    flash(subscription_page.placed(made))
    return redirect(url_for("orders.show", number=made.number), 303)
