"""The distributor's renewal board: what ends, what it is worth, whose it is, won or lost and why (003-14)."""

from decimal import Decimal

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.listing import Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_
from lic.rules import board, holdings, quotes, subscriptions
from lic.web import clock, kept, quoted, words
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow

bp = Blueprint("renewals", __name__, url_prefix="/renewals")


def _rows():
    """Computed once a request."""
    if "renewals" not in g:
        g.renewals = board.rows(clock.today())
    return g.renewals


def _value(row):
    return Decimal(row.cents or 0) / 100


def _customer(row):
    return row.subscription.customer.name if row.subscription.customer_id else ""


COLUMNS = (
    Column("ends_on", N_("End")),
    Column("number", N_("#")),
    Column("product", N_("Product"), value=lambda row: words.word(row.subscription.product)),
    Column("buyer", N_("Buyer"), value=lambda row: row.buyer.name),
    Column("keeper", N_("Owner"), value=lambda row: row.keeper.name if row.keeper else ""),
    Column("outcome", N_("Outcome"), value=lambda row: words.word(row.outcome)),
    Column("cents", N_("Value at stake"), end=True, value=_value),
)
ALSO = (
    Column("currency", N_("Currency")),
    Column("customer", N_("Customer"), value=_customer),
    Column("quoted", N_("Quote no.")),
    Column("why", N_("Reason"), value=lambda row: words.word(row.why) if row.why else ""),
)
SEVERAL = {board.Outcome.WON: NC_("renewals", "Won"), board.Outcome.LOST: NC_("renewals", "Lost")}
LIST = Listing(
    "renewals",
    Small(_rows, (*COLUMNS, *ALSO)),
    COLUMNS,
    sort="ends_on",
    counted=NN_("%(count)s renewal", "%(count)s renewals"),
    filters=(Filter.of("outcome", N_("Outcome"), list(board.Outcome), NC_("renewals", "All"), SEVERAL),),
    also=ALSO,
)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("renewals/index.html", sums=lambda: board.sums(_rows()), several=SEVERAL)


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    return kept.page("renewals/show.html", lambda: _shown(number, clock.today()))


def _shown(number, today):
    row = board.numbered(number, today) or abort(404)
    return {
        "row": row,
        "keepers": board.keepers(),
        "why_not_quote": quotes.why_not_quote(row.subscription, current_user, today),
        "months": quotes.months(row.subscription),
        "seats": holdings.held(row.subscription, False).next_quantity(),
        "why_not_note": board.why_not_note(row.subscription, current_user, today),
        "quote_badge": lambda quote: quoted.badge(quote.state(today)),
    }


@bp.post("/<number:number>/owner")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def take(number):
    wanted = request.form.get("keeper", "")
    keeper = next((user for user in board.keepers() if str(user.id) == wanted), None) or (
        abort(400) if wanted else None
    )
    board.take(subscriptions.numbered(number), keeper, current_user, clock.now())
    flash(_("The owner of this renewal is noted."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/loss")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def lose(number):
    board.lose(subscriptions.numbered(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("The renewal is noted as lost."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/reopening")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def reopen(number):
    board.reopen(subscriptions.numbered(number), current_user, clock.now())
    flash(_("The renewal is open again."))
    return redirect(url_for(".show", number=number), 303)
