"""The cart: one per person, its lines removable and never edited, everything in it computed here (001-18, 001-22)."""

import re
from decimal import Decimal

from peewee import JOIN

from lic.models import (
    N_,
    NN_,
    Activation,
    Balance,
    Contract,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Product,
    ProductKind,
    Project,
    Terms,
    read_once,
    together,
    tx,
)
from lic.rules import Reason, Refused, asked, contracts, prices, refuse_if, stock, vat
from lic.rules.calendar import extended
from lic.rules.sums import Totals

MOST = 100_000  # of one line
MOST_LINES = 100
PENDING = [state for state in OrderState if state.is_pending]
Licence, Customer = Product.alias(), Organisation.alias()


# --- who may order -------------------------------------------------------------------------------


def why_not_shop(user):
    """Why a person cannot order at all, or None if they can (003-17, 004-02)."""
    organisation = user.organisation
    if not organisation.is_buyer:
        return Reason(N_("%(name)s does not order here."), name=organisation)
    if not user.is_administrator:
        return Reason(N_("Only an administrator of %(name)s can order."), rule="003-17", name=organisation)
    if organisation.price_list_id is None:
        return Reason(N_("%(name)s has no price list yet: ask the distributor."), rule="004-04", name=organisation)
    return None


# --- what may be added ---------------------------------------------------------------------------


def why_not_quantity(text):
    """Why what a person typed is no quantity, or None if it is a whole number from 1 to 100,000."""
    if re.fullmatch(r" *[0-9]{1,12} *", text or "") and 1 <= int(text) <= MOST:
        return None
    return Reason(N_("The quantity is a whole number from 1 to %(most)s."), most=Decimal(MOST))


def quantity(text):
    refuse_if(why_not_quantity(text))
    return int(text)


def why_not_offer(user, product, today, for_product=None, contract=None, book=None, licences=None):
    """Why a person cannot order this product now, or None if they can: what disables its button.

    Where they are at hand: `book`, the buyer's prices of that day, and `licences`, those `in_stock` for this product.
    """
    if reason := why_not_shop(user):
        return reason
    book = book or prices.book(user.organisation.price_list, today)
    if reason := book.why_not(product):
        return reason
    if product.kind is ProductKind.USERS:
        return _why_not_users(user.organisation, product, for_product, licences)
    if for_product is not None:
        return Reason(N_("Only additional users are for another licence."), rule="001-15")
    if product.kind is ProductKind.EXTENSION:
        return _why_not_extension(user.organisation, product, contract, today)
    if contract is not None:
        return Reason(N_("%(product)s is not an extension on sale."), rule="002-27", product=product)
    return None


def in_stock(buyer, product):
    """The licences this buyer has, free or activated, that additional users can be bought for (001-15)."""
    free = Balance.select(Balance.product).where(Balance.holder == buyer, Balance.quantity > 0)
    used = Activation.select(Activation.product).where(Activation.holder == buyer, Activation.ended_at.is_null())
    held = {row.product_id for row in free} | {row.product_id for row in used.distinct()}
    return [licence for licence in stock.licences_with_users(product) if licence.id in held]


def _why_not_users(buyer, product, for_product, choices):
    choices = in_stock(buyer, product) if choices is None else choices
    if not choices:
        return Reason(N_("Additional users are for licences you have: there is none in your stock yet."), rule="001-15")
    if for_product is not None and for_product not in choices:
        return Reason(N_("You have no %(product)s yet."), rule="001-15", product=for_product)
    return None


def _why_not_extension(buyer, product, contract, today):
    if contract is None:
        return Reason(N_("An extension is ordered from its contract."), rule="002-29")
    if contracts.buyer(contract) != buyer:
        return Reason(N_("This contract is not yours to extend."), rule="002-29")
    if reason := contracts.why_not_extend(contract, product, today):
        return reason
    if order := read_once(contract, "waits", lambda: _waiting(OrderLine.contract == contract)):
        return Reason(
            N_("An extension of this contract is waiting in order no. %(number)s."), rule="000-25", number=order.number
        )
    return None


def why_locked(project):
    """Why nothing can be added to a project now, or None (000-25, X8)."""
    order = lock(project)
    return order and Reason(
        N_("Order no. %(number)s of this project must be decided first."), rule="000-25", number=order.number
    )


def lock(project):
    """The order that locks a project, to be linked to beside the reason; None when it is free."""
    return read_once(project, "lock", lambda: _waiting(OrderLine.project == project))


def why_waits(subscription):
    """Why nothing can be ordered on a subscription (or its id) now, or None: one order at a time (000-25)."""
    find = lambda: _waiting(OrderLine.subscription == subscription)  # noqa: E731
    order = find() if isinstance(subscription, int) else read_once(subscription, "waits", find)
    return order and Reason(
        N_("Order no. %(number)s of this subscription must be decided first."), rule="000-25", number=order.number
    )


def look_ahead(subscriptions):
    """Read at once what waits on several, for `why_waits` of each."""
    ids = [one.id for one in subscriptions]
    lines = OrderLine.select(OrderLine, Order).join(Order)
    lines = lines.where(OrderLine.subscription.in_(ids), Order.state.in_(PENDING)).order_by(Order.id.desc())
    waiting = {line.subscription: line.order for line in lines}
    for one in subscriptions:
        read_once(one, "waits", lambda one=one: waiting.get(one.id))


def look_around(subscription, user):
    """Read at once what waits on one and on its project, and the person's own lines: a page asks for each."""
    projects = [subscription.project] if subscription.project_id else []
    on_it, on_its_project = OrderLine.subscription == subscription.id, OrderLine.project.in_(projects)
    waits, locks, mine = together(_orders(on_it), _orders(on_its_project), _own(user))
    read_once(user, "cart", lambda: mine)
    read_once(subscription, "waits", lambda: next(iter(waits), None))
    for project in projects:
        read_once(project, "lock", lambda: next(iter(locks), None))


def _waiting(condition):
    """The order waiting for a decision that has a line like this."""
    return _orders(condition).first()


def _orders(condition):
    return Order.select().join(OrderLine).where(condition, Order.state.in_(PENDING)).order_by(Order.id)


def why_not_add(user, product, wanted, today, for_product=None, contract=None, project=None):
    """Why this line cannot go into the person's cart, or None if it can."""
    reason = why_not_offer(user, product, today, for_product, contract)
    if reason:
        return reason
    if product.kind is ProductKind.USERS and for_product is None:
        return Reason(N_("Choose the licence these users are for."), rule="001-15")
    if contract is not None and wanted != 1:
        return Reason(N_("A contract is extended once at a time."), rule="002-29")
    if reason := why_not_quantity(str(wanted)):
        return reason
    here = own(user)
    if contract is not None and any(line.contract_id == contract.id for line in here):
        return Reason(N_("An extension of this contract is in your cart already."), rule="002-29")
    if len(here) >= MOST_LINES:
        return Reason(
            NN_("A cart holds %(count)s line at most.", "A cart holds %(count)s lines at most."), count=MOST_LINES
        )
    return why_locked(project) if project else None


# --- the cart itself -----------------------------------------------------------------------------


def of(user):
    """The person's cart, or None while it is empty."""
    return Order.get_or_none(Order.placed_by == user.id, Order.state == OrderState.CART)


def lines(order):
    """The lines of a cart or an order, as they were added, with everything a page says about them at hand."""
    return lines_of([order])[order.id] if order else []


def lines_of(orders):
    """{order id: its lines} of several, read at once."""
    query = (
        OrderLine.select(OrderLine, Product, Licence, Contract, Customer, Project)
        .join(Product, on=(OrderLine.product == Product.id))
        .switch(OrderLine)
        .join(Licence, JOIN.LEFT_OUTER, on=(OrderLine.for_product == Licence.id), attr="for_product")
        .switch(OrderLine)
        .join(Contract, JOIN.LEFT_OUTER, on=(OrderLine.contract == Contract.id))
        .join(Customer, JOIN.LEFT_OUTER, on=(Contract.customer == Customer.id), attr="customer")
        .switch(OrderLine)
        .join(Project, JOIN.LEFT_OUTER, on=(OrderLine.project == Project.id))
        .where(OrderLine.order.in_([order.id for order in orders]))
        .order_by(OrderLine.id)
    )
    named, found = {order.id: order for order in orders}, {order.id: [] for order in orders}
    for line in query:
        line.order = named[line.order_id]
        found[line.order_id].append(line)
    return found


def own(user):
    """The lines of a person's cart, bare: what stands in the way of one more; a page asks for them many times."""
    return read_once(user, "cart", lambda: list(_own(user)))


def _own(user):
    return OrderLine.select().join(Order).where(Order.placed_by == user.id, Order.state == OrderState.CART)


def count(user):
    return _own(user).count()


def added_with(by, key):
    """The line a form with this key added already, or None as long as it is new."""
    return OrderLine.get_or_none(OrderLine.idempotency == f"{by.id}:{key}") if key else None


def add(product, wanted, by, at, for_product=None, contract=None, project=None, key=None):
    """One more line; the same product again makes a line of its own (001-22).

    `key` is the form's: one that is sent twice adds once (safety.md 28).
    """
    with tx():
        if twin := added_with(by, key):
            return twin
        refuse_if(why_not_add(by, product, wanted, at.day, for_product, contract, project))
        buyer = by.organisation
        cart = of(by) or new(by, at)
        offer = prices.offer(product, cart.price_list, at.day)
        line = OrderLine(
            **buyer.owner,
            order=cart,
            operation=offer.operation,
            product=product,
            for_product=for_product,
            contract=contract,
            project=project,
            asked_on=at.day,
            idempotency=f"{by.id}:{key}" if key else None,
        )
        _price(line, offer, wanted)
        line.save(force_insert=True)
        add_up(cart)
        return line


def new(by, at, **given):
    """An empty cart; or, with a number and a state, an order nothing waits in the cart for (000-58)."""
    buyer = by.organisation
    return Order.create(
        **buyer.owner,
        buyer=buyer,
        placed_by=by.id,
        price_list=buyer.price_list,
        currency=buyer.price_list.currency,
        made_at=at.at,
        **given,
    )


def remove(line, by):
    """Take a line out of one's own cart; an empty cart is gone."""
    with tx():
        line = line.again()
        if line.order.state is not OrderState.CART or line.order.placed_by_id != by.id:
            raise Refused(Reason(N_("Only a line of your own cart can be removed."), rule="001-22"))
        if line.parent_id:
            raise Refused(
                Reason(N_("It goes with %(product)s: remove that line."), rule="000-33", product=line.parent.product)
            )
        for follower in OrderLine.select().where(OrderLine.parent == line.id):
            follower.delete_instance()
        line.delete_instance()
        if lines(line.order):
            add_up(line.order)
        else:
            line.order.delete_instance()


def remove_shown(number, shape, by):
    """Take out the line a page showed; False where that one left the cart meanwhile (001-22)."""
    with tx():
        line = OrderLine.get_or_none(OrderLine.id == number)
        if line is None or line.shape != shape or line.order.state is not OrderState.CART:
            return False
        remove(line, by)
        return True


def empty(by):
    """Cancel the order before it is placed: its lines and the cart are gone (000-22)."""
    with tx():
        for line in lines(of(by)):
            if line.parent_id is None:
                remove(line, by)


def reprice(order, today, held=False, here=None):
    """Bring the lines of a cart, or of an order, to the list's prices of a day; they are given back.

    here: its lines, if at hand. held: its unit prices are held, only what goes by days is computed again (R5).
    What left the list keeps the price it was asked at. To be called inside the transaction that needs it.
    """
    here = current(order, today, held=held, here=here)
    for line in here:
        line.save()
    add_up(order, here)
    return here


def current(order, today, book=None, held=False, here=None):
    """The lines at the prices of a day, without writing them: what a page shows before the order is placed."""
    here, book = lines(order) if here is None else here, book or prices.Book(order.price_list, today)
    asked.reprice(here, today, locked=held)
    for line in here:
        if not (held or asked.is_one(line)):
            _price(line, book.offer(line.product) or prices.locked(line), line.quantity)
    for line in here:
        vat.put(line, order.buyer)
    return here


def _price(line, offer, wanted):
    line.inputs = offer.inputs
    for name, value in offer.cost(wanted).columns().items():
        setattr(line, name, value)


def add_up(order, here=None):
    """An order's own amounts, from those of its lines, each taxed as on this day; `here` where they are at hand."""
    here = lines(order) if here is None else here
    for line in here:
        if vat.put(line, order.buyer):
            line.save()
    totals = Totals.of(here)
    order.net_cents, order.monthly_cents = totals.net_cents, totals.monthly_cents
    order.save()


# --- what it comes to ----------------------------------------------------------------------------


def protected_until(line):
    """The last day of a contract with the extension of a line (X13)."""
    return extended(line.contract.ends_on, line.product.months).to_on


def groups(priced):
    """[(what for, its lines)]: a Project, a Contract, or None for the buyer's stock; in the order they came."""
    found = {}
    for line in priced:
        found.setdefault(line.project or line.contract, []).append(line)
    return list(found.items())


# --- the terms that apply ------------------------------------------------------------------------


def terms(products, today):
    """General and particular terms, and those of each product, in the version valid on a day (004-07)."""
    rows = Terms.select().where(
        Terms.valid_from <= today, Terms.product.is_null() | Terms.product.in_([product.id for product in products])
    )
    latest = {}
    for row in rows.order_by(Terms.valid_from, Terms.id):
        latest[row.code, row.product_id] = row
    order = ("general", "particular", "product")
    return sorted(latest.values(), key=lambda row: (order.index(row.code) if row.code in order else 9, row.id))


def is_extension(line):
    return line.operation is Operation.EXTEND
