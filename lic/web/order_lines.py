"""What the lines of a cart or an order about subscriptions say: of which one, for which days, how computed."""

from dataclasses import dataclass
from datetime import date

from lic.models import EVERYBODY, Charge, OrderState, Subscription, scope
from lic.rules import Refused, asked, charges
from lic.rules.pricing import Line


@dataclass(frozen=True)
class Part:
    """One computation of a line; `at_once`: charged at approval or `on` a day; else on the 1st after its days."""

    line: Line
    at_once: bool = True
    on: date | None = None


def explain(lines, today):
    """Give each line about a subscription its `parts` and the `number` of the subscription; they are not stored.

    `why` is why it can no longer be ordered, where nothing can be computed.
    """
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
        line.later = [(part.on, part.line.net_cents) for part in line.parts if part.on]


def _charged(lines):
    """What was written at the approval."""
    found, following = {}, {}
    for line in (line for line in lines if line.parent_id):
        following.setdefault(line.parent_id, []).append(line)
    written = Charge.select().where(Charge.order_line.in_([line.id for line in lines]), Charge.refunds.is_null())
    for charge in written.order_by(Charge.id):
        if charge.source_kind == "order_line":
            same = (line.id for line in following.get(charge.source, ()) if line.product.title == charge.label)
            part = Part(charges.line_of(charge), on=charge.bill_on)
            found.setdefault(next(same, charge.source), []).append(part)
    return found


def _asked(lines, today):
    """What an approval would write: today, of a cart; of an order that waits, on the day its amounts are of (R5)."""
    found, order = {}, lines[0].order
    day = today if order.state is OrderState.CART else order.submitted_on
    for main in [line for line in lines if line.parent_id is None]:
        family = [main, *(line for line in lines if line.parent_id == main.id)]
        try:
            preview = asked.of_line(main, day, locked=order.state is not OrderState.CART)
        except Refused as refused:
            main.why = refused.reason
            continue
        for line, items in asked.shares(family, preview):
            if sum(item.line.net_cents for item in items if asked.is_once(item)) == line.net_cents:
                found[line.id] = [_part(item) for item in items]
    return found


def _part(item):
    once = asked.is_once(item)
    return Part(item.line, once, item.line.from_on if once and not item.at_once else None)
