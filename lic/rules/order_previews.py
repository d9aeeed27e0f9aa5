"""An order preview as a program asks for it: a body in plain words in, the Preview every screen uses out (issue 3)."""

import re
from dataclasses import dataclass, replace
from datetime import date

from lic.models import (
    N_,
    Contract,
    Labelled,
    Operation,
    Organisation,
    Plan,
    PriceList,
    Product,
    Subscription,
    SubscriptionType,
)
from lic.rules import Reason, Refused, contracts, holdings, invoices, parts, previews, pricing, vat
from lic.rules.calendar import calendar_months, extended, grace_end, month_of
from lic.rules.holdings import Prices
from lic.rules.parts import Item, made
from lic.rules.prices import Book
from lic.rules.pricing import Line, from_cents

BEYOND = ("change_product", "remove_seats", "cancel")  # previews of what is done without an order, and plan changes
OPERATIONS = (*(operation.value for operation in Operation), *BEYOND)
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # weeks and the like are ISO as well, and no day people write
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
MOST_SUBSCRIPTIONS = 50
MOST_CENTRES = 100
MISSING = N_("This field is missing.")


class Stocked(Labelled):
    """What a line of a licence order or an extension is for."""

    SETUP = "setup", N_("Set-up fee")
    LICENCES = "licences", N_("Licences, every month")
    EXTENSION = "extension", N_("Warranty extension")


@dataclass
class Malformed(Exception):
    """A field that is no such thing; `reason` says what is expected."""

    field: str
    reason: Reason


def _malformed(field, message, **values):
    return Malformed(field, Reason(message, **values))


# --- reading the body ----------------------------------------------------------------------------


def _choice(names):
    def read(field, value):
        if not isinstance(value, str) or value not in names:
            raise _malformed(field, N_("One of these is expected: %(names)s."), names=", ".join(names))
        return value

    return read


def _day(field, value):
    try:
        found = date.fromisoformat(value) if isinstance(value, str) and WRITTEN.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise _malformed(
            field,
            N_("A date is expected, as 2026-11-22, from %(first)s to %(last)s."),
            first=str(EARLIEST),
            last=str(LATEST),
        )
    return found


def _whole(field, value):
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
        raise _malformed(field, N_("A whole number is expected."))
    return value


def _text(field, value):
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise _malformed(field, N_("A text of 1 to %(most)s characters is expected."), most=200)
    return value


def _several(field, value):
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_SUBSCRIPTIONS:
        raise _malformed(field, N_("A list of 1 to %(most)s subscriptions is expected."), most=MOST_SUBSCRIPTIONS)
    return [_subscription(f"{field}[{place}]", one) for place, one in enumerate(value)]


def _centres(field, value):
    """[(name, seats)] of billing centres."""
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CENTRES:
        raise _malformed(field, N_("A list of 1 to %(most)s billing centres is expected."), most=MOST_CENTRES)
    read = [_read(one, CENTRE, tuple(CENTRE), f"{field}[{place}].") for place, one in enumerate(value)]
    if any(one["seats"] < 0 for one in read):
        raise _malformed(f"{field}.seats", N_("A whole number of at least 0 is expected."))
    return [(one["name"], one["seats"]) for one in read]


def _subscription(field, value):
    if isinstance(value, dict):
        return _read(value, SUPPOSED, ("product", "type", "quantity", "starts_on"), f"{field}.")
    return _whole(field, value)


def _type(field, value):
    return SubscriptionType(_choice([type.value for type in SubscriptionType])(field, value))


def _plan(field, value):
    return Plan(_choice([plan.value for plan in Plan])(field, value))


SUPPOSED = {
    "product": _text, "type": _type, "quantity": _whole, "starts_on": _day, "ends_on": _day, "months": _whole,
    "plan": _plan,
}  # fmt: skip
CENTRE = {"name": _text, "seats": _whole}
FIELDS = {
    **SUPPOSED,
    "operation": _choice(OPERATIONS),
    "on": _day,
    "assurance_months": _whole,
    "subscription": _subscription,
    "subscriptions": _several,
    "contract": _whole,
    "price_list": _text,
    "centres": _centres,
}


def _read(body, fields, required, prefix=""):
    if not isinstance(body, dict):
        raise _malformed(prefix.rstrip(".") or "body", N_("A JSON object is expected."))
    given = {name: value for name, value in body.items() if value is not None}
    for name in given:
        if name not in fields:
            raise _malformed(
                f"{prefix}{name}"[:100], N_("There is no such field; there are: %(names)s."), names=", ".join(fields)
            )
    for name in required:
        if name not in given:
            raise _malformed(f"{prefix}{name}", MISSING)
    return {name: fields[name](f"{prefix}{name}", value) for name, value in given.items()}


# --- answering -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """A preview, and how it is split over the billing centres that were given: (name, seats) pairs."""

    preview: object
    centres: tuple = ()

    def split(self, line):
        """An amount for each of them, which sum to the line's net (X10)."""
        return pricing.split_amount(line.net, [seats for _name, seats in self.centres]) if self.centres else []


def answer(user, body, today):
    """The Answer; raises Malformed, Refused, or DoesNotExist for what is not within the person's scope."""
    given = _read(body, FIELDS, ("operation",))
    operation = given["operation"]
    day = given.get("on") or (min(today, given.get("starts_on", today)) if operation == "subscribe" else today)
    prices = _prices(user, given, day)
    ask = _ASK.get(operation, _on_subscription)
    found, divided = ask(prices, given, day), tuple(given.get("centres", ()))
    seats = given.get("quantity", 0) if operation == "add_seats" else found.quantity
    if divided and sum(part for _name, part in divided) != seats:
        raise Refused(_why_not_divided(divided, seats))
    return Answer(found, divided)


def _why_not_divided(divided, seats):
    """Allocations always sum to the quantity (004-21)."""
    return Reason(
        N_("%(given)s of %(there)s seats are divided: the parts have to sum to all of them."),
        rule="004-21",
        given=sum(part for _name, part in divided),
        there=seats,
    )


def _prices(user, given, day):
    """The buyer's own list; the distributor's people name one, or ask about a subscription there is."""
    organisation, name = user.organisation, given.get("price_list")
    if not organisation.is_distributor:
        if name is not None:
            raise Refused(Reason(N_("Only the distributor chooses a price list."), rule="001-16"))
        return Prices.of(organisation, day)
    if name is not None:
        price_list = PriceList.get_or_none(PriceList.name == name)
        if price_list is None:
            raise Refused(Reason(N_("There is no price list “%(name)s”."), rule="001-16", name=name))
        _same_currency(price_list, given)
        return Prices(price_list, day, _tax(price_list))
    if isinstance(given.get("subscription"), int):
        return Prices.of(_numbered(given["subscription"]).holder, day)
    raise _malformed("price_list", N_("Give the name of the price list."))


def _same_currency(price_list, given):
    """What there is stays in its buyer's currency."""
    for number in [one for one in (given.get("subscription"), *given.get("subscriptions", ())) if isinstance(one, int)]:
        own = _numbered(number).holder.price_list
        if own and own.currency != price_list.currency:
            raise Refused(
                Reason(
                    N_("Subscription no. %(number)s is billed in %(currency)s: the price list “%(name)s” is not."),
                    rule="001-16",
                    number=str(number),
                    currency=own.currency,
                    name=price_list.name,
                )
            )


def _tax(price_list):
    """How those who buy from a list are taxed, where it is the same for all of them."""
    taxes = {vat.kept(buyer) for buyer in Organisation.select().where(Organisation.price_list == price_list.id)}
    return taxes.pop() if len(taxes) == 1 else holdings.NO_TAX


def _numbered(number):
    return Subscription.get(Subscription.number == number)


def _needed(given, *names):
    for name in names:
        if name not in given:
            raise _malformed(name, MISSING)
    return [given[name] for name in names]


def _product(reference):
    found = Product.get_or_none(Product.reference == reference)
    if found is None:
        raise Refused(Reason(N_("There is no product %(reference)s."), rule="001-13", reference=reference))
    return found


def _held(prices, wanted, day, field="subscription"):
    """(what is held, whether its invoice is paid): a stored subscription, or one only supposed."""
    if isinstance(wanted, int):
        stored = _numbered(wanted)
        return _as_of(holdings.held(stored), day), invoices.is_paid(stored)
    refused = parts.why_not_quantity(wanted["quantity"])
    if refused:
        raise Refused(refused)
    if "ends_on" in wanted and wanted["ends_on"] < wanted["starts_on"]:
        raise _malformed(f"{field}.ends_on", N_("It cannot end before it begins."))
    if "months" in wanted and (refused := parts.why_not_months(wanted["months"])):
        raise Refused(refused)
    rest = {name: value for name, value in wanted.items() if name not in ("product",)}
    return holdings.supposed(prices, _product(wanted["product"]), on=day, **rest), True


def _as_of(held, day):
    """As it is on a day: what renews itself each month has the months until then."""
    renews = held.type is SubscriptionType.MONTHLY and held.auto_renew and not (held.cancelled or held.suspended)
    if day <= held.last.to_on or not renews:
        return held
    if held.planned and held.planned[0].effective_on <= day:
        raise Refused(
            Reason(
                N_("A change is scheduled for %(day)s: ask for a day before it."),
                rule="S",
                day=held.planned[0].effective_on,
            )
        )
    months = calendar_months(held.last.after, month_of(day).to_on)
    periods = (*held.periods, *(replace(month, anchor=held.last.anchor) for month in months))
    return replace(held, periods=periods, modules=tuple(_as_of(module, day) for module in held.modules))


def _on_subscription(prices, given, day):
    operation = given["operation"]
    [wanted] = _needed(given, "subscription")
    held, paid = _held(prices, wanted, day)
    if operation == "renew":
        options = {name: given[name] for name in ("quantity", "ends_on", "months") if name in given}
        return previews.renew(prices, held, day, **options)
    if operation == "change_type" and "product" in given and given["product"] != held.product.reference:
        operation = "change_product"
    ask = {
        "add_seats": (previews.add_seats, ("quantity",)),
        "remove_seats": (previews.remove_seats, ("quantity",)),
        "change_type": (previews.change_type, ("type",)),
        "change_product": (previews.change_product, ("product",)),
        "assurance": (previews.assurance, ("plan", "months")),
        "upgrade_assurance": (previews.upgrade_assurance, ("plan",)),
        "cancel": (previews.cancel, ()),
        "add_module": (previews.add_module, ("product",)),
    }
    preview, names = ask[operation]
    values = [
        _product(value) if name == "product" else value
        for name, value in zip(names, _needed(given, *names), strict=True)
    ]
    options = {"paid": paid} if operation == "add_module" else {}
    return preview(prices, held, *values, day, **options)


def _subscribe(prices, given, day):
    reference, type, quantity = _needed(given, "product", "type", "quantity")
    options = {name: given[name] for name in ("starts_on", "ends_on", "plan", "assurance_months") if name in given}
    if "months" in given:
        options["months" if type is SubscriptionType.TERM else "assurance_months"] = given["months"]
    if type is not SubscriptionType.TERM and "ends_on" in options:
        raise _malformed("ends_on", N_("Only a fixed term says its end."))
    return previews.subscribe(prices, _product(reference), type, quantity, day, **options)


def _coterminate(prices, given, day):
    [several] = _needed(given, "subscriptions")
    numbers = [one for one in several if isinstance(one, int)]
    if twice := next((one for one in numbers if numbers.count(one) > 1), None):
        raise Refused(Reason(N_("Subscription no. %(number)s is named twice."), rule="003-26", number=str(twice)))
    found = [_held(prices, one, day, f"subscriptions[{place}]")[0] for place, one in enumerate(several)]
    return previews.coterminate(prices, found, day, ends_on=given.get("ends_on"))


# --- licences and extensions (X12, X13) ------------------------------------------------------------


def _offer(prices, product, quantity, *operations):
    book = Book(prices.price_list, prices.day)
    if refused := book.why_not(product) or parts.why_not_quantity(quantity):
        raise Refused(refused)
    found = book.offer(product)
    if found.operation not in operations:
        raise Refused(Reason(N_("%(product)s cannot be ordered like this."), rule="001-14", product=product))
    return found


def _buy(prices, given, day):
    reference, quantity = _needed(given, "product", "quantity")
    product = _product(reference)
    offer = _offer(prices, product, quantity, Operation(given["operation"]))
    cost = offer.cost(quantity)
    items = []
    if cost.setup_cents:
        items.append(Item(Stocked.SETUP, product, Line(quantity, from_cents(cost.setup_cents))))
    items.append(Item(Stocked.LICENCES, product, Line(quantity, from_cents(cost.unit_cents)), at_once=False))
    monthly = from_cents(cost.monthly_cents)
    return made(given["operation"], prices, product, items, day, None, cost.total_quantity, monthly=monthly)


def _extend(prices, given, day):
    [reference] = _needed(given, "product")
    product = _product(reference)
    offer = _offer(prices, product, 1, Operation.EXTEND)
    if "contract" in given:
        contract = Contract.get(Contract.number == given["contract"])
        if refused := contracts.why_not_extend(contract, product, day):
            raise Refused(refused)
        end = contract.ends_on
    else:
        [end] = _needed(given, "ends_on")
        last = grace_end(end, prices.parameters(product).grace_days)
        if day > last:
            raise Refused(Reason(N_("This contract could be extended until %(day)s."), rule="002-27", day=last))
    added = extended(end, product.months)
    line = Line(1, from_cents(offer.unit_cents), from_on=added.from_on, to_on=added.to_on)
    items = [Item(Stocked.EXTENSION, product, line)]
    return made("extend", prices, product, items, added.from_on, added.to_on, 1, whole=added)


_ASK = {"subscribe": _subscribe, "coterminate": _coterminate, "buy": _buy, "users": _buy, "extend": _extend}
