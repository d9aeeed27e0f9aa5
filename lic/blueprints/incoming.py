"""Incoming mail: answers that could not land by themselves, and what becomes of them (004-26)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from peewee import fn

from lic.listing import Choice, Column, Filter, Kept, Listing
from lic.models import N_, NC_, NN_, IncomingMail, IncomingState
from lic.rules import replies
from lic.web import clock, frame, incoming_page
from lic.web.guard import DISTRIBUTOR_ADMINISTRATORS, allow

bp = Blueprint("incoming", __name__, url_prefix="/mails/incoming")
bp.add_app_template_filter(replies.unpack, "kept_reason")


@frame.counted("letters_kept")
def waiting():
    return replies.waiting()


def _are(*states):
    return lambda today: {"only": (("state", states),)}


def title(kept):
    """Its subject; that of an answer between others is theirs, and is not kept."""
    if kept.subject or not kept.channel:
        return kept.subject
    if not kept.incident:
        return _("Words of several incidents")
    return _("Answer about incident no. %(number)s", number=kept.incident)


SEVERAL = {
    IncomingState.KEPT: NC_("letters", "Kept aside"),
    IncomingState.LANDED: NC_("letters", "In its incident"),
    IncomingState.PUT: NC_("letters", "Put into an incident"),
    IncomingState.DISCARDED: NC_("letters", "Discarded"),
    IncomingState.IGNORED: NC_("letters", "Written by a machine"),
}
LIST = Listing(
    "incoming",
    Kept(
        lambda asked: replies.find(request.args.get("q", "")[:200], **dict(asked.only)),
        IncomingMail.id,
        {
            "subject": fn.LOWER(IncomingMail.subject),
            "sender": IncomingMail.sender,
            "state": IncomingMail.state.cast("text"),
        },
    ),
    columns=(
        Column("subject", N_("Letter"), value=title),
        Column("sender", N_("From"), value=lambda row: row.sender),
        Column("at", N_("Received"), value=lambda row: row.came_at),
        Column("state", N_("State"), value=lambda row: row.state),
        Column("why", N_("Why"), sorts=False, value=lambda row: replies.unpack(row.why) if row.why else ""),
    ),
    sort="-at",
    counted=NN_("%(count)s letter", "%(count)s letters"),
    filters=(
        Filter(
            "state",
            N_("State"),
            (
                Choice("", SEVERAL[IncomingState.KEPT], _are(IncomingState.KEPT)),
                *(Choice(s.value, SEVERAL[s], _are(s)) for s in IncomingState if s is not IncomingState.KEPT),
            ),
        ),
    ),
)


@bp.get("")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def index():
    return LIST.screen("incoming/index.html", title=title)


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def export(kind):
    return LIST.export(kind)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def show(number):
    return incoming_page.show(IncomingMail.get_by_id(number))


@bp.post("/<number:number>/place")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def put(number):
    kept = IncomingMail.get_by_id(number)
    form = incoming_page.asked(kept, request.form)
    if not form.validate():
        return incoming_page.show(kept, form, 422)
    incoming_page.put(kept, form.place)
    flash(_("The letter is in incident no. %(number)s.", number=form.place.number))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/discarding")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def discard(number):
    replies.discard(IncomingMail.get_by_id(number), request.form.get("reason", ""), by=current_user, at=clock.now())
    flash(_("The letter is discarded."))
    return redirect(url_for(".index"), 303)
