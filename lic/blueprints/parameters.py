"""The parameters of the whole portal; a price list's and a product's own stand on their pages (rules.md P)."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

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
    if not form.save(by=current_user, at=clock.now()):
        return form_page("parameters/index.html", form)
    return redirect(url_for(".index"), 303)
