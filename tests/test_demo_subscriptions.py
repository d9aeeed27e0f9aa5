"""The demonstration's projects and subscriptions are what demo.md says, whatever the day it is shown on."""

from datetime import date

import pytest

from lic import demo
from lic.models import (
    EVERYBODY,
    Allocation,
    Assignment,
    Incident,
    IncidentKind,
    IncidentState,
    Invoice,
    Organisation,
    Project,
    Quote,
    QuoteState,
    Subscription,
    SubscriptionType,
    scope,
)
from lic.rules import centres, holdings, invoices, projects, subscriptions
from lic.rules.calendar import Status
from tests.conftest import NOON, TODAY, a_portal, on, opened

DAYS = (TODAY, date(2023, 6, 1), date(2024, 2, 29), date(2030, 12, 31))


@pytest.fixture(scope="module", params=DAYS, ids=str)
def day(request, portal, blank, tmp_path_factory):
    with opened(portal, a_portal(tmp_path_factory.mktemp("demo"), blank)), scope(EVERYBODY):
        demo.load(0, NOON if request.param == TODAY else on(request.param))
        yield request.param


def of(name, **given):
    rows = Subscription.select().order_by(Subscription.id)
    return [one for one in rows if one.holder.name == name and all(getattr(one, n) == v for n, v in given.items())]


def test_annual_a_is_paid_and_can_take_its_module(day):  # 000-35
    project = Project.get(Project.name == "Client Test - impression")
    [group] = projects.groups(project)
    [a] = group.subscriptions
    held = holdings.held(a)
    assert held.quantity(day) == 20 and held.support.to_on == held.last.to_on and a.starts_on.day == 15
    if day == TODAY:
        assert (held.last.from_on, held.last.to_on) == (date(2026, 3, 15), date(2027, 3, 14))
    assert invoices.is_paid(a) and projects.modules_for(a, day)[0][1] is None


def test_one_of_every_state(day):
    mine = of("Revendeur Démo")
    states = [subscriptions.status(one, day) for one in mine]
    assert states.count(Status.GRACE) == 1 and states.count(Status.LAPSED) == 1
    assert any(one.type is SubscriptionType.TERM for one in mine)
    assert len([one for one in mine if one.sold_by]) == 1
    assert len([one for one in mine if holdings.scheduled(one)]) == 1
    [office] = [one for one in mine if one.product.reference == "OFF-ENT"]
    assert Assignment.select().where(Assignment.subscription == office).count() == 8


def test_another_project_waits_for_its_order(day):  # 000-25
    other = Project.get(Project.name != "Client Test - impression")
    assert projects.lock(other) is not None


def test_the_atelier_splits_its_services_over_two_centres(day):  # 004-20
    services = of("Atelier Direct")
    assert [(one.product.reference, holdings.held(one).quantity(day)) for one in services] == [
        ("OFF-ENT", 10),
        ("STO-PART", 25),
        ("EMM-STD", 5),
    ]
    for one in services:
        parts = Allocation.select().where(Allocation.subscription == one)
        assert sum(part.quantity for part in parts) == holdings.held(one).quantity(day)
    split_for = centres.of(services[0].holder)
    assert [centre.name for centre in split_for] == ["Siège", "Atelier"] and split_for[0].is_default


def test_the_ateliers_two_invoices_say_what_each_centre_bears(day):  # demo.md, 004-20
    made = Invoice.select().join(Organisation, on=(Invoice.bill_to == Organisation.id))
    made = list(made.where(Organisation.name == "Atelier Direct").order_by(Invoice.id))
    assert len(made) == 2
    for invoice in made:
        assert all({name for name, *_ in line.centres} == {"Siège", "Atelier"} for line in invoices.lines_of(invoice))
    (request,) = Incident.select().where(Incident.customer == made[0].bill_to, Incident.state == IncidentState.OPEN)
    assert request.kind is IncidentKind.INFORMATION


def test_one_invoice_of_revendeur_is_paid_that_of_annual_a(day):  # demo.md
    (paid,) = Invoice.select().where(Invoice.paid_on.is_null(False))
    assert paid.bill_to.name == "Revendeur Démo"
    assert {line.subscription.project.name for line in invoices.lines_of(paid)} == {"Client Test - impression"}


def test_a_renewal_is_quoted(day):  # 003-19
    (quote,) = Quote.select()
    assert quote.state(day) is QuoteState.OPEN and subscriptions.status(quote.subscription, day) is Status.EXPIRING


def test_parceiro_sells_by_subscription_in_reais(day):  # 000-04, 000-38, 000-44; demo.md's price list Brasil
    printing, office = of("Parceiro Demo")
    project = Project.get(Project.name == "Padaria Estrela - impressão")
    assert (printing.project, printing.customer.name) == (project, "Padaria Estrela Ltda")
    assert (office.customer.name, office.type, office.product.reference) == (
        *("Clínica São José", SubscriptionType.MONTHLY, "OFF-ENT"),
    )
    held = holdings.held(printing)
    assert held.quantity(day) == 6 and held.support.to_on == held.last.to_on and projects.lock(project) is None
    bills = Invoice.select().join(Organisation, on=(Invoice.bill_to == Organisation.id))
    bills = list(bills.where(Organisation.name == "Parceiro Demo").order_by(Invoice.id))
    assert bills[0].net_cents == 6 * 198_00 + 6 * 12 * 2_50 and {bill.currency for bill in bills} == {"BRL"}
    assert any(line.subscription == office for bill in bills for line in invoices.lines_of(bill))
    assert subscriptions.status(office, day) in (Status.ACTIVE, Status.EXPIRING)
