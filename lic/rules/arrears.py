"""What is charged when its month is over: licences in stock and monthly subscriptions (rules.md O, Monthly billing).

Looked at on any day, all months that ended and were not charged yet are: started twice, or after days of downtime,
every month is charged once.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from peewee import JOIN, fn

from lic.models import (
    Basis,
    Charge,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Period,
    PriceList,
    Product,
    Seats,
    StockMovement,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import charges, holdings, parameters, vat
from lic.rules.apart import Apart
from lic.rules.calendar import ONE_DAY, calendar_months, month_of, next_first
from lic.rules.pricing import Line, from_cents, monthly_lines

LICENCES, MONTHLY = "licences", "monthly"


@dataclass(frozen=True)
class Owed:
    """One line of one month, before it is a charge."""

    buyer: Organisation
    line: Line
    kind: str
    source: int
    label: dict
    currency: str
    segment: int = 0
    order_line: OrderLine | None = None
    subscription: Subscription | None = None

    @property
    def net_cents(self):
        return self.line.net_cents


def write(at):
    """Write the charges of all months that are over, one buyer after the other; returns how many there were."""
    ended = month_of(at.day).from_on - ONE_DAY
    buyers, count = dict.fromkeys(owed.buyer for owed in _until(ended)), 0
    with Apart() as each:
        for buyer in buyers:
            with each.one(), tx():
                for owed in list(_until(ended, buyer)):  # what another run has charged meanwhile is no longer among it
                    _charge(owed, at)
                    count += 1
    return count


def _until(last_day, buyer=None):
    yield from _licences_until(last_day, buyer)
    yield from _subscriptions_until(last_day, buyer)


def write_of(subscriptions, last_day, at):
    """The months of these up to a day, while they are what they were: from then on they are another type."""
    for owed in _subscriptions_until(last_day, among=subscriptions):
        _charge(owed, at)


def _charge(owed, at):
    charges.write(
        owed.buyer,
        owed.line,
        kind=owed.kind,
        source_kind="subscription" if owed.subscription else "order_line",
        source=owed.source,
        label=owed.label,
        currency=owed.currency,
        **vat.columns(vat.of(owed.buyer, (owed.order_line or owed.subscription).product)),
        at=at,
        segment=owed.segment,
        order_line=owed.order_line,
        subscription=owed.subscription,
        bill_on=next_first(owed.line.to_on),
    )


def expected(buyer, today):
    """What this month comes to by its end, as things stand: lines that are not charged yet."""
    month = month_of(today)
    return list(_until(month.to_on, buyer))


# --- licences in stock -------------------------------------------------------------------------


def _licences_until(last_day, buyer=None):
    """For each purchase, the months after those charged; the first one was charged at its approval."""
    lines = _purchases(last_day, buyer)
    moved = _movements(lines)
    for line in lines:
        for month in calendar_months(line.charged_to + ONE_DAY, last_day):
            if not (paid := _paid(line, moved[line.id], month.from_on)):
                break  # given back: they never come again, a new purchase is another line
            bought = Line(
                paid, from_cents(line.unit_cents), month.days, month.days, from_on=month.from_on, to_on=month.to_on
            )
            order = line.order
            yield Owed(order.buyer, bought, LICENCES, line.id, line.product.title, order.currency, order_line=line)


def licences_each_month(days):
    """[{currency: cents}] that the licences in stock on each of these days bring a month, without VAT."""
    lines = list(_bought())
    moved, found = _movements(lines), []
    for day in days:
        sums = defaultdict(int)
        for line in lines:
            sums[line.order.currency] += _paid(line, moved[line.id], day) * line.unit_cents
        found.append({currency: cents for currency, cents in sums.items() if cents})
    return found


def _bought():
    """The approved lines of licences."""
    lines = OrderLine.select(OrderLine, Order).join(Order)
    mine = OrderLine.operation.in_((Operation.BUY, Operation.USERS)), Order.state == OrderState.COMPLETED
    return lines.where(*mine).order_by(OrderLine.id)


def _purchases(last_day, buyer):
    """The approved lines of licences with the last day each is charged to, where that is before the day."""
    to_on = fn.MAX(Charge.to_on).python_value(Charge.to_on.python_value)
    lines = (
        OrderLine.select(OrderLine, Order, Organisation, Product, to_on.alias("charged_to"))
        .join(Order)
        .join(Organisation, on=(Order.buyer == Organisation.id), attr="buyer")
        .switch(OrderLine)
        .join(Product, on=(OrderLine.product == Product.id), attr="product")
        .switch(OrderLine)
        .join(Charge, on=((Charge.order_line == OrderLine.id) & (Charge.kind == LICENCES)))
        .where(OrderLine.operation.in_((Operation.BUY, Operation.USERS)), Order.state == OrderState.COMPLETED)
        .group_by(OrderLine.id)
        .having(fn.MAX(Charge.to_on) < last_day)
        .order_by(OrderLine.id)
    )
    return list(lines.where(Order.buyer == buyer) if buyer else lines)


def _movements(lines):
    """{order line id: its movements in and out of the stock}"""
    found = defaultdict(list)
    for movement in StockMovement.select().where(StockMovement.order_line.in_([line.id for line in lines])):
        found[movement.order_line_id].append(movement)
    return found


def _paid(line, moved, day):
    """How many of a purchase are paid on a day: what went back was of the paid ones first, the bonus last."""
    left = sum(movement.quantity for movement in moved if movement.on <= day)
    return max(min(left - line.bonus, line.quantity), 0)


# --- monthly subscriptions ---------------------------------------------------------------------


def _subscriptions_until(last_day, buyer=None, among=None):
    """For each monthly period that is over, one line per price and quantity (000-38, 000-40, X1, X2)."""
    periods = _uncharged(last_day, buyer, among)
    seats = _seats([period.subscription_id for period in periods])
    for period in periods:
        subscription = period.subscription
        for month in calendar_months(period.starts_on, period.ends_on):
            rows = seats[subscription.id]
            for place, line in enumerate(_lines(subscription, rows, month)):
                yield Owed(
                    *(subscription.holder, line, MONTHLY, subscription.id, subscription.product.title),
                    currency=_currency(subscription, rows),
                    segment=place,
                    subscription=subscription,
                )


def _lines(subscription, seats, month):
    blocks = []
    for block in holdings.blocks(seats):
        if covered := month.within(block):
            blocks.append(replace(block, from_on=covered.from_on, to_on=covered.to_on))
    given = parameters.of(subscription.holder.price_list, subscription.product, subscription.parameters)
    return monthly_lines(blocks, month.from_on, subscription.starts_on, given.monthly_first)


def _uncharged(last_day, buyer, among):
    """The monthly periods up to a day that have no charge yet; what others sold is billed by them (003-12)."""
    charged = Charge.select(Charge.id).where(
        Charge.source_kind == "subscription",
        Charge.source == Period.subscription,
        Charge.kind == MONTHLY,
        Charge.from_on.between(Period.starts_on, Period.ends_on),
    )
    periods = (
        Period.select(Period, Subscription, Product, Organisation, PriceList)
        .join(Subscription)
        .join(Product)
        .switch(Subscription)
        .join(Organisation, on=(Subscription.holder == Organisation.id), attr="holder")
        .join(PriceList, JOIN.LEFT_OUTER)
        .where(
            Period.type == SubscriptionType.MONTHLY,
            Period.ends_on <= last_day,
            Subscription.sold_by == "",
            ~fn.EXISTS(charged),
        )
        .order_by(Subscription.number, Period.starts_on)
    )
    if among:
        periods = periods.where(Subscription.id.in_([one.id for one in among]))
    return list(periods.where(Subscription.holder == buyer) if buyer else periods)


def _seats(subscriptions):
    """{subscription id: its rows of monthly seats}"""
    found = defaultdict(list)
    rows = Seats.select(Seats, OrderLine, Order).join(OrderLine, JOIN.LEFT_OUTER).join(Order, JOIN.LEFT_OUTER)
    for row in rows.where(Seats.subscription.in_(subscriptions), Seats.basis == Basis.MONTHLY).order_by(Seats.id):
        found[row.subscription_id].append(row)
    return found


def _currency(subscription, seats):
    """That of the order they were bought with: a buyer's list may have changed since."""
    bought = next((row.order_line.order for row in seats if row.order_line_id), None)
    return bought.currency if bought else subscription.holder.price_list.currency
