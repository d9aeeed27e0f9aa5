"""A forgotten password: a mail with a link, and behind it a new one (002-05)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from lic.models import LinkKind
from lic.rules import links, passwords, people
from lic.rules.throttle import TooMany
from lic.web import clock, words
from lic.web.forms import Form, Line
from lic.web.guard import ANYONE, allow
from lic.web.mailed import NewPassword, PasswordForm, behind_links
from lic.web.screen import form_page

bp = Blueprint("password_resets", __name__, url_prefix="/password-resets")
behind_links(bp, again="password_resets.new")


class AskForm(Form):
    who = Line(_("Username or e-mail address"), 254)


class ResetForm(PasswordForm):
    password = NewPassword(_("New password"))


@bp.route("", methods=["GET", "POST"])
@allow(ANYONE)
def new():
    form = AskForm(request.form)
    if request.method == "POST" and form.validate():
        people.ask_for_reset(form.who.data, request.remote_addr, clock.now())
        return redirect(url_for(".sent"), 303)
    return form_page("password_resets/new.html", form)


@bp.errorhandler(TooMany)
def not_now(error):
    page = render_template("password_resets/new.html", form=AskForm(request.form), refused=words.tell(error.reason))
    return page, 429, {"Retry-After": str(error.seconds)}


@bp.get("/sent")
@allow(ANYONE)
def sent():
    """The same for everybody: it tells nobody whether there is such an account."""
    return render_template("password_resets/sent.html")


@bp.route("/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def edit(token):
    link = links.find(LinkKind.RESET, token, clock.now())
    form = ResetForm(request.form)
    form.user = link.user
    if request.method == "POST" and form.validate():
        passwords.reset(link, form.password.data, clock.now())
        flash(gettext("Your new password is set. Log in with it."))
        return redirect(url_for("session.new"), 303)
    return form_page("password_resets/edit.html", form, user=link.user)
