"""Renewal quotes: the distributor offers a renewal at the prices of a day, the buyer orders it with one click (003-19).

The prices a quote names are held to its last day, as those of an order are (R5).
"""

from dataclasses import asdict
from datetime import date, timedelta
from types import SimpleNamespace

from lic.models import N_, Operation, OrderLine, Product, Quote, SubscriptionType, tx
from lic.rules import (
    Reason,
    Refused,
    board,
    cart,
    holdings,
    journal,
    numbers,
    previews,
    refuse_if,
    subscriptions,
    vat,
    wishes,
)
from lic.rules.calendar import grace_end, months_left
from lic.rules.holdings import Prices
from lic.rules.pricing import Tax, from_cents, to_cents, totals

FIRST = 1001
VALID = timedelta(days=30)

journal.tells(
    "quote.sent",
    journal.Tell(lambda quote, event: journal.administrators(quote.subscription.holder), letter="event"),
)


# --- making one ----------------------------------------------------------------------------------


def why_not_quote(subscription, by, today):
    """Why no quote can be made for its renewal today, or None if one can."""
    if reason := board.why_not_note(subscription, by, today) or cart.why_waits(subscription):
        return reason
    try:
        _preview(subscription, today)
    except Refused as refused:
        return refused.reason
    return None


def _preview(subscription, today):
    """As it stands: the same seats, and for a term as many months as the last one had."""
    prices = Prices.of(subscription.holder, today)
    return previews.renew(prices, holdings.held(subscription), today, months=_months(subscription))


def _months(subscription):
    last = holdings.held(subscription, with_modules=False).last
    return months_left(last, last.from_on) if subscription.type is SubscriptionType.TERM else None


def make(subscription, by, at):
    """A quote the buyer's administrators are told of, valid for 30 days but never past the days of grace."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_quote(subscription, by, at.day))
        found = _preview(subscription, at.day)
        last = grace_end(holdings.periods(subscription)[-1].ends_on, subscriptions.grace_days(subscription))
        asked = {"quantity": found.quantity, "months": _months(subscription)}
        quote = Quote.create(
            **subscription.holder.owner,  # the buyer's: its customer never sees a price
            number=numbers.next_number("quote", first=FIRST),
            subscription=subscription,
            inputs={
                "asked": {name: value for name, value in asked.items() if value is not None},
                "prices": found.prices,
                "lines": [_kept(item, found.tax) for item in found.items if not item.owed],
                "language": subscription.holder.language,
            },
            net_cents=to_cents(found.totals.net),
            currency=found.currency,
            valid_until=min(at.day + VALID, last),
            made_at=at.at,
        )
        after = {"number": quote.number, "subscription": subscription.number}
        after |= {"valid_on": quote.valid_until.isoformat(), "net_cents": quote.net_cents, "currency": quote.currency}
        journal.record("quote.sent", quote, by, at, after=after)
        return quote


def _kept(item, tax):
    line = item.line
    kept = {"product": item.product.id, "quantity": line.quantity, "unit_cents": to_cents(line.unit)}
    kept |= {"numerator": line.numerator, "denominator": line.denominator, "net_cents": line.net_cents}
    kept |= {"from_on": line.from_on.isoformat(), "to_on": line.to_on.isoformat()}
    return kept | {"tax": asdict(vat.over(tax, item.product))}


# --- found ---------------------------------------------------------------------------------------


def numbered(number):
    """A quote of the scope."""
    return Quote.get(Quote.number == number)


def of(subscription):
    """The quotes of a subscription within the scope, the newest first."""
    return list(Quote.select().where(Quote.subscription == subscription.id).order_by(Quote.id.desc()))


def lines(quote):
    """Its lines, each with its product."""
    return [SimpleNamespace(**row | _read(row)) for row in quote.inputs["lines"]]


def _read(row):
    days = {name: date.fromisoformat(row[name]) for name in ("from_on", "to_on")}
    return days | {"product": Product.get_by_id(row["product"])}


def sums(quote):
    """Its totals, VAT on the sum of each rate (R4)."""
    return totals((from_cents(row["net_cents"]), Tax(**row["tax"])) for row in quote.inputs["lines"])


def ordered(quote):
    """The order it was turned into, or None."""
    return quote.order_line.order if quote.order_line_id else None


# --- ordering it ---------------------------------------------------------------------------------


def why_not_order(quote, by, today):
    """Why the person cannot order what it offers, or None if they can."""
    if reason := subscriptions.why_not_decide(quote.subscription, by) or cart.why_not_shop(by):
        return reason
    if order := ordered(quote):
        return Reason(N_("It was ordered: order no. %(number)s."), rule="003-19", number=order.number)
    if today > quote.valid_until:
        return Reason(N_("It was valid until %(day)s: ask for a new one."), rule="003-19", day=quote.valid_until)
    if reason := wishes.why_not_ask(by, {"subscription": quote.subscription}):
        return reason
    try:
        offered(quote, today)
    except Refused as refused:
        return refused.reason
    return None


def offered(quote, today):
    """The Preview of ordering it today, at its prices; raises Refused where it can no longer be done."""
    prices = Prices.of(quote.subscription.holder, today, quote.inputs["prices"])
    return previews.renew(prices, holdings.held(quote.subscription), today, **quote.inputs["asked"])


def terms(quote, today):
    return cart.terms([line.product for line in lines(quote)], today)


def order(quote, by, at, key, accepted, seen):
    """One order submitted at the quote's prices, however often it is pressed; consent as for any other."""
    with tx():
        quote = quote.again()
        if quote.order_line_id and quote.order_line.order.idempotency == f"{by.id}:{key}":
            return quote.order_line.order
        refuse_if(why_not_order(quote, by, at.day))
        given = {"subscription": quote.subscription, "locked": quote.inputs["prices"], **quote.inputs["asked"]}
        made = wishes.order_now(Operation.RENEW, by, at, key, accepted, seen, **given)
        quote.order_line = OrderLine.get(OrderLine.order == made, OrderLine.parent.is_null())
        quote.save()
        journal.record("quote.ordered", quote, by, at, after={"number": quote.number, "order": made.number})
        return made
