"""Parameters in words: what each is called, what it does, how its values are said (rules.md P)."""

from decimal import Decimal

from flask_babel import gettext

from lic.models import N_
from lic.rules import second_factors
from lic.web import words

LABELS = {
    "grace_days": N_("Days of grace"),
    "renew_window_days": N_("Days for renewing"),
    "decrease_window_days": N_("Days for asking for fewer seats"),
    "cooling_off_days": N_("Cooling-off days"),
    "monthly_first": N_("First month of a monthly subscription"),
    "annual_addon": N_("Seats added to a year"),
    "term_discount": N_("Discount on a term"),
    "reminders": N_("Reminders"),
    "order_ttl_days": N_("Days an order may wait"),
    "auto_approve_limit": N_("Approved automatically up to"),
    "reseller_approval": N_("A second administrator confirms orders"),
    "link_approval_limit": N_("Decided by mail link alone up to"),
    "second_factor": N_("Who must have a second factor"),
}
HELP = {
    "grace_days": N_("After its end it can be renewed or extended for so long."),
    "renew_window_days": N_("Before its end it can be renewed for so long."),
    "decrease_window_days": N_("Before its end fewer seats can be asked for with the renewal."),
    "cooling_off_days": N_("In its first days it can be given back."),
    "monthly_first": N_("What the days from its start to the end of that month cost."),
    "annual_addon": N_("What is paid for them until the end of the year."),
    "term_discount": N_("More than so many months = percent off, like 12 = 5; 24 = 10. 0: none."),
    "reminders": N_("Days from the end, with commas between them: -30 is 30 days before it."),
    "order_ttl_days": N_("Without a decision it expires after so many days."),
    "auto_approve_limit": N_("Total with set-up, without VAT. 0: an administrator decides on every order."),
    "reseller_approval": N_("Of every reseller; one alone is set on its own page."),
    "link_approval_limit": N_("Total with set-up, without VAT. Above it one logs in first."),
}
CHOICES = {
    "monthly_first": {"prorata": N_("By day"), "full": N_("The whole month"), "free": N_("Nothing")},
    "annual_addon": {"month_ceil": N_("By started month"), "day": N_("By day")},
    "reseller_approval": {"off": N_("No"), "on": N_("Yes")},
    "second_factor": {who.value: who.label for who in second_factors.Must},
}


SAID = (*CHOICES, "term_discount", "reminders", "auto_approve_limit", "link_approval_limit")  # not as plain numbers


def said(name, value, currency=None):
    """A value of Parameters, or as it is kept, as a reader reads it."""
    if name in CHOICES:
        return gettext(CHOICES[name].get(value, value))
    if name == "term_discount":
        return discounts(value) or gettext("None")
    if name == "reminders":
        return offsets(value)
    if name in ("auto_approve_limit", "link_approval_limit"):
        cents = int(Decimal(value) * 100)
        return words.money(cents, currency) if currency else words.number(Decimal(value))
    return words.number(value)


def discounts(value):
    """12 = 5; 24 = 10, as it is typed."""
    percent = lambda off: off * 100 if isinstance(off, Decimal) else Decimal(off)  # noqa: E731
    return "; ".join(f"{months} = {words.number(percent(off).normalize())}" for months, off in value)


def offsets(value):
    return ", ".join(map(str, value))
