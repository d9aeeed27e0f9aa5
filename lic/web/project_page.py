"""What a project's page shows: its editions with their seats, assurance and subscriptions, and what waits (000-12)."""

from lic.models import Basis, Plan, Product, ProductKind
from lic.rules import holdings, prices, projects
from lic.web import subscription_page, timeline


def of(project, user, today):
    """What all tabs share: whose it is, why it is locked, and what this person may do (000-25, 000-28)."""
    return {
        "project": project,
        "lock": projects.lock(project),
        "why_locked": projects.why_locked(project),
        "may_edit": not projects.why_not_edit(project, user),
        "waiting": projects.orders_of(project),
    }


def licences(project, user, today):
    """The first tab: software licences, software assurance, subscription."""
    groups = projects.groups(project)
    rows = [_row(one, today) for group in groups for one in group.subscriptions]
    mine = not projects.why_not_edit(project, user)
    drawn = [(f"{row['one'].product.reference}, {row['one'].number}", row["held"]) for row in rows]
    return of(project, user, today) | {
        "groups": groups,
        "rows": rows,
        "by_id": {row["one"].id: row for row in rows},
        "editions": projects.editions(project, today) if mine else [],
        "modules": _modules(groups, today) if mine else [],
        "picture": timeline.of(drawn, today, lambda product: 10) if drawn else None,
        "highest": list(Plan)[-1],
    }


def _row(one, today):
    held, given = holdings.held(one, with_modules=False), subscription_page.parameters(one)
    status = held.status(today, given.grace_days)
    end = held.last.to_on
    return {
        "one": one,
        "held": held,
        "seats": held.quantity(today),
        "works": status.works,
        "badge": subscription_page.badge(status, end, given.grace_days, today, bool(one.suspended_at)),
        "renews": one.auto_renew and one.type is subscription_page.MONTHLY and not held.cancelled,
    }


def _modules(groups, today):
    """[(base subscription, module, why not)]: the add-ons there are for what is in the project (000-35)."""
    bases = [one for group in groups for one in group.subscriptions if one.base_id is None and one.cancelled_on is None]
    return [(base, module, why) for base in bases for module, why in projects.modules_for(base, today)]


def plans(product):
    """{plan: its product}: what a plan contains is described there (000-07)."""
    asked = Product.select().where(Product.kind == ProductKind.ASSURANCE)
    if product is not None:
        asked = asked.where(Product.base == product.id)
    return {one.plan: one for one in asked.order_by(Product.id)}


def sold_plans(user, today):
    """[(plan, [(its product, the base it is for, cents per seat and month or None)])], the lowest plan first."""
    price_list = user.organisation.price_list
    book = prices.Book(price_list, today) if price_list else None
    asked = Product.select().where(Product.kind == ProductKind.ASSURANCE, Product.active == True)  # noqa: E712
    found = {plan: [] for plan in Plan}
    for one in asked.order_by(Product.reference):
        row = book and book.rows.get((one.id, Basis.ASSURANCE_MONTH))
        found[one.plan].append((one, one.base, row and row.cents))
    return list(found.items())
