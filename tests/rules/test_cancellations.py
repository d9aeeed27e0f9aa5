"""A client is cancelled: everything of it ends at once, and the books keep it."""

from datetime import date

import pytest

from lic.models import (
    Address,
    Article,
    Coverage,
    Event,
    Incident,
    OrderState,
    SignIn,
    StockMovement,
    SubscriptionType,
)
from lic.rules import Refused, activations, cancellations, holdings, renewals, stock
from lic.web import session
from tests.conftest import NOON, on
from tests.incidents import an_incident
from tests.rules.test_stock import an_approved_line
from tests.rules.test_stock import bought as bought_licences
from tests.subscribed import a_project, bought
from tests.subscriptions import sold


@pytest.fixture(autouse=True)
def busy(world):
    world.client.tax_number = "732829320"
    world.client.save()
    stock.adjust(world.alpha, world.completo, 5, "first stock", world.diane, NOON)
    stock.adjust(world.alpha, world.light, 2, "first stock", world.diane, NOON)
    activations.activate(world.alpha, world.completo, world.client, world.remi, NOON, 3)
    activations.activate(world.alpha, world.light, world.client, world.remi, NOON)


def cancelled(world):
    return cancellations.cancel(world.client, world.remi, NOON)


def test_all_its_activations_end_and_their_licences_return(world):  # 001-04, 001-05
    cancelled(world)
    assert activations.of(world.client) == []
    assert stock.balance(world.alpha, world.completo) == 5 and stock.balance(world.alpha, world.light) == 2


def test_its_tax_number_is_masked_and_the_audit_keeps_it(world):  # 001-06
    customer = cancelled(world)
    assert customer.tax_number == "•••••••20" and customer.cancelled_at == NOON.at
    event = Event.get(Event.kind == "customer.cancelled")
    assert event.before == {"name": "Client Test", "tax_number": "732829320"}
    assert event.after == {"activations": 4, "contracts": 1, "users": 2}


def test_its_people_lose_their_access_at_once(world, visit):
    browser = visit(world.claire)
    assert browser.get("/contracts").status_code == 200
    session._known.clear()
    cancelled(world)
    assert not world.claire.again().active and not SignIn.select().where(SignIn.user == world.claire).exists()
    assert browser.get("/contracts").status_code == 303
    assert world.remi.again().active


def test_its_contracts_stay_without_a_customer(world):  # 002-12
    cancelled(world)
    contract = world.contract.again()
    assert contract.customer is None and contract.reseller == world.alpha
    for rows in (Article, Coverage):
        assert {row.customer_id for row in rows.select().where(rows.contract == contract)} == {None}


def test_its_addresses_are_taken_away(world):
    owner = world.client.owner
    address = Address.create(
        **owner, organisation=world.client, label="Main", street="1 rue", city="Lyon", postcode="69001", country="FR"
    )
    cancelled(world)
    assert address.again().removed_at


def test_what_has_a_last_day_anyway_runs_on_to_it_and_is_counted(world, visit):  # 001-04
    held = bought(sold(world), customer=world.client)
    bought(world, start=date(2025, 3, 15), customer=world.client)  # over
    assert (cancellations.running(world.client, NOON.day), cancellations.effect(world.client).subscriptions) == (1, 0)
    page = visit(world.remi).get(f"/customers/{world.client.id}/cancellation/new").text
    assert "1 subscription runs on to its last day." in page
    cancelled(world)
    assert not held.again().cancelled_on


def test_what_renews_itself_ends_with_the_period_that_is_paid(world):
    project = a_project(sold(world), type=SubscriptionType.MONTHLY)
    held = bought(world, SubscriptionType.MONTHLY, 10, date(2026, 11, 10), project=project, assurance_months=1)
    assert held.customer == world.client and cancellations.effect(world.client).subscriptions == 1
    cancelled(world)
    assert not held.again().auto_renew and not held.again().cancelled_on
    renewals.run(on(date(2026, 12, 1)))
    assert holdings.periods(held)[-1].ends_on == date(2026, 11, 30)
    told = Event.get(Event.kind == "subscription.auto_renewal")
    assert (told.subject, told.by_id, told.after["auto_renew"]) == (held.id, world.remi.id, False)


def test_incidents_stay_open_and_are_counted(world):
    an_incident(world)
    assert cancellations.effect(world.client).incidents == 1
    assert cancelled(world) and Incident.get().state.value == "open"


def test_what_it_ends_is_counted_before(world):
    effect = cancellations.effect(world.client)
    assert effect.licences == ((world.completo, 3), (world.light, 1))
    assert (effect.activations, effect.contracts, effect.users) == (4, 1, 2)


def test_a_client_is_cancelled_once_and_only_a_client(world):
    cancelled(world)
    assert cancellations.why_not_cancel(world.client.again())
    assert cancellations.why_not_cancel(world.alpha)
    with pytest.raises(Refused):
        cancelled(world)


def test_a_direct_customers_order_must_be_decided_first(world):
    line = an_approved_line(world, world.atelier, world.completo, 1)
    line.order.state = OrderState.SUBMITTED
    line.order.save()
    assert cancellations.why_not_cancel(world.atelier)


def test_a_direct_customers_stock_ends_with_the_month(world):
    line = bought_licences(world, world.atelier, world.completo, 2)
    world.atelier.tax_number = "552100554"
    world.atelier.save()
    activations.activate(world.atelier, world.completo, world.atelier, world.marc, NOON)
    assert cancellations.effect(world.atelier).given_back == ((world.completo, 2),)
    cancellations.cancel(world.atelier, world.diane, NOON)
    assert stock.balance(world.atelier, world.completo) == 0
    last = StockMovement.select().order_by(StockMovement.id.desc()).get()
    assert (last.quantity, last.on, last.order_line) == (-2, date(2026, 12, 1), line)


@pytest.mark.parametrize("number, shown", [("", ""), ("732829320", "•••••••20"), ("1", "1")])
def test_a_masked_number_shows_two_characters(number, shown):
    assert cancellations.masked(number) == shown
