"""Logging in and out, and the language of the page."""

from flask import Blueprint, current_app, flash, g, get_flashed_messages, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, PasswordField, StringField

from lic.models import tx
from lic.rules import Refused, people
from lic.rules.throttle import TooMany
from lic.web import clock, second_step, session, words
from lic.web.forms import AtMost, Form, Required, stripped
from lic.web.guard import ANYONE, EVERYONE, allow, home, safe_next

bp = Blueprint("session", __name__)


class LoginForm(Form):
    identifier = StringField(_("Username"), [Required(), AtMost(100)], filters=[stripped])
    password = PasswordField(_("Password"), [Required(), AtMost(256)])
    remember = BooleanField(_("Remember me"))


@bp.get("/")
@allow(EVERYONE)
def root():
    return redirect(home())


@bp.route("/login", methods=["GET", "POST"])
@allow(ANYONE)
def new():
    if current_user.is_authenticated and request.method == "GET" and not asks_again():
        return redirect(home())
    form = login_form()
    if request.method == "POST" and form.validate():
        user = people.who_logs_in(form.identifier.data, form.password.data, request.remote_addr, clock.now())
        get_flashed_messages()  # what somebody else was not shown yet is not for this person
        to = safe_next(request.args.get("next")) or home()
        return second_step.enter(user, to, long=form.remember.data or was_long(user))
    return page(form, 422 if form.errors else 200)


def asks_again():
    """Somebody who is logged in is asked for the password once more, before something that matters."""
    return current_user.is_authenticated and "again" in request.args


def was_long(user):
    """Typing the password again does not undo "remember me"."""
    return asks_again() and current_user.id == user.id and g.sign_in.long


def login_form():
    return LoginForm(request.form, identifier=current_user.identifier if asks_again() else None)


def page(form, status, refused=None):
    return render_template("session/new.html", form=form, refused=refused, again=asks_again()), status


@bp.errorhandler(Refused)
def not_let_in(error):
    """The same sentence whether the account exists or not; what was typed stays, but for the password."""
    return page(login_form(), 422, refused=words.tell(error.reason))


@bp.errorhandler(TooMany)
def not_now(error):
    return *page(login_form(), 429, refused=words.tell(error.reason)), {"Retry-After": str(error.seconds)}


@bp.post("/logout")
@allow(ANYONE)
def destroy():
    session.sign_out()
    get_flashed_messages()  # what was not shown yet is nobody's who logs in next
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
        secure = current_app.config["SETTINGS"].https
        given = {"max_age": 31536000, "samesite": "Lax", "httponly": True, "secure": secure}
        response.set_cookie(session.cookie_name("lic_language"), chosen, **given)
    return response
