"""A licence from stock in use by one customer: activated, cancelled, replaced (001-07..11, 001-28..30)."""

import secrets

from lic.models import N_, Activation, MovementKind, Organisation, ProductKind, tx
from lic.rules import Reason, journal, organisations, refuse_if, stock, taxes

AT_ONCE = 100  # each gets its code and key
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no I, L, O, 0, 1: they are read over the telephone
OBSERVATION = 500  # characters


def _its_people(activation, event):
    """The customer's administrators, once for all that were activated together."""
    return journal.administrators(activation.customer) if event.after.get("nth", 1) == 1 else []


journal.tells("activation.made", journal.Tell(_its_people, letter="event"))
journal.tells("activation.cancelled", journal.Tell(_its_people))


# --- activating ----------------------------------------------------------------------------------


def why_not_activate(holder, product, customer, quantity, tax_number=""):
    """Why so many licences of this stock cannot be activated for a customer, or None if they can."""
    if customer.cancelled_at or holder.id not in (customer.reseller_id, customer.direct and customer.id):
        return Reason(N_("%(name)s is not one of your customers."), name=customer)
    if product.kind is not ProductKind.LICENCE:
        return Reason(N_("%(product)s is not activated."), product=product)
    if quantity < 1:
        return Reason(N_("Activate at least 1."))
    if reason := stock.why_not_take(holder, product, quantity):
        return reason
    if quantity > AT_ONCE:
        return Reason(N_("At most %(most)s licences are activated at once."), most=AT_ONCE)
    return why_not_bind(customer, tax_number) or why_not_without(product, customer)


def why_not_bind(customer, tax_number):
    """An activation is bound to the customer's tax number (001-30): why it cannot be with what was typed, or None."""
    typed = taxes.compact(customer.country, tax_number)
    if not (customer.tax_number or typed):
        return Reason(
            N_("An activation is bound to the customer's tax number, and %(name)s has none yet: enter it here."),
            rule="001-30",
            name=customer,
        )
    if customer.tax_number and typed and typed != customer.tax_number:
        return Reason(
            N_("%(name)s already has the tax number %(number)s."),
            rule="001-30",
            name=customer,
            number=taxes.shown(customer.country, customer.tax_number),
        )
    return None


def why_not_without(product, customer):
    """Some licences stand on another (Módulo SPED on Gestão Completo): why not for this customer, or None."""
    if product.requires_id is None or _in_use(customer, product.requires_id).exists():
        return None
    return Reason(
        N_("%(product)s is activated only for a customer with an active %(base)s."),
        rule="001-13",
        product=product,
        base=product.requires,
    )


def activate(holder, product, customer, by, at, quantity=1, observation="", tax_number="", key=None):
    """Take licences from stock and bind them to a customer; each gets a code and a key nobody else has.

    `key` is the form's: one that is sent twice activates once (safety.md 28).
    """
    with tx():
        if twins := sent_before(by, key):
            return twins
        customer = customer.again()
        refuse_if(why_not_activate(holder, product, customer, quantity, tax_number))
        if not customer.tax_number:
            customer = organisations.change(customer, by, at, tax_number=tax_number)
        made = [
            _activate(holder, product, customer, observation, by, at, nth=nth, quantity=quantity)
            for nth in range(1, quantity + 1)
        ]
        if key:
            made[0].idempotency = f"{by.id}:{key}"
            made[0].save()
        return made


def sent_before(by, key):
    """What a form with this key activated already, all of it; nothing as long as it is new."""
    first = key and Activation.get_or_none(Activation.idempotency == f"{by.id}:{key}")
    if not first:
        return []
    together = Activation.select().where(
        Activation.customer == first.customer_id,
        Activation.product == first.product_id,
        Activation.by == first.by_id,
        Activation.at == first.at,
    )
    return list(together.order_by(Activation.id))


def _activate(holder, product, customer, observation, by, at, **told):
    activation = Activation.create(
        **customer.owner,
        holder=holder,
        product=product,
        code=_unused(Activation.code, 3, 4),
        key=_unused(Activation.key, 5, 5),
        observation=observation.strip()[:OBSERVATION],
        by=by,
        at=at.at,
    )
    stock.move(holder, product, -1, MovementKind.ACTIVATION, by, at, activation=activation)
    journal.record("activation.made", activation, by, at, after=_facts(activation) | told)
    return activation


def _unused(field, groups, length):
    """Groups of letters and digits that are easy to read out, and that no other row has."""
    while True:
        made = "-".join("".join(secrets.choice(LETTERS) for _ in range(length)) for _ in range(groups))
        if not Activation.select().where(field == made).exists():
            return made


def _facts(activation):
    return {
        "product": activation.product.reference,
        "customer": activation.customer.name,
        "tax_number": activation.customer.tax_number,
        "code": activation.code,
    }


# --- ending --------------------------------------------------------------------------------------


def why_not_cancel(activation):
    """Why an activation cannot be cancelled, or None if it can."""
    if activation.ended_at:
        return Reason(N_("This activation ended on %(at)s."), rule="001-10", at=activation.ended_at)
    if standing := standing_on(activation):
        return Reason(
            N_("%(product)s stands on this licence: cancel it first."), rule="001-13", product=standing[0].product
        )
    return None


def standing_on(activation):
    """The activations that would lose their base with this one, to be cancelled before it."""
    if activation.ended_at or _in_use(activation.customer, activation.product_id).count() > 1:
        return []
    return [row for row in _in_use(activation.customer) if row.product.requires_id == activation.product_id]


def cancel(activation, by, at):
    """End one activation; its licence returns to the stock it came from (001-10)."""
    with tx():
        activation = activation.again()
        refuse_if(why_not_cancel(activation))
        return end(activation, by, at)


def end(activation, by, at):
    """The licence returns, the activation stays in the history; for a transaction that asked why not."""
    activation.ended_at, activation.ended_by = at.at, by
    activation.save()
    stock.move(
        *(activation.holder, activation.product, 1, MovementKind.CANCELLED_ACTIVATION, by, at), activation=activation
    )
    journal.record("activation.cancelled", activation, by, at, after=_facts(activation))
    return activation


def why_not_replace(activation):
    """Why an activation cannot be replaced, or None if it can."""
    if activation.ended_at:
        return Reason(N_("This activation ended on %(at)s."), rule="001-11", at=activation.ended_at)
    return why_not_without(activation.product, activation.customer)


def replace(activation, by, at, observation=""):
    """Cancel and activate in one: the same licence for the same customer with a new code and key (001-11)."""
    with tx():
        activation = activation.again()
        refuse_if(why_not_replace(activation))
        end(activation, by, at)
        new = _activate(activation.holder, activation.product, activation.customer, observation, by, at)
        activation.replaced_by = new
        activation.save()
        return new


# --- whose ---------------------------------------------------------------------------------------


def customers(holder):
    """For whom this partner's licences may be activated: its customers, or the direct customer itself."""
    if holder.direct:
        return [holder]
    query = Organisation.select().where(Organisation.reseller == holder, Organisation.cancelled_at.is_null())
    return list(query.order_by(Organisation.name, Organisation.id))


def of(customer):
    """The licences a customer has in use."""
    return list(_in_use(customer))


def _in_use(customer, product=None):
    query = Activation.select().where(Activation.customer == customer, Activation.ended_at.is_null())
    return query.where(Activation.product == product) if product else query


def left(holder):
    """[(product, how many are free to activate)] of a stock."""
    return [
        (place.product, place.quantity) for place in stock.places(holder) if place.product.kind is ProductKind.LICENCE
    ]
