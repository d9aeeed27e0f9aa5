"""What happens by the clock happens once a day (issue 2: jobs)."""

import logging
import threading
import time
from datetime import date, timedelta

import pytest

from lic import jobs
from lic.models import Event, JobRun, Mail, MailState, Notification, SignIn, tx
from lic.rules import damage, journal
from lic.rules.journal import Tell
from lic.web import clock
from tests.conftest import NOON, on


@pytest.fixture
def counted(app, monkeypatch):
    """Jobs of the test's own: one that counts, after one that can be told to fail."""
    ran, broken = [], []

    def fails(at):
        if broken:
            raise RuntimeError("broken")

    monkeypatch.setattr(jobs, "JOBS", {"fails": fails, "counts": ran.append})
    return ran, broken


def test_a_job_runs_once_a_day_however_often_it_is_started(counted):
    ran, _ = counted
    for _ in range(3):
        jobs.run_due(NOON)
    assert len(ran) == 1
    jobs.run_due(on(date(2026, 11, 23)))
    assert len(ran) == 2


def test_a_job_that_failed_is_run_again_and_keeps_no_other_from_its_day(counted, caplog):
    ran, broken = counted
    broken.append(True)
    assert jobs.run_due(NOON) == (["counts"], ["fails"])
    broken.clear()
    assert jobs.run_due(NOON) == (["fails"], [])
    assert len(ran) == 1 and JobRun.select().count() == 2


def test_administrators_hear_once_a_day_of_a_job_that_failed(world, counted):
    """Renewals that do not happen, or bills nobody gets, are not for the log alone."""
    _, broken = counted
    broken.append(True)
    for _ in range(3):
        jobs.run_due(NOON)
    (event,) = Event.select().where(Event.kind == "organisation.damaged")
    assert "the daily job fails failed" in event.after["text"]
    told = [mail.to for mail in Mail.select().where(Mail.event == event)]
    assert told == [user.email for user in journal.distributor_administrators()]
    jobs.run_due(on(NOON.day + timedelta(days=1)))
    assert Event.select().where(Event.kind == "organisation.damaged").count() == 2


def test_the_thread_does_the_days_jobs_and_stops(counted):
    ran, _ = counted
    stopping = threading.Event()
    thread = threading.Thread(target=jobs.run, args=[stopping])
    thread.start()
    while not ran:
        time.sleep(0.01)
    stopping.set()
    thread.join(5)
    assert not thread.is_alive() and len(ran) == 1


def test_what_is_a_year_old_is_forgotten_but_for_the_events_themselves(world, monkeypatch):
    monkeypatch.setitem(journal.TELLS, "x", (Tell(lambda c, e: [world.remi], letter="event"),))
    year_ago = on(NOON.day - timedelta(days=366))
    for at in (year_ago, year_ago, NOON):
        journal.record("x", world.contract, world.diane, at)
    with tx():
        Mail.update(state=MailState.SENT).where(Mail.id != 1).execute()
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    jobs.forget(NOON)
    assert [n.event_id for n in Notification.select()] == [3]
    assert [m.id for m in Mail.select()] == [1, 3]  # the first still waits to be sent
    assert Event.select().count() == 3


def test_sessions_that_ended_are_forgotten(world, visit):
    visit(world.remi), visit(world.lea)
    with tx():
        SignIn.update(seen_at=clock.utcnow() - timedelta(days=2)).where(SignIn.user == world.remi).execute()
    jobs.end_sessions(clock.now())
    assert [s.user for s in SignIn.select()] == [world.lea]


def test_the_head_of_the_audit_trail_goes_to_the_log(world, caplog):  # safety.md 49
    event = journal.record("contract.changed", world.contract, world.diane, NOON)
    with caplog.at_level(logging.INFO, "portal"):
        jobs.note_audit_head(NOON)
    assert caplog.records[-1].facts == {"event": event.id, "hash": event.chain}


def test_every_job_runs_on_a_real_day(world):
    done, failed = jobs.run_due(on(clock.now().day, hour=2))
    assert not failed and set(done) == set(jobs.JOBS)


# --- the look for damage (safety.md 18) ----------------------------------------------------------


def ran(at):
    return "look_for_damage" in jobs.run_due(at)[0]


def test_damage_is_looked_for_at_night(app):
    assert not ran(NOON)
    assert ran(on(date(2026, 11, 23), hour=2)) and not ran(on(date(2026, 11, 23), hour=3))


def test_a_portal_that_never_runs_at_night_is_looked_at_by_day(app):
    days = [on(date(2026, 11, 22) + timedelta(days=day)) for day in range(7)]
    assert [ran(at) for at in days] == [False, False, False, True, False, False, True]


def test_nothing_is_said_of_what_is_whole(world):
    jobs.look_for_damage(NOON)
    assert not Event.select().where(Event.kind == "organisation.damaged").exists()


def test_the_distributors_administrators_hear_of_damage(world, visit, settings, caplog):
    file = settings.data / "files" / "ab" / ("ab" + 62 * "0")
    file.parent.mkdir()
    file.write_bytes(b"not what its name says")
    jobs.look_for_damage(NOON)
    told = f"file {file.name} is damaged"
    assert caplog.records[-1].facts == {"problems": [told]}
    assert {n.user_id for n in Notification.select()} == {world.diane.id, world.ines.id}
    assert {m.user_id for m in Mail.select()} == {world.diane.id, world.ines.id}
    page = visit(world.diane).get("/notifications").text
    assert "The nightly check found damage." in page and told in page
    assert told in visit(world.diane).get("/audit/1").text
    assert told not in visit(world.remi).get("/notifications").text


def test_much_damage_is_told_in_one_short_letter(world):
    damage.report([f"file {number} is damaged" for number in range(1000)], NOON)
    lines = Event.get().after["text"].splitlines()
    assert len(lines) == damage.MOST + 1 and lines[-1] == "and 980 more: python app.py check"
