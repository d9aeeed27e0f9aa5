"""Behind the link of a registration: the address is confirmed, and the account made or asked for (rules.md Q)."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from wtforms.validators import ValidationError

from lic.models import LinkKind, User
from lic.rules import links, registrations
from lic.web import clock
from lic.web.forms import Form, Line
from lic.web.guard import ANYONE, allow
from lic.web.mailed import behind_links
from lic.web.screen import form_page

bp = Blueprint("confirmations", __name__, url_prefix="/registrations/confirmations")
behind_links(bp, again="registrations.new")


class ConfirmationForm(Form):
    identifier = Line(_("Username"), 60)
    link = None

    def validate_identifier(self, field):
        if reason := registrations.why_not_identifier(self.link, field.data, clock.now()):
            raise ValidationError(reason)


@bp.route("/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def edit(token):
    link = links.find(LinkKind.REGISTRATION, token, clock.now())
    form = ConfirmationForm(request.form, identifier=link.subject["identifier"])
    form.link = link
    if request.method == "POST" and form.validate():
        return next_step(registrations.confirm(link, form.identifier.data, clock.now()))
    return form_page("confirmations/edit.html", form, asked=link.subject)


def next_step(made):
    """The owner of a contract nobody had chooses a password at once; anybody else waits to be let in."""
    if isinstance(made, User):
        secret = links.make(LinkKind.INVITATION, user=made.id, at=clock.now())
        return redirect(url_for("invitations.edit", token=secret), 303)
    return redirect(url_for(".waiting"), 303)


@bp.get("/waiting")
@allow(ANYONE)
def waiting():
    return render_template("confirmations/waiting.html")
