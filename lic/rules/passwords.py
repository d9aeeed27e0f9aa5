"""Passwords: which are refused, and how they are kept (safety.md, Passwords)."""

import hashlib
import mmap
import re
import threading
import unicodedata
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lic.models import EVERYBODY, N_, NN_, LinkKind, scope, tx
from lic.rules import Reason, Refused, journal, links, refuse_if, second_factors, throttle
from lic.rules.journal import Tell, tells

LEAST, MOST = 12, 256
LEAKED = Path(__file__).parent / "leaked_passwords.bloom"  # made by bench/leaked_passwords.py
HASHES = 20  # of the filter: with 29 bits a password, one good password in a million is refused
HASHER = PasswordHasher(2, 19456, 1)  # the second of OWASP's choices: 19 MB, 50 ms
# Compared with when there is no such account: as slow as any, and nobody has its password.
STRANGER = f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}${'A' * 22}${'A' * 43}"

BUSY = Reason(N_("Too many people are logging in. Try again in a moment."))


# --- which are refused -------------------------------------------------------------------------


def why_not(password, user=None, own=()):
    """Why nobody, or not this user, may have this password. No composition rules: length is what counts.

    `own`: words of a person who has no account yet, as `own_words` gives them.
    """
    password = normal(password)
    if len(password) < LEAST:
        return Reason(
            NN_("It has %(count)s character and needs %(least)s.", "It has %(count)s characters and needs %(least)s."),
            count=len(password),
            least=LEAST,
        )
    if len(password) > MOST:
        return Reason(N_("At most %(most)s characters."), most=MOST)
    if is_leaked(password):
        return Reason(N_("This password is on lists of stolen passwords, which attackers try first. Choose another."))
    if word := _own_word_in(password, own or own_words(user)):
        return Reason(N_("The password contains “%(word)s”, which others know of you. Choose another."), word=word)
    return None


def normal(password):
    """The same characters however a keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def own_words(user):
    """What others know of a person: each is looked for as a whole."""
    if user is None:
        return ()
    with scope(EVERYBODY):  # the person may not be logged in yet
        company = user.organisation.name
    return (*of_person(user.first_name, user.last_name, user.identifier, user.email), company)


def of_person(first_name, last_name, identifier, email):
    both = (f"{first_name} {last_name}", f"{last_name} {first_name}")
    return (*both, first_name, last_name, identifier, email, email.partition("@")[0])


def _own_word_in(password, words):
    """The first of the words that stands in the password as a whole: "Durand2026" has Durand, "alphabet" not Alpha."""
    parts = [_plain(part) for part in re.findall(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+|[0-9]+|[^\W\d_]+", password)]
    runs = {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, min(i + 12, len(parts)) + 1)}
    return next((word for word in words if len(_plain(word)) >= 5 and _plain(word) in runs), None)


def _plain(text):
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in letters if c.isalnum())


def is_leaked(password):
    """Whether it is on the list of leaked passwords, in capitals or not, or a short one of it over and over."""
    bits = _filter()
    size = len(bits) * 8
    return all(bits[place >> 3] >> (place & 7) & 1 for place in places(password, size))


def places(password, size):
    """The bits of a filter of this size that stand for a password."""
    digest = hashlib.sha256(normal(password).casefold().encode(errors="surrogatepass")).digest()
    start, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big") | 1
    return [(start + i * step) % size for i in range(HASHES)]


@cache
def _filter():
    """Looked into where it lies: the system lends the few pages asked for."""
    with LEAKED.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# --- how they are kept -------------------------------------------------------------------------

_turns = threading.BoundedSemaphore(2)  # a flood of logins takes no more than 38 MB and both cores (safety.md 45)


@contextmanager
def _turn():
    if not _turns.acquire(timeout=5):
        raise Refused(BUSY)
    try:
        yield
    finally:
        _turns.release()


def hashed(password):
    with _turn():
        return HASHER.hash(normal(password))


def is_right(known, password):
    """Whether the password is the one kept as `known`; takes as long when there is none."""
    with _turn():
        try:
            return HASHER.verify(known or STRANGER, normal(password)) and known is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(known):
    """Whether it was hashed with other settings than today's."""
    return HASHER.check_needs_rehash(known)


# --- verbs -------------------------------------------------------------------------------------


def change(user, current, new, by, at, but=None):
    """A person changes the own password, knowing the old one; all sessions end but `but`, a SignIn."""
    if not is_right(user.password, current):
        raise Refused(Reason(N_("This is not your current password.")))
    refuse_if(why_not(new, user))
    return _keep(user, hashed(new), by, at, but)


def reset(link, new, at, code=""):
    """A person who forgot the password sets a new one by the mailed link; a second factor is asked for besides."""
    refuse_if(links.why_not_open(link, at))
    refuse_if(why_not(new, link.user))
    if second_factors.of(link.user):  # who only reads the mail sets nothing (safety.md 25)
        second_factors.prove(link.user, code, at)
    made = hashed(new)  # before the transaction: it takes long
    with tx(), scope(EVERYBODY):  # nobody is logged in: the link says who it is
        links.use(link, at)
        return _keep(link.user, made, link.user, at)


def _keep(user, made, by, at, but=None):
    from lic.rules import users  # which needs the invitations, which need this

    with tx():
        user = user.again()
        user.password = made
        user.save()
        users.shut_out(user, at, but=but)
        throttle.forgive(throttle.LOGIN, user.identifier)  # whatever others typed meanwhile
        links.end(user, at, LinkKind.INVITATION)
        journal.record("user.password_changed", user, by=by, at=at)
    return user


tells("user.password_changed", Tell(lambda user, event: [user], letter="password_changed", even_who_did_it=True))
