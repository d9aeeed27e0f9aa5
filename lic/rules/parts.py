"""What a preview consists of, and what every operation asks of a subscription first (rules.md S, O)."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from lic.models import N_, NN_, Labelled, Product, SubscriptionType
from lic.rules import Reason, Refused, pricing, refuse_if, vat
from lic.rules.calendar import Span, Status, grace_end, period
from lic.rules.parameters import Parameters
from lic.rules.pricing import Line

MOST = 100_000  # seats
MOST_MONTHS = 120
LATEST_START = timedelta(days=731)
MONTHLY, ANNUAL, TERM = SubscriptionType


class Kind(Labelled):
    """What a line of a preview is for."""

    SEATS = "seats", N_("Seats")
    ADDED = "added", N_("Added seats")
    RUNNING = "running", N_("Seats you already have, this month")
    ANNUAL = "annual", N_("Annual subscription")
    RENEWAL = "renewal", N_("Renewal")
    MODULE = "module", N_("Add-on module")
    CHANGE = "change", N_("Difference to the new product")
    ALIGNED = "aligned", N_("To the common end")
    ASSURANCE = "assurance", N_("Software assurance")
    UPGRADE = "upgrade", N_("Assurance upgrade")
    REFUND = "refund", N_("Refund")


@dataclass(frozen=True)
class Item:
    """One line: what for, of which product, and how it is computed. Amounts are `line.net`.

    `at_once`: charged at approval; else on the 1st after the days it covers. `owed`: it is charged whether or not
    this is done. `subscription`: the stored one's id, None where there is none yet.
    """

    kind: Kind
    product: Product
    line: Line
    at_once: bool = True
    owed: bool = False
    subscription: int | None = None


@dataclass(frozen=True)
class Preview:
    operation: str
    items: tuple  # of Item
    effective_on: date
    ends_on: date | None  # the last day afterwards; None: it goes on by itself
    quantity: int  # seats afterwards
    currency: str
    tax: pricing.Tax  # its buyer's
    parameters: Parameters
    prices: dict = field(default_factory=dict, compare=False)  # cents by "<product>:<basis>": what is locked
    notes: tuple = ()  # of Reason: what stays scheduled, what follows later
    whole: Span | None = None  # the period that is bought, if one is
    monthly: Decimal = pricing.ZERO  # what each full month costs from then on, without VAT

    @property
    def lines(self):
        return tuple(item.line for item in self.items)

    @property
    def totals(self):
        """Of all lines: what the invoice says that this goes on (X2)."""
        return pricing.totals((item.line.net, vat.over(self.tax, item.product)) for item in self.items)

    @property
    def seen(self):
        """What a person is shown, as the button carries it back: nothing else is ever ordered or done."""
        facts = (self.effective_on, self.ends_on, self.quantity, self.totals.gross, self.monthly)
        facts += tuple((item.line.from_on, item.line.to_on, item.line.net) for item in self.items)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    @property
    def at_once(self):
        """Net of what is charged at approval."""
        return pricing.net(item.line for item in self.items if item.at_once and not item.owed)


def why_not_seen(found, seen):
    """Why what a person agreed to is not done, or None: it must be what they were shown. Programs show nothing."""
    if seen in (None, found.seen):
        return None
    return Reason(N_("It is not what you were shown any more. Look at it again, then confirm."), rule="R5")


# --- what is asked ---------------------------------------------------------------------------------


def why_not_quantity(quantity, most=MOST):
    if isinstance(quantity, int) and not isinstance(quantity, bool) and 1 <= quantity <= most:
        return None
    return Reason(N_("The quantity is a whole number from 1 to %(most)s."), rule="000-15", most=Decimal(most))


def why_not_months(months):
    if isinstance(months, int) and not isinstance(months, bool) and 1 <= months <= MOST_MONTHS:
        return None
    return Reason(N_("The duration is 1 to %(most)s months."), rule="000-16", most=MOST_MONTHS)


def why_not_start(starts_on, today):
    if starts_on and starts_on < today:
        return Reason(
            N_("It cannot begin before it is ordered: possible from %(possible_from)s."),
            rule="R5",
            possible_from=today,
        )
    if starts_on and starts_on > today + LATEST_START:
        return Reason(N_("It begins by %(day)s at the latest."), rule="R5", day=today + LATEST_START)
    return None


def term_of(start, anchor, ends_on, months):
    """The days of a term, new or renewed: up to a day, or for so many months (000-49)."""
    if (ends_on is None) == (months is None):
        raise Refused(Reason(N_("A fixed term needs its last day, or its number of months."), rule="000-49"))
    if months is not None:
        refuse_if(why_not_months(months))
        return period(start, months, anchor)
    if ends_on < start:
        raise Refused(
            Reason(
                N_("It cannot end before it begins: possible from %(possible_from)s."),
                rule="000-49",
                possible_from=start,
            )
        )
    if ends_on > (latest := period(start, MOST_MONTHS).to_on):
        raise Refused(Reason(N_("It ends by %(day)s at the latest."), rule="000-49", day=latest))
    return Span(start, ends_on, anchor)


# --- what is held --------------------------------------------------------------------------------


def why_not_work(prices, held, today, renewing=False):
    """Why nothing can be done with a subscription on a day, or None if something can (rules.md S, 003-12, 003-18)."""
    if held.sold_by:
        return Reason(
            N_("It was bought from %(seller)s: renew and change it there. %(contact)s"),
            rule="003-13",
            seller=held.sold_by,
            contact=held.contact,
        )
    grace_days = prices.parameters(held.product, held.kept).grace_days
    status, end = held.status(today, grace_days), held.last.to_on
    if status is Status.ENDED:
        return Reason(N_("It was cancelled and ended on %(day)s: buy a new one."), rule="003-18", day=end)
    if status is Status.LAPSED:
        return Reason(
            N_("It ended on %(day)s and could be renewed until %(last)s: buy a new one."),
            rule="003-18",
            day=end,
            last=grace_end(end, grace_days),
        )
    if held.cancelled and today == end:
        return Reason(N_("It is cancelled for %(day)s."), rule="S", day=end)
    if held.suspended:
        return Reason(N_("It is suspended: %(why)s"), rule="S", why=held.suspended)
    if status is Status.GRACE and not renewing:
        return Reason(N_("It ended on %(day)s: now it can only be renewed."), rule="S", day=end)
    return None


def why_not_over(held, on):
    """Why nothing is added on a day to what has ended by then, or None: its order waited too long (R5)."""
    goes_on = held.type is MONTHLY and held.auto_renew and not (held.cancelled or held.suspended)
    if on <= held.last.to_on or goes_on:
        return None
    return Reason(N_("It has ended on %(day)s in the meantime."), rule="S", day=held.last.to_on)


def why_not_go_on(held):
    """Why nothing can be planned for after its end, or None."""
    if held.cancelled:
        return Reason(N_("It is cancelled for %(day)s."), rule="S", day=held.last.to_on)
    return None


def why_not_another(held):
    """Why it cannot become anything else, or None: one change of type or product at a time (rules.md S)."""
    if change := held.change("change_type"):
        return Reason(
            N_("It already becomes %(type)s on %(day)s."),
            rule="S",
            type=SubscriptionType(change.inputs["type"]),
            day=change.effective_on,
        )
    if change := held.change("change_product"):
        return Reason(
            N_("It already becomes %(product)s on %(day)s."),
            rule="S",
            product=held.coming,
            day=change.effective_on,
        )
    return None


def why_not_settled(held, on):
    """Why what is for all its seats waits a day, or None: some were given back, and end today."""
    in_middle = held.type is MONTHLY or all(whole.to_on != on for whole in held.periods)
    seats = in_middle and any(block.to_on == on for block in held.rows(on))
    if seats or any(cover.given_back and cover.to_on == on for cover in held.covers):
        return Reason(
            N_("What was given back ends today: it is possible from %(possible_from)s."),
            rule="O",
            possible_from=on + timedelta(days=1),
        )
    return None


def why_not_fewer(held, left):
    """Why so many seats cannot be left, or None: never below the assigned or activated count (004-18, 004-19)."""
    if left < 1:
        return Reason(N_("At least one seat must be left: cancel it instead."), rule="O")
    if left < held.used:
        return Reason(
            N_("%(used)s seats are assigned: unassign people first to keep only %(left)s."),
            rule="004-18",
            used=held.used,
            left=left,
        )
    return None


def most_fewer(held):
    """How many seats can go at most."""
    return max(held.next_quantity() - max(held.used, 1), 0)


def why_not_none(held):
    """Why it cannot end with nobody's licence left, or None: unassign people first (004-18)."""
    if held.used:
        return Reason(
            NN_(
                "%(count)s seat is assigned to somebody: unassign them first.",
                "%(count)s seats are assigned to people: unassign them first.",
            ),
            rule="004-18",
            count=held.used,
        )
    return None


def within(held, on):
    """A change to what has not begun yet takes effect when it begins."""
    return max(on, held.first.from_on)


def made(
    operation, prices, product, items, on, ends_on, quantity, notes=(), whole=None, monthly=pricing.ZERO, kept=None
):
    return Preview(
        *(operation, tuple(items), on, ends_on, quantity, prices.currency, prices.tax),
        *(prices.parameters(product, kept), dict(prices.used), tuple(notes), whole, monthly),
    )


def changed(operation, prices, held, items, on, quantity, whole=None, monthly=pricing.ZERO, done=()):
    """The preview of a change to something held. done: the kinds of scheduled changes that this makes good."""
    end = whole.to_on if whole else held.last.to_on
    goes_on = held.type is MONTHLY and held.auto_renew and not held.cancelled and whole is None
    notes = [told(change) for change in held.planned if change.kind not in done]
    end = None if goes_on else end
    kept = None if operation == "renew" else held.kept  # a new period is ordered as things are today
    return made(operation, prices, held.product, items, on, end, quantity, notes, whole, monthly, kept)


PLANNED = {
    "remove_seats": N_("%(quantity)s seats less from %(day)s, as scheduled."),
    "change_type": N_("The change of type scheduled for %(day)s stays."),
    "change_product": N_("The change of product scheduled for %(day)s stays."),
}


NEVER = {  # what is scheduled for after an end
    "remove_seats": N_(
        "Fewer seats, %(quantity)s, scheduled for %(day)s, after its end: this only comes if it goes on."
    ),
    "change_type": N_("The change of type scheduled for %(day)s, after its end, only comes if it goes on."),
    "change_product": N_("The change of product scheduled for %(day)s, after its end, only comes if it goes on."),
}


def told(change, words=None):
    """A scheduled change as a sentence: it is never dropped silently."""
    given = {"quantity": change.inputs["quantity"]} if change.kind == "remove_seats" else {}
    return Reason((words or PLANNED)[change.kind], day=change.effective_on, **given)


def never(held):
    """The same, where nothing comes after the end."""
    return tuple(told(change, NEVER) for change in held.planned)
