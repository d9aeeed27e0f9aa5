"""Notifications: the bell, the drawer it opens, and the page of all of them (002-52 to 54)."""

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import journal
from lic.web import clock, frame, kept, telling
from lic.web.guard import EVERYONE, allow
from lic.web.numbers import LARGEST, number_in
from lic.web.screen import is_partial, screen

bp = Blueprint("notifications", __name__, url_prefix="/notifications")
PAGE = 30


@frame.counted("unread")
def unread():
    return journal.unread(current_user)


@bp.get("")
@allow(EVERYONE)
def index():
    if not is_partial():
        return kept.page("notifications/index.html", _shown)
    answer = make_response(screen("notifications/index.html", "drawer", **_shown()))
    answer.headers["HX-Trigger"] = "unread"  # the bell looks again
    return answer


def _shown():
    notices = journal.notices(current_user, number_in(request.args, "before"), PAGE + 1)
    page = notices[:PAGE]
    return {"days": by_day(page), "page": page, "more": len(notices) > PAGE}


@bp.get("/unread")
@allow(EVERYONE, background=True)
def count():
    """What the bell asks every few seconds: nothing to say while its number is right."""
    if request.args.get("shown") == str(frame.count("unread")):
        return "", 204
    return render_template("shared/_unread.html")


@bp.post("/<number:number>/reading")
@allow(EVERYONE)
def read(number):
    notification = journal.notice(current_user, number)
    journal.read(notification, clock.now())
    line = telling.line(notification.event, current_user)
    return redirect(line.url or url_for(".index"), 303)


@bp.post("/reading")
@allow(EVERYONE)
def read_all():
    journal.read_all(current_user, number_in(request.form, "up_to") or LARGEST, clock.now())
    return redirect(url_for(".index"), 303)


def by_day(notices):
    """Notifications under Today, Yesterday, Last 7 days and Older: (heading, [(notification, line)])."""
    days = {}
    for notice, line in zip(notices, telling.lines([n.event for n in notices], current_user), strict=True):
        days.setdefault(_heading(clock.local(line.at).date()), []).append((notice, line))
    return days


def _heading(day):
    today = clock.today()
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return _("Last 7 days") if day > today - timedelta(days=7) else _("Older")
