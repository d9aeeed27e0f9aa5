"""Who may be called what, and whom an organisation cannot do without (002-61, Q)."""

import pytest

from lic.models import User, UserType, tx
from lic.rules import Refused, passwords, users
from tests.conftest import NOON, a_user


@pytest.mark.parametrize("identifier", ["abc", "client_test", "l.petit", "ana+1@example.com", "007"])
def test_an_identifier_is_letters_digits_and_a_few_signs(world, identifier):  # 002-61
    assert users.why_not_identifier(identifier) is None


@pytest.mark.parametrize(
    "identifier", ["", "ab", "été", "l petit", ".petit", "x" * 61, "a\nb", "🙂🙂🙂", "مرحبا", "a'; --"]
)
def test_anything_else_is_no_identifier(world, identifier):
    assert users.why_not_identifier(identifier)


@pytest.mark.parametrize("taken", ["remi", "REMI", "Remi"])
def test_an_identifier_is_given_once_whatever_its_case_and_organisation(world, taken):  # 002-03, 002-61
    reason = users.why_not_identifier(taken, None, "Rémi", "Duränd")
    assert reason.values["free"] == "r.durand"
    assert users.why_not_identifier(taken, world.remi) is None  # it is one's own


def test_a_free_identifier_is_found_when_the_likely_ones_are_taken(world):
    with tx():
        for number, identifier in enumerate(("r.durand", "re.durand", "rem.durand", "remi.durand")):
            a_user(world.beta, "R D", identifier=identifier, email=f"r{number}@example.com")
    assert users.free_identifier("Rémi", "Durand", "remi") == "remi2"
    assert users.free_identifier("明", "王", "remi") == "remi2"


def test_an_administrator_who_was_only_invited_replaces_nobody(world):  # Q
    with tx():
        User.update(password=passwords.hashed("quatre mots bien rangés")).where(User.id == world.remi.id).execute()
        invited = a_user(world.alpha, "Ines Neuve", identifier="neuve", email="ines.neuve@example.com")
    assert users.why_not_without(world.remi.again())
    assert users.why_not_without(invited) is None
    with pytest.raises(Refused):
        users.change(world.remi, by=world.remi, at=NOON, type=UserType.BASIC)


def test_nobody_closes_the_own_access(world):  # 002-60
    with pytest.raises(Refused):
        users.deactivate(world.diane, by=world.diane, at=NOON)
    assert world.diane.again().active
