"""What is not given back says what is possible, and when (O, Cooling-off)."""

from datetime import date, timedelta

import pytest

from lic.models import Operation, OrderLine
from lic.rules import Refused, parameters, returns
from tests.conftest import NOON, TODAY
from tests.ordering import bought
from tests.subscriptions import sold

LATEST = TODAY + timedelta(days=731)  # the last first day that can be asked for


@pytest.fixture
def w(world):
    return sold(world)


def refused(subscription, today):
    with pytest.raises(Refused) as error:
        returns.find(OrderLine.get(OrderLine.operation == Operation.SUBSCRIBE), subscription.again(), today)
    return error.value.reason


def test_what_has_not_begun_says_from_when_it_can_be_given_back(w):
    found = refused(bought(w, at=NOON, starts_on=date(2026, 12, 10)), TODAY)
    assert found.message == "It can be given back from its first day on: possible from %(possible_from)s."
    assert found.values["possible_from"] == date(2026, 12, 10)


def test_what_was_given_back_is_not_said_to_be_possible_today(w):
    one = bought(w, at=NOON)
    [purchase] = returns.of(one, TODAY)
    returns.give_back(purchase.line, purchase.seats, w.remi, NOON)
    assert refused(one, TODAY).message == "Nothing of it can be given back any more."


def test_after_its_days_it_says_until_when_it_was_possible(w):
    found = refused(bought(w, at=NOON), TODAY + timedelta(days=7))
    assert found.message == "It could be given back until %(day)s."
    assert found.values["day"] == TODAY + timedelta(days=6)


def test_what_begins_as_late_as_it_may_is_given_back_all_its_days_long(w):
    parameters.change(w.europe, {"cooling_off_days": 366}, w.diane, NOON)
    w.remi = w.remi.again()
    one = bought(w, at=NOON, starts_on=LATEST)
    year = [LATEST + timedelta(days=days) for days in (0, 100, 363)]
    assert [len(returns.of(one, day)) for day in year] == [1, 1, 1]
