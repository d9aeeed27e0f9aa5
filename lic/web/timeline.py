"""Periods as a picture: bars along the days, drawn as SVG on the server (interface.md, Pictures)."""

from dataclasses import dataclass, field
from datetime import timedelta

from babel.dates import format_date
from flask_babel import gettext as _

from lic.models import SubscriptionType
from lic.rules.calendar import add_months, grace_end
from lic.web import words
from lic.web.words import ngettext

TOP, ROW, BAR, FOOT = 18, 50, 20, 20  # px
BEFORE, AFTER = 366, 120  # days shown before today and after the last end
TICKS = 8  # at most, of months


@dataclass(frozen=True)
class Bar:
    style: str  # past, active, next or grace
    x: float  # percent
    width: float
    text: str = ""


@dataclass
class Row:
    label: str
    bars: list = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    rows: list
    ticks: list  # (x, text, whether it is shown on a narrow place too)
    now: float
    first: object
    last: object

    @property
    def is_late(self):
        """Whether today's date has more room on its left."""
        return self.now > 60

    @property
    def bottom(self):
        return TOP + ROW * len(self.rows) + 4

    @property
    def height(self):
        return self.bottom + FOOT

    def y(self, place):
        return TOP + ROW * place + 21


class _Scale:
    def __init__(self, first, last):
        self.first, self.last = first, last
        self.days = (last - first).days + 1

    def x(self, day):
        return round(100 * min(max((day - self.first).days, 0), self.days) / self.days, 2)

    def bar(self, style, from_on, to_on, text=""):
        """A Bar of the days that are in the picture, or None."""
        if to_on < self.first or from_on > self.last:
            return None
        left, right = self.x(from_on), self.x(to_on + timedelta(days=1))
        return Bar(style, left, round(right - left, 2), text if right - left > 12 else "")


def of(several, today, grace_days, added=()):
    """The Picture of subscriptions: (label, Held) pairs. grace_days: a product -> its days of grace.

    added: (label, first day, last day, text) of what would come besides.
    """
    starts = [held.first.from_on for _, held in several] + [start for _, start, _, _ in added]
    ends = [held.last.to_on for _, held in several] + [end for _, _, end, _ in added]
    first = max(min(starts), min(today, max(ends)) - timedelta(days=BEFORE))
    scale = _Scale(min(first, today), max(*ends, today) + timedelta(days=AFTER))
    rows = [_row(label, held, today, grace_days(held.product), scale) for label, held in several]
    rows += [Row(label, [scale.bar("next", start, end, text)]) for label, start, end, text in added]
    return Picture(rows, _ticks(scale), scale.x(today), scale.first, scale.last)


def _row(label, held, today, grace, scale):
    row = Row(label)
    for period in held.periods:
        style = "past" if period.to_on < today else "next" if period.from_on > today else "active"
        seats = held.quantity(period.from_on if today < period.from_on else min(today, period.to_on))
        text = ngettext("%(num)s seat", "%(num)s seats", seats)
        row.bars.append(scale.bar(style, period.from_on, period.to_on, text))
    end = held.last.to_on
    if not held.cancelled and held.type is SubscriptionType.MONTHLY and held.auto_renew:
        row.bars.append(scale.bar("next", end + timedelta(days=1), scale.last, _("renews itself each month")))
    elif not held.cancelled and grace:
        row.bars.append(scale.bar("grace", end + timedelta(days=1), grace_end(end, grace)))
    row.bars = [bar for bar in row.bars if bar]
    return row


def _ticks(scale):
    """The firsts of months, as many as there is room for."""
    months = (scale.last.year - scale.first.year) * 12 + scale.last.month - scale.first.month
    step = next(step for step in (1, 3, 6, 12, 24, 60, 600) if months / step <= TICKS)
    locale = words.LOCALES[words.language()]
    month, ticks = add_months(scale.first.replace(day=1), 1), []
    while month <= scale.last:
        if (month.year * 12 + month.month - 1) % step == 0:
            said = format_date(month, "MMM yy", locale=locale)
            ticks.append((scale.x(month), said, len(ticks) % 2 == 0))
        month = add_months(month, 1)
    return [tick for tick in ticks if tick[0] < 94]
