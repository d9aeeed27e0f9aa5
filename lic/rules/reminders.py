"""Reminders of the end: on the chosen days, one letter a person, each sending recorded once (rules.md O, Reminders).

They stop when the subscription is renewed, cancelled or put on hold, and while an order for it waits for a decision.
"""

from datetime import timedelta

from peewee import fn

from lic.models import EVERYBODY, N_, Mail, Period, PriceList, Reminder, Subscription, scope, tx
from lic.rules import Reason, cart, holdings, journal, parameters, refuse_if, subscriptions
from lic.rules.apart import Apart
from lic.rules.calendar import grace_end

LATEST = 6  # days a reminder may be late, after a downtime; later the next one says it

journal.tells(
    "subscription.reminded",
    journal.Tell(lambda subscription, event: journal.administrators(subscription.holder)),  # the letter is one for all
)


# --- which are due -------------------------------------------------------------------------------


def due(today, holder=None):
    """[(subscription, last day, days from it)] of what somebody must be reminded of, the first to end first."""
    found = []
    for subscription in _that_may_be(today, holder):
        period, given = holdings.periods(subscription)[-1], subscriptions.parameters(subscription)
        if today > grace_end(period.ends_on, given.grace_days) or cart.why_waits(subscription):
            continue
        days = step(period, given.reminders, today)
        if days is not None and not _is_told(subscription, period.ends_on, days):
            found.append((subscription, period.ends_on, days))
    return found


def step(period, chosen, today):
    """The latest of the chosen days that has come, if it lies within the period and is not long past; else None."""
    days = max((one for one in chosen if period.ends_on + timedelta(one) <= today), default=None)
    if days is None:
        return None
    day = period.ends_on + timedelta(days)
    return days if day >= period.starts_on and today <= day + timedelta(LATEST) else None


def _that_may_be(today, holder):
    """Those a person has to renew, here, whose end is near enough for any of the days anybody chose."""
    lists = [parameters.of(one).reminders for one in PriceList.select()]
    chosen = [day for days in (*lists, parameters.of().reminders) for day in days]
    end = fn.MAX(Period.ends_on)
    return list(
        Subscription.select()
        .join(Period)
        .where(
            *(Subscription.cancelled_on.is_null(), Subscription.suspended_at.is_null(), Subscription.base.is_null()),
            *(Subscription.auto_renew == False, Subscription.reminders_held == False),  # noqa: E712
            *(Subscription.sold_by == "", Subscription.holder == holder if holder else True),
        )
        .group_by(Subscription.id)
        .having(end >= today - timedelta(max(chosen) + LATEST), end <= today - timedelta(min(chosen)))
        .order_by(end, Subscription.number)
    )


def _is_told(subscription, ends_on, days):
    """Whether this day's reminder, or a later one, was sent: the chosen days may have been changed since."""
    sent = Reminder.subscription == subscription.id, Reminder.ends_on == ends_on, Reminder.days >= days
    return Reminder.select().where(*sent).exists()


# --- sending -------------------------------------------------------------------------------------


def run(at):
    """The letters of a business date, one for each person; run twice, it reminds nobody twice. Returns how many."""
    with scope(EVERYBODY), Apart() as each:  # the portal writes to the administrators of every buyer
        written = 0
        for holder in dict.fromkeys(subscription.holder for subscription, *_ in due(at.day)):
            with each.one(), tx():
                written += _remind(holder, at)
        return written


def _remind(holder, at):
    """The letters to one buyer's administrators: all of them, or none where it fails half-way."""
    rows, people = due(at.day, holder), journal.administrators(holder)
    if not (rows and people):
        return 0
    for subscription, ends_on, days in rows:
        after = {"number": subscription.number, "ends_on": ends_on.isoformat(), "days": days}
        after["to"] = [user.email for user in people]
        journal.record("subscription.reminded", subscription, None, at, after=after)
    for user in people:
        _write(user, rows, at)
    return len(people)


def _write(user, rows, at):
    told = [{"number": one.number, "ends_on": ends_on.isoformat(), "days": days} for one, ends_on, days in rows]
    mail = journal.write("renewals", user, at, reminders=told, on=at.day.isoformat())
    for subscription, ends_on, days in rows:
        Reminder.create(
            **subscription.holder.owner,  # the buyer's: its customer is not told whom it wrote to
            subscription=subscription,
            ends_on=ends_on,
            days=days,
            user=user,
            to=mail.to,
            message_id=mail.message_id,
            made_on=at.day,
            made_at=at.at,
        )


def proofs(subscription):
    """[(Reminder, its letter or None once it is forgotten)] of a subscription, newest first."""
    rows = list(Reminder.select().where(Reminder.subscription == subscription.id).order_by(Reminder.id.desc()))
    written = Mail.select().where(Mail.message_id.in_([row.message_id for row in rows])) if rows else ()
    letters = {mail.message_id: mail for mail in written}
    return [(row, letters.get(row.message_id)) for row in rows]


# --- hold and resume -------------------------------------------------------------------------------


def _why_not_say(subscription, by):
    """Why this person does not say whether it is reminded of: its buyer's administrators and the distributor's do."""
    theirs = by.organisation_id == subscription.holder_id or by.organisation.is_distributor
    if not (by.active and by.is_administrator and theirs):
        return Reason(N_("Only an administrator of %(name)s decides on it."), rule="003-17", name=subscription.holder)
    return None


def why_not_hold(subscription, by, today):
    """Why its reminders cannot be put on hold, or None if they can."""
    if reason := _why_not_say(subscription, by):
        return reason
    if subscription.base_id:
        return Reason(N_("A module follows its base: change that."), rule="000-36")
    return Reason(N_("Its reminders are on hold."), rule="O") if subscription.reminders_held else None


def hold(subscription, by, at):
    """Nobody is reminded of its end until somebody resumes it."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_hold(subscription, by, at.day))
        return _set(subscription, True, "subscription.reminders_held", by, at)


def why_not_resume(subscription, by, today):
    if reason := _why_not_say(subscription, by):
        return reason
    return None if subscription.reminders_held else Reason(N_("Its reminders are not on hold."), rule="O")


def resume(subscription, by, at):
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_resume(subscription, by, at.day))
        return _set(subscription, False, "subscription.reminders_resumed", by, at)


def _set(subscription, held, kind, by, at):
    subscription.reminders_held = held
    subscription.save()
    journal.record(kind, subscription, by, at, after={"number": subscription.number})
    return subscription
