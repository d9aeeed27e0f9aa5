"""Links that work once: a mail holds the secret, we hold its SHA-256 (safety.md, Mailed links)."""

import hashlib
import secrets
from datetime import timedelta

from lic.models import EVERYBODY, N_, LinkKind, MailedLink, User, scope, tx
from lic.rules import Reason, Refused, refuse_if

LIVES = {
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.INVITATION: timedelta(hours=48),
    LinkKind.REGISTRATION: timedelta(hours=48),
    LinkKind.APPROVAL: timedelta(hours=72),
    LinkKind.SETUP: timedelta(hours=1),
    LinkKind.EMAIL: timedelta(hours=48),
}
PATHS = {  # where each kind of link leads; the secret is its last part
    LinkKind.RESET: "/password-resets",
    LinkKind.INVITATION: "/invitations",
    LinkKind.REGISTRATION: "/registrations/confirmations",
    LinkKind.APPROVAL: "/approvals",
    LinkKind.SETUP: "/setup",
    LinkKind.EMAIL: "/settings/profile/email",
}
KEPT = timedelta(days=30)  # how long an old link can still say that it was used or has expired

UNKNOWN = Reason(
    N_("This link is not complete, or no longer works. Copy it whole from the mail, or ask for a new one.")
)
USED = Reason(N_("This link was already used. It works only once; ask for a new one if you need it."))
EXPIRED = Reason(N_("This link has expired. Ask for a new one."))


def make(kind, user=None, email=None, subject=None, at=None):
    """A new link's secret, of which nothing but its hash is kept. kind: a LinkKind or its value; at: a Moment."""
    kind, secret = LinkKind(kind), secrets.token_urlsafe(32)
    with tx(counts=False):
        MailedLink.create(
            kind=kind,
            user=user,
            email=email,
            subject=subject or {},
            sha256=_hashed(secret),
            made_at=at.utc,
            expires_at=at.utc + LIVES[kind],
        )
    return secret


def path(kind, secret):
    """The address of a link within the portal; LIC_BASE_URL goes before it, never the request's host."""
    return f"{PATHS[LinkKind(kind)]}/{secret}"


def look_up(kind, secret):
    """The link with this secret, used and expired ones too, with its person at hand; or None."""
    link = MailedLink.get_or_none(MailedLink.kind == kind, MailedLink.sha256 == _hashed(secret))
    return link and _with_person(link)


def _with_person(link):
    if link.user_id:
        with scope(EVERYBODY):  # the secret says who it is: nobody is logged in yet
            link.user = User.get_by_id(link.user_id)
            link.user.organisation  # noqa: B018 (fetched while it may be)
    return link


def why_not_open(link, at):
    """Why a link opens nothing (any more), or None."""
    if link is None:
        return UNKNOWN
    if link.used_at:
        return USED
    if link.expires_at <= at.utc:
        return EXPIRED
    if link.user_id and (not link.user.active or link.user.organisation.cancelled_at):
        return UNKNOWN
    return None


def find(kind, secret, at):
    """The open link with this secret. Looking uses nothing up: mail scanners look too."""
    link = look_up(kind, secret)
    refuse_if(why_not_open(link, at))
    return link


def use(link, at):
    """Use a link up, inside the transaction that does what it is for: of two at once, one wins."""
    with tx():
        refuse_if(why_not_open(_with_person(link.again()), at))
        won = MailedLink.update(used_at=at.utc).where(MailedLink.id == link.id, MailedLink.used_at.is_null()).execute()
        if not won:
            raise Refused(USED)


def end(user, at, *kinds):
    """The open links of these kinds that this person was sent no longer work."""
    with tx():
        MailedLink.update(used_at=at.utc).where(
            MailedLink.user == user.id, MailedLink.used_at.is_null(), MailedLink.kind.in_(kinds)
        ).execute()


def why_not_again(kind, mail, at):
    """Why a kept letter's link of this kind is not made (anew): its time is over, or it did what it was for."""
    if mail.made_at + LIVES[kind] <= at.utc:
        return EXPIRED
    return USED if _of(kind, mail).where(MailedLink.used_at.is_null(False)).exists() else None


def forget_unused(kind, mail):
    """The links a letter was read with before open nothing any more: a letter has one at a time."""
    with tx(counts=False):
        for link in _of(kind, mail).where(MailedLink.used_at.is_null()):
            link.delete_instance()


def _of(kind, mail):
    """The links made from a letter, or after it, for its reader."""
    whose = MailedLink.user == mail.user_id if mail.user_id else MailedLink.email == mail.to
    return MailedLink.select().where(MailedLink.kind == kind, MailedLink.made_at >= mail.made_at, whose)


def sweep(at):
    """Forget what ended long ago."""
    with tx(counts=False):
        return MailedLink.delete().where(MailedLink.expires_at < at.utc - KEPT).execute()


def _hashed(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
