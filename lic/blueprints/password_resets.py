"""A forgotten password: a mail with a link, and behind it a new one (002-05)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from lic.models import LinkKind
from lic.rules import links, passwords, people, second_factors
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
    code = Line(_("Code"), 100)

    @classmethod
    def of(cls, link):
        """Whoever has a second factor types its code besides."""
        form = cls(request.form)
        form.user = link.user
        if second_factors.of(link.user) is None:
            del form.code
        return form


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
    if request.endpoint == f"{bp.name}.edit":
        return *code_again(error, 429), {"Retry-After": str(error.seconds)}
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
    form = ResetForm.of(link)
    if request.method == "POST" and form.validate():
        passwords.reset(link, form.password.data, clock.now(), form.data.get("code", ""))
        flash(gettext("Your new password is set. Log in with it."))
        return redirect(url_for("session.new"), 303)
    return form_page("password_resets/edit.html", form, user=link.user)


@bp.errorhandler(second_factors.Wrong)
def code_again(error, status=422):
    """The link is as good as before: another code may be typed. Were it used meanwhile, the next answer says so."""
    link = links.look_up(LinkKind.RESET, request.view_args["token"])
    told = words.tell(error.reason)
    return render_template("password_resets/edit.html", form=ResetForm.of(link), user=link.user, refused=told), status
