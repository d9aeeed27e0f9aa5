"""An order from the cart to its decision: who places, confirms, asks, answers, approves, rejects, cancels (rules.md S).

Every verb re-reads the order inside its transaction: of two people who decide at once one wins, the other is told.
"""

from contextlib import suppress

from lic.models import EVERYBODY, N_, Consent, Order, OrderState, scope, tx
from lic.rules import (
    Reason,
    Refused,
    asked,
    billing,
    cart,
    contracts,
    deciders,
    deliveries,
    journal,
    numbers,
    parameters,
    prices,
    refuse_if,
)
from lic.rules.apart import Apart
from lic.rules.placed import consents, expires_on, handled, held_until, numbered, placed, totals
from lic.rules.pricing import to_cents

__all__ = (  # the verbs, in the order of S; and what is known of an order
    "place", "submit", "confirm", "ask", "answer", "approve", "reject", "cancel", "expire_due",
    "consents", "expires_on", "handled", "held_until", "numbered", "placed", "totals",
)  # fmt: skip

FIRST = 10001  # the first order's number
LONGEST = 2000  # of a question, an answer or a reason
STATES = OrderState


class PricesChanged(Refused):
    """The total is no longer the one that was agreed to: it is shown again, and asked again."""

    said = N_("A price has changed in the meantime. Check the new total, then confirm again.")

    def __init__(self):
        super().__init__(Reason(self.said, rule="R5"))


class CartChanged(PricesChanged):
    """What is ordered is no longer what was agreed to: another window added or removed a line."""

    said = N_("Your cart has changed in the meantime. Check what it holds now, then confirm again.")


# --- placing -------------------------------------------------------------------------------------


def why_not_check_out(user, here):
    """Why a person's cart with these lines cannot become an order, whatever is in it, or None."""
    if reason := cart.why_not_shop(user):
        return reason
    if not here:
        return Reason(N_("Your cart is empty."), rule="000-18")
    if deciders.needs_confirmation(user.organisation) and not deciders.confirmers(user.organisation, but=user):
        return Reason(
            N_("Orders of %(name)s are confirmed by a second administrator, and there is none: invite one first."),
            rule="001-24",
            name=user.organisation,
        )
    return None


def why_not_place(user, today):
    """Why a person's cart cannot become an order, or None if it can; consent is asked besides."""
    return _why_not_place(user, cart.lines(cart.of(user)), today)


def _why_not_place(user, here, today):
    if reason := why_not_check_out(user, here):
        return reason
    book = prices.Book(user.organisation.price_list, today)
    return next(filter(None, (_why_not_line(user, line, book) for line in here)), None)


def _why_not_line(user, line, book):
    if asked.is_one(line):
        return _why_not_wish(line, book.day)
    reason = cart.why_not_offer(user, line.product, book.day, line.for_product, line.contract, book)
    return reason or (cart.why_locked(line.project) if line.project_id else None)


def _why_not_wish(line, today):
    """Of a line about a subscription; those that follow it are judged with it."""
    if line.parent_id:
        return None
    reason = line.project_id and cart.why_locked(line.project)
    return reason or (line.subscription and cart.why_waits(line.subscription)) or asked.why_not(line, today)


def place(by, at, key, accepted, seen, shown=None):
    """The person's cart becomes an order, once for each `key` however often it is sent (safety.md 28).

    accepted: ids of the Terms they agreed to; seen: `Totals.seen` as they were shown it, for the lines with the ids
    `shown`, in text.
    """
    with tx():
        if order := placed_with(by, key):
            return order
        order = cart.of(by)
        here = cart.lines(order)
        refuse_if(_why_not_place(by, here, at.day))
        if shown is not None and set(shown) != {str(line.id) for line in here}:
            raise CartChanged()
        for line in here:
            line.asked_on = at.day
        return submit(order, by, at, key, accepted, seen, cart.reprice(order, at.day, here=here))


def latest(user, today):
    """What a person ordered last today, or None: where the way back from an emptied cart leads."""
    mine = placed().where(Order.placed_by == user.id, Order.submitted_on == today)
    return mine.order_by(Order.id.desc()).first()


def placed_with(by, key):
    """The order a person placed with this key already, or None."""
    return Order.get_or_none(Order.idempotency == f"{by.id}:{key}")


def submit(order, by, at, key, accepted, seen, here=None):
    """An order whose lines are computed goes to whoever decides; its terms and its total were agreed to.

    here: its lines, where this transaction has read both.
    """
    with tx():
        if here is None:
            order = order.again()
            here = cart.lines(order)
        agreed = cart.terms([line.product for line in here], at.day)
        if not accepted or {row.id for row in agreed} - set(accepted):
            raise Refused(Reason(N_("Accept the terms that apply to place the order."), rule="000-19"))
        if cart.Totals.of(here).seen != seen:
            raise PricesChanged()
        order.number = order.number or next_number()
        order.idempotency, order.approver = f"{by.id}:{key}", deciders.approver_of(order.buyer)
        order.submitted_on, order.submitted_at = at.day, at.at
        two_steps = deciders.needs_confirmation(order.buyer)
        order.state = STATES.TO_CONFIRM if two_steps else STATES.SUBMITTED
        order.save()
        _consent(order, agreed, by, at)
        versions = [f"{row.code} {row.version}" for row in agreed]
        facts = {"number": order.number, "terms": versions, **_amounts(order)}
        if two_steps:
            journal.record("order.to_confirm", order, by, at, after=facts)
            return order
        return _hand_over(order, by, at, after=facts)


def next_number():
    return numbers.next_number("order", first=FIRST)


def _consent(order, agreed, by, at):
    owner = {"reseller": order.reseller_id, "customer": order.customer_id}
    known = {consent.terms_id for consent in Consent.select().where(Consent.order == order)}
    for row in agreed:
        if row.id not in known:
            Consent.create(**owner, order=order, terms=row, by=by.id, at=at.at)


def _amounts(order):
    return {"net_cents": order.net_cents, "monthly_cents": order.monthly_cents, "currency": order.currency}


# --- the first of two steps ----------------------------------------------------------------------


def why_not_confirm(order, user):
    """Why this person cannot confirm an order of their own company, or None if they can (001-24..27)."""
    if order.state is not STATES.TO_CONFIRM:
        return handled(order)
    if not _is_buyer(order, user):
        return Reason(N_("An administrator of %(name)s confirms this order."), rule="001-26", name=order.buyer)
    if user.id == order.placed_by_id:
        return Reason(N_("Another administrator confirms what you ordered."), rule="001-26")
    return None


def confirm(order, by, at):
    """A second administrator of the reseller confirms; the distributor's approver is next."""
    with tx():
        order = order.again()
        refuse_if(why_not_confirm(order, by))
        order.state = STATES.SUBMITTED
        order.save()
        facts = {"state": STATES.SUBMITTED.value, "number": order.number, **_amounts(order)}
        return _hand_over(order, by, at, before={"state": STATES.TO_CONFIRM.value}, after=facts)


# --- approved by itself (rules.md P, auto_approve_limit) -------------------------------------------


def goes_by_itself(order):
    """Whether the total of a submitted order is within what its price list lets be approved by itself; by default none.

    The total is what it is worth: once, and the first month, with set-up and without VAT (001-21).
    """
    limit = to_cents(parameters.of(order.price_list).auto_approve_limit)
    return bool(limit and order.approver_id and totals(order).with_setup_cents <= limit)


def _hand_over(order, by, at, before=None, after=None):
    """It is submitted; within the limit the named approver's approval follows at once, else it waits for a person."""
    with scope(EVERYBODY):  # it is the house that decides, though the buyer pressed the button
        if goes_by_itself(order) and (done := _by_itself(order, by, at, before, after)):
            return done
    journal.record("order.submitted", order, by, at, before=before, after=after)
    return order


def _by_itself(order, by, at, before, after):
    """Submitted and approved, all of it or nothing: what cannot be carried out waits like any other order."""
    try:
        with tx():
            journal.record("order.submitted", order, by, at, before=before, after=after | {"by_itself": True})
            done = approve(order, order.approver, at, by_itself=True)
            if done.state is not STATES.COMPLETED:  # it would ask the buyer something first (R5)
                raise Refused(handled(done))
            return done
    except Refused:
        return None


# --- questions and answers -----------------------------------------------------------------------


def why_not_decide(order, user):
    """Why this person cannot approve, reject or ask now, or None if they can."""
    if order.state is not STATES.SUBMITTED:
        return handled(order)
    if not (user.active and user.is_administrator and user.organisation.is_distributor):
        return Reason(N_("An administrator of the distributor decides on this order."), rule="000-23")
    if user.id == order.placed_by_id:
        return Reason(N_("Nobody decides on an order of their own."), rule="000-23")
    return None


def ask(order, question, by, at):
    """The distributor asks the buyer something before deciding."""
    question = _said(question, N_("Write your question."))
    return _move(order, STATES.INFO_REQUESTED, "order.info_requested", why_not_decide, by, at, text=question)


def why_not_answer(order, user):
    """Why this person cannot answer the distributor, or None if they can."""
    if order.state is not STATES.INFO_REQUESTED:
        return handled(order)
    if not _is_buyer(order, user):
        return Reason(N_("An administrator of %(name)s answers."), name=order.buyer)
    return None


def answer(order, text, by, at, seen=None):
    """The buyer answers; where the total rose, the answer is the consent to the new one (R5)."""
    with tx():
        order = order.again()
        refuse_if(why_not_answer(order, by))
        if order.asks_consent:
            if seen is None:
                raise Refused(Reason(N_("Accept the new total, or cancel the order."), rule="R5"))
            if seen != totals(order).seen:
                raise PricesChanged()
            _consent(order, cart.terms([line.product for line in cart.lines(order)], at.day), by, at)
            order.asks_consent = False
            order.save()
        else:
            text = _said(text, N_("Write your answer."))
        return _move(order, STATES.SUBMITTED, "order.answered", why_not_answer, by, at, text=text.strip())


# --- deciding ------------------------------------------------------------------------------------


def why_not_approve(order, user, lines=None):
    """Why this person cannot approve, or None if they can; lines are judged on the day they were ordered (003-05)."""
    if reason := why_not_decide(order, user):
        return reason
    lines = cart.lines(order) if lines is None else lines
    return next(filter(None, map(_why_not_carry_out, lines)), None)


def _why_not_carry_out(line):
    """What was for sale when it was ordered is carried out; only a contract may have changed hands since."""
    if cart.is_extension(line) and contracts.buyer(line.contract) != line.order.buyer:
        return Reason(
            N_("Contract no. %(number)s is no longer one of %(name)s."),
            number=line.contract.number,
            name=line.order.buyer,
        )
    return None


def approve(order, by, at, by_itself=False):
    """Everything an order does, in one transaction; or, where its total would rise, a new consent is asked (R5).

    by_itself: nobody pressed a button, its total is within the limit; the named approver answers for it.
    """
    with tx():
        order = order.again()
        refuse_if(why_not_approve(order, by))
        before, agreed = _amounts(order), totals(order)
        cart.reprice(order, at.day, held=at.day <= held_until(order))
        order = order.again()
        if totals(order).exceeds(agreed):
            order.asks_consent, order.submitted_on = True, at.day
            order.save()
            return _move(order, STATES.INFO_REQUESTED, "order.info_requested", why_not_decide, by, at, before=before)
        for line in cart.lines(order):
            deliveries.carry_out(line, by, at)
        billing.bill_order(order, at)
        return _decide(order, STATES.COMPLETED, "order.approved", why_not_decide, by, at, by_itself=by_itself)


def reject(order, reason, by, at):
    """The distributor refuses, and says why."""
    reason = _said(reason, N_("Give the reason: the buyer reads it."))
    return _decide(order, STATES.REJECTED, "order.rejected", why_not_decide, by, at, text=reason)


def why_not_cancel(order, user):
    """Why this person cannot withdraw an order, or None if they can."""
    if not order.state.is_pending:
        return handled(order)
    if not _is_buyer(order, user):
        return Reason(N_("Only an administrator of %(name)s can cancel this order."), name=order.buyer)
    return None


def cancel(order, by, at):
    """The buyer withdraws it; nothing was charged."""
    return _decide(order, STATES.CANCELLED, "order.cancelled", why_not_cancel, by, at)


def why_not_expire(order, today):
    """Why an order goes on waiting, or None if its time is over (rules.md P, order_ttl_days)."""
    if not order.state.is_pending:
        return handled(order)
    if today <= (last := expires_on(order)):
        return Reason(N_("This order waits until %(day)s."), day=last)
    return None


def expire_due(at):
    """Every order that waited too long ends; called once a day. Returns how many did."""
    waiting, ended = placed().where(Order.state.in_(cart.PENDING)), 0
    with Apart() as each:
        for order in [order for order in waiting if not why_not_expire(order, at.day)]:
            with each.one(), suppress(Refused):  # somebody has decided meanwhile
                _decide(order, STATES.EXPIRED, "order.expired", lambda one, by: why_not_expire(one, at.day), None, at)
                ended += 1
    return ended


def _decide(order, state, kind, why_not, by, at, text=None, by_itself=False):
    """A last step: it says who decided, when, and instead of whom (000-23)."""
    with tx():
        order = order.again()
        refuse_if(why_not(order, by))
        order.decided_by, order.decided_at, order.decided_on = by and by.id, at.at, at.day
        order.reason = text or ""
        order.save()
        return _move(order, state, kind, why_not, by, at, text=text, by_itself=by_itself)


def _move(order, state, kind, why_not, by, at, text=None, before=None, by_itself=False):
    with tx():
        order = order.again()
        refuse_if(why_not(order, by))
        was, order.state = order.state, state
        order.save()
        after = {"state": state.value, "number": order.number} | _amounts(order)
        if text:
            after["text"] = text
        if by_itself:
            after["by_itself"] = True
        if kind in ("order.approved", "order.rejected") and order.approver_id and by.id != order.approver_id:
            after["instead_of"] = order.approver.name
        journal.record(kind, order, by, at, before={"state": was.value} | (before or {}), after=after)
        return order


def _said(text, otherwise):
    text = (text or "").strip()
    if not text:
        raise Refused(Reason(otherwise))
    if len(text) > LONGEST:
        raise Refused(Reason(N_("At most %(most)s characters."), most=LONGEST))
    return text


def _is_buyer(order, user):
    return user.active and user.is_administrator and user.organisation_id == order.buyer_id
