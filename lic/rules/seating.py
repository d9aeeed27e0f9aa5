"""Rows of periods, seats and assurance over the days of a subscription: begun, ended, made less (rules.md S)."""

from datetime import date

from lic.models import N_, Assurance, Basis, Period, Seats, SubscriptionType
from lic.rules import Reason, Refused
from lic.rules.calendar import ONE_DAY
from lic.rules.parameters import keep
from lic.rules.pricing import from_cents, to_cents


def owner(record):
    return {"reseller": record.reseller_id, "customer": record.customer_id}


def add_period(subscription, whole, line=None, type=None):
    """One more period; never a gap, never an overlap (rules.md S)."""
    last = Period.select().where(Period.subscription == subscription.id).order_by(Period.ends_on.desc()).first()
    if last and whole.from_on != last.ends_on + ONE_DAY:
        raise Refused(
            Reason(
                N_("Its next period begins on %(day)s, not on %(other)s."),
                rule="R6",
                day=last.ends_on + ONE_DAY,
                other=whole.from_on,
            )
        )
    keep(subscription, line)
    return Period.create(
        **owner(subscription),
        subscription=subscription,
        starts_on=whole.from_on,
        ends_on=whole.to_on,
        type=type or subscription.type,
        order_line=line,
    )


def add_rows(subscription, quantity, unit, basis, from_on, to_on, line=None):
    return Seats.create(
        **owner(subscription),
        subscription=subscription,
        from_on=from_on,
        to_on=to_on,
        quantity=quantity,
        unit_cents=to_cents(unit),
        basis=basis,
        order_line=line,
    )


def end_rows(model, subscription, last_day):
    """Rows that go on after a day end with it; those that would begin later never do. Returns them as they were."""
    later = (model.subscription == subscription.id) & (model.to_on.is_null() | (model.to_on > last_day))
    rows = list(model.select().where(later).order_by(model.from_on, model.id))
    for row in rows:
        if row.from_on > last_day:
            row.delete_instance()
        else:
            ended = row.again()
            ended.to_on = last_day
            ended.save()
    return rows


def end_periods(subscription, last_day):
    """No period goes on after a day."""
    for row in Period.select().where(Period.subscription == subscription.id, Period.ends_on > last_day):
        if row.starts_on > last_day:
            row.delete_instance()
        else:
            row.ends_on = last_day
            row.save()


def stop(subscription, last_day):
    """No seats after the last day. Returns what is needed to `go_on`, besides that they end with it."""
    ended = Seats.select(Seats.id).where(Seats.subscription == subscription.id, Seats.to_on == last_day)
    ended = [row.id for row in ended] if subscription.type is SubscriptionType.MONTHLY else []
    later = [row for row in end_rows(Seats, subscription, last_day) if row.from_on > last_day]
    columns = ("quantity", "unit_cents", "order_line_id")
    later = [{name: getattr(row, name) for name in columns} | {"from_on": row.from_on.isoformat()} for row in later]
    return {"ended": ended, "later": later} if ended or later else {}


def go_on(subscription, last_day, stopped):
    """Monthly seats as they were before they stopped; those given back on that day stay so. stopped: by `stop`."""
    mine = Seats.subscription == subscription.id, Seats.to_on == last_day, Seats.id.not_in(stopped.get("ended", ()))
    Seats.update(to_on=None).where(*mine).execute()
    for row in stopped.get("later", ()):
        from_on, unit = date.fromisoformat(row["from_on"]), from_cents(row["unit_cents"])
        add_rows(subscription, row["quantity"], unit, Basis.MONTHLY, from_on, None, row["order_line_id"])


def take_seats(subscription, quantity, from_on, model=Seats, given_back=False):
    """So many seats, or their assurance, less from a day on, the newest first (rules.md S, remove seats)."""
    covering = (model.to_on.is_null()) | (model.to_on >= from_on)
    rows = model.select().where(model.subscription == subscription.id, covering)
    rows = rows.order_by(model.from_on.desc(), model.id.desc())
    for period in {row.to_on for row in rows}:  # rows of one end are one period's
        _take([row for row in rows if row.to_on == period], quantity, from_on, given_back)


def _take(rows, quantity, from_on, given_back=False):
    for row in rows:
        gone = min(row.quantity, quantity)
        quantity -= gone
        if gone:
            shrink(row, gone, from_on, given_back)


def assure_no_more(subscription, seats, from_on):
    """From a day on no more seats are assured than there are: more support is paid for those (X7)."""
    rows = Assurance.select().where(Assurance.subscription == subscription.id, Assurance.to_on >= from_on)
    rows = list(rows.order_by(Assurance.from_on.desc(), Assurance.id.desc()))
    for end in {row.to_on for row in rows}:
        mine = [row for row in rows if row.to_on == end]
        _take(mine, max(sum(row.quantity for row in mine) - seats, 0), from_on)


def shrink(row, gone, from_on, given_back=False):
    """A row of Seats or Assurance, with so many less from a day on. given_back: on the day before."""
    kept, last_day, first = row.quantity - gone, row.to_on, row.from_on
    if first >= from_on:
        row.quantity = kept
        _ = row.save() if kept else row.delete_instance()
        return
    rest = {**row.__data__, "from_on": from_on, "to_on": last_day, "quantity": kept}
    row.to_on = from_on - ONE_DAY
    if given_back and isinstance(row, Assurance):
        row.given_back = True
    row.save()
    if kept:
        type(row).create(**{name: value for name, value in rest.items() if name != "id"})
