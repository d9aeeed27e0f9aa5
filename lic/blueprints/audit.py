"""The journal: everything that was ever done here, by whom and when, for the distributor (safety.md 49)."""

from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Event, User
from lic.rules import audit
from lic.web import clock, telling
from lic.web.events import NOUNS
from lic.web.guard import DISTRIBUTOR, allow
from lic.web.numbers import day_in, number_in
from lic.web.screen import screen

bp = Blueprint("audit", __name__, url_prefix="/audit")
PAGE, COUNTED = 50, 1001


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    asked = _asked(request.args)
    found = audit.events(asked, number_in(request.args, "before"), PAGE + 1)
    page, more = found[:PAGE], len(found) > PAGE
    lines = telling.lines(page, current_user)
    return screen(
        *("audit/index.html", "list"),
        lines=lines,
        more=more,
        total=audit.count(asked, COUNTED),
        nouns=sorted(((name, _(noun.label)) for name, noun in NOUNS.items()), key=lambda pair: pair[1]),
        by=asked.by and User.get_or_none(User.id == asked.by),
        args={name: value for name, value in request.args.items() if value and name != "before"},
    )


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    event = Event.get_by_id(number)
    line = telling.line(event, current_user)
    return screen("audit/show.html", "main", line=line, changes=telling.changes(line))


def _asked(args):
    about, since, until = args.get("about"), day_in(args, "since"), day_in(args, "until")
    return audit.Asked(
        words=args.get("q", "")[:200],
        kinds=(about,) if about in NOUNS else (),
        by=number_in(args, "by"),
        since=clock.begins(since) if since else None,
        until=clock.begins(until + timedelta(days=1)) if until else None,
    )
