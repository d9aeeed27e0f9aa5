"""What the pages of the cart and of an order show: amounts, effects, and what this person may do."""

from flask_babel import gettext as _

from lic.models import OrderState
from lic.rules import approvals, cart, journal, orders
from lic.web import clock


def contents(user):
    """The cart at today's prices, grouped, with its totals and the terms that apply."""
    order, today = cart.of(user), clock.today()
    here = cart.current(order, today) if order else []
    return {
        "order": order,
        "until": cart.protected_until,
        "groups": cart.groups(here),
        "lines": here,
        "totals": order and cart.Totals.of(order, here),
        "terms": cart.terms([line.product for line in here], today) if here else [],
        "why": here and orders.why_not_place(user, today),
        "approver": order and orders.approver_of(order.buyer),
    }


def of(order, user):
    """One order: its lines, its history, and what this person may do with it."""
    today, lines = clock.today(), cart.lines(order)
    return dict(
        order=order,
        groups=cart.groups(lines),
        lines=lines,
        totals=orders.totals(order),
        until=cart.protected_until,
        held_until=orders.held_until(order),
        expires_on=orders.expires_on(order),
        history=journal.history(order),
        consents=orders.consents(order),
        deciders=orders.deciders(order) if order.state.is_pending else [],
        effects=approvals.effects(order, today) if order.state.is_pending else [],
        question=orders.last_said(order),
        why_not_approve=orders.why_not_approve(order, user),
        why_not_confirm=orders.why_not_confirm(order, user),
        why_not_answer=orders.why_not_answer(order, user),
        why_not_cancel=orders.why_not_cancel(order, user),
        why_not_remind=approvals.why_not_remind(order, user),
        waits_for=(today - clock.local(order.submitted_at).date()).days,
    )


def told(order):
    """What confirming or approving came to: done, handed on, or the buyer is asked first (R5)."""
    if order.state is OrderState.COMPLETED:
        return _("Order no. %(number)s is approved.", number=order.number)
    if order.state is OrderState.SUBMITTED:
        return _("Confirmed. The distributor decides now.")
    return _("The total would rise: the buyer is asked to accept it first.")
