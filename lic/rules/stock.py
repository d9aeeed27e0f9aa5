"""Licences in stock: a ledger that is only ever added to, and what it adds up to, never below nothing."""

from dataclasses import dataclass

from peewee import JOIN, IntegrityError, fn

from lic.models import (
    N_,
    NN_,
    Activation,
    Balance,
    Fit,
    MovementKind,
    OrderLine,
    Organisation,
    Product,
    ProductKind,
    StockMovement,
    User,
    tx,
)
from lic.rules import Reason, Refused, journal, refuse_if
from lic.rules.calendar import next_first

IN_STOCK = (ProductKind.LICENCE, ProductKind.USERS)
MOST = 100_000  # of one thing at once, as everywhere in the portal

journal.tells("stock.adjusted", journal.Tell(lambda movement, event: journal.administrators(movement.holder)))
journal.tells("stock.given_back", journal.Tell(journal.distributor_administrators))


# --- what comes in and goes out ----------------------------------------------------------------


def purchase(order_line, by, at):
    """An approved line comes into its buyer's stock, bonus included (001-19, 001-28). Kinds buy and users."""
    with tx():
        movement = move(
            order_line.order.buyer,
            order_line.product,
            order_line.quantity + order_line.bonus,
            MovementKind.PURCHASE,
            by,
            at,
            order_line=order_line.id,
            for_product=order_line.for_product_id,
        )
        journal.record("stock.purchased", movement, by, at, after=_facts(movement))
        return movement


def why_not_adjust(holder, product, quantity, reason, for_product=None):
    """Why the distributor cannot correct a stock by so many, or None if it can."""
    if not holder.is_buyer:
        return Reason(N_("%(name)s keeps no licences of its own."), name=holder)
    if product.kind not in IN_STOCK:
        return Reason(N_("%(product)s is not kept in stock."), product=product)
    if quantity == 0 or abs(quantity) > MOST:
        return Reason(N_("A correction is a number from 1 to 100,000, with a minus sign to take away."))
    if not reason.strip():
        return Reason(N_("Say why the stock is corrected."))
    return why_not_name(product, for_product) or why_not_take(holder, product, -quantity, for_product)


def adjust(holder, product, quantity, reason, by, at, for_product=None, key=None):
    """The distributor corrects a stock, and says why; a form (its `key`) sent twice corrects once (safety.md 28)."""
    with tx():
        if twin := written_with(by, key):
            return twin
        refuse_if(why_not_adjust(holder, product, quantity, reason, for_product))
        movement = move(
            *(holder, product, quantity, MovementKind.ADJUSTMENT, by, at),
            reason=reason.strip(),
            for_product=for_product,
            idempotency=_once(by, key),
        )
        journal.record("stock.adjusted", movement, by, at, after=_facts(movement) | {"reason": movement.reason})
        return movement


def written_with(by, key):
    """The movement a form with this key wrote already (the first, if several); nothing as long as it is new."""
    return StockMovement.get_or_none(StockMovement.idempotency == _once(by, key)) if key else None


def _once(by, key):
    return f"{by.id}:{key}" if key else None


def why_not_name(product, for_product):
    """Additional users are always those of a licence, and nothing else is (001-15)."""
    if product.kind is ProductKind.USERS and for_product not in licences_with_users(product):
        return Reason(N_("Choose the licence these users are for."), rule="001-15")
    if product.kind is not ProductKind.USERS and for_product is not None:
        return Reason(N_("Only additional users are for another licence."), rule="001-15")
    return None


def why_not_take(holder, product, quantity, for_product=None):
    """Why so many cannot leave the stock, or None if they are there."""
    left = additional_users(holder, for_product, product) if for_product else balance(holder, product)
    return _short(left, product) if quantity > left else None


def _short(left, product):
    if not left:
        return Reason(N_("There is no %(product)s left in stock."), rule="001-29", product=product)
    return Reason(
        NN_("Only %(count)s %(product)s is left in stock.", "Only %(count)s %(product)s are left in stock."),
        rule="001-29",
        count=left,
        product=product,
    )


def move(holder, product, quantity, kind, by, at, on=None, **given):
    """Write one movement, and the balance with it; to be called inside the transaction that makes it true.

    quantity: more or less than 0. on: when it counts, today unless said. The table itself refuses to go below nothing.
    """
    place, _ = Balance.get_or_create(holder=holder, product=product, defaults=holder.owner)
    try:
        Balance.update(quantity=Balance.quantity + quantity).where(Balance.id == place.id).execute()
    except IntegrityError as error:
        if "stock_is_never_negative" not in str(error):
            raise
        raise Refused(_short(place.quantity, product)) from None
    return StockMovement.create(
        **holder.owner,
        holder=holder,
        product=product,
        quantity=quantity,
        kind=kind,
        by=by,
        at=at.at,
        on=on or at.day,
        **given,
    )


def _facts(movement):
    return {
        "holder": movement.holder.name,
        "product": movement.product.reference,
        "quantity": movement.quantity,
        "left": balance(movement.holder, movement.product),
    }


# --- giving free licences back (rules.md O, Licences in stock) -----------------------------------


def why_not_give_back(holder, product, quantity, for_product=None):
    """Why so many free licences cannot be given back, or None if they can."""
    if not 1 <= quantity <= MOST:
        return Reason(N_("Give back at least 1."))
    return why_not_name(product, for_product) or why_not_take(holder, product, quantity, for_product)


def give_back(holder, product, quantity, by, at, for_product=None, key=None):
    """Free licences go back, paid ones first and the bonus last; they are billed to the end of the month.

    They leave the balance at once, so that nobody can activate what was promised back, by movements dated on the next
    1st. One movement for each purchase they came with: that tells the billing which price ends. A form (its `key`)
    sent twice gives back once.
    """
    with tx():
        if twin := written_with(by, key):
            return [twin]
        refuse_if(why_not_give_back(holder, product, quantity, for_product))
        movements = _write_return(holder, product, quantity, for_product, by, at)
        movements[0].idempotency = _once(by, key)
        movements[0].save()
        after = _facts(movements[0]) | {"quantity": -quantity, "on": movements[0].on.isoformat()}
        journal.record("stock.given_back", movements[0], by, at, after=after)
        return movements


def give_back_all(holder, by, at):
    """Whatever a partner that leaves still has in stock is paid to the end of the month, and no longer."""
    with tx():
        for place in places(holder):
            licences = licences_with_users(place.product) if place.product.kind is ProductKind.USERS else [None]
            for licence in licences:
                count = additional_users(holder, licence, place.product) if licence else place.quantity
                if count:
                    _write_return(holder, place.product, count, licence, by, at)


def _write_return(holder, product, quantity, for_product, by, at):
    on = next_first(at.day)
    return [
        move(
            *(holder, product, -count, MovementKind.RETURN, by, at, on),
            order_line=line and line.id,
            for_product=for_product,
        )
        for line, count in _returned(holder, product, quantity, for_product)
    ]


def _returned(holder, product, quantity, for_product):
    """(order line or None, count) for each purchase given back from: the latest paid first, then bonus and gifts."""
    lines = list(
        OrderLine.select(OrderLine, fn.SUM(StockMovement.quantity).alias("left"))
        .join(StockMovement, on=(StockMovement.order_line == OrderLine.id))
        .where(StockMovement.holder == holder, StockMovement.product == product, _is_for(for_product))
        .group_by(OrderLine.id)
        .order_by(OrderLine.id.desc())
    )
    paid = [(line, max(line.left - line.bonus, 0)) for line in lines]
    free = [(line, min(line.left, line.bonus)) for line in lines]
    taken = {}
    for line, count in [*paid, *free, (None, quantity)]:
        if part := min(count, quantity - sum(taken.values())):
            taken[line] = taken.get(line, 0) + part
    return taken.items()


def _is_for(for_product):
    if for_product is None:
        return StockMovement.for_product.is_null()
    return StockMovement.for_product == for_product


# --- what there is -------------------------------------------------------------------------------


def balance(holder, product):
    """How many are free to be activated, or to be given back."""
    place = Balance.get_or_none(Balance.holder == holder, Balance.product == product)
    return place.quantity if place else 0


def leaving(holder, product, today):
    """How many of the stock were given back and leave it on the next 1st: paid still, usable no more."""
    query = StockMovement.select(fn.COALESCE(fn.SUM(StockMovement.quantity), 0)).where(
        StockMovement.holder == holder, StockMovement.product == product, StockMovement.on > today
    )
    return -query.scalar()


def activated(holder, product):
    """How many licences of this stock are in use by customers."""
    return (
        Activation.select()
        .where(Activation.holder == holder, Activation.product == product, Activation.ended_at.is_null())
        .count()
    )


def additional_users(holder, licence, product=None):
    """How many additional users were bought for a licence (001-15)."""
    query = StockMovement.select(fn.COALESCE(fn.SUM(StockMovement.quantity), 0)).where(
        StockMovement.holder == holder, StockMovement.for_product == licence
    )
    return (query.where(StockMovement.product == product) if product else query).scalar()


def users(holder, product):
    """How many people may work: those of every licence held, free or activated, and the additional ones (001-20)."""
    held = balance(holder, product) + activated(holder, product)
    return held * product.users_per_unit + additional_users(holder, product)


def has(holder, product):
    """Whether the partner has this licence, in stock or activated (001-15)."""
    return bool(balance(holder, product) or activated(holder, product))


def places(holder=None):
    """The balances in scope, licences before additional users; of one holder where given."""
    query = (
        Balance.select(Balance, Product, Organisation)
        .join(Product)
        .switch(Balance)
        .join(Organisation, on=(Balance.holder == Organisation.id))
        .order_by(Organisation.name, Product.kind, Product.reference)
    )
    return list(query.where(Balance.holder == holder) if holder else query)


@dataclass(frozen=True)
class Held:
    """What a list shows of one product in one partner's stock."""

    balance: Balance
    activated: int | None  # licences only
    users: int

    @property
    def id(self):
        return self.balance.id


def overview():
    """Every place in scope with what is counted about it, in three queries."""
    in_use = (
        Activation.select(Activation.holder, Activation.product, fn.COUNT(Activation.id))
        .where(Activation.ended_at.is_null())
        .group_by(Activation.holder, Activation.product)
    )
    added = (
        StockMovement.select(StockMovement.holder, StockMovement.for_product, fn.SUM(StockMovement.quantity))
        .where(StockMovement.for_product.is_null(False))
        .group_by(StockMovement.holder, StockMovement.for_product)
    )
    used, added = ({(holder, product): count for holder, product, count in q.tuples()} for q in (in_use, added))
    return [_held(place, used, added) for place in places()]


def _held(place, used, added):
    if place.product.kind is not ProductKind.LICENCE:
        return Held(place, None, place.quantity)
    key = place.holder_id, place.product_id
    activated = used.get(key, 0)
    held = place.quantity + activated
    return Held(place, activated, held * place.product.users_per_unit + added.get(key, 0))


def place(number):
    """One balance of the scope, with whose it is and of what at hand."""
    found = Balance.select(Balance, Product, Organisation).join(Product).switch(Balance)
    return found.join(Organisation, on=(Balance.holder == Organisation.id)).where(Balance.id == number).get()


def place_of(movement):
    return Balance.get(Balance.holder == movement.holder_id, Balance.product == movement.product_id)


class Place:
    """One product in one partner's stock, with all that is counted about it on a day."""

    def __init__(self, balance, today):
        self.balance, self.holder, self.product, self.free = balance, balance.holder, balance.product, balance.quantity
        self.id, self.is_licence = balance.id, balance.product.kind is ProductKind.LICENCE
        self.leaving = leaving(self.holder, self.product, today)
        self.activated = activated(self.holder, self.product) if self.is_licence else 0
        self.additional = additional_users(self.holder, self.product) if self.is_licence else 0
        held = self.free + self.activated
        self.users = held * self.product.users_per_unit + self.additional if self.is_licence else self.free


Licence = Product.alias()


def ledger(place):
    """The movements of a balance, newest first, with all a page says about them at hand."""
    return list(
        StockMovement.select(StockMovement, User, Activation, Licence)
        .join(User, on=(StockMovement.by == User.id), attr="by")
        .switch(StockMovement)
        .join(Activation, JOIN.LEFT_OUTER, on=(StockMovement.activation == Activation.id), attr="activation")
        .switch(StockMovement)
        .join(Licence, JOIN.LEFT_OUTER, on=(StockMovement.for_product == Licence.id), attr="for_product")
        .where(StockMovement.holder == place.holder_id, StockMovement.product == place.product_id)
        .order_by(StockMovement.id.desc())
    )


def licences_with_users(product):
    """The licences these additional users are sold for (001-15)."""
    fits = Fit.select(Fit, Product).join(Product, on=(Fit.for_product == Product.id)).where(Fit.product == product)
    return [fit.for_product for fit in fits]
