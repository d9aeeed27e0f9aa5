"""Guessing gets slower with every failure, for one account and from one address (safety.md 20, 21, 45)."""

import hashlib
import ipaddress
import threading
from dataclasses import dataclass
from datetime import timedelta

from lic.models import NN_, Throttle, fold, tx
from lic.rules import Reason, Refused


class TooMany(Refused):
    """Not now; in so many seconds perhaps."""

    def __init__(self, seconds):
        if seconds <= 90:
            reason = Reason(
                NN_(
                    "Too many attempts. Try again in %(count)s second.",
                    "Too many attempts. Try again in %(count)s seconds.",
                ),
                count=seconds,
            )
        else:
            reason = Reason(
                NN_(
                    "Too many attempts. Try again in %(count)s minute.",
                    "Too many attempts. Try again in %(count)s minutes.",
                ),
                count=-(-seconds // 60),
            )
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class Limit:
    """From the `free`-th failure on one waits, twice as long each time, never longer than `most`."""

    name: str
    free: int
    first: int = 1  # seconds
    most: int = 15 * 60
    forgotten: timedelta = timedelta(days=1)  # after so long without a failure, counting begins anew


LOGIN = Limit("login", free=5)  # one account, whether it exists or not
LOGIN_FROM = Limit("login from", free=20, forgotten=timedelta(hours=1))  # one address, whatever accounts it tries
CODE = Limit("code", free=5)  # of one person's second factor, by whoever has the password or a mailed link
RESET = Limit("reset", free=3, first=300, most=3600)
RESET_FROM = Limit("reset from", free=10, first=10, forgotten=timedelta(hours=1))
REGISTRATION = Limit("registration", free=5)  # one contract number, whether it exists or not
REGISTRATION_FROM = Limit("registration from", free=10, first=10, forgotten=timedelta(hours=1))
CONFIRMATION = Limit("confirmation", free=10, first=10)  # asking by one link whether usernames are taken


def seconds_left(limit, who, at):
    """How long this one still has to wait; 0 when it need not."""
    row = Throttle.get_or_none(Throttle.key == _key(limit, who))
    if row is None or row.failures < limit.free or at.utc - row.last_at >= limit.forgotten:
        return 0
    wait = min(limit.first * 2 ** min(row.failures - limit.free, 30), limit.most)
    left = wait - (at.utc - row.last_at).total_seconds()
    return min(max(0, -int(-left // 1)), limit.most)  # a clock set back makes nobody wait longer


def refuse_if_waiting(at, **limits):
    """Raise TooMany for the longest wait. `limits`: LIMIT=who, by the names of this module."""
    longest = max(seconds_left(globals()[name], who, at) for name, who in limits.items())
    if longest:
        raise TooMany(longest)


def count(limit, who, at):
    """One more failure; returns how many there are now."""
    with tx(counts=False):
        row = Throttle.get_or_none(Throttle.key == _key(limit, who))
        if row is None:
            row = Throttle(key=_key(limit, who), failures=0, last_at=at.utc)
        if at.utc - row.last_at >= limit.forgotten:
            row.failures = 0
        row.failures, row.last_at = row.failures + 1, at.utc
        row.save()
        return row.failures


def forgive(limit, who):
    """It was right after all."""
    with tx(counts=False):
        Throttle.delete().where(Throttle.key == _key(limit, who)).execute()


def sweep(at):
    """Forget who has long stopped."""
    with tx(counts=False):
        return Throttle.delete().where(Throttle.last_at < at.utc - timedelta(days=1)).execute()


def _key(limit, who):
    """A hash: what people type into a login form is sometimes their password."""
    return f"{limit.name} {hashlib.sha256(fold(who.strip()).encode()).hexdigest()[:32]}"


def place(address):
    """Where somebody is: an IPv4 address, or the network an IPv6 address can be chosen from."""
    try:
        ip = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return "?"
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


# --- before a password is hashed at all ----------------------------------------------------------


class Bucket:
    """So many at once, then so many a second; in memory, because it must cost nothing."""

    def __init__(self, most, a_second):
        self.most, self.a_second = most, a_second
        self.left, self.at = most, None

    def take(self, at):
        if self.at is not None:
            self.left = min(self.most, self.left + max(0, (at - self.at).total_seconds()) * self.a_second)
        self.at = at
        if self.left < 1:
            return False
        self.left -= 1
        return True


_lock = threading.Lock()
_places = {}
_MOST_PLACES = 5000
_everybody = Bucket(150, 15)  # a hash takes 19 MB and a twentieth of a second


def admit(address, at):
    """Let one attempt from this address through to the hashing, or raise TooMany."""
    with _lock:
        if len(_places) >= _MOST_PLACES:
            _places.clear()
        bucket = _places.setdefault(place(address), Bucket(60, 1))
        if not (bucket.take(at.utc) and _everybody.take(at.utc)):
            raise TooMany(2)


def start_afresh():
    """A new process has seen nobody yet."""
    with _lock:
        _places.clear()
        _everybody.left = _everybody.most
