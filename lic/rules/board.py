"""The distributor's renewal board: what ends within the renewal window or has ended lately, its worth, how it went.

Won is what has a next period, lost what was cancelled, what lapsed, or what the distributor says is lost and why.
Warranties are the other half of it: lic/rules/warranties.py.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from peewee import JOIN, fn

from lic.models import (
    N_,
    NC_,
    Contract,
    Labelled,
    OrderLine,
    Organisation,
    OrganisationKind,
    Period,
    PriceList,
    Product,
    Quote,
    Renewal,
    Subscription,
    SubscriptionType,
    User,
    tx,
)
from lic.rules import Reason, Refused, holdings, journal, parameters, previews, refuse_if, subscriptions
from lic.rules.calendar import ONE_DAY, grace_end, months_left
from lic.rules.pricing import to_cents

LONGEST = 2000  # of a reason
LATE = timedelta(120)  # what was lost or won stays so long after its end
Holder, Customer = Organisation.alias(), Organisation.alias()
GRACE = 366  # days after the end that are looked at: a product may have that many days of grace

journal.tells("renewal.taken", journal.Tell(lambda renewal, event: [renewal.keeper] if renewal.keeper_id else []))


class Outcome(Labelled):
    OPEN = "open", N_("To renew")
    WON = "won", NC_("renewal", "Won")
    LOST = "lost", NC_("renewal", "Lost")


@dataclass(frozen=True)
class Row:
    """One end of one subscription; `cents` without VAT, None where nobody can say what renewing would cost."""

    id: int  # of the period that ends
    subscription: Subscription
    ends_on: date
    outcome: Outcome
    cents: int | None
    currency: str
    keeper: User | None = None
    why: object = ""  # it was lost: what somebody wrote, or a Reason
    quotes: tuple = ()  # of the subscription, the newest first
    since: date | None = None  # one sent earlier was for an earlier end

    @property
    def quoted(self):
        """The number of the newest quote sent for this end, or None."""
        return next((quote.number for quote in self.quotes if quote.made_at.date() >= self.since), None)

    @property
    def number(self):
        return self.subscription.number

    @property
    def buyer(self):
        return self.subscription.holder


# --- the rows ------------------------------------------------------------------------------------


def window():
    """How long before its end one can be renewed, as the installation has it."""
    return timedelta(parameters.of().renew_window_days)


def rows(today):
    """Every end from the renewal window to the days of grace, and those lost or won lately; the first one first."""
    return _rows(_ends(today - timedelta(GRACE), today + window()), today)


def numbered(number, today):
    """The row of the end that is followed now of the subscription of this number, or None."""
    ends = _ends(today - timedelta(GRACE), today + window()).where(Subscription.number == number)
    return next(reversed(_rows(ends, today)), None)


def _ends(first, last):
    query = (
        Period.select(Period, Subscription, Product, Holder, PriceList, Customer)
        .join(Subscription)
        .join(Product)
        .switch(Subscription)
        .join(Holder, on=(Subscription.holder == Holder.id), attr="holder")
        .join(PriceList, JOIN.LEFT_OUTER, on=(Holder.price_list == PriceList.id), attr="price_list")
        .switch(Subscription)
        .join(Customer, JOIN.LEFT_OUTER, on=(Subscription.customer == Customer.id), attr="customer")
    )
    followed = (Period.type != SubscriptionType.MONTHLY, Subscription.base.is_null(), Subscription.sold_by == "")
    between = Period.ends_on >= first, Period.ends_on <= last
    return query.where(*followed, *between).order_by(Period.ends_on, Subscription.number)


def _rows(ends, today):
    found = []
    for period in ends:
        until = grace_end(period.ends_on, subscriptions.grace_days(period.subscription))
        if today <= max(until, period.ends_on + LATE):
            found.append((period, until))
    return _About([period for period, _until in found], today).rows(found)


class _About:
    """What is known of many ends at once, in a few queries."""

    def __init__(self, ends, today):
        self.today = today
        subscriptions_there = {period.subscription_id: period.subscription for period in ends}
        ids = list(subscriptions_there)
        self.held = holdings.several(list(subscriptions_there.values()))
        self.notes = {
            (note.subscription_id, note.ends_on): note for note in noted().where(Renewal.subscription.in_(ids))
        }
        self.quotes = {}
        for quote in Quote.select().where(Quote.subscription.in_(ids)).order_by(Quote.id.desc()):
            self.quotes.setdefault(quote.subscription_id, []).append(quote)
        self.following = {}
        for period in Period.select().where(Period.subscription.in_(ids)):
            self.following[period.subscription_id, period.starts_on - ONE_DAY] = period
        won = [self.following.get((period.subscription_id, period.ends_on)) for period in ends]
        self.ordered = _ordered({period.order_line_id for period in won if period and period.order_line_id})

    def rows(self, found):
        return [self._row(period, until) for period, until in found]

    def _row(self, period, until):
        one = period.subscription
        note = self.notes.get((one.id, period.ends_on))
        outcome, why = self._outcome(period, until, note)
        if outcome is Outcome.WON:
            cents = self.ordered.get(self.following[one.id, period.ends_on].order_line_id, 0)
        else:
            cents = self._at_stake(one)
        price_list, keeper = one.holder.price_list, note.keeper if note and note.keeper_id else None
        currency = price_list.currency if price_list else ""
        quotes, since = tuple(self.quotes.get(one.id, ())), period.ends_on - window()
        return Row(period.id, one, period.ends_on, outcome, cents, currency, keeper, why, quotes, since)

    def _outcome(self, period, until, note):
        """(Outcome, why it was lost)"""
        one = period.subscription
        if (one.id, period.ends_on) in self.following:
            return Outcome.WON, ""
        if note and note.lost_why:
            return Outcome.LOST, note.lost_why
        if one.cancelled_on:
            return Outcome.LOST, Reason(N_("Cancelled on %(day)s."), day=one.cancelled_on)
        if self.today > until:
            return Outcome.LOST, Reason(N_("Nobody renewed it by %(day)s."), day=until)
        return Outcome.OPEN, ""

    def _at_stake(self, one):
        """What renewing costs at today's prices, as the preview says it; else what its last seats cost."""
        held = self.held[one.id]
        months = months_left(held.last, held.last.from_on)
        term = held.type is SubscriptionType.TERM
        try:
            prices = holdings.Prices.of(one.holder, self.today)
            return to_cents(previews.renew(prices, held, self.today, months=months if term else None).totals.net)
        except Refused:
            each = sum(block.quantity * block.unit for block in held.rows(held.last.to_on))
            return to_cents(each * (months if term else 1))


def noted():
    """The distributor's notes, with who follows what."""
    return Renewal.select(Renewal, User).join(User, JOIN.LEFT_OUTER, on=(Renewal.keeper == User.id), attr="keeper")


def _ordered(lines):
    """{order line: what it came to, with the lines that follow it}, for the orders of next periods."""
    main = fn.COALESCE(OrderLine.parent, OrderLine.id)
    if not lines:
        return {}
    mine = OrderLine.id.in_(lines) | OrderLine.parent.in_(lines)
    summed = OrderLine.select(main, fn.SUM(OrderLine.net_cents)).where(mine).group_by(main)
    return dict(summed.tuples())


def sums(found):
    """[(outcome, how many, {currency: cents})] of the board's rows."""
    told = []
    for outcome in Outcome:
        mine, cents = [row for row in found if row.outcome is outcome], {}
        for row in mine:
            if row.currency:
                cents[row.currency] = cents.get(row.currency, 0) + (row.cents or 0)
        told.append((outcome, len(mine), cents))
    return told


# --- what the distributor notes --------------------------------------------------------------------


def why_not_note(subject, by, today):
    """Why nothing can be noted about a subscription's or a contract's end, or None: it is the distributor's to do."""
    if not (by.active and by.is_administrator and by.organisation.is_distributor):
        return Reason(N_("Only an administrator of the distributor can do that."), rule="S")
    if subject.sold_by or (isinstance(subject, Subscription) and (subject.base_id or subject.cancelled_on)):
        return Reason(N_("There is nothing to renew."), rule="003-14")
    if today > _last_end(subject) + max(LATE, timedelta(GRACE)):
        return Reason(N_("It has ended."), rule="003-18")
    return None


def _last_end(subject):
    return subject.ends_on if isinstance(subject, Contract) else holdings.held(subject).last.to_on


def keepers():
    """The people of the distributor who can follow a renewal."""
    query = User.select().join(Organisation, on=(User.organisation == Organisation.id))
    theirs = Organisation.kind == OrganisationKind.DISTRIBUTOR, User.active == True  # noqa: E712
    return list(query.where(*theirs).order_by(User.last_name))


def take(subject, keeper, by, at):
    """Whose renewal this is, of a subscription or a contract; None for nobody's."""
    with tx():
        subject = subject.again()
        refuse_if(why_not_note(subject, by, at.day))
        note = _noted(subject, by)
        note.keeper = keeper
        note.save()
        after = {"number": subject.number, "name": keeper.name if keeper else ""}
        journal.record("renewal.taken", note, by, at, after=after)


def lose(subject, why, by, at):
    """It will not be renewed, or was not, and why; the subscription or contract itself stays as it is."""
    why = (why or "").strip()
    if not why or len(why) > LONGEST:
        raise Refused(Reason(N_("Say why it was lost."), rule="O"))
    with tx():
        subject = subject.again()
        refuse_if(why_not_note(subject, by, at.day))
        note = _noted(subject, by)
        note.lost_why = why
        note.save()
        journal.record("renewal.lost", note, by, at, after={"number": subject.number, "why": why})


def reopen(subject, by, at):
    """It may be renewed after all."""
    with tx():
        subject = subject.again()
        refuse_if(why_not_note(subject, by, at.day))
        note = _noted(subject, by)
        refuse_if(None if note.lost_why else Reason(N_("It is not lost."), rule="O"))
        note.lost_why = ""
        note.save()
        journal.record("renewal.reopened", note, by, at, after={"number": subject.number})


def _noted(subject, by):
    """The distributor's own row about its last end: no buyer reads why it was lost."""
    name = "contract" if isinstance(subject, Contract) else "subscription"
    about = {name: subject, "ends_on": _last_end(subject)}
    mine = getattr(Renewal, name) == subject.id, Renewal.ends_on == about["ends_on"]
    return Renewal.get_or_none(*mine) or Renewal.create(**by.organisation.owner, **about)
