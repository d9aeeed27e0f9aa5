"""Usage statements: everything that was charged, line by line, and this month so far (004-22)."""

import json
from datetime import date, timedelta

from flask import Blueprint, abort
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_
from lic.rules import arrears
from lic.rules.calendar import month_of
from lic.web import billed, clock, exports, words
from lic.web.guard import PRICED, allow

bp = Blueprint("statements", __name__, url_prefix="/statements")


def _month(today):
    return {"spans": (("starts", month_of(today).from_on, month_of(today).to_on),)}


def _last_month(today):
    return _month(month_of(today).from_on - timedelta(days=1))


def _year(today):
    return {"spans": (("starts", date(today.year, 1, 1), date(today.year, 12, 31)),)}


FILTERS = (
    Filter(
        "period",
        N_("Period"),
        (
            Choice("", NC_("lines", "All")),
            Choice("month", N_("This month"), _month),
            Choice("last", N_("Last month"), _last_month),
            Choice("year", N_("This year"), _year),
        ),
    ),
)


def title(row):
    return words.word(json.loads(row.label))


def ends(row):
    return date.fromisoformat(row.ends)


def part(row):
    covered = (ends(row) - row.starts).days + 1
    return billed.part(row.kind, row.numerator, row.denominator, covered)


BUYER = Column("buyer", N_("Buyer"))
COLUMNS = (
    Column("product", N_("Item"), value=title),
    Column("starts", NC_("day", "From")),
    Column("quantity", N_("Quantity"), end=True),
    Column("unit", N_("Unit price"), end=True, value=lambda row: billed.decimal(row.unit)),
    Column("net", N_("Without VAT"), end=True, value=lambda row: billed.decimal(row.net)),
    Column("invoice", N_("Invoice")),
)
ALSO = (
    Column("ends", NC_("day", "To"), value=ends),
    Column("part", N_("Part"), value=part),
    Column("subscription", N_("Subscription")),
    Column("currency", N_("Currency")),
)


def _listing(*columns):
    return Listing(
        "statements",
        Large(search.CHARGES),
        columns,
        sort="-starts",
        counted=NN_("%(count)s line", "%(count)s lines"),
        filters=FILTERS,
        also=ALSO,
    )


MINE, ALL = _listing(*COLUMNS), _listing(BUYER, *COLUMNS)


def _list():
    return ALL if current_user.organisation.is_distributor else MINE


@bp.get("")
@allow(PRICED)
def index():
    said = {"title": title, "ends": ends, "part": part, "what": lambda row: billed.called(row.kind)}
    return _list().screen("statements/index.html", **said, running=_running, month=month_of(clock.today()))


def _running():
    """What a buyer has used this month and gets on the next 1st."""
    buyer = current_user.organisation
    return arrears.expected(buyer, clock.today()) if buyer.is_buyer else []


@bp.get("/export.<kind>")
@allow(PRICED)
def export(kind):
    return _list().export(kind) if kind in exports.TYPES else abort(404)
