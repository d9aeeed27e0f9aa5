"""What an operation on a subscription would do: its exact dates and amounts, or why it cannot be done (table O).

Screens, cart, approval, quotes and the API ask here with the same inputs. `on` is the day it takes effect unless a
later one is asked (R5); `asked_on` the day it was asked, on which its window is judged (003-05); both are the same
until an approval comes later. Every function returns a Preview, or raises Refused: the Reason's rule is a number of
the specification, and its value `possible_from` the first day on which it would be allowed, if there is one.
"""

from dataclasses import replace

from lic.models import N_, Basis, ProductKind
from lic.rules import Reason, Refused, pricing, refuse_if
from lic.rules.calendar import Span, last_month, month_of, months_left, next_first, period
from lic.rules.holdings import BASES, Held
from lic.rules.parts import (
    ANNUAL,
    MONTHLY,
    Item,
    Kind,
    changed,
    made,
    term_of,
    why_not_another,
    why_not_go_on,
    why_not_months,
    why_not_over,
    why_not_quantity,
    why_not_settled,
    why_not_start,
    why_not_work,
    within,
)
from lic.rules.pricing import Block
from lic.rules.prolonging import cancel, coterminate, give_back, remove_seats, renew

__all__ = (  # the operations, in the order one meets them
    "add_module", "add_seats", "assurance", "cancel", "change_product", "change_type", "coterminate", "first_period",
    "give_back", "remove_seats", "renew", "subscribe", "upgrade_assurance",
)  # fmt: skip

# --- new -----------------------------------------------------------------------------------------


def subscribe(
    prices, product, type, quantity, on, *, starts_on=None, ends_on=None, months=None, plan=None,
    assurance_months=None, asked_on=None,
):  # fmt: skip
    """A new subscription. A term has `ends_on` or `months`; `plan` adds its first assurance (000-16)."""
    refuse_if(_why_not_product(product) or why_not_quantity(quantity))
    refuse_if(why_not_start(starts_on, asked_on or on))
    unit = prices.unit(product, BASES[type])
    start = max(on, starts_on or on)
    whole = first_period(type, start, ends_on, months)
    items = [_first(prices, Kind.SEATS, product, type, quantity, unit, whole)]
    if plan:
        items.append(_first_assurance(prices, product, plan, quantity, whole, type, assurance_months))
    return made(
        "subscribe", prices, product, items, start, None if type is MONTHLY else whole.to_on, quantity, whole=whole,
        monthly=quantity * unit if type is MONTHLY else pricing.ZERO,
    )  # fmt: skip


def first_period(type, start, ends_on=None, months=None):
    if type is MONTHLY:
        return Span(start, month_of(start).to_on, start)
    return period(start, 12) if type is ANNUAL else term_of(start, start, ends_on, months)


def _first(prices, kind, product, type, quantity, unit, whole):
    if type is MONTHLY:
        first = prices.parameters(product).monthly_first
        line = pricing.monthly_lines([Block(quantity, unit, whole.from_on)], whole.from_on, whole.from_on, first)[0]
        return Item(kind, product, line, at_once=False)
    if type is ANNUAL:
        return Item(kind, product, pricing.annual(quantity, unit, whole))
    return Item(kind, product, pricing.term(quantity, unit, whole, prices.parameters(product)))


def _first_assurance(prices, product, plan, quantity, whole, type, months):
    if months is None:
        if type is MONTHLY:
            raise Refused(Reason(N_("Say for how many months the software assurance is."), rule="000-16"))
        months = months_left(whole, whole.from_on)
    refuse_if(why_not_months(months))
    sold, unit = prices.assurance(product, plan)
    return Item(Kind.ASSURANCE, sold, pricing.assurance(quantity, unit, whole.from_on, months))


def _why_not_product(product, kind=ProductKind.SUBSCRIPTION):
    if product.kind is not kind or not product.active:
        return Reason(N_("%(product)s cannot be ordered like this."), rule="000-04", product=product)
    return None


# --- more seats, a module ------------------------------------------------------------------------


def add_seats(prices, held, quantity, on, *, asked_on=None):
    """More seats to the same end, at any time; their assurance and modules come by themselves (000-33, 000-44)."""
    refuse_if(why_not_quantity(quantity) or why_not_work(prices, held, asked_on or on) or why_not_over(held, on))
    refuse_if(why_not_quantity(quantity + held.quantity(on)))
    on = within(held, on)
    items = _added(prices, held, quantity, on, Kind.ADDED)
    unit = prices.find(held.product, BASES[held.type]) or pricing.ZERO
    support = held.support
    if support and support.to_on >= on and not held.is_left(on):
        sold, monthly = prices.assurance(held.product, held.plan)
        line = pricing.assurance_added(quantity, monthly, support, on)
        items.append(Item(Kind.ASSURANCE, sold, line, subscription=held.id))
    monthly = _goes_on_monthly(held)
    each = quantity * unit if monthly else pricing.ZERO
    for module in held.modules:
        items += _added(prices, module, quantity, on, Kind.MODULE, held.periods)
        if monthly:
            each += quantity * prices.unit(module.product, Basis.MONTHLY)
    after = held.after(on) + quantity
    return changed("add_seats", prices, held, items, on, after, monthly=each)


def _goes_on_monthly(held):
    """Whether it is billed every month from now on: it renews itself, is not cancelled nor about to be annual."""
    return held.type is MONTHLY and held.auto_renew and not held.cancelled and not held.change("change_type")


def _added(prices, held, quantity, on, kind, periods=None):
    """periods: of a module its base's, however late in one of them it came."""
    parameters = prices.parameters(held.product, held.kept)
    if held.type is MONTHLY:
        unit = prices.unit(held.product, BASES[MONTHLY])
        new = pricing.monthly_lines([Block(quantity, unit, on)], on, held.begun, parameters.monthly_first)
        items = _running(held, on, parameters) + [Item(kind, held.product, new[0], False, subscription=held.id)]
        if change := held.change("change_type"):  # the year that was ordered begins with these seats too
            year = period(change.effective_on, 12)
            line = pricing.annual(quantity, prices.unit(held.product, Basis.ANNUAL), year)
            items.append(Item(Kind.ANNUAL, held.product, line, False, subscription=held.id))
        return items
    items = []
    for whole in [whole for whole in periods or held.periods if whole.to_on >= on]:
        product = held.product_of(whole)
        unit = prices.unit(product, BASES[held.type])
        if held.type is ANNUAL:
            line = pricing.annual_added(quantity, unit, whole, on, parameters.annual_addon)
        else:
            line = pricing.term_added(quantity, unit, whole, on, parameters)
        items.append(Item(kind, product, line, subscription=held.id))
    return items


def _running(held, on, parameters):
    """What the seats one has already cost in this month; owed whatever is done now (X2)."""
    lines = pricing.monthly_lines(held.blocks, on, held.begun, parameters.monthly_first)
    return [Item(Kind.RUNNING, held.product, line, False, owed=True, subscription=held.id) for line in lines]


def add_module(prices, base, product, on, *, asked_on=None, paid=True):
    """A module for every seat of its base, to the base's end (000-35, 000-36). paid: whether the base's invoice is."""
    refuse_if(_why_not_product(product, ProductKind.MODULE) or why_not_work(prices, base, asked_on or on))
    refuse_if(why_not_over(base, on))
    if product.base_id != base.product.id:
        raise Refused(
            Reason(N_("%(product)s is not made for %(base)s."), rule="000-35", product=product, base=base.product)
        )
    if not paid:
        raise Refused(
            Reason(
                N_("%(base)s must be ordered and its invoice paid before %(product)s can be added."),
                rule="000-35",
                base=base.product,
                product=product,
            )
        )
    refuse_if(why_not_another(base))  # it would not change with its base
    refuse_if(why_not_settled(base, within(base, on)))
    if any(module.product == product for module in base.modules):
        raise Refused(Reason(N_("It has %(product)s already."), rule="000-36", product=product))
    on, quantity = within(base, on), base.quantity(on)
    unit = prices.unit(product, BASES[base.type])
    module = Held(product, base.type, base.periods, ())
    items = [
        replace(item, subscription=None, line=replace(item.line, quantity=base.quantity(item.line.from_on)))
        for item in _added(prices, module, quantity, on, Kind.MODULE)
    ]
    each = quantity * unit if _goes_on_monthly(base) else pricing.ZERO
    return changed("add_module", prices, base, items, on, quantity, monthly=each)


# --- another type, another product ---------------------------------------------------------------


def change_type(prices, held, type, on, *, asked_on=None):
    """Monthly to annual from the next 1st (000-41); annual to monthly, in its last month, from the day after (X4)."""
    refuse_if(why_not_work(prices, held, asked_on or on) or why_not_go_on(held) or why_not_another(held))
    if (held.type, type) == (MONTHLY, ANNUAL):
        return _to_annual(prices, held, on)
    if (held.type, type) == (ANNUAL, MONTHLY):
        return _to_monthly(prices, held, asked_on or on)
    raise Refused(
        Reason(N_("A subscription does not go from %(old)s to %(new)s."), rule="000-54", old=held.type, new=type)
    )


def _to_annual(prices, held, on):
    on = max(on, held.first.from_on)
    refuse_if(why_not_settled(held, on))
    start = next_first(on)
    if start < held.last.after:
        raise Refused(
            Reason(
                N_("It is renewed until %(day)s already: becoming annual is possible from %(possible_from)s."),
                rule="000-41",
                day=held.last.to_on,
                possible_from=held.last.from_on,
            )
        )
    if not held.auto_renew and start != held.last.after:
        raise Refused(
            Reason(N_("It ended on %(day)s: it becomes annual only without a gap."), rule="000-41", day=held.last.to_on)
        )
    family, items = (held, *held.modules), []
    quantity = held.quantity(on) - held.removed
    for one in family:
        items += _running(one, on, prices.parameters(one.product, one.kept))
        line = pricing.change_to_annual(quantity, prices.unit(one.product, Basis.ANNUAL), on)
        items.append(Item(Kind.ANNUAL, one.product, line, at_once=False, subscription=one.id))
    return changed("change_type", prices, held, items, start, quantity, whole=period(start, 12))


def _to_monthly(prices, held, asked_on):
    window = last_month(held.last)
    if asked_on < window.from_on:
        raise Refused(
            Reason(
                N_("An annual subscription becomes monthly only in its last month: possible from %(possible_from)s."),
                rule="000-45",
                possible_from=window.from_on,
            )
        )
    start, quantity, items, each = held.last.after, held.next_quantity(), [], pricing.ZERO
    for one in (held, *held.modules):
        unit = prices.unit(one.product, Basis.MONTHLY)
        first = prices.parameters(one.product, one.kept).monthly_first
        line = pricing.monthly_lines([Block(quantity, unit, start)], start, start, first)[0]
        items.append(Item(Kind.SEATS, one.product, line, at_once=False, subscription=one.id))
        each += quantity * unit
    whole = Span(start, month_of(start).to_on)
    monthly = changed("change_type", prices, held, items, start, quantity, whole=whole, monthly=each)
    return replace(monthly, ends_on=None)


def change_product(prices, held, product, on, *, asked_on=None):
    """To a dearer product now, for the difference; to a cheaper one at renewal, without credit (O, Plan change)."""
    refuse_if(_why_not_product(product) or why_not_work(prices, held, asked_on or on) or why_not_go_on(held))
    refuse_if(why_not_over(held, on))
    refuse_if(why_not_another(held) or _why_not_become(prices, held, product, on))
    if len([whole for whole in held.periods if whole.to_on >= on]) > 1:
        raise Refused(Reason(N_("It is renewed already: change the product once the new period has begun."), rule="O"))
    on, new = within(held, on), prices.unit(product, Basis.ANNUAL)
    refuse_if(why_not_settled(held, on))
    if later := [block.from_on for block in held.blocks if block.from_on > on]:
        raise Refused(
            Reason(N_("It already becomes %(product)s on %(day)s."), rule="S", product=held.product, day=min(later))
        )
    prices.parameters(product)  # kept with the order: they hold from then on (P)
    changes = [pricing.plan_change(block.quantity, block.unit, new, held.last, on) for block in held.rows(on)]
    if any(change.line is None for change in changes):
        return changed("change_product", prices, held, [], held.last.after, held.next_quantity())
    items = [Item(Kind.CHANGE, product, change.line, subscription=held.id) for change in changes]
    return changed("change_product", prices, held, items, on, held.quantity(on))


def _why_not_become(prices, held, product, on):
    """Why it does not become this product, or None: its modules and its assurance would have to be that one's too."""
    if held.type is not ANNUAL or product == held.product:
        return Reason(N_("%(product)s cannot become %(new)s."), rule="O", product=held.product, new=product)
    if module := next((one.product for one in held.modules if one.product.base_id != product.id), None):
        return Reason(
            N_("%(module)s goes with %(product)s only: order %(new)s as a new subscription and let this one end."),
            rule="000-35",
            module=module,
            product=held.product,
            new=product,
        )
    if held.support and held.support.to_on >= on and not prices.has_assurance(product, held.plan):
        return Reason(
            N_(
                "There is no %(plan)s software assurance for %(new)s, and this one has it until %(day)s: order"
                " %(new)s as a new subscription and let this one end."
            ),
            rule="000-07",
            plan=held.plan,
            new=product,
            day=held.support.to_on,
        )
    return None


# --- assurance -----------------------------------------------------------------------------------


def assurance(prices, held, plan, months, on, *, asked_on=None):
    """The first assurance: every month asked, at once (000-16)."""
    refuse_if(why_not_work(prices, held, asked_on or on) or why_not_months(months) or why_not_over(held, on))
    on = within(held, on)
    refuse_if(why_not_settled(held, on))
    if held.support and held.support.to_on >= on:
        raise Refused(
            Reason(
                N_("It is under software assurance %(plan)s until %(day)s: upgrade that instead."),
                rule="000-55",
                plan=held.plan,
                day=held.support.to_on,
            )
        )
    sold, unit = prices.assurance(held.product, plan)
    line = pricing.assurance(held.quantity(on), unit, on, months)
    refuse_if(_why_not_fewer_soon(held, line))
    items = [Item(Kind.ASSURANCE, sold, line, subscription=held.id)]
    return replace(changed("assurance", prices, held, items, on, held.quantity(on)), ends_on=line.to_on)


def _why_not_fewer_soon(held, line):
    """Why so many seats are not assured for all of these days, or None: fewer of them are left by then."""
    changes = [change.effective_on for change in held.planned if change.kind == "remove_seats"]
    renewed = [whole.from_on for whole in held.periods if held.quantity(whole.from_on) < line.quantity]
    if day := min((day for day in (*changes, *renewed) if line.from_on < day <= line.to_on), default=None):
        return Reason(
            N_("From %(day)s there are fewer seats, as scheduled: possible from %(possible_from)s."),
            rule="S",
            day=day,
            possible_from=day,
        )
    return None


def upgrade_assurance(prices, held, plan, on, *, asked_on=None):
    """Any higher plan, for the difference to the support end (X7, 000-55, 000-56)."""
    refuse_if(why_not_work(prices, held, asked_on or on) or why_not_over(held, on))
    on = within(held, on)
    if held.support is None or held.support.to_on < on:
        raise Refused(Reason(N_("It has no software assurance to upgrade."), rule="000-55"))
    refuse_if(why_not_settled(held, on))
    refuse_if(pricing.why_not_upgrade(held.plan, plan))
    sold, new = prices.assurance(held.product, plan)
    items = []
    for cover in [cover for cover in held.covers if cover.to_on >= on]:
        support = Span(held.support.from_on, cover.to_on, held.support.from_on)
        line = pricing.assurance_upgrade(cover.quantity, cover.unit, new, support, max(on, cover.from_on))
        items.append(Item(Kind.UPGRADE, sold, line, subscription=held.id))
    upgraded = changed("upgrade_assurance", prices, held, items, on, held.quantity(on))
    return replace(upgraded, ends_on=held.support.to_on, notes=(*upgraded.notes, *_paid_to_the_end(held)))


def _paid_to_the_end(held):
    """That the seats which go before the support ends are upgraded to its end as well: nothing of it comes back."""
    change = held.change("remove_seats")
    if change is None or change.effective_on > held.support.to_on:
        return ()
    every = N_("The upgrade is paid until %(end)s for all the seats of today, those that go included.")
    return (Reason(every, rule="000-57", end=held.support.to_on),)
