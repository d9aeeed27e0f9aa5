"""The distributor's renewal board: what ends within the renewal window or is in grace, what it is worth, how it went.

Won is what has a next period, lost what was cancelled or what the distributor says is lost and why.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from peewee import fn

from lic.models import (
    N_,
    NC_,
    Labelled,
    OrderLine,
    Organisation,
    OrganisationKind,
    Period,
    Quote,
    Renewal,
    Subscription,
    SubscriptionType,
    User,
    tx,
)
from lic.rules import Reason, Refused, holdings, journal, previews, refuse_if, subscriptions
from lic.rules.calendar import ONE_DAY, Status, grace_end, months_left
from lic.rules.holdings import Prices
from lic.rules.parameters import of as parameters_of
from lic.rules.pricing import to_cents

LONGEST = 2000  # of a reason
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

    @property
    def quoted(self):
        """The number of the newest quote sent for it, or None; one sent before its window was for an earlier end."""
        since = self.ends_on - timedelta(parameters_of().renew_window_days)
        mine = Quote.subscription == self.subscription.id, Quote.made_at >= since
        quote = Quote.select(Quote.number).where(*mine).order_by(Quote.id.desc()).first()
        return quote and quote.number

    @property
    def number(self):
        return self.subscription.number

    @property
    def buyer(self):
        return self.subscription.holder


# --- the rows ------------------------------------------------------------------------------------


def rows(today):
    """Every end from the days of grace to the renewal window, the first one first."""
    window = timedelta(parameters_of().renew_window_days)
    ends = Period.select(Period, Subscription).join(Subscription).where(
        *(Period.ends_on >= today - timedelta(GRACE), Period.ends_on <= today + window),
        *(Period.type != SubscriptionType.MONTHLY, Subscription.base.is_null(), Subscription.sold_by == ""),
    )  # fmt: skip
    found = [_row(period, today) for period in ends.order_by(Period.ends_on, Subscription.number)]
    return [row for row in found if row]


def of(subscription, today):
    """The row of the end that is followed now, or None."""
    found = [row for row in rows(today) if row.subscription == subscription]
    return found[-1] if found else None


def _row(period, today):
    subscription = period.subscription
    if today > grace_end(period.ends_on, subscriptions.grace_days(subscription)):
        return None
    note = _note(subscription, period.ends_on)
    keeper = note.keeper if note and note.keeper_id else None
    price_list = subscription.holder.price_list
    about = period.id, subscription, period.ends_on
    currency = price_list.currency if price_list else ""
    if following := _next(period):
        return Row(*about, Outcome.WON, _ordered(following), currency, keeper)
    value = _at_stake(subscription, today)
    if subscription.cancelled_on:
        reason = Reason(N_("Cancelled on %(day)s."), day=subscription.cancelled_on)
        return Row(*about, Outcome.LOST, value, currency, keeper, reason)
    if note and note.lost_why:
        return Row(*about, Outcome.LOST, value, currency, keeper, note.lost_why)
    return Row(*about, Outcome.OPEN, value, currency, keeper)


def _note(subscription, ends_on):
    return Renewal.get_or_none(Renewal.subscription == subscription.id, Renewal.ends_on == ends_on)


def _next(period):
    return Period.get_or_none(
        Period.subscription == period.subscription_id, Period.starts_on == period.ends_on + ONE_DAY
    )


def _ordered(following):
    """What the order of the next period came to, with the lines that follow its own; 0 where nothing was ordered."""
    line = following.order_line_id
    mine = (OrderLine.id == line) | (OrderLine.parent == line)
    return OrderLine.select(fn.COALESCE(fn.SUM(OrderLine.net_cents), 0)).where(mine).scalar() if line else 0


def _at_stake(subscription, today):
    """What renewing costs at today's prices, as the preview says it; else what the seats of the last period cost."""
    held = holdings.held(subscription)
    months = months_left(held.last, held.last.from_on)
    try:
        prices = Prices.of(subscription.holder, today)
        term = held.type is SubscriptionType.TERM
        return to_cents(previews.renew(prices, held, today, months=months if term else None).totals.net)
    except Refused:
        each = sum(block.quantity * block.unit for block in held.rows(held.last.to_on))
        return to_cents(each * (months if held.type is SubscriptionType.TERM else 1))


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


def why_not_note(subscription, by, today):
    """Why nothing can be noted about its renewal, or None: it is the distributor's, while it can still be renewed."""
    if not (by.active and by.is_administrator and by.organisation.is_distributor):
        return Reason(N_("Only an administrator of the distributor can do that."), rule="S")
    if subscription.base_id or subscription.sold_by or subscription.cancelled_on:
        return Reason(N_("There is nothing to renew."), rule="003-14")
    if subscriptions.status(subscription, today) is Status.LAPSED:
        return Reason(N_("It has ended."), rule="003-18")
    return None


def keepers():
    """The people of the distributor who can follow a renewal."""
    query = User.select().join(Organisation, on=(User.organisation == Organisation.id))
    theirs = Organisation.kind == OrganisationKind.DISTRIBUTOR, User.active == True  # noqa: E712
    return list(query.where(*theirs).order_by(User.last_name))


def take(subscription, keeper, by, at):
    """Whose renewal this is; None for nobody's."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_note(subscription, by, at.day))
        note = _noted(subscription, by)
        note.keeper = keeper
        note.save()
        after = {"number": subscription.number, "name": keeper.name if keeper else ""}
        journal.record("renewal.taken", note, by, at, after=after)


def lose(subscription, why, by, at):
    """It will not be renewed, and why; the subscription itself stays as it is."""
    why = (why or "").strip()
    if not why or len(why) > LONGEST:
        raise Refused(Reason(N_("Say why it was lost."), rule="O"))
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_note(subscription, by, at.day))
        note = _noted(subscription, by)
        note.lost_why = why
        note.save()
        journal.record("renewal.lost", note, by, at, after={"number": subscription.number, "why": why})


def reopen(subscription, by, at):
    """It may be renewed after all."""
    with tx():
        subscription = subscription.again()
        refuse_if(why_not_note(subscription, by, at.day))
        note = _noted(subscription, by)
        refuse_if(None if note.lost_why else Reason(N_("It is not lost."), rule="O"))
        note.lost_why = ""
        note.save()
        journal.record("renewal.reopened", note, by, at, after={"number": subscription.number})


def _noted(subscription, by):
    """The distributor's own row about the end of the last period: no buyer reads why it was lost."""
    ends_on = holdings.periods(subscription)[-1].ends_on
    return _note(subscription, ends_on) or Renewal.create(
        **by.organisation.owner, subscription=subscription, ends_on=ends_on
    )
