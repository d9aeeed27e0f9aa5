"""Declaring an incident on a contract, or asking for support for a service (002-30 to 002-41, 004-23 to 004-25, R8)."""

from peewee import fn

from lic.models import (
    EVERYBODY,
    N_,
    Article,
    Channel,
    ConcernedArticle,
    Incident,
    IncidentKind,
    Product,
    Subscription,
    scope,
    tx,
)
from lic.rules import Reason, addresses, files, incidents, journal, organisations, refuse_if

LONGEST = 20_000  # characters of a description


def next_number(day):
    """(number, sequence) of a day's next incident: YYMMDDNN, wider past 99; within the caller's transaction (R8)."""
    with scope(EVERYBODY):  # numbers are given across all organisations
        last = Incident.select(fn.COALESCE(fn.MAX(Incident.sequence), 0)).where(Incident.day == day).scalar()
    return number(day, last + 1), last + 1


def number(day, sequence):
    return int(f"{day:%y%m%d}{sequence:02d}")


# --- on a contract -----------------------------------------------------------------------------


def why_not_declare(contract, user):
    """Why no incident can be declared on a contract, or None. A contract that has ended may still have one."""
    if not (user.is_administrator or user.may_declare):
        return Reason(N_("Your account does not allow this."), rule="002-30")
    if not contract.customer_id:
        return Reason(N_("This contract has no customer yet. Give it one first."), rule="002-12")
    return organisations.why_not_change(contract.customer)


def delivery_addresses(contract, user):
    """Where the hardware may be sent: the customer's addresses, then the own ones of who declares for it (002-38)."""
    found = addresses.of(contract.customer)
    if user.organisation_id != contract.customer_id:
        found += addresses.of(user.organisation)
    return found


def declare(contract, by, at, *, title, nature, articles, description, address, waiting=(), due_at=None, key=None):
    """Declare an incident on a contract; `key` makes one incident of a form sent twice.

    articles: of the contract, at least one. address: one of `delivery_addresses`, or the fields of a new one.
    """
    with tx():
        if twin := sent_before(by, key):
            return twin
        contract = contract.again()
        refuse_if(why_not_declare(contract, by))
        concerned = list(Article.select().where(Article.contract == contract, Article.id.in_([a.id for a in articles])))
        if not concerned:
            refuse_if(Reason(N_("Tick at least one product."), rule="002-35"))
        if isinstance(address, dict):
            address = addresses.new(contract.customer, by, at, **address)
        main = contract.product_reference, contract.serial
        declaration = {
            "contract": contract.number,
            "reference": main[0],
            "serial": main[1],
            "customer": contract.customer.name,
            "nature": nature.value,
            "articles": [{"reference": a.reference, "serial": a.serial, "title": a.title} for a in concerned],
        }
        incident = _create(
            *({"reseller": contract.reseller_id, "customer": contract.customer_id}, by, at, key),
            contract=contract,
            title=title,
            nature=nature,
            description=description,
            declaration=declaration,
            address=addresses.told(address),
            due_at=due_at,
        )
        for article in concerned:
            ConcernedArticle.create(
                reseller=incident.reseller_id, customer=incident.customer_id, incident=incident, article=article
            )
        return _declared(incident, waiting, by, at)


# --- for a service (004-23 to 004-28) ------------------------------------------------------------


def services(user):
    """The services this person may ask support for: subscriptions in sight whose product is one."""
    query = Subscription.select(Subscription, Product).join(Product, on=(Subscription.product == Product.id))
    query = query.where(Product.is_service == True).order_by(Product.reference, Subscription.number)  # noqa: E712
    return [subscription for subscription in query if incidents.may_act(user, subscription)]


def why_not_request(subscription, user):
    if not incidents.may_act(user, subscription):
        return Reason(N_("Your account does not allow this."), rule="004-23")
    if not subscription.product.is_service:
        return Reason(N_("%(product)s is not a service."), product=subscription.product, rule="004-24")
    return None


def request(subscription, by, at, *, kind, title, description, waiting=(), due_at=None, key=None):
    """Ask for support for a service: an incident, or technical information."""
    with tx():
        if twin := sent_before(by, key):
            return twin
        subscription = subscription.again()
        refuse_if(why_not_request(subscription, by))
        with scope(EVERYBODY):  # a customer's name for the declaration, whoever asks
            customer = subscription.customer.name if subscription.customer_id else subscription.holder.name
        declaration = {
            "subscription": subscription.number,
            "reference": subscription.product.reference,
            "serial": "",
            "customer": customer,
            "service": subscription.product.title,
            "articles": [],
        }
        incident = _create(
            *({"reseller": subscription.reseller_id, "customer": subscription.customer_id}, by, at, key),
            subscription=subscription,
            kind=kind,
            title=title,
            description=description,
            declaration=declaration,
            due_at=due_at,
        )
        return _declared(incident, waiting, by, at)


# --- both --------------------------------------------------------------------------------------


def sent_before(by, key):
    """What this person made with the same form before, or None."""
    return Incident.get_or_none(Incident.idempotency == f"{by.id}:{key}") if key else None


def _create(owner, by, at, key, *, title, description, declaration, **given):
    """The declaration is kept as it was first made: nothing changes it (002-49)."""
    if not title.strip() or not description.strip():
        refuse_if(Reason(N_("A title and a description say what it is about."), rule="002-33"))
    if len(description) > LONGEST:
        refuse_if(Reason(N_("A description has at most %(count)s characters."), count=LONGEST, rule="002-36"))
    given.setdefault("kind", IncidentKind.INCIDENT)
    new, sequence = next_number(at.day)
    incident = Incident(
        **owner,
        number=new,
        day=at.day,
        sequence=sequence,
        title=title,
        description=description,
        declaration=declaration | {"title": title, "description": description, "kind": given["kind"].value},
        declared_by=by.id,
        declared_at=at.at,
        idempotency=f"{by.id}:{key}" if key else None,
        **given,
    )
    incident.turn = incidents.turn(incident, incidents.OPEN)
    incident.save()
    return incident


def _declared(incident, waiting, by, at):
    waiting = files.staged(by, [file.id for file in waiting])
    files.put(incident, Channel.DECLARATION, waiting, by, at)
    journal.record(
        *("incident.declared", incident, by, at), after={"title": incident.title, "files": [f.name for f in waiting]}
    )
    return incident
