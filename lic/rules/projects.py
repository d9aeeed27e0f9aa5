"""Projects: one end customer, one type and assurance plan, licence groups, orders and their lock (000-03..16)."""

import re
from dataclasses import dataclass
from decimal import Decimal

from lic.models import (
    N_,
    LicenceGroup,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Plan,
    Product,
    ProductKind,
    Project,
    Subscription,
    SubscriptionType,
    read_once,
    tx,
)
from lic.rules import Reason, Refused, asked, cart, holdings, invoices, journal, numbers, refuse_if
from lic.rules.prices import made_for, subscribed

FIRST = 20001  # the first project's number
TENANT = ("tenant_name", "tenant_domain", "tenant_country")
ADMINISTRATOR = ("admin_first_name", "admin_last_name", "admin_email", "admin_phone")
REQUIRED = ("name", *TENANT, *ADMINISTRATOR)  # the description alone may stay empty (000-11)
KEPT = (*REQUIRED, "channel", "description")
LONGEST = {"description": 4000}
MOST = 200  # characters of any other field
DOMAIN = re.compile(r"(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,63})", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

journal.tells("project.made", journal.Tell(lambda project, event: account_managers(buyer_of(project))))
journal.tells("project.changed", journal.Tell(lambda project, event: journal.administrators(buyer_of(project))))
journal.tells("project.group_added", journal.Tell(lambda project, event: journal.administrators(buyer_of(project))))


# --- who, and through which channel ----------------------------------------------------------------


def buyer_of(project):
    """Who orders for a project: the direct customer itself, else its reseller (Q)."""
    customer = project.customer
    return customer if customer is not None and customer.direct else project.reseller


def channels(buyer):
    """What the channel list offers; nothing is no error (000-09)."""
    return [name.strip() for name in (buyer.channel or "").split(",") if name.strip()]


def account_manager(buyer):
    """Who to ask for a channel: the named person, else the approver."""
    return buyer.account_manager or buyer.approver


def account_managers(buyer):
    found = account_manager(buyer)
    return [found] if found else []


def why_no_channel(buyer):
    """What the form says while the channel list is empty, with a person's name, or None (000-09)."""
    if channels(buyer):
        return None
    manager = account_manager(buyer)
    if manager is None:
        return Reason(N_("You have no channel yet: contact the distributor."), rule="000-09")
    return Reason(
        N_("You have no channel yet: contact your account manager, %(name)s (%(email)s)."),
        rule="000-09",
        name=manager,
        email=manager.email,
    )


def customers(buyer):
    """The end customers a project can be for, by name."""
    if buyer.direct:
        return [buyer]
    return list(
        Organisation.select()
        .where(Organisation.reseller == buyer.id, Organisation.cancelled_at.is_null())
        .order_by(Organisation.name, Organisation.id)
    )


# --- made in two steps (000-03): the type, then the form -------------------------------------------


def why_not_new(user):
    """Why this person makes no project, or None if they can: who orders does (003-17)."""
    return cart.why_not_shop(user)


def why_not_fields(given):
    """[(field, Reason)]: what is missing or wrong in a form."""
    missing = Reason(N_("This is needed."), rule="000-11")
    wrong = [(name, missing) for name in REQUIRED if name in given and not (given[name] or "").strip()]
    for name in KEPT:
        most = LONGEST.get(name, MOST)
        if len(given.get(name) or "") > most:
            wrong.append((name, Reason(N_("At most %(most)s characters."), most=Decimal(most))))
    domain = (given.get("tenant_domain") or "").strip()
    if domain and (reason := why_not_domain(domain)):
        wrong.append(("tenant_domain", reason))
    email = (given.get("admin_email") or "").strip()
    if email and not EMAIL.fullmatch(email):
        wrong.append(("admin_email", Reason(N_("This is no e-mail address."), rule="000-10")))
    return wrong


def why_not_domain(text):
    """Why this is no domain, or None if it is: names of letters, digits and hyphens with dots between them."""
    if len(text) <= 253 and DOMAIN.fullmatch(text):
        return None
    return Reason(N_("This is not a domain, like customer.onmicrosoft.com."), rule="000-10")


def new(by, at, customer, subscription_type, assurance_plan, channel=None, **given):
    """A project of this person's organisation. given: REQUIRED and description."""
    buyer = by.organisation
    with tx():
        refuse_if(why_not_new(by) or why_no_channel(buyer))
        if channel not in channels(buyer):
            raise Refused(Reason(N_("Choose one of your channels."), rule="000-08"))
        if customer not in customers(buyer):
            raise Refused(Reason(N_("Choose one of your customers."), rule="000-04"))
        given = {name: "" for name in REQUIRED} | given
        _refuse_wrong(given)
        project = Project.create(
            **customer.owner,
            number=numbers.next_number("project", first=FIRST),
            subscription_type=SubscriptionType(subscription_type),
            assurance_plan=assurance_plan and Plan(assurance_plan),
            channel=channel,
            made_at=at.at,
            **_stripped(given),
        )
        chosen = {"type": project.subscription_type.value}
        chosen |= {"plan": project.assurance_plan.value} if project.assurance_plan else {}
        journal.record("project.made", project, by, at, after=told(project) | chosen)
        return project


def _refuse_wrong(given):
    for name, reason in why_not_fields(given):
        raise Refused(Reason(N_("%(field)s: %(reason)s"), rule=reason.rule, field=name, reason=reason))


def _stripped(given):
    return {name: (value or "").strip() for name, value in given.items()}


def why_not_edit(project, user):
    """Why this person cannot change a project's details, or None if they can (000-28)."""
    if buyer_of(project) != user.organisation or not (user.active and user.is_administrator):
        return Reason(N_("Only an administrator of %(name)s changes it."), rule="000-28", name=buyer_of(project))
    return None


def edit(project, by, at, **given):
    """Name, tenant, administrator, channel, description; type and plan change by orders (000-28)."""
    with tx():
        project = project.again()
        refuse_if(why_not_edit(project, by))
        _refuse_wrong(given)
        if given.get("channel", project.channel) not in (*channels(buyer_of(project)), project.channel):
            raise Refused(Reason(N_("Choose one of your channels."), rule="000-08"))
        before = told(project)
        for name, value in _stripped({name: given[name] for name in KEPT if name in given}).items():
            setattr(project, name, value)
        if told(project) != before:
            project.save()
            journal.record("project.changed", project, by, at, before=before, after=told(project))
        return project


def told(project):
    """What the audit trail keeps."""
    return {"number": project.number} | {name: getattr(project, name) for name in KEPT}


# --- found -----------------------------------------------------------------------------------------


def numbered(number):
    """A project of the scope, with whose it is at hand."""
    return Project.with_owners().where(Project.number == number).get()


# --- licence groups and editions (000-13, 000-14, 000-31, 000-32) ------------------------------------


def editions(project, day):
    """Products a further group can be of: offered for the project's type on the buyer's list, and not in it yet."""
    buyer = buyer_of(project)
    if buyer.price_list_id is None:
        return []
    prices, basis = holdings.Prices.of(buyer, day), holdings.BASES[project.subscription_type]
    here = {group.product_id for group in groups(project)}
    sold = [one for one in subscribed() if one.kind is ProductKind.SUBSCRIPTION and one.active]
    return [one for one in sold if one.id not in here and prices.find(one, basis) is not None]


def why_not_add_group(project, product, user, today):
    if reason := why_not_edit(project, user):
        return reason
    if product not in editions(project, today):
        return Reason(N_("%(product)s cannot be added to this project."), rule="000-13", product=product)
    return None


def add_group(project, product, by, at):
    """One more licence group; its seats are ordered afterwards."""
    with tx():
        refuse_if(why_not_add_group(project, product, by, at.day))
        owner = {"reseller": project.reseller_id, "customer": project.customer_id}
        group = LicenceGroup.create(**owner, project=project, product=product)
        after = {"number": project.number, "product": product.reference}
        journal.record("project.group_added", project, by, at, after=after)
        return group


@dataclass(frozen=True)
class Group:
    """A licence group with its subscriptions and their modules, for a page."""

    group: LicenceGroup
    subscriptions: tuple

    @property
    def product(self):
        return self.group.product

    @property
    def product_id(self):
        return self.group.product_id


def groups(project):
    """The project's licence groups in the order they came, each with its subscriptions and what they hold."""
    return read_once(project, "groups", lambda: _groups(project))


def _groups(project):
    buyer, found = buyer_of(project), {}
    rows = Subscription.select(Subscription, Product).join(Product, on=(Subscription.product == Product.id))
    for subscription in rows.where(Subscription.project == project.id).order_by(Subscription.number):
        if subscription.holder_id == buyer.id:
            subscription.holder = buyer
        found.setdefault(subscription.group_id, []).append(subscription)
    holdings.several([one for of_group in found.values() for one in of_group])
    listed = LicenceGroup.select(LicenceGroup, Product).join(Product).where(LicenceGroup.project == project.id)
    return [Group(group, tuple(found.get(group.id, ()))) for group in listed.order_by(LicenceGroup.id)]


def running(project):
    """The base subscriptions of a project that have not been cancelled."""
    return list(
        Subscription.select()
        .where(Subscription.project == project.id, Subscription.base.is_null(), Subscription.cancelled_on.is_null())
        .order_by(Subscription.number)
    )


def modules_for(subscription, day):
    """[(module, why not or None)]: the add-ons made for this base that its buyer's list offers (000-35, 000-36)."""
    prices = holdings.Prices.of(subscription.holder, day)
    basis = holdings.BASES[subscription.type]
    sold = [one for one in made_for(subscription.product, ProductKind.MODULE) if one.active]
    offered = [one for one in sold if prices.find(one, basis)]
    return [(one, _why_not_module(subscription, one, prices, day)) for one in offered]


def _why_not_module(subscription, product, prices, day):
    held, paid = holdings.held(subscription), invoices.is_paid(subscription)
    try:
        asked.previews.add_module(prices, held, product, day, paid=paid)
    except Refused as refused:
        return refused.reason
    return None


def with_paid_base(module, buyer):
    """The subscriptions a module can be added to: of this buyer, of the module's base, paid (000-36)."""
    rows = Subscription.select().where(
        Subscription.holder == buyer.id, Subscription.product == module.base_id, Subscription.cancelled_on.is_null()
    )
    return [subscription for subscription in rows.order_by(Subscription.number) if invoices.is_paid(subscription)]


# --- orders and the lock ---------------------------------------------------------------------------


def orders_of(project):
    """The orders with a line of this project, the newest first (000-26)."""
    lines = OrderLine.select(OrderLine.order).where(OrderLine.project == project.id)
    return list(Order.select().where(Order.id.in_(lines), Order.state != OrderState.CART).order_by(Order.number.desc()))


def why_locked(project):
    """Why nothing can be ordered for it now, naming the order that waits, or None (000-25, X8)."""
    return cart.why_locked(project)


def lock(project):
    """That order, to be linked to beside the reason."""
    return cart.lock(project)
