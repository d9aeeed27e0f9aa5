"""The parameters of a price list and of a product (rules.md P)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from lic.rules.parameters import Parameters


def test_the_defaults_are_those_of_the_rules():  # P
    normal = Parameters.of(None)
    assert normal == Parameters.of({}) == Parameters()
    assert (normal.grace_days, normal.renew_window_days, normal.decrease_window_days) == (10, 120, 90)
    assert (normal.cooling_off_days, normal.monthly_first, normal.annual_addon) == (7, "prorata", "month_ceil")
    assert (normal.reminders, normal.order_ttl_days, normal.auto_approve_limit) == ((-90, -30, -7, 0, 5), 30, 0)


def test_a_price_list_sets_its_own_and_a_product_its_grace_days():  # P, 000-43
    ours = Parameters.of({"grace_days": 20, "annual_addon": "day", "term_discount": [[24, 12], [6, "2.5"]]}, 30)
    assert (ours.grace_days, ours.annual_addon) == (30, "day")
    assert ours.term_discount == ((6, Decimal("0.025")), (24, Decimal("0.12")))
    assert Parameters.of({"grace_days": 20}).grace_days == 20
    assert Parameters.of({"grace_days": 20}, 0).grace_days == 0


@pytest.mark.parametrize(
    "months, off", [(12, "0"), (Fraction(373, 31), "0.05"), (24, "0.05"), (25, "0.10"), (36, "0.10"), (37, "0.15")]
)
def test_a_discount_wants_strictly_more_months(months, off):  # 000-50, X6
    assert Parameters().discount(months) == Decimal(off)


@pytest.mark.parametrize(
    "wrong",
    [
        {"grace_day": 3},
        {"grace_days": -1},
        {"grace_days": True},
        {"cooling_off_days": "7"},
        {"monthly_first": "half"},
        {"annual_addon": ["day"]},
        {"term_discount": 5},
        {"term_discount": [[12]]},
        {"term_discount": [[12, 101]]},
        {"term_discount": [[12, "x"]]},
        {"reminders": [1.5]},
        {"auto_approve_limit": "NaN"},
        {"link_approval_limit": -1},
    ],
)
def test_a_wrong_parameter_is_named(wrong):  # P
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Parameters.of(wrong)
