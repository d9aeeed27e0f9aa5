"""A client is cancelled: all it had ends, in one transaction; invoices and the audit trail keep it (001-03..06)."""

from collections import Counter
from dataclasses import dataclass

from lic.models import (
    N_,
    Address,
    ApiToken,
    ChangeState,
    Contract,
    Incident,
    IncidentState,
    MovementKind,
    Order,
    OrderState,
    Period,
    ScheduledChange,
    Subscription,
    User,
    tx,
)
from lic.rules import Reason, activations, contracts, journal, refuse_if, stock, subscriptions, users

_OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)
SHOWN = 2  # of a masked tax number, its last characters

journal.tells("customer.cancelled", journal.Tell(lambda customer, event: journal.administrators(customer.reseller)))


@dataclass(frozen=True)
class Effect:
    """What cancelling a client ends, counted before it is confirmed."""

    licences: tuple  # (product, how many return to stock)
    contracts: int  # that stay with the reseller, without a customer
    users: int  # who lose their access
    given_back: tuple  # (product, how many): a direct customer's own stock, which ends with the month
    subscriptions: int  # that would renew themselves, and end with the period they are in instead
    incidents: int  # that stay open with the reseller

    @property
    def activations(self):
        return sum(count for _, count in self.licences)


def effect(customer):
    """What cancelling this customer would do now (001-04..06)."""
    counted = Counter(activation.product for activation in activations.of(customer))
    returning = dict(counted) if customer.direct else {}
    own = {place.product: place.quantity for place in stock.places(customer)} if customer.direct else {}
    left = {product: own.get(product, 0) + returning.get(product, 0) for product in {**own, **returning}}
    return Effect(
        licences=tuple(sorted(counted.items(), key=lambda item: item[0].reference)),
        contracts=Contract.select().where(Contract.customer == customer).count(),
        users=_people(customer).count(),
        given_back=tuple((product, count) for product, count in left.items() if count),
        subscriptions=sum(1 for one in _renewing(customer) if one.base_id is None),
        incidents=Incident.select().where(Incident.customer == customer, Incident.state.not_in(_OVER)).count(),
    )


def running(customer, today):
    """How many of its subscriptions run on to a last day they have anyway: nothing renews them."""
    going = Subscription.select().join(Period).where(Subscription.customer == customer, Period.ends_on >= today)
    going = going.where(Subscription.base.is_null(), Subscription.auto_renew == False)  # noqa: E712
    return going.distinct().count()


def why_not_cancel(customer):
    """Why a client cannot be cancelled, or None if it can."""
    if not customer.is_customer:
        return Reason(N_("%(name)s is not a customer."), name=customer)
    if customer.cancelled_at:
        return Reason(N_("%(name)s was cancelled on %(at)s."), name=customer, at=customer.cancelled_at)
    waiting = [state for state in OrderState if state.is_pending]
    order = Order.select().where(Order.buyer == customer, Order.state.in_(waiting)).first()
    if order:
        return Reason(
            N_("Order no. %(number)s of %(name)s is still pending: it must be decided first."),
            number=order.number,
            name=customer,
        )
    return None


def cancel(customer, by, at):
    """End all a client has; nothing of it is lost to those who keep the books.

    Its contracts stay with the reseller, as contracts without a customer (002-12).
    """
    with tx():
        customer = customer.again()
        refuse_if(why_not_cancel(customer))
        ended = effect(customer)
        before = {"name": customer.name, "tax_number": customer.tax_number}
        _end_activations(customer, by, at)
        stock.give_back_all(customer, by, at)
        for contract in Contract.select().where(Contract.customer == customer):
            contracts.belong(contract, None)
        for address in Address.select().where(Address.organisation == customer, Address.removed_at.is_null()):
            address.removed_at = at.at
            address.save()
        _renew_no_more(customer, by, at)
        _shut_out(customer, at)
        customer.tax_number = masked(customer.tax_number)
        customer.cancelled_at = at.at
        customer.save()
        counts = {"activations": ended.activations, "contracts": ended.contracts, "users": ended.users}
        journal.record("customer.cancelled", customer, by, at, before=before, after=counts)
        return customer


def _end_activations(customer, by, at):
    """All end together; the licences return to the stocks they came from, in one movement each (S, Licence stock)."""
    returning = Counter()
    for activation in activations.of(customer):
        activation.ended_at, activation.ended_by = at.at, by
        activation.save()
        journal.record("activation.ended", activation, by, at, after={"code": activation.code})
        returning[activation.holder, activation.product] += 1
    for (holder, product), count in returning.items():
        stock.move(holder, product, count, MovementKind.CANCELLED_CUSTOMER, by, at, reason=customer.name)


def _renewing(customer):
    """Its subscriptions, and their modules, that would go on by themselves."""
    return Subscription.select().where(
        *(Subscription.customer == customer, Subscription.cancelled_on.is_null()),
        Subscription.auto_renew == True,  # noqa: E712
    )


def _renew_no_more(customer, by, at):
    """Nobody is billed for a client that is gone: what renews itself ends with the period that is paid."""
    for subscription in list(_renewing(customer)):
        subscription.auto_renew = False
        subscription.save()
        if subscription.base_id is None:
            after = {"number": subscription.number, "auto_renew": False}
            journal.record("subscription.auto_renewal", subscription, by, at, after=after)
    mine = Subscription.select(Subscription.id).where(Subscription.customer == customer)
    scheduled = ScheduledChange.subscription.in_(mine), ScheduledChange.state == ChangeState.SCHEDULED
    for change in ScheduledChange.select().where(*scheduled, ScheduledChange.kind == "change_type"):
        if not change.inputs.get("order_line"):  # it would go on month by month
            subscriptions.drop_change(change, by, at)


def _people(customer):
    return User.select().where(User.organisation == customer, User.active == True)  # noqa: E712


def _shut_out(customer, at):
    for user in _people(customer):
        user.active = False
        user.save()
        users.shut_out(user, at)
        ApiToken.update(revoked_at=at.utc).where(ApiToken.user == user, ApiToken.revoked_at.is_null()).execute()


def masked(tax_number):
    """What is left to see of a tax number (001-06)."""
    return "•" * (len(tax_number) - SHOWN) + tax_number[-SHOWN:] if tax_number else ""
