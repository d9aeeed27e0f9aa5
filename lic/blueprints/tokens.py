"""Tokens for programs: a person makes and revokes their own (issue 3, point 7)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from lic.models import ApiToken
from lic.rules import tokens
from lic.web import clock
from lic.web.forms import Form, Line
from lic.web.guard import PRICED, allow
from lic.web.screen import form_page

bp = Blueprint("tokens", __name__, url_prefix="/settings/tokens")


class TokenForm(Form):
    name = Line(_("What it is for"), tokens.LONGEST)


@bp.get("")
@allow(PRICED)
def index():
    return _page(TokenForm())


@bp.post("")
@allow(PRICED, fresh=True)
def create():
    form = TokenForm(request.form)
    if not form.validate():
        return _page(form)
    _token, secret = tokens.make(current_user, form.name.data, by=current_user, at=clock.now())
    return _page(TokenForm(None), secret)


@bp.post("/<number:number>/revocation")
@allow(PRICED)
def revoke(number):
    token = ApiToken.get(ApiToken.id == number, ApiToken.user == current_user.id)
    tokens.revoke(token, by=current_user, at=clock.now())
    flash(gettext("The token is revoked: it works no more."))
    return redirect(url_for(".index"), 303)


def _page(form, secret=None):
    return form_page("settings/tokens.html", form, tokens=tokens.of(current_user), secret=secret)
