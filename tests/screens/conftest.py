"""What the screens of getting in are tried with: passwords that are known, and a clock that can be moved."""

from datetime import timedelta

import pytest

from lic.models import User
from lic.rules import passwords
from lic.web import clock

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
