"""A second factor: a code of an app on the telephone besides the password, or one of ten recovery codes (ASVS 6.3.3).

It is asked wherever a password or a mailed link lets somebody in. Programs come with tokens of their own, and approval
links are for one order: neither asks for it.
"""

import base64
import hashlib
import secrets
from datetime import UTC, timedelta

import pyotp

from lic.models import N_, Generation, Labelled, RecoveryCode, SecondFactor, Setting, db, tx
from lic.rules import Reason, Refused, journal, refuse_if, throttle
from lic.rules.journal import Tell, tells

STEP = 30  # seconds a code is shown
DRIFT = 1  # steps a telephone's clock may be ahead or behind
OFFERED = timedelta(hours=1)  # how long a secret waits for its first code
CODES, BYTES = 10, 15  # 120 bits: enough for a plain hash (ASVS 6.5.2)
MISREAD = str.maketrans("018", "OIB")  # no recovery code has these digits
TOLD_FROM = 5  # wrong codes, until the person hears of it
SETTING = "second_factor"

WRONG = Reason(N_("This code is wrong, or was used already. Wait for the next one."), rule="6.3.3")


NONE = Reason(N_("There is no second factor."), rule="6.3.3")
NOW = Reason(N_("It is on already. If you did not copy your recovery codes, make new ones."), rule="6.3.3")
LATE = Reason(N_("That took longer than an hour, or was begun anew elsewhere. Begin again."), rule="6.3.3")


class Wrong(Refused):
    """Not this code; another one may be typed."""

    def __init__(self):
        super().__init__(WRONG)


class WrongFirst(Refused):
    """Not the first code of what is offered; another one may be typed."""


class Must(Labelled):
    """Who must have one."""

    NOBODY = "nobody", N_("Nobody")
    DISTRIBUTOR_ADMINISTRATORS = "distributor_administrators", N_("The distributor's administrators")
    DISTRIBUTOR = "distributor", N_("The distributor's people")
    ADMINISTRATORS = "administrators", N_("All administrators")
    EVERYBODY = "everybody", N_("Everybody")


# --- who has one, who must ---------------------------------------------------------------------


def of(user):
    """A person's second factor, or None: what was only offered is none yet."""
    return SecondFactor.get_or_none(SecondFactor.user == user.id, SecondFactor.secret.is_null(False))


def among(users):
    """The ids of those of them who have one."""
    rows = SecondFactor.select(SecondFactor.user).where(
        SecondFactor.user.in_([user.id for user in users]), SecondFactor.secret.is_null(False)
    )
    return {row.user_id for row in rows}


def codes_left(user):
    """How many recovery codes a person has not used yet."""
    return RecoveryCode.select().where(RecoveryCode.user == user.id, RecoveryCode.used_at.is_null()).count()


_who = {}  # {(database, generation): Must}: it is asked on every request


def who_must():
    """Who must have one, as the distributor's administrators say."""
    key = db.database, Generation.number
    who = _who.get(key)
    if who is None:
        kept = Setting.get_or_none(Setting.name == SETTING)
        who = Must(kept.value) if kept else Must.NOBODY
        _who.clear()
        _who[key] = who
    return who


def must(user):
    """Whether this person must have one."""
    ours, administers = user.organisation.is_distributor, user.is_administrator
    return {
        Must.NOBODY: False,
        Must.DISTRIBUTOR_ADMINISTRATORS: ours and administers,
        Must.DISTRIBUTOR: ours,
        Must.ADMINISTRATORS: administers,
        Must.EVERYBODY: True,
    }[who_must()]


def is_missing(user):
    """Whether this person must have one and has none: then the portal opens nothing else."""
    return who_must() is not Must.NOBODY and must(user) and of(user) is None


def require(who, by, at):
    """Say who must have one. Whoever has none sets it up before anything else."""
    with tx():
        before, kept = who_must(), Setting.get_or_none(Setting.name == SETTING)
        if who is before:
            return
        kept = kept or Setting(name=SETTING)
        kept.value = who.value
        kept.save()
        journal.record("setting.changed", kept, by, at, before={SETTING: before.value}, after={SETTING: who.value})


# --- setting it up -----------------------------------------------------------------------------


def offered(user, at, to=None):
    """The secret an app is to take over, as long as it waits for its first code; or None.

    to: the session that asked. Whoever knows the password could else begin before its owner does, and know the secret.
    """
    factor = SecondFactor.get_or_none(SecondFactor.user == user.id)
    waits = factor and factor.offered and at.utc - factor.offered_at < OFFERED
    return factor.offered if waits and factor.offered_to == _mark(to) else None


def _mark(session):
    return session and session.sha256


def address(secret, user, issuer):
    """What the QR code says, for the app to take over."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.identifier, issuer_name=issuer)


def offer(user, at, to=None):
    """A new secret, for the first app or for another one. Nothing holds yet; a second tab is offered the same."""
    with tx():
        if offered(user, at, to):
            return
        factor = SecondFactor.get_or_none(SecondFactor.user == user.id) or SecondFactor(user=user.id)
        factor.offered, factor.offered_at, factor.offered_to = pyotp.random_base32(), at.utc, _mark(to)
        factor.save()


def hand_on(before, session):
    """Where the password was typed anew, what was offered to the session before waits in the new one."""
    to = SecondFactor.update(offered_to=_mark(session))
    to.where(SecondFactor.user == session.user_id, SecondFactor.offered_to == _mark(before)).execute()


def turn_on(user, code, at, but):
    """The first code of the app: from now on it is asked. Returns the recovery codes; sessions but `but` end."""
    with tx():
        user, secret = user.again(), offered(user, at, but)
        refuse_if(None if secret else NOW if of(user) else LATE)
        step = _step(secret, code, at)
        if not step:
            raise WrongFirst(Reason(N_("This code is wrong. Type the six digits the app shows now.")))
        factor = SecondFactor.get(SecondFactor.user == user.id)
        factor.secret, factor.step, factor.since_at = secret, step, at.at
        factor.offered = factor.offered_at = factor.offered_to = None
        factor.save()
        _end_sessions(user, at, but)
        journal.record("user.second_factor_on", user, by=user, at=at)
        return _new_codes(user)


def why_not_turn_off(user):
    """Why a person keeps it, or None; another telephone can always take its place."""
    if of(user) is None:
        return NONE
    if must(user):
        return Reason(N_("Whoever runs the portal wants you to have one. You can use another telephone."), rule="6.3.3")
    return None


def turn_off(user, at, but):
    """The password alone lets the person in again. Sessions but `but` end."""
    with tx():
        user = user.again()
        refuse_if(why_not_turn_off(user))
        _forget(user, at, but)
        journal.record("user.second_factor_off", user, by=user, at=at)


def why_not_take_away(user, by):
    """Why it is not taken away from this person, who lost the telephone. by: an administrator; None: at the machine."""
    if of(user) is None:
        return NONE
    if by and by.id == user.id:
        return Reason(N_("Your own is under Security."), rule="6.3.3")
    return None


def take_away(user, by, at):
    """Without the telephone: the password alone lets the person in again, who hears of it. All sessions end."""
    with tx():
        user = user.again()
        refuse_if(why_not_take_away(user, by))
        _forget(user, at)
        journal.record("user.second_factor_taken", user, by=by, at=at)


def _forget(user, at, but=None):
    SecondFactor.delete().where(SecondFactor.user == user.id).execute()
    RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
    _end_sessions(user, at, but)


def _end_sessions(user, at, but):
    from lic.rules import users  # which needs the invitations, which need the passwords, which need this

    users.shut_out(user, at, but=but)


def renew_codes(user, at):
    """Ten new recovery codes; the old ones no longer work."""
    with tx():
        user = user.again()
        refuse_if(None if of(user) else NONE)
        journal.record("user.recovery_codes_made", user, by=user, at=at)
        return _new_codes(user)


def _new_codes(user):
    RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
    codes = [base64.b32encode(secrets.token_bytes(BYTES)).decode() for _ in range(CODES)]
    for code in codes:
        RecoveryCode.create(user=user.id, sha256=_hashed(code))
    return [in_fours(code, "-") for code in codes]


def in_fours(text, between=" "):
    """As it is read and typed."""
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))


# --- using it ----------------------------------------------------------------------------------


def prove(user, code, at):
    """Take a code of the app or a recovery code, each once; Wrong where it is neither.

    Guessing gets slower as with passwords. Only whoever has typed the password, or holds a mailed link, gets here: no
    stranger can slow anybody down.
    """
    with tx():
        throttle.refuse_if_waiting(at, CODE=str(user.id))
        right = _take(user, code, at) or _use_recovery_code(user, code, at)
        if right:
            throttle.forgive(throttle.CODE, str(user.id))
        else:
            _failed(user, at)
    if not right:  # outside: the failure counts
        raise Wrong


def _failed(user, at):
    if throttle.count(throttle.CODE, str(user.id), at) == TOLD_FROM:
        journal.record("user.codes_guessed", user, by=None, at=at, after={"failures": TOLD_FROM})


def _take(user, code, at):
    """Whether it is a code of the app of a step later than the last one that was taken."""
    factor = of(user)
    step = factor and _step(factor.secret, code, at, factor.step)
    if step:
        SecondFactor.update(step=step).where(SecondFactor.id == factor.id).execute()
    return bool(step)


def _step(secret, code, at, last=0):
    """The step whose code this is, after the last one taken; None of what is no code now."""
    typed, now = "".join(code.split()), int(at.utc.replace(tzinfo=UTC).timestamp()) // STEP
    app = pyotp.TOTP(secret, interval=STEP)
    near = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > last]
    return next((step for step in near if secrets.compare_digest(app.generate_otp(step), _ascii(typed))), None)


def _ascii(text):
    return text.encode("ascii", "replace").decode()


def _use_recovery_code(user, code, at):
    """Whether it is one of the person's that was not used yet: of two at once, one wins."""
    typed = "".join(c for c in code.upper() if c.isalnum()).translate(MISREAD)
    mine = RecoveryCode.update(used_at=at.utc).where(
        RecoveryCode.user == user.id, RecoveryCode.sha256 == _hashed(typed), RecoveryCode.used_at.is_null()
    )
    if not mine.execute():
        return False
    journal.record("user.recovery_code_used", user, by=user, at=at, after={"left": codes_left(user)})
    return True


def _hashed(code):
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


for kind in (
    *("user.second_factor_on", "user.second_factor_off", "user.second_factor_taken"),
    *("user.recovery_codes_made", "user.recovery_code_used", "user.codes_guessed"),
):
    tells(kind, Tell(lambda user, event: [user], letter="second_factor", even_who_did_it=True))
