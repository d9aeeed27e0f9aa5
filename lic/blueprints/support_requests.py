"""Support requests: an incident or a technical question about a service, listed with the incidents (004-23 to 28)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import Refused, declarations, incidents
from lic.web import clock, words
from lic.web.guard import ADMINISTRATORS, allow
from lic.web.incident_forms import RequestForm
from lic.web.uploads import takes_files

bp = Blueprint("support_requests", __name__, url_prefix="/support-requests")


@bp.route("/new", methods=["GET", "POST"])
@allow(ADMINISTRATORS, also=incidents.may_act)
@takes_files
def new():
    services, now = declarations.services(current_user), clock.now()
    form = RequestForm.asked(services)
    if request.method == "POST" and (form.is_repeated or form.validate()):
        given = form.values | {"due_at": clock.due(now)}
        incident = declarations.request(form.subscription, current_user, now, **given)
        flash(_("Your request is sent. Its number is %(number)s.", number=incident.number))
        return redirect(url_for("incidents.show", number=incident.number), 303)
    return render_template("support_requests/new.html", form=form, services=services), form.status


@bp.errorhandler(Refused)
def refused(error):
    """What was refused keeps its page, and everything typed on it."""
    services, said = declarations.services(current_user), words.tell(error.reason)
    form = RequestForm.asked(services)
    return render_template("support_requests/new.html", form=form, services=services, refused=said), 422
