"""The parameters of the whole portal; a price list's and a product's own stand on their pages (rules.md P)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from lic.rules import second_factors
from lic.web import clock
from lic.web.forms import Form, OneOf
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.parameter_forms import ParameterForm

bp = Blueprint("parameters", __name__, url_prefix="/parameters")


class MustForm(Form):
    who = OneOf(_("Who must have a second factor"), second_factors.Must)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return page(ParameterForm(None, None), MustForm(who=second_factors.who_must()))


@bp.post("")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def change():
    form = ParameterForm(request.form, None)
    if not form.save(by=current_user, at=clock.now()):
        return page(form, MustForm(None, who=second_factors.who_must()))
    return redirect(url_for(".index"), 303)


@bp.post("/second-factor")
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def require_second_factor():
    must = MustForm(request.form)
    if not must.validate():
        return page(ParameterForm(None, None), must)
    second_factors.require(must.who.data, by=current_user, at=clock.now())
    flash(gettext("The changes are saved."))
    return redirect(url_for(".index"), 303)


def page(form, must):
    return render_template("parameters/index.html", form=form, must=must), 422 if form.errors or must.errors else 200
