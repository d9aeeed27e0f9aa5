"""What a person wants done with a subscription: each address first shows the exact dates and amounts (000-38..54)."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.urls import iri_to_uri

from lic.models import OrderLine, Product, ProductKind, Project, Subscription
from lic.rules import cart, once, orders, returns, subscriptions, wishes
from lic.web import clock, kept, order_page, subscription_page, words
from lic.web.asking import ACTIONS, ALIGN, CART, DO, ORDER, SUBSCRIBE
from lic.web.guard import BUYER_ADMINISTRATORS, allow
from lic.web.keys import form_key, sent_key
from lic.web.return_page import Return
from lic.web.screen import is_partial, screen
from lic.web.wishing import Wish

MOST = 50  # to be aligned at once
PREVIEW = "subscriptions/preview.html"

bp = Blueprint("wishes", __name__, url_prefix="/subscriptions")
bp.add_app_template_global(form_key)


# --- a new one, and several at once ------------------------------------------------------------------


@bp.get("/new")
@allow(BUYER_ADMINISTRATORS)
def new():
    return _look(lambda: _new(request.args))


@bp.post("")
@allow(BUYER_ADMINISTRATORS)
def create():
    return _carry_out(_new(request.form))


def _new(given):
    product = _named(Product, Product.id, given.get("product"))
    if product.kind is not ProductKind.SUBSCRIPTION:
        abort(404)
    project = _named(Project, Project.number, given["for"]) if given.get("for") else None
    return Wish(SUBSCRIBE, current_user, clock.today(), given, product=product, project=project)


@bp.get("/alignment/new")
@allow(BUYER_ADMINISTRATORS)
def new_alignment():
    return _look(lambda: _aligned(request.args))


@bp.post("/alignment")
@allow(BUYER_ADMINISTRATORS)
def align():
    return _carry_out(_aligned(request.form))


def _aligned(given):
    numbers = {int(text) for text in given.getlist("subscription")[:MOST] if _is_number(text)}
    several = subscriptions.several(Subscription.number.in_(numbers))
    if len(several) != len(numbers):  # a stranger's is not left out silently
        abort(404)
    return Wish(ALIGN, current_user, clock.today(), given, several=tuple(several))


# --- one that is there -----------------------------------------------------------------------------


@bp.get("/<number:number>/<action>/new")
@allow(BUYER_ADMINISTRATORS)
def preview(number, action):
    return _look(lambda: _wished(number, action, request.args))


@bp.post("/<number:number>/<action>")
@allow(BUYER_ADMINISTRATORS)
def carry_out(number, action):
    return _carry_out(_wished(number, action, request.form))


def _wished(number, action, given):
    chosen = ACTIONS.get(action) or abort(404)
    return Wish(chosen, current_user, clock.today(), given, subscriptions.numbered(number))


# --- shown, then agreed to ---------------------------------------------------------------------------


def _look(wished):
    """What is asked by an address: its page is kept until a commit, where it makes sense."""
    return _page(wished()) if is_partial() else kept.page(PREVIEW, lambda: _sensible(wished()))


def _sensible(wish):
    if wish.preview is None and wish.form.errors:
        raise kept.Unkept(_page(wish))
    return _shown(wish)


def _shown(wish, changed=None):
    facts = {"wish": wish, "addresses": _addresses(wish), "key": form_key(), "changed": changed}
    return subscription_page.whose(wish) | facts


def _page(wish, changed=None):
    """The whole page, or what the inputs just typed come to; a form that makes no sense is 422."""
    block = "ask" if "ask" in request.args else "whole" if "whole" in request.args else "effect"
    page = screen(PREVIEW, block, **_shown(wish, changed))
    if not (wish.form.errors or changed) or is_partial():
        return page
    here = iri_to_uri(request.full_path)  # reloaded, it asks the same
    return page, 422, {"HX-Push-Url": here} if request.method == "GET" else {}


def _addresses(wish):
    """Where it is shown, and where it is done."""
    if wish.subscription:
        here = {"number": wish.subscription.number, "action": wish.action.name}
        return url_for(".preview", **here), url_for(".carry_out", **here)
    new, done = (".new_alignment", ".align") if wish.action is ALIGN else (".new", ".create")
    return url_for(new), url_for(done)


def _carry_out(wish):
    reason = wish.why_not_agreed(request.form.get("seen", ""))
    if page := _sent_before(wish):  # asked after the look: what has changed meanwhile may be its own doing
        return page
    if reason:
        return _page(wish, changed=words.tell(reason))
    return {CART: _add, ORDER: _order}.get(wish.action.leads, _do)(wish)


def _sent_before(wish):
    """Where a form leads that was carried out already, or None: what it says is not judged twice (safety.md 28)."""
    if wish.action.leads == CART and cart.added_with(current_user, sent_key()):
        return _added()
    if wish.action.leads == ORDER and (order := orders.placed_with(current_user, request.form.get("key", "")[:64])):
        return _placed(order)
    return _done(wish) if wish.action.leads == DO and once.answered(current_user, sent_key()) else None


def _add(wish):
    wishes.add(wish.action.operation, current_user, clock.now(), sent_key(), **wish.inputs)
    return _added()


def _added():
    flash(_("Added to your cart."))
    return redirect(url_for("cart.index"), 303)


def _order(wish):
    """Without the cart: on OK it is confirmed and waits for approval (000-58)."""
    form = request.form
    accepted = [int(text) for text in form.getlist("terms") if _is_number(text)] if form.get("consent") else []
    order = wishes.order_now(
        wish.action.operation, current_user, clock.now(), form.get("key", "")[:64], accepted, wish.totals.seen,
        **wish.inputs,
    )  # fmt: skip
    return _placed(order)


def _placed(order):
    flash(order_page.placed(order))
    return redirect(url_for("orders.show", number=order.number), 303)


def _do(wish):
    at, seen = clock.now(), request.form.get("seen", "")
    once.carry_out(current_user, sent_key(), at, lambda: wish.do(at, seen))
    return _done(wish)


def _done(wish):
    flash(_("Done. It is written below what happens when."))
    return redirect(url_for("subscriptions.show", number=wish.subscription.number), 303)


# --- giving back -------------------------------------------------------------------------------------


@bp.get("/<number:number>/returns/<number:line>/new")
@allow(BUYER_ADMINISTRATORS)
def new_return(number, line):
    return _return_page(_returned(number, line, request.args))


@bp.post("/<number:number>/returns/<number:line>")
@allow(BUYER_ADMINISTRATORS)
def give_back(number, line):
    wish, seen, at = _returned(number, line, request.form), request.form.get("seen", ""), clock.now()
    reason = wish.why_not_agreed(seen)
    if once.answered(current_user, sent_key()):
        return _given_back(number)
    if reason:
        return _return_page(wish, changed=words.tell(reason))
    given = wish.line, wish.quantity, current_user, at, wish.done, seen
    once.carry_out(current_user, sent_key(), at, lambda: returns.give_back(*given))
    return _given_back(number)


def _given_back(number):
    flash(_("Given back. The refund is on your next credit note."))
    return redirect(url_for("subscriptions.show", number=number), 303)


def _returned(number, line, given):
    subscription = subscriptions.numbered(number)
    return Return(subscription, OrderLine.get(OrderLine.id == line), given, clock.today())


def _return_page(wish, changed=None):
    wrong = wish.preview is None and bool(wish.form.errors)  # what is wrong in the form is known once it was computed
    page = screen("subscriptions/return.html", "effect", wish=wish, changed=changed)
    return page, 422 if changed or (wrong and not is_partial()) else 200


def _named(model, field, text):
    """A row named in a form, found within the scope; a number that is none is nobody's."""
    return model.get(field == (int(text) if _is_number(text) else 0))


def _is_number(text):
    return bool(text) and text.isascii() and text.isdigit() and len(text) < 19
