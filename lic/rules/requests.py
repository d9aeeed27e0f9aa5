"""What a reseller's customer asks its reseller to order, because it never sees a price itself (rules.md Q)."""

from lic.models import N_, Labelled, read_once, tx
from lic.rules import Reason, journal, refuse_if


class Wanted(Labelled):
    """What may be asked for a subscription."""

    RENEWAL = "renewal", N_("Renewal")
    SEATS = "seats", N_("Added seats")
    CHANGE = "change", N_("Another change")


journal.tells(
    "subscription.asked",
    journal.Tell(lambda subscription, event: journal.administrators(subscription.holder), letter="event"),
)


def why_not_ask(subscription, wanted, today):
    """Why a customer cannot ask its reseller for this today, or None if it can."""
    if subscription.sold_by:
        return Reason(
            N_("It was bought from %(seller)s: renew and change it there. %(contact)s"),
            rule="003-13",
            seller=subscription.sold_by,
            contact=subscription.sold_by_contact,
        )
    if wanted in asked(subscription, today):
        return Reason(N_("Your reseller has been asked today."), rule="Q")
    return None


def ask(subscription, wanted, by, at):
    """The reseller's administrators hear of it, once a day for each thing."""
    with tx():
        refuse_if(why_not_ask(subscription.again(), wanted, at.day))
        after = {"wanted": wanted.value, "on": at.day.isoformat()}
        journal.record("subscription.asked", subscription, by, at, after=after)


def asked(subscription, today):
    """What has been asked for this subscription on this business day."""
    history = read_once(subscription, "history", lambda: journal.history(subscription))
    events = [event for event in history if event.kind == "subscription.asked"]
    return {Wanted(event.after["wanted"]) for event in events if event.after["on"] == today.isoformat()}
