"""Contracts: the list everybody lands on, and its files (002-09 to 002-21)."""

from datetime import date, timedelta

from flask import Blueprint, current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_
from lic.rules.calendar import EXPIRING_DAYS, Status, status
from lic.rules.parameters import Parameters
from lic.web import clock, words
from lic.web.guard import EVERYONE, allow

bp = Blueprint("contracts", __name__, url_prefix="/contracts")

GRACE_DAYS = Parameters().grace_days


def _ends(first, last):
    """The contracts that end from one day to another, counted from today; None is open."""

    def asks(today):
        days = [None if days is None else today + timedelta(days=days) for days in (first, last)]
        return {"spans": (("ends", *days),)}

    return asks


def length(months):
    """A number of months as people say it: two years, eighteen months."""
    years, rest = divmod(months, 12)
    if rest:
        return ngettext("%(num)s month", "%(num)s months", months)
    return ngettext("%(num)s year", "%(num)s years", years)


def taken(row):
    """What a file says of the extensions taken (002-15)."""
    return _("Yes, %(length)s", length=length(row.extensions)) if row.extensions else _("No")


LIST = Listing(
    "contracts",
    Large(search.CONTRACTS),
    columns=(
        Column("number", N_("#")),
        Column("reference", N_("Product reference")),
        Column("serial", N_("Serial number")),
        Column("customer_name", N_("Customer")),
        Column("ends", N_("End of warranty")),
        Column("extensions", N_("Extensions"), value=taken),
    ),
    sort="-number",  # newest first (002-20)
    counted=NN_("%(count)s contract", "%(count)s contracts"),
    filters=(
        Filter(
            "validity",
            N_("Validity"),
            (
                Choice("", N_("All")),
                Choice("active", NC_("contracts", "Active"), _ends(0, None)),
                Choice("soon", NC_("contracts", "Ending soon"), _ends(0, EXPIRING_DAYS - 1)),
                Choice("expired", NC_("contracts", "Expired"), _ends(None, -1)),
            ),
        ),
    ),
)


@bp.get("")
@allow(EVERYONE)
def index():
    return LIST.screen("contracts/index.html", drawn=drawn)


@bp.get("/export.<kind>")
@allow(EVERYONE)
def export(kind):
    return LIST.export(kind)


def drawn(page):
    """The rows as the screen draws them: plain values, what repeats is said once (speed.md, The rest of a request)."""
    today, marked, badges, lengths = clock.today(), page.marked, {}, {0: None}
    for row in page.rows:
        standing = status(date.fromisoformat(row.starts), row.ends, GRACE_DAYS, today), (row.ends - today).days
        if standing[0] not in (Status.EXPIRING, Status.GRACE):
            standing = standing[0], None
        if standing not in badges:
            badges[standing] = badge(*standing)
        if row.extensions not in lengths:
            lengths[row.extensions] = taken(row)
        yield (
            *(row.number, marked(row.number), marked(row.reference), marked(row.serial), marked(row.customer_name)),
            *(row.ends.isoformat(), marked(words.day(row.ends)), badges[standing], lengths[row.extensions]),
        )


def badge(standing, left):
    """What stands beside the end of a warranty: louder only when somebody must act."""
    match standing:
        case Status.SCHEDULED:
            drawn = "", _("Scheduled"), "wait"
        case Status.ACTIVE:
            drawn = "ok", _("Active"), "ok"
        case Status.EXPIRING if left == 0:
            drawn = "warn", _("Last day"), "warn"
        case Status.EXPIRING:
            drawn = "warn", ngettext("In %(num)s day", "In %(num)s days", left), "warn"
        case Status.GRACE:
            drawn = "danger", _("Grace, day %(day)s", day=-left), "error"
        case _:
            drawn = "", _("Expired"), "none"
    return current_app.jinja_env.globals["ui"].badge(*drawn)
