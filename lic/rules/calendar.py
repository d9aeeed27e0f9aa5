"""Days, months and periods: all of them with both ends inclusive (R1), all of them from dates given by the caller.

What ends past the year 9999 raises ValueError or OverflowError: callers bound their inputs long before.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from fractions import Fraction
from functools import cache

from lic.models import N_, Labelled

EXPIRING_DAYS = 30  # S: active, and less than this to its end
CALL_BEFORE = time(16)  # 002-28, "Appel avant 16H"
TRANSFER_BUSINESS_DAYS = (7, 10)  # 003-24
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """From one day to another, both included. A period's `anchor` is its subscription's first day."""

    from_on: date
    to_on: date
    anchor: date | None = field(default=None, compare=False)

    def __post_init__(self):
        if self.to_on < self.from_on:
            raise ValueError(f"{self.to_on} is before {self.from_on}")

    def __contains__(self, day):
        return self.from_on <= day <= self.to_on

    @property
    def days(self):
        return (self.to_on - self.from_on).days + 1

    @property
    def after(self):
        """The day after it: when what waits for its end takes effect."""
        return self.to_on + ONE_DAY

    @property
    def counted_from(self):
        """Where its months are counted from: the anchor, if it begins with one of the anchor's months.

        If not (it follows a term or a co-termination that ended on any day), its own first day.
        """
        if self.anchor and add_months(self.anchor, month_index(self.anchor, self.from_on)) == self.from_on:
            return self.anchor
        return self.from_on

    def within(self, other):
        """The days that are in both, as a Span, or None. An `other.to_on` of None has no end."""
        first = max(self.from_on, other.from_on)
        last = self.to_on if other.to_on is None else min(self.to_on, other.to_on)
        return Span(first, last) if first <= last else None


def days(from_on, to_on):
    """How many days, both ends included; 0 when they are the wrong way round."""
    return max((to_on - from_on).days + 1, 0)


# --- months counted from an anchor (R2) --------------------------------------------------------


def add_months(start, months):
    """The same day of the month `months` later (or earlier), or that month's last day.

    Always count from the original anchor: 31 Jan + 1 is 28 Feb, 31 Jan + 2 is 31 Mar again.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"{months} months from {start} is outside the calendar")
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def period(start, months, anchor=None):
    """`months` months from `start`, counted from the anchor if there is one (R2)."""
    if months < 1:
        raise ValueError(f"a period has at least one month, not {months}")
    anchor = Span(start, start, anchor).counted_from
    return Span(start, add_months(anchor, month_index(anchor, start) + months) - ONE_DAY, anchor)


def period_end(start, months):
    """The last day of a period of `months` months from `start` (R2)."""
    return period(start, months).to_on


def next_period(old, months):
    """The period after an old one: from the next day, whatever the day of payment (R6).

    Its months go on from the old anchor, so that years from a 29 Feb or months from a 31 Jan never drift.
    """
    return period(old.after, months, old.counted_from)


def month_index(anchor, day):
    """Which anchored month `day` is in: 0 is the first one; negative before the anchor."""
    index = (day.year - anchor.year) * 12 + day.month - anchor.month
    return index if add_months(anchor, index) <= day else index - 1


def anchored_month(anchor, index):
    """The index-th month from the anchor, counted from 0 (X9)."""
    return Span(add_months(anchor, index), add_months(anchor, index + 1) - ONE_DAY)


def started_months(period, on):
    """The anchored months of a period from the one `on` is in to its end; as many are charged by month (R3).

    The last one stops at the period's end. A day before the period counts from its start; after it there are none.
    """
    anchor, on = period.counted_from, max(on, period.from_on)
    months = range(month_index(anchor, on), month_index(anchor, period.to_on) + 1) if on <= period.to_on else ()
    return tuple(anchored_month(anchor, index).within(period) for index in months)


def months_left(period, on):
    """How many started months of a period are left on a day, that day's included."""
    return len(started_months(period, on))


def last_month(period):
    """The last anchored month: `[start + 11 months, end]` of an annual period (000-45, 000-46)."""
    return started_months(period, period.to_on)[-1]


@dataclass(frozen=True)
class Length:
    """Whole months, then `days` of a last partial month that has `of` real days (O, Term)."""

    months: int
    days: int
    of: int

    @property
    def fraction(self):
        """The length in months, exactly."""
        return self.months + Fraction(self.days, self.of)


def length(term):
    """How long a term is; a term of whole months has no days."""
    anchor = term.counted_from
    partial = anchored_month(anchor, month_index(anchor, term.after))
    months = month_index(anchor, partial.from_on) - month_index(anchor, term.from_on)
    return Length(months, days(partial.from_on, term.to_on), partial.days)


# --- calendar months (monthly billing) ---------------------------------------------------------


def month_of(day):
    """The calendar month a day is in."""
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def next_first(day):
    """The 1st of the month after this one, also when asked on a 1st."""
    return month_of(day).to_on + ONE_DAY


def calendar_months(from_on, to_on):
    """The calendar months of those days, the first and the last cut to them (S, monthly)."""
    while from_on <= to_on:
        month = Span(from_on, min(month_of(from_on).to_on, to_on))
        yield month
        from_on = month.to_on + ONE_DAY


# --- what the dates of a period say (S) --------------------------------------------------------


class Status(Labelled):
    """Of a period or a contract; never stored."""

    SCHEDULED = "scheduled", N_("Scheduled")
    ACTIVE = "active", N_("Active")
    EXPIRING = "expiring", N_("Ending soon")
    GRACE = "grace", N_("In grace")
    LAPSED = "lapsed", N_("Lapsed")
    ENDED = "ended", N_("Ended")

    @property
    def works(self):
        """The service is on: in grace too, flagged (Q)."""
        return self in (Status.ACTIVE, Status.EXPIRING, Status.GRACE)


def status(starts_on, ends_on, grace_days, today, cancelled=False):
    """X5. After a cancellation there is no grace (Q)."""
    if today < starts_on:
        return Status.SCHEDULED
    if today <= ends_on:
        return Status.EXPIRING if (ends_on - today).days < EXPIRING_DAYS else Status.ACTIVE
    if cancelled:
        return Status.ENDED
    return Status.GRACE if today <= grace_end(ends_on, grace_days) else Status.LAPSED


def grace_end(ends_on, grace_days):
    """The last day on which it can still be renewed (000-43, 003-18)."""
    return ends_on + timedelta(days=grace_days)


def grace_day(ends_on, grace_days, today):
    """Which day of grace it is, from 1, or 0 when it is none."""
    late = (today - ends_on).days
    return late if 1 <= late <= grace_days else 0


def renewal_window(ends_on, renew_window_days, grace_days):
    """The days on which a renewal may be ordered (O, Renewal)."""
    return Span(ends_on + timedelta(days=1 - renew_window_days), grace_end(ends_on, grace_days))


def decrease_window(ends_on, decrease_window_days):
    """The days on which a renewal may ask for fewer seats: the period's last ones, not its grace (O, Decrease).

    None when the parameter leaves no day at all.
    """
    if decrease_window_days < 1:
        return None
    return Span(ends_on + timedelta(days=1 - decrease_window_days), ends_on)


def cooling_off(approved_on, starts_on, cooling_off_days):
    """The days on which what was bought may be given back; the first is the later of approval and first day.

    None when the parameter leaves no day at all.
    """
    first = max(approved_on, starts_on)
    return Span(first, first + timedelta(days=cooling_off_days - 1)) if cooling_off_days else None


def cooling_off_day(approved_on, starts_on, cooling_off_days, today):
    """Which day of it today is, from 1, or 0 when it is none."""
    window = cooling_off(approved_on, starts_on, cooling_off_days)
    return days(window.from_on, today) if window and today in window else 0


def extended(ends_on, months):
    """What a warranty extension adds: from the day after the end (X13)."""
    return period(ends_on + ONE_DAY, months)


# --- business days (R7) ------------------------------------------------------------------------


@cache
def holidays(country, year):
    """The national holidays of FR, PT or BR in one year, as a set of dates."""
    from holidays import country_holidays  # here: it takes a sixth of the time the whole portal has to start

    return frozenset(country_holidays(country, years=year))


def is_business_day(day, country):
    return day.weekday() < 5 and day not in holidays(country, day.year)


def add_business_days(day, count, country):
    """The count-th business day after `day`, from 1."""
    if count < 1:
        raise ValueError(f"the first business day after a day is number 1, not {count}")
    while count:
        day += ONE_DAY
        count -= is_business_day(day, country)
    return day


def next_business_day(day, country):
    return add_business_days(day, 1, country)


def next_day_due(at, country):
    """When "J+1, call before 16:00" is due (X17), for a call at `at`, the wall clock of the business time zone.

    A call that is late, or on a day nobody works, counts as one of the next business day.
    """
    on_time = at.time() < CALL_BEFORE and is_business_day(at.date(), country)
    return add_business_days(at.date(), 1 if on_time else 2, country)


def transfer_due(received_on, country):
    """The first and the last day to execute a transfer once its signed letter is there (003-24)."""
    first, last = TRANSFER_BUSINESS_DAYS
    return Span(add_business_days(received_on, first, country), add_business_days(received_on, last, country))
