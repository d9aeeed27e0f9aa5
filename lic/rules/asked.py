"""What an order line asked of a subscription, kept in its `inputs`, and what that comes to on any day (R5).

A line and those that follow it (the assurance and the modules of added seats) are one operation: the first line holds
the inputs, the others name it as their parent.
"""

from datetime import date
from enum import Enum

from lic.models import (
    EVERYBODY,
    N_,
    Operation,
    Organisation,
    Plan,
    Product,
    ProductKind,
    Record,
    Subscription,
    SubscriptionType,
    scope,
)
from lic.rules import Reason, Refused, holdings, invoices, previews, refuse_if
from lic.rules.holdings import Prices
from lic.rules.parts import Kind
from lic.rules.pricing import to_cents

OPERATIONS = frozenset(Operation) - {Operation.BUY, Operation.USERS, Operation.EXTEND}


def is_one(line):
    """Whether an order line is about a subscription."""
    return line.operation in OPERATIONS


# --- inputs, as people give them and as they are kept ----------------------------------------------


def kept(inputs):
    """Records, dates and words as JSON; what was not given is left out."""
    return {name: plain(value) for name, value in inputs.items() if value is not None}


def plain(value):
    if isinstance(value, Record):
        return value.id
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


# What stands with the inputs: the prices held, what approval replaced, the seats there were to renew, and in cents what
# the days cost of seats that are not billed every month: theirs end with it, or become annual.
PRICES, BEFORE, SEATS, DAYS = "prices", "before", "seats", "days"
day = date.fromisoformat
_READ = {
    "product": Product.get_by_id,
    "subscription": Subscription.get_by_id,
    "customer": Organisation.get_by_id,
    "type": SubscriptionType,
    "plan": Plan,
    "starts_on": day,
    "ends_on": day,
}


def read(inputs):
    """The same back again, without what the computation adds."""
    with scope(EVERYBODY):  # an approver reads what the buyer named within its own scope
        asked = {name: value for name, value in inputs.items() if name not in (PRICES, BEFORE, SEATS, DAYS)}
        return {name: _READ.get(name, lambda value: value)(value) for name, value in asked.items()}


# --- what it comes to ----------------------------------------------------------------------------


def preview(operation, prices, on, asked_on=None, *, subscription=None, project=None, customer=None, **given):
    """One operation with its inputs; raises Refused. Whose project or customer it is changes no amount."""
    refuse_if(_why_not_asked(operation, subscription))
    if operation is Operation.SUBSCRIBE:
        product, type, quantity = given.pop("product"), given.pop("type"), given.pop("quantity")
        return previews.subscribe(prices, product, type, quantity, on, asked_on=asked_on, **given)
    held = holdings.held(subscription)
    ask = {
        Operation.ADD_SEATS: lambda: previews.add_seats(prices, held, given["quantity"], on, asked_on=asked_on),
        Operation.ADD_MODULE: lambda: previews.add_module(
            prices, held, given["product"], on, asked_on=asked_on, paid=invoices.is_paid(subscription)
        ),
        Operation.CHANGE_TYPE: lambda: _changed(prices, held, on, asked_on, **given),
        Operation.RENEW: lambda: previews.renew(prices, held, on, asked_on=asked_on, **given),
        Operation.ASSURANCE: lambda: previews.assurance(
            prices, held, given["plan"], given.get("months"), on, asked_on=asked_on
        ),
        Operation.UPGRADE_ASSURANCE: lambda: previews.upgrade_assurance(
            prices, held, given["plan"], on, asked_on=asked_on
        ),
        Operation.COTERMINATE: lambda: previews.coterminate(prices, [held], on, asked_on=asked_on, **given),
    }
    return ask[operation]()


def _why_not_asked(operation, subscription):
    if subscription is None and operation is not Operation.SUBSCRIBE:
        return Reason(N_("Choose the subscription."), rule="003-26")
    if subscription is not None and subscription.base_id and operation is not Operation.SUBSCRIBE:
        return Reason(N_("A module follows its base: change that."), rule="000-36")
    return None


def _changed(prices, held, on, asked_on, type=None, product=None):
    """A change of type; or, with a product, of what it is (O, Plan change)."""
    if product is not None and product != held.product:
        return previews.change_product(prices, held, product, on, asked_on=asked_on)
    return previews.change_type(prices, held, type, on, asked_on=asked_on)


def of_line(line, on, locked=True):
    """The preview of an order line, as it stands on a day; raises Refused where it can no longer be done.

    locked: at the prices held since the order was placed, else at the list's of that day.
    """
    line = line.parent or line
    prices = Prices.of(line.order.buyer, on, line.inputs.get("prices") if locked else None)
    known = {"product": line.product} if line.inputs.get("product") == line.product_id else {}
    inputs = read({name: value for name, value in line.inputs.items() if name not in known}) | known
    return preview(line.operation, prices, on, line.asked_on if locked else on, **inputs)


def why_not(line, today):
    """Why what a line asks for cannot be ordered on a day, or None if it can."""
    if reason := why_not_so_many(line):
        return reason
    try:
        of_line(line, today, locked=False)
    except Refused as refused:
        return refused.reason
    return None


def why_not_so_many(line):
    """Why so many seats are not renewed, or None: others were added or removed since, which nobody had seen."""
    then = line.inputs.get(SEATS)
    if then is None:
        return None
    with scope(EVERYBODY):  # the line is within the scope
        one = Subscription.get_by_id(line.subscription)
    if holdings.held(one, with_modules=False).next_quantity() == then:
        return None
    return Reason(
        N_("The seats of subscription no. %(number)s have changed since: remove the line and ask again."),
        rule="S",
        number=one.number,
    )


# --- the lines of an order -----------------------------------------------------------------------


def shares(lines, found):
    """[(order line, its items)] of one operation; what came about since the order was placed goes with the first."""
    first = lines[0]
    left = [item for item in found.items if not item.owed]
    others = []
    for line in lines[1:]:
        mine = [item for item in left if item.product.id == line.product_id and _is_of(item, line)]
        left = [item for item in left if item not in mine]
        others.append((line, mine))
    return [(first, left), *others]


def _is_of(item, line):
    """Of one that is new neither says which it is; once it was approved its line does."""
    return item.subscription in (None, line.subscription)


def key(item):
    return item.product.id, item.subscription


def write(line, items, found):
    """The amounts of one line, in cents: once, at approval or on the 1st a change begins; and then every month."""
    line.net_cents = sum(item.line.net_cents for item in items if is_once(item))
    by_day = [item.line for item in items if not is_once(item)]
    line.monthly_cents = sum(to_cents(one.quantity * one.unit) for one in by_day) if found.monthly else 0
    line.inputs = {name: value for name, value in line.inputs.items() if name != DAYS}
    if by_day and not found.monthly:
        line.inputs |= {DAYS: sum(one.net_cents for one in by_day)}
    line.quantity = items[0].line.quantity if items else max(found.quantity, 1)
    line.unit_cents = to_cents(items[0].line.unit) if items else 0
    line.later = [(item.line.from_on, item.line.net_cents) for item in items if is_once(item) and not item.at_once]


def is_once(item):
    return item.at_once or item.kind is Kind.ANNUAL


def reprice(lines, today, locked):
    """Compute the subscription lines among these again for a day, without saving them.

    What cannot be done any more keeps its amounts: placing or approving it is refused. The first line of each has
    `found`, its Preview, or `refused`, the Reason why there is none; they are not stored.
    """
    for main in [line for line in lines if is_one(line) and line.parent_id is None]:
        family = [main, *(line for line in lines if line.parent_id == main.id)]
        try:
            found = of_line(main, today, locked)
        except Refused as refused:
            main.found, main.refused = None, refused.reason
            continue
        main.found, main.refused = found, None
        main.inputs = main.inputs | {"prices": found.prices}
        for line, items in shares(family, found):
            write(line, items, found)


def product_of(operation, found, inputs):
    """What the first line of an operation is called by."""
    if operation in (Operation.ASSURANCE, Operation.UPGRADE_ASSURANCE, Operation.RENEW):
        return found.items[0].product
    return inputs.get("product") or inputs["subscription"].product


def assurance_sold(product, plan):
    """Whether a product has software assurance under a plan at all."""
    return (
        Product.select()
        .where(Product.kind == ProductKind.ASSURANCE, Product.base == product.id, Product.plan == plan)
        .exists()
    )
