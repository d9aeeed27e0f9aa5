"""Who uses a service: a licence is given to a person, and taken back (004-16, 004-18)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import services, subscriptions
from lic.web import clock
from lic.web.guard import HOLDER_ADMINISTRATORS, allow

bp = Blueprint("assignments", __name__, url_prefix="/subscriptions/<number:number>/assignments")


@bp.post("")
@allow(HOLDER_ADMINISTRATORS, also=services.is_technical_administrator)
def create(number):
    made = services.assign(subscriptions.numbered(number), request.form.get("email", ""), current_user, clock.now())
    flash(_("%(email)s has a licence now.", email=made.email))
    return redirect(url_for("subscriptions.show", number=number, _anchor="people"), 303)


@bp.post("/<number:assignment>/end")
@allow(HOLDER_ADMINISTRATORS, also=services.is_technical_administrator)
def end(number, assignment):
    taken = services.assigned(subscriptions.numbered(number), assignment)
    services.unassign(taken, current_user, clock.now())
    flash(_("%(email)s has no licence any more.", email=taken.email))
    return redirect(url_for("subscriptions.show", number=number, _anchor="people"), 303)
