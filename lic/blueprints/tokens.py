"""Tokens for programs: administrators make their own and revoke anybody's of theirs; who reads writes nothing (X15)."""

import secrets

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from lic.rules import once, tokens
from lic.web import clock
from lic.web.forms import Form, Line
from lic.web.guard import ORDER_ADMINISTRATORS, allow
from lic.web.keys import form_key, sent_key
from lic.web.screen import form_page

bp = Blueprint("tokens", __name__, url_prefix="/settings/tokens")


class TokenForm(Form):
    name = Line(_("What it is for"), tokens.LONGEST)


@bp.get("")
@allow(ORDER_ADMINISTRATORS)
def index():
    return _page(TokenForm())


@bp.post("")
@allow(ORDER_ADMINISTRATORS, fresh=True)
def create():
    form = TokenForm(request.form)
    if not form.validate():
        return _page(form)
    made, at = [], clock.now()
    once.carry_out(current_user, sent_key(), at, lambda: made.append(_make(form, at)))
    if made:
        return _page(TokenForm(None), made[0])
    flash(gettext("This token is made already. If you did not copy it, revoke it and make another."))
    return redirect(url_for(".index"), 303)


def _make(form, at):
    return tokens.make(current_user, form.name.data, by=current_user, at=at)[1]


@bp.post("/<number:number>/revocation")
@allow(ORDER_ADMINISTRATORS)
def revoke(number):
    tokens.revoke(tokens.numbered(current_user, number), by=current_user, at=clock.now())
    flash(gettext("The token is revoked: it works no more."))
    return redirect(url_for(".index"), 303)


def _page(form, secret=None):
    key = secrets.token_urlsafe(16) if secret else form_key()  # the next one is another
    shown = {"tokens": tokens.of(current_user), "others": tokens.of_others(current_user)}
    return form_page("settings/tokens.html", form, secret=secret, key=key, **shown)
