"""Contracts: the list everybody lands on, and its files (002-09 to 002-21)."""

from datetime import date, timedelta
from functools import lru_cache

from flask import Blueprint, current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from lic import search
from lic.listing import Choice, Column, Drawn, Filter, Large, Listing
from lic.models import N_, NC_, NN_
from lic.rules import parameters
from lic.rules.calendar import EXPIRING_DAYS, Status, status
from lic.web import clock, words
from lic.web.guard import EVERYONE, allow

bp = Blueprint("contracts", __name__, url_prefix="/contracts")

HERE = "\ue0f0"  # in a part of a row: where something goes


def _ends(first, last):
    """The contracts that end from one day to another, counted from today; None is open."""

    def asks(today):
        days = [None if days is None else today + timedelta(days=days) for days in (first, last)]
        return {"spans": (("ends", *days),)}

    return asks


@bp.app_template_filter("length_of_time")
def length(months):
    """A number of months as people say it: two years, eighteen months."""
    years, rest = divmod(months, 12)
    if rest:
        return ngettext("%(num)s month", "%(num)s months", months)
    return ngettext("%(num)s year", "%(num)s years", years)


def taken(months):
    """What is said of the extensions taken (002-15)."""
    return _taken(months, words.language())


@lru_cache(maxsize=512)
def _taken(months, language):
    """Said once: a file has a million of them."""
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
                # What begins later is not over: it stands with those in force, for screens.md has no fifth choice.
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


def _pieces(rows):
    """The pieces of each row, HTML and text by turns; what repeats is said once (speed.md, The rest of a request)."""
    parts, day = _parts(words.language(), clock.today(), parameters.of().grace_days), words.day
    link, again, number, reference, serial, blank, customer, until, ends, badge, extensions, end = parts.around
    for row in rows:
        called, buyer = str(row.number), row.customer_name or ""
        iso, standing = parts.badges[row.ends, row.starts]
        before, after = parts.extended if row.extensions else (parts.not_extended, "")
        yield (
            *(f"{link}{called}{again}{called}{number}", called),
            *(reference, row.reference, serial, row.serial),
            *(f"{blank}{customer}" if buyer else f'{blank} class="blank"{customer}', buyer),
            *(f"{until}{iso}{ends}", day(row.ends)),
            *(f"{badge}{standing}{extensions}{before}", parts.lengths[row.extensions]),
            f"{after}{end}",
        )


drawn = Drawn(_pieces).html


class Parts:
    """What rows are put together from, in one language on one day; each part is drawn by the screen's template once."""

    def __init__(self, today, grace):
        template = current_app.jinja_env.get_template("contracts/_row.html").module
        self.around = str(template.row(HERE)).split(HERE)
        self.extended, self.not_extended = str(template.extended(HERE)).split(HERE), str(template.not_extended())
        self.lengths, self.badges = Lengths({0: ""}), Badges()
        self.badges.today, self.badges.grace = today, grace


class Lengths(dict):
    """Months of extensions taken: how they are said."""

    def __missing__(self, months):
        self[months] = taken(months)
        return self[months]


class Badges(dict):
    """(End, start) of a contract: the end as machines read it, and the badge beside it."""

    def __missing__(self, key):
        ends, starts = key
        standing = status(date.fromisoformat(starts), ends, self.grace, self.today)
        left = (ends - self.today).days if standing in (Status.EXPIRING, Status.GRACE) else None
        if len(self) > 1000:
            self.clear()
        self[key] = ends.isoformat(), badge(standing, left)
        return self[key]


@lru_cache(maxsize=4)  # a language each, and yesterday's
def _parts(language, today, grace):
    return Parts(today, grace)


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
