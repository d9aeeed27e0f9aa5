"""Writes are accepted from this site's own pages only (safety.md 10 to 12)."""

from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden

from lic.web import programs

SAFE = {"GET", "HEAD", "OPTIONS"}


def from_here():
    """Whether the browser says this write comes from our own page; one that says nothing is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc == request.host


def init(app):
    @app.before_request
    def same_origin():
        if request.method not in SAFE and not (programs.wants_token() or from_here()):
            refused = Forbidden()
            refused.told = _("This address or form is not one of the portal's. Go back and try again.")
            raise refused
