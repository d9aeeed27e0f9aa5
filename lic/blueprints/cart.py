"""The cart: a drawer, and a page of its own without scripts; lines are removed, never edited (001-22)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Contract, OrderLine, Product
from lic.rules import cart
from lic.web import clock, frame, kept, order_page
from lic.web.guard import BUYER_ADMINISTRATORS, BUYERS, allow, is_allowed
from lic.web.keys import shown, signed
from lic.web.screen import is_partial, screen

bp = Blueprint("cart", __name__, url_prefix="/cart")
bp.add_app_template_global(signed)


@frame.counted("cart")
def lines():
    return cart.count(current_user) if is_allowed(BUYERS) else 0


@bp.get("")
@allow(BUYERS)
def index():
    if not is_partial():
        return kept.page("cart/index.html", lambda: order_page.contents(current_user))
    return screen("cart/index.html", "drawer", **order_page.contents(current_user))


@bp.get("/count")
@allow(BUYERS, background=True)
def count():
    """What the top bar asks by itself; nothing to say while its number is right."""
    if request.args.get("shown") == str(frame.count("cart")):
        return "", 204
    return render_template("shared/_cart_count.html")


@bp.post("/lines")
@allow(BUYER_ADMINISTRATORS)
def add():
    form = request.form
    product = _named(Product, Product.id, form.get("product"))
    given = {
        "for_product": _named(Product, Product.id, form.get("for_product")),
        "contract": _named(Contract, Contract.number, form.get("contract")),
        "key": form.get("key", "")[:64],
    }
    cart.add(product or abort(400), cart.quantity(form.get("quantity")), current_user, clock.now(), **given)
    flash(_("Added to your cart."))
    return redirect(url_for(".index"), 303)


@bp.app_template_global()
def cart_key():
    """What a form that adds a line is known by: sent twice, it counts once (safety.md 28)."""
    return kept.new_key()


@bp.post("/lines/<number:number>/removal")
@allow(BUYER_ADMINISTRATORS)
def remove(number):
    shape = shown()
    if shape is None:
        cart.remove(OrderLine.get_by_id(number), current_user)
    elif not cart.remove_shown(number, shape, current_user):
        flash(_("This is no longer in your cart."), "warn")
        return redirect(url_for(".index"), 303)
    flash(_("Removed from your cart."))
    return redirect(url_for(".index"), 303)


@bp.get("/cancellation/new")
@allow(BUYER_ADMINISTRATORS)
def confirm_empty():
    return render_template("cart/cancellation.html", **order_page.contents(current_user))


@bp.post("/cancellation")
@allow(BUYER_ADMINISTRATORS)
def empty():
    cart.empty(current_user)
    flash(_("Your order is cancelled: the cart is empty."))
    return redirect(url_for("catalogue.index"), 303)


def _named(model, field, text):
    """A row named in a form, found within the scope; a number that is none is nobody's."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:20]) < 2**63):
        abort(400)
    return model.get(field == int(text))
