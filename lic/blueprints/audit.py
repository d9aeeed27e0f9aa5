"""The journal: everything that was ever done here, by whom and when, for the distributor (safety.md 49)."""

from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Event, User
from lic.rules import audit
from lic.web import clock, exports, telling
from lic.web.events import NOUNS
from lic.web.guard import DISTRIBUTOR, allow
from lic.web.numbers import day_in, number_in
from lic.web.screen import screen

bp = Blueprint("audit", __name__, url_prefix="/audit")
PAGE, COUNTED, AT_ONCE = 50, 1001, 500


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


@bp.get("/export.<any(csv, xlsx):kind>")
@allow(DISTRIBUTOR, fresh=True)
def export(kind):
    """All that is found, in full."""
    header = (_("Number"), _("Date and time"), _("Kind"), _("About"), _("What happened"), _("Who"), _("What was kept"))
    return exports.send(kind, _("journal"), header, _rows(_asked(request.args)))


def _rows(asked):
    """Some at a time, by key: the whole trail never stands in memory."""
    page = audit.events(asked, most=AT_ONCE)
    while page:
        for line in telling.lines(page, current_user):
            kept = (f"{name}: {before} → {after}" for name, before, after in telling.changes(line))
            what = f"{line.text} “{line.quote}”" if line.quote else line.text
            yield line.event.id, line.at, line.event.kind, line.thing, what, line.by, "; ".join(kept)
        page = audit.events(asked, page[-1].id, AT_ONCE)


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
