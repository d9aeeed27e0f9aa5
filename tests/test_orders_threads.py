"""Two people, two tabs, two threads: an order is placed once, decided once, and its number is given once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lic.models import (
    EVERYBODY,
    Charge,
    Event,
    Order,
    OrderState,
    StockMovement,
    Terms,
    User,
    UserType,
    db,
    scope,
    tx,
)
from lic.rules import Refused, cart, orders, stock
from tests.conftest import NOON, a_user


def together(*verbs):
    """Each verb in a thread of its own, all starting at once: what each returned, or the Refused it raised."""
    start = Barrier(len(verbs))

    def run(verb):
        db.connect(reuse_if_open=True)
        try:
            with scope(EVERYBODY):
                start.wait(5)
                return verb()
        except Refused as error:
            return error
        finally:
            db.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [future.result() for future in [pool.submit(run, verb) for verb in verbs]]


def ready(by, product):
    cart.add(product, 1, by, NOON)
    return orders.totals(cart.of(by)).seen, [row.id for row in Terms.select()]


def an_order(world):
    seen, terms = ready(world.remi, world.completo)
    return orders.place(world.remi, NOON, "key", terms, seen)


def test_of_two_approvers_one_wins_and_the_other_is_told(world):  # X16
    order = an_order(world)
    answers = together(
        lambda: orders.approve(order, world.diane, NOON),
        lambda: orders.approve(order, world.ines, NOON),
        lambda: orders.reject(order, "no", world.ines, NOON),
        lambda: orders.cancel(order, world.remi, NOON),
    )
    (won,) = [answer for answer in answers if isinstance(answer, Order)]
    lost = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(lost) == 3
    assert all(error.reason.values["who"] == won.decided_by for error in lost)
    decided = ("order.approved", "order.rejected", "order.cancelled")
    assert Event.select().where(Event.kind.in_(decided)).count() == 1


@pytest.mark.parametrize("round", range(3))
def test_an_order_approved_by_many_at_once_is_carried_out_once(world, round):
    order = an_order(world)
    with tx():
        many = [a_user(world.house, f"Many{n} Hands", UserType.ADMINISTRATOR) for n in range(6)]
    answers = together(*[lambda by=by: orders.approve(order, by, NOON) for by in many])
    assert sum(isinstance(answer, Order) for answer in answers) == 1
    assert stock.balance(world.alpha, world.completo) == 1
    assert StockMovement.select().count() == 1
    assert Charge.select().count() == 2
    assert order.again().state is OrderState.COMPLETED


def test_a_double_click_places_one_order(world):  # safety.md 28
    seen, terms = ready(world.remi, world.completo)
    answers = together(*[lambda: orders.place(world.remi, NOON, "key", terms, seen)] * 6)
    assert len({answer.id for answer in answers}) == 1
    assert Order.select().count() == 1


def test_two_tabs_place_one_order_of_one_cart(world):
    seen, terms = ready(world.remi, world.completo)
    answers = together(*[lambda key=key: orders.place(world.remi, NOON, key, terms, seen) for key in "abcd"])
    assert sum(isinstance(answer, Order) for answer in answers) == 1
    assert Order.select().count() == 1


def test_an_order_number_is_given_once(world):  # R8
    with tx():
        many = [a_user(world.alpha, f"Buyer{n} Alpha") for n in range(8)]
    made = [(by, *ready(by, world.light)) for by in many]
    answers = together(
        *[lambda by=by, seen=seen, terms=terms: orders.place(by, NOON, "k", terms, seen) for by, seen, terms in made]
    )
    numbers = sorted(order.number for order in answers)
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    assert User.select().count() > 8


def test_a_double_click_adds_one_line(world):  # safety.md 28
    answers = together(*[lambda: cart.add(world.light, 1, world.remi, NOON, key="key")] * 6)
    assert len({line.id for line in answers}) == 1
    assert cart.of(world.remi).net_cents == 3000


def test_two_tabs_share_one_cart(world):  # rules.md Q, One cart per person
    answers = together(*[lambda: cart.add(world.light, 1, world.remi, NOON)] * 5)
    assert len({line.order_id for line in answers}) == 1
    assert cart.count(world.remi) == 5
    assert cart.of(world.remi).net_cents == 5 * 3000
