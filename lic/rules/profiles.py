"""What everybody may change of their own, basic users too: personal data, language, password (004-01, Q)."""

from lic.models import EVERYBODY, N_, LinkKind, scope, tx
from lic.rules import Reason, journal, links, passwords, throttle, users


def why_not_confirmed(user, password, at):
    """Why this does not prove that it is the person who asks: guessing is as slow as at the login page."""
    throttle.refuse_if_waiting(at, LOGIN=user.identifier)
    if passwords.is_right(user.password, password):
        throttle.forgive(throttle.LOGIN, user.identifier)
        return None
    throttle.count(throttle.LOGIN, user.identifier, at)
    return Reason(N_("This is not your current password."), rule="004-01")


def change(user, at, keep, email, **given):
    """Change one's own profile; True when a new e-mail address now waits to be confirmed. `keep`: this session."""
    with tx():
        user = users.change(user, by=user, at=at, but=keep, **given)
        if email == user.email:
            return False
        ask_to_confirm(user, email, at)
        return True


def ask_to_confirm(user, email, at):
    """Mail a link to the new address; until it is followed the old one stays. The old one hears of it at once."""
    with tx():
        links.end(user, at, LinkKind.EMAIL)
        journal.write("email_confirmation", email, at, language=user.language, user=user.id, name=user.name)
        journal.write("email_asked", user, at, email=email)


def confirm(link, at, keep=None):
    """The person reads mail at the new address: it is theirs from now on. `keep`: a session of theirs that stays."""
    with tx(), scope(EVERYBODY):  # nobody need be logged in: the link says who it is
        links.use(link, at)
        return users.change(link.user, by=link.user, at=at, but=keep, email=link.email)
