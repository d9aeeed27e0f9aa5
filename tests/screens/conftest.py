"""What screens are tried with: passwords that are known, a clock that can be moved, an incident and its declaration."""

from datetime import timedelta

import pytest

from lic.models import User
from lic.rules import contracts, passwords
from lic.web import clock
from tests.incidents import TYPED, an_incident

PASSWORD = "plum cake at four o'clock"
HASHED = passwords.hashed(PASSWORD)  # once: it takes long


def with_password(*users):
    User.update(password=HASHED).where(User.id.in_([user.id for user in users])).execute()


@pytest.fixture
def later(monkeypatch):
    """`later(hours=2)`: from now on it is two hours later, for sessions, links and throttles."""
    really = clock.utcnow
    passed = [timedelta(0)]
    monkeypatch.setattr(clock, "utcnow", lambda: really() + passed[0])

    def wait(**how_long):
        passed[0] += timedelta(**how_long)

    return wait


@pytest.fixture
def incident(world):
    return an_incident(world)


@pytest.fixture
def declared(world):
    """What a person types into the declaration."""
    ticked = [str(article.id) for article in contracts.articles(world.contract)]
    typed = {"title": "My NAS stops", "nature": "damaged", "description": "Two beeps.", "articles": ticked, "key": "k"}
    return typed | TYPED
