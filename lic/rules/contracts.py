"""Service contracts: what they cover and until when, extending them, and whose they are."""

from dataclasses import dataclass
from datetime import date

from lic.models import (
    N_,
    Article,
    Contract,
    Coverage,
    Fit,
    Incident,
    Organisation,
    Product,
    ProductKind,
    read_once,
    tx,
)
from lic.rules import Reason, journal, parameters, prices, refuse_if
from lic.rules.calendar import days, extended, grace_end, status

journal.tells("contract.recorded", journal.Tell(lambda contract, event: journal.administrators(contract.reseller)))
journal.tells(
    "contract.extension_asked",
    journal.Tell(lambda contract, event: journal.administrators(contract.reseller), letter="event"),
)


def _those_concerned(contract, event):
    """The administrators of who sells it and of who owns the hardware."""
    people = journal.administrators(contract.reseller)
    return people + (journal.administrators(contract.customer) if contract.customer_id else [])


journal.tells("contract.extended", journal.Tell(_those_concerned))
journal.tells("contract.customer_given", journal.Tell(_those_concerned))


# --- extending (002-27, 002-28, rules.md O) ------------------------------------------------------


def why_not_extend(contract, product, today):
    """Why this extension cannot be ordered for this contract today, or None if it can."""
    if contract.sold_by:
        return Reason(
            N_("This contract was sold by %(seller)s: it is renewed there."), rule="003-13", seller=contract.sold_by
        )
    if product.kind is not ProductKind.EXTENSION or not product.months or not product.active:
        return Reason(N_("%(product)s is not an extension on sale."), rule="002-27", product=product)
    if product not in _fitting(contract):
        return Reason(N_("%(product)s is not made for this product."), rule="002-27", product=product)
    last = grace_end(contract.ends_on, grace_days(contract, product))
    if today > last:
        return Reason(N_("This contract could be extended until %(day)s."), rule="002-27", day=last)
    if offer(contract, product, today) is None:
        return Reason(N_("%(product)s is not on your price list."), rule="002-27", product=product)
    return None


def extend(contract, order_line, by, at):
    """An ordered extension adds a period after the last one, whatever the day of approval (X13, R6)."""
    with tx():
        contract, product = contract.again(), order_line.product
        added, before = extended(contract.ends_on, product.months), contract.ends_on
        owner = {"reseller": contract.reseller_id, "customer": contract.customer_id}
        Coverage.create(
            **owner, contract=contract, starts_on=added.from_on, ends_on=added.to_on, order_line=order_line.id
        )
        contract.ends_on = added.to_on
        contract.extended_months += product.months
        contract.save()
        journal.record(
            *("contract.extended", contract, by, at),
            before={"ends_on": before.isoformat()},
            after={"ends_on": added.to_on.isoformat(), "product": product.reference},
        )
        return contract


def _fitting(contract):
    """The extensions made for what it covers first, whether they are on sale or not."""

    def find():
        main = main_article(contract)
        made = Product.select().join(Fit, on=(Fit.product == Product.id))
        return list(made.where(Fit.for_reference == main.reference)) if main else []

    return read_once(contract, "fitting", find)


@dataclass(frozen=True)
class Extension:
    """An extension that can be ordered now, what it costs and until when it protects."""

    product: Product
    unit_cents: int
    currency: str
    ends_on: date


def offers(contract, today):
    """The extensions that can be ordered for a contract today (002-27)."""
    return [
        Extension(
            product,
            offer(contract, product, today).unit_cents,
            buyer(contract).price_list.currency,
            extended(contract.ends_on, product.months).to_on,
        )
        for product in _fitting(contract)
        if not why_not_extend(contract, product, today)
    ]


def references(products):
    """{extension's id: the references it is made for}: what one looks for to find a contract to extend."""
    found = {}
    for fit in Fit.select().where(Fit.product.in_(products), Fit.for_reference.is_null(False)).order_by(Fit.id):
        found.setdefault(fit.product_id, []).append(fit.for_reference)
    return found


# --- whose it is (002-12) --------------------------------------------------------------------------


def why_not_give(contract, customer):
    """Why a contract cannot be given to this customer, or None if it can: only while it has none."""
    if contract.customer_id:
        return Reason(N_("This contract already belongs to %(name)s."), rule="002-12", name=contract.customer)
    if not customer.is_customer or customer.cancelled_at or customer.reseller_id != contract.reseller_id:
        return Reason(
            N_("%(name)s is not a customer of %(reseller)s."), rule="002-12", name=customer, reseller=contract.reseller
        )
    return None


def candidates(contract):
    """The customers a contract without one can be given to."""
    query = Organisation.select().where(
        Organisation.reseller == contract.reseller_id, Organisation.cancelled_at.is_null()
    )
    return list(query.order_by(Organisation.name, Organisation.id))


def give(contract, customer, by, at):
    """A contract without a customer gets one."""
    with tx():
        contract = contract.again()
        refuse_if(why_not_give(contract, customer))
        belong(contract, customer)
        journal.record("contract.customer_given", contract, by, at, after={"customer": customer.name})
        return contract


def why_not_take_back(contract):
    """Why a contract cannot be taken back from its customer, or None if it can: only until something came of it."""
    if not contract.customer_id:
        return Reason(N_("This contract has no customer yet."), rule="002-12")
    if Incident.select().where(Incident.contract == contract, Incident.customer == contract.customer).exists():
        return Reason(
            N_("An incident of %(name)s was declared on this contract: it stays with it."),
            rule="002-12",
            name=contract.customer,
        )
    return None


def take_back(contract, by, at):
    """A contract given to the wrong customer has none again."""
    with tx():
        contract = contract.again()
        refuse_if(why_not_take_back(contract))
        customer = contract.customer
        belong(contract, None)
        facts = {"customer": customer.name}
        journal.record("contract.taken_back", contract, by, at, before=facts, after=facts)
        return contract


def belong(contract, customer):
    """Whose a contract and all that hangs on it is from now on, None for nobody's; for a transaction that asked."""
    contract.customer = customer
    contract.save()
    for row in (*articles(contract), *coverages(contract)):
        row.customer = customer
        row.save()


# --- asking one's reseller (rules.md Q) ------------------------------------------------------------


def why_not_ask(contract, product, today):
    """Why a customer cannot ask its reseller for this extension today, or None if it can."""
    if reason := why_not_extend(contract, product, today):
        return reason
    if asked(contract, today):
        return Reason(N_("Your reseller has been asked today."), rule="002-29")
    return None


def ask(contract, product, by, at):
    """A reseller's customer asks for an extension; its reseller hears of it, once a day."""
    with tx():
        refuse_if(why_not_ask(contract.again(), product, at.day))
        journal.record(
            "contract.extension_asked", contract, by, at, after={"product": product.reference, "on": at.day.isoformat()}
        )


def asked(contract, today):
    """Whether an extension of this contract was asked for on this business day."""
    events = [event for event in journal.history(contract) if event.kind == "contract.extension_asked"]
    return any(event.after["on"] == today.isoformat() for event in events)


# --- what is known of a contract -----------------------------------------------------------------


def numbered(number):
    """The contract of this number, with whose it is at hand."""
    return Contract.with_owners().where(Contract.number == number).get()


def buyer(contract):
    """Who orders for a contract: its direct customer, else its reseller; None when it is nobody's yet."""
    if contract.customer_id and contract.customer.direct:
        return contract.customer
    return contract.reseller if contract.reseller.is_buyer else None


def offer(contract, product, today):
    """An extension as the buyer's list sells it, or None where it does not."""
    who = buyer(contract)
    return prices.offer(product, who.price_list, today) if who and who.price_list_id else None


def grace_days(contract, product=None):
    """How long after its end a contract can still be extended (000-43)."""
    who = buyer(contract)
    return parameters.of(who and who.price_list, product).grace_days


def state(contract, today):
    """Where a contract stands, from its dates."""
    return status(contract.starts_on, contract.ends_on, grace_days(contract), today)


@dataclass(frozen=True)
class Progress:
    """How much of its warranty a contract has used, in days, today counted as used."""

    used: int
    left: int

    @property
    def percent(self):
        return round(100 * self.used / (self.used + self.left), 1)


def progress(contract, today):
    whole = days(contract.starts_on, contract.ends_on)
    used = min(days(contract.starts_on, today), whole)
    return Progress(used, whole - used)


def extendable_until(contract):
    """The last day on which it can still be extended."""
    return grace_end(contract.ends_on, grace_days(contract))


def main_article(contract):
    return next((article for article in articles(contract) if article.main), None)


def articles(contract):
    """What a contract covers, the main unit first (002-24, 002-26)."""
    found = Article.select().where(Article.contract == contract).order_by(Article.main.desc(), Article.id)
    return read_once(contract, "articles", lambda: list(found))


def coverages(contract):
    """The periods of a contract, newest first."""
    return list(Coverage.select().where(Coverage.contract == contract).order_by(Coverage.starts_on.desc()))
