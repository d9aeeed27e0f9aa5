"""A disk that is almost full is not filled any further: writes are refused, and reading goes on (safety.md 40)."""

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import ServiceUnavailable

from lic.files import Store
from lic.web import csrf, programs

LOOK_AGAIN = 60  # seconds a program may wait before it tries again
EVEN_THEN = {"session.new", "session.destroy"}  # whoever makes room has to get in


def init(app):
    @app.before_request
    def refuse_without_room():
        if request.method in csrf.SAFE or request.endpoint in EVEN_THEN or programs.wants_token():
            return
        if not Store.of(current_app.config["SETTINGS"]).can_write():
            full = ServiceUnavailable(retry_after=LOOK_AGAIN)
            full.told = _(
                "The portal's disk is almost full. Nothing was changed; until there is room you can only read."
            )
            raise full
