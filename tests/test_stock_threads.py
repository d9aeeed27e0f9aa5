"""Two threads at once: the last licence in stock is activated once."""

import threading

import pytest

from lic.models import EVERYBODY, Activation, db, scope
from lic.rules import Refused, activations, cancellations, stock
from tests.conftest import NOON

THREADS = 8


@pytest.fixture(autouse=True)
def numbered(world):
    world.client.tax_number = "732829320"
    world.client.save()


def at_once(act):
    """Run it in many threads at the same moment: what each got, a refusal or an answer."""
    gate, answers = threading.Barrier(THREADS), []

    def run():
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            gate.wait()
            try:
                answers.append(act())
            except Refused as refused:
                answers.append(refused)
        db.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def won(answers):
    return [answer for answer in answers if not isinstance(answer, Refused)]


def test_one_form_sent_by_many_clicks_activates_one_licence(world):  # safety.md 28
    stock.adjust(world.alpha, world.completo, 5, "five", world.diane, NOON)
    given = world.alpha, world.completo, world.client, world.remi, NOON
    answers = at_once(lambda: activations.activate(*given, key="one form"))
    assert len(won(answers)) == THREADS and Activation.select().count() == 1
    assert stock.balance(world.alpha, world.completo) == 4


def test_the_last_licence_in_stock_is_activated_once(world):  # 001-29, issue 2
    stock.adjust(world.alpha, world.completo, 1, "the last", world.diane, NOON)
    answers = at_once(lambda: activations.activate(world.alpha, world.completo, world.client, world.remi, NOON))
    assert len(answers) == THREADS and len(won(answers)) == 1
    assert stock.balance(world.alpha, world.completo) == 0
    assert Activation.select().count() == 1


def test_an_activation_is_cancelled_once_by_many(world):
    stock.adjust(world.alpha, world.completo, 1, "the last", world.diane, NOON)
    (made,) = activations.activate(world.alpha, world.completo, world.client, world.remi, NOON)
    answers = at_once(lambda: activations.cancel(made, world.remi, NOON))
    assert len(won(answers)) == 1 and stock.balance(world.alpha, world.completo) == 1


def test_cancelling_the_client_and_its_licence_returns_it_once(world):
    stock.adjust(world.alpha, world.completo, 1, "the last", world.diane, NOON)
    (made,) = activations.activate(world.alpha, world.completo, world.client, world.remi, NOON)
    ways = iter(
        [lambda: activations.cancel(made, world.remi, NOON)] * 4
        + [lambda: cancellations.cancel(world.client, world.remi, NOON)] * 4
    )
    at_once(lambda: next(ways)())  # noqa: PLW0108 (each thread takes another way)
    assert stock.balance(world.alpha, world.completo) == 1
    assert world.client.again().cancelled_at
