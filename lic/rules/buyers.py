"""Those who buy from the distributor, resellers and direct customers, and how it deals with them (002-08, Q)."""

from lic.models import N_, Order, OrderState, Organisation, OrganisationKind, PriceList, User, UserType, tx
from lic.rules import Reason, journal, organisations, refuse_if, users, vat

TERMS = ("price_list", "approver", "account_manager", "channel", "reseller_approval")
TAXES = ("tax_rate_bp", "tax_code", "tax_note")
WAITING = [OrderState.CART, *(state for state in OrderState if state.is_pending)]


def all_of_them():
    """Resellers and direct customers, by name; these have a price list, by which they are found among the customers."""
    direct = (Organisation.price_list > 0) & (Organisation.direct == True)  # noqa: E712
    return (
        Organisation.select()
        .where(
            (Organisation.kind == OrganisationKind.RESELLER) | direct,
            Organisation.cancelled_at.is_null(),
        )
        .order_by(Organisation.name, Organisation.id)
    )


def with_terms():
    """All of them, with their price list and their approver at hand: few lists and people stand beside many of them."""
    found = list(all_of_them())
    lists = {row.id: row for row in PriceList.select()}
    approvers = {row.id: row for row in User.select().where(User.id.in_({row.approver_id for row in found} - {None}))}
    for row in found:
        row.price_list, row.approver = lists.get(row.price_list_id), approvers.get(row.approver_id)
    return found


def resellers():
    """Whom a customer can be given to, by name."""
    return list(
        Organisation.select()
        .where(Organisation.kind == OrganisationKind.RESELLER, Organisation.cancelled_at.is_null())
        .order_by(Organisation.name, Organisation.id)
    )


def staff(house):
    """Who of the distributor may approve orders or manage accounts."""
    return list(
        User.select()
        .where(User.organisation == house.id, User.type == UserType.ADMINISTRATOR, User.active == True)  # noqa: E712
        .order_by(User.last_name, User.first_name)
    )


def new(direct, house, administrator, by, at, **given):
    """A reseller, or a direct customer, whose first administrator is invited.

    administrator: the fields of a user, or None; given: the organisation's own, TERMS and TAXES.
    """
    kind = OrganisationKind.CUSTOMER if direct else OrganisationKind.RESELLER
    with tx():
        buyer = Organisation(kind=kind, direct=direct, reseller=house if direct else None, **given)
        refuse_if(why_not_without_prices(buyer) or vat.why_not_of_buyer(buyer.tax_code, buyer.tax_rate_bp))
        organisations.check(buyer)
        buyer.save()
        journal.record("organisation.made", buyer, by=by, at=at, after=organisations.told(buyer) | told(buyer))
        if administrator:
            users.new(buyer, by, at, **administrator, type=UserType.ADMINISTRATOR, may_declare=True)
    return buyer


def why_not_without_prices(buyer):
    if buyer.direct and not buyer.price_list_id:
        return Reason(N_("A direct customer needs a price list."), rule="Q")
    return None


def why_not_price_list(buyer, price_list):
    """Why a buyer cannot move to this list: what waits was computed in the currency of the old one (data.md c)."""
    old = buyer.price_list
    if old is None or (price_list and price_list.currency == old.currency):
        return None
    waiting = Order.select(Order.id).where(Order.buyer == buyer.id, Order.state.in_(WAITING))
    if not waiting.exists():
        return None
    return Reason(
        N_("%(company)s has a cart or an order in %(currency)s, which must end first."),
        company=buyer,
        currency=old.currency,
        rule="O",
    )


def deal(buyer, by, at, **given):
    """Change how a buyer is dealt with (TERMS, TAXES). What was ordered before keeps its conditions."""
    with tx():
        buyer = buyer.again()
        refuse_if(organisations.why_not_change(buyer))
        refuse_if(why_not_price_list(buyer, given.get("price_list", buyer.price_list)))
        before = told(buyer)
        for name, value in given.items():
            setattr(buyer, name, value)
        refuse_if(why_not_without_prices(buyer) or vat.why_not_of_buyer(buyer.tax_code, buyer.tax_rate_bp))
        if told(buyer) != before:
            buyer.save()
            journal.record("organisation.changed", buyer, by=by, at=at, before=before, after=told(buyer))
    return buyer


def change(buyer, own, terms, by, at):
    """Both at once: what it says of itself (KEPT of organisations) and how it is dealt with (TERMS, TAXES)."""
    with tx():
        organisations.change(buyer, by, at, **own)
        return deal(buyer, by, at, **terms)


def customer_count(buyer):
    return (
        Organisation.select(Organisation.id)
        .where(Organisation.reseller == buyer.id, Organisation.cancelled_at.is_null())
        .count()
    )


def told(buyer):
    """What the audit trail keeps."""
    values = {name: getattr(buyer, name) for name in TERMS + TAXES}
    return {name: value.name if isinstance(value, PriceList | User) else value for name, value in values.items()}
