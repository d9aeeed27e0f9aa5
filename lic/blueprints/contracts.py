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
CELL = {name: Markup("{%s}" % place) for place, name in enumerate(CELLS)}  # noqa: S704, UP031 (filled in by drawn())


def drawn(page):
    """The rows of a page, from its screen's parts; what repeats is said once (speed.md, The rest of a request)."""
    draw, day = _parts(words.language(), clock.today()), words.day
    texts = [
        (
            str(row.number),
            row.reference,
            row.serial,
            row.customer_name or "",
            day(row.ends),
            draw.lengths[row.extensions],
        )
        for row in page.rows
    ]
    rows = []
    for row, cells in zip(page.rows, page.marked_rows(texts), strict=True):
        shown, reference, serial, customer, ends, length = cells
        blank = "" if customer else ' class="blank"'
        iso, badge = draw.badges[row.ends, row.starts]
        extensions = draw.extended(length) if row.extensions else draw.not_extended
        rows.append(draw.row(row.number, shown, reference, serial, customer, blank, iso, ends, badge, extensions))
    return Markup("".join(rows))  # noqa: S704 (every text was escaped when it was marked)


class Parts:
    """What rows are put together from, in one language on one day; each part is drawn by the screen's template once."""

    def __init__(self, today):
        template = current_app.jinja_env.get_template("contracts/_row.html").module
        self.row, self.extended = str(template.row(CELL)).format, str(template.extended(Markup("{}"))).format
        self.not_extended = str(template.not_extended())
        self.lengths, self.badges = Lengths({0: ""}), Badges()
        self.badges.today = today


class Lengths(dict):
    """Months of extensions taken: how they are said."""

    def __missing__(self, months):
        self[months] = taken(months)
        return self[months]


class Badges(dict):
    """(End, start) of a contract: the end as machines read it, and the badge beside it."""

    def __missing__(self, key):
        ends, starts = key
        standing = status(date.fromisoformat(starts), ends, GRACE_DAYS, self.today)
        left = (ends - self.today).days if standing in (Status.EXPIRING, Status.GRACE) else None
        if len(self) > 10_000:
            self.clear()
        self[key] = ends.isoformat(), badge(standing, left)
        return self[key]


@lru_cache(maxsize=8)
def _parts(language, today):
    return Parts(today)


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
