"""The journal: everything that was ever done here, by whom and when, for the distributor (safety.md 49)."""

from datetime import timedelta

from flask import Blueprint, request
from flask_login import current_user

from lic.listing import Choice, Column, Filter, Kept, Listing
from lic.models import N_, NN_, Event, User
from lic.rules import audit
from lic.web import clock, telling, words
from lic.web.events import NOUNS
from lic.web.guard import DISTRIBUTOR, allow
from lic.web.numbers import day_in, number_in
from lic.web.screen import screen

bp = Blueprint("audit", __name__, url_prefix="/audit")


def _about(name, noun):
    return Choice(name, noun.label, lambda today: {"only": (("about", (name,)),)})


def _kept(line):
    return words.several([words.pair(name, f"{before} → {after}") for name, before, after in telling.changes(line)])


COLUMNS = (
    Column("at", N_("Date and time")),
    Column("about", N_("About"), value=lambda line: line.thing),
    Column("kind", N_("What happened"), value=lambda line: f"{line.text} “{line.quote}”" if line.quote else line.text),
    Column("who", N_("Who"), value=lambda line: line.by),
)
LIST = Listing(
    "journal",
    Kept(
        lambda asked: audit.events(_asked(asked)),
        Event.id,
        {"at": Event.shown_at.converter(str), "about": Event.subject_kind, "kind": Event.kind, "who": audit.WHO},
        lambda events: telling.lines(events, current_user),
    ),
    COLUMNS,
    sort="-at",
    counted=NN_("%(count)s event", "%(count)s events"),
    filters=(Filter("about", N_("About"), (Choice("", N_("Everything")), *(_about(*pair) for pair in NOUNS.items()))),),
    also=(
        Column("number", N_("Number"), value=lambda line: line.event.id),
        Column("event", N_("Kind"), value=lambda line: line.event.kind),
        Column("kept", N_("What was kept"), value=_kept),
    ),
)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    by = number_in(request.args, "by")
    return LIST.screen("audit/index.html", by=by and User.get_or_none(User.id == by))


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR, fresh=True)
def export(kind):
    """All that is found, in full."""
    return LIST.export(kind)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    event = Event.get_by_id(number)
    line = telling.line(event, current_user)
    return screen("audit/show.html", "main", line=line, changes=telling.changes(line))


def _asked(query):
    """What the list asks, with what only this screen knows: who did it, and from when until when."""
    args, only = request.args, dict(query.only)
    since, until = day_in(args, "since"), day_in(args, "until")
    return audit.Asked(
        words=args.get("q", "")[:200],
        kinds=only.get("about", ()),
        spoken=telling.called_so,
        by=number_in(args, "by"),
        since=clock.begins(since) if since else None,
        until=clock.begins(until + timedelta(days=1)) if until else None,
    )
