"""Invitations: a letter with a link that lets a new person choose a password (rules.md Q, 004-13)."""

from lic.models import EVERYBODY, LinkKind, scope, tx
from lic.rules import journal, links, passwords, refuse_if
from lic.rules.journal import Tell, tells


def invite(user, by, at):
    """Send a person the letter with the link; may be done again, and then the older links no longer work."""
    with tx():
        links.end(user, at, LinkKind.INVITATION)
        return journal.record("user.invited", user, by=by, at=at)


def accept(link, password, at):
    """The invited person chooses a password; the link and its sisters are used up."""
    refuse_if(passwords.why_not(password, link.user))
    made = passwords.hashed(password)  # before the transaction: it takes long
    with tx(), scope(EVERYBODY):  # nobody is logged in yet: the link says who it is
        links.use(link, at)
        links.end(link.user, at, LinkKind.INVITATION, LinkKind.RESET)
        user = link.user.again()
        user.password = made
        user.save()
        journal.record("user.joined", user, by=user, at=at)
    return user


tells("user.invited", Tell(lambda user, event: [user], letter="invitation", drawer=False, even_who_did_it=True))
