"""Somebody with an app that shows codes, as the tests play it."""

from datetime import timedelta
from types import SimpleNamespace

import pyotp

from lic.models import Moment, SecondFactor
from lic.rules import second_factors
from tests.conftest import NOON


def then(**passed):
    """That much later than noon."""
    past = timedelta(**passed)
    return Moment(NOON.day, NOON.at + past, NOON.utc + past)


def code(secret, at):
    """What the app shows at a Moment, or at a naive UTC datetime."""
    return pyotp.TOTP(secret).at(int((getattr(at, "utc", at) - NOON.utc).total_seconds()) + EPOCH)


EPOCH = 1795345200  # of noon, 22/11/2026 11:00 UTC


def secured(user, at=NOON):
    """A second factor for this person, set up two steps ago: its secret, and the recovery codes."""
    before = Moment(at.day, at.at - timedelta(minutes=1), at.utc - timedelta(minutes=1))
    second_factors.offer(user, before)
    secret = second_factors.offered(user, before)
    recovery = second_factors.turn_on(user, code(secret, before), before, but=None)
    return SimpleNamespace(secret=secret, recovery=recovery, row=SecondFactor.get(SecondFactor.user == user.id))
