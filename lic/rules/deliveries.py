"""What the approval of an order line writes: subscriptions, periods, seats, assurance, and what is charged for them.

The preview of that day says everything; nothing is computed here (rules.md, X: charged is what was previewed).
"""

from lic.models import (
    Assurance,
    Basis,
    ChangeState,
    LicenceGroup,
    Operation,
    OrderLine,
    ScheduledChange,
    Seats,
    Subscription,
    SubscriptionType,
    tx,
)
from lic.rules import asked, charges, contracts, holdings, journal, numbers, seating, stock, undoing, vat
from lic.rules.calendar import ONE_DAY
from lic.rules.parameters import keep
from lic.rules.parts import Kind
from lic.rules.pricing import to_cents

FIRST = 50001  # the first subscription's number


def carry_out(line, by, at):
    """What is written because of one line of an approved order."""
    if asked.is_one(line):
        apply(line, by, at)
    elif line.operation is Operation.EXTEND:
        charges.extension(line, at)
        contracts.extend(line.contract, line, by, at)
    else:
        charges.licences(line, at)
        stock.purchase(line, by, at)


def apply(line, by, at):
    """Everything one line of an approved order does; the lines that follow it are done with it."""
    if line.parent_id:
        return
    with tx():
        found = asked.of_line(line, at.day)
        inputs = asked.read(line.inputs)
        _DO[line.operation](line, found, inputs, by, at)
        lines = [line, *OrderLine.select().where(OrderLine.parent == line.id).order_by(OrderLine.id)]
        for one, items in asked.shares(lines, found):
            _charge(one, items, line, at)


def _charge(line, items, main, at):
    """At once, or on the 1st that a change to annual begins (000-41); what is billed monthly is the run's."""
    order = main.order
    for segment, item in enumerate(items):
        if not asked.is_once(item) or not item.line.net_cents:
            continue
        charges.write(
            order.buyer,
            item.line,
            kind=item.kind.value,
            source_kind="order_line",
            source=line.id,
            label=item.product.title,
            currency=order.currency,
            **vat.columns(vat.of(order.buyer, item.product)),
            at=at,
            segment=segment,
            order_line=line,
            subscription=item.subscription or main.subscription,
            bill_on=None if item.at_once else item.line.from_on,
        )


# --- rows ----------------------------------------------------------------------------------------


def _cover(subscription, item, plan, line):
    return Assurance.create(
        **seating.owner(subscription),
        subscription=subscription,
        plan=plan,
        from_on=item.line.from_on,
        to_on=item.line.to_on,
        quantity=item.line.quantity,
        unit_cents=to_cents(item.line.unit),
        order_line=line,
    )


def _covers(subscription, found, line):
    for item in found.items:
        if item.kind is Kind.ASSURANCE:
            _cover(subscription, item, item.product.plan, line)


def schedule(subscription, kind, effective_on, by, at, **inputs):
    return ScheduledChange.create(
        **seating.owner(subscription),
        subscription=subscription,
        kind=kind,
        effective_on=effective_on,
        inputs=inputs,
        by=by and by.id,
        made_at=at.at,
    )


def _bind(subscription, kind, line):
    """What was scheduled is part of what is ordered now: it is carried out, and can no longer be withdrawn."""
    for change in holdings.scheduled(subscription):
        if change.kind == kind:
            change.inputs = change.inputs | {"order_line": line.id}
            change.save()


def _told(kind, subscription, by, at, found, **more):
    facts = {
        "number": subscription.number,
        "quantity": found.quantity,
        "from_on": found.effective_on.isoformat(),
        "ends_on": found.ends_on and found.ends_on.isoformat(),
    }
    journal.record(kind, subscription, by, at, after=facts | more)


# --- each operation ------------------------------------------------------------------------------


def _subscribe(line, found, inputs, by, at):
    order, type = line.order, inputs["type"]
    project = line.project
    customer = inputs.get("customer")
    whose = seating.owner(project) if project else customer.owner if customer else order.buyer.owner
    subscription = Subscription.create(
        **whose,
        number=numbers.next_number("subscription", first=FIRST),
        holder=order.buyer,
        project=project,
        group=group_of(project, line.product)[0],
        product=line.product,
        type=type,
        starts_on=found.whole.from_on,
        auto_renew=type is SubscriptionType.MONTHLY,
    )
    seating.add_period(subscription, found.whole, line)
    first, basis = found.items[0].line, holdings.BASES[type]
    end = None if type is SubscriptionType.MONTHLY else found.whole.to_on
    seating.add_rows(subscription, first.quantity, first.unit, basis, found.whole.from_on, end, line)
    _covers(subscription, found, line)
    OrderLine.update(subscription=subscription.id).where(
        (OrderLine.id == line.id) | (OrderLine.parent == line.id)
    ).execute()
    line.subscription = subscription.id
    _told("subscription.begun", subscription, by, at, found, order=order.number)


def group_of(project, product):
    """(the project's licence group of a product, whether it is new)."""
    if project is None:
        return None, False
    return LicenceGroup.get_or_create(project=project, product=product, defaults=seating.owner(project))


def _add_seats(line, found, inputs, by, at):
    subscription = inputs["subscription"]
    for item in found.items:
        if item.kind in (Kind.ADDED, Kind.MODULE) and not item.owed:
            _more(item, line)
    _covers(subscription, found, line)
    _told("subscription.seats_added", subscription, by, at, found, added=inputs["quantity"])


def _more(item, line):
    one = Subscription.get_by_id(item.subscription)
    end = one.ends_on if one.type is SubscriptionType.MONTHLY else item.line.to_on  # none unless it is cancelled
    seating.add_rows(one, item.line.quantity, item.line.unit, holdings.BASES[one.type], item.line.from_on, end, line)


def _add_module(line, found, inputs, by, at):
    base, product = inputs["subscription"], inputs["product"]
    module = Subscription.create(
        **seating.owner(base),
        number=numbers.next_number("subscription", first=FIRST),
        holder=base.holder,
        project=base.project_id,
        group=base.group_id,
        product=product,
        type=base.type,
        starts_on=base.starts_on,  # its months are its base's
        base=base,
        auto_renew=base.auto_renew,
        cancelled_on=base.cancelled_on,
        ends_on=base.ends_on,
    )
    start = found.effective_on
    for whole in holdings.held(base, with_modules=False).periods:
        if whole.to_on >= start:
            row = seating.add_period(module, whole, line)
            if row.starts_on < start:
                row.starts_on = start
                row.save()
    for item in found.items:
        if item.kind is Kind.MODULE:
            end = base.ends_on if base.type is SubscriptionType.MONTHLY else item.line.to_on
            basis = holdings.BASES[base.type]
            seating.add_rows(module, item.line.quantity, item.line.unit, basis, item.line.from_on, end, line)
    _told("subscription.begun", module, by, at, found, base=base.number)


def _change_type(line, found, inputs, by, at):
    subscription = inputs["subscription"]
    if found.operation == "change_product":
        return _change_product(subscription, line, found, inputs["product"], by, at)
    for one in (subscription, *holdings.modules(subscription)):
        unit = next(item.line.unit for item in found.items if item.subscription == one.id and not item.owed)
        given = {"type": inputs["type"].value, "unit_cents": to_cents(unit), "order_line": line.id}
        schedule(one, "change_type", found.effective_on, by, at, **given)
    _bind(subscription, "remove_seats", line)
    _told("subscription.change_scheduled", subscription, by, at, found, type=inputs["type"].value)
    return None


def _change_product(subscription, line, found, product, by, at):
    if not found.items:
        schedule(subscription, "change_product", found.effective_on, by, at, product=product.id)
        return _told("subscription.change_scheduled", subscription, by, at, found, product=product.reference)
    rows = seating.end_rows(Seats, subscription, found.effective_on - ONE_DAY)
    group, made = group_of(subscription.project, product)
    before = {"product": subscription.product_id, "group": subscription.group_id, "kept": subscription.parameters}
    undoing.remember(line, rows, made_group=made, **before)
    for row, item in zip(rows, found.items, strict=True):
        new = item.line.unit + holdings.from_cents(row.unit_cents)
        seating.add_rows(subscription, row.quantity, new, row.basis, found.effective_on, row.to_on, line)
    subscription.product, subscription.group = product, group
    subscription.save()
    keep(subscription, line)
    return _told("subscription.product_changed", subscription, by, at, found, product=product.reference)


def _renew(line, found, inputs, by, at):
    renew(inputs["subscription"], found, line, by, at)


def renew(subscription, found, line, by, at):
    """The periods and seats a renewal brings, to the subscription and its modules."""
    monthly = subscription.type is SubscriptionType.MONTHLY
    for item in found.items:
        if item.kind is not Kind.RENEWAL:
            continue
        one = subscription if item.subscription == subscription.id else Subscription.get_by_id(item.subscription)
        seating.end_rows(Seats, one, found.whole.from_on - ONE_DAY)
        seating.add_period(one, found.whole, line)
        end = None if monthly else found.whole.to_on
        basis = holdings.BASES[one.type]
        seating.add_rows(one, item.line.quantity, item.line.unit, basis, found.whole.from_on, end, line)
    seating.assure_no_more(subscription, found.quantity, found.whole.from_on)
    _covers(subscription, found, line)
    _bind(subscription, "change_product", line)
    ScheduledChange.update(state=ChangeState.DONE).where(
        ScheduledChange.subscription == subscription.id,
        ScheduledChange.kind == "remove_seats",
        ScheduledChange.state == ChangeState.SCHEDULED,
    ).execute()
    _told("subscription.renewed", subscription, by, at, found)


def _assurance(line, found, inputs, by, at):
    subscription = inputs["subscription"]
    _covers(subscription, found, line)
    _told("subscription.assured", subscription, by, at, found, plan=inputs["plan"].value)


def _upgrade(line, found, inputs, by, at):
    subscription, plan = inputs["subscription"], inputs["plan"]
    old = seating.end_rows(Assurance, subscription, found.effective_on - ONE_DAY)
    project = subscription.project
    undoing.remember(line, old, **({"plan": asked.plain(project.assurance_plan)} if project else {}))
    unit = found.prices[f"{found.items[0].product.id}:{Basis.ASSURANCE_MONTH.value}"]
    for row in old:
        Assurance.create(
            **seating.owner(subscription),
            subscription=subscription,
            plan=plan,
            from_on=max(row.from_on, found.effective_on),
            to_on=row.to_on,
            quantity=row.quantity,
            unit_cents=unit,
            order_line=line,
        )
    if project:
        project.assurance_plan = plan
        project.save()
    _told("subscription.assurance_upgraded", subscription, by, at, found, plan=plan.value)


def _coterminate(line, found, inputs, by, at):
    subscription = inputs["subscription"]
    for one in (subscription, *holdings.modules(subscription)):
        mine = [item for item in found.items if item.subscription == one.id and item.kind is Kind.ALIGNED]
        if mine:
            first = mine[0].line
            seating.add_period(one, found.whole, line, SubscriptionType.ANNUAL)
            seating.add_rows(
                one, first.quantity, first.unit, Basis.ANNUAL, found.whole.from_on, found.whole.to_on, line
            )
    _covers(subscription, found, line)
    _told("subscription.aligned", subscription, by, at, found)


_DO = {
    Operation.SUBSCRIBE: _subscribe,
    Operation.ADD_SEATS: _add_seats,
    Operation.ADD_MODULE: _add_module,
    Operation.CHANGE_TYPE: _change_type,
    Operation.RENEW: _renew,
    Operation.ASSURANCE: _assurance,
    Operation.UPGRADE_ASSURANCE: _upgrade,
    Operation.COTERMINATE: _coterminate,
}
