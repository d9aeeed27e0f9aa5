"""The distributor's dashboard: orders waiting, what ends, recurring revenue, incidents (screens.md)."""

from babel.dates import format_date, format_skeleton
from flask import Blueprint

from lic.rules import approvals, figures
from lic.web import charts, clock, kept, words
from lic.web.guard import DISTRIBUTOR, allow

bp = Blueprint("dashboard", __name__, url_prefix="/dashboard")

SHOWN = 8  # orders that wait


def _month(day):
    return format_date(day, "LLL", words.language())


def _month_of(day):
    """With its year, as each language joins them: novembre 2026, novembro de 2026."""
    return format_skeleton("yMMMM", day, locale=words.language())


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    """Numbers, each with a picture and the table behind it; incidents grow older by the hour."""
    late = tuple(figures.incidents(clock.now()))
    return kept.page("dashboard/index.html", lambda: _shown(late), late)


def _shown(late):
    today, waiting = clock.today(), list(approvals.waiting())
    ends, income = figures.ends_by_month(today), figures.recurring(today)
    shown = {"waiting": waiting[:SHOWN], "waits": len(waiting), "soon": figures.ending_soon(today), "month": _month_of}
    shown |= {
        "ends": ends,
        "income": income,
        "incidents": late,
        "currencies": _currencies(income),
    }
    shown["ends_chart"] = charts.columns([(_month(day), rest) for day, *rest in ends], ("one", "two"))
    shown["income_charts"] = {c: _income(income, c) for c in shown["currencies"]}
    rows = [(words.word(state), counts) for state, counts in late]
    shown["incidents_chart"] = charts.strips(rows, ("age-1", "age-2", "age-3"))
    return shown


def _currencies(income):
    """The one with the largest number first."""
    return sorted({c for _, by in income for c in by}, key=lambda c: (-income[-1][1].get(c, 0), c))


def _income(income, currency):
    return charts.columns([(_month(day), (by.get(currency, 0),)) for day, by in income], ("one",))
