"""Pages behind mailed links: they say when a link opens nothing, and their address goes nowhere (safety.md)."""

from flask import render_template, request
from wtforms import PasswordField
from wtforms.validators import ValidationError

from lic.rules import Refused, passwords
from lic.web.forms import AtMost, Form, Required


def behind_links(bp, again=None):
    """Make the pages of this blueprint such pages. again: the endpoint where one asks for a new link, or None."""

    @bp.errorhandler(Refused)
    def gone(error):
        return render_template("mailed/gone.html", reason=error.reason, again=again), 410

    @bp.after_request
    def tell_nobody(response):
        # A browser that sends no Sec-Fetch-Site would then send no Origin either, and its form be refused (csrf.py).
        if "Sec-Fetch-Site" in request.headers:
            response.headers["Referrer-Policy"] = "no-referrer"
        return response


class NewPassword(PasswordField):
    """A password somebody chooses; the form says by `own` what others know of the person."""

    def __init__(self, label, **options):
        super().__init__(label, [Required(), AtMost(passwords.MOST)], **options)

    def post_validate(self, form, validation_stopped):
        if not validation_stopped and (reason := passwords.why_not(self.data, form.user, form.own)):
            raise ValidationError(reason)


class PasswordForm(Form):
    user, own = None, ()
