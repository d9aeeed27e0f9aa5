"""Licences in stock: what comes in, what goes out, and that it never goes below nothing."""

from datetime import date

import pytest

from lic.models import MovementKind, Operation, Order, OrderLine, OrderState, StockMovement
from lic.rules import Refused, stock
from tests.conftest import NOON


def an_approved_line(world, buyer, product, quantity, bonus=0, operation=Operation.BUY, for_product=None, **given):
    """A line of an order of this buyer; what approving it does is the test's business."""
    order = Order.create(
        **buyer.owner,
        buyer=buyer,
        number=Order.select().count() + 1,
        state=OrderState.COMPLETED,
        placed_by=world.remi,
        price_list=buyer.price_list,
        currency="EUR",
        made_at=NOON.at,
    )
    return OrderLine.create(
        **buyer.owner,
        order=order,
        operation=operation,
        product=product,
        quantity=quantity,
        bonus=bonus,
        for_product=for_product,
        asked_on=NOON.day,
        **given,
    )


def bought(world, buyer, product, quantity, bonus=0, **given):
    line = an_approved_line(world, buyer, product, quantity, bonus, **given)
    stock.purchase(line, world.diane, NOON)
    return line


def test_an_approved_order_comes_into_stock_with_its_bonus(world):  # 001-19, 001-28
    stock.adjust(world.alpha, world.completo, 5, "first stock", world.diane, NOON)
    bought(world, world.alpha, world.completo, 10, bonus=1)
    assert stock.balance(world.alpha, world.completo) == 16  # X11
    assert stock.balance(world.beta, world.completo) == 0


def test_the_balance_is_the_sum_of_the_ledger(world):
    bought(world, world.alpha, world.completo, 10, bonus=1)
    stock.adjust(world.alpha, world.completo, -4, "counted again", world.diane, NOON)
    (place,) = stock.places(world.alpha)
    assert place.quantity == sum(movement.quantity for movement in stock.ledger(place)) == 7


def test_additional_users_count_for_their_licence(world):  # 001-14, 001-15, 001-20
    bought(world, world.alpha, world.completo, 2)
    bought(world, world.alpha, world.extra, 4, operation=Operation.USERS, for_product=world.completo)
    assert stock.users(world.alpha, world.completo) == 2 * 3 + 4
    assert stock.users(world.alpha, world.light) == 0
    assert stock.has(world.alpha, world.completo) and not stock.has(world.alpha, world.light)


@pytest.mark.parametrize("quantity", [0, 100_001, -100_001])
def test_a_correction_has_a_range(world, quantity):
    with pytest.raises(Refused):
        stock.adjust(world.alpha, world.completo, quantity, "why", world.diane, NOON)


def test_a_correction_says_why_and_takes_no_more_than_there_is(world):
    stock.adjust(world.alpha, world.completo, 5, "first stock", world.diane, NOON)
    for quantity, reason in ((-6, "too many"), (1, "  ")):
        with pytest.raises(Refused):
            stock.adjust(world.alpha, world.completo, quantity, reason, world.diane, NOON)
    assert stock.balance(world.alpha, world.completo) == 5


def test_only_buyers_keep_licences_and_only_licences_are_kept(world):
    assert stock.why_not_adjust(world.client, world.completo, 1, "why")
    assert stock.why_not_adjust(world.alpha, world.extension, 1, "why")
    assert stock.why_not_adjust(world.alpha, world.extra, 1, "why")  # of which licence?
    assert not stock.why_not_adjust(world.alpha, world.extra, 1, "why", world.light)
    assert not stock.why_not_adjust(world.atelier, world.completo, 1, "why")


def test_the_table_itself_refuses_to_go_below_nothing_in_words(world):  # 001-29
    with pytest.raises(Refused) as refused:
        stock.move(world.alpha, world.completo, -1, MovementKind.ACTIVATION, world.remi, NOON)
    assert refused.value.reason.rule == "001-29"
    assert not StockMovement.select().exists()


def test_licences_given_back_leave_on_the_next_first_the_bonus_last(world):  # rules.md O, Licences in stock
    first = bought(world, world.alpha, world.completo, 10, bonus=1)
    second = bought(world, world.alpha, world.completo, 3)
    movements = stock.give_back(world.alpha, world.completo, 5, world.remi, NOON)
    assert {movement.on for movement in movements} == {date(2026, 12, 1)}
    assert [(movement.order_line, movement.quantity) for movement in movements] == [(second, -3), (first, -2)]
    assert stock.balance(world.alpha, world.completo) == 9
    assert stock.leaving(world.alpha, world.completo, NOON.day) == 5
    assert stock.leaving(world.alpha, world.completo, date(2026, 12, 1)) == 0
    (last,) = stock.give_back(world.alpha, world.completo, 9, world.remi, NOON)
    assert (last.order_line, last.quantity) == (first, -9)


def test_what_was_given_without_an_order_goes_back_last(world):
    stock.adjust(world.alpha, world.completo, 2, "a gift", world.diane, NOON)
    line = bought(world, world.alpha, world.completo, 1)
    movements = stock.give_back(world.alpha, world.completo, 2, world.remi, NOON)
    assert [(movement.order_line, movement.quantity) for movement in movements] == [(line, -1), (None, -1)]


def test_no_more_can_be_given_back_than_is_free(world):
    bought(world, world.alpha, world.completo, 2)
    for quantity in (0, -1, 3, 10**9):
        with pytest.raises(Refused):
            stock.give_back(world.alpha, world.completo, quantity, world.remi, NOON)


def test_additional_users_go_back_for_their_own_licence(world):
    bought(world, world.alpha, world.extra, 4, operation=Operation.USERS, for_product=world.completo)
    bought(world, world.alpha, world.extra, 1, operation=Operation.USERS, for_product=world.light)
    assert stock.why_not_give_back(world.alpha, world.extra, 2, world.light)
    assert stock.why_not_give_back(world.alpha, world.extra, 2)
    stock.give_back(world.alpha, world.extra, 3, world.remi, NOON, for_product=world.completo)
    assert stock.additional_users(world.alpha, world.completo) == 1
    assert stock.additional_users(world.alpha, world.light) == 1
