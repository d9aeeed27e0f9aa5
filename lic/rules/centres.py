"""Billing centres: the parts of a buyer its bills are split for, by licence counts (rules.md O, 004-20, 004-21).

What is stored of a subscription is how its seats were divided when somebody last said so. Seats that came since are the
default centre's, seats that went since left it first: so the parts always sum to the seats there are, whatever changed.
"""

from collections import Counter
from dataclasses import dataclass

from peewee import fn

from lic.models import (
    N_,
    NN_,
    Allocation,
    BillingCentre,
    Charge,
    Operation,
    Seats,
    Subscription,
    SubscriptionType,
    fold,
    together,
    tx,
)
from lic.rules import Reason, holdings, journal, pricing, refuse_if

LONGEST = 100  # of a name
MOST = 100  # of one buyer


@dataclass(frozen=True)
class Share:
    """So many seats of a subscription are this centre's."""

    centre: BillingCentre
    seats: int


# --- a buyer's centres ---------------------------------------------------------------------------


def of(organisation):
    """Those in use, the default first."""
    return list(_of(organisation))


def _of(organisation):
    mine = BillingCentre.organisation == organisation, BillingCentre.retired_at.is_null()
    return BillingCentre.select().where(*mine).order_by(BillingCentre.is_default.desc(), BillingCentre.name)


def numbered(organisation, number):
    """One of an organisation's own that is in use; no other exists."""
    mine = BillingCentre.organisation == organisation, BillingCentre.retired_at.is_null()
    return BillingCentre.get(BillingCentre.id == number, *mine)


def why_not_decide(organisation, by):
    if not (by.active and by.is_administrator and by.organisation_id == organisation.id and organisation.is_buyer):
        return Reason(N_("Only an administrator of %(name)s decides on it."), rule="004-20", name=organisation)
    return None


def why_not_name(organisation, name, centre=None):
    """Why a centre cannot be called so, or None if it can; one that is no longer used gives its name back."""
    if not name or len(name) > LONGEST:
        return Reason(N_("Give it a name of at most %(most)s characters."), rule="004-20", most=LONGEST)
    for other in of(organisation):
        if fold(other.name) == fold(name) and (centre is None or other.id != centre.id):
            return Reason(N_("There is a billing centre “%(name)s” already."), rule="004-20", name=other.name)
    return None


def new(organisation, name, by, at):
    """The first one is the default: what is not split yet is its."""
    name = (name or "").strip()
    with tx():
        there = of(organisation)
        refuse_if(why_not_decide(organisation, by) or why_not_name(organisation, name))
        if len(there) >= MOST:
            refuse_if(Reason(NN_("There is %(count)s already.", "There are %(count)s already."), count=MOST))
        before = BillingCentre.organisation == organisation, BillingCentre.name == name
        centre = BillingCentre.get_or_none(*before) or BillingCentre(
            **organisation.owner, organisation=organisation, name=name
        )
        centre.retired_at, centre.is_default = None, not there
        centre.save()
        journal.record("billing_centre.made", centre, by, at, after={"name": name})
        return centre


def rename(centre, name, by, at):
    """From now on; what was invoiced keeps the name it had."""
    name = (name or "").strip()
    with tx():
        centre = centre.again()
        refuse_if(why_not_decide(centre.organisation, by) or why_not_name(centre.organisation, name, centre))
        if name == centre.name:
            return centre
        _free(centre.organisation, name)
        before, centre.name = centre.name, name
        centre.save()
        journal.record("billing_centre.changed", centre, by, at, before={"name": before}, after={"name": name})
        return centre


def _free(organisation, name):
    """A retired centre of this name is called by its number from now on."""
    old = BillingCentre.get_or_none(BillingCentre.organisation == organisation, BillingCentre.name == name)
    if old:
        old.name = f"{name} ({old.id})"
        old.save()


def make_default(centre, by, at):
    """New seats go to this one; those there are stay where they are."""
    with tx():
        centre = centre.again()
        refuse_if(why_not_decide(centre.organisation, by))
        if centre.is_default:
            return centre
        _settle(centre.organisation, at.day)
        for other in of(centre.organisation):
            if other.is_default:
                other.is_default = False
                other.save()
        centre.is_default = True
        centre.save()
        journal.record("billing_centre.made_default", centre, by, at, after={"name": centre.name})
        return centre


def why_not_retire(centre, by):
    if reason := why_not_decide(centre.organisation, by):
        return reason
    if centre.retired_at:
        return Reason(N_("It is no longer used."), rule="004-20")
    if centre.is_default and len(of(centre.organisation)) > 1:
        return Reason(N_("New seats go to this one: make another one the default first."), rule="004-20")
    return None


def retire(centre, by, at):
    """Its seats go to the default one; with the last one nothing is split any more."""
    with tx():
        centre = centre.again()
        refuse_if(why_not_retire(centre, by))
        Allocation.delete().where(Allocation.centre == centre).execute()
        centre.retired_at, centre.is_default = at.at, False
        centre.save()
        journal.record("billing_centre.retired", centre, by, at, before={"name": centre.name})


# --- how the seats of a subscription are divided ---------------------------------------------------


def whole(subscription):
    """What is divided: a module follows its base (000-36)."""
    return subscription.base or subscription


def quantity(subscription, today):
    """The seats to be divided."""
    return holdings.held(whole(subscription), with_modules=False).quantity(today)


def shares(subscription, seats, centres):
    """The Share of each of these centres (the default first) in so many seats; they sum to them."""
    stored = Allocation.select().where(Allocation.subscription == whole(subscription))
    return _divided({row.centre_id: row.quantity for row in stored}, seats, centres)


def shared(subscription, seats):
    """The Share of each centre of its buyer in so many seats; none where there are no centres."""
    stored = Allocation.select().where(Allocation.subscription == whole(subscription))
    centres, stored = together(_of(subscription.holder_id), stored)
    return _divided({row.centre_id: row.quantity for row in stored}, seats, centres)


def _divided(stored, seats, centres):
    """New seats go to the default centre, which is the first; those that went left it first (004-21)."""
    parts = [stored.get(centre.id, 0) for centre in centres]
    missing = seats - sum(parts)
    for place, part in enumerate(parts):
        change = missing if missing >= 0 else -min(part, -missing)
        parts[place] += change
        missing -= change
    return [Share(centre, part) for centre, part in zip(centres, parts, strict=True)]


def _settle(organisation, today):
    """Write down how everything is divided now: what comes to be the default is new seats' only."""
    centres = of(organisation)
    day = fn.MAX(today.isoformat(), Subscription.starts_on)
    counted = (
        Seats.select(Seats.subscription, fn.SUM(Seats.quantity))
        .join(Subscription)
        .where(Subscription.holder == organisation, Subscription.base.is_null(), Subscription.sold_by == "")
        .where(Seats.from_on <= day, Seats.to_on.is_null() | (Seats.to_on >= day))
        .group_by(Seats.subscription)
    )
    stored = {}
    for row in Allocation.select().where(Allocation.centre.in_(centres)):
        stored.setdefault(row.subscription_id, {})[row.centre_id] = row.quantity
    for subscription, seats in list(counted.tuples()):
        _store(subscription, organisation, _divided(stored.get(subscription, {}), seats, centres))


def _store(subscription, organisation, divided):
    Allocation.delete().where(Allocation.subscription == subscription).execute()
    for share in divided:
        if share.seats:
            Allocation.create(
                **organisation.owner, subscription=subscription, centre=share.centre, quantity=share.seats
            )


def why_not_allocate(subscription, by):
    """Why nobody divides its seats now, or None if this person can."""
    if reason := why_not_decide(subscription.holder, by):
        return reason
    if subscription.base_id:
        return Reason(N_("A module follows its base: change that."), rule="000-36")
    if subscription.sold_by:
        return Reason(N_("It was bought from %(seller)s."), rule="003-13", seller=subscription.sold_by)
    if not of(subscription.holder):
        return Reason(N_("There is no billing centre yet: make one in the settings."), rule="004-20")
    return None


def why_not_parts(subscription, parts, today):
    """Why seats cannot be divided into these {centre id: seats}, or None: they sum to the quantity (004-21)."""
    there = quantity(subscription, today)
    if any(part < 0 for part in parts.values()) or sum(parts.values()) != there:
        return Reason(
            N_("%(given)s of %(there)s seats are divided: the parts have to sum to all of them."),
            rule="004-21",
            given=sum(parts.values()),
            there=there,
        )
    return None


def allocate(subscription, parts, by, at):
    """Divide the seats of a subscription: {centre id: seats}, for what is invoiced from now on (004-21)."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_allocate(subscription, by))
        refuse_if(why_not_parts(subscription, parts, at.day))
        divided = [Share(numbered(subscription.holder, number), seats) for number, seats in parts.items()]
        before = shares(subscription, quantity(subscription, at.day), of(subscription.holder))
        _store(subscription.id, subscription.holder, divided)
        journal.record(
            "subscription.allocated", subscription, by, at, before={"centres": said(before)},
            after={"number": subscription.number, "centres": said(divided)},
        )  # fmt: skip


def said(divided):
    """["Siège (6)", …] of those with seats."""
    return [f"{share.centre.name} ({share.seats})" for share in divided if share.seats]


# --- what is invoiced ------------------------------------------------------------------------------


def split(charge, centres):
    """A charge's [[centre's name, seats, cents]], to the cent (X10); nothing where its buyer splits nothing.

    centres: its buyer's, the default first. What is given back goes to those who paid it.
    """
    if charge.refunds_id:
        return _given_back(charge)
    if not (charge.subscription_id and centres):
        return []
    named = [(share.centre.name, share.seats) for share in _of_charge(charge, centres) if share.seats]
    cents = pricing.split(charge.net_cents, [seats for _name, seats in named])
    return [[name, seats, part] for (name, seats), part in zip(named, cents, strict=True)]


def _given_back(charge):
    """A refund by what each centre paid and has not got back yet: never more, and all of it with the last one."""
    paid = Charge.get_by_id(charge.refunds_id).centres
    before = Charge.select().where(Charge.refunds == charge.refunds_id, Charge.id < charge.id)
    got = Counter()
    for name, _seats, cents in (part for back in before for part in back.centres):
        got[name] += cents
    cents = pricing.split(charge.net_cents, [max(part + got[name], 0) for name, _seats, part in paid]) if paid else []
    return [[name, seats, part] for (name, seats, _cents), part in zip(paid, cents, strict=True)]


def _of_charge(charge, centres):
    """New seats are the default centre's; everything else is divided as the seats are on its first day.

    Of a month that is over they are divided as on its last day.
    """
    line = charge.order_line
    if line and (line.parent or line).operation is Operation.ADD_SEATS:
        return [Share(centres[0], charge.quantity)]
    day = charge.to_on if charge.kind == SubscriptionType.MONTHLY.value else charge.from_on
    there = Seats.select(fn.SUM(Seats.quantity)).where(
        Seats.subscription == whole(charge.subscription), Seats.from_on <= day,
        Seats.to_on.is_null() | (Seats.to_on >= day),
    )  # fmt: skip
    return shares(charge.subscription, there.scalar() or abs(charge.quantity), centres)
