"""Who may log in, and what may be changed about people."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from lic.models import EVERYBODY, N_, User, scope
from lic.rules import Reason, Refused

HASHER = PasswordHasher(2, 19456, 1)
WRONG = Reason(N_("Username or password is wrong."), rule="002-02")


def who_logs_in(identifier, password, address, at):
    """The person with this identifier and password."""
    with scope(EVERYBODY):
        user = User.get_or_none(User.identifier == identifier.strip())
    try:
        HASHER.verify(user.password, password)
    except (VerifyMismatchError, InvalidHashError, AttributeError):
        raise Refused(WRONG) from None
    return user
