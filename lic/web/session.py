"""Who is asking: sessions kept on the server, so that a copied cookie dies at logout (safety.md, Session)."""

import hashlib
import secrets
from datetime import timedelta

from flask import current_app, g, request

from lic.models import EVERYBODY, Generation, HalfSignIn, Organisation, SignIn, User, scope, tx
from lic.rules import people, second_factors
from lic.web import clock, devices

IDLE, LONG = timedelta(hours=12), timedelta(days=30)  # "remember me" makes it last 30 days, seen or not
WATCHFUL, WATCHFUL_MOST = timedelta(hours=1), timedelta(hours=24)  # whoever can do everything, remembered or not
FRESH = timedelta(minutes=15)
HALF = timedelta(minutes=5)  # between the password and the code
SEEN_EVERY = timedelta(minutes=1)  # how exactly we remember; not every page should write

_known = {}  # cookie hash: (generation, sign-in, user, organisation, list), so that most requests read nothing
_MOST_KNOWN = 2000  # of 5 KB each


def cookie_name(name="lic"):
    """On https a cookie is this host's alone: no neighbour can plant one."""
    return f"__Host-{name}" if current_app.config["SETTINGS"].https else name


def hashed(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(user, long=False, proved=False):
    """Open a session for this person; a new secret each time, so that none can be planted beforehand.

    proved: whether the code of the second factor was right.
    """
    secret, now = secrets.token_urlsafe(32), clock.utcnow()
    with tx():
        people.refuse_if_changed(user, proved)
        if before := g.pop("sign_in", None):
            SignIn.delete().where(SignIn.id == before.id).execute()
        made = {"made_at": now, "seen_at": now, "fresh_at": now, "long": long}
        made["device"] = devices.device(request.user_agent.string)
        g.sign_in = SignIn.create(user=user.id, sha256=hashed(secret), **made)
        if before:
            second_factors.hand_on(before, g.sign_in)
    g.sign_in_secret, g.sign_in_long = secret, long


def sign_out():
    if sign_in := g.pop("sign_in", None):
        with tx():
            SignIn.delete().where(SignIn.id == sign_in.id).execute()
    g.signed_out = True


def of(user):
    """A person's sessions that have not ended, those they used last before the others."""
    now, found = clock.utcnow(), SignIn.select().where(SignIn.user == user.id).order_by(SignIn.seen_at.desc())
    return [one for one in found if not _ended(one, user, now)]


def end(user, number):
    """End one of a person's own sessions; nobody else's exists for them."""
    with tx():
        SignIn.get(SignIn.id == number, SignIn.user == user.id).delete_instance()


def end_others(user):
    """End all of a person's sessions but this one; returns how many there were."""
    with tx():
        return SignIn.delete().where(SignIn.user == user.id, SignIn.id != g.sign_in.id).execute()


def was_known():
    """Whether this browser was logged in: its cookie is of a session that has ended."""
    return bool(request.cookies.get(cookie_name()))


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
    background = getattr(current_app.view_functions.get(request.endpoint), "background", False)
    if not user.active or user.organisation.cancelled_at or _ended(sign_in, user, now):
        if user.active and not user.organisation.cancelled_at:
            g.ended = user, sign_in.long
        if not background:  # a form still open on that page will say whose it is
            with tx():
                SignIn.delete().where(SignIn.id == sign_in.id).execute()
        return None
    if now - sign_in.seen_at > SEEN_EVERY and not background:
        sign_in.seen_at = now
        with tx(counts=False):
            SignIn.update(seen_at=now).where(SignIn.id == sign_in.id).execute()
    g.sign_in = sign_in
    return user


def _find(sha):
    """The sign-in and its user, whose copy this request may do with what it likes."""
    generation, known = Generation.number, _known.get(sha)
    if known is None or known[0] != generation:
        with scope(EVERYBODY):  # before we know who is asking
            sign_in = SignIn.get_or_none(SignIn.sha256 == sha)
            user = sign_in and User.get_by_id(sign_in.user_id)
            organisation = user and Organisation.get_by_id(user.organisation_id)
            price_list = user and organisation.price_list
        if sign_in is None:
            _known.pop(sha, None)
            return None, None
        for old in [other for other, held in list(_known.items()) if held[0] != generation]:
            _known.pop(old, None)  # of before the last commit: people who come no more would stay for ever
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[sha] = (generation, sign_in, user, organisation, price_list)
    sign_in, user, organisation, price_list = known[1:]
    user = copied(user)
    user.organisation = copied(organisation)
    if price_list:
        user.organisation.price_list = copied(price_list)
        user.organisation._dirty.clear()
    user._dirty.clear()
    return sign_in, user


def copied(record):
    copy = type(record)(__no_default__=True)
    copy.__data__ = dict(record.__data__)
    return copy


def _ended(sign_in, user, now):
    age, unseen = now - sign_in.made_at, now - sign_in.seen_at
    if user.is_administrator and user.organisation.is_distributor:
        return age > WATCHFUL_MOST or unseen > WATCHFUL
    return age > LONG or (unseen > IDLE and not sign_in.long)


def sweep():
    """Forget sessions that have ended, and what else sign-in leaves behind; once a day is enough."""
    now = clock.now()
    with tx(counts=False):
        unseen = (SignIn.seen_at < now.utc - IDLE) & (SignIn.long == False)  # noqa: E712
        SignIn.delete().where(unseen | (SignIn.made_at < now.utc - LONG)).execute()
        HalfSignIn.delete().where(HalfSignIn.made_at < now.utc - HALF).execute()
    people.sweep(now)


def init(app):
    @app.after_request
    def cookie(response):
        options = {"secure": app.config["SETTINGS"].https, "httponly": True, "samesite": "Lax", "path": "/"}
        if g.get("signed_out"):
            response.delete_cookie(cookie_name(), **options)
            response.headers["Clear-Site-Data"] = '"storage"'
        elif secret := g.get("sign_in_secret"):
            age = int(LONG.total_seconds()) if g.sign_in_long else None  # else until the browser is closed
            response.set_cookie(cookie_name(), secret, max_age=age, **options)
        return response
