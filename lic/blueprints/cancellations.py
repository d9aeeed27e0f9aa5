"""Cancelling a client: what it ends is counted first, then it is one transaction (001-03..06)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Organisation, OrganisationKind
from lic.rules import cancellations
from lic.web import clock
from lic.web.guard import SELLER_ADMINISTRATORS, allow

bp = Blueprint("cancellations", __name__, url_prefix="/customers")


@bp.get("/<number:number>/cancellation/new")
@allow(SELLER_ADMINISTRATORS)
def new(number):
    customer = _customer(number)
    why, effect = cancellations.why_not_cancel(customer), cancellations.effect(customer)
    running = cancellations.running(customer, clock.today())
    return render_template("cancellations/new.html", customer=customer, why=why, effect=effect, running=running)


@bp.post("/<number:number>/cancellation")
@allow(SELLER_ADMINISTRATORS)
def create(number):
    customer = cancellations.cancel(_customer(number), by=current_user, at=clock.now())
    flash(_("%(name)s is cancelled.", name=customer.name))
    return redirect(url_for("customers.index"), 303)


def _customer(number):
    return Organisation.get(Organisation.id == number, Organisation.kind == OrganisationKind.CUSTOMER)
