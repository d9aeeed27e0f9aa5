"""Two at once with one code: one gets in, whichever code it is and whatever it is for (safety.md 24, ASVS 6.5.1)."""

import pytest

from lic.models import EVERYBODY, LinkKind, MailedLink, RecoveryCode, SecondFactor, scope
from lic.rules import Refused, links, passwords, second_factors
from tests.conftest import NOON
from tests.second_factors import code, secured
from tests.test_orders_threads import together

MANY = 6


def won(answers):
    return [answer for answer in answers if not isinstance(answer, Refused)]


@pytest.mark.parametrize("which", ["app", "recovery"])
def test_of_many_with_one_code_one_gets_in(world, which):
    app = secured(world.remi)
    typed = code(app.secret, NOON) if which == "app" else app.recovery[0]
    answers = together(*[lambda: second_factors.prove(world.remi, typed, NOON)] * MANY)
    assert len(won(answers)) == 1
    assert second_factors.codes_left(world.remi) == (10 if which == "app" else 9)


def test_many_guesses_at_once_are_all_counted(world):
    secured(world.remi)
    answers = together(*[lambda: second_factors.prove(world.remi, "000000", NOON)] * 12)
    assert sum(isinstance(answer, second_factors.Wrong) for answer in answers) == 5  # the others have to wait


def test_of_two_tabs_that_turn_it_on_at_once_one_is_shown_the_codes(world):
    second_factors.offer(world.remi, NOON)
    shown = code(second_factors.offered(world.remi, NOON), NOON)
    answers = together(*[lambda: second_factors.turn_on(world.remi, shown, NOON, None)] * 2)
    (codes,) = won(answers)
    with scope(EVERYBODY):
        assert len(codes) == 10 and RecoveryCode.select().count() == 10
        second_factors.prove(world.remi, codes[0], NOON)


def test_two_tabs_that_begin_at_once_are_offered_the_same(world):
    together(*[lambda: second_factors.offer(world.remi, NOON)] * 2)
    assert SecondFactor.select().count() == 1


def test_a_link_and_a_code_sent_twice_set_one_password(world):
    app = secured(world.remi)
    with scope(EVERYBODY):
        secret = links.make(LinkKind.RESET, user=world.remi, at=NOON)
        tried = [links.find(LinkKind.RESET, secret, NOON) for _ in range(2)]
    new = ("a brand new plum cake", "another plum cake at four")
    typed = code(app.secret, NOON)
    pairs = zip(tried, new, strict=True)
    answers = together(*[lambda link=link, one=one: passwords.reset(link, one, NOON, typed) for link, one in pairs])
    assert len(won(answers)) == 1 and MailedLink.select().where(MailedLink.used_at.is_null(False)).count() == 1
