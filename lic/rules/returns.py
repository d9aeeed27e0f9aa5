"""Giving back what was just bought: a purchase, a renewal or added seats in their first days (O, Cooling-off).

Seats are given back as many as one likes, with the assurance that was bought with them; what replaced something
(another product, a plan, a first assurance) as a whole, and then everything is as it was before. The last that was
bought goes first, so that nothing which was paid for is left without its ground.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from lic.models import (
    N_,
    NN_,
    Assurance,
    Charge,
    Operation,
    OrderLine,
    OrderState,
    Seats,
    Subscription,
    SubscriptionType,
    read_once,
    tx,
)
from lic.rules import (
    Reason,
    Refused,
    asked,
    charges,
    checklists,
    holdings,
    journal,
    parts,
    placed,
    previews,
    refuse_if,
    seating,
    subscriptions,
    undoing,
)
from lic.rules.calendar import ONE_DAY, Span, month_of
from lic.rules.holdings import Prices
from lic.rules.parts import LATEST_START
from lic.rules.pricing import Line, from_cents
from lic.rules.prolonging import Bought, cooling_off_of, give_back_line, why_not_in

BY_DAY = SubscriptionType.MONTHLY  # its seats are billed afterwards: they just end
LOOK_BACK = LATEST_START + timedelta(days=366)  # what begins last, given back last: its order may be that old


@dataclass(frozen=True)
class Part:
    """What was charged for a purchase, and the charge; without one it is billed by day and just ends."""

    bought: Bought
    charge: Charge | None = None


@dataclass(frozen=True)
class Purchase:
    """One order line of a subscription with what it was charged and the days in which it can be given back."""

    line: OrderLine
    parts: tuple  # of Part, the seats first
    seats: int  # that are left of it
    window: Span
    is_whole: bool = False  # all of it or nothing

    @property
    def bought(self):
        return tuple(part.bought for part in self.parts)


# --- what there is to give back ------------------------------------------------------------------


def of(subscription, today, only_whole=False, among=None):
    """What can be given back today, the newest first; `only_whole`: what goes back all or not at all.

    among: the ids of the order lines it is asked of; else it is all.
    """
    lines = [line for line in _lines(subscription, today) if among is None or line.id in among]
    found = (_purchase(line, subscription, today) for line in lines if undoing.is_whole(line) or not only_whole)
    return [purchase for purchase in found if purchase and today in purchase.window]


def _lines(subscription, today):
    return [
        line
        for line in placed.lines(subscription)
        if line.subscription == subscription.id
        and line.parent_id is None
        and line.operation in asked.OPERATIONS
        and line.order.state is OrderState.COMPLETED
        and line.order.decided_on >= today - LOOK_BACK
    ]


def _family(line, subscription):
    """An order line and those that followed it."""
    return [line, *reversed([one for one in placed.lines(subscription) if one.parent_id == line.id])]


def _purchase(line, subscription, today):
    """What a line brought and is still there tomorrow, or None."""
    family, target = _family(line, subscription), _target(line, subscription)
    whole = undoing.is_whole(line)
    if whole and not undoing.is_known(line):
        return None
    rows = _rows(undoing.model_of(line) if whole else Seats, family, target, subscription)
    left = [row for row in rows if row.to_on is None or row.to_on > today]
    found = left and _parts(line, family, target, rows, today, subscription)
    if not found:
        return None
    window = cooling_off_of(Prices.of(subscription.holder, today), found[0].bought)
    seats = sum(row.quantity for row in left) if whole else left[0].quantity
    if line.operation is Operation.ADD_MODULE:  # with it goes what followed its base since
        found += _added_since(target, found, approved=line.order.decided_on, today=today)
        seats = holdings.held(target).on(today + ONE_DAY)
    return window and Purchase(line, tuple(found), seats, window, whole)


def _rows(model, family, target, subscription):
    """What these lines brought the target, the earliest first."""
    stored = holdings.stored(subscription)
    stored = stored if target.id in stored.ids else holdings.stored(target)  # of a module that was cancelled
    lines, rows = {line.id for line in family}, stored.seats if model is Seats else stored.covers
    return [row for row in rows[target.id] if row.order_line_id in lines]


def _parts(line, family, target, rows, today, subscription):
    approved, whole = line.order.decided_on, undoing.is_whole(line)
    charged, backs = _charges(line, family, target, subscription)
    paid = [charge for charge in charged if charge.to_on >= today]
    lines = {one.id: one for one in family}
    for charge in paid:  # what is at hand is not read again
        charge.order_line = lines.get(charge.order_line_id, charge.order_line_id)
        if charge.subscription_id == target.id:
            charge.subscription = target
    year = line.operation is Operation.CHANGE_TYPE and not whole
    of = sum(charge.quantity for charge in paid if charge.subscription_id == target.id) if year else None
    everything = whole or line.operation is Operation.ADD_MODULE
    found = [_part(charge, approved, of, everything, backs[charge.id]) for charge in paid]
    if whole or (found and target.type is not BY_DAY):
        return found
    return [Part(_by_day(target, rows[0], approved)), *found]


def _charges(line, family, target, subscription):
    """Those of a line and what followed it; for a year that was ordered, of the seats added before it began as well.

    And what was given back of each (`charges.paid`).
    """
    paid, backs = read_once(subscription, "paid for", lambda: _paid(subscription))
    lines, ids, whole = {one.id for one in family}, (), undoing.is_whole(line)
    if line.operation is Operation.CHANGE_TYPE and not whole:
        ids = (target.id, *(module.id for module in holdings.stored(target).modules[target.id]))
    year = {(parts.Kind.ANNUAL.value, charge.from_on) for charge in paid if charge.order_line_id == line.id}
    mine = [c for c in paid if c.order_line_id in lines or (c.subscription_id in ids and (c.kind, c.from_on) in year)]
    if target.type is BY_DAY and not whole:
        mine = [charge for charge in mine if charge.kind == parts.Kind.ASSURANCE.value]
    return mine, backs


def _paid(subscription):
    """What was charged for all that was ordered of it, and by year."""
    ordered = Charge.order_line.in_([line.id for line in placed.lines(subscription)])
    by_year = (Charge.kind == parts.Kind.ANNUAL.value) & Charge.subscription.in_(holdings.stored(subscription).ids)
    return charges.paid(ordered | by_year)


def _part(charge, approved, of, whole, backs=None):
    refunded = charges.refunded(charge) if backs is None else charges.sum_of(backs)
    bought = Bought(
        *(charge.order_line.product, charges.line_of(charge), approved, refunded),
        subscription=charge.subscription_id,
        of=of,
        whole=whole,
        kept=charge.subscription.parameters if charge.subscription_id else None,
    )
    return Part(bought, charge)


def _added_since(module, found, approved, today):
    """What was paid since for a module's other seats, which end with it: added with its base's, or renewed."""
    mine = [part.charge.id for part in found if part.charge]
    since = Charge.select().where(
        Charge.subscription == module.id,
        Charge.to_on > today,
        Charge.refunds.is_null(),
        Charge.net_cents > 0,
        Charge.id.not_in(mine),
    )
    parts_of = ((charge, _seats_left(module, charge)) for charge in since.order_by(Charge.id))
    return [Part(replace(_part(one, approved, None, True).bought, left=left), one) for one, left in parts_of if left]


def _seats_left(module, charge):
    """The seats that a charge paid for and that were not given back yet."""
    lines = {charge.order_line_id, charge.order_line.parent_id}
    reach = Seats.to_on.is_null() | (Seats.to_on >= charge.to_on)
    rows = Seats.select().where(Seats.subscription == module.id, Seats.from_on <= charge.to_on, reach)
    return sum(row.quantity for row in rows if row.order_line_id in lines)


def _target(line, subscription):
    """The subscription whose seats they are: of a module, the one that this line began."""
    if line.operation is not Operation.ADD_MODULE:
        return subscription
    stored = holdings.stored(subscription)
    for module in stored.modules[subscription.id]:
        if any(row.order_line_id == line.id for row in stored.seats[module.id]):
            return module
    begun = Seats.select(Seats.subscription).where(Seats.order_line == line.id)
    return Subscription.get(Subscription.base == subscription.id, Subscription.id.in_(begun))


def _by_day(subscription, row, approved):
    """Monthly seats: nothing was charged, they just end."""
    line = Line(row.quantity, from_cents(row.unit_cents), from_on=row.from_on, to_on=month_of(row.from_on).to_on)
    kept = subscription.parameters
    return Bought(subscription.product, line, approved, at_once=False, subscription=subscription.id, kept=kept)


def find(line, subscription, today):
    """One purchase that can be given back today; raises Refused if it cannot."""
    purchase = _purchase(line, subscription, today) if line in _lines(subscription, today) else None
    if purchase is None:
        raise Refused(Reason(N_("Nothing of it can be given back any more."), rule="O"))
    refuse_if(why_not_in(purchase.window, today))
    return purchase


# --- may it be, and what comes back --------------------------------------------------------------


def preview(line, seats, today):
    """The refund and what is left; raises Refused. line: the order line of the purchase."""
    subscription = Subscription.get_by_id(line.subscription)
    purchase = find(line, subscription, today)
    held = holdings.held(subscription)
    refuse_if(_why_not_seats(purchase, seats) or _why_not_first(purchase, subscription, today))
    prices = Prices.of(subscription.holder, today)
    if purchase.is_whole:
        found = previews.give_back(prices, purchase.bought, purchase.bought[0].most, today)
        notes = tuple(parts.told(change) for change in held.planned)
        return replace(found, quantity=held.after(today), notes=notes)
    module = line.operation is Operation.ADD_MODULE
    left = held.on(today + ONE_DAY) - (0 if module else seats)
    if not module:
        refuse_if(why_not_leave(held, left))
    ended = () if left else _not_begun(subscription, purchase, today)
    seats = purchase.bought[0].most if module else seats
    found = previews.give_back(prices, (*purchase.bought, *(part.bought for part in ended)), seats, today)
    notes = tuple(parts.told(change) for change in held.planned) if left else parts.never(held)
    return replace(found, quantity=left, notes=notes)


def why_not_leave(held, left):
    """Why so many seats cannot be left, or None; none at all ends it. What is scheduled less must still be possible."""
    if not left:
        return parts.why_not_none(held)
    if held.removed and left - held.removed < max(held.used, 1):
        return Reason(
            NN_(
                "%(count)s seat less is scheduled for %(day)s: withdraw that first.",
                "%(count)s seats less are scheduled for %(day)s: withdraw that first.",
            ),
            rule="S",
            count=held.removed,
            day=held.change("remove_seats").effective_on,
        )
    return parts.why_not_fewer(held, left)


def _why_not_seats(purchase, seats):
    if 1 <= seats <= purchase.seats and (seats == purchase.seats or _is_of_seats(purchase)):
        return None
    return Reason(N_("%(most)s seats of these can be given back."), rule="O", most=purchase.seats)


def _is_of_seats(purchase):
    """Whether as many as one likes are given back."""
    return not purchase.is_whole and purchase.line.operation is not Operation.ADD_MODULE


def _why_not_first(purchase, subscription, today):
    """Why something else goes first, or None: what was bought since and stands on it."""
    change = holdings.held(subscription).change("change_type")
    if change and change.inputs.get("order_line"):
        all_of_it = N_("It becomes annual on %(day)s, ordered for all its seats: from then on they can be given back.")
        return Reason(all_of_it, rule="000-41", day=change.effective_on)
    later = undoing.later(purchase.line, subscription, today)
    ids = {id for line in later for id in (line.id, line.parent_id)}
    since = of(subscription, today, among=ids)
    first = next((one for one in since if purchase.is_whole or not _is_of_seats(one)), None)
    if first:
        return Reason(
            N_("What was ordered since goes first: give back “%(operation)s”, then this."),
            rule="O",
            operation=first.line.operation,
        )
    if not purchase.is_whole:  # those were ordered for all the seats there were
        later = [line for line in later if line.operation in (Operation.ADD_MODULE, Operation.UPGRADE_ASSURANCE)]
    if later and (purchase.is_whole or _is_of_seats(purchase)):
        return Reason(
            N_("“%(operation)s” was ordered since: what was before cannot be put back any more."),
            rule="O",
            operation=later[0].operation,
        )
    return None


def _not_begun(subscription, purchase, today):
    """What was paid ahead and never begins where all is given back: a renewal, more support."""
    ids = [subscription.id, *(module.id for module in holdings.modules(subscription))]
    mine = [part.charge.id for part in purchase.parts if part.charge]
    later = Charge.select().where(
        Charge.subscription.in_(ids),
        Charge.from_on > today,
        Charge.refunds.is_null(),
        Charge.net_cents > 0,
        Charge.id.not_in(mine),
    )
    approved = purchase.line.order.decided_on
    return tuple(_part(charge, approved, None, True) for charge in later.order_by(Charge.id))


def why_not_give_back(line, seats, by, today):
    subscription = Subscription.get_by_id(line.subscription)
    if reason := subscriptions.why_not_change(subscription, by):
        return reason
    try:
        preview(line, seats, today)
    except Refused as refused:
        return refused.reason
    return None


# --- giving it back ------------------------------------------------------------------------------


def give_back(line, seats, by, at, done=(), seen=None):
    """What was paid for the days after today is refunded; seats end today, or what was replaced comes back.

    Without any seat left it ends. seen: the preview agreed to, as `Preview.seen`; done: the ticked steps of the
    product's checklist, where licences are given up.
    """
    with tx():
        refuse_if(why_not_give_back(line, seats, by, at.day))
        subscription = Subscription.get_by_id(line.subscription)
        purchase, found = find(line, subscription, at.day), preview(line, seats, at.day)
        refuse_if(parts.why_not_seen(found, seen))
        target, facts = _target(line, subscription), {}
        if purchase.is_whole:
            _refund(purchase.parts, seats, at)
            undoing.put_back(line, subscription, at.day)
        else:
            facts = checklists.confirmed(target.product, done, by)
            ended = () if found.quantity else _not_begun(subscription, purchase, at.day)
            _refund((*purchase.parts, *ended), seats, at)
            undoing.end_seats(target, seats, at.day, _family(line, subscription))
        if line.operation is Operation.ADD_MODULE or not (found.quantity or purchase.is_whole):
            _end(target, by, at)
        after = {"number": target.number, "seats": seats, "quantity": found.quantity} | facts
        after["refund_cents"] = -sum(item.line.net_cents for item in found.items)
        journal.record(_kind(purchase), target, by, at, after=after)
        return target.again()


def _kind(purchase):
    if not purchase.is_whole:
        return "subscription.given_back"
    product = purchase.line.operation is Operation.CHANGE_TYPE
    return "subscription.change_given_back" if product else "subscription.assurance_given_back"


def _refund(found, seats, at):
    for part in found:
        if part.charge is None:
            continue
        back = give_back_line(part.bought, seats, at.day)
        if back.net:
            charges.refund(part.charge, back, at)


def _end(subscription, by, at):
    today = at.day
    for one in (subscription, *holdings.modules(subscription)):
        one.cancelled_on = one.ends_on = today
        one.save()
        seating.end_rows(Seats, one, today)
        seating.end_rows(Assurance, one, today)
        seating.end_periods(one, today)
        for change in holdings.scheduled(one):
            subscriptions.drop_change(change, by, at)
