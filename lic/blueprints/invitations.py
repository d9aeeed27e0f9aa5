"""Behind the link of an invitation: the new person chooses a password and is in (rules.md Q, 004-13)."""

from flask import Blueprint, flash, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from lic.models import LinkKind
from lic.rules import invitations, links
from lic.web import clock, second_step
from lic.web.guard import ANYONE, allow, home
from lic.web.mailed import NewPassword, PasswordForm, behind_links
from lic.web.screen import form_page

bp = Blueprint("invitations", __name__, url_prefix="/invitations")
behind_links(bp)


class InvitationForm(PasswordForm):
    password = NewPassword(_("Password"))


@bp.route("/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def edit(token):
    link = links.find(LinkKind.INVITATION, token, clock.now())
    form = InvitationForm(request.form)
    form.user = link.user
    if request.method == "POST" and form.validate():
        user = invitations.accept(link, form.password.data, clock.now())
        flash(gettext("Welcome, %(name)s.", name=link.user.name))
        return second_step.enter(user, home())
    return form_page("invitations/edit.html", form, user=link.user)
