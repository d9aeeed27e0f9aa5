"""Contracts: the list everybody lands on, and its files (002-09 to 002-21)."""

from datetime import date, timedelta
from functools import lru_cache

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
    steady=True,
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


CELLS = ("number", "shown", "reference", "serial", "customer", "blank", "iso", "ends", "badge", "extensions")
CELL = {name: Markup("{%s}" % name) for name in CELLS}  # noqa: S704, UP031 (where drawn() fills in a cell)


def drawn(page):
    """The rows of a page, from its screen's parts; what repeats is said once (speed.md, The rest of a request)."""
    today, draw, rows = clock.today(), _parts(words.language()), []
    texts = [
        (str(row.number), row.reference, row.serial, row.customer_name or "", words.day(row.ends), draw.taken(row))
        for row in page.rows
    ]
    for row, cells in zip(page.rows, page.marked_rows(texts), strict=True):
        shown, reference, serial, customer, ends, extensions = cells
        rows.append(
            draw.row(
                number=row.number,
                shown=shown,
                reference=reference,
                serial=serial,
                customer=customer,
                blank="" if customer else ' class="blank"',
                iso=row.ends.isoformat(),
                ends=ends,
                badge=draw.badge(row, today),
                extensions=draw.extended(extensions) if row.extensions else draw.not_extended,
            )
        )
    return Markup("".join(rows))  # noqa: S704 (every text was escaped when it was marked)


class Parts:
    """What a row is put together from, in one language: each part is drawn by the screen's template once."""

    def __init__(self):
        template = current_app.jinja_env.get_template("contracts/_row.html").module
        self.row, self.extended = str(template.row(CELL)).format, str(template.extended(Markup("{}"))).format
        self.not_extended, self.badges, self.lengths = str(template.not_extended()), {}, {0: ""}

    def taken(self, row):
        if row.extensions not in self.lengths:
            self.lengths[row.extensions] = taken(row.extensions)
        return self.lengths[row.extensions]

    def badge(self, row, today):
        standing = status(date.fromisoformat(row.starts), row.ends, GRACE_DAYS, today)
        left = (row.ends - today).days if standing in (Status.EXPIRING, Status.GRACE) else None
        if (standing, left) not in self.badges:
            self.badges[standing, left] = badge(standing, left)
        return self.badges[standing, left]


@lru_cache
def _parts(language):
    return Parts()


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
