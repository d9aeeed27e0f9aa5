"""Between the right password and the code: a secret of its own, in this browser for five minutes and good once.

It is no session and opens nothing but the page that asks for the code; the table holds its SHA-256.
"""

import secrets

from flask import current_app, redirect, request, url_for

from lic.models import EVERYBODY, HalfSignIn, User, scope, tx
from lic.rules import people, second_factors
from lic.web import clock, session

COOKIE = "lic_code"


def enter(user, to, long=False):
    """Let a person in whose password was right, and on to a page; by way of the code where there is a second factor."""
    if second_factors.of(user) is None:
        session.sign_in(user, long=long)
        return redirect(to, 303)
    secret = secrets.token_urlsafe(32)
    with tx(counts=False):
        HalfSignIn.create(user=user.id, sha256=session.hashed(secret), made_at=clock.utcnow(), long=long)
    response = redirect(url_for("login_codes.new", next=to), 303)
    response.set_cookie(session.cookie_name(COOKIE), secret, max_age=int(session.HALF.total_seconds()), **_options())
    return response


def waiting():
    """The half sign-in this browser is in, with its person at hand; None where there is none, or no longer."""
    secret = request.cookies.get(session.cookie_name(COOKIE))
    half = secret and HalfSignIn.get_or_none(HalfSignIn.sha256 == session.hashed(secret))
    if not half or clock.utcnow() - half.made_at >= session.HALF:
        return None
    with scope(EVERYBODY):  # the secret says who it is
        half.user = User.get_by_id(half.user_id)
        return half if half.user.active and not half.user.organisation.cancelled_at else None


def let_in(half, code, to):
    """In, with the right code; Refused otherwise, and asked again."""
    people.prove(half.user, code, clock.now())
    with tx():
        won = HalfSignIn.delete().where(HalfSignIn.id == half.id).execute()
        if won:
            session.sign_in(half.user, long=half.long, proved=True)
    if not won:  # another tab was quicker, or an administrator
        return redirect(url_for("session.new", next=to), 303)
    response = redirect(to, 303)
    response.delete_cookie(session.cookie_name(COOKIE), **_options())
    return response


def _options():
    return {"secure": current_app.config["SETTINGS"].https, "httponly": True, "samesite": "Lax", "path": "/"}
