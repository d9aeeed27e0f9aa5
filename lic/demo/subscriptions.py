"""Projects and subscriptions in every state, and the services of the direct customer (demo.md); by the rules' verbs."""

from datetime import timedelta

from lic.models import (
    Basis,
    Operation,
    Plan,
    Subscription,
    SubscriptionType,
    TechnicalAdministrator,
)
from lic.rules import (
    cart,
    centres,
    deliveries,
    numbers,
    orders,
    projects,
    quotes,
    renewals,
    seating,
    services,
    subscriptions,
    wishes,
)
from lic.rules.calendar import add_months, period, period_end

MONTHLY, ANNUAL, TERM = SubscriptionType


def load(d):
    bought = [
        (_ending(d, 20), _lapsed),
        (_ending(d, 5), _in_grace),
        (_ending(d, -15), _in_its_last_month),
        (add_months(d.today, -6), _for_a_term),
        (add_months(d.today.replace(day=15), -8), _annual_a),
        (add_months(d.today, -5), _office),
        (add_months(d.today, -1), _services_of_the_atelier),
        (add_months(d.today.replace(day=10), -1), _monthly),
        (add_months(d.today.replace(day=3), -2), _with_a_change),
    ]
    for day, buy in sorted(bought, key=lambda pair: pair[0]):
        buy(d, _at(d, day))
    _sold_elsewhere(d)
    renewals.run(d.at)
    _schedule(d)
    quotes.make(d.ending, d.distributeur, d.ago(4))
    _another_project(d)


def _at(d, day):
    return d.ago((d.today - day).days)


def _ending(d, ago):
    """The first day of a year that ended so many days ago (less than 0: will end)."""
    return add_months(d.today - timedelta(ago - 1), -12)


def ordered(by, at, operation, approver=None, second=None, **inputs):
    """The order of one thing, confirmed by `second` where two must, approved at once by `approver`; what it made."""
    wishes.add(operation, by, at, **inputs)
    mine = cart.of(by)
    agreed = [row.id for row in cart.terms([line.product for line in cart.lines(mine)], at.day)]
    key = f"demonstration {at.day} {Subscription.select().count()}"
    order = orders.place(by, at, key, agreed, orders.totals(mine).seen)
    if second:
        order = orders.confirm(order, by=second, at=at)
    if approver:
        orders.approve(order, by=approver, at=at)
        return Subscription.select().order_by(Subscription.id.desc()).get()
    return order


def _bought(d, at, product, type, quantity, customer=None, **inputs):
    given = {"product": product, "type": type, "quantity": quantity, "customer": customer} | inputs
    return ordered(d.revendeur, at, Operation.SUBSCRIBE, d.distributeur, **given)


# --- Revendeur Démo ------------------------------------------------------------------------------


def _annual_a(d, at):
    """20 seats with their assurance to the same end; its invoice is paid by the part after this one."""
    d.project = _project(d, at, "Client Test - impression", d.client, "client-test.example", ("Client", "Test"))
    given = {"project": d.project, "product": d.dwa, "quantity": 20}
    d.annual_a = ordered(d.revendeur, at, Operation.SUBSCRIBE, d.distributeur, **given)


def _project(d, at, name, customer, domain, administrator, type=ANNUAL):
    first, last = administrator
    return projects.new(
        d.revendeur,
        at,
        customer=customer,
        subscription_type=type,
        assurance_plan=Plan.STANDARD,
        channel="Intégrateurs",
        name=name,
        tenant_name=customer.name,
        tenant_domain=domain,
        tenant_country="FR",
        admin_first_name=first,
        admin_last_name=last,
        admin_email=customer.email,
        admin_phone=customer.phone,
        description="",
    )


def _another_project(d):
    """Its first order waits for the approver: the project is locked (000-25)."""
    customer = d.customers[3]
    project = _project(d, d.ago(2), f"{customer.name} - impression", customer, "clinique.example", ("Anaïs", "Roche"))
    given = {"project": project, "product": d.dwa, "quantity": 12}
    ordered(d.revendeur, d.ago(2), Operation.SUBSCRIBE, **given)


def _monthly(d, at):
    _bought(d, at, d.dwa, MONTHLY, 10, d.customers[1])


def _for_a_term(d, at):
    _bought(d, at, d.dwa, TERM, 8, d.customers[2], months=18)


def _in_its_last_month(d, at):
    d.ending = _bought(d, at, d.dwa, ANNUAL, 15, d.customers[4])


def _in_grace(d, at):
    _bought(d, at, d.dwa, ANNUAL, 6, d.customers[5])


def _lapsed(d, at):
    _bought(d, at, d.dwa, ANNUAL, 4, d.customers[2])


def _office(d, at):
    office = _bought(d, at, d.office, ANNUAL, 10, d.client)
    people = ("client_test", "cliente_testeuse", "accueil", "atelier", "compta", "direction", "livraison", "vente")
    for name in people:
        services.assign(office, f"{name}@sqp.example", d.client_test, at)


def _with_a_change(d, at):
    d.changing = _bought(d, at, d.dwa, MONTHLY, 12, d.customers[1])


def _schedule(d):
    """Two seats less from the next 1st."""
    subscriptions.remove_seats(d.changing, 2, d.revendeur, d.at)


def _sold_elsewhere(d):
    """Renewal information with a contact, instead of the button (003-12, 003-13)."""
    start = add_months(d.today, -10)
    elsewhere = Subscription.create(
        **d.client.owner,
        number=numbers.next_number("subscription", first=deliveries.FIRST),
        holder=d.reseller,
        product=d.storage,
        type=ANNUAL,
        starts_on=start,
        sold_by="Grossiste Ouest",
        sold_by_contact="renouvellements@grossiste-ouest.example, 02 40 11 22 33",
    )
    seating.add_period(elsewhere, period(start, 12))
    seating.add_rows(elsewhere, 30, 0, Basis.ANNUAL, start, period_end(start, 12))


# --- Atelier Direct --------------------------------------------------------------------------------


def _services_of_the_atelier(d, at):
    """Three services, split over two billing centres (004-20, 004-21)."""
    made = [centres.new(d.atelier, name, d.gestionnaire, at) for name in ("Siège", "Atelier")]
    for product, type, parts in (
        (d.office, ANNUAL, (6, 4)),
        (d.storage, MONTHLY, (10, 15)),
        (d.mobility, MONTHLY, (2, 3)),
    ):
        given = {"product": product, "type": type, "quantity": sum(parts)}
        service = ordered(d.gestionnaire, at, Operation.SUBSCRIBE, d.distributeur, **given)
        divided = {centre.id: quantity for centre, quantity in zip(made, parts, strict=True)}
        centres.allocate(service, divided, d.gestionnaire, at)
        if product == d.office:
            TechnicalAdministrator.create(**d.atelier.owner, user=d.admin_technique, subscription=service)
