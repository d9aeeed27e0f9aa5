"""Who must decide on an order next, and who hears of what happens to it (000-23, 000-24, 003-02..04, 004-08)."""

from lic.models import EVERYBODY, OrderState, scope
from lic.rules import journal, parameters


def approver_of(buyer):
    """The person named for this buyer, else the distributor's first administrator (000-23)."""
    with scope(EVERYBODY):  # the buyer's scope need not show who else works for the house
        if buyer.approver_id and buyer.approver.active:
            return buyer.approver
        return next(iter(journal.distributor_administrators()), None)


def confirmers(buyer, but):
    """The administrators of a reseller that may confirm what one of them ordered (001-24..27)."""
    return [user for user in journal.administrators(buyer) if user.id != but.id]


def needs_confirmation(buyer):
    """Whether a second administrator confirms its orders first: it says so itself, or its price list (001-24, P)."""
    listed = buyer.is_reseller and parameters.of(buyer.price_list).reseller_approval == "on"
    return buyer.reseller_approval or listed


def of(order, event=None):
    """Who must act next: the reseller's other administrators, or the approver; nobody where it is decided by itself."""
    if event and (event.after or {}).get("by_itself"):
        return []
    if order.state is OrderState.TO_CONFIRM:
        return confirmers(order.buyer, but=order.placed_by)
    approver = order.approver if order.approver_id and order.approver.active else None
    return [approver] if approver else journal.distributor_administrators()


def orderer(order, event=None):
    return [order.placed_by]


ASKS = journal.Tell(of, letter="order_approval")  # with the link that decides
RECAP = journal.Tell(orderer, letter="order_recap", drawer=False, even_who_did_it=True)  # names the approver
STATUS = journal.Tell(orderer, letter="order_status")
KINDS = {
    "order.to_confirm": (ASKS, RECAP),
    "order.submitted": (ASKS, RECAP, journal.Tell(orderer)),
    "order.info_requested": (STATUS,),
    "order.answered": (ASKS,),
    "order.approved": (STATUS,),
    "order.rejected": (STATUS,),
    "order.cancelled": (STATUS, journal.Tell(of, letter="order_status")),
    "order.expired": (STATUS, journal.Tell(of)),
}
for kind, told in KINDS.items():
    journal.tells(kind, *told)
journal.tells("order.reminded", journal.Tell(of, letter="order_approval", drawer=False, even_who_did_it=True))
