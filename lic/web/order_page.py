"""What the pages of the cart and of an order show: amounts, effects, and what this person may do."""

from functools import cache

from flask_babel import gettext as _

from lic.models import OrderState
from lic.rules import approvals, asked, cart, deciders, invoices, journal, orders
from lic.web import clock, order_lines, words


def contents(user):
    """The cart at today's prices, grouped, with its totals and the terms that apply."""
    order, today = cart.of(user), clock.today()
    here = cart.current(order, today) if order else []
    order_lines.explain(here, today)
    flags = _flags(user, here, today)
    return {
        "order": order,
        "until": cart.protected_until,
        "groups": cart.groups(here),
        "flags": flags,
        "lines": here,
        "totals": order and cart.Totals.of(here),
        "terms": cart.terms([line.product for line in here], today) if here else [],
        "why": here and (orders.why_not_check_out(user, here) or next(iter(flags.values()), None)),
        "approver": order and deciders.approver_of(user.organisation),
        "two_steps": order and deciders.needs_confirmation(user.organisation),
    }


def _flags(user, here, today):
    """{id of a line: why it cannot be ordered now}: another order came first, or what it is for has changed (X8)."""
    locked, waits, found = cache(cart.why_locked), cache(cart.why_waits), {}
    for line in (line for line in here if line.parent_id is None):
        reason = locked(line.project) if line.project_id else None
        reason = reason or (waits(line.subscription) if line.subscription else None) or _why_not(user, line, today)
        if reason:
            found[line.id] = reason
    return found


def _why_not(user, line, today):
    if asked.is_one(line):
        return asked.why_not_so_many(line) or getattr(line, "why", None)
    return cart.why_not_offer(user, line.product, today, line.for_product, line.contract)


def of(order, user):
    """One order: its lines, its history, and what this person may do with it."""
    today, lines, history = clock.today(), cart.lines(order), journal.history(order)
    order_lines.explain(lines, order.decided_on or today)  # what was never carried out stays as it was decided on
    pending, asked = order.state.is_pending, order.state is OrderState.INFO_REQUESTED
    handled = None if pending else orders.handled(order, history)
    return {
        "order": order,
        "groups": cart.groups(lines),
        "lines": lines,
        "totals": cart.Totals.of(lines),
        "until": cart.protected_until,
        "held_until": orders.held_until(order),
        "expires_on": orders.expires_on(order),
        "history": history,
        "consents": orders.consents(order),
        "invoices": [] if pending else invoices.of_order(order),
        "deciders": deciders.of(order) if pending else [],
        "effects": approvals.effects(order, today) if pending else [],
        "question": next((e for e in history if e.kind == "order.info_requested"), None) if asked else None,
        "waits_for": (today - clock.local(order.submitted_at).date()).days,
        "why_not_approve": orders.why_not_approve(order, user, lines)
        if order.state is OrderState.SUBMITTED
        else handled,
        "why_not_confirm": orders.why_not_confirm(order, user) if order.state is OrderState.TO_CONFIRM else handled,
        "may_answer": asked and not orders.why_not_answer(order, user),
        "why_not_cancel": handled or orders.why_not_cancel(order, user),
        "may_remind": pending and not asked and not approvals.why_not_remind(order, user),
    }


def placed(order):
    """What is said of an order just placed: who acts next, or that it is approved already."""
    if order.state is OrderState.TO_CONFIRM:
        return _("Order no. %(number)s is placed. Another administrator of yours confirms it.", number=order.number)
    if order.state is OrderState.COMPLETED:
        return told(order)
    name = order.approver.name if order.approver_id else words.word(order.buyer)
    return _("Order no. %(number)s is placed. %(name)s approves it.", number=order.number, name=name)


def told(order):
    """What confirming or approving came to: done, handed on, or the buyer is asked first (R5)."""
    if order.state is OrderState.COMPLETED:
        return _("Order no. %(number)s is approved.", number=order.number)
    if order.state is OrderState.SUBMITTED:
        return _("Confirmed. The distributor decides now.")
    return _("The total would rise: the buyer is asked to accept it first.")
