"""What the lines of a cart or an order about subscriptions say: of which one, for which days, how computed."""

from dataclasses import dataclass

from lic.models import EVERYBODY, Charge, OrderState, Subscription, scope
from lic.rules import Refused, asked, charges
from lic.rules.pricing import Line


@dataclass(frozen=True)
class Part:
    """One computation of a line; `at_once` it is charged at approval, else on the 1st after its days."""

    line: Line
    at_once: bool = True


def explain(lines, today):
    """Give each line about a subscription its `parts` and the `number` of the subscription; they are not stored."""
    about = [line for line in lines if asked.is_one(line)]
    if not about:
        return
    ids = {line.subscription for line in about if line.subscription}
    with scope(EVERYBODY):  # the order shows whom it is for, also to an approver or after a transfer
        known = Subscription.select().where(Subscription.id.in_(ids)) if ids else ()
        numbers = {one.id: one.number for one in known}
    done = about[0].order.state is OrderState.COMPLETED
    parts = _charged(about) if done else _asked(about, today)
    for line in about:
        line.number, line.parts = numbers.get(line.subscription), parts.get(line.id, [])


def _charged(lines):
    """What was written at the approval."""
    found = {}
    written = Charge.select().where(Charge.order_line.in_([line.id for line in lines]), Charge.refunds.is_null())
    for charge in written.order_by(Charge.id):
        if charge.source_kind == "order_line":
            found.setdefault(charge.source, []).append(Part(charges.line_of(charge)))
    return found


def _asked(lines, today):
    """What an approval today would write; nothing for what can no longer be done."""
    found = {}
    for main in [line for line in lines if line.parent_id is None]:
        family = [main, *(line for line in lines if line.parent_id == main.id)]
        try:
            preview = asked.of_line(main, today, locked=main.order.state is not OrderState.CART)
        except Refused:
            continue
        for line, items in asked.shares(family, preview):
            found[line.id] = [Part(item.line, asked.is_once(item)) for item in items]
    return found
