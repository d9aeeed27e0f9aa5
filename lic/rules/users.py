"""Who belongs to an organisation and what they may: made, changed, closed and opened again (002-59 to 002-61)."""

import re
import unicodedata

from lic.models import EVERYBODY, N_, HalfSignIn, LinkKind, SignIn, User, UserType, scope, tx
from lic.rules import Reason, invitations, journal, links, organisations, refuse_if, tokens

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{2,59}")
KEPT = ("first_name", "last_name", "identifier", "email", "phone", "type", "may_declare")  # what the audit trail tells


# --- identifiers -------------------------------------------------------------------------------


def why_not_identifier(identifier, user=None, first_name="", last_name=""):
    """Why nobody, or not this user, can have this identifier; the names serve to find a free one."""
    if not IDENTIFIER.fullmatch(identifier):
        return Reason(
            N_("3 to 60 letters without accents, digits and . _ @ + -, beginning with a letter or digit."),
            rule="002-61",
        )
    if not _is_taken(identifier, user):
        return None
    free = free_identifier(first_name, last_name, identifier)
    return Reason(
        N_("“%(identifier)s” is already taken. Free: “%(free)s”."), identifier=identifier, free=free, rule="002-61"
    )


def free_identifier(first_name, last_name, wanted=""):
    """An identifier nobody has: of the name where it can be, else the wanted one with a number."""
    first, last = _plain(first_name), _plain(last_name)
    guesses = [f"{first[:length]}.{last}" for length in (1, 2, 3, len(first))] if first and last else []
    numbered = wanted or last or first or "user"
    for guess in (*guesses, *(f"{numbered[:50]}{number}" for number in range(2, 1000))):
        if IDENTIFIER.fullmatch(guess) and not _is_taken(guess):
            return guess
    return ""


def _is_taken(identifier, user=None):
    with scope(EVERYBODY):  # identifiers are unique across all organisations, whatever the case
        other = User.select(User.id).where(User.identifier == identifier).first()
    return other is not None and (user is None or other.id != user.id)


def _plain(name):
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", letters)


# --- the last administrator --------------------------------------------------------------------


def why_not_without(user):
    """Why an organisation cannot do without this administrator (rules.md Q): nobody else could let anybody in."""
    if not (user.is_administrator and user.active):
        return None
    others = User.select(User.id).where(
        User.organisation == user.organisation_id,
        User.type == UserType.ADMINISTRATOR,
        User.active == True,  # noqa: E712
        User.password.is_null(False),  # one who was only invited may never come
        User.id != user.id,
    )
    if others.exists():
        return None
    return Reason(N_("This is the last administrator of %(company)s."), company=user.organisation, rule="Q")


# --- verbs -------------------------------------------------------------------------------------


def new(organisation, by, at, **given):
    """A new user, invited by mail. `given`: the fields of KEPT and perhaps `language`."""
    with tx():
        refuse_if(organisations.why_not_change(organisation))
        refuse_if(why_not_identifier(given["identifier"], None, given["first_name"], given["last_name"]))
        user = User.create(organisation=organisation, **{"language": organisation.language} | given)
        journal.record("user.made", user, by=by, at=at, after=told(user))
        invitations.invite(user, by=by, at=at)
    return user


def change(user, by, at, but=None, **given):
    """Change some of a user's fields. A new type, identifier or e-mail ends the open sessions, except `but`."""
    with tx():
        user = user.again()
        refuse_if(why_not_identifier(given.get("identifier", user.identifier), user, user.first_name, user.last_name))
        if given.get("type", user.type) is not UserType.ADMINISTRATOR:
            refuse_if(why_not_without(user))
        before, old_email = told(user), user.email
        if all(getattr(user, name) == value for name, value in given.items()):
            return user
        for name, value in given.items():
            setattr(user, name, value)
        user.save()
        after = told(user)
        if after != before:
            journal.record("user.changed", user, by=by, at=at, before=before, after=after)
        if any(after[name] != before[name] for name in ("type", "identifier", "email")):
            shut_out(user, at, but)
        if after["type"] != before["type"] and user.type is UserType.BASIC:
            tokens.revoke_all(user, by, at)  # X15
        if user.email != old_email:
            _moved(user, old_email, by, at)
    return user


def _moved(user, old_email, by, at):
    """The old address hears of the new one; who has not come yet is invited at the new one."""
    journal.write("email_changed", old_email, at, language=user.language, name=user.name, email=user.email)
    if user.active and not user.password:
        invitations.invite(user, by=by, at=at)


def why_not_deactivate(user, by):
    if user.id == by.id:
        return Reason(N_("You cannot close your own access; another administrator can."), rule="002-60")
    return why_not_without(user)


def deactivate(user, by, at):
    """Close a person's access at once; what the person did stays."""
    with tx():
        user = user.again()
        refuse_if(why_not_deactivate(user, by))
        if not user.active:
            return
        user.active = False
        user.save()
        shut_out(user, at)
        links.end(user, at, LinkKind.INVITATION)
        journal.record("user.deactivated", user, by=by, at=at, before={"active": True}, after={"active": False})


def reactivate(user, by, at):
    with tx():
        user = user.again()
        if user.active:
            return
        user.active = True
        user.save()
        journal.record("user.reactivated", user, by=by, at=at, before={"active": False}, after={"active": True})


def why_not_invite(user):
    """Why an invitation is not sent (again)."""
    if not user.active:
        return Reason(N_("The access of %(name)s is closed."), name=user, rule="002-61")
    if user.password:
        return Reason(N_("%(name)s has already accepted the invitation."), name=user, rule="002-61")
    return None


def invite(user, by, at):
    """Send the invitation again: a new link, and the old one no longer works."""
    with tx():
        user = user.again()
        refuse_if(why_not_invite(user))
        invitations.invite(user, by=by, at=at)


def shut_out(user, at, but=None):
    """Every session of a person ends, except the one that asked for it; so do the links mailed for the old account."""
    with tx():
        sessions = SignIn.delete().where(SignIn.user == user.id)
        (sessions.where(SignIn.id != but.id) if but else sessions).execute()
        HalfSignIn.delete().where(HalfSignIn.user == user.id).execute()
        links.end(user, at, LinkKind.RESET, LinkKind.EMAIL)


def told(user):
    """What the audit trail keeps of a user: never the password."""
    return {name: getattr(value, "value", value) for name in KEPT for value in (getattr(user, name),)}
