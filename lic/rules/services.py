"""Licences of a service and the people who use them: one each, given and taken back (004-16, 004-18)."""

import re

from peewee import JOIN, fn

from lic.models import N_, NN_, Assignment, TechnicalAdministrator, User, together, tx
from lic.rules import Reason, holdings, journal, refuse_if, subscriptions
from lic.rules.calendar import Status

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LONGEST = 200  # characters of an address


def _who(subscription, event):
    """The person themselves, if they have an account here."""
    return list(_known(subscription).where(fn.LOWER(User.email) == event.after["email"].lower()))


for kind in ("assigned", "unassigned"):
    journal.tells(f"subscription.{kind}", journal.Tell(_who))


# --- who has one ---------------------------------------------------------------------------------


def assignments(subscription, word=""):
    """Who has a licence now, by e-mail address; with a word, those it is a part of."""
    now = Assignment.subscription == subscription.id, Assignment.to_at.is_null()
    rows = Assignment.select(Assignment, User).join(User, JOIN.LEFT_OUTER, on=(Assignment.user == User.id), attr="user")
    rows = rows.where(*now).order_by(fn.LOWER(Assignment.email), Assignment.id)
    return rows.where(Assignment.email.contains(word)) if word else rows


def assigned(subscription, number):
    """One of them by its id."""
    return Assignment.get(Assignment.id == number, Assignment.subscription == subscription.id)


def free(subscription, today):
    """How many licences nobody has yet."""
    held = holdings.held(subscription)
    return max(held.quantity(today) - held.used, 0)


def candidates(subscription):
    """The people with an account whom a licence could be given to: those of who uses it, without one yet."""
    now = Assignment.subscription == subscription.id, Assignment.to_at.is_null()
    people, assigned = together(_known(subscription).order_by(User.last_name), Assignment.select().where(*now))
    have = {one.email.lower() for one in assigned}
    return [user for user in people if user.email.lower() not in have]


def _known(subscription):
    organisation = subscription.customer_id or subscription.holder_id
    return User.select().where(User.organisation == organisation, User.active == True)  # noqa: E712


# --- who may -------------------------------------------------------------------------------------


def is_technical_administrator(user, subscription=None):
    """Whether a person administers a service, this one or any (004-10, 004-11)."""
    mine = TechnicalAdministrator.user == user.id
    if subscription is not None:
        mine = mine & (TechnicalAdministrator.subscription == subscription.id)
    return user.active and TechnicalAdministrator.select().where(mine).exists()


def why_not_manage(subscription, user):
    """Why this person gives nobody a licence of it, or None: administrators do, and who administers the service."""
    if not subscription.product.is_service:
        product = subscription.product
        return Reason(N_("Licences of %(product)s are not given to people."), rule="004-16", product=product)
    concerned = user.organisation_id in (subscription.holder_id, subscription.customer_id)
    if user.active and user.is_administrator and concerned:
        return None
    if is_technical_administrator(user, subscription):
        return None
    return Reason(
        N_("Administrators and the technical administrator of this service assign its licences."), rule="004-03"
    )


# --- giving and taking back ------------------------------------------------------------------------


def why_not_assign(subscription, by, today):
    """Why no further licence can be given now, or None if one can."""
    if reason := why_not_manage(subscription, by):
        return reason
    if subscription.cancelled_on:
        return Reason(N_("It is cancelled for %(day)s."), rule="S", day=subscription.ends_on)
    held = holdings.held(subscription, with_modules=False)
    status = held.status(today, subscriptions.grace_days(subscription))
    if not status.works or subscription.suspended_at:
        return Reason(N_("It does not work now: no licence can be assigned."), rule="004-16")
    if held.used >= held.quantity(today):
        return Reason(N_("All licences are assigned: unassign somebody, or order more."), rule="004-16")
    if held.removed and held.used >= held.next_quantity() and status is not Status.GRACE:
        change = held.change("remove_seats")
        return Reason(
            NN_(
                "From %(day)s only %(count)s licence is left, as scheduled: withdraw that first.",
                "From %(day)s only %(count)s licences are left, as scheduled: withdraw that first.",
            ),
            rule="004-18",
            day=change.effective_on,
            count=held.next_quantity(),
        )
    return None


def why_not_email(subscription, email):
    """Why this address gets none, or None."""
    if not EMAIL.fullmatch(email) or len(email) > LONGEST:
        return Reason(N_("This is no e-mail address."), rule="004-16")
    if assignments(subscription).where(fn.LOWER(Assignment.email) == email.lower()).exists():
        return Reason(N_("%(email)s has a licence already."), rule="004-16", email=email)
    return None


def assign(subscription, email, by, at):
    """One licence to a person, by e-mail address; whoever has an account with it is known by name."""
    email = (email or "").strip()
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_assign(subscription, by, at.day) or why_not_email(subscription, email))
        user = _known(subscription).where(fn.LOWER(User.email) == email.lower()).first()
        owner = {"reseller": subscription.reseller_id, "customer": subscription.customer_id}
        made = Assignment.create(**owner, subscription=subscription, email=email, user=user, from_at=at.at)
        after = {"number": subscription.number, "email": email}
        journal.record("subscription.assigned", subscription, by, at, after=after)
        return made


def why_not_unassign(assignment, by):
    """Why a licence is not taken back, or None if it can be, whatever the service's state."""
    if reason := why_not_manage(assignment.subscription, by):
        return reason
    if assignment.to_at:
        return Reason(N_("%(email)s has no licence any more."), rule="004-16", email=assignment.email)
    return None


def unassign(assignment, by, at):
    """Their licence is free for somebody else."""
    with tx():
        assignment = assignment.again()
        refuse_if(why_not_unassign(assignment, by))
        assignment.to_at = at.at
        assignment.save()
        subscription = assignment.subscription
        after = {"number": subscription.number, "email": assignment.email}
        journal.record("subscription.unassigned", subscription, by, at, after=after)
