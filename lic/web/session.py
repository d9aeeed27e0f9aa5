"""Who is asking: sessions kept on the server, so that a copied cookie dies at logout (safety.md, Session)."""

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, g, request

from lic.models import EVERYBODY, Generation, SignIn, User, scope, tx
from lic.web import clock

IDLE, LONG, WATCHFUL, WATCHFUL_MOST = timedelta(hours=12), timedelta(days=30), timedelta(hours=1), timedelta(hours=24)
FRESH = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)  # how exactly we remember; not every page should write

_known = {}  # cookie hash: (generation, sign-in, user), so that most requests read nothing
_MOST_KNOWN = 2000


def cookie_name():
    return "__Host-lic" if current_app.config["SETTINGS"].https else "lic"


def hashed(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(user, long=False):
    """Open a session for this person; a new secret each time, so that none can be planted beforehand."""
    secret, now = secrets.token_urlsafe(32), clock.utcnow()
    with tx():
        SignIn.create(user=user, sha256=hashed(secret), made_at=now, seen_at=now, fresh_at=now, long=long)
    g.sign_in_secret, g.sign_in_long = secret, long


def sign_out():
    if sign_in := g.get("sign_in"):
        with tx():
            SignIn.delete().where(SignIn.id == sign_in.id).execute()
    g.signed_out = True


def end_all(user, but=None):
    """Every session of this person ends: password, role or state changed. `but` is a SignIn to keep."""
    with tx():
        query = SignIn.delete().where(SignIn.user == user)
        (query.where(SignIn.id != but.id) if but else query).execute()


def is_fresh():
    """Whether the password was typed within the last quarter of an hour."""
    return bool(g.get("sign_in")) and clock.utcnow() - g.sign_in.fresh_at <= FRESH


def load():
    """The person this request's cookie belongs to, or None."""
    secret = request.cookies.get(cookie_name())
    if not secret:
        return None
    sha = hashed(secret)
    sign_in, user = _find(sha)
    if sign_in is None:
        return None
    now = clock.utcnow()
    if not user.active or _ended(sign_in, user, now):
        with tx():
            SignIn.delete().where(SignIn.id == sign_in.id).execute()
        return None
    background = getattr(current_app.view_functions.get(request.endpoint), "background", False)
    if now - sign_in.seen_at > SEEN_EVERY and not background:
        sign_in.seen_at = now
        with tx(counts=False):
            SignIn.update(seen_at=now).where(SignIn.id == sign_in.id).execute()
    g.sign_in = sign_in
    return user


def _find(sha):
    generation = Generation.number
    known = _known.get(sha)
    if known and known[0] == generation:
        return known[1:]
    with scope(EVERYBODY):  # before we know who is asking
        sign_in = SignIn.get_or_none(SignIn.sha256 == sha)
        user = sign_in and User.get_by_id(sign_in.user_id)
        if user:
            user.organisation  # noqa: B018 (fetched once, while it may be)
    if sign_in is None:
        _known.pop(sha, None)
        return None, None
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[sha] = (generation, sign_in, user)
    return sign_in, user


def _ended(sign_in, user, now):
    watchful = user.is_administrator and user.organisation.is_distributor
    if watchful and now - sign_in.made_at > WATCHFUL_MOST:
        return True
    if watchful and not sign_in.long:
        return now - sign_in.seen_at > WATCHFUL
    return now - sign_in.seen_at > (LONG if sign_in.long else IDLE)


def init(app):
    @app.after_request
    def cookie(response):
        options = {"secure": app.config["SETTINGS"].https, "httponly": True, "samesite": "Lax", "path": "/"}
        if g.get("signed_out"):
            response.delete_cookie(cookie_name(), **options)
            response.headers["Clear-Site-Data"] = '"storage"'
        elif secret := g.get("sign_in_secret"):
            age = int(LONG.total_seconds()) if g.sign_in_long else None
            response.set_cookie(cookie_name(), secret, max_age=age, **options)
        return response
