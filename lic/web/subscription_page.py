"""What the pages about subscriptions show: where one stands, its periods, and what this person may do with it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import pgettext

from lic.models import Basis, Product, ProductKind, Subscription, SubscriptionType
from lic.rules import (
    cart,
    centres,
    deciders,
    holdings,
    journal,
    placed,
    prices,
    quotes,
    reminders,
    renewals,
    requests,
    returns,
    subscriptions,
)
from lic.rules.calendar import Span, Status, decrease_window, grace_day, grace_end, renewal_window, started_months
from lic.rules.parts import Kind
from lic.rules.pricing import to_cents
from lic.web import timeline, words
from lic.web.asking import ACTIONS, DO
from lic.web.guard import BUYER_ADMINISTRATORS, CUSTOMER_ADMINISTRATORS, PRICED, is_allowed
from lic.web.wishing import Wish
from lic.web.words import ngettext

MONTHLY, ANNUAL, TERM = SubscriptionType


def parameters(subscription):
    """As they were when it was ordered."""
    return subscriptions.parameters(subscription)


def badge(status, ends_on, grace_days, today, suspended=False):
    """(tone, words, shape): louder only when somebody must act."""
    if suspended:
        return "danger", _("Suspended"), "stop"
    match status:
        case Status.SCHEDULED:
            return "", pgettext("subscription", "Scheduled"), "wait"
        case Status.ACTIVE:
            return "ok", pgettext("subscription", "Active"), "ok"
        case Status.EXPIRING:
            left = (ends_on - today).days
            return "warn", ngettext("In %(num)s day", "In %(num)s days", left) if left else _("Last day"), "warn"
        case Status.GRACE:
            return "danger", _("Grace, day %(day)s", day=grace_day(ends_on, grace_days, today)), "error"
        case Status.ENDED:
            return "", pgettext("subscription", "Ended"), "none"
    return "", pgettext("subscription", "Lapsed"), "none"


@dataclass(frozen=True)
class Choice:
    """One action as a button, or why it cannot be pressed."""

    action: object
    why: object = None


def of(subscription, user, today):
    """Everything the page of a subscription shows."""
    held, given, stored = holdings.held(subscription), parameters(subscription), holdings.stored(subscription)
    status = held.status(today, given.grace_days)
    if is_allowed(BUYER_ADMINISTRATORS):
        cart.look_around(subscription, user)
    priced = is_allowed(PRICED)
    return {
        "subscription": subscription,
        "held": held,
        "today_seats": held.quantity(today),
        "status": status,
        "badge": badge(status, held.last.to_on, given.grace_days, today, bool(subscription.suspended_at)),
        "grace_until": grace_end(held.last.to_on, given.grace_days),
        "renew_from": max(held.last.to_on + timedelta(days=1 - given.renew_window_days), held.last.from_on),
        "less": decrease_window(held.last.to_on, given.decrease_window_days),
        "goes_on": held.type is MONTHLY and held.auto_renew and not held.cancelled,
        "picture": timeline.of(_family(subscription, held), today, lambda product: given.grace_days),
        "periods": stored.periods[subscription.id],
        "orders": _orders(subscription, stored) if priced else {},
        "seats": stored.seats[subscription.id],
        "covers": stored.covers[subscription.id],
        "scheduled": _scheduled(subscription, stored),
        "becomes": next((row for row in stored.planned[subscription.id] if row.kind == "change_type"), None),
        "modules": stored.modules[subscription.id],
        "assurances": _plans_of(subscription.product),
        "is_over": status in OVER,
        "choices": _choices(subscription, held, user, today, status) if is_allowed(BUYER_ADMINISTRATORS) else [],
        "returns": returns.of(subscription, today) if is_allowed(BUYER_ADMINISTRATORS) and _is_priced(user) else [],
        "asks": _asks(subscription, today) if is_allowed(CUSTOMER_ADMINISTRATORS) else [],
        "renews_by_hand": is_allowed(BUYER_ADMINISTRATORS)
        and not subscriptions.why_not_auto_renew(subscription, user, today),
        "by_itself": _by_itself(subscription, held, today) if is_allowed(BUYER_ADMINISTRATORS) else None,
        "why_not_drop": lambda change: subscriptions.why_not_drop(change, user, today),
        "told_change": told_change,
        "lock": cart.lock(subscription.project) if subscription.project_id else None,
        "priced": priced,
        "proofs": reminders.proofs(subscription) if priced else [],
        "quotes": quotes.of(subscription) if priced else [],
        "divided": _divided(subscription, held, today) if priced else [],
        "currency": subscription.holder.price_list.currency if priced and subscription.holder.price_list_id else None,
        "history": journal.history(subscription),
    }


def _orders(subscription, stored):
    """{order line's id: the number of its order}, of its periods."""
    return placed.numbers([row.order_line_id for row in stored.periods[subscription.id]], placed.lines(subscription))


def _by_itself(subscription, held, today):
    """(from when, cents without VAT) of the year that may begin by itself, by the prices of today; None: none may."""
    found = None if subscription.sold_by or held.cancelled else renewals.next_year(subscription, today)
    return found and (found.effective_on, to_cents(found.totals.net))


def _family(subscription, held):
    """A subscription and its modules, each with its label."""
    labels = [subscription.product.reference, *(module.product.reference for module in held.modules)]
    return list(zip(labels, (held, *held.modules), strict=True))


def _scheduled(subscription, stored):
    found = stored.planned[subscription.id]
    for change in found:
        change.subscription = subscription
    return found


def _divided(subscription, held, today):
    """Its seats by billing centre; nothing where its buyer splits nothing, or bought it elsewhere (004-20)."""
    return [] if subscription.sold_by else centres.shared(subscription, held.quantity(today))


def _plans_of(product):
    return {one.plan: one for one in prices.made_for(product, ProductKind.ASSURANCE)}


def told_change(change):
    """A scheduled change as a sentence."""
    day = words.day(change.effective_on)
    match change.kind:
        case "remove_seats":
            count = change.inputs["quantity"]
            return ngettext("%(num)s seat less from %(day)s.", "%(num)s seats less from %(day)s.", count, day=day)
        case "change_type":
            type = words.word(SubscriptionType(change.inputs["type"]))
            return _("It becomes %(type)s on %(day)s.", type=type, day=day)
        case "change_product":
            product = words.word(Product.get_by_id(change.inputs["product"]))
            return _("It becomes %(product)s on %(day)s.", product=product, day=day)
    return _("A change is scheduled for %(day)s.", day=day)


def _asks(subscription, today):
    return [(wanted, requests.why_not_ask(subscription, wanted, today)) for wanted in requests.Wanted]


OVER = (Status.LAPSED, Status.ENDED)
ALWAYS = ("seats", "renewal", "removal", "cancellation")  # there are of any product


def _is_priced(user):
    return user.organisation.price_list_id is not None


def _choices(subscription, held, user, today, status):
    """What may be done now, each with why not; what never makes sense for it is not there."""
    if subscription.sold_by or subscription.base_id:
        return []
    names = ["seats", "renewal", {MONTHLY: "annual", ANNUAL: "monthly"}.get(held.type), "removal"]
    names += ["product"] if held.type is ANNUAL else []
    names += [("upgrade" if held.support and held.support.to_on >= today else "assurance"), "module", "cancellation"]
    if status in OVER:  # nothing can be done with it any more: why not is said once, beside a new one (003-18)
        names = ["renewal"]
    if not _is_priced(user):  # without a price list nothing can be computed: every button says so (004-04)
        return [Choice(ACTIONS[name], cart.why_not_shop(user)) for name in names if name in ALWAYS]
    found = []
    for name in filter(None, names):
        wish = Wish(ACTIONS[name], user, today, {}, subscription)
        if name in ("product", "module") and not wish.products:
            continue
        if name in ("assurance", "upgrade") and not wish.plans:
            continue
        found.append(Choice(wish.action, wish.why_not_open()))
    return found


# --- before it is ordered ----------------------------------------------------------------------------


def whose(wish):
    """What surrounds a preview: what there is now and afterwards, what follows, who approves."""
    found, held = wish.preview, wish.held
    name = wish.action.name
    shown = held and replace(held, cancelled=held.cancelled or name == "cancellation")
    shown = replace(shown, auto_renew=False) if name == "annual" else shown  # its months end where the year begins
    drawn = [(wish.subscription.product.reference, shown)] if held else []
    added = [_bar(item.line, item.kind) for item in found.items if not item.owed and item.line.from_on] if found else []
    return {
        "approver": deciders.approver_of(wish.user.organisation),
        "two_steps": deciders.needs_confirmation(wish.user.organisation),
        "picture": timeline.of(drawn, wish.today, lambda product: 0, added[:3]) if drawn or added else None,
        "now": _state(held, wish.today) if held else None,
        "then": found and _after(wish, found),
        "follows": found and _follows(wish, found),
        "months": _months(held, found) if held and found else (),
    }


def _months(held, found):
    """The started months the first line by month pays for: those that are counted, one by one (R3, X9)."""
    by_month = {Kind.ADDED: 12, Kind.MODULE: 12, Kind.CHANGE: 12, Kind.ASSURANCE: 1, Kind.UPGRADE: 1}
    item = next((one for one in found.items if by_month.get(one.kind) == one.line.denominator), None)
    if item is None:
        return ()
    support = item.kind in (Kind.ASSURANCE, Kind.UPGRADE)
    begun = held.support if support else next((one for one in held.periods if item.line.from_on in one), None)
    whole = Span(item.line.from_on, item.line.to_on, begun and begun.anchor)
    if begun and item.line.from_on in begun:
        whole = Span(begun.from_on, item.line.to_on, begun.anchor)
    months = started_months(whole, item.line.from_on)
    return months if len(months) == item.line.numerator else ()


def _bar(line, kind):
    return words.word(kind), line.from_on, line.to_on, seats(line.quantity)


def _state(held, today):
    """(how many, until when) of what there is."""
    end = held.last.to_on
    if held.type is MONTHLY and held.auto_renew and not held.cancelled:
        until = _("renews itself each month")
    else:
        until = _("until %(day)s", day=words.day(end))
    return seats(held.quantity(today)), until


def _after(wish, found):
    """(from when, how many, how many more or less, until when)."""
    if wish.action.leads != DO and found.effective_on <= wish.today:
        since = _("On approval")
    else:
        since = _("From %(day)s", day=words.day(found.effective_on))
    if wish.action.name == "cancellation":
        return (
            _("After %(day)s", day=words.day(wish.held.last.to_on)),
            _("It no longer works"),
            0,
            _("no days of grace"),
        )
    until = _("until %(day)s", day=words.day(found.ends_on)) if found.ends_on else _("renews itself each month")
    if found.ends_on and found.effective_on > found.ends_on:
        until = _("once it is renewed")
    if wish.action.name == "product":
        until = ", ".join((words.word(wish.inputs["product"]), until))
    if wish.action.name in ("assurance", "upgrade"):
        return since, words.word(wish.chosen_plan), 0, _("support %(until)s", until=until)
    before = wish.held.quantity(wish.today) if wish.held else 0
    return since, seats(found.quantity), found.quantity - before if before else 0, until


def seats(count):
    return ngettext("%(num)s seat", "%(num)s seats", count)


def _follows(wish, found):
    """[(when or what, what happens)]: the next renewal, giving back, fewer seats."""
    given, rows = found.parameters, []
    if wish.action.leads != DO and given.cooling_off_days and found.items:
        count, start = given.cooling_off_days, max(found.effective_on, wish.today, _year_ordered(wish))
        days = ngettext("%(num)s day from the approval", "%(num)s days from the approval", count)
        if start > wish.today:
            days = ngettext("%(num)s day from %(day)s on", "%(num)s days from %(day)s on", count, day=words.day(start))
        rows.append((_("Giving back"), days))
    if wish.action.name in ("renewal", "alignment") and _locks(wish, found):
        rows.append(
            (_("On approval"), _("What was changed or assured in the last days cannot be given back any more."))
        )
    ends = wish.held and (wish.held.cancelled or wish.held.change("change_type"))
    if not found.ends_on or ends or wish.action.name in ("cancellation", "assurance", "upgrade"):
        return rows
    window = decrease_window(found.ends_on, given.decrease_window_days)
    opens = renewal_window(found.ends_on, given.renew_window_days, given.grace_days)
    if amount := _renewal(wish, found):
        rows.insert(0, amount)
    days = {"day": words.day(opens.from_on), "end": words.day(opens.to_on)}
    rows.insert(0, (_("Renewal"), _("from %(day)s to %(end)s", **days)))
    if window:
        said = _("with the renewal, asked from %(from_on)s to %(to_on)s")
        rows.append((_("Fewer seats"), said % {"from_on": words.day(window.from_on), "to_on": words.day(window.to_on)}))
    return rows


def _locks(wish, found):
    """Whether what goes on keeps what was bought before from being given back: it would go first, and cannot yet."""
    moved = {item.subscription for item in found.items}
    mine = [one for one in wish.several or (wish.subscription,) if one.id in moved]
    later = found.effective_on > wish.today
    return later and any(returns.of(one, wish.today, only_whole=True) for one in mine)


def _year_ordered(wish):
    """The first day of a year that was ordered: its seats are given back from then on, those added meanwhile too."""
    change = wish.held and wish.held.change("change_type")
    return change.effective_on if change and change.inputs.get("order_line") else wish.today


def _renewed(wish, found):
    """The seats that a renewal after this is for: those of the end of what is paid, less what is scheduled."""
    if wish.action.name in ("product", "module"):
        return wish.held.next_quantity()
    return wish.held.next_quantity() + wish.inputs["quantity"] if wish.action.name == "seats" else found.quantity


def _renewal(wish, found):
    """(when, what a year costs then) of an annual subscription, at today's prices; None where nobody can say."""
    held, product = wish.held, wish.product
    if (held.type if held else wish.inputs.get("type")) is not ANNUAL or wish.several:
        return None
    if held:
        product = wish.inputs.get("product") if wish.action.name == "product" else held.coming or held.product
    more = [module.product for module in held.modules] if held else []
    more += [wish.inputs["product"]] if wish.action.name == "module" else []
    units = [wish.prices.find(one, Basis.ANNUAL) for one in (product, *more)]
    if None in units:
        return None
    currency, unit, count = found.currency, sum(units), _renewed(wish, found)
    said = {
        "count": words.number(count),
        "unit": words.money(to_cents(unit), currency),
        "total": words.money(to_cents(count * unit), currency),
    }
    day = words.day(found.ends_on + timedelta(days=1))
    return _("Renewal on %(day)s", day=day), _("%(count)s × %(unit)s = %(total)s without VAT", **said)


def alignable(today):
    """What could end together: what runs, has an end, and stands on its own; the latest first."""
    kept = Subscription.cancelled_on.is_null(), Subscription.base.is_null()
    latest = Subscription.select(Subscription.id).where(*kept).order_by(Subscription.number.desc()).limit(200)
    ends = Subscription.type != MONTHLY, Subscription.sold_by == ""
    rows = [(one, holdings.held(one)) for one in reversed(subscriptions.several(Subscription.id.in_(latest), *ends))]
    return {"rows": [(one, held) for one, held in rows if held.first.from_on <= today <= held.last.to_on]}
