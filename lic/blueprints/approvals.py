"""Approvals: what waits for the distributor, and the page behind a mail link (003-02, rules.md Q)."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, open_scope
from lic.rules import approvals, orders
from lic.web import clock, frame, order_page, words
from lic.web.guard import ANYONE, DISTRIBUTOR, allow, is_allowed

bp = Blueprint("approvals", __name__, url_prefix="/approvals")
bp.add_app_template_global(approvals.asks_to_log_in)


def _effects(order):
    """Computed once a page, however often a row says it."""
    if not hasattr(order, "effects"):
        order.effects = approvals.effects(order, clock.today(), order.here)
    return order.effects


def _said(order):
    return words.several([words.word(reason) for _, reason in _effects(order)])


FACTS = (
    Column("number", N_("Order no.")),
    Column("buyer", N_("Buyer"), value=lambda order: order.buyer.name),
    Column("submitted_at", N_("Waiting since")),
)
TOTAL = Column(
    "net_cents", N_("Total without VAT, at approval"), end=True, value=lambda order: Decimal(order.net_cents) / 100
)
ALSO = (
    Column("monthly_cents", N_("Each month"), value=lambda order: Decimal(order.monthly_cents) / 100),
    Column("currency", N_("Currency")),
    Column("placed_by", N_("Placed by"), value=lambda order: order.placed_by.name),
)
LIST = Listing(
    "approvals",
    Small(approvals.waiting, (*FACTS, TOTAL, *ALSO)),
    (*FACTS, Column("effects", N_("If you approve today"), sorts=False, value=_said), TOTAL),
    sort="submitted_at",
    counted=NN_("%(count)s order", "%(count)s orders"),
    filters=(
        Filter(
            "whose",
            N_("Approver"),
            (
                Choice("", NC_("orders", "All")),
                Choice("mine", N_("For me"), lambda today: {"only": (("approver_id", (current_user.id,)),)}),
            ),
        ),
    ),
    also=ALSO,
)


@frame.counted("approvals")
def count():
    return approvals.count() if is_allowed(DISTRIBUTOR) else 0


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    """What waits, since when, for how much, and what approving it does (000-23)."""
    return LIST.screen("approvals/index.html", effects=_effects, days_of=_days, why_not=_why_not)


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


def _days(order):
    return (clock.today() - clock.local(order.submitted_at).date()).days


def _why_not(order):
    return orders.why_not_approve(order, current_user, order.here)


@bp.get("/<token>")
@allow(ANYONE)
def show(token):
    """Looking changes nothing: mail scanners look too (X16)."""
    visit = _visit(token)
    if current_user.is_authenticated and visit.link.user != current_user:
        return redirect(url_for("orders.show", number=visit.order.number), 303)
    if visit.why:
        return render_template("approvals/closed.html", visit=visit), 410
    given = order_page.of(visit.order, visit.user)
    return render_template("approvals/show.html", **given, visit=visit, token=token)


@bp.post("/<token>/approval")
@allow(ANYONE)
def approve(token):
    order = approvals.follow(_visit(token), clock.now())
    flash(order_page.told(order))
    return redirect(url_for(".show", token=token), 303)


@bp.post("/<token>/rejection")
@allow(ANYONE)
def reject(token):
    order = approvals.follow(_visit(token), clock.now(), reason=request.form.get("text", ""))
    flash(_("Order no. %(number)s is rejected.", number=order.number))
    return redirect(url_for(".show", token=token), 303)


def _visit(token):
    """What the link shows, to the one it was sent to; nobody need be logged in."""
    visit = approvals.visit(token, current_user if current_user.is_authenticated else None, clock.now())
    if not current_user.is_authenticated:
        open_scope(visit.user.organisation.scope)
    return visit


@bp.after_request
def tell_nobody(response):
    """The address holds a secret: no page one goes to from here may learn it."""
    if request.view_args:
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
