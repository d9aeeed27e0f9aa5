"""Licences in use by customers: the list, one of them, and what can be done with it (001-07..11, 001-28..30)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from lic import search
from lic.listing import Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, Activation, ActivationState, Product
from lic.rules import activations, journal, stock, taxes
from lic.web import clock
from lic.web.activation_forms import ActivationForm, ReplacementForm
from lic.web.guard import BUYER_ADMINISTRATORS, EVERYONE, allow

bp = Blueprint("activations", __name__, url_prefix="/activations")
SEVERAL = {
    ActivationState.ACTIVE: NC_("activations", "Active"),
    ActivationState.ENDED: NC_("activations", "Ended"),
}
LIST = Listing(
    "activations",
    Large(search.ACTIVATIONS),
    columns=(
        Column("code", N_("Authorisation code")),
        Column("product", N_("Product")),
        Column("customer_name", N_("Customer")),
        Column("at", N_("Date and time")),
        Column("who", N_("User")),
        Column("observation", N_("Observation")),
        Column("state", N_("State")),
    ),
    also=(
        Column("key", N_("Activation key")),
        Column("tax_number", N_("Tax number"), value=lambda row: taxes.shown(row.country, row.tax_number)),
    ),
    sort="-at",
    counted=NN_("%(count)s activation", "%(count)s activations"),
    filters=(Filter.of("state", N_("State"), ActivationState, NC_("activation", "All"), SEVERAL),),
)


@bp.get("")
@allow(EVERYONE)
def index():
    products = {product.reference: product for product in Product.select()}
    return LIST.screen("activations/index.html", products=products, tax_number=taxes.shown)


@bp.get("/export.<kind>")
@allow(EVERYONE)
def export(kind):
    return LIST.export(kind)


@bp.get("/<number:number>")
@allow(EVERYONE)
def show(number):
    activation = Activation.get_by_id(number)
    replaced = Activation.get_or_none(Activation.replaced_by == activation)
    history = journal.history(activation)
    return render_template("activations/show.html", activation=activation, replaced=replaced, history=history)


@bp.route("/new", methods=["GET", "POST"])
@allow(BUYER_ADMINISTRATORS)
def new():
    form = ActivationForm.asked()
    made = form.activate(by=current_user, at=clock.now()) if request.method == "POST" else []
    if not made:
        left = activations.left(current_user.organisation)
        return render_template("activations/new.html", form=form, left=left), 422 if form.errors else 200
    flash(ngettext("%(num)s licence is activated.", "%(num)s licences are activated.", len(made)))
    return redirect(url_for(".show", number=made[0].id) if len(made) == 1 else url_for(".index"), 303)


@bp.get("/<number:number>/cancellation/new")
@allow(BUYER_ADMINISTRATORS)
def confirm_cancellation(number):
    activation = Activation.get_by_id(number)
    return render_template(
        "activations/cancellation.html",
        activation=activation,
        why=activations.why_not_cancel(activation),
        standing=activations.standing_on(activation),
        left=stock.balance(activation.holder, activation.product),
    )


@bp.post("/<number:number>/cancellation")
@allow(BUYER_ADMINISTRATORS)
def cancel(number):
    activations.cancel(Activation.get_by_id(number), by=current_user, at=clock.now())
    flash(_("The activation is cancelled; its licence is back in stock."))
    return redirect(url_for(".show", number=number), 303)


@bp.get("/<number:number>/replacement/new")
@allow(BUYER_ADMINISTRATORS)
def confirm_replacement(number):
    return _replacement(Activation.get_by_id(number), ReplacementForm(request.form))


@bp.post("/<number:number>/replacement")
@allow(BUYER_ADMINISTRATORS)
def replace(number):
    activation, form = Activation.get_by_id(number), ReplacementForm(request.form)
    if not form.validate():
        return _replacement(activation, form)
    new = activations.replace(activation, current_user, clock.now(), form.observation.data or "")
    flash(_("The activation is replaced: this is the new one."))
    return redirect(url_for(".show", number=new.id), 303)


def _replacement(activation, form):
    why = activations.why_not_replace(activation)
    page = render_template("activations/replacement.html", activation=activation, form=form, why=why)
    return page, 422 if form.errors else 200
