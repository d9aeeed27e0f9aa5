"""Logging in and out, and the language of the page."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, PasswordField, StringField

from lic.models import tx
from lic.rules import Refused, people
from lic.web import clock, session, words
from lic.web.forms import AtMost, Form, Required
from lic.web.guard import ANYONE, EVERYONE, allow, home, safe_next

bp = Blueprint("session", __name__)


class LoginForm(Form):
    identifier = StringField(_("Username"), [Required(), AtMost(100)])
    password = PasswordField(_("Password"), [Required(), AtMost(256)])
    remember = BooleanField(_("Remember me"))


@bp.get("/")
@allow(EVERYONE)
def root():
    return redirect(home())


@bp.route("/login", methods=["GET", "POST"])
@allow(ANYONE)
def new():
    if current_user.is_authenticated and request.method == "GET" and not request.args.get("again"):
        return redirect(home())
    form = LoginForm(request.form)
    if request.method == "POST" and form.validate():
        user = people.who_logs_in(form.identifier.data, form.password.data, request.remote_addr, clock.now())
        session.sign_out()
        g.signed_out = False
        session.sign_in(user, long=form.remember.data)
        return redirect(safe_next(request.args.get("next")) or home(), 303)
    return render_template("session/new.html", form=form), 422 if form.errors else 200


@bp.errorhandler(Refused)
def not_let_in(error):
    """The same sentence whether the account exists or not; what was typed stays, but for the password."""
    form = LoginForm(request.form)
    return render_template("session/new.html", form=form, refused=words.tell(error.reason)), 422


@bp.post("/logout")
@allow(ANYONE)
def destroy():
    session.sign_out()
    flash(gettext("You are logged out."))
    return redirect(url_for(".new"), 303)


@bp.post("/language")
@allow(ANYONE)
def speak():
    """The person's own language when logged in, else this browser's."""
    chosen = request.form.get("language")
    response = redirect(safe_next(request.form.get("next")) or home(), 303)
    if chosen in words.LANGUAGES:
        if current_user.is_authenticated:
            with tx():
                user = current_user.again()
                user.language = chosen
                user.save()
        response.set_cookie("lic_language", chosen, max_age=31536000, samesite="Lax", httponly=True)
    return response
