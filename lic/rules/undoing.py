"""What an order replaced, kept with its line, and put back when it is given back (O, Cooling-off)."""

from lic.models import (
    Assurance,
    Basis,
    ChangeState,
    LicenceGroup,
    Operation,
    OrderLine,
    Plan,
    ScheduledChange,
    Seats,
    Subscription,
)
from lic.rules import asked, holdings, seating
from lic.rules.calendar import ONE_DAY

PLANS = list(Plan)
COLUMNS = {  # of what is put back, besides its days and its owner
    Seats: ("quantity", "unit_cents", "basis", "order_line_id"),
    Assurance: ("quantity", "unit_cents", "plan", "order_line_id"),
}
READ = {"basis": Basis, "plan": Plan}


def is_whole(line):
    """Whether what an order line brought replaces something: then it is given back as a whole, or not at all."""
    if line.operation is Operation.CHANGE_TYPE:
        return "product" in line.inputs
    return line.operation in (Operation.ASSURANCE, Operation.UPGRADE_ASSURANCE)


def is_known(line):
    """Whether what a line replaced was kept with it; a first assurance replaced nothing."""
    return line.operation is Operation.ASSURANCE or asked.BEFORE in line.inputs


def model_of(line):
    """Which rows such a line replaces."""
    return Seats if line.operation is Operation.CHANGE_TYPE else Assurance


def remember(line, rows, **more):
    """Keep with an order line the rows it ended, as they were, and what else it replaces."""
    kept = [
        {"from_on": row.from_on.isoformat(), "to_on": row.to_on and row.to_on.isoformat()}
        | {name: asked.plain(getattr(row, name)) for name in COLUMNS[type(row)]}
        for row in rows
    ]
    line.inputs = line.inputs | {asked.BEFORE: more | {"rows": kept}}
    line.save()


def later(line, subscription, today):
    """The order lines since this one that something still comes of, the newest first."""
    ids = [subscription.id, *(module.id for module in holdings.modules(subscription))]
    found = {}
    for model in (Seats, Assurance):
        live = model.select(model.order_line).where(
            model.subscription.in_(ids), model.to_on.is_null() | (model.to_on > today), model.order_line.is_null(False)
        )
        found |= {row.order_line_id: row.order_line for row in live}
    planned = ScheduledChange.select().where(
        ScheduledChange.subscription.in_(ids), ScheduledChange.state == ChangeState.SCHEDULED
    )
    lines = [change.inputs["order_line"] for change in planned if change.inputs.get("order_line")]
    found |= {one.id: one for one in OrderLine.select().where(OrderLine.id.in_(lines))}
    after = [one for one in found.values() if _when(one) > _when(line) and line.id not in (one.id, one.parent_id)]
    return sorted(after, key=_when, reverse=True)


def _when(line):
    return line.order.decided_on, line.order.decided_at, line.id


# --- putting back --------------------------------------------------------------------------------


def put_back(line, subscription, today):
    """From tomorrow on everything is as it was before this line; what it ended goes on to its own end."""
    before, model = line.inputs.get(asked.BEFORE, {}), model_of(line)
    for row in model.select().where(model.subscription == subscription.id, model.order_line == line.id):
        if row.from_on > today:
            row.delete_instance()
        elif row.to_on is None or row.to_on > today:
            seating.shrink(row, row.quantity, today + ONE_DAY, given_back=True)
    for kept in before.get("rows", ()):
        _row(model, subscription, kept, today + ONE_DAY)
    if "product" in before:
        _product(line, subscription, before)
    if "plan" in before and subscription.project_id:
        _plan(subscription, before["plan"] and Plan(before["plan"]), today)


def _row(model, subscription, kept, tomorrow):
    """One row as it was, from tomorrow on."""
    from_on, to_on = (kept[name] and asked.day(kept[name]) for name in ("from_on", "to_on"))
    if to_on and to_on < tomorrow:
        return
    model.create(
        reseller=subscription.reseller_id,
        customer=subscription.customer_id,
        subscription=subscription,
        from_on=max(from_on, tomorrow),
        to_on=to_on,
        **{name: READ.get(name, _same)(kept[name]) for name in COLUMNS[model]},
    )


def _same(value):
    return value


def _product(line, subscription, before):
    group, subscription.product, subscription.group = subscription.group_id, before["product"], before["group"]
    subscription.parameters = before["kept"]
    subscription.save()
    if before["made_group"] and not any(
        model.select().where(model.group == group).exists() for model in (Subscription, OrderLine)
    ):
        LicenceGroup.get_by_id(group).delete_instance()


def _plan(subscription, plan, today):
    """The project's plan: the highest one of its subscriptions has now; where none has any, what it was."""
    live = Assurance.select(Assurance.plan).join(Subscription)
    rows = live.where(Subscription.project == subscription.project_id, Assurance.to_on > today)
    project = subscription.project
    project.assurance_plan = max((row.plan for row in rows), key=PLANS.index, default=plan)
    project.save()


# --- ending --------------------------------------------------------------------------------------


def end_seats(target, seats, today, family):
    """So many less from tomorrow: those of this purchase and their assurance, and the modules' with them."""
    _shrink(Seats, target, family, seats, today)
    for module in holdings.modules(target):
        _shrink(Seats, module, family, seats, today)
    covered = Assurance.select().where(Assurance.subscription == target.id, Assurance.order_line.in_(family)).exists()
    if covered and not _shrink(Assurance, target, family, seats, today):  # it is of a higher plan by now
        seating.take_seats(target, seats, today + ONE_DAY, Assurance, given_back=True)


def _shrink(model, subscription, family, seats, today):
    """Rows of this purchase with so many less from tomorrow on; whether there were any."""
    rows = list(model.select().where(model.subscription == subscription.id, model.order_line.in_(family)))
    left = [row for row in rows if row.to_on is None or row.to_on > today]
    for row in left:
        seating.shrink(row, min(seats, row.quantity), today + ONE_DAY, given_back=True)
    return bool(left)
