"""After the password: the code of the second factor, or a recovery code (ASVS 6.3.3)."""

from flask import Blueprint, flash, get_flashed_messages, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from lic.rules import Refused
from lic.rules.throttle import TooMany
from lic.web import second_step, words
from lic.web.forms import Form, Line
from lic.web.guard import ANYONE, allow, home, safe_next

bp = Blueprint("login_codes", __name__, url_prefix="/login/code")


class CodeForm(Form):
    code = Line(_("Code"), 100)


@bp.route("", methods=["GET", "POST"])
@allow(ANYONE)
def new():
    half, form = second_step.waiting(), CodeForm(request.form)
    if half is None:
        return begin_again()
    if request.method == "POST" and form.validate():
        get_flashed_messages()  # what somebody else was not shown yet is not for this person
        return second_step.let_in(half, form.code.data, asked_for())
    return page(form, 422 if form.errors else 200)


def asked_for():
    return safe_next(request.args.get("next")) or home()


def begin_again():
    """Nobody's turn, or no longer: the password first. Whoever is in already has come back, or clicked twice."""
    if current_user.is_authenticated:
        return redirect(asked_for(), 303)
    flash(gettext("The time for the code is over. Log in again."), "warn")
    return redirect(url_for("session.new", next=safe_next(request.args.get("next"))), 303)


def page(form, status, refused=None):
    """In the language of the person, who has typed the password already."""
    half = second_step.waiting()
    if half is None:  # over this very moment
        return begin_again()
    with force_locale(half.user.language):
        said = refused and words.tell(refused)
        shown = {"refused": said, "identifier": half.user.identifier, "recovery": "recovery" in request.args}
        return render_template("session/code.html", form=form, **shown), status


@bp.errorhandler(Refused)
def not_let_in(error):
    return page(CodeForm(), 422, refused=error.reason)


@bp.errorhandler(TooMany)
def not_now(error):
    return *page(CodeForm(), 429, refused=error.reason), {"Retry-After": str(error.seconds)}
