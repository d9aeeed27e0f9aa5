"""What every operation would do, in dates and amounts: the worked examples of rules.md, and why not."""

from dataclasses import replace
from datetime import date

import pytest

from lic.models import Plan
from lic.rules import holdings, previews
from lic.rules.parts import Kind
from lic.rules.pricing import Block
from lic.rules.prolonging import Bought
from tests.conftest import TODAY, refused
from tests.subscriptions import ANNUAL, MONTHLY, TERM, annual_a, charged, sold


@pytest.fixture
def w(world):
    sold(world)
    world.prices = holdings.Prices.of(world.alpha, TODAY)
    return world


def rule(reason):
    return reason.rule, reason.values.get("possible_from")


# --- monthly -----------------------------------------------------------------------------------


def test_a_monthly_subscription_costs_the_days_of_its_first_month(w):  # X1
    new = previews.subscribe(w.prices, w.dwa, MONTHLY, 10, date(2026, 11, 10))
    line = new.lines[0]
    assert charged(new) == ["28.00"] and (line.numerator, line.denominator) == (21, 30)
    assert new.at_once == 0 and str(new.monthly) == "40.00" and new.ends_on is None


def test_seats_added_to_a_monthly_subscription_join_the_invoice_of_the_next_first(w):  # X2
    held = holdings.supposed(w.prices, w.dwa, MONTHLY, 10, date(2026, 11, 10), on=date(2026, 11, 18))
    more = previews.add_seats(w.prices, held, 5, date(2026, 11, 18))
    assert charged(more) == ["28.00", "8.67"] and [item.owed for item in more.items] == [True, False]
    assert [str(n) for n in (more.totals.net, more.totals.vat, more.totals.gross)] == ["36.67", "7.33", "44.00"]
    assert more.quantity == 15 and str(more.monthly) == "20.00"


def test_monthly_becomes_annual_on_the_next_first_paid_in_advance(w):  # 000-41
    held = holdings.supposed(w.prices, w.dwa, MONTHLY, 10, date(2026, 11, 10), on=TODAY)
    year = previews.change_type(w.prices, held, ANNUAL, TODAY)
    assert charged(year) == ["28.00", "360.00"]  # the arrears of November, and the year
    assert (year.effective_on, year.ends_on) == (date(2026, 12, 1), date(2027, 11, 30))


def test_fewer_monthly_seats_and_a_cancellation_wait_for_the_month_s_end(w):  # rules.md S
    held = holdings.supposed(w.prices, w.dwa, MONTHLY, 10, date(2026, 11, 10), on=TODAY)
    fewer = previews.remove_seats(w.prices, held, 4, TODAY)
    assert (fewer.effective_on, fewer.quantity, str(fewer.monthly)) == (date(2026, 12, 1), 6, "24.00")
    assert previews.cancel(w.prices, held, TODAY).ends_on == date(2026, 11, 30)
    assert refused(previews.renew, w.prices, held, TODAY).rule == "000-38"  # it does by itself


# --- annual ------------------------------------------------------------------------------------


def test_seats_added_to_annual_a_cost_five_started_months(w):  # X3
    more = previews.add_seats(w.prices, annual_a(w, w.prices), 5, date(2026, 11, 2))
    assert charged(more) == ["75.00"] and (more.quantity, more.ends_on) == (25, date(2027, 3, 14))
    w.europe.parameters = {"annual_addon": "day"}
    w.europe.save()
    by_day = holdings.Prices.of(w.alpha.again(), TODAY)
    assert charged(previews.add_seats(by_day, annual_a(w, by_day), 5, date(2026, 11, 2))) == ["65.59"]


def test_added_seats_bring_their_assurance_to_the_support_end(w):  # 000-33
    more = previews.add_seats(w.prices, annual_a(w, w.prices, plan=Plan.STANDARD), 5, date(2026, 11, 2))
    assert charged(more) == ["75.00", "12.50"] and more.items[1].line.to_on == date(2027, 3, 14)


def test_annual_becomes_monthly_only_in_its_last_month(w):  # X4, 000-45
    held = annual_a(w, w.prices)
    too_early = refused(previews.change_type, w.prices, held, MONTHLY, date(2027, 2, 14))
    assert rule(too_early) == ("000-45", date(2027, 2, 15))
    monthly = previews.change_type(w.prices, held, MONTHLY, date(2027, 2, 15))
    assert monthly.effective_on == date(2027, 3, 15) and monthly.ends_on is None and monthly.at_once == 0


def test_annual_is_cancelled_only_in_its_last_month(w):  # 000-46
    held = annual_a(w, w.prices)
    assert rule(refused(previews.cancel, w.prices, held, TODAY)) == ("000-46", date(2027, 2, 15))
    assert previews.cancel(w.prices, held, date(2027, 2, 15)).ends_on == date(2027, 3, 14)


def test_annual_is_renewed_from_its_end_whatever_the_day(w):  # X5, 003-18
    held = annual_a(w, w.prices)
    assert rule(refused(previews.renew, w.prices, held, date(2026, 11, 14))) == ("O", date(2026, 11, 15))
    for day in (date(2026, 11, 15), date(2027, 3, 14), date(2027, 3, 20), date(2027, 3, 24)):
        again = previews.renew(w.prices, held, day)
        assert (again.effective_on, again.ends_on) == (date(2027, 3, 15), date(2028, 3, 14))
        assert charged(again) == ["720.00"]
    assert rule(refused(previews.renew, w.prices, held, date(2027, 3, 25))) == ("003-18", None)


def test_in_grace_it_can_only_be_renewed(w):  # rules.md S
    held, grace = annual_a(w, w.prices), date(2027, 3, 15)
    assert "only be renewed" in refused(previews.add_seats, w.prices, held, 1, grace).message
    assert "only be renewed" in refused(previews.cancel, w.prices, held, grace).message


def test_a_renewal_asks_for_fewer_seats_only_in_its_last_ninety_days(w):  # O, Decrease, 004-18
    held = replace(annual_a(w, w.prices), used=8)
    assert rule(refused(previews.renew, w.prices, held, date(2026, 11, 20), quantity=10)) == ("O", date(2026, 12, 15))
    assert charged(previews.renew(w.prices, held, date(2026, 12, 15), quantity=10)) == ["360.00"]
    assert rule(refused(previews.renew, w.prices, held, date(2026, 12, 15), quantity=7))[0] == "004-18"
    assert rule(refused(previews.renew, w.prices, held, date(2027, 3, 20), quantity=10)) == ("O", None)


def test_a_renewal_brings_the_assurance_to_the_new_end(w):  # O, Assurance
    again = previews.renew(w.prices, annual_a(w, w.prices, plan=Plan.PREMIUM), date(2027, 3, 20))
    assert charged(again) == ["720.00", "192.00"] and again.items[1].line.to_on == date(2028, 3, 14)


def test_a_dearer_product_costs_the_difference_a_cheaper_one_waits(w):  # O, Plan change
    dearer = previews.change_product(w.prices, annual_a(w, w.prices), w.office, date(2026, 11, 2))
    assert charged(dearer) == ["580.00"] and dearer.ends_on == date(2027, 3, 14)  # 20 × 69.60 × 5/12
    office = holdings.supposed(w.prices, w.office, ANNUAL, 20, date(2026, 3, 15))
    cheaper = previews.change_product(w.prices, office, w.dwa, date(2026, 11, 2))
    assert charged(cheaper) == [] and cheaper.effective_on == date(2027, 3, 15)


# --- term --------------------------------------------------------------------------------------


def test_a_term_of_eighteen_months_is_paid_at_once_with_its_discount(w):  # X6
    for end in ({"months": 18}, {"ends_on": date(2028, 5, 31)}):
        new = previews.subscribe(w.prices, w.dwa, TERM, 10, TODAY, starts_on=date(2026, 12, 1), **end)
        assert charged(new) == ["684.00"] and new.ends_on == date(2028, 5, 31)


def test_a_term_needs_its_end_and_keeps_it_for_added_seats(w):  # 000-49, 000-54
    assert refused(previews.subscribe, w.prices, w.dwa, TERM, 10, TODAY).rule == "000-49"
    held = holdings.supposed(w.prices, w.dwa, TERM, 10, date(2026, 12, 1), months=18)
    more = previews.add_seats(w.prices, held, 5, date(2027, 12, 1))
    assert charged(more) == ["120.00"] and more.ends_on == date(2028, 5, 31)
    assert previews.cancel(w.prices, held, date(2027, 1, 5)).ends_on == date(2028, 5, 31)  # no refund
    assert refused(previews.change_type, w.prices, held, ANNUAL, date(2027, 1, 5)).rule == "000-54"


# --- assurance ---------------------------------------------------------------------------------


def test_an_assurance_upgrade_costs_the_difference_to_the_support_end(w):  # X7
    held = annual_a(w, w.prices, plan=Plan.STANDARD)
    better = previews.upgrade_assurance(w.prices, held, Plan.PREMIUM, date(2026, 11, 2))
    assert charged(better) == ["30.00"] and better.ends_on == date(2027, 3, 14)
    held = annual_a(w, w.prices, plan=Plan.PREMIUM)
    assert refused(previews.upgrade_assurance, w.prices, held, Plan.STANDARD, date(2026, 11, 2)).rule == "000-56"


def test_the_first_assurance_is_for_the_months_asked(w):  # 000-16
    new = previews.subscribe(w.prices, w.dwa, ANNUAL, 20, TODAY, plan=Plan.STANDARD, assurance_months=30)
    assert charged(new) == ["720.00", "300.00"] and new.items[1].line.to_on == date(2029, 5, 21)
    later = previews.assurance(w.prices, annual_a(w, w.prices), Plan.PREMIUM, 6, TODAY)
    assert charged(later) == ["96.00"] and later.ends_on == date(2027, 5, 21)


# --- several, modules, giving back -------------------------------------------------------------


def test_several_subscriptions_end_on_one_day(w):  # O, Co-termination
    first = annual_a(w, w.prices)
    second = holdings.supposed(w.prices, w.dwa, ANNUAL, 10, date(2026, 7, 1))
    both = previews.coterminate(w.prices, [first, second], TODAY)
    assert both.ends_on == date(2027, 6, 30) and both.effective_on == date(2027, 3, 15)
    line = both.lines[0]
    assert (line.numerator, line.denominator, str(line.net)) == (108, 366, "212.46")
    early = refused(previews.coterminate, w.prices, [first, second], TODAY, ends_on=date(2027, 6, 29))
    assert rule(early) == ("O", date(2027, 6, 30))


def test_a_module_follows_its_paid_base(w):  # 000-35, 000-36
    base = annual_a(w, w.prices)
    assert refused(previews.add_module, w.prices, base, w.cpm, TODAY, paid=False).rule == "000-35"
    module = previews.add_module(w.prices, base, w.cpm, date(2026, 11, 2))
    assert charged(module) == ["125.00"] and (module.quantity, module.ends_on) == (20, date(2027, 3, 14))
    follows = replace(base, modules=(replace(base, product=w.cpm, blocks=(Block(20, 15, date(2026, 11, 2)),)),))
    more = previews.add_seats(w.prices, follows, 5, date(2026, 11, 2))
    assert [item.kind for item in more.items] == [Kind.ADDED, Kind.MODULE] and charged(more) == ["75.00", "31.25"]


def test_what_is_given_back_in_its_first_days_is_refunded_by_day(w):  # O, Cooling-off
    line = previews.subscribe(w.prices, w.dwa, ANNUAL, 20, TODAY).lines[0]
    bought = [Bought(w.dwa, line, TODAY)]
    back = previews.give_back(w.prices, bought, 20, TODAY)
    assert charged(back) == ["-718.03"] and back.quantity == 0  # 364 of 365 days
    assert charged(previews.give_back(w.prices, bought, 5, date(2026, 11, 28))) == ["-176.55"]
    assert refused(previews.give_back, w.prices, bought, 5, date(2026, 11, 29)).rule == "O"


# --- refused -----------------------------------------------------------------------------------


def test_nonsense_is_refused_with_a_sentence(w):
    for quantity in (0, -1, 100_001):
        assert refused(previews.subscribe, w.prices, w.dwa, ANNUAL, quantity, TODAY).rule == "000-15"
    assert rule(refused(previews.subscribe, w.prices, w.dwa, ANNUAL, 1, TODAY, starts_on=date(2026, 11, 21))) == (
        "R5",
        TODAY,
    )
    assert refused(previews.subscribe, w.prices, w.office, TERM, 1, TODAY, months=6).rule == "001-16"
    assert refused(previews.subscribe, w.prices, w.cpm, ANNUAL, 1, TODAY).rule == "000-04"
    elsewhere = replace(annual_a(w, w.prices), sold_by="Grossiste")
    assert refused(previews.renew, w.prices, elsewhere, TODAY).rule == "003-13"
