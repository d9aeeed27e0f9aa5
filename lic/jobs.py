"""What happens by the clock: each job once per business date, however often and by whomever it is started."""

import logging
from datetime import timedelta

from peewee import fn

from lic import checks, files
from lic.models import EVERYBODY, Event, JobRun, Mail, MailState, Notification, SentForm, db, scope, tx
from lic.rules import billing, damage, digests, incidents, orders, reminders, renewals
from lic.web import clock, session

log = logging.getLogger("portal")

LOOK_EVERY = 60  # seconds
AFTER_A_FAILURE = timedelta(hours=1)
REMEMBERED = timedelta(days=365)  # notifications and letters; the events they told of stay for ever
FORMS = timedelta(days=30)  # that are still open somewhere
MORNING, NEVER_LONGER = 6, timedelta(days=2)  # the hour until which it is night here; and without a night
AT_ONCE = 2000  # rows a transaction forgets: other writers wait no longer than that

JOBS = {}  # name: job(at). It may be run again after a failure half-way, so it repeats nothing it has done.


def daily(job):
    JOBS[job.__name__] = job
    return job


def nightly(job):
    """What keeps the disk busy waits until few people are there."""
    job.by_night = True
    return job


# --- the jobs ----------------------------------------------------------------------------------


@daily
def expire_orders(at):
    """Orders nobody decided on in time (rules.md P, order_ttl_days)."""
    orders.expire_due(at)


@daily
def close_incidents(at):
    """Incidents resolved a fortnight ago (rules.md S)."""
    incidents.close_resolved(at)


@daily
def move_subscriptions(at):
    """Scheduled changes, monthly periods, renewals by themselves, ends; before the bill, which reads the periods."""
    renewals.run(at)


@daily
def remind(at):
    """Who is to renew something hears of its end; after the job that renews what renews itself (rules.md O)."""
    reminders.run(at)


@daily
def bill(at):
    """The months that are over, and whatever else is to be invoiced by now (000-38, 000-40, 000-44)."""
    billing.run(at)


@daily
def write_daily_letters(at):
    """News of incidents for those who want them once a day (002-54)."""
    digests.send_daily(at)


@daily
def sweep_files(at):
    """Files nothing names any more: sent ahead of a form that never came, or left by a crash."""
    files.sweep(files.Store.of(clock.settings), at)


@daily
def end_sessions(at):
    """Sessions, one-time links and counts of wrong passwords that have had their time."""
    session.sweep()


@daily
def forget(at):
    """Notifications and letters of more than a year ago; keys of forms nobody has open any more."""
    before = at.utc - REMEMBERED
    _forget(Notification, Notification.event.in_(Event.select(Event.id).where(Event.at < before)))
    _forget(SentForm, SentForm.at < at.utc - FORMS)
    _forget(Mail, (Mail.made_at < before) & Mail.state.not_in((MailState.WAITING, MailState.SENDING)))


def _forget(model, which):
    while True:
        with tx():
            old = [row.id for row in model.select(model.id).where(which).limit(AT_ONCE)]
            model.delete().where(model.id.in_(old)).execute()
        if len(old) < AT_ONCE:
            return


@daily
def note_audit_head(at):
    """The last hash of the audit trail goes to the log: who rewrites the one must rewrite the other (safety.md 49)."""
    if last := Event.select(Event.id, Event.chain).order_by(Event.id.desc()).first():
        log.info("audit trail", extra={"facts": {"event": last.id, "hash": last.chain}})


@daily
@nightly
def look_for_damage(at):
    """Everything is read once and compared with what it was: a disk forgets quietly (safety.md 18)."""
    if found := checks.problems(clock.settings):
        log.error("damage", extra={"facts": {"problems": found}})
        damage.report(found, at)


@daily
@nightly
def look_for_viruses(at):
    """Files of the last month by what the scanner knows by now; last, for it may take hours (ASVS 5.4.3)."""
    store = files.Store.of(clock.settings)
    if store.scanner and (found := files.look_again(store, at)):
        log.error("viruses", extra={"facts": {"files": found}})


# --- when they are run -------------------------------------------------------------------------


def run_due(at):
    """Run what has not been done on this business date; returns the names of what was done, and of what failed."""
    done, failed = [], []
    earlier = _done_on(at.day)
    for name, job in JOBS.items():
        if name in earlier or (getattr(job, "by_night", False) and not _is_night(name, at)):
            continue
        try:
            with scope(EVERYBODY):  # the house keeps order among all
                job(at)
        except Exception:  # one job that fails keeps no other from its day
            log.exception("job %s", name)
            failed.append(name)
            _say_it_failed(name, at)
        else:
            _mark(name, at)
            done.append(name)
    return done, failed


def _say_it_failed(name, at):
    """The distributor's administrators hear of it once a day, however often it is tried again."""
    try:
        with scope(EVERYBODY), tx():
            if JobRun.get_or_none(JobRun.job == name, JobRun.on == at.day) is None:
                JobRun.create(job=name, on=at.day, at=at.utc)
                damage.report([f"the daily job {name} failed, and is tried again every hour: see the log"], at)
    except Exception:  # the database is busy or the disk full: the next hour may do better
        log.exception("job %s failed, and nobody could be told", name)


def _done_on(day):
    """The names of what has been done on a business date."""
    return {one.job for one in JobRun.select().where(JobRun.on == day, JobRun.done == True)}  # noqa: E712


def _is_night(name, at):
    """Whether people sleep; a portal that never runs then does it by day, every other day."""
    if clock.local(at.at).hour < MORNING:
        return True
    last = JobRun.select(fn.MAX(JobRun.on)).where(JobRun.job == name, JobRun.done == True).scalar()  # noqa: E712
    last = last or JobRun.select(fn.MIN(JobRun.on)).scalar()
    return last is not None and last < at.day - NEVER_LONGER


def _mark(name, at):
    with tx(counts=False):
        JobRun.insert(job=name, on=at.day, at=at.utc, done=True).on_conflict_replace().execute()


def run(stopping):
    """The thread that looks at the clock, until `stopping` is set."""
    db.connect(reuse_if_open=True)
    rest_until = None
    try:
        files.drop_interrupted(files.Store.of(clock.settings))
    except OSError:
        log.exception("what was arriving")
    try:
        while not stopping.is_set():
            if looks := files.Store.of(clock.settings).scanner:
                looks.is_here()
            at = clock.now()
            if (not rest_until or at.utc >= rest_until) and files.Store.of(clock.settings).can_write():
                try:
                    _, failed = run_due(at)
                    rest_until = at.utc + AFTER_A_FAILURE if failed else None
                except Exception:  # the database is busy or the disk full: the next look may do better
                    log.exception("jobs")
            stopping.wait(LOOK_EVERY)
    finally:
        db.close()
