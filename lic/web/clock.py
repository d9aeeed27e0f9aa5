"""The only place that asks what day and what time it is (R9)."""

from datetime import UTC, datetime, time, timedelta

from flask import current_app, has_app_context

from lic.models import Moment
from lic.rules import calendar

settings = None  # set by create_app, also for the threads that have no request


def utcnow():
    """Real time, naive UTC: sessions, mailed links, throttles, the audit trail."""
    return datetime.now(UTC).replace(tzinfo=None)


def now():
    """This moment on both clocks; LIC_TODAY moves the business one to that date, keeping the real time of day."""
    utc = utcnow()
    local = utc.replace(tzinfo=UTC).astimezone(_settings().timezone)
    if chosen := _settings().today:
        local = datetime.combine(chosen, local.timetz())
    return Moment(local.date(), local.astimezone(UTC).replace(tzinfo=None), utc)


def today():
    """The business date; asked for many times a page."""
    settings = _settings()
    return settings.today or datetime.now(settings.timezone).date()


def zone():
    """That of the business."""
    return _settings().timezone


def local(at, zone=None):
    """A naive UTC time as people here read it; `zone`, where it is known."""
    return at.replace(tzinfo=UTC).astimezone(zone or _settings().timezone)


def end_of(day):
    """The last minute of a business day, as naive UTC."""
    return as_utc(datetime.combine(day, time(23, 59)))


def as_utc(wall):
    """A naive time of the business time zone, as naive UTC."""
    return wall.replace(tzinfo=_settings().timezone).astimezone(UTC).replace(tzinfo=None)


def begins(day):
    """The moment a business day begins here, as naive UTC."""
    return datetime.combine(day, time(), tzinfo=_settings().timezone).astimezone(UTC).replace(tzinfo=None)


def due(now):
    """The end of the day by which a call of this moment is to be handled: J+1, before 16:00 (X17)."""
    return end_of(calendar.next_day_due(local(now.at), _settings().country))


def minutes_ago(minutes):
    return utcnow() - timedelta(minutes=minutes)


def _settings():
    return current_app._get_current_object().config["SETTINGS"] if has_app_context() else settings
