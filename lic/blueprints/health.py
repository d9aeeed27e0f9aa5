"""Whether the portal answers, for whoever watches over it."""

from flask import Blueprint

from lic.models import Setting
from lic.web import uploads
from lic.web.guard import ANYONE, allow

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@allow(ANYONE)
def show():
    """200 when the database answers and may be written to; else 503. It says when files are no longer taken."""
    Setting.select(Setting.id).limit(1).tuples().execute()
    store = uploads.store()
    if not store.can_write():
        return _said("no room: the disk is full, nothing is written", 503)
    if not store.has_room():
        return _said("ok, but little room: files are refused", 200)
    away = store.scanner and store.scanner.is_away
    return _said("ok, but the virus scanner is away: files are refused" if away else "ok", 200)


def _said(text, status):
    return f"{text}\n", status, {"Content-Type": "text/plain; charset=utf-8"}
