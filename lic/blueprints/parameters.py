"""The parameters of the whole portal; a price list's and a product's own stand on their pages (rules.md P)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from lic.rules import parameters
from lic.web import clock
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.parameter_forms import ParameterForm
from lic.web.screen import form_page

bp = Blueprint("parameters", __name__, url_prefix="/parameters")


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return render_template("parameters/index.html", form=ParameterForm(None, None))


@bp.post("")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def change():
    form = ParameterForm(request.form, None)
    if not form.validate():
        return form_page("parameters/index.html", form)
    parameters.change(None, form.values, by=current_user, at=clock.now())
    flash(gettext("The parameters are saved. Plans already ordered keep theirs."))
    return redirect(url_for(".index"), 303)
