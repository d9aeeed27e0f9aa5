"""How the seats of a subscription are divided over billing centres: one more, one less, all of them (004-21)."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import centres, subscriptions
from lic.web import clock
from lic.web.guard import BUYER_ADMINISTRATORS, allow
from lic.web.numbers import number_in

bp = Blueprint("allocations", __name__, url_prefix="/subscriptions/<number:number>/allocation")

TOO_MANY = 10**9


@dataclass
class Division:
    """What is typed so far: {centre: how many}, for so many seats."""

    seats: int
    parts: dict
    others: list  # centres not among them

    @property
    def given(self):
        return sum(self.parts.values())

    @property
    def left(self):
        return self.seats - self.given

    @property
    def numbers(self):
        return {centre.id: part for centre, part in self.parts.items()}


def _field(centre):
    return f"centre-{centre.id}"


def _typed(subscription, values):
    """The division as the address or the form has it; as it is stored where they say nothing."""
    mine, seats = centres.of(subscription.holder), centres.quantity(subscription, clock.today())
    if any(_field(centre) in values for centre in mine):
        typed = [centre for centre in mine if _field(centre) in values]
        parts = {centre: min(number_in(values, _field(centre)) or 0, TOO_MANY) for centre in typed}
    else:
        stored = centres.shares(subscription, seats, mine)
        parts = {share.centre: share.seats for share in stored if share.seats or share.centre.is_default}
    parts |= {centre: 0 for centre in mine if centre.id == number_in(values, "add") and centre not in parts}
    for centre in parts:
        more, less = (centre.id == number_in(values, name) for name in ("more", "less"))
        parts[centre] = max(parts[centre] + more - less, 0)
    return Division(seats, parts, [centre for centre in mine if centre not in parts])


@bp.get("")
@allow(BUYER_ADMINISTRATORS)
def edit(number):
    subscription = subscriptions.numbered(number)
    why = centres.why_not_allocate(subscription, current_user)
    return _page(subscription, None if why else _typed(subscription, request.args), why)


@bp.post("")
@allow(BUYER_ADMINISTRATORS)
def update(number):
    subscription = subscriptions.numbered(number)
    typed = _typed(subscription, request.form)
    if refused := centres.why_not_parts(subscription, typed.numbers, clock.today()):
        return _page(subscription, typed, refused=refused), 422  # nothing typed is lost
    centres.allocate(subscription, typed.numbers, by=current_user, at=clock.now())
    flash(_("The seats are divided like this on every invoice from now on."))
    return redirect(url_for("subscriptions.show", number=number), 303)


def _page(subscription, division, why=None, refused=None):
    shown = {"division": division, "why": why, "refused": refused, "field": _field}
    return render_template("subscriptions/allocation.html", subscription=subscription, **shown)
