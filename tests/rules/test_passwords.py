"""Passwords: which are refused and why, and how they are kept (safety.md, Passwords)."""

import threading

import pytest
from argon2 import PasswordHasher

from lic.models import Event, MailedLink, SignIn
from lic.rules import Refused, passwords, people
from tests.conftest import NOON

GOOD = "plum cake at four o'clock"


@pytest.mark.parametrize("good", [GOOD, "demo-Portail-2026", "douze lettres", "пароль подлиннее", "x" * 11 + "é"])
def test_length_is_what_counts_and_nothing_else(world, good):
    assert passwords.why_not(good, world.remi) is None


@pytest.mark.parametrize("length, allowed", [(11, False), (12, True), (256, True), (257, False)])
def test_a_password_has_12_to_256_characters(world, length, allowed):
    text = ("The quick brown fox jumps over it; " * 8)[:length]
    assert (passwords.why_not(text, world.remi) is None) == allowed


@pytest.mark.parametrize("leaked", ["password1234", "PassWord1234", "azertyazerty", "123456123456", "aaaaaaaaaaaa"])
def test_a_leaked_password_is_refused_whatever_its_capitals(world, leaked):
    assert "stolen" in passwords.why_not(leaked, world.remi).message


def test_the_list_of_leaked_passwords_is_small_and_rarely_wrong():
    assert passwords.LEAKED.stat().st_size < 4 * 1024 * 1024
    assert not any(passwords.is_leaked(f"nobody ever chose this, number {n}") for n in range(3000))
    assert "MIT License" in passwords.LEAKED.with_name("leaked_passwords-LICENSE.txt").read_text()


@pytest.mark.parametrize(
    "own", ["Durand-2026-2026", "RemiDurand2026!", "RÉMI DURAND 1980", "remi@example.com", "alpha-alpha-2026"]
)
def test_what_others_know_of_a_person_makes_no_password(world, own):
    assert "others know of you" in passwords.why_not(own, world.remi).message


@pytest.mark.parametrize("other", ["alphabet soup 42", "remi likes plums", "Grandurandette 7"])
def test_own_words_are_compared_whole_and_from_five_letters(world, other):
    """Alpha is not in "alphabet", and Rémi has four letters."""
    assert passwords.why_not(other, world.remi) is None


def test_the_same_characters_are_the_same_password_however_they_were_typed():
    assert passwords.is_right(passwords.hashed("cafe\u0301 au lait noir"), "caf\u00e9 au lait noir")


def test_nobody_logs_in_without_a_password(world):
    """Somebody who is invited has none yet."""
    assert not passwords.is_right(None, "nobody has this password")
    assert not passwords.is_right("", "")


def test_a_password_is_hashed_with_argon2id_and_anew_when_settings_change(world):
    old = PasswordHasher(1, 8192, 1).hash(GOOD)
    world.remi.password = old
    world.remi.save()
    people.who_logs_in("remi", GOOD, "127.0.0.1", NOON)
    kept = world.remi.again().password
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right(kept, GOOD) and not passwords.is_right(kept, GOOD + " ")


def test_no_more_than_two_are_hashed_at_a_time(monkeypatch):
    """A flood of logins takes 38 MB and no more (safety.md 45)."""
    at_once, most, lock = [0], [0], threading.Lock()
    really = passwords.HASHER.hash

    class Counting:
        def hash(self, password):
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            try:
                return really(password)
            finally:
                with lock:
                    at_once[0] -= 1

    monkeypatch.setattr(passwords, "HASHER", Counting())
    threads = [threading.Thread(target=passwords.hashed, args=(GOOD,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_changing_the_password_needs_the_old_one_and_ends_every_other_session(world):  # 004-01
    world.remi.password = passwords.hashed(GOOD)
    world.remi.save()
    here, there = (
        SignIn.create(user=world.remi, sha256=name, made_at=NOON.utc, seen_at=NOON.utc, fresh_at=NOON.utc)
        for name in ("here", "there")
    )
    with pytest.raises(Refused):
        passwords.change(world.remi, "something else", "another plum cake", by=world.remi, at=NOON)
    passwords.change(world.remi, GOOD, "another plum cake", by=world.remi, at=NOON, but=here)
    assert [row.id for row in SignIn.select()] == [here.id]
    assert passwords.is_right(world.remi.again().password, "another plum cake")
    assert not MailedLink.select().where(MailedLink.used_at.is_null()).exists()
    told = Event.get(Event.kind == "user.password_changed")
    assert told.by_id == world.remi.id and not told.after  # no password in the audit trail
