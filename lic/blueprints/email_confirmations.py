"""Behind the link mailed to a new e-mail address: whoever reads mail there may say that it is theirs (004-01)."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from lic.models import LinkKind
from lic.rules import links, profiles
from lic.web import clock
from lic.web.guard import ANYONE, allow
from lic.web.mailed import behind_links

bp = Blueprint("email_confirmations", __name__, url_prefix="/settings/profile/email")
behind_links(bp)


@bp.route("/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def edit(token):
    link = links.find(LinkKind.EMAIL, token, clock.now())
    if request.method == "POST":
        profiles.confirm(link, clock.now(), keep=g.get("sign_in"))
        flash(gettext("Your e-mail address is now %(email)s.", email=link.email))
        return redirect(url_for("settings.profile"), 303)
    return render_template("email_confirmations/edit.html", link=link)
