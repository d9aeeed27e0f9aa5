"""Approvals: what waits for the distributor, and the page behind a mail link (003-02, rules.md Q)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import open_scope
from lic.rules import approvals, orders
from lic.web import clock, frame, order_page
from lic.web.guard import ANYONE, DISTRIBUTOR, allow, is_allowed

bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@frame.counted("approvals")
def count():
    return approvals.count() if is_allowed(DISTRIBUTOR) else 0


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    """What waits, since when, for how much, and what approving it does (000-23)."""
    today = clock.today()
    rows = [
        {
            "order": order,
            "effects": approvals.effects(order, today),
            "since": (today - clock.local(order.submitted_at).date()).days,
            "why": orders.why_not_approve(order, current_user),
        }
        for order in approvals.waiting()
    ]
    return render_template("approvals/index.html", rows=rows)


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
