"""Whether the portal answers, for whoever watches over it."""

from flask import Blueprint

from lic.models import Setting
from lic.web.guard import ANYONE, allow

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@allow(ANYONE)
def show():
    """200 when the database answers; else the 503 of every page."""
    Setting.select(Setting.id).limit(1).tuples().execute()
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}
