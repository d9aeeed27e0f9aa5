"""News of incidents in one letter a day, for those who want it so (002-54)."""

from datetime import timedelta

from peewee import fn

from lic.models import EVERYBODY, Event, Incident, Notification, User, scope, tx
from lic.rules import journal
from lic.rules.apart import Apart

OLDEST = timedelta(days=7)  # after a long downtime nobody wants more
MOST = 100  # lines of a letter


def send_daily(at):
    """Write the day's letters; returns how many. Run twice, it tells nothing twice."""
    written = 0
    with scope(EVERYBODY), Apart() as each:  # the portal writes to whoever asked for it
        for user in list(User.select().where(User.daily_mail == True)):  # noqa: E712
            with each.one(), tx():
                last = _last()
                written += _tell(user, at)
                User.update(daily_up_to=last).where(User.id == user.id).execute()
        with tx():  # whoever changes their mind begins from here
            User.update(daily_up_to=_last()).where(User.daily_mail == False).execute()  # noqa: E712
    return written


def _last():
    return Notification.select(fn.COALESCE(fn.MAX(Notification.id), 0)).scalar()


def _tell(user, at):
    news = (
        Notification.select(Notification, Event)
        .join(Event)
        .where(
            Notification.user == user.id,
            Notification.id > user.daily_up_to,
            Event.kind.startswith("incident."),
            Event.at >= at.utc - OLDEST,
        )
        .order_by(Notification.id)
    )
    events = [notification.event_id for notification in news]
    if events and user.active:
        journal.write("incident_digest", user, at, events=events[-MOST:])
    return bool(events and user.active)


def events_of(values):
    """The events a daily letter tells of, oldest first."""
    return list(Event.select().where(Event.id.in_(values["events"])).order_by(Event.id))


def told_to(reader, values):
    """Those of them that are about incidents the reader still sees when the letter goes."""
    events = events_of(values)
    with scope(reader.organisation.scope):  # the letter is composed for the reader, and sees what the reader sees
        seen = {one.id for one in Incident.select(Incident.id).where(Incident.id.in_([e.subject for e in events]))}
    return [event for event in events if event.subject in seen]
