"""Billing centres: the parts of a company its bills are split for (004-20, screens.md)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms.validators import ValidationError

from lic.listing import Column, Listing, Small
from lic.models import N_, NN_
from lic.rules import centres
from lic.web import clock
from lic.web.forms import Form, Line
from lic.web.guard import BUYER_ADMINISTRATORS, BUYERS, allow
from lic.web.screen import form_page

bp = Blueprint("billing_centres", __name__, url_prefix="/settings/billing-centres")


class CentreForm(Form):
    name = Line(_("Name"), centres.LONGEST)
    centre = None

    def validate_name(self, field):
        if reason := centres.why_not_name(current_user.organisation, field.data, self.centre):
            raise ValidationError(reason)


def _use(centre):
    return gettext("New seats go here") if centre.is_default else ""


COLUMNS = (Column("name", N_("Billing centre")), Column("is_default", N_("Default"), value=_use))
LIST = Listing(
    "billing-centres",
    Small(lambda: centres.of(current_user.organisation), COLUMNS),
    COLUMNS,
    sort="name",
    counted=NN_("%(count)s billing centre", "%(count)s billing centres"),
)


def _own(number):
    return centres.numbered(current_user.organisation, number)


@bp.get("")
@allow(BUYERS)
def index():
    return LIST.screen("settings/billing_centres.html")


@bp.get("/export.<kind>")
@allow(BUYERS)
def export(kind):
    return LIST.export(kind)


@bp.route("/new", methods=["GET", "POST"])
@allow(BUYER_ADMINISTRATORS)
def new():
    form = CentreForm(request.form)
    if request.method == "POST" and form.validate():
        made = centres.new(current_user.organisation, form.name.data, by=current_user, at=clock.now())
        flash(gettext("The billing centre “%(name)s” is saved.", name=made.name))
        return redirect(url_for(".index"), 303)
    return form_page("settings/billing_centre.html", form)


@bp.route("/<number:number>", methods=["GET", "POST"])
@allow(BUYER_ADMINISTRATORS)
def edit(number):
    centre = _own(number)
    form = CentreForm(request.form, obj=centre)
    form.centre = centre
    if request.method == "POST" and form.validate():
        centres.rename(centre, form.name.data, by=current_user, at=clock.now())
        flash(gettext("The billing centre “%(name)s” is saved.", name=form.name.data))
        return redirect(url_for(".index"), 303)
    why = centres.why_not_retire(centre, current_user)
    return form_page("settings/billing_centre.html", form, centre=centre, why_not_retire=why)


@bp.post("/<number:number>/default")
@allow(BUYER_ADMINISTRATORS)
def make_default(number):
    centre = centres.make_default(_own(number), by=current_user, at=clock.now())
    flash(gettext("New seats go to “%(name)s” from now on.", name=centre.name))
    return redirect(url_for(".index"), 303)


@bp.post("/<number:number>/retirement")
@allow(BUYER_ADMINISTRATORS)
def retire(number):
    centre = _own(number)
    centres.retire(centre, by=current_user, at=clock.now())
    flash(gettext("The billing centre “%(name)s” is no longer used.", name=centre.name))
    return redirect(url_for(".index"), 303)
