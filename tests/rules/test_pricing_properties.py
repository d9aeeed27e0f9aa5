"""What holds for every price, quantity and date, whatever the example."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lic.rules.calendar import add_months, calendar_months, month_of, next_first, period
from lic.rules.pricing import (
    ZERO,
    Block,
    LicenceOrder,
    Line,
    Tax,
    annual,
    annual_added,
    assurance_added,
    assurance_upgrade,
    cotermination,
    from_cents,
    monthly_lines,
    net,
    plan_change,
    refund,
    rounded,
    split,
    split_amount,
    term,
    term_added,
    to_cents,
    totals,
)

STARTS = st.dates(date(2000, 1, 1), date(2060, 12, 31)) | st.sampled_from(
    [date(2024, 2, 29), date(2027, 1, 31), date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 29)]
)
SEATS = st.integers(1, 100_000)
PRICES = st.integers(0, 10_000_000).map(from_cents)
MONTHS = st.integers(1, 60)
OFFSETS = st.integers(0, 364)
CENT = Decimal("0.01")


# --- rounding ----------------------------------------------------------------------------------


@given(st.fractions(-(10**9), 10**9))
def test_rounding_is_never_half_a_cent_off_and_the_same_on_both_sides(exact):  # R4
    assert abs(Fraction(rounded(exact)) - exact) <= Fraction(1, 200)
    assert rounded(-exact) == -rounded(exact)


@given(st.integers(-(10**15), 10**15))
def test_cents_survive(cents):  # R4
    assert to_cents(from_cents(cents)) == cents


@given(st.lists(st.tuples(PRICES, st.sampled_from([None, 0, 550, 2000, 2300]).map(Tax)), max_size=20))
def test_totals_add_up(taxed):  # R4
    sums = totals(taxed)
    assert sums.net == sum((amount for amount, _ in taxed), ZERO)
    assert sums.gross == sums.net + sum(rate.vat for rate in sums.rates)
    assert totals(taxed[::-1]).gross == sums.gross


# --- splits ------------------------------------------------------------------------------------


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 100_000), min_size=1, max_size=30).filter(any))
def test_the_parts_of_a_split_always_sum_and_are_fair(total, weights):  # X10, 004-20
    parts = split(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part - Fraction(total * weight, sum(weights))) < 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(PRICES, st.lists(SEATS, min_size=1, max_size=12))
def test_the_parts_of_an_amount_sum_to_the_cent(amount, weights):  # X10, 004-20
    assert sum(split_amount(amount, weights)) == amount


# --- more seats never cost less ----------------------------------------------------------------


@given(SEATS, PRICES, PRICES, STARTS, OFFSETS, MONTHS)
def test_one_more_seat_never_costs_less(seats, low, high, start, offset, months):
    year, on = period(start, 12), start + timedelta(days=min(offset, 364))
    whole, low, high = period(start, months), min(low, high), max(low, high)
    early = min(on, whole.to_on)
    for cost in (
        lambda n: Line(n, low, offset, 365).net,
        lambda n: LicenceOrder(n, low, high, bonus_every=10).with_setup,
        lambda n: annual(n, low, year).net,
        lambda n: annual_added(n, low, year, on).net,
        lambda n: annual_added(n, low, year, on, "day").net,
        lambda n: plan_change(n, low, high, year, on).line.net,
        lambda n: term(n, low, whole).net,
        lambda n: term_added(n, low, whole, early).net,
        lambda n: assurance_added(n, low, whole, early).net,
        lambda n: assurance_upgrade(n, low, high, whole, early).net,
        lambda n: net(cotermination(n, low, year, year.to_on + timedelta(days=offset))),
        lambda n: net(monthly_lines([Block(n, low, on)], on)),
    ):
        assert ZERO <= cost(seats) <= cost(seats + 1)


@given(SEATS, PRICES, STARTS, st.integers(0, 363))
def test_seats_added_later_never_cost_more(seats, price, start, offset):  # 000-44
    year, on = period(start, 12), start + timedelta(days=offset)
    for rule in ("month_ceil", "day"):
        now, later = (annual_added(seats, price, year, day, rule).net for day in (on, on + timedelta(days=1)))
        assert later <= now <= annual(seats, price, year).net


@given(SEATS, PRICES, STARTS)
def test_seats_added_on_the_first_day_cost_the_whole_year(seats, price, start):  # 000-44
    year = period(start, 12)
    for rule in ("month_ceil", "day"):
        assert annual_added(seats, price, year, start, rule).net == annual(seats, price, year).net


# --- adding then removing never gains money ----------------------------------------------------


@given(
    st.integers(1, 500),
    PRICES,
    STARTS,
    OFFSETS,
    st.sampled_from(["month_ceil", "day"]),
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 6)), max_size=12),
)
def test_giving_back_added_seats_never_gains_money(seats, price, start, offset, rule, asked):  # O, Cooling-off
    year = period(start, 12)
    line = annual_added(seats, price, year, min(start + timedelta(days=offset), year.to_on), rule)
    back, left = ZERO, seats
    for some, day in sorted(asked, key=lambda one: one[1]):
        if not left:
            break
        given_back = refund(line, min(some, left), line.from_on + timedelta(days=day), back)
        assert given_back.net >= 0
        back, left = back + given_back.net, left - min(some, left)
    assert back <= line.net


@given(SEATS, PRICES, STARTS, MONTHS, OFFSETS, st.integers(1, 100_000))
def test_a_refund_is_never_more_than_its_share_and_shrinks_with_time(seats, price, start, months, day, some):
    line, some = term(seats, price, period(start, months)), min(some, seats)
    now, later = (refund(line, some, start + timedelta(days=day + more)) for more in (0, 1))
    assert later.net <= now.net <= rounded(Fraction(line.net) * some / seats) <= line.net


@given(
    st.lists(
        st.tuples(st.integers(1, 1000), st.integers(0, 200), st.none() | st.integers(0, 6)), min_size=1, max_size=6
    ),
    PRICES,
    STARTS,
)
def test_monthly_seats_added_and_removed_are_always_paid_for_the_days_they_were_there(bought, price, start):  # 000-40
    """Removed from a later 1st: all the bills together are the days of every block, to half a cent a line."""
    blocks = []
    for quantity, after, kept in bought:
        first = start + timedelta(days=after)
        last = add_months(next_first(first), kept or 0) - timedelta(days=1)
        blocks.append(Block(quantity, price, first, last))
    charged, exact, count = ZERO, Fraction(0), 0
    for month in calendar_months(month_of(start).from_on, max(block.to_on for block in blocks)):
        lines = monthly_lines(blocks, month.from_on)
        assert all(line.net >= 0 and line.from_on in month and line.to_on in month for line in lines)
        charged, count = charged + net(lines), count + len(lines)
        for block in blocks:
            covered = month.within(block)
            exact += block.quantity * Fraction(price) * covered.days / month.days if covered else 0
    assert abs(Fraction(charged) - exact) <= Fraction(count, 200)


@given(st.lists(st.tuples(SEATS, OFFSETS), min_size=1, max_size=6), PRICES, STARTS)
def test_whole_months_as_one_line_cost_what_they_would_apart(bought, price, start):  # O, Monthly billing
    blocks = [Block(quantity, price, start - timedelta(days=offset)) for quantity, offset in bought]
    together = monthly_lines(blocks, start)
    assert net(together) == sum((net(monthly_lines([block], start)) for block in blocks), ZERO)


@given(st.integers(1, 1000), PRICES, STARTS, st.integers(0, 900))
def test_co_termination_pays_for_exactly_its_days(seats, price, start, more):  # O, Co-termination
    year = period(start, 12)
    end = year.to_on + timedelta(days=more)
    lines = cotermination(seats, price, year, end)
    assert sum(line.numerator for line in lines) == more
    assert not lines or (lines[0].from_on, lines[-1].to_on) == (year.after, end)
    assert all(late.from_on == early.to_on + timedelta(days=1) for early, late in zip(lines, lines[1:], strict=False))


@given(st.integers(1, 1000), PRICES, STARTS, st.integers(1, 1000))
def test_two_orders_of_seats_cost_one_of_both_but_for_a_cent(seats, price, start, more):  # R4
    year = period(start, 12)
    apart = annual_added(seats, price, year, start).net + annual_added(more, price, year, start).net
    assert abs(annual_added(seats + more, price, year, start).net - apart) <= CENT
