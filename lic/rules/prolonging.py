"""Previews of what happens around a subscription's end: renewing, aligning, fewer seats, cancelling, giving back."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lic.models import N_, NN_, Basis, Product, SubscriptionType
from lic.rules import Reason, Refused, pricing, refuse_if
from lic.rules.calendar import (
    Span,
    cooling_off,
    days,
    decrease_window,
    last_month,
    month_of,
    months_left,
    next_first,
    next_period,
    period,
    renewal_window,
)
from lic.rules.holdings import BASES
from lic.rules.parts import (
    ANNUAL,
    MONTHLY,
    MOST_MONTHS,
    TERM,
    Item,
    Kind,
    changed,
    made,
    never,
    term_of,
    why_not_fewer,
    why_not_go_on,
    why_not_none,
    why_not_quantity,
    why_not_work,
)
from lic.rules.pricing import Line

# --- renewing (O, Renewal) -----------------------------------------------------------------------


def renew(prices, held, on, *, quantity=None, ends_on=None, months=None, with_assurance=True, asked_on=None):
    """The period after the last one, whatever the day of payment (X5). Fewer seats only in its decrease window.

    A term says its new `ends_on` or `months`. A cheaper product that was scheduled begins with it. What is monthly and
    renewed by hand does not renew itself: it goes on for that month.
    """
    asked_on, product = asked_on or on, held.coming
    refuse_if(why_not_work(prices, held, asked_on, renewing=True) or why_not_go_on(held))
    refuse_if(_why_not_renew_now(prices, held, asked_on))
    left = _quantity_renewed(prices, held, quantity, asked_on)
    whole = _next(held, ends_on, months)
    items = []
    for one in (held, *held.modules):
        sold = (product or one.product) if one is held else one.product
        unit = prices.unit(sold, BASES[one.type])
        items.append(_renewed(prices, one, sold, left, unit, whole))
        prices.parameters(sold)  # kept with the order: they hold from then on, for its modules too (P)
    if with_assurance and (item := _assurance(prices, held, left, whole, on, product)):
        items.append(item)
    done = ("remove_seats", "change_product")
    return changed("renew", prices, held, items, whole.from_on, left, whole, done=done)


def _why_not_renew_now(prices, held, today):
    if held.type is MONTHLY:
        if change := held.change("change_type"):
            return Reason(N_("It becomes annual on %(day)s, as ordered."), rule="000-41", day=change.effective_on)
        if held.auto_renew and today <= held.last.to_on:
            return Reason(N_("It renews itself on %(day)s."), rule="000-38", day=held.last.after)
        if (change := held.change("remove_seats")) and change.effective_on <= held.last.to_on:
            return Reason(
                N_("Fewer seats are scheduled before its end: renewing is possible from %(possible_from)s."),
                rule="S",
                possible_from=change.effective_on,
            )
        return None
    if change := held.change("change_type"):
        return Reason(N_("It becomes monthly on %(day)s."), rule="S", day=change.effective_on)
    parameters = prices.parameters(held.product, held.kept)
    window = renewal_window(held.last.to_on, parameters.renew_window_days, parameters.grace_days)
    if today < window.from_on:
        return Reason(
            N_("It ends on %(day)s: renewing is possible from %(possible_from)s."),
            rule="O",
            day=held.last.to_on,
            possible_from=window.from_on,
        )
    return None


def _quantity_renewed(prices, held, quantity, asked_on):
    now = held.after(held.last.to_on)
    if quantity is None:
        quantity = held.next_quantity()
        refuse_if(why_not_fewer(held, quantity) if held.removed else None)
        return quantity
    refuse_if(why_not_quantity(quantity))
    if quantity < now and quantity != held.next_quantity():
        refuse_if(why_not_decrease(prices, held, asked_on))
    if quantity > held.next_quantity() and held.removed:
        raise Refused(
            Reason(
                NN_(
                    "From %(day)s only %(count)s licence is left, as scheduled: withdraw that first.",
                    "From %(day)s only %(count)s licences are left, as scheduled: withdraw that first.",
                ),
                rule="S",
                day=held.change("remove_seats").effective_on,
                count=held.next_quantity(),
            )
        )
    if quantity < now:
        refuse_if(why_not_fewer(held, quantity))
    if quantity < held.next_quantity() and held.product.checklist and held.type is ANNUAL:
        raise Refused(
            Reason(N_("Use “Remove seats” first: it asks to confirm what must be done before."), rule="004-19")
        )
    return quantity


def why_not_decrease(prices, held, today):
    """Why fewer seats cannot be asked for with the renewal on a day, or None (O, Decrease)."""
    window = decrease_window(held.last.to_on, prices.parameters(held.product, held.kept).decrease_window_days)
    if window is None or today > window.to_on:
        return Reason(N_("Fewer seats had to be asked for by %(day)s."), rule="O", day=held.last.to_on)
    if today < window.from_on:
        return Reason(
            N_("Fewer seats can be asked for with the renewal, from %(possible_from)s."),
            rule="O",
            possible_from=window.from_on,
        )
    return None


def _next(held, ends_on, months):
    if held.type is MONTHLY:
        return Span(held.last.after, month_of(held.last.after).to_on, held.last.anchor)
    if held.type is ANNUAL:
        return next_period(held.last, 12)
    return term_of(held.last.after, held.last.counted_from, ends_on, months)


def _renewed(prices, held, product, quantity, unit, whole):
    if held.type is MONTHLY:
        line = pricing.first_month(quantity, unit, whole.from_on)
    elif held.type is ANNUAL:
        line = pricing.annual(quantity, unit, whole)
    else:
        line = pricing.term(quantity, unit, whole, prices.parameters(product))
    return Item(Kind.RENEWAL, product, line, at_once=held.type is not MONTHLY, subscription=held.id)


def _assurance(prices, held, quantity, whole, on, product=None):
    """A renewal proposes the assurance to at least its new end (O, Assurance)."""
    if held.support is None or held.is_given_up or held.type is MONTHLY:
        return None
    sold, unit = prices.assurance(product or held.product, held.plan)
    if held.support.after < min(on, whole.from_on):  # it ran out before: nobody pays for the days between
        line = pricing.assurance(quantity, unit, whole.from_on, months_left(whole, whole.from_on))
    else:
        line = pricing.assurance_renewal(quantity, unit, held.support, whole.to_on)
    return line and Item(Kind.ASSURANCE, sold, line, subscription=held.id)


def coterminate(prices, several, on, *, ends_on=None, with_assurance=True, asked_on=None):
    """Several subscriptions to one end, by day; then one renewal from one date (O, Co-termination).

    It is a renewal: it brings the assurance to at least the new end too.
    """
    if not several:
        raise Refused(Reason(N_("Choose the subscriptions to align."), rule="O"))
    latest = max(held.last.to_on for held in several)
    ends_on = ends_on or latest
    for held in several:
        refuse_if(why_not_work(prices, held, asked_on or on) or why_not_go_on(held))
        refuse_if(_why_not_align(held))
    furthest = min(period(held.last.after, MOST_MONTHS).to_on for held in several)
    if ends_on > furthest:  # nobody pays for longer ahead than a term can be
        raise Refused(Reason(N_("It ends by %(day)s at the latest."), rule="O", day=furthest))
    if ends_on < latest:
        raise Refused(
            Reason(
                N_("No period is shortened: the common end is possible from %(possible_from)s."),
                rule="O",
                possible_from=latest,
            )
        )
    items, moved = [], [held for held in several if held.last.to_on < ends_on]
    if not moved:
        raise Refused(Reason(N_("They end on the same day already."), rule="O"))
    for held in moved:
        for one in (held, *held.modules):
            quantity, unit = one.quantity(one.last.to_on), prices.unit(one.product, Basis.ANNUAL)
            lines = pricing.cotermination(quantity, unit, held.last, ends_on)
            items += [Item(Kind.ALIGNED, one.product, line, subscription=one.id) for line in lines]
            prices.parameters(one.product)  # as with a renewal
        whole = Span(held.last.after, ends_on, held.last.anchor)
        if with_assurance and (item := _assurance(prices, held, held.quantity(held.last.to_on), whole, on)):
            items.append(item)
    start, first = min(held.last.after for held in moved), several[0]
    whole = Span(start, ends_on) if len(several) == 1 else None
    total = sum(held.quantity(held.last.to_on) for held in several)
    return made("coterminate", prices, first.product, items, start, ends_on, total, whole=whole)


def _why_not_align(held):
    if held.type is MONTHLY:
        return Reason(N_("A monthly subscription has no end to align."), rule="O")
    if held.planned:
        return Reason(
            N_("Subscription no. %(number)s has a change scheduled for %(day)s, which must come first."),
            rule="S",
            number=held.number or "–",
            day=held.planned[0].effective_on,
        )
    return None


# --- fewer seats, the end (by a verb, not by an order) -------------------------------------------


def remove_seats(prices, held, quantity, on):
    """So many seats less: monthly from the next 1st, annual at the renewal (rules.md S)."""
    refuse_if(why_not_work(prices, held, on) or why_not_go_on(held) or why_not_quantity(quantity))
    if held.type is TERM:
        raise Refused(Reason(N_("Fewer seats of a fixed term are asked for with its renewal."), rule="000-54"))
    if change := held.change("change_type"):
        raise Refused(
            Reason(
                N_("It becomes %(type)s on %(day)s, ordered for all its seats."),
                rule="S",
                type=SubscriptionType(change.inputs["type"]),
                day=change.effective_on,
            )
        )
    if held.type is ANNUAL:
        refuse_if(why_not_decrease(prices, held, on))
    left = held.next_quantity() - quantity
    refuse_if(why_not_fewer(held, left))
    start = next_first(max(on, held.first.from_on)) if held.type is MONTHLY else held.last.after
    each = pricing.ZERO
    if held.type is MONTHLY:
        each = sum((one.each_month(left) for one in (held, *held.modules)), each)
    return changed("remove_seats", prices, held, [], start, left, monthly=each)


def cancel(prices, held, on):
    """Its last day: the month's end, the annual's in its last month only, the term's without refund (X4, 000-46)."""
    refuse_if(why_not_work(prices, held, on) or why_not_go_on(held) or why_not_none(held))
    if (change := held.change("change_type")) and change.inputs.get("order_line"):
        raise Refused(Reason(N_("It becomes annual on %(day)s, as ordered."), rule="000-41", day=change.effective_on))
    window = last_month(held.last) if held.type is ANNUAL else None
    if window and on < window.from_on:
        raise Refused(
            Reason(
                N_("An annual subscription is cancelled only in its last month: possible from %(possible_from)s."),
                rule="000-46",
                possible_from=window.from_on,
            )
        )
    ended = replace(held, cancelled=True)
    return replace(changed("cancel", prices, ended, [], held.last.after, 0), notes=never(held))


# --- giving back (O, Cooling-off) ----------------------------------------------------------------


@dataclass(frozen=True)
class Bought:
    """What was charged for one purchase, renewal or addition of seats, and what of it was given back before."""

    product: Product
    line: Line
    approved_on: date
    refunded: Decimal = pricing.ZERO
    at_once: bool = True  # else it is billed by day: it just ends
    subscription: int | None = None
    of: int | None = None  # seats that several lines pay for together; else its own quantity
    whole: bool = False  # all of it, however many seats are given back
    left: int | None = None  # the seats of a whole one that were not given back before
    kept: dict | None = None  # parameters its subscription keeps

    @property
    def most(self):
        return self.of or self.line.quantity


def give_back(prices, bought, seats, on):
    """The refund of so many seats, in the first days of what was bought. bought: all lines of it, one or more."""
    first = bought[0]
    window = cooling_off_of(prices, first)
    if window is None:
        raise Refused(Reason(N_("Nothing of it can be given back any more."), rule="O"))
    refuse_if(why_not_in(window, on))
    if not 1 <= seats <= first.most:
        raise Refused(Reason(N_("1 to %(most)s seats of these can be given back."), rule="O", most=first.most))
    backs = [(one, give_back_line(one, seats, on)) for one in bought if one.at_once]
    items = [
        Item(Kind.REFUND, one.product, replace(back, unit=-back.unit), subscription=one.subscription)
        for one, back in backs
        if back.net
    ]
    return made("give_back", prices, first.product, items, on, on, first.most - seats)


def give_back_line(bought, seats, on):
    """What so many seats of one charged line refund, as a positive Line."""
    seats = (bought.left or bought.most) if bought.whole else seats
    return pricing.refund(bought.line, seats, on, bought.refunded, bought.of)


def cooling_off_of(prices, bought):
    given = prices.parameters(bought.product, bought.kept).cooling_off_days
    return cooling_off(bought.approved_on, bought.line.from_on, given)


def why_not_in(window, on):
    """Why it is not given back on a day, or None: these are its days for that."""
    if on > window.to_on:
        return Reason(N_("It could be given back until %(day)s."), rule="O", day=window.to_on)
    if on < window.from_on:
        return Reason(
            N_("It can be given back from its first day on: possible from %(possible_from)s."),
            rule="O",
            possible_from=window.from_on,
        )
    return None


def day_of(window, on):
    """Which day of the cooling-off it is, from 1."""
    return days(window.from_on, on)
