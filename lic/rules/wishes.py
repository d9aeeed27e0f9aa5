"""Asking for something on a subscription: its preview, its lines in the cart, or an order at once (000-33, 000-58)."""

from lic.models import N_, NN_, Operation, Order, OrderLine, OrderState, Product, tx
from lic.rules import Reason, Refused, asked, cart, orders, refuse_if, vat
from lic.rules.holdings import Prices

MOST_WAITING = 10  # new ones that are shown above the list

# --- may it be asked for -------------------------------------------------------------------------


def why_not_add(user, operation, today, **inputs):
    """Why this cannot go into the person's cart, or None if it can. Inputs as `preview` takes them."""
    return why_not_put(user, operation, **inputs) or _why_not_preview(user, operation, today, inputs)


def why_not_put(user, operation, **inputs):
    """Why the cart does not take it, whatever it comes to: for who computes its preview anyway."""
    if reason := why_not_ask(user, inputs):
        return reason
    here = cart.own(user)
    if len(here) >= cart.MOST_LINES:
        return Reason(
            NN_("A cart holds %(count)s line at most.", "A cart holds %(count)s lines at most."), count=cart.MOST_LINES
        )
    for one in _each(inputs):
        if one and any(_collides(line, operation, one, inputs) for line in here):
            return Reason(
                N_("Something else for subscription no. %(number)s is in your cart: order that first."),
                rule="S",
                number=one.number,
            )
    return None


def why_not_ask(user, inputs):
    """Why the person cannot order on this subscription or project at all, or None if they can (003-17, X8)."""
    if reason := cart.why_not_shop(user):
        return reason
    if several := inputs.get("subscriptions"):
        cart.look_ahead(several)
    for one in _each(inputs):
        if one and one.holder_id != user.organisation_id:
            return Reason(N_("This subscription is not one of %(name)s."), rule="003-17", name=user.organisation)
        if one and (reason := cart.why_waits(one)):
            return reason
        if one and one.project_id and (reason := cart.why_locked(one.project)):
            return reason
    project = inputs.get("project")
    return cart.why_locked(project) if project else None


def _each(inputs):
    return inputs.get("subscriptions") or [inputs.get("subscription")]


def _collides(line, operation, subscription, inputs):
    """One thing at a time for one subscription; several modules are."""
    if line.subscription != subscription.id or line.parent_id:
        return False
    both = {line.operation, operation} == {Operation.ADD_MODULE}
    return not (both and line.product_id != inputs["product"].id)


def _why_not_preview(user, operation, today, inputs):
    try:
        preview(user, operation, today, **inputs)
    except Refused as refused:
        return refused.reason
    return None


# --- what it would be ----------------------------------------------------------------------------


def preview(user, operation, today, **inputs):
    """The Preview of an operation for this person's organisation at today's prices; raises Refused.

    operation: SUBSCRIBE (product, quantity; type or project; customer; starts_on, ends_on or months, plan,
    assurance_months), ADD_SEATS (subscription, quantity), ADD_MODULE (subscription, product), CHANGE_TYPE
    (subscription, type or product), RENEW (subscription; quantity, ends_on, months), ASSURANCE (subscription, plan,
    months), UPGRADE_ASSURANCE (subscription, plan), COTERMINATE (subscriptions, ends_on, with_assurance).
    """
    buyer = user.organisation
    prices = Prices.of(buyer, today)
    if operation is Operation.COTERMINATE:
        several = [asked.holdings.held(one) for one in inputs["subscriptions"]]
        return asked.previews.coterminate(prices, several, today, **_about_all(inputs))
    return asked.preview(operation, prices, today, **completed(operation, inputs))


def _about_all(inputs):
    """What is asked of several subscriptions at once, besides which they are."""
    return {name: value for name, value in inputs.items() if name != "subscriptions"}


def completed(operation, inputs):
    """A project says which type and which plan its subscriptions have (000-06, 000-07)."""
    project = inputs.get("project")
    if operation is not Operation.SUBSCRIBE or project is None:
        return inputs
    given = {name: value for name, value in inputs.items() if name not in ("project", "customer")}
    given["type"] = project.subscription_type
    if project.assurance_plan and asked.assurance_sold(given["product"], project.assurance_plan):
        given["plan"] = project.assurance_plan
    return given


def effects(line, today):
    """The Preview of an order line, as approving it today would carry it out; raises Refused if it cannot be."""
    return asked.of_line(line, today, locked=line.order.state is not OrderState.CART)


# --- into the cart -------------------------------------------------------------------------------


def add(operation, by, at, key=None, **inputs):
    """The lines of an operation into the person's cart; returns the first one of each subscription.

    `key` is the form's: one that is sent twice adds once (safety.md 28).
    """
    with tx():
        if twin := cart.added_with(by, key):
            return [twin]
        inputs = _again(inputs)
        refuse_if(why_not_add(by, operation, at.day, **inputs))
        order = cart.of(by) or cart.new(by, at)
        lines = _write(order, operation, at, inputs)
        if key:
            lines[0].idempotency = f"{by.id}:{key}"
            lines[0].save()
        return lines


def _again(inputs):
    """The subscriptions as they are now, inside the transaction."""
    several = {name: [one.again() for one in value] for name, value in inputs.items() if name == "subscriptions"}
    one = inputs.get("subscription")
    return inputs | several | ({"subscription": one.again()} if one else {})


def _write(order, operation, at, inputs):
    if operation is Operation.COTERMINATE:
        whole = preview(order.placed_by, operation, at.day, **inputs)
        common = _about_all(inputs) | {"ends_on": whole.ends_on}
        each = [{"subscription": one} | common for one in inputs["subscriptions"]]
        moved = {item.subscription for item in whole.items}
        each = [given for given in each if given["subscription"].id in moved]
    else:
        each = [inputs]
    lines = [write(order, operation, at, given) for given in each]
    cart.add_up(order)
    return lines


def write(order, operation, at, inputs, asked_on=None):
    """The lines of one operation on one subscription, whatever may be asked for; returns the first."""
    project, group = inputs.get("project"), inputs.get("group")
    others = ("project", "group", "locked")
    given = {name: value for name, value in completed(operation, inputs).items() if name not in others}
    prices = Prices.of(order.buyer, at.day, inputs.get("locked"))  # a quote holds those it named (003-19)
    found = asked.preview(operation, prices, at.day, asked_on, **given)
    subscription = given.get("subscription")
    common = {
        **order.buyer.owner,
        "order": order,
        "project": project or (subscription.project if subscription else None),
        "group": group or (subscription.group if subscription else None),
        "asked_on": asked_on or at.day,
    }
    main = OrderLine(
        **common,
        operation=operation,
        product=asked.product_of(operation, found, given),
        subscription=subscription and subscription.id,
        inputs=asked.kept(given) | {asked.PRICES: found.prices} | _seats(operation, given),
    )
    own, following = _split(main, found)
    asked.write(main, own, found)
    main.save(force_insert=True)
    for items in following:
        first = items[0]
        follows = Operation.ASSURANCE if first.kind is asked.Kind.ASSURANCE else operation
        line = OrderLine(
            **common, operation=follows, product=first.product, subscription=first.subscription, parent=main
        )
        asked.write(line, items, found)
        line.save(force_insert=True)
    return main


def _seats(operation, given):
    """With a renewal of so many seats, how many there were to renew: others may come until it is ordered."""
    if operation is not Operation.RENEW or given.get("quantity") is None:
        return {}
    return {asked.SEATS: asked.holdings.held(given["subscription"], with_modules=False).next_quantity()}


def _split(main, found):
    """The items of the first line, and those of each line that follows it."""
    own, following = [], {}
    for item in (item for item in found.items if not item.owed):
        mine = item.product == main.product and (item.subscription == main.subscription or main.product.base_id)
        if mine or main.operation is Operation.UPGRADE_ASSURANCE:
            own.append(item)
        else:
            following.setdefault(asked.key(item), []).append(item)
    return own, list(following.values())


# --- an order at once (000-58) -------------------------------------------------------------------


def order_now(operation, by, at, key, accepted, seen, **inputs):
    """An order submitted without the cart, once for each `key`; consent and lock as for any other.

    accepted: ids of the Terms they agreed to; seen: `cart.Totals.seen` of `totals_of` the preview they were shown.
    """
    with tx():
        if order := orders.placed_with(by, key):
            return order
        inputs = _again(inputs)
        refuse_if(why_not_ask(by, inputs) or orders.why_not_check_out(by, [inputs]))
        order = cart.new(by, at, state=OrderState.SUBMITTED, number=orders.next_number(), submitted_on=at.day)
        _write(order, operation, at, inputs)
        return orders.submit(order, by, at, key, accepted, seen)


def totals_of(found, buyer):
    """What an order of this preview alone comes to, as `Totals` (its `seen` is what a form carries back)."""
    lines = []
    for item in (item for item in found.items if not item.owed):
        line = OrderLine(product=item.product)
        asked.write(line, [item], found)
        vat.put(line, buyer)
        lines.append(line)
    return cart.Totals.of(lines)


# --- what waits ----------------------------------------------------------------------------------


def waiting(user):
    """What a buyer has ordered anew and nobody has approved yet: it is seen, and not usable (Q)."""
    if not user.organisation.is_buyer:
        return []
    asked = OrderLine.select(OrderLine, Order, Product).join(Order).switch(OrderLine).join(Product)
    new = OrderLine.operation == Operation.SUBSCRIBE, OrderLine.parent.is_null()
    mine = Order.buyer == user.organisation_id, Order.state.in_(cart.PENDING)
    return list(asked.where(*new, *mine).order_by(Order.id.desc(), OrderLine.id).limit(MOST_WAITING))
