"""Contracts: what extends them, until when, and whose they are."""

from datetime import date, timedelta

import pytest

from lic.models import Mail, Notification, Operation
from lic.rules import Refused, contracts
from lic.rules.calendar import Status
from tests.conftest import NOON, a_contract, on
from tests.incidents import an_incident
from tests.rules.test_stock import an_approved_line

TODAY = NOON.day


@pytest.mark.parametrize("old, new", [(date(2023, 12, 9), date(2025, 12, 9)), (date(2024, 2, 29), date(2026, 2, 28))])
def test_an_extension_adds_its_months_to_the_end(world, old, new):  # X13, 002-28
    contract = a_contract(world.alpha, world.client, starts_on=date(2020, 1, 1), ends_on=old)
    line = an_approved_line(world, world.alpha, world.extension, 1, operation=Operation.EXTEND, contract=contract)
    contract = contracts.extend(contract, line, world.diane, NOON)
    assert (contract.ends_on, contract.extended_months) == (new, 24)
    latest, first = contracts.coverages(contract)
    assert (first.ends_on, latest.starts_on, latest.ends_on) == (old, old + timedelta(days=1), new)
    assert latest.order_line == line.id and latest.customer == world.client


@pytest.mark.parametrize("late, offered", [(-400, True), (0, True), (10, True), (11, False)])
def test_an_extension_is_offered_until_the_last_day_of_grace(world, late, offered):  # 002-27, 000-43
    contract = a_contract(world.alpha, starts_on=date(2020, 1, 1), ends_on=TODAY - timedelta(days=late))
    assert (contracts.why_not_extend(contract, world.extension, TODAY) is None) is offered
    assert bool(contracts.offers(contract, TODAY)) is offered


def test_an_extension_says_what_it_costs_and_until_when_it_protects(world):  # 002-28
    (offer,) = contracts.offers(world.contract, TODAY)
    assert (offer.product, offer.unit_cents, offer.currency) == (world.extension, 8900, "EUR")
    assert offer.ends_on == date(2030, 12, 31)


def test_an_extension_is_for_the_products_it_is_made_for(world):  # 002-27
    contract = world.contract
    main = contracts.main_article(contract)
    main.reference = "BTO"
    main.save()
    assert contracts.why_not_extend(contract, world.extension, TODAY)
    assert contracts.offers(contract, TODAY) == []
    assert contracts.why_not_extend(world.betas, world.completo, TODAY)


def test_what_the_buyers_list_has_no_price_for_is_not_offered(world):
    world.alpha.price_list = world.brasil
    world.alpha.save()
    assert contracts.why_not_extend(world.contract.again(), world.extension, TODAY)


def test_what_was_sold_elsewhere_is_renewed_there(world):  # 003-12, 003-13
    contract = world.contract
    contract.sold_by = "Autre canal"
    contract.save()
    reason = contracts.why_not_extend(contract, world.extension, TODAY)
    assert reason.rule == "003-13" and reason.values["seller"] == "Autre canal"


def test_a_direct_customer_orders_for_its_own_contracts(world):  # rules.md Q
    assert contracts.buyer(a_contract(world.house, world.atelier)) == world.atelier
    assert contracts.buyer(a_contract(world.house)) is None
    assert contracts.buyer(world.contract) == world.alpha


def test_a_contract_says_where_it_stands(world):
    ends = {TODAY: Status.EXPIRING, TODAY - timedelta(days=10): Status.GRACE, TODAY - timedelta(days=11): Status.LAPSED}
    for ends_on, state in ends.items():
        contract = a_contract(world.alpha, starts_on=date(2020, 1, 1), ends_on=ends_on)
        assert contracts.state(contract, TODAY) is state


def test_a_contract_without_a_customer_is_given_one_once(world):  # 002-12
    contract = contracts.give(world.nobodys, world.client, world.remi, NOON)
    assert contract.customer == world.client
    assert {row.customer for row in contracts.articles(contract) + contracts.coverages(contract)} == {world.client}
    assert contracts.why_not_give(contract, world.client)
    with pytest.raises(Refused):
        contracts.give(world.contract, world.client, world.remi, NOON)


def test_a_contract_given_to_the_wrong_customer_is_taken_back_until_something_came_of_it(world):  # 002-12
    contracts.give(world.nobodys, world.client, world.remi, NOON)
    contract = contracts.take_back(world.nobodys, world.remi, NOON)
    assert contract.customer is None and contracts.why_not_give(contract, world.client) is None
    assert {row.customer for row in contracts.articles(contract) + contracts.coverages(contract)} == {None}
    assert contracts.why_not_take_back(contract)
    contracts.give(contract, world.client, world.remi, NOON)
    an_incident(world, contract.again())
    with pytest.raises(Refused):
        contracts.take_back(contract, world.remi, NOON)


def test_a_contract_is_given_to_a_customer_of_its_own_reseller_only(world):
    for stranger in (world.voisin, world.alpha, world.atelier):
        assert contracts.why_not_give(world.nobodys, stranger)


def test_a_reseller_is_asked_for_an_extension_once_a_day(world):  # rules.md Q
    contracts.ask(world.contract, world.extension, world.claire, NOON)
    assert Notification.select().where(Notification.user == world.remi).count() == 1
    assert Mail.get().user == world.remi
    with pytest.raises(Refused):
        contracts.ask(world.contract, world.extension, world.claire, NOON)
    contracts.ask(world.contract, world.extension, world.claire, on(date(2026, 11, 23)))
