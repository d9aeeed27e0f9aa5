"""A first month is billed as it was bought, whatever the subscription became since (P, monthly_first)."""

from datetime import date, timedelta

import pytest

from lic.models import Charge, Operation
from lic.rules import arrears, parameters, subscriptions
from tests.conftest import NOON, on
from tests.ordering import bought, ordered
from tests.rules.test_after_the_end import run
from tests.subscriptions import ANNUAL, MONTHLY, sold

NOV_10, NOV_20, NOV_30, DEC_1 = (date(2026, *day) for day in ((11, 10), (11, 20), (11, 30), (12, 1)))
CENTS = {"prorata": 2800, "full": 4000, "free": 0}  # 10 × 4.00, 21 of 30 days


@pytest.fixture
def w(world):
    return sold(world)


def of_november(w):
    """(what the statement of its last day says, what is charged on the 1st)."""
    said = sum(owed.net_cents for owed in arrears.expected(w.alpha.again(), NOV_30))
    run(NOV_30, date(2026, 12, 2))
    charged = Charge.select().where(Charge.kind == "monthly", Charge.to_on == NOV_30)
    return said, sum(charge.net_cents for charge in charged)


@pytest.mark.parametrize("first", CENTS)
def test_it_is_what_it_was_where_a_year_begins_after_it(w, first):  # 000-41
    parameters.change(w.europe, {"monthly_first": first}, w.diane, NOON)
    one = bought(w, MONTHLY, 10, on(NOV_10))
    parameters.change(w.europe, {"monthly_first": "full" if first == "free" else "free"}, w.diane, on(NOV_20))
    w.remi = w.remi.again()
    ordered(w, Operation.CHANGE_TYPE, on(NOV_20), subscription=one, type=ANNUAL)
    assert of_november(w) == (CENTS[first], CENTS[first])
    assert one.again().type is ANNUAL


@pytest.mark.parametrize("first", CENTS)
def test_it_is_what_it_was_where_the_next_one_is_renewed_by_hand(w, first):  # S, auto_renew off
    parameters.change(w.europe, {"monthly_first": first}, w.diane, NOON)
    one = bought(w, MONTHLY, 10, on(NOV_10))
    subscriptions.auto_renew(one, False, w.remi, on(NOV_10))
    parameters.change(w.europe, {"monthly_first": "full" if first == "free" else "free"}, w.diane, on(NOV_20))
    w.remi = w.remi.again()
    ordered(w, Operation.RENEW, on(NOV_20), subscription=one.again())
    assert of_november(w) == (CENTS[first], CENTS[first])


def test_the_first_month_after_a_year_is_its_own_where_another_year_follows(w):  # X4, 000-41
    parameters.change(w.europe, {"monthly_first": "free"}, w.diane, NOON)
    start = date(2027, 1, 20)
    one = bought(w, ANNUAL, 10, on(start))
    last = date(2028, 1, 19)
    run(start, last)
    subscriptions.become_monthly(one.again(), w.remi, on(last))
    run(last, date(2028, 1, 31))
    ordered(w, Operation.CHANGE_TYPE, on(date(2028, 1, 31)), subscription=one.again(), type=ANNUAL)
    run(date(2028, 1, 31), date(2028, 2, 1) + timedelta(days=1))
    assert [charge.net_cents for charge in Charge.select().where(Charge.kind == "monthly")] == [0]
    assert one.again().type is ANNUAL
