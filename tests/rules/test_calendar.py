"""Periods, windows and business days (rules.md R, S, X)."""

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lic.rules.calendar import (
    Length,
    Span,
    Status,
    add_business_days,
    add_months,
    calendar_months,
    cooling_off,
    cooling_off_day,
    days,
    decrease_window,
    extended,
    grace_day,
    is_business_day,
    last_month,
    length,
    month_index,
    month_of,
    months_left,
    next_business_day,
    next_day_due,
    next_first,
    next_period,
    period,
    period_end,
    renewal_window,
    started_months,
    status,
    transfer_due,
)

ONE_DAY = timedelta(days=1)
ANNUAL_A = Span(date(2026, 3, 15), date(2027, 3, 14))
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
COUNTRIES = st.sampled_from(["FR", "PT", "BR"])


@pytest.mark.parametrize(
    "start, months, expected",
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 1, 31), 2, date(2027, 3, 31)),  # never 28 March
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(start, months, expected):  # R2
    assert add_months(start, months) == expected


def test_months_outside_the_calendar_are_refused():  # R2
    with pytest.raises(ValueError, match="outside the calendar"):
        add_months(date(2026, 1, 1), 12 * 8000)


@pytest.mark.parametrize(
    "start, months, last",
    [
        (date(2026, 3, 15), 12, date(2027, 3, 14)),
        (date(2026, 12, 1), 18, date(2028, 5, 31)),  # X6
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2027, 1, 31), 1, date(2027, 2, 27)),
    ],
)
def test_a_period_ends_the_day_before_the_next_begins(start, months, last):  # R1, R2
    assert period_end(start, months) == last


def test_a_period_has_at_least_a_month():  # R2
    with pytest.raises(ValueError, match="at least one month"):
        period_end(date(2026, 1, 1), 0)


def test_both_ends_of_a_span_count():  # R1
    assert days(date(2026, 11, 10), date(2026, 11, 30)) == 21
    assert Span(date(2026, 11, 10), date(2026, 11, 10)).days == 1
    assert days(date(2026, 11, 11), date(2026, 11, 10)) == 0
    with pytest.raises(ValueError, match="before"):
        Span(date(2026, 11, 11), date(2026, 11, 10))


def test_anchored_months_of_a_31st_follow_it():  # X9
    year = period(date(2027, 1, 31), 12)
    assert started_months(year, date(2027, 1, 31))[:4] == (
        Span(date(2027, 1, 31), date(2027, 2, 27)),
        Span(date(2027, 2, 28), date(2027, 3, 30)),
        Span(date(2027, 3, 31), date(2027, 4, 29)),
        Span(date(2027, 4, 30), date(2027, 5, 30)),
    )


@pytest.mark.parametrize(
    "on, left",
    [
        (date(2026, 3, 1), 12),  # before it begins: all of it
        (date(2026, 3, 15), 12),
        (date(2026, 4, 14), 12),
        (date(2026, 4, 15), 11),
        (date(2026, 11, 2), 5),  # X3
        (date(2027, 3, 14), 1),
        (date(2027, 3, 15), 0),
    ],
)
def test_started_months_left_of_a_year(on, left):  # R3, 000-44
    assert months_left(ANNUAL_A, on) == left


def test_the_last_started_month_stops_with_the_period():  # O, Term
    odd = Span(date(2026, 1, 10), date(2026, 3, 20))
    assert started_months(odd, date(2026, 3, 1)) == (
        Span(date(2026, 2, 10), date(2026, 3, 9)),
        Span(date(2026, 3, 10), date(2026, 3, 20)),
    )


def test_the_last_month_of_a_year_says_when_it_may_become_monthly():  # X4, 000-45, 000-46
    assert last_month(ANNUAL_A) == Span(date(2027, 2, 15), date(2027, 3, 14))
    assert date(2027, 2, 14) not in last_month(ANNUAL_A)
    assert ANNUAL_A.after == date(2027, 3, 15)


def test_the_last_month_of_a_renewed_29_february_is_counted_from_the_29th():  # R2, 000-45
    second = next_period(period(date(2028, 2, 29), 12), 12)
    assert second == Span(date(2029, 2, 28), date(2030, 2, 27))
    assert last_month(second).from_on == date(2030, 1, 29)


def test_a_renewal_follows_the_old_end_whatever_the_day_of_payment():  # X5, R6
    assert next_period(ANNUAL_A, 12) == Span(date(2027, 3, 15), date(2028, 3, 14))


def test_a_renewal_after_an_odd_end_is_counted_from_its_own_first_day():  # O, Co-termination
    old = Span(date(2026, 1, 31), date(2026, 6, 9))
    new = next_period(old, 12)
    assert new == Span(date(2026, 6, 10), date(2027, 6, 9))
    assert new.counted_from == date(2026, 6, 10)


def test_an_anchor_that_no_longer_fits_is_not_counted_from():  # O, Co-termination; data.md f
    renewed = Span(date(2027, 7, 1), date(2028, 6, 30), anchor=date(2026, 3, 15))
    assert months_left(renewed, date(2027, 7, 1)) == 12
    assert months_left(renewed, date(2027, 11, 2)) == 8


@pytest.mark.parametrize(
    "end, expected",
    [
        (date(2028, 5, 31), Length(18, 0, 30)),
        (date(2027, 11, 30), Length(12, 0, 31)),
        (date(2027, 12, 1), Length(12, 1, 31)),
        (date(2026, 12, 1), Length(0, 1, 31)),
        (date(2027, 2, 14), Length(2, 14, 28)),
    ],
)
def test_a_term_is_whole_months_and_days_of_a_last_partial_one(end, expected):  # O, Term
    assert length(Span(date(2026, 12, 1), end)) == expected


def test_a_renewed_term_is_as_long_as_the_months_asked():  # R2; O, Term
    january = period(date(2027, 1, 31), 1)
    renewed = next_period(january, 1)
    assert renewed == Span(date(2027, 2, 28), date(2027, 3, 30))
    assert length(renewed) == Length(1, 0, 30)


def test_monthly_periods_are_calendar_months_the_first_to_its_end():  # S, 000-38
    assert list(calendar_months(date(2026, 11, 10), date(2027, 1, 31))) == [
        Span(date(2026, 11, 10), date(2026, 11, 30)),
        Span(date(2026, 12, 1), date(2026, 12, 31)),
        Span(date(2027, 1, 1), date(2027, 1, 31)),
    ]
    assert month_of(date(2028, 2, 3)) == Span(date(2028, 2, 1), date(2028, 2, 29))


def test_the_next_first_is_never_today():  # S, monthly
    assert next_first(date(2026, 12, 31)) == date(2027, 1, 1)
    assert next_first(date(2026, 12, 1)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    "today, expected",
    [
        (date(2026, 3, 14), Status.SCHEDULED),
        (date(2026, 3, 15), Status.ACTIVE),
        (date(2027, 2, 12), Status.ACTIVE),  # 30 days before the end
        (date(2027, 2, 13), Status.EXPIRING),
        (date(2027, 3, 14), Status.EXPIRING),
        (date(2027, 3, 15), Status.GRACE),
        (date(2027, 3, 24), Status.GRACE),
        (date(2027, 3, 25), Status.LAPSED),
    ],
)
def test_the_status_of_a_year_nobody_renewed(today, expected):  # X5, 000-43, 000-47, 000-53
    assert status(ANNUAL_A.from_on, ANNUAL_A.to_on, 10, today) is expected


def test_grace_days_are_numbered_from_one():  # X5
    assert grace_day(ANNUAL_A.to_on, 10, date(2027, 3, 14)) == 0
    assert grace_day(ANNUAL_A.to_on, 10, date(2027, 3, 15)) == 1
    assert grace_day(ANNUAL_A.to_on, 10, date(2027, 3, 24)) == 10
    assert grace_day(ANNUAL_A.to_on, 10, date(2027, 3, 25)) == 0


def test_after_a_cancellation_there_is_no_grace():  # Q
    assert status(ANNUAL_A.from_on, ANNUAL_A.to_on, 10, date(2027, 3, 14), cancelled=True) is Status.EXPIRING
    assert status(ANNUAL_A.from_on, ANNUAL_A.to_on, 10, date(2027, 3, 15), cancelled=True) is Status.ENDED


def test_the_service_works_in_grace_and_not_after():  # Q
    assert [one for one in Status if one.works] == [Status.ACTIVE, Status.EXPIRING, Status.GRACE]


def test_a_renewal_is_possible_from_120_days_before_to_the_last_grace_day():  # O, Renewal; 003-15, 003-18
    assert renewal_window(ANNUAL_A.to_on, 120, 10) == Span(date(2026, 11, 15), date(2027, 3, 24))


def test_fewer_seats_are_asked_in_the_last_90_days():  # O, Decrease
    assert decrease_window(ANNUAL_A.to_on, 90) == Span(date(2026, 12, 15), date(2027, 3, 14))
    assert decrease_window(ANNUAL_A.to_on, 0) is None


def test_cooling_off_counts_from_the_later_of_approval_and_first_day():  # O, Cooling-off
    approved, starts = date(2026, 12, 30), date(2026, 12, 28)
    assert cooling_off(approved, starts, 7) == Span(date(2026, 12, 30), date(2027, 1, 5))
    assert cooling_off(approved, date(2027, 1, 4), 7) == Span(date(2027, 1, 4), date(2027, 1, 10))
    assert cooling_off(approved, starts, 0) is None
    asked = [date(2026, 12, 29), date(2026, 12, 30), date(2027, 1, 5), date(2027, 1, 6)]
    assert [cooling_off_day(approved, starts, 7, day) for day in asked] == [0, 1, 7, 0]


@pytest.mark.parametrize(
    "end, extended_to",
    [(date(2023, 12, 9), date(2025, 12, 9)), (date(2024, 2, 29), date(2026, 2, 28))],
)
def test_a_warranty_extension_adds_two_years(end, extended_to):  # X13, 002-28
    assert extended(end, 24) == Span(end + ONE_DAY, extended_to)


# --- business days -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at, country, due",
    [
        (datetime(2026, 11, 20, 15, 59), "FR", date(2026, 11, 23)),  # X17, a Friday
        (datetime(2026, 11, 20, 16, 0), "FR", date(2026, 11, 24)),
        (datetime(2026, 11, 21, 9, 0), "FR", date(2026, 11, 24)),  # Saturday: as if called on Monday
        (datetime(2026, 11, 20, 9, 0), "BR", date(2026, 11, 24)),  # Consciência Negra
        (datetime(2026, 11, 10, 9, 0), "FR", date(2026, 11, 12)),  # over Armistice Day
        (datetime(2026, 12, 31, 15, 59), "PT", date(2027, 1, 4)),
    ],
)
def test_the_next_day_is_for_calls_before_sixteen(at, country, due):  # 002-28, X17
    assert next_day_due(at, country) == due


@pytest.mark.parametrize(
    "day, works_in",
    [
        (date(2026, 7, 14), {"PT", "BR"}),
        (date(2026, 6, 10), {"FR", "BR"}),
        (date(2026, 9, 7), {"FR", "PT"}),
        (date(2026, 5, 1), set()),
        (date(2026, 4, 6), {"PT", "BR"}),  # Easter Monday
        (date(2026, 4, 3), {"FR"}),  # Good Friday
        (date(2026, 11, 22), set()),  # a Sunday
    ],
)
def test_each_country_keeps_its_own_holidays(day, works_in):  # R7
    assert {country for country in ("FR", "PT", "BR") if is_business_day(day, country)} == works_in


def test_a_transfer_is_due_seven_to_ten_business_days_after_its_letter():  # 003-24
    assert transfer_due(date(2026, 11, 2), "FR") == Span(date(2026, 11, 12), date(2026, 11, 17))


def test_the_first_business_day_after_is_number_one():  # R7
    assert next_business_day(date(2026, 12, 24), "FR") == date(2026, 12, 28)
    with pytest.raises(ValueError, match="number 1"):
        add_business_days(date(2026, 12, 24), 0, "FR")


# --- for any dates -----------------------------------------------------------------------------


@given(DAYS, st.integers(1, 60))
def test_anchored_months_tile_a_period_without_gap_or_overlap(start, months):  # R1, R2, X9
    whole = period(start, months)
    tiles = started_months(whole, start)
    assert len(tiles) == months
    assert (tiles[0].from_on, tiles[-1].to_on) == (whole.from_on, whole.to_on)
    assert all(late.from_on == early.to_on + ONE_DAY for early, late in zip(tiles, tiles[1:], strict=False))
    assert sum(tile.days for tile in tiles) == whole.days


@given(DAYS, st.lists(st.integers(1, 36), min_size=1, max_size=8))
def test_renewals_tile_and_never_drift_from_their_anchor(start, lengths):  # R2, R6
    one = period(start, 1)
    for months in lengths:
        following = next_period(one, months)
        assert following.from_on == one.to_on + ONE_DAY
        one = following
    assert one.to_on == period_end(start, 1 + sum(lengths))


@given(DAYS, st.integers(0, 4000))
def test_calendar_months_tile_any_days(start, more):  # S, monthly
    end = start + timedelta(days=more)
    tiles = list(calendar_months(start, end))
    assert (tiles[0].from_on, tiles[-1].to_on) == (start, end)
    assert all(late.from_on == early.to_on + ONE_DAY for early, late in zip(tiles, tiles[1:], strict=False))
    assert all(tile.from_on.month == tile.to_on.month and tile.days <= 31 for tile in tiles)


@given(DAYS, DAYS)
def test_every_day_is_in_exactly_one_anchored_month(anchor, day):  # X9
    index = month_index(anchor, day)
    assert add_months(anchor, index) <= day < add_months(anchor, index + 1)


@given(DAYS, st.integers(1, 48), st.integers(0, 1500))
def test_started_months_left_never_grow_with_time(start, months, later):  # R3
    whole = period(start, months)
    assert months_left(whole, start + timedelta(days=later)) >= months_left(whole, start + timedelta(days=later + 1))


@given(DAYS, st.integers(0, 1500))
def test_the_length_of_a_term_gives_back_its_end(start, more):  # O, Term
    end = start + timedelta(days=more)
    long = length(Span(start, end))
    assert 0 <= long.days < long.of
    assert add_months(start, long.months) + timedelta(days=long.days - 1) == end
    longer = length(Span(start, end + ONE_DAY))
    assert long.fraction < longer.fraction <= long.fraction + Fraction(1, 28)


@given(DAYS, st.integers(0, 800), st.integers(0, 40), st.integers(-900, 900), st.booleans())
def test_a_period_has_one_status_every_day_and_they_follow_each_other(start, more, grace, offset, cancelled):  # S
    end = start + timedelta(days=more)
    today = end + timedelta(days=offset)
    order = list(Status)
    now, next_day = (status(start, end, grace, day, cancelled) for day in (today, today + ONE_DAY))
    assert order.index(now) <= order.index(next_day)
    assert (now is Status.GRACE) == (grace_day(end, grace, today) > 0 and not cancelled and today >= start)


@given(DAYS, st.integers(1, 30), COUNTRIES)
def test_business_days_are_worked_and_counted(day, count, country):  # R7
    due = add_business_days(day, count, country)
    between = [day + timedelta(days=i) for i in range(1, (due - day).days + 1)]
    assert is_business_day(due, country)
    assert sum(is_business_day(one, country) for one in between) == count


@given(st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)), COUNTRIES)
def test_a_later_call_is_never_due_earlier(at, country):  # X17
    assert at.date() < next_day_due(at, country) <= next_day_due(at + timedelta(hours=1), country)
