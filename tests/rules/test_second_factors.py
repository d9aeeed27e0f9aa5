"""A second factor: which codes are taken, and once; who must have one; how it is set up and lost (ASVS 6.3.3, 6.5)."""

import base64
import hashlib
from datetime import datetime, timedelta

import pytest

from lic.models import TABLES, Event, HalfSignIn, Mail, Moment, Notification, RecoveryCode, SecondFactor, SignIn, tx
from lic.rules import second_factors, throttle, users
from lic.rules.second_factors import Must
from tests.conftest import NOON, refused
from tests.second_factors import code, secured, then

WRONG = "000000"


def prove(user, typed, at=NOON):
    second_factors.prove(user, typed, at)
    return True


def is_refused(user, typed, at=NOON):
    return refused(second_factors.prove, user, typed, at) is second_factors.WRONG


def with_secret(user, secret, step=0):
    with tx():
        return SecondFactor.create(user=user.id, secret=secret, step=step, since_at=NOON.at)


# --- codes of the app --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seconds, typed", [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
)
def test_codes_are_those_of_the_standard(world, seconds, typed):  # RFC 6238, Appendix B, its last six digits
    with_secret(world.remi, base64.b32encode(b"12345678901234567890").decode())
    utc = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    at = Moment(utc.date(), utc, utc)
    assert prove(world.remi, typed, at) and SecondFactor.get().step == seconds // 30


@pytest.mark.parametrize("steps, taken", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(world, steps, taken):  # safety.md 24
    secret = with_secret(world.remi, "A" * 32).secret
    shown = code(secret, then(seconds=30 * steps))
    assert prove(world.remi, shown) if taken else is_refused(world.remi, shown)


def test_a_code_is_taken_once_and_none_of_before_it_after(world):  # safety.md 24: the replay of a code
    app = secured(world.remi)
    before, now = code(app.secret, then(seconds=-30)), code(app.secret, NOON)
    assert prove(world.remi, now)
    assert is_refused(world.remi, now) and is_refused(world.remi, before)
    assert is_refused(world.remi, now, then(seconds=30))
    assert prove(world.remi, code(app.secret, then(seconds=30)), then(seconds=30))


def test_the_code_that_turned_it_on_is_taken_no_more(world):
    second_factors.offer(world.remi, NOON)
    shown = code(second_factors.offered(world.remi, NOON), NOON)
    second_factors.turn_on(world.remi, shown, NOON, but=None)
    assert is_refused(world.remi, shown)


def test_a_code_of_somebody_else_is_not_taken(world):
    mine, other = secured(world.remi), secured(world.anne)
    assert mine.secret != other.secret
    assert is_refused(world.remi, code(other.secret, NOON)) and is_refused(world.remi, other.recovery[0])
    assert prove(world.anne, code(other.secret, NOON)) and prove(world.anne, other.recovery[0])


@pytest.mark.parametrize("typed", ["", " ", WRONG, "12345", "٢٨٧٠٨٢", "é" * 6, "\ud800", "1" * 100])
def test_what_is_no_code_is_refused_and_counted(world, typed):
    secured(world.remi)
    assert is_refused(world.remi, typed)
    assert throttle.count(throttle.CODE, str(world.remi.id), NOON) == 2


def test_spaces_in_a_code_do_not_matter(world):
    shown = code(secured(world.remi).secret, NOON)
    assert prove(world.remi, f" {shown[:3]} {shown[3:]} ")


def test_whoever_has_none_proves_nothing(world):
    assert is_refused(world.remi, WRONG) and second_factors.of(world.remi) is None


# --- recovery codes ----------------------------------------------------------------------------


def test_there_are_ten_of_120_random_bits_of_which_the_hash_is_kept(world):  # ASVS 6.5.2..4
    codes = [shown.replace("-", "") for shown in secured(world.remi).recovery]
    assert len({*codes}) == 10 and all(len(base64.b32decode(one)) == 15 for one in codes)
    assert {row.sha256 for row in RecoveryCode.select()} == {hashlib.sha256(one.encode()).hexdigest() for one in codes}


def test_each_works_once(world):  # ASVS 6.5.1
    app = secured(world.remi)
    assert prove(world.remi, app.recovery[3])
    assert is_refused(world.remi, app.recovery[3])
    assert second_factors.codes_left(world.remi) == 9
    assert Event.get(Event.kind == "user.recovery_code_used").after == {"left": 9}


def test_one_is_read_as_it_is_written_by_hand(world):
    app = secured(world.remi)
    by_hand = app.recovery[0].lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert prove(world.remi, f"  {by_hand} ")


def test_new_ones_take_the_place_of_the_old(world):
    app = secured(world.remi)
    new = second_factors.renew_codes(world.remi, NOON)
    assert len(new) == 10 and not {*new} & {*app.recovery}
    assert is_refused(world.remi, app.recovery[0]) and prove(world.remi, new[0])
    assert refused(second_factors.renew_codes, world.anne, NOON) is second_factors.NONE


# --- guessing (safety.md 20, 21) ---------------------------------------------------------------


def test_guessing_gets_slower_and_the_person_hears_of_it_once(world):
    app = secured(world.remi)
    for _ in range(5):
        assert is_refused(world.remi, WRONG)
    with pytest.raises(throttle.TooMany) as wait:
        second_factors.prove(world.remi, code(app.secret, NOON), NOON)
    assert wait.value.seconds == 1
    assert is_refused(world.remi, WRONG, then(seconds=2))
    with pytest.raises(throttle.TooMany) as wait:
        second_factors.prove(world.remi, WRONG, then(seconds=2))
    assert wait.value.seconds == 2
    assert Event.select().where(Event.kind == "user.codes_guessed").count() == 1
    assert prove(world.remi, code(app.secret, then(minutes=1)), then(minutes=1))
    assert is_refused(world.remi, WRONG, then(minutes=1)) and is_refused(world.remi, WRONG, then(minutes=1))  # forgiven


def test_nobody_waits_for_longer_than_a_quarter_of_an_hour(world):
    app = secured(world.remi)
    for n in range(30):
        assert is_refused(world.remi, WRONG, then(minutes=16 * n))
    at = then(minutes=16 * 30)
    assert prove(world.remi, code(app.secret, at), at)


# --- setting it up, and losing it --------------------------------------------------------------


def test_nothing_holds_before_the_first_code(world):
    second_factors.offer(world.remi, NOON)
    secret = second_factors.offered(world.remi, NOON)
    assert len(secret) == 32 and second_factors.of(world.remi) is None  # 160 bits
    assert is_refused(world.remi, code(secret, NOON))
    assert refused(second_factors.turn_on, world.remi, WRONG, NOON, None).message.startswith("This code is wrong.")
    assert second_factors.of(world.remi) is None and not Event.select().exists()


def test_a_second_tab_is_offered_the_same_and_the_first_of_them_turns_it_on(world):
    second_factors.offer(world.remi, NOON)
    secret = second_factors.offered(world.remi, NOON)
    second_factors.offer(world.remi, then(minutes=5))
    assert second_factors.offered(world.remi, then(minutes=5)) == secret
    at = then(minutes=6)
    assert len(second_factors.turn_on(world.remi, code(secret, at), at, None)) == 10
    assert refused(second_factors.turn_on, world.remi, code(secret, at), at, None) is second_factors.NOW
    assert second_factors.codes_left(world.remi) == 10


def test_another_session_is_offered_another_secret(world):
    """Whoever knows the password and begins first would know the secret of the app its owner sets up against them."""
    thief, own, again = (a_session(world.remi, name) for name in "abc")
    second_factors.offer(world.remi, NOON, to=thief)
    known = second_factors.offered(world.remi, NOON, to=thief)
    assert second_factors.offered(world.remi, NOON, to=own) is None
    second_factors.offer(world.remi, NOON, to=own)
    secret = second_factors.offered(world.remi, NOON, to=own)
    assert secret not in (None, known) and second_factors.offered(world.remi, NOON, to=thief) is None
    assert refused(second_factors.turn_on, world.remi, code(known, NOON), NOON, thief) is second_factors.LATE
    second_factors.hand_on(own, again)  # the password was typed anew
    assert second_factors.turn_on(world.remi, code(secret, NOON), NOON, again)


def test_what_was_offered_an_hour_ago_is_not_taken_over(world):
    second_factors.offer(world.remi, NOON)
    secret, at = second_factors.offered(world.remi, NOON), then(hours=1)
    assert second_factors.offered(world.remi, at) is None
    assert refused(second_factors.turn_on, world.remi, code(secret, at), at, None) is second_factors.LATE
    second_factors.offer(world.remi, at)
    assert second_factors.offered(world.remi, at) != secret


def test_another_telephone_takes_the_place_of_the_first_with_its_first_code(world):
    app = secured(world.remi)
    second_factors.offer(world.remi, NOON)
    assert prove(world.remi, code(app.secret, NOON))  # the old one as long as it has to
    new, at = second_factors.offered(world.remi, NOON), then(minutes=1)
    codes = second_factors.turn_on(world.remi, code(new, at), at, None)
    later = then(minutes=2)
    assert is_refused(world.remi, code(app.secret, later), later) and is_refused(world.remi, app.recovery[0], later)
    assert prove(world.remi, code(new, later), later) and prove(world.remi, codes[0], later)


def a_session(user, name):
    with tx():
        return SignIn.create(user=user, sha256=name, made_at=NOON.utc, seen_at=NOON.utc, fresh_at=NOON.utc)


def test_every_other_session_ends_when_it_is_turned_on_or_off_or_taken_away(world):  # ASVS 7.4.3
    mine, lea = a_session(world.remi, "a"), a_session(world.lea, "b")
    a_session(world.remi, "c")
    second_factors.offer(world.remi, NOON, to=mine)
    shown = code(second_factors.offered(world.remi, NOON, to=mine), NOON)
    second_factors.turn_on(world.remi, shown, NOON, but=mine)
    assert {row.id for row in SignIn.select()} == {mine.id, lea.id}
    other = a_session(world.remi, "d")
    second_factors.turn_off(world.remi, NOON, but=mine)
    assert other.id not in {row.id for row in SignIn.select()} and SignIn.get_by_id(mine.id)
    secured(world.remi)
    a_session(world.remi, "e")
    second_factors.take_away(world.remi, world.diane, NOON)
    assert [row.id for row in SignIn.select()] == [lea.id]


def test_it_is_taken_away_by_somebody_else_who_is_named(world):  # ASVS 6.5.6
    secured(world.remi)
    assert refused(second_factors.take_away, world.remi, world.remi, NOON).message == "Your own is under Security."
    second_factors.take_away(world.remi, world.diane, NOON)
    assert second_factors.of(world.remi) is None and not RecoveryCode.select().exists()
    assert Event.get(Event.kind == "user.second_factor_taken").by_id == world.diane.id
    assert refused(second_factors.take_away, world.remi, world.diane, NOON) is second_factors.NONE


def test_a_new_role_ends_what_waits_for_its_code(world):
    with tx():
        HalfSignIn.create(user=world.lea.id, sha256="x", made_at=NOON.utc, long=False)
    users.change(world.lea, by=world.remi, at=NOON, email="lea2@example.com")
    assert not HalfSignIn.select().exists()


# --- what is told, and what never --------------------------------------------------------------


def everything_kept():
    """All that stands in the database, but for the one table that holds the secrets."""
    return repr([list(model.select().dicts()) for model in TABLES if model is not SecondFactor])


def test_the_person_hears_of_everything_and_no_secret_is_told(world):  # ASVS 6.3.7
    app = secured(world.remi)
    second_factors.prove(world.remi, app.recovery[0], NOON)
    second_factors.renew_codes(world.remi, NOON)
    second_factors.turn_off(world.remi, NOON, None)
    secured(world.remi, then(minutes=5))
    second_factors.take_away(world.remi, world.diane, then(minutes=6))
    kinds = [event.kind for event in Event.select().order_by(Event.id)]
    assert kinds == [
        *("user.second_factor_on", "user.recovery_code_used", "user.recovery_codes_made", "user.second_factor_off"),
        *("user.second_factor_on", "user.second_factor_taken"),
    ]
    assert [(mail.to, mail.letter) for mail in Mail.select()] == [("remi@example.com", "second_factor")] * 6
    assert {row.user_id for row in Notification.select()} == {world.remi.id}
    kept = everything_kept()
    assert "second_factor_on" in kept and app.secret not in kept
    assert not [one for one in app.recovery if one in kept or one.replace("-", "") in kept]


# --- who must have one -------------------------------------------------------------------------

WHO = {
    Must.NOBODY: "",
    Must.DISTRIBUTOR_ADMINISTRATORS: "diane",
    Must.DISTRIBUTOR: "diane paul",
    Must.ADMINISTRATORS: "diane remi claire marc",
    Must.EVERYBODY: "diane paul remi lea claire cleo marc jean",
}


@pytest.mark.parametrize("who", Must)
def test_who_must_have_one(world, who):
    second_factors.require(who, world.diane, NOON)
    people = WHO[Must.EVERYBODY].split()
    assert [name for name in people if second_factors.is_missing(getattr(world, name))] == WHO[who].split()
    secured(world.diane)
    assert not second_factors.is_missing(world.diane)


def test_what_is_asked_of_people_is_on_record_and_said_once(world):
    assert second_factors.who_must() is Must.NOBODY
    second_factors.require(Must.DISTRIBUTOR, world.diane, NOON)
    second_factors.require(Must.DISTRIBUTOR, world.diane, NOON)
    event = Event.get(Event.kind == "setting.changed")
    assert (event.before, event.after) == ({"second_factor": "nobody"}, {"second_factor": "distributor"})


def test_whoever_must_have_one_keeps_it(world):
    secured(world.paul)
    second_factors.require(Must.EVERYBODY, world.diane, NOON)
    assert "Whoever runs the portal" in refused(second_factors.turn_off, world.paul, NOON, None).message
    second_factors.require(Must.NOBODY, world.diane, NOON)
    second_factors.turn_off(world.paul, NOON, None)
    assert refused(second_factors.turn_off, world.paul, NOON, None) is second_factors.NONE
