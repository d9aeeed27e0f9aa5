"""How a line of an invoice reads: what it is, for which days, how many, which part of the price (R4)."""

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from lic.models import N_
from lic.rules import charges, invoices
from lic.rules.parts import Kind
from lic.rules.pricing import ZERO, to_cents
from lic.web import words
from lic.web.words import ngettext

BY_DAY = ("licences", "monthly")
KINDS = {
    "setup": N_("Set-up fee"),
    "licences": N_("Licences, by the month"),
    "monthly": N_("Monthly subscription"),
    "extension": N_("Warranty extension"),
    "refund": N_("Refund"),
}


def what(charge):
    """Set-up fee, added seats…: what was done that costs this."""
    return called(charge.kind)


def called(kind):
    """A kind of charge as it is said, one from a preview by the words of the preview."""
    return gettext(KINDS[kind]) if kind in KINDS else words.word(Kind(kind))


def about(charge):
    """Subscription no. 50003, project no. 20001: which one of several alike it is of; nothing where there is none."""
    if charge.subscription_id:
        named = [gettext("Subscription no. %(number)s", number=charge.subscription.number)]
        project = invoices.project_of(charge)
        return ", ".join([*named, gettext("project no. %(number)s", number=project.number)] if project else named)
    line = charge.order_line if charge.order_line_id else None
    return gettext("Contract no. %(number)s", number=line.contract.number) if line and line.contract_id else ""


def days(charge):
    """From … to …, one day where it is one."""
    return span(charge.from_on, charge.to_on)


def span(first, last):
    return words.day(first) if first == last else f"{words.day(first)} – {words.day(last)}"


def part(kind, numerator, denominator, covered=None):
    """Which part of the unit price: 21 of 30 days, 5 of 12 months, 18 months; nothing for all of it, once.

    covered: the days of the line, which tell whether a refund is counted in them.
    """
    if numerator == denominator:
        return ""
    if kind in BY_DAY or (kind == "refund" and numerator == covered):
        return ngettext("%(num)s of %(whole)s days", "%(num)s of %(whole)s days", numerator, whole=denominator)
    if denominator == 12:
        return gettext("%(part)s of 12 months", part=numerator)
    if denominator == 1:
        return ngettext("%(num)s month", "%(num)s months", numerator)
    return f"{numerator}/{denominator}"


def part_of(charge):
    covered = (charge.to_on - charge.from_on).days + 1
    said = part(charge.kind, charge.numerator, charge.denominator, covered)
    off = f"−{words.percent(charge.discount_bp)}" if charge.discount_bp else ""
    return ", ".join(filter(None, (said, off)))


class Amounts:
    """A line's numbers on its document: what gives back is told in positive amounts on a credit note."""

    def __init__(self, charge, sign=1):
        turn = sign if charge.unit_cents >= 0 else -sign  # a unit price is never negative (EN 16931, BR-27)
        self.quantity = turn * charge.quantity
        self.unit_cents = abs(charge.unit_cents)
        self.net_cents = sign * charge.net_cents
        line = charges.line_of(charge)
        self.discount_cents = sign * to_cents(line.before_discount - line.net if charge.discount_bp else ZERO)


@dataclass(frozen=True)
class Part:
    """What a billing centre has of a line or of a whole invoice; `name` is empty for what is split for none."""

    name: str
    cents: int
    seats: int | None = None


def parts(charge, sign=1):
    """The Parts of a line, nothing where it is not split (004-20)."""
    return [Part(name, sign * cents, seats) for name, seats, cents in charge.centres]


def by_centre(charges_of_it, sign=1):
    """The sum of each billing centre, and of what is split for none: together all of it. Nothing without centres."""
    sums = {}
    for charge in charges_of_it:
        for name, _seats, cents in charge.centres or [["", None, charge.net_cents]]:
            sums[name] = sums.get(name, 0) + sign * cents
    named = [Part(name, cents) for name, cents in sums.items() if name]
    return named + [Part("", sums[""])] if named and "" in sums else named


def told_parts(charge, currency, sign=1):
    """Siège: 6 seats, €360.00; Atelier: 4 seats, €240.00."""
    said = [
        gettext(
            "%(centre)s: %(seats)s, %(amount)s", centre=part.name, amount=words.money(part.cents, currency),
            seats=ngettext("%(num)s seat", "%(num)s seats", part.seats),
        )
        for part in parts(charge, sign)
    ]  # fmt: skip
    return words.several(said)


def lines(charges_of_it, sign=1):
    return [(charge, Amounts(charge, sign)) for charge in charges_of_it]


def decimal(cents):
    """Cents as files have them."""
    return Decimal(cents) / 100
