"""Contracts: the list everybody lands on, and its files (002-09 to 002-21)."""

from datetime import date, timedelta

from flask import Blueprint, current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

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


def taken(months):
    """What is said of the extensions taken (002-15)."""
    return _("Yes, %(length)s", length=length(months)) if months else _("No")


LIST = Listing(
    "contracts",
    Large(search.CONTRACTS),
    columns=(
        Column("number", N_("#")),
        Column("reference", N_("Product reference")),
        Column("serial", N_("Serial number")),
        Column("customer_name", N_("Customer")),
        Column("ends", N_("End of warranty")),
        Column("extensions", N_("Extensions"), value=lambda row: taken(row.extensions), says=taken),
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
    return LIST.screen("contracts/index.html", drawn=drawn, cell=CELL)


@bp.get("/export.<kind>")
@allow(EVERYONE)
def export(kind):
    return LIST.export(kind)


CELLS = ("number", "shown", "reference", "serial", "customer", "blank", "iso", "ends", "badge", "extensions")
CELL = {name: Markup("{%s}" % name) for name in CELLS}  # noqa: S704, UP031 (where drawn() fills in a cell)


def drawn(page, pattern, yes, no):
    """The rows by the screen's pattern of one; what repeats is said once (speed.md, The rest of a request)."""
    today, marked, badges, extensions, draw = clock.today(), page.marked, {}, {0: no}, str(pattern).format
    rows = []
    for row in page.rows:
        ends, months = row.ends, row.extensions
        if ends not in badges:
            badges[ends] = marked(words.day(ends)), ends.isoformat()
        standing = status(date.fromisoformat(row.starts), ends, GRACE_DAYS, today)
        left = (ends - today).days if standing in (Status.EXPIRING, Status.GRACE) else None
        if (standing, left) not in badges:
            badges[standing, left] = badge(standing, left)
        if months not in extensions:
            extensions[months] = yes % marked(taken(months))
        rows.append(
            draw(
                number=row.number,
                shown=marked(row.number),
                reference=marked(row.reference),
                serial=marked(row.serial),
                customer=marked(row.customer_name),
                blank="" if row.customer_name else ' class="blank"',
                ends=badges[ends][0],
                iso=badges[ends][1],
                badge=badges[standing, left],
                extensions=extensions[months],
            )
        )
    return Markup("".join(rows))  # noqa: S704 (every value was escaped when it was marked)


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
