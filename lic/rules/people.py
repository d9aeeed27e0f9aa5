"""Who logs in, and how somebody who cannot gets a mail that helps (002-02, 002-05)."""

import logging

from peewee import fn

from lic.models import EVERYBODY, N_, User, scope, tx
from lic.rules import Reason, Refused, journal, links, passwords, second_factors, throttle
from lic.rules.journal import Tell, tells

WRONG = Reason(N_("Username or password is wrong."), rule="002-02")
TOLD_FROM = 5  # failures on one account, until the person hears of it
MOST_ACCOUNTS = 5  # of one e-mail address, in answer to one request

log = logging.getLogger("portal")


# --- logging in --------------------------------------------------------------------------------


def who_logs_in(identifier, password, address, at):
    """The person with this identifier and password; Refused with the same words, as late, where there is no account.

    Who has a second factor is in only with `prove`.
    """
    throttle.admit(address, at)
    throttle.refuse_if_waiting(at, LOGIN=identifier, LOGIN_FROM=throttle.place(address))
    with scope(EVERYBODY):  # before we know who is asking
        user = User.get_or_none(User.identifier == identifier.strip())
        open_to = user is not None and user.active and not user.organisation.cancelled_at
    right = passwords.is_right(user.password if user else None, password)
    if not (right and open_to):
        _failed(identifier, address, user, at)
        raise Refused(WRONG)
    _is_right(user, identifier, password, at)
    return user


def refuse_if_changed(user, proved):
    """Whoever was let in while the password changed, or a second factor came, is not: all sessions ended with that.

    user: as it was when the password was looked at, which takes long; proved: whether the code was right. Inside the
    transaction that opens the session.
    """
    with scope(EVERYBODY):  # still before it exists
        now = user.again()
        left = not now.active or now.organisation.cancelled_at
    if left or now.password != user.password or (second_factors.of(now) and not proved):
        raise Refused(WRONG)


def prove(user, code, at):
    """After the password the code, of whoever has a second factor."""
    second_factors.prove(user, code, at)
    _let_in(user, at)


def _failed(identifier, address, user, at):
    with tx(counts=False):
        throttle.count(throttle.LOGIN_FROM, throttle.place(address), at)
        failures = throttle.count(throttle.LOGIN, identifier, at)
    if user and failures == TOLD_FROM:
        journal.record("user.guessed_at", user, by=None, at=at, after={"failures": failures})
    log.warning("login refused: failure %s of this account", failures)  # no name: logs hold no personal data


def _is_right(user, identifier, password, at):
    anew = passwords.hashed(password) if passwords.is_outdated(user.password) else None
    with tx():
        throttle.forgive(throttle.LOGIN, identifier)
        if anew:
            with scope(EVERYBODY):  # still before the session exists
                User.update(password=anew).where(User.id == user.id, User.password == user.password).execute()
                user.password = user.again().password
        if second_factors.of(user) is None:
            _let_in(user, at)


def _let_in(user, at):
    with tx():
        journal.record("user.logged_in", user, by=user, at=at)
    log.info("login of user %s", user.id)


# --- forgotten password ------------------------------------------------------------------------


def ask_for_reset(who, address, at):
    """Mail a link to those this identifier or e-mail address belongs to; what it answers tells a stranger nothing."""
    place = throttle.place(address)
    throttle.refuse_if_waiting(at, RESET_FROM=place)
    quiet = throttle.seconds_left(throttle.RESET, who, at)  # asked often enough: the mails are under way
    with tx():  # the same writes whether somebody is found or not
        throttle.count(throttle.RESET_FROM, place, at)
        throttle.count(throttle.RESET, who, at)
        for user in _those_called(who) if not quiet else ():
            journal.write("password_reset", user, at)


def _those_called(who):
    who = who.strip()
    called = (User.identifier == who) | (fn.LOWER(User.email) == who.lower())
    with scope(EVERYBODY):  # whoever forgot a password is not logged in
        found = User.select().where(called).order_by(User.id).limit(MOST_ACCOUNTS)
        return [user for user in found if user.active and not user.organisation.cancelled_at]


def sweep(at):
    """What sign-in leaves behind and nobody needs any more; once a day is enough."""
    links.sweep(at)
    throttle.sweep(at)


tells("user.guessed_at", Tell(lambda user, event: [user]))
