"""Orders: placing the cart, the list, one order and what its buyer and its approver may do with it."""

from decimal import Decimal

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, Operation, Order, OrderState
from lic.rules import Refused, approvals, cart, deciders, orders, refuse_if
from lic.web import clock, errors, frame, kept, order_lines, order_page, programs, words
from lic.web.guard import (
    BUYER_ADMINISTRATORS,
    BUYERS,
    DISTRIBUTOR_ADMINISTRATORS,
    ORDER_ADMINISTRATORS,
    PRICED,
    allow,
    is_allowed,
    may,
)
from lic.web.keys import form_key

bp = Blueprint("orders", __name__, url_prefix="/orders")

BROUGHT = (
    ((Operation.BUY, Operation.USERS), N_("Its licences are in your stock.")),
    ((Operation.EXTEND,), N_("Its extensions are on their contracts.")),
    (set(Operation) - {Operation.BUY, Operation.USERS, Operation.EXTEND}, N_("Your subscriptions are as ordered.")),
)
BUYER = Column("buyer", N_("Buyer"))
COLUMNS = (
    Column("number", N_("Order no.")),  # the manual's "Id" (001-24), by the name people ask for it with
    Column("state", N_("Situation")),
    Column("submitted", N_("Date")),
    Column("total", N_("Total without VAT"), end=True, value=lambda row: Decimal(row.total) / 100),
)


def _are(*states):
    return lambda today: {"only": (("state", states),)}


FILTERS = (
    Filter(
        "waiting",
        N_("Situation"),
        (
            Choice("", NC_("orders", "All")),
            Choice("yes", N_("Waiting"), _are(*cart.PENDING)),
            Choice("done", NC_("orders", "Completed"), _are(OrderState.COMPLETED)),
            Choice(
                "no",
                NC_("orders", "Not carried out"),
                _are(OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED),
            ),
        ),
    ),
    Filter.of(
        "state", N_("Situation"), [state for state in OrderState if state is not OrderState.CART], N_("Every situation")
    ),
)


def _listing(*columns):
    return Listing(
        "orders",
        Large(search.ORDERS),
        columns,
        sort="-number",
        counted=NN_("%(count)s order", "%(count)s orders"),
        filters=FILTERS,
        also=(Column("currency", N_("Currency")),),
    )


MINE, ALL = _listing(*COLUMNS), _listing(COLUMNS[0], BUYER, *COLUMNS[1:])


@frame.counted("pending_orders")
def pending():
    return orders.placed().where(Order.state.in_(cart.PENDING)).count() if is_allowed(BUYERS) else 0


@frame.counted("orders_to_confirm")
def to_confirm():
    return orders.placed().where(Order.state == OrderState.TO_CONFIRM).count()


# --- placing ---------------------------------------------------------------------------------------


@bp.get("/new")
@allow(BUYER_ADMINISTRATORS)
def new():
    """The second confirmation: exactly what is ordered, for how much, under which terms (000-20)."""
    if not cart.count(current_user):
        return _nothing_to_place()
    refuse_if(orders.why_not_place(current_user, clock.today()))
    if not request.args.get("consent"):
        flash(_("Accept the terms that apply to place the order."), "error")
        return redirect(url_for("cart.index"), 303)
    return _confirmation()


@bp.post("")
@allow(BUYER_ADMINISTRATORS)
def create():
    form = request.form
    accepted = [int(text) for text in form.getlist("terms") if text.isascii() and text.isdigit()]
    given = {"seen": form.get("seen", ""), "shown": form.getlist("line")}
    order = orders.place(current_user, clock.now(), form.get("key", "")[:64], accepted, **given)
    flash(order_page.placed(order))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(orders.PricesChanged)
def prices_changed(error):
    """The new total, and the question again: under a consent just given, on the page of the order to answer."""
    if request.endpoint == "orders.create":
        return _confirmation(changed=words.tell(error.reason)), 422
    flash(words.tell(error.reason), "error")
    return redirect(url_for(".show", **request.view_args), 303)


@bp.errorhandler(Refused)
def refused(error):
    """Who comes second sees the order as it now stands, with who was first and when (X16)."""
    number = (request.view_args or {}).get("number")
    if error.reason.rule != "X16" or not number or programs.is_one():
        return errors.refused(error)
    flash(words.tell(error.reason), "error")
    whole_page = {"HX-Retarget": "body", "HX-Reswap": "innerHTML", "HX-Push-Url": url_for(".show", number=number)}
    return show(number), 422, whole_page


def _nothing_to_place():
    """The way back from an order just placed, or a cart emptied in another window (000-20)."""
    if order := orders.latest(current_user, clock.today()):
        flash(_("Your cart is empty: you placed this order already."), "warn")
        return redirect(url_for(".show", number=order.number), 303)
    flash(_("Your cart is empty."), "warn")
    return redirect(url_for("cart.index"), 303)


def _confirmation(changed=None):
    return kept.page(
        "orders/new.html", lambda: order_page.contents(current_user) | {"key": form_key(), "changed": changed}
    )


# --- looking ---------------------------------------------------------------------------------------


@bp.get("")
@allow(PRICED)
def index():
    return _list().screen("orders/index.html", actions=_actions)


@bp.get("/export.<kind>")
@allow(PRICED)
def export(kind):
    return _list().export(kind)


def _list():
    """The distributor sees who buys; a buyer only its own (001-24, 001-25)."""
    return ALL if current_user.organisation.is_distributor else MINE


def _actions(row):
    """[(endpoint, word)]: what the person may do besides looking (001-26); the rule decides when it is done."""
    mine = row.placed_by == current_user.id
    approves = row.state is OrderState.SUBMITTED and not mine and may("orders.approve")
    confirms = row.state is OrderState.TO_CONFIRM and not mine and may("orders.confirm")
    found = [("orders.show", _("View and approve"))] if approves else []
    found += [("orders.show", _("View and confirm"))] if confirms else []
    cancels = row.state.is_pending and may("orders.cancel")
    return found + ([("orders.confirm_cancel", _("Cancel order"))] if cancels else [])


@bp.get("/<number:number>")
@allow(PRICED)
def show(number):
    return kept.page("orders/show.html", lambda: order_page.of(orders.numbered(number), current_user))


@bp.app_template_global()
def order_text(order):
    """An order as plain text, for letters, with how each line is computed (004-08)."""
    lines = cart.lines(order)
    order_lines.explain(lines, clock.today())
    say = current_app.jinja_env.get_template("cart/_lines.html").module
    text = say.text(order, cart.groups(lines), cart.Totals.of(lines), order.currency)
    return text.unescape().strip()


@bp.app_template_global()
def brought(order):
    """Where what was ordered is found once it is approved, for letters (004-08)."""
    said = [said for operations, said in BROUGHT if any(line.operation in operations for line in cart.lines(order))]
    return " ".join(words.said(one) for one in said)


# --- what the buyer does -----------------------------------------------------------------------------


@bp.post("/<number:number>/confirmation")
@allow(BUYER_ADMINISTRATORS)
def confirm(number):
    order = orders.confirm(orders.numbered(number), current_user, clock.now())
    flash(order_page.told(order))
    return redirect(url_for(".show", number=order.number), 303)


@bp.post("/<number:number>/answer")
@allow(BUYER_ADMINISTRATORS)
def answer(number):
    seen = request.form.get("seen") if request.form.get("consent") else None
    orders.answer(orders.numbered(number), request.form.get("text", ""), current_user, clock.now(), seen)
    flash(_("Your answer is sent. The order waits for approval again."))
    return redirect(url_for(".show", number=number), 303)


@bp.get("/<number:number>/cancellation/new")
@allow(BUYER_ADMINISTRATORS)
def confirm_cancel(number):
    return render_template("orders/cancellation.html", **order_page.of(orders.numbered(number), current_user))


@bp.post("/<number:number>/cancellation")
@allow(BUYER_ADMINISTRATORS)
def cancel(number):
    orders.cancel(orders.numbered(number), current_user, clock.now())
    flash(_("Order no. %(number)s is cancelled. Nothing was charged.", number=number))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/approval-mail")
@allow(ORDER_ADMINISTRATORS)
def remind(number):
    order = approvals.remind(orders.numbered(number), current_user, clock.now())
    names = ", ".join(user.name for user in deciders.of(order))
    flash(_("The approval mail is sent again to %(names)s.", names=names))
    return redirect(url_for(".show", number=number), 303)


# --- what the distributor does -------------------------------------------------------------------------


@bp.post("/<number:number>/approval")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def approve(number):
    order = orders.approve(orders.numbered(number), current_user, clock.now())
    flash(order_page.told(order), "message" if order.state is OrderState.COMPLETED else "warn")
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/question")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def ask(number):
    orders.ask(orders.numbered(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("Your question is sent to the buyer."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/rejection")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def reject(number):
    orders.reject(orders.numbered(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("Order no. %(number)s is rejected.", number=number))
    return redirect(url_for(".show", number=number), 303)
