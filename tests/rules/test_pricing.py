"""What everything costs (rules.md R4, O, X): the worked examples, and what holds for any quantity and date."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from lic.models import Plan
from lic.rules.calendar import Span, period
from lic.rules.pricing import (
    Block,
    LicenceOrder,
    Line,
    Tax,
    annual,
    annual_added,
    annual_renewal,
    assurance,
    assurance_added,
    assurance_renewal,
    assurance_upgrade,
    change_to_annual,
    cotermination,
    first_month,
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
    why_not_upgrade,
)

ANNUAL_A = Span(date(2026, 3, 15), date(2027, 3, 14))
MONTHLY, ANNUAL = Decimal("4.00"), Decimal("36.00")
STANDARD, PREMIUM = Decimal("0.50"), Decimal("0.80")
TWO_NOVEMBER = date(2026, 11, 2)


# --- money (R4) --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exact, expected",
    [
        (Decimal("0.005"), "0.01"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("2.675"), "2.68"),
        (Decimal("0.00499999999999999999999999999999999999"), "0.00"),
        (Fraction(1, 3), "0.33"),
        (Decimal("36"), "36.00"),
    ],
)
def test_half_a_cent_rounds_away_from_zero(exact, expected):  # R4
    assert str(rounded(exact)) == expected


def test_cents_and_amounts_are_the_same_money():  # R4
    assert to_cents(Decimal("2099.00")) == 209900
    assert str(from_cents(5)) == "0.05"


def test_the_fraction_of_a_line_is_never_rounded_first():  # R4
    assert Line(1000, Decimal("3.00"), 1, 3).net == Decimal("1000.00")
    assert Line(5, MONTHLY, 13, 30).net == Decimal("8.67")


@pytest.mark.parametrize("numerator, denominator, discount", [(-1, 1, 0), (1, 0, 0), (1, 1, 2)])
def test_a_line_refuses_what_is_no_part_of_a_price(numerator, denominator, discount):  # R4
    with pytest.raises(ValueError, match="no such part"):
        Line(1, MONTHLY, numerator, denominator, Decimal(discount))


def test_vat_is_computed_once_per_rate_on_the_sum():  # R4: three times 0.07 would be 0.21
    taxed = totals([(Decimal("0.33"), Tax(2000))] * 3 + [(Decimal("10.00"), Tax(550))])
    assert [(rate.rate_bp, rate.net, rate.vat) for rate in taxed.rates] == [
        (2000, Decimal("0.99"), Decimal("0.20")),
        (550, Decimal("10.00"), Decimal("0.55")),
    ]
    assert (taxed.net, taxed.vat, taxed.gross) == (Decimal("10.99"), Decimal("0.75"), Decimal("11.74"))


def test_without_a_rate_there_is_no_vat():  # demo.md: price list Brasil
    taxed = totals([(Decimal("599.00"), Tax())])
    assert (taxed.vat, taxed.gross) == (Decimal("0.00"), Decimal("599.00"))
    assert totals([]).gross == Decimal("0.00")


# --- licences in stock -------------------------------------------------------------------------


def test_a_licence_order_charges_what_is_ordered_and_gives_the_bonus():  # X12, 001-18..21
    order = LicenceOrder(10, Decimal("59.90"), Decimal("150.00"), bonus_every=10, users_per_unit=3)
    assert (order.bonus, order.total_quantity, order.users) == (1, 11, 33)
    assert (order.monthly, order.setup, order.with_setup) == (
        Decimal("599.00"),
        Decimal("1500.00"),
        Decimal("2099.00"),
    )


@pytest.mark.parametrize("quantity, every, bonus", [(9, 10, 0), (19, 10, 1), (20, 10, 2), (50, None, 0)])
def test_only_a_full_ten_gives_a_bonus(quantity, every, bonus):  # 001-19
    assert LicenceOrder(quantity, MONTHLY, bonus_every=every).bonus == bonus


def test_licences_in_stock_are_paid_by_day_from_their_approval():  # O, Licences in stock
    line = first_month(10, Decimal("59.90"), date(2026, 11, 22))
    assert (line.numerator, line.denominator) == (9, 30)
    assert (line.from_on, line.to_on) == (date(2026, 11, 22), date(2026, 11, 30))
    assert line.net == Decimal("179.70")


# --- monthly -----------------------------------------------------------------------------------


def test_the_first_partial_month_is_by_day():  # X1, 000-38
    (line,) = monthly_lines([Block(10, MONTHLY, date(2026, 11, 10))], date(2026, 11, 1))
    assert (line.numerator, line.denominator, line.net) == (21, 30, Decimal("28.00"))


def test_seats_added_within_the_month_are_a_line_of_their_own():  # X2, 000-40
    blocks = [Block(10, MONTHLY, date(2026, 11, 10)), Block(5, MONTHLY, date(2026, 11, 18))]
    lines = monthly_lines(blocks, date(2026, 11, 30))
    assert [line.net for line in lines] == [Decimal("28.00"), Decimal("8.67")]
    taxed = totals([(net(lines), Tax(2000))])
    assert (taxed.net, taxed.vat, taxed.gross) == (Decimal("36.67"), Decimal("7.33"), Decimal("44.00"))


def test_whole_months_of_one_price_are_one_line():  # O, Monthly billing
    blocks = [
        Block(10, MONTHLY, date(2026, 11, 10)),
        Block(5, MONTHLY, date(2026, 11, 18)),
        Block(2, Decimal("5.00"), date(2026, 12, 1), date(2026, 12, 31)),
        Block(7, MONTHLY, date(2026, 1, 1), date(2026, 11, 30)),  # over
    ]
    lines = monthly_lines(blocks, date(2026, 12, 15))
    assert [(line.quantity, line.unit, line.net) for line in lines] == [
        (15, MONTHLY, Decimal("60.00")),
        (2, Decimal("5.00"), Decimal("10.00")),
    ]


@pytest.mark.parametrize("rule, charged", [("prorata", "28.00"), ("full", "40.00"), ("free", "0.00")])
def test_a_price_list_may_charge_the_first_month_in_full_or_not_at_all(rule, charged):  # P, monthly_first
    start = date(2026, 11, 10)
    blocks = [Block(10, MONTHLY, start)]
    assert net(monthly_lines(blocks, start, start, rule)) == Decimal(charged)
    assert net(monthly_lines(blocks, date(2026, 12, 1), start, rule)) == Decimal("40.00")


def test_seats_added_later_are_by_day_whatever_the_first_month_was():  # P, monthly_first
    added = [Block(5, MONTHLY, date(2026, 12, 16))]
    assert net(monthly_lines(added, date(2026, 12, 1), date(2026, 11, 10), "free")) == rounded(Fraction(20 * 16, 31))
    whole = [Block(5, MONTHLY, date(2026, 12, 1))]
    assert net(monthly_lines(whole, date(2026, 12, 1), date(2026, 12, 1), "free")) == Decimal("20.00")


def test_a_february_of_a_leap_year_has_29_days():  # R3
    (line,) = monthly_lines([Block(1, Decimal("29.00"), date(2028, 2, 29))], date(2028, 2, 1))
    assert (line.numerator, line.denominator, line.net) == (1, 29, Decimal("1.00"))


def test_monthly_becomes_annual_on_the_next_first_paid_in_advance():  # 000-41
    line = change_to_annual(10, ANNUAL, date(2026, 11, 22))
    assert (line.from_on, line.to_on, line.net) == (date(2026, 12, 1), date(2027, 11, 30), Decimal("360.00"))


# --- annual ------------------------------------------------------------------------------------


def test_seats_added_to_a_year_are_paid_by_started_month():  # X3, 000-44
    line = annual_added(5, ANNUAL, ANNUAL_A, TWO_NOVEMBER)
    assert (line.numerator, line.denominator, line.net) == (5, 12, Decimal("75.00"))
    assert (line.from_on, line.to_on) == (TWO_NOVEMBER, ANNUAL_A.to_on)


def test_seats_added_to_a_year_may_be_paid_by_day():  # X3, annual_addon=day
    line = annual_added(5, ANNUAL, ANNUAL_A, TWO_NOVEMBER, "day")
    assert (line.numerator, line.denominator, line.net) == (133, 365, Decimal("65.59"))


def test_by_day_is_a_part_of_a_year_also_in_a_shorter_period():  # R3; O, Co-termination
    aligned = Span(date(2027, 3, 15), date(2027, 6, 30), ANNUAL_A.from_on)
    line = annual_added(5, ANNUAL, aligned, date(2027, 6, 1), "day")
    assert (line.numerator, line.denominator) == (30, 366)


@pytest.mark.parametrize("on, months", [(date(2026, 3, 1), 12), (date(2026, 3, 15), 12), (date(2027, 3, 14), 1)])
def test_the_first_and_the_last_day_of_a_year(on, months):  # 000-44
    assert annual_added(1, ANNUAL, ANNUAL_A, on).net == 3 * months


def test_nothing_can_be_added_after_the_end():  # S: in grace only renewing
    with pytest.raises(ValueError, match="before"):
        annual_added(5, ANNUAL, ANNUAL_A, date(2027, 3, 15))


def test_a_renewed_year_follows_the_old_one():  # X5
    line = annual_renewal(20, ANNUAL, ANNUAL_A)
    assert (line.from_on, line.to_on, line.net) == (date(2027, 3, 15), date(2028, 3, 14), Decimal("720.00"))


def test_a_dearer_product_is_paid_for_the_months_left():  # O, Plan change
    change = plan_change(20, ANNUAL, Decimal("48.00"), ANNUAL_A, TWO_NOVEMBER)
    assert (change.effective_on, change.line.net) == (TWO_NOVEMBER, Decimal("100.00"))
    assert change.line.to_on == ANNUAL_A.to_on


def test_a_cheaper_product_waits_for_the_renewal_without_credit():  # O, Plan change
    change = plan_change(20, ANNUAL, Decimal("30.00"), ANNUAL_A, TWO_NOVEMBER)
    assert (change.effective_on, change.line) == (date(2027, 3, 15), None)


def test_a_co_termination_is_paid_by_day_of_that_year():  # O, Co-termination
    (line,) = cotermination(10, ANNUAL, ANNUAL_A, date(2027, 6, 30))
    assert (line.from_on, line.to_on) == (date(2027, 3, 15), date(2027, 6, 30))
    assert (line.numerator, line.denominator) == (108, 366)  # 15/03/2027 to 14/03/2028 holds a 29 February
    assert line.net == Decimal("106.23")


def test_a_co_termination_further_than_a_year_has_a_line_for_each():  # O, Co-termination
    first, second = cotermination(10, ANNUAL, ANNUAL_A, date(2028, 3, 24))
    assert (first.net, second.from_on) == (Decimal("360.00"), date(2028, 3, 15))
    assert (second.numerator, second.denominator) == (10, 365)


def test_a_co_termination_never_shortens():  # O, Co-termination
    assert cotermination(10, ANNUAL, ANNUAL_A, ANNUAL_A.to_on) == ()
    with pytest.raises(ValueError, match="before the end"):
        cotermination(10, ANNUAL, ANNUAL_A, date(2027, 3, 13))


# --- term --------------------------------------------------------------------------------------


def test_a_term_of_18_months_has_five_percent_off():  # X6, 000-49, 000-50
    line = term(10, MONTHLY, period(date(2026, 12, 1), 18))
    assert (line.to_on, line.numerator, line.denominator) == (date(2028, 5, 31), 18, 1)
    assert (line.before_discount, line.discount, line.net) == (Decimal("720.00"), Decimal("0.05"), Decimal("684.00"))


@pytest.mark.parametrize(
    "end, fraction, discount",
    [
        (date(2027, 11, 30), (12, 1), "0"),
        (date(2027, 12, 1), (373, 31), "0.05"),  # one day more than twelve months
        (date(2028, 11, 30), (24, 1), "0.05"),
        (date(2028, 12, 31), (25, 1), "0.10"),
        (date(2029, 11, 30), (36, 1), "0.10"),
        (date(2029, 12, 31), (37, 1), "0.15"),
        (date(2026, 12, 10), (10, 31), "0"),
    ],
)
def test_only_strictly_more_months_earn_a_discount(end, fraction, discount):  # X6, 000-50
    line = term(10, MONTHLY, Span(date(2026, 12, 1), end))
    assert (line.numerator, line.denominator) == fraction
    assert line.discount == Decimal(discount)


def test_seats_added_to_a_term_go_to_the_same_end():  # O, Term add-seats; 000-54
    current = period(date(2026, 12, 1), 18)
    early, late = (term_added(5, MONTHLY, current, day) for day in (date(2027, 5, 31), date(2027, 6, 1)))
    assert (early.numerator, early.discount, early.net) == (13, Decimal("0.05"), Decimal("247.00"))
    assert (late.numerator, late.discount, late.net) == (12, Decimal(0), Decimal("240.00"))
    assert late.to_on == current.to_on


# --- assurance ---------------------------------------------------------------------------------


def test_the_first_assurance_is_every_month_asked_at_once():  # 000-16: 1 year and 6 months
    line = assurance(20, STANDARD, date(2026, 3, 15), 18)
    assert (line.to_on, line.net) == (date(2027, 9, 14), Decimal("180.00"))


def test_added_seats_bring_their_assurance_to_the_support_end():  # 000-33
    line = assurance_added(5, STANDARD, ANNUAL_A, TWO_NOVEMBER)
    assert (line.numerator, line.to_on, line.net) == (5, ANNUAL_A.to_on, Decimal("12.50"))


def test_an_assurance_upgrade_costs_the_difference():  # X7, 000-55
    assert assurance_upgrade(20, STANDARD, PREMIUM, ANNUAL_A, TWO_NOVEMBER).net == Decimal("30.00")


def test_a_better_plan_that_costs_less_gives_no_credit():  # O, Assurance
    assert assurance_upgrade(20, PREMIUM, STANDARD, ANNUAL_A, TWO_NOVEMBER).net == 0


def test_assurance_only_goes_up():  # X7, 000-55, 000-56
    allowed = {(old, new) for old in Plan for new in Plan if not why_not_upgrade(old, new)}
    assert allowed == {
        (Plan.STANDARD, Plan.PREMIUM),
        (Plan.STANDARD, Plan.PREMIUM_PLUS),
        (Plan.PREMIUM, Plan.PREMIUM_PLUS),
    }
    assert why_not_upgrade(Plan.PREMIUM, Plan.STANDARD).rule == "000-56"


@pytest.mark.parametrize(
    "at_least, months, end",
    [
        (date(2028, 3, 14), 12, date(2028, 3, 14)),
        (date(2028, 3, 20), 13, date(2028, 4, 14)),
        (date(2027, 3, 15), 1, date(2027, 4, 14)),
    ],
)
def test_a_renewal_brings_the_assurance_to_at_least_its_new_end(at_least, months, end):  # O, Assurance
    line = assurance_renewal(20, STANDARD, ANNUAL_A, at_least)
    assert (line.from_on, line.to_on, line.numerator) == (date(2027, 3, 15), end, months)


def test_an_assurance_that_lasts_long_enough_is_not_renewed():  # O, Assurance
    assert assurance_renewal(20, STANDARD, ANNUAL_A, ANNUAL_A.to_on) is None


# --- giving back -------------------------------------------------------------------------------


def test_cooling_off_refunds_the_days_after_today():  # O, Cooling-off
    line = annual(20, ANNUAL, ANNUAL_A)
    back = refund(line, 20, date(2026, 3, 17))
    assert back.net == Decimal("714.08")  # 720 × 362 / 365
    assert (back.from_on, back.to_on) == (date(2026, 3, 18), ANNUAL_A.to_on)
    assert refund(line, 5, date(2026, 3, 17)).net == Decimal("178.52")


def test_what_was_renewed_late_has_used_its_days_since_the_old_end():  # O, Cooling-off; X5
    line = annual_renewal(20, ANNUAL, ANNUAL_A)
    assert refund(line, 20, date(2027, 3, 20)).net == Decimal("708.20")  # 720 × 360 / 366


def test_the_last_day_leaves_nothing_to_refund():  # O, Cooling-off
    line = annual(20, ANNUAL, ANNUAL_A)
    assert refund(line, 20, ANNUAL_A.to_on).net == 0
    assert refund(line, 20, ANNUAL_A.to_on + timedelta(days=5)).net == 0


def test_a_line_never_gives_back_more_than_was_paid():  # O, Cooling-off
    line = annual(3, Decimal("0.01"), ANNUAL_A)
    assert refund(line, 2, ANNUAL_A.from_on, refunded=Decimal("0.02")).net == Decimal("0.01")
    with pytest.raises(ValueError, match="4 of 3"):
        refund(line, 4, ANNUAL_A.from_on)


# --- splitting ---------------------------------------------------------------------------------


def test_a_bill_is_split_by_seats():  # X10, 004-20
    assert split_amount(Decimal("900.00"), [10, 8, 7]) == [Decimal("360.00"), Decimal("288.00"), Decimal("252.00")]


@pytest.mark.parametrize(
    "total, weights, parts",
    [(100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (7, [0, 2, 1], [0, 5, 2]), (0, [3], [0])],
)
def test_what_is_left_goes_to_the_largest_remainder(total, weights, parts):  # O, Billing centres
    assert split(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_nothing_to_split_by_is_refused(weights):  # O, Billing centres
    with pytest.raises(ValueError, match="nothing to split by"):
        split(100, weights)
