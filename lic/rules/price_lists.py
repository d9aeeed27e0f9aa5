"""Price lists as the distributor keeps them: a price never changes in place, a new one begins on a day (data.md e)."""

from peewee import JOIN, fn

from lic.models import N_, Basis, Organisation, Price, PriceList, Product, tx
from lic.rules import Reason, journal, products, refuse_if

CURRENCIES = ("EUR", "BRL", "USD", "GBP", "CHF")
MOST_CENTS = 100_000_000_00  # above that it is a mistake


def all_of_them():
    return list(PriceList.select().order_by(PriceList.name))


def with_users():
    """The price lists, each with the number of companies that buy by it as `users`."""
    query = PriceList.select(PriceList, fn.COUNT(Organisation.id).alias("users"))
    return list(query.join(Organisation, JOIN.LEFT_OUTER).group_by(PriceList.id))


def why_not_name(name):
    if PriceList.select().where(PriceList.name == name).exists():
        return Reason(N_("There is already a price list “%(name)s”."), name=name, rule="001-16")
    return None


def new(name, currency, by, at):
    with tx():
        refuse_if(why_not_name(name))
        price_list = PriceList.create(name=name, currency=currency)
        after = {"name": name, "currency": currency}
        journal.record("price_list.made", price_list, by=by, at=at, after=after)
    return price_list


def why_not_price(price_list, product, basis, cents, bonus_every, valid_from, today):
    """Why a list cannot have this price from that day on."""
    if basis not in products.BASES[product.kind]:
        return Reason(N_("%(product)s is not sold %(basis)s."), product=product, basis=basis, rule="O")
    if not 0 <= cents <= MOST_CENTS:
        return Reason(N_("This is no price."), rule="O")
    if bonus_every is not None and basis is not Basis.LICENCE_MONTH:
        return Reason(N_("A bonus stands on the price per licence per month."), rule="001-19")
    if valid_from < today:
        return Reason(N_("A price begins today or later: what was ordered keeps the old one."), rule="R5")
    if _on(price_list, product, basis, valid_from):
        return Reason(N_("There is already a price from %(day)s; choose another day."), day=valid_from, rule="O")
    return None


def _on(price_list, product, basis, day):
    return Price.get_or_none(
        Price.price_list == price_list.id, Price.product == product.id, Price.basis == basis, Price.valid_from == day
    )


def set_price(price_list, product, basis, cents, bonus_every, valid_from, by, at):
    """A new price from a day on; the one before stays valid until then."""
    with tx():
        refuse_if(why_not_price(price_list, product, basis, cents, bonus_every, valid_from, at.day))
        price = Price.create(
            price_list=price_list,
            product=product,
            basis=basis,
            cents=cents,
            bonus_every=bonus_every,
            valid_from=valid_from,
        )
        journal.record("price.set", price_list, by=by, at=at, after=told(price) | {"product": product.reference})
    return price


def why_not_withdraw(price, today):
    if price.valid_from <= today:
        return Reason(N_("This price has begun; set a new one from another day."), rule="R5")
    return None


def withdraw(price, by, at):
    """A price that has not begun never will."""
    with tx():
        price = price.again()
        refuse_if(why_not_withdraw(price, at.day))
        before = told(price) | {"product": price.product.reference}
        price_list = price.price_list
        price.delete_instance()
        journal.record("price.withdrawn", price_list, by=by, at=at, before=before)


def in_force(price_list, today):
    """The prices in force on a day and those to come, each with its product at hand and whether it is `coming`."""
    found = {}
    prices = Price.select(Price, Product).join(Product).where(Price.price_list == price_list.id)
    for price in prices.order_by(Price.valid_from):
        price.coming = price.valid_from > today
        rows = found.setdefault((price.product_id, price.basis), [])
        rows[:] = [*rows, price] if price.coming else [price]
    return [price for rows in found.values() for price in rows]


def buyers_of(price_list):
    return list(Organisation.select().where(Organisation.price_list == price_list.id).order_by(Organisation.name))


def told(price):
    """What the audit trail keeps."""
    return {
        "basis": price.basis.value,
        "amount_cents": price.cents,
        "currency": price.price_list.currency,
        "bonus_every": price.bonus_every,
        "from_on": price.valid_from.isoformat(),
    }
