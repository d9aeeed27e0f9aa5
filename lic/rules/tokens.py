"""Tokens that programs come with: made and revoked by the person they act for; we hold their SHA-256 (safety.md 18)."""

import hashlib
import secrets

from lic.models import EVERYBODY, N_, NN_, ApiToken, User, scope, tx
from lic.rules import Reason, journal, refuse_if

PREFIX = "lic_"  # so that one that leaked is recognised
MOST = 20
LONGEST = 100  # of a name


def hashed(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def of(user):
    """A person's tokens that still work, the newest first."""
    return list(
        ApiToken.select().where(ApiToken.user == user.id, ApiToken.revoked_at.is_null()).order_by(ApiToken.id.desc())
    )


def of_others(user):
    """Those of the other people of a person's organisation: an operator may have made one for who only reads."""
    theirs = ApiToken.select(ApiToken, User).join(User).where(User.organisation == user.organisation_id)
    theirs = theirs.where(ApiToken.user != user.id, ApiToken.revoked_at.is_null())
    return list(theirs.order_by(User.last_name, User.first_name, ApiToken.id.desc()))


def numbered(user, number):
    """One that this administrator may revoke: their own, or that of somebody of their organisation."""
    people = User.select(User.id).where(User.organisation == user.organisation_id)
    return ApiToken.get(ApiToken.id == number, ApiToken.user.in_(people))


def why_not_make(user, name, by=None):
    """Why this person gets no token of that name, or None if they do. by: who makes it; None: the operator."""
    if by and not by.is_administrator:
        return Reason(N_("Only an administrator makes tokens."), rule="X15")
    if user.organisation.is_customer and not user.organisation.direct:
        return Reason(N_("%(name)s sees no prices here: there is nothing to ask."), rule="Q", name=user.organisation)
    if not (name or "").strip() or len(name) > LONGEST:
        return Reason(N_("Say what it is for, in at most %(most)s characters."), most=LONGEST)
    if len(of(user)) >= MOST:
        return Reason(NN_("You have %(count)s token already.", "You have %(count)s tokens already."), count=MOST)
    return None


def make(user, name, by, at):
    """(the token, its secret), which is shown once and never again."""
    with tx():
        user = user.again()
        refuse_if(why_not_make(user, name, by))
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken.create(user=user.id, name=name.strip(), sha256=hashed(secret), made_at=at.utc)
        journal.record("user.token_made", user, by, at, after={"name": token.name})
        return token, secret


def revoke_all(user, by, at):
    """All of a person's, who may make none any more."""
    with tx():
        for token in of(user):
            revoke(token, by, at)


def revoke(token, by, at):
    """It works no more, from the next request on."""
    with tx():
        token = token.again()
        if token.revoked_at is None:
            token.revoked_at = at.utc
            token.save()
            journal.record("user.token_revoked", token.user, by, at, after={"name": token.name})
        return token


def owner(secret):
    """(token, the person it acts for), or None: revoked, unknown, or of somebody who may no longer log in."""
    with scope(EVERYBODY):  # before we know who is asking
        token = ApiToken.get_or_none(ApiToken.sha256 == hashed(secret), ApiToken.revoked_at.is_null())
        user = token and User.get_by_id(token.user_id)
        if user is None or not user.active or user.organisation.cancelled_at:
            return None
        return token, user


journal.tells("user.token_made", journal.Tell(lambda user, event: [user], even_who_did_it=True))
