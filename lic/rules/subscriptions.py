"""Subscriptions from day to day: what is done with one without an order, and what is scheduled (rules.md S)."""

from peewee import JOIN

from lic.models import (
    N_,
    ChangeState,
    Event,
    Product,
    Project,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import Reason, Refused, cart, checklists, deliveries, holdings, journal, previews, refuse_if, seating
from lic.rules.calendar import Status
from lic.rules.holdings import Prices
from lic.rules.parameters import of as parameters_of
from lic.rules.parts import why_not_seen

MONTHLY, ANNUAL, TERM = SubscriptionType
LONGEST = 2000  # of a reason


def _those_concerned(subscription, event):
    """Who pays for it, and who uses it (they are shown no price)."""
    people = journal.administrators(subscription.holder)
    if subscription.customer_id and subscription.customer_id != subscription.holder_id:
        people = people + journal.administrators(subscription.customer)
    return people


for kind in (
    *("begun", "seats_added", "renewed", "product_changed", "assured", "assurance_upgraded", "aligned"),
    *("change_scheduled", "change_done", "seats_removed", "auto_renewal", "kept", "resumed"),
    *("given_back", "change_given_back", "assurance_given_back"),
):
    journal.tells(f"subscription.{kind}", journal.Tell(_those_concerned))
for kind in ("cancelled", "change_dropped", "suspended", "lapsed", "ended", "not_renewed"):
    journal.tells(f"subscription.{kind}", journal.Tell(_those_concerned, letter="event"))


# --- found ---------------------------------------------------------------------------------------


def numbered(number):
    """One subscription of the scope, by its number for life (R6), with all that a page says of it at hand."""
    return found(Subscription.number == number)


def found(condition):
    """One subscription of the scope, with whose it is, its product and its project at hand."""
    return _at_hand(_whole().where(condition).get())


def several(*conditions):
    """The subscriptions of the scope that meet them, by number: with the same at hand, and what they hold."""
    found = [_at_hand(one) for one in _whole().where(*conditions).order_by(Subscription.number)]
    holdings.several(found)
    return found


def _whole():
    query = Subscription.with_owners(Product, Project).join(Product, on=(Subscription.product == Product.id))
    return query.switch(Subscription).join(Project, JOIN.LEFT_OUTER)


def _at_hand(one):
    """Its buyer is one of its two owners."""
    for owner in (one.reseller, one.customer):
        if owner and owner.id == one.holder_id:
            one.holder = owner
    one._dirty.clear()
    return one


def held(subscription):
    return holdings.held(subscription)


def parameters(subscription):
    """As they were when it was ordered; the others as its buyer's price list and its product have them."""
    return parameters_of(subscription.holder.price_list, subscription.product, subscription.parameters)


def grace_days(subscription):
    return parameters(subscription).grace_days


def status(subscription, today):
    """Status of its periods, in their order (rules.md S)."""
    return holdings.held(subscription, with_modules=False).status(today, grace_days(subscription))


# --- who may -------------------------------------------------------------------------------------


def why_not_decide(subscription, user):
    """Why this person decides nothing about a subscription, or None: its buyer's administrators do (003-17)."""
    if not (user.active and user.is_administrator and user.organisation_id == subscription.holder_id):
        return Reason(N_("Only an administrator of %(name)s decides on it."), rule="003-17", name=subscription.holder)
    return _why_not_alone(subscription)


def _why_not_alone(subscription):
    if subscription.base_id:
        return Reason(N_("A module follows its base: change that."), rule="000-36")
    return None


def why_not_change(subscription, user):
    """The same, and no order on it waits: what was ordered must be what is approved (000-25)."""
    return why_not_decide(subscription, user) or cart.why_waits(subscription)


def _why_not(subscription, user, today, compute):
    """Who may first, then what the preview says."""
    if reason := why_not_decide(subscription, user):
        return reason
    try:
        _preview(subscription, today, compute)
    except Refused as refused:
        return refused.reason
    return None


def _preview(subscription, today, compute):
    refuse_if(_why_not_alone(subscription) or cart.why_waits(subscription))
    return compute(Prices.of(subscription.holder, today), holdings.held(subscription))


def _as_seen(found, seen):
    refuse_if(why_not_seen(found, seen))
    return found


# --- fewer seats, monthly again, the end -----------------------------------------------------------


def preview_remove_seats(subscription, quantity, today):
    return _preview(subscription, today, lambda prices, it: previews.remove_seats(prices, it, quantity, today))


def why_not_remove_seats(subscription, quantity, by, today):
    compute = lambda prices, it: previews.remove_seats(prices, it, quantity, today)  # noqa: E731
    return _why_not(subscription, by, today, compute)


def remove_seats(subscription, quantity, by, at, done=(), seen=None):
    """So many seats less, from the next 1st or the renewal; until then nothing changes.

    seen: the preview agreed to, as `Preview.seen`; done: the ticked steps of the product's checklist (004-17, 004-19).
    """
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_remove_seats(subscription, quantity, by, at.day))
        facts = checklists.confirmed(subscription.product, done, by)
        found = _as_seen(preview_remove_seats(subscription, quantity, at.day), seen)
        change = deliveries.schedule(subscription, "remove_seats", found.effective_on, by, at, quantity=quantity)
        _scheduled(subscription, change, by, at, facts)
        return subscription


def preview_become_monthly(subscription, today):
    return _preview(subscription, today, lambda prices, it: previews.change_type(prices, it, MONTHLY, today))


def why_not_become_monthly(subscription, by, today):
    return _why_not(subscription, by, today, lambda prices, it: previews.change_type(prices, it, MONTHLY, today))


def become_monthly(subscription, by, at, seen=None):
    """Annual to monthly from the day after its end, at the price of today; asked in its last month (X4)."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_become_monthly(subscription, by, at.day))
        found = _as_seen(preview_become_monthly(subscription, at.day), seen)
        for item in found.items:
            one = subscription if item.subscription == subscription.id else Subscription.get_by_id(item.subscription)
            given = {"type": MONTHLY.value, "unit_cents": deliveries.to_cents(item.line.unit)}
            change = deliveries.schedule(one, "change_type", found.effective_on, by, at, **given)
        _scheduled(subscription, change, by, at)
        return subscription


def preview_cancel(subscription, today):
    return _preview(subscription, today, lambda prices, it: previews.cancel(prices, it, today))


def why_not_cancel(subscription, by, today):
    return _why_not(subscription, by, today, lambda prices, it: previews.cancel(prices, it, today))


def cancel(subscription, by, at, done=(), seen=None):
    """It works to its last day, without grace (Q). What was scheduled for later only comes if it is kept.

    done: the ticked steps of the product's checklist (004-17, 004-19).
    """
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_cancel(subscription, by, at.day))
        facts = checklists.confirmed(subscription.product, done, by)
        found = _as_seen(preview_cancel(subscription, at.day), seen)
        family = (subscription, *holdings.modules(subscription))
        stopped = {one.number: _end(one, at.day, found.ends_on) for one in family}
        after = {"number": subscription.number, "ends_on": found.ends_on.isoformat()}
        after |= {"seats": stopped} if any(stopped.values()) else {}
        journal.record("subscription.cancelled", subscription, by, at, after=after | facts)
        return subscription.again()


def _end(subscription, today, last_day):
    subscription.cancelled_on, subscription.ends_on = today, last_day
    subscription.save()
    return seating.stop(subscription, last_day)


def why_not_keep(subscription, by, today):
    """Why a cancellation cannot be withdrawn, or None if it can: until its last day."""
    if reason := why_not_change(subscription, by):
        return reason
    if subscription.cancelled_on is None:
        return Reason(N_("It is not cancelled."), rule="S")
    if _is_given_back(subscription):
        return Reason(N_("It was given back on %(day)s: buy a new one."), rule="O", day=subscription.ends_on)
    if today > subscription.ends_on:
        return Reason(
            N_("It was cancelled and ended on %(day)s: buy a new one."), rule="003-18", day=subscription.ends_on
        )
    return None


def _is_given_back(subscription):
    """Whether all of it was given back, and nothing is left of it to go on with."""
    last = _last_event(subscription, "subscription.cancelled", "subscription.given_back")
    return bool(last) and last.kind.endswith("given_back") and last.after.get("quantity") == 0


def _last_event(subscription, *kinds):
    mine = (Event.subject_kind == Subscription._meta.table_name) & (Event.subject == subscription.id)
    return Event.select().where(mine, Event.kind.in_(kinds)).order_by(Event.id.desc()).first()


def keep(subscription, by, at):
    """The cancellation is withdrawn before the last day: it goes on as before."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_keep(subscription, by, at.day))
        with_it = [one for one in holdings.modules(subscription) if not _last_event(one, "subscription.given_back")]
        cancelled = _last_event(subscription, "subscription.cancelled")
        stopped = cancelled.after.get("seats", {}) if cancelled else {}
        for one in (*with_it, subscription):
            last_day, one.cancelled_on, one.ends_on = one.ends_on, None, None
            one.save()
            if one.type is MONTHLY:
                seating.go_on(one, last_day, stopped.get(str(one.number), {}))
        journal.record("subscription.kept", subscription, by, at, after={"number": subscription.number})
        return subscription


# --- renewing itself, being blocked ----------------------------------------------------------------


def why_not_auto_renew(subscription, by, today):
    """Why a subscription cannot be set to renew itself or not, or None; a term never does (rules.md S)."""
    if reason := why_not_change(subscription, by):
        return reason
    if subscription.type is TERM:
        return Reason(N_("A fixed term is renewed with a new end, by hand."), rule="000-49")
    if subscription.sold_by:
        return Reason(N_("It was bought from %(seller)s."), rule="003-13", seller=subscription.sold_by)
    change = holdings.held(subscription, with_modules=False).change("change_type")
    if change and change.inputs.get("order_line"):
        return Reason(N_("It becomes annual on %(day)s, as ordered."), rule="000-41", day=change.effective_on)
    now = status(subscription, today)
    if now is Status.GRACE and not subscription.auto_renew:  # what that costs is shown with an order (003-16)
        last = holdings.held(subscription, with_modules=False).last.to_on
        return Reason(N_("It ended on %(day)s: now it can only be renewed."), rule="S", day=last)
    if not now.works and now is not Status.SCHEDULED:
        return Reason(N_("It has ended."), rule="003-18")
    return None


def auto_renew(subscription, wanted, by, at):
    """By itself or not; that is no cancellation: it keeps its days of grace. Modules follow."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_auto_renew(subscription, by, at.day))
        if subscription.auto_renew == wanted:
            return subscription
        for one in (subscription, *holdings.modules(subscription)):
            one.auto_renew = wanted
            one.save()
        after = {"number": subscription.number, "auto_renew": wanted}
        journal.record("subscription.auto_renewal", subscription, by, at, after=after)
        return subscription.again()


def why_not_suspend(subscription, by, today):
    if not (by.active and by.is_administrator and by.organisation.is_distributor):
        return Reason(N_("Only an administrator of the distributor can do that."), rule="S")
    if subscription.suspended_at:
        return Reason(N_("It is suspended: %(why)s"), rule="S", why=subscription.suspended_why)
    if not status(subscription, today).works:
        return Reason(N_("It has ended."), rule="S")
    return None


def suspend(subscription, why, by, at):
    """The distributor blocks it and says why; it is not renewed by itself meanwhile."""
    why = (why or "").strip()
    if not why or len(why) > LONGEST:
        raise Refused(Reason(N_("Give the reason: the buyer reads it."), rule="S"))
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_suspend(subscription, by, at.day))
        subscription.suspended_at, subscription.suspended_why = at.at, why
        subscription.save()
        after = {"number": subscription.number, "why": why}
        journal.record("subscription.suspended", subscription, by, at, after=after)
        return subscription


def why_not_resume(subscription, by, today):
    if not (by.active and by.is_administrator and by.organisation.is_distributor):
        return Reason(N_("Only an administrator of the distributor can do that."), rule="S")
    if not subscription.suspended_at:
        return Reason(N_("It is not suspended."), rule="S")
    if not status(subscription, today).works:  # else it would go on by itself, and the time between be billed
        return Reason(N_("It has ended."), rule="003-18")
    return None


def resume(subscription, by, at):
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_resume(subscription, by, at.day))
        subscription.suspended_at, subscription.suspended_why = None, ""
        subscription.save()
        journal.record("subscription.resumed", subscription, by, at, after={"number": subscription.number})
        return subscription


# --- scheduled changes ---------------------------------------------------------------------------
#
# Each is part of everything that is previewed after it, and named there. What was ordered with it in mind is charged
# like that: it can no longer be withdrawn (its `order_line`), and it is carried out. One change of type or of product
# at a time; and while an order on a subscription waits, nothing else changes it (000-25).


def _scheduled(subscription, change, by, at, facts=None):
    after = {"number": subscription.number, "kind": change.kind, "on": change.effective_on.isoformat()}
    journal.record("subscription.change_scheduled", subscription, by, at, after=after | change.inputs | (facts or {}))


def why_not_drop(change, by, today):
    """Why a scheduled change cannot be withdrawn, or None: what was ordered and charged is carried out."""
    if reason := why_not_change(change.subscription, by):
        return reason
    if change.state is not ChangeState.SCHEDULED:
        return Reason(N_("This change is no longer scheduled."), rule="S")
    if change.inputs.get("order_line"):
        return Reason(N_("This change was ordered and charged."), rule="000-41")
    other = holdings.held(change.subscription, with_modules=False).change("change_type")
    if other and change.kind != "change_type":
        return Reason(
            N_("The change of type on %(day)s was shown with it: withdraw that first."),
            rule="S",
            day=other.effective_on,
        )
    return None


def drop(change, by, at):
    with tx():
        change = change.again()
        refuse_if(why_not_drop(change, by, at.day))
        for module in holdings.modules(change.subscription):
            for other in holdings.scheduled(module):
                if other.kind == change.kind:
                    _dropped(other)
        drop_change(change, by, at)


def drop_change(change, by, at, why=None):
    """Never silently: it says so to those concerned."""
    _dropped(change)
    subscription = change.subscription
    after = {"number": subscription.number, "kind": change.kind, "on": change.effective_on.isoformat()}
    journal.record("subscription.change_dropped", subscription, by, at, after=after | ({"why": why} if why else {}))


def _dropped(change):
    change.state = ChangeState.DROPPED
    change.save()
