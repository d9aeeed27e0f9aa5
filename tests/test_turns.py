"""The one queue of all who write: one at a time, nobody overtaken for ever (safety.md 9)."""

import threading
import time

import pytest

from lic.schema import base, turns
from lic.schema.turns import Turns

PATIENCE = 20  # seconds until we believe that somebody is stuck


def in_threads(*tasks):
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def wait_for(line, length):
    end = time.monotonic() + PATIENCE
    while len(line._line) < length and time.monotonic() < end:
        time.sleep(0.001)
    assert len(line._line) == length


@pytest.fixture
def line():
    return Turns()


def test_writing_goes_by_turns():
    assert isinstance(base._writing, Turns)


def test_one_at_a_time_whoever_enters_again(line):
    inside, most, entered = [], [], []

    def work():
        for _ in range(200):
            with line, line:
                inside.append(1)
                most.append(len(inside))
                if len(entered) % 7 == 0:
                    time.sleep(0)  # somebody else may run
                entered.append(1)
                inside.pop()

    in_threads(*[work] * 8)
    assert len(entered) == 1600 and set(most) == {1}


def test_those_who_have_waited_go_in_the_order_they_came(line, monkeypatch):
    monkeypatch.setattr(turns, "A_MOMENT", 0)
    order, threads = [], []
    with line:
        for place in range(6):
            threads.append(threading.Thread(target=lambda place=place: enter(line, order, place), daemon=True))
            threads[-1].start()
            wait_for(line, place + 1)
    for thread in threads:
        thread.join(PATIENCE)
    assert order == [0, 1, 2, 3, 4, 5]


def enter(line, order, place):
    with line:
        order.append(place)


def test_who_comes_back_at_once_lets_the_one_who_waited_in_between(line):
    order, done = [], threading.Event()

    def busy():
        while not done.is_set():
            with line:
                order.append("busy")
                time.sleep(0.005)

    def once():
        time.sleep(0.05)
        enter(line, order, "once")
        done.set()

    in_threads(busy, once)
    assert "once" in order


def test_what_raises_lets_the_next_one_in(line):
    with pytest.raises(RuntimeError), line:
        raise RuntimeError
    in_threads(lambda: enter(line, [], 1))


def test_who_is_interrupted_while_waiting_holds_up_nobody(line, monkeypatch):
    """At each moment: still in the line, called, and already let in."""
    for moment in (turns.A_MOMENT, 0):
        monkeypatch.setattr(turns, "A_MOMENT", moment)
        for called in (False, True):
            order = []
            with line:
                place = turns._Place(threading.get_ident() + 1)
                line._line.append(place)
                next_one = threading.Thread(target=enter, args=(line, order, "next"), daemon=True)
                next_one.start()
                wait_for(line, 2)
                if not called:
                    line._leave(place)
            if called:
                line._leave(place)
            next_one.join(PATIENCE)
            assert order == ["next"] and line._whose is None
