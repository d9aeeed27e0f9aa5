"""Incidents: the list, one incident with its two channels, and declaring one (002-30 to 002-49)."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, Contract, Incident, IncidentState
from lic.rules import Refused, contracts, declarations, desks, incidents, messages
from lic.web import clock, errors, frame, incident_letters, incident_page, kept, words
from lic.web.guard import ADMINISTRATORS, EVERYONE, allow
from lic.web.incident_forms import DeclarationForm, MessageForm
from lic.web.incident_page import find, found_to_act
from lic.web.uploads import takes_files

bp = Blueprint("incidents", __name__)
bp.add_app_template_global(incident_letters.told, "told_in_letter")
bp.add_app_template_global(incident_letters.news, "news_for")
bp.add_app_template_global(incident_letters.answer_goes_to, "answer_goes_to")
MOST = 10  # incidents on the page of a contract
NO_PRODUCT = 2**40  # a number none has


@frame.counted("incidents")
def waiting():
    return incidents.waiting(current_user)


def _mine(today):
    return {"only": (("declarer", (current_user.id,)),)}


def _routed(today):
    return {"only": (("service", desks.services(current_user) or (NO_PRODUCT,)),)}


def _waiting(today):
    return {"only": (("turn", (incidents.side(current_user),)),)}


LIST = Listing(
    "incidents",
    Large(search.INCIDENTS),
    columns=(
        Column("number", N_("#")),
        Column("title", N_("Title")),
        Column("reference", N_("Product reference")),
        Column("customer_name", N_("Customer")),
        Column("state", N_("State")),
    ),
    also=(Column("serial", N_("Serial number")), Column("declared_at", N_("Declared"))),
    sort="-number",
    counted=NN_("%(count)s incident", "%(count)s incidents"),
    filters=(
        Filter(
            "which",
            N_("Which incidents"),
            (
                Choice("", N_("All")),
                Choice("waiting", N_("Waiting for me"), _waiting),
                Choice("open", NC_("incidents", "Open"), lambda today: {"only": (("state", incidents.AT_WORK),)}),
                Choice("mine", N_("Declared by me"), _mine),
            ),
        ),
        Filter.of("state", N_("State"), IncidentState, N_("Every state")),
    ),
)
WHICH, *OTHERS = LIST.filters
QUEUE = replace(  # the distributor's: what is overdue first (X17), and the requests one answers for (004-27)
    LIST,
    sort="urgency",
    columns=(*LIST.columns, Column("urgency", N_("Due"), value=lambda row: row.due_at)),
    filters=(replace(WHICH, choices=(*WHICH.choices, Choice("routed", N_("About my services"), _routed))), *OTHERS),
)


def listing():
    return QUEUE if current_user.organisation.is_distributor else LIST


@bp.get("/incidents")
@allow(EVERYONE)
def index():
    return listing().screen("incidents/index.html", depends=(_minute(),), overdue=overdue)


def _minute():
    """Calls become overdue at whole minutes."""
    return clock.now().at.replace(second=0, microsecond=0)


@bp.get("/incidents/export.<kind>")
@allow(EVERYONE)
def export(kind):
    return listing().export(kind)


def overdue(row):
    return incidents.is_overdue(row, clock.now().at)


def channel_of(incident, name):
    """A channel of the incident this person is party to; any other does not exist (002-46)."""
    return next((c for c in incidents.channels_of(incident, current_user) if c.value == name), None) or abort(404)


@bp.app_template_global("may_request")
def may_request(subscription):
    """Whether the page of a service offers to ask for support (004-23)."""
    return not declarations.why_not_request(subscription, current_user)


@bp.app_template_global("incidents_of")
def incidents_of(contract):
    """The newest incidents of a contract, for its page."""
    return list(Incident.select().where(Incident.contract == contract.id).order_by(Incident.number.desc()).limit(MOST))


@bp.errorhandler(Refused)
def refused(error):
    """What was refused keeps its page, and everything typed on it."""
    said, arguments = words.tell(error.reason), request.view_args or {}
    if request.endpoint == "incidents.say":
        incident = find(arguments["number"])
        form = MessageForm.asked(prefix=arguments["channel"])
        return incident_page.show(incident, channel_of(incident, arguments["channel"]), form, said)
    if request.endpoint == "incidents.new":
        contract = Contract.get(Contract.number == arguments["number"])
        return render_template("incidents/new.html", form=declaration(contract), contract=contract, refused=said), 422
    return errors.tell(422, said)


# --- one incident ------------------------------------------------------------------------------


@bp.get("/incidents/<number:number>")
@allow(EVERYONE)
def show(number):
    return kept.page(incident_page.SHOW, lambda: incident_page.shown(find(number)), _minute())


@bp.get("/incidents/<number:number>/messages/<channel>")
@allow(EVERYONE, background=True)
def read(number, channel):
    """What a page asks by itself: the channel's messages and where the incident stands, if not as it shows them."""
    incident = find(number)
    return incident_page.news(incident, channel_of(incident, channel), request.args.get("shown"))


@bp.post("/incidents/<number:number>/messages/<channel>")
@allow(ADMINISTRATORS, also=incidents.may_act)
@takes_files
def say(number, channel):
    incident = found_to_act(number)
    to, now = channel_of(incident, channel), clock.now()
    form = MessageForm.asked(prefix=channel)
    if not form.validate():
        return incident_page.show(incident, to, form)
    values = {"key": form.key.data, "waiting": form.uploads.waiting, "wait": "wait" in request.form}
    messages.say(incident, to, form.body.data, by=current_user, at=now, due_at=clock.due(now), **values)
    return redirect(url_for(".show", number=number, _anchor=channel), 303)


@bp.post("/incidents/<number:number>/state")
@allow(ADMINISTRATORS, also=incidents.may_act)
def move(number):
    incident, asked = found_to_act(number), request.form.get("state")
    state = next((s for s in IncidentState if s.value == asked), None) or abort(400)
    incidents.move(incident, state, by=current_user, at=clock.now())
    return redirect(url_for(".show", number=number), 303)


# --- declaring one -----------------------------------------------------------------------------


@bp.route("/contracts/<number:number>/incidents/new", methods=["GET", "POST"])
@allow(ADMINISTRATORS, also=lambda user: user.may_declare)
@takes_files
def new(number):
    contract, now = Contract.get(Contract.number == number), clock.now()
    if reason := declarations.why_not_declare(contract, current_user):
        status = 422 if request.method == "POST" else 200
        return render_template("incidents/not_yet.html", contract=contract, reason=reason), status
    form = declaration(contract)
    if request.method == "POST" and (form.is_repeated or form.validate()):
        incident = declarations.declare(contract, by=current_user, at=now, due_at=clock.due(now), **form.values)
        flash(_("Incident no. %(number)s is declared.", number=incident.number))
        return redirect(url_for(".show", number=incident.number), 303)
    return render_template("incidents/new.html", form=form, contract=contract), form.status


def declaration(contract):
    """The form, over what the contract covers and where it may be delivered."""
    addresses = declarations.delivery_addresses(contract, current_user)
    return DeclarationForm.asked(contract, contracts.articles(contract), addresses)
