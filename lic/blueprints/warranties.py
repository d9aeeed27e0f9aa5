"""The renewal board's warranties: which end, what extending them is worth, whose they are, won or lost and why."""

from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from peewee import fn

from lic.listing import Choice, Column, Filter, Kept, Listing
from lic.models import N_, NC_, NN_, Contract, Coverage
from lic.rules import board, warranties
from lic.web import clock, words
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow

bp = Blueprint("warranties", __name__, url_prefix="/renewals/contracts")


def _find(asked):
    typed = warranties.folded(request.args.get("q", "")[:200])
    return warranties.ends(clock.today(), typed, dict(asked.only).get("outcome"))


def _customer(row):
    return row.contract.owner.name if row.contract.customer_id else ""


COLUMNS = (
    Column("ends_on", N_("End")),
    Column("number", N_("#")),
    Column("product", N_("Product reference"), value=lambda row: row.contract.product_reference),
    Column("buyer", N_("Reseller"), value=lambda row: row.contract.seller.name),
    Column("keeper", N_("Owner"), value=lambda row: row.keeper.name if row.keeper else "", sorts=False),
    Column("outcome", N_("Outcome"), value=lambda row: words.word(row.outcome), sorts=False),
    Column("cents", N_("Value at stake"), end=True, value=lambda row: Decimal(row.cents or 0) / 100, sorts=False),
)
KEYS = {
    "ends_on": Coverage.ends_on.converter(str),  # as it stands in its index
    "number": Contract.number + 0,  # an expression: a field would be put on the contract
    "product": fn.fold(Contract.product_reference),
    "buyer": fn.fold(warranties.Seller.name),
}
SEVERAL = {board.Outcome.WON: NC_("warranties", "Won"), board.Outcome.LOST: NC_("warranties", "Lost")}
OUTCOMES = [
    Choice(one.value, SEVERAL.get(one, one.label), lambda today, one=one: {"only": (("outcome", (one,)),)})
    for one in board.Outcome
]
LIST = Listing(
    "warranties",
    Kept(_find, Coverage.id, KEYS, lambda found: warranties.rows(found, clock.today())),
    COLUMNS,
    sort="ends_on",
    counted=NN_("%(count)s warranty", "%(count)s warranties"),
    filters=(Filter("outcome", N_("Outcome"), (Choice("", NC_("warranties", "All")), *OUTCOMES)),),
    also=(
        Column("currency", N_("Currency")),
        Column("serial", N_("Serial number"), value=lambda row: row.contract.serial),
        Column("customer", N_("Customer"), value=_customer),
        Column("why", N_("Reason"), value=lambda row: words.word(row.why) if row.why else ""),
    ),
)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("renewals/contracts.html")


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


def _contract(number):
    return Contract.get(Contract.number == number)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    row = warranties.of(_contract(number), clock.today()) or abort(404)
    why = board.why_not_note(row.contract, current_user, clock.today())
    return render_template("renewals/contract.html", row=row, keepers=board.keepers(), why_not_note=why)


@bp.post("/<number:number>/owner")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def take(number):
    wanted = request.form.get("keeper", "")
    keeper = next((user for user in board.keepers() if str(user.id) == wanted), None)
    if wanted and keeper is None:
        abort(400)
    board.take(_contract(number), keeper, current_user, clock.now())
    flash(_("The owner of this renewal is noted."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/loss")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def lose(number):
    board.lose(_contract(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("The renewal is noted as lost."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/reopening")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def reopen(number):
    board.reopen(_contract(number), current_user, clock.now())
    flash(_("The renewal is open again."))
    return redirect(url_for(".show", number=number), 303)
