"""Renewal quotes: the distributor offers a renewal at the prices of a day, the buyer orders it with one click (003-19).

The prices a quote names are held to its last day, as those of an order are (R5).
"""

from dataclasses import asdict
from datetime import date, timedelta
from types import SimpleNamespace

from lic.models import N_, Operation, OrderLine, Product, Quote, Subscription, SubscriptionType, read_once, tx
from lic.rules import (
    Reason,
    Refused,
    billing,
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
LONGEST = 2000  # of a reason

journal.tells(
    "quote.sent",
    journal.Tell(lambda quote, event: journal.administrators(quote.subscription.holder), letter="event"),
)

journal.tells("quote.withdrawn", journal.Tell(lambda quote, event: journal.administrators(quote.subscription.holder)))
journal.tells("quote.refused", journal.Tell(journal.distributor_administrators))


journal.tells("organisation.quote_asked", journal.Tell(lambda buyer, event: _sellers(buyer), letter="event"))
MOST_A_DAY = 10  # of a buyer's questions


# --- asking for one ------------------------------------------------------------------------------


def _sellers(buyer):
    """Who answers a buyer: its account manager, else the distributor's administrators."""
    return [buyer.account_manager] if buyer.account_manager_id else journal.distributor_administrators()


def why_not_ask(by, today):
    """Why this person cannot ask for a quote today, or None if they can (004-04)."""
    if not (by.active and by.is_administrator and by.organisation.is_buyer):
        return Reason(N_("Only an administrator of %(name)s decides on it."), rule="003-17", name=by.organisation)
    events = [event for event in journal.history(by.organisation) if event.kind == "organisation.quote_asked"]
    if sum(event.after["on"] == today.isoformat() for event in events) >= MOST_A_DAY:
        return Reason(N_("Enough was asked today: the distributor answers first."), rule="004-04")
    return None


def ask(text, by, at):
    """A first subscription, or anything else, is asked for in words; a person of the distributor answers (004-04)."""
    text = (text or "").strip()
    if not text or len(text) > LONGEST:
        raise Refused(Reason(N_("Say what you need: products, how many seats, for how long."), rule="004-04"))
    with tx():
        refuse_if(why_not_ask(by, at.day))
        after = {"text": text, "on": at.day.isoformat()}
        journal.record("organisation.quote_asked", by.organisation, by, at, after=after)


# --- making one ----------------------------------------------------------------------------------


def why_not_quote(subscription, by, today, **asked):
    """Why no quote can be made for its renewal today, or None if one can. asked: as `make` takes it."""
    if reason := board.why_not_note(subscription, by, today) or cart.why_waits(subscription):
        return reason
    try:
        _preview(subscription, today, asked)
    except Refused as refused:
        return refused.reason
    return None


def _preview(subscription, today, asked):
    """Where nothing else is asked: the same seats, and for a term as many months as the last one had."""
    prices = Prices.of(subscription.holder, today)
    wanted = {"quantity": asked.get("quantity")}
    if subscription.type is SubscriptionType.TERM:
        wanted["months"] = asked.get("months") or months(subscription)
    return previews.renew(prices, holdings.held(subscription), today, **wanted)


def months(subscription):
    """How long the last period of a term was; None for what is no term."""
    last = holdings.held(subscription, with_modules=False).last
    return months_left(last, last.from_on) if subscription.type is SubscriptionType.TERM else None


def make(subscription, by, at, quantity=None, months=None):
    """A quote the buyer's administrators are told of, valid for 30 days but never past the day it can be ordered.

    quantity: of other than the seats there are; months: of a term, other than it had. Two people who offer the same
    on one day have made one.
    """
    with tx():
        subscription = subscription.again()
        asked = {"quantity": quantity, "months": months}
        refuse_if(why_not_quote(subscription, by, at.day, **asked))
        found = _preview(subscription, at.day, asked)
        said = {
            "inputs": _inputs(subscription, found, asked),
            "net_cents": to_cents(found.totals.net),
            "currency": found.currency,
            "valid_until": min(at.day + VALID, _last_day(subscription, found.quantity)),
        }
        if twin := _twin(subscription, said, by, at):
            return twin
        quote = Quote.create(
            **subscription.holder.owner,  # the buyer's: its customer never sees a price
            number=numbers.next_number("quote", first=FIRST),
            subscription=subscription,
            made_at=at.at,
            **said,
        )
        after = {"number": quote.number, "subscription": subscription.number}
        after |= {"valid_on": quote.valid_until.isoformat(), "net_cents": quote.net_cents, "currency": quote.currency}
        journal.record("quote.sent", quote, by, at, after=after)
        return quote


def _twin(subscription, said, by, at):
    """The same quote, made by a colleague on the same day and still open, or None."""
    for quote in of(subscription):
        same = quote.made_at.date() == at.at.date() and all(getattr(quote, name) == said[name] for name in said)
        if same and not why_not_open(quote, at.day):
            sent = next(event for event in journal.history(quote) if event.kind == "quote.sent")
            if sent.by_id != by.id:
                return quote
    return None


def _last_day(subscription, quantity):
    """Until when it can be ordered like this: fewer seats must be asked for by the end (O, Decrease)."""
    held = holdings.held(subscription, with_modules=False)
    if quantity < held.next_quantity():
        return held.last.to_on
    return grace_end(held.last.to_on, subscriptions.grace_days(subscription))


def _inputs(subscription, found, asked):
    """All that its PDF says, as it is today, and what it is ordered with."""
    term = subscription.type is SubscriptionType.TERM
    wanted = {"quantity": found.quantity} | ({"months": asked["months"] or months(subscription)} if term else {})
    return {
        "asked": wanted,
        "prices": found.prices,
        "seats": holdings.held(subscription, with_modules=False).next_quantity(),
        "lines": [_kept(item, found.tax) for item in found.items if not item.owed],
        "language": subscription.holder.language,
        "seller": billing.party(billing.house()),
        "buyer": billing.party(subscription.holder),
    }


def _kept(item, tax):
    line = item.line
    kept = {"product": item.product.id, "quantity": line.quantity, "unit_cents": to_cents(line.unit)}
    kept |= {"numerator": line.numerator, "denominator": line.denominator, "net_cents": line.net_cents}
    kept |= {"from_on": line.from_on.isoformat(), "to_on": line.to_on.isoformat(), "kind": item.kind.value}
    return kept | {"discount_bp": int(line.discount * 10000), "tax": asdict(vat.over(tax, item.product))}


# --- found ---------------------------------------------------------------------------------------


def numbered(number):
    """A quote of the scope, with its subscription at hand."""
    quote = Quote.get(Quote.number == number)
    quote.subscription = subscriptions.found(Subscription.id == quote.subscription_id)
    return quote


def of(subscription):
    """The quotes of a subscription within the scope, the newest first."""
    return list(Quote.select().where(Quote.subscription == subscription.id).order_by(Quote.id.desc()))


def lines(quote):
    """Its lines, each with its product."""
    return read_once(quote, "lines", lambda: _lines(quote))


def _lines(quote):
    one, rows = quote.subscription, quote.inputs["lines"]
    products = {one.product_id: one.product}
    if others := {row["product"] for row in rows} - products.keys():
        products |= {product.id: product for product in Product.select().where(Product.id.in_(others))}
    return [SimpleNamespace(**row | _days(row) | {"product": products[row["product"]]}) for row in rows]


def _days(row):
    return {name: date.fromisoformat(row[name]) for name in ("from_on", "to_on")}


def sums(quote):
    """Its totals, VAT on the sum of each rate (R4)."""
    return totals((from_cents(row["net_cents"]), Tax(**row["tax"])) for row in quote.inputs["lines"])


def ordered(quote):
    """The order it was turned into, or None."""
    return quote.order_line.order if quote.order_line_id else None


# --- withdrawn, refused ----------------------------------------------------------------------------


def why_not_open(quote, today):
    """Why nothing can be done with a quote any more, or None if it is open."""
    if order := ordered(quote):
        return Reason(N_("It was ordered: order no. %(number)s."), rule="003-19", number=order.number)
    if quote.withdrawn_at:
        return Reason(N_("It was withdrawn on %(moment)s."), rule="003-19", moment=quote.withdrawn_at)
    if quote.refused_at:
        return Reason(N_("It was refused on %(moment)s."), rule="003-19", moment=quote.refused_at)
    if today > quote.valid_until:
        return Reason(N_("It was valid until %(day)s: ask for a new one."), rule="003-19", day=quote.valid_until)
    return None


def why_not_withdraw(quote, by, today):
    if not (by.active and by.is_administrator and by.organisation.is_distributor):
        return Reason(N_("Only an administrator of the distributor can do that."), rule="003-19")
    return why_not_open(quote, today)


def withdraw(quote, by, at):
    """It can no longer be ordered; the buyer is told."""
    with tx():
        quote = quote.again()
        refuse_if(why_not_withdraw(quote, by, at.day))
        quote.withdrawn_at = at.at
        quote.save()
        journal.record("quote.withdrawn", quote, by, at, after={"number": quote.number})
        return quote


def why_not_refuse(quote, by, today):
    return subscriptions.why_not_decide(quote.subscription, by) or why_not_open(quote, today)


def refuse(quote, why, by, at):
    """The buyer does not want it; the distributor's administrators read why."""
    why = (why or "").strip()
    if not why or len(why) > LONGEST:
        raise Refused(Reason(N_("Say why: the distributor reads it."), rule="003-19"))
    with tx():
        quote = quote.again()
        refuse_if(why_not_refuse(quote, by, at.day))
        quote.refused_at, quote.refused_why = at.at, why
        quote.save()
        journal.record("quote.refused", quote, by, at, after={"number": quote.number, "why": why})
        return quote


# --- ordering it ---------------------------------------------------------------------------------


def why_not_order(quote, by, today):
    """Why the person cannot order what it offers, or None if they can."""
    if reason := subscriptions.why_not_decide(quote.subscription, by) or cart.why_not_shop(by):
        return reason
    if reason := why_not_open(quote, today) or wishes.why_not_ask(by, {"subscription": quote.subscription}):
        return reason
    try:
        net = offered(quote, today).totals.net
    except Refused as refused:
        return refused.reason
    seats = quote.inputs.get("seats")  # there would be, had it been renewed then
    changed = seats is not None and seats != holdings.held(quote.subscription, with_modules=False).next_quantity()
    if changed or to_cents(net) != quote.net_cents:  # seats were added since, or its assurance was renewed
        return Reason(N_("The subscription has changed since: ask for a new quote."), rule="003-19")
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
