"""The catalogue: what the buyer's price list offers, in sections, and what a quantity of it comes to."""

from dataclasses import dataclass, field

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Contract, Operation, PriceList, ProductKind, Terms
from lic.rules import Reason, cart, contracts, prices
from lic.rules.terms import LABELS
from lic.web import clock, kept, shelf
from lic.web.guard import PRICED, allow
from lic.web.screen import is_partial, screen

bp = Blueprint("catalogue", __name__, url_prefix="/catalogue")
TYPES = (Operation.BUY, Operation.USERS, Operation.SUBSCRIBE)


@dataclass
class Item:
    """One product of the catalogue, as this person may order it."""

    offer: prices.Offer
    why: Reason | None  # why it cannot be ordered now
    choices: list = field(default_factory=list)  # the licences additional users may be for (001-15)
    ends_on: object = None  # of a contract with this extension
    fits: list = field(default_factory=list)  # the references an extension is made for (002-27)
    wanted: str = "1"
    cost: prices.Cost | None = None
    error: Reason | None = None

    @property
    def product(self):
        return self.offer.product


@bp.get("")
@allow(PRICED)
def index():
    if "product" not in request.args and not is_partial():
        return kept.page("catalogue/index.html", lambda: _page(*_found()))
    price_list, contract, items = _found()
    asked = next((item for item in items if str(item.product.id) == request.args.get("product")), None)
    if asked and "quantity" in request.args:
        asked.wanted = request.args["quantity"][:20]
        asked.cost, asked.error = _cost(asked)
    if is_partial() and asked is None:
        abort(400)
    page = screen("catalogue/index.html", "sum", **_page(price_list, contract, items), item=asked)
    return page, 422 if asked and asked.error and not is_partial() else 200


@bp.get("/terms/<number:number>")
@allow(PRICED)
def terms(number):
    """The text one accepts with an order, version by version (004-07)."""
    return render_template("catalogue/terms.html", terms=Terms.get_by_id(number), labels=LABELS)


def _found():
    contract, price_list = _contract(), _price_list()
    return price_list, contract, _items(price_list, contract) if price_list else []


def _page(price_list, contract, items):
    shown = next((kind for kind in TYPES if kind.value == request.args.get("type")), None)
    return {
        "price_list": price_list,
        "price_lists": list(PriceList.select().order_by(PriceList.name)) if _is_house() else [],
        "contract": contract,
        "types": TYPES,
        "shown": shown,
        "sections": _sections(item for item in items if not shown or item.offer.operation is shown),
        "why": None if _is_house() else cart.why_not_shop(current_user),
        "shelves": _shelves(price_list) if price_list and not contract and shown in (None, Operation.SUBSCRIBE) else [],
    }


def _shelves(price_list):
    """[(title, what is sold by the seat)]: by family, priced by basis."""
    why = None if _is_house() else cart.why_not_shop(current_user)
    found = {}
    for seat in shelf.seats(prices.Book(price_list, clock.today()), why):
        family = seat.product.family
        key = tuple(sorted(family.items()))
        found.setdefault(key, (family or {"en": _("Subscriptions")}, []))[1].append(seat)
    return list(found.values())


def _is_house():
    return current_user.organisation.is_distributor


def _contract():
    """The contract whose extensions are asked for; a stranger's does not exist."""
    number = request.args.get("contract", "")
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and int(number[:20]) < 2**63):
        abort(404)
    return Contract.get(Contract.number == int(number))


def _price_list():
    """The buyer's own; the distributor looks at each as its buyers see it (001-16)."""
    if not _is_house():
        return current_user.organisation.price_list
    chosen = request.args.get("list", "")
    lists = {str(row.id): row for row in PriceList.select().order_by(PriceList.name)}
    return lists.get(chosen) or next(iter(lists.values()), None)


def _items(price_list, contract):
    today = clock.today()
    book = prices.Book(price_list, today)
    if contract is None:
        items = [_item(offer, book) for offer in book.offers()]
        made_for = contracts.references([item.product for item in items if item.product.kind is ProductKind.EXTENSION])
        for item in items:
            item.fits = made_for.get(item.product.id, [])
        return items
    fitting = {offer.product: offer.ends_on for offer in contracts.offers(contract, today)}
    return [_item(offer, book, contract, fitting[offer.product]) for offer in book.offers() if offer.product in fitting]


def _item(offer, book, contract=None, ends_on=None):
    if _is_house():
        return Item(offer, None, ends_on=ends_on)
    is_users = offer.product.kind is ProductKind.USERS
    choices = cart.in_stock(current_user.organisation, offer.product) if is_users else []
    why = cart.why_not_offer(
        current_user, offer.product, book.day, contract=contract, book=book, licences=choices if is_users else None
    )
    return Item(offer, why, choices, ends_on)


def _cost(item):
    """What the quantity typed comes to, or what is wrong with it; half-typed is no failure."""
    why = cart.why_not_quantity(item.wanted)
    return (None, why) if why else (item.offer.cost(int(item.wanted)), None)


def _sections(items):
    """[(title, items)]: by family, in the order of the products; what has none stands by its kind (004-05)."""
    found = {}
    for item in items:
        family = item.product.family
        key = tuple(sorted(family.items())) or item.product.kind
        found.setdefault(key, (family or _kind(item.product.kind), []))[1].append(item)
    return list(found.values())


def _kind(kind):
    return {"en": _("Warranty extensions") if kind is ProductKind.EXTENSION else _("Other products")}
