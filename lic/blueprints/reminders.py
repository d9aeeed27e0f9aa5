"""Reminders of a subscription's end: put on hold and resumed (rules.md O)."""

from datetime import date

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import reminders, subscriptions
from lic.rules.calendar import grace_end
from lic.web import clock
from lic.web.guard import ORDER_ADMINISTRATORS, allow

bp = Blueprint("reminders", __name__, url_prefix="/subscriptions")


@bp.app_template_global("reminded")
def reminded(values):
    """The lines of a letter that reminds: the subscriptions, with the days they had left when it was written."""
    written, lines = date.fromisoformat(values["on"]), []
    for row in values["reminders"]:
        subscription, ends_on = subscriptions.numbered(row["number"]), date.fromisoformat(row["ends_on"])
        until = grace_end(ends_on, subscriptions.grace_days(subscription))
        left = (ends_on - written).days
        lines.append({"subscription": subscription, "ends_on": ends_on, "left": left, "until": until})
    return lines


@bp.post("/<number:number>/reminders/hold")
@allow(ORDER_ADMINISTRATORS)
def hold(number):
    reminders.hold(subscriptions.numbered(number), current_user, clock.now())
    flash(_("Nobody is reminded of its end any more."))
    return redirect(url_for("subscriptions.show", number=number), 303)


@bp.post("/<number:number>/reminders/resumption")
@allow(ORDER_ADMINISTRATORS)
def resume(number):
    reminders.resume(subscriptions.numbered(number), current_user, clock.now())
    flash(_("Its reminders are sent again."))
    return redirect(url_for("subscriptions.show", number=number), 303)
