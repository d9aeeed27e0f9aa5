"""The page of a contract, for everybody who may see it, and the screens that record and correct one."""

import html
import re
from datetime import date, timedelta

import pytest

from lic.models import Contract, Event, Organisation, User
from lic.rules import contracts
from tests.conftest import HTMX, TODAY, a_contract

PAGE = "/contracts/29962"


def text(answer):
    return answer.get_data(as_text=True)


def test_a_contract_says_until_when_it_protects_and_what_it_covers(world, visit):
    # 002-22, 002-23, 002-24, 002-25, 002-26
    main = contracts.main_article(world.contract)
    main.data_sheet = "https://example.com/ts-131k"
    main.save()
    page = text(visit(world.remi).get(PAGE))
    assert '<a href="/contracts">My contracts</a></li><li><span aria-current="page">Contract no. 29962</span>' in page
    assert "Your equipment is protected until 31/12/2028" in page and "770 days left." in page
    assert "NAS QNAP" in page and "TS-131K" in page and "Q207B17555" in page
    assert 'href="https://example.com/ts-131k" rel="noopener noreferrer"' in page
    assert ">Technical specifications</a>" in page


def test_a_data_sheet_is_only_ever_a_link_to_the_web(world, visit):  # 002-25
    main = contracts.main_article(world.contract)
    main.data_sheet = "javascript:alert(1)"
    main.save()
    assert "javascript:" not in text(visit(world.remi).get(PAGE))


@pytest.mark.parametrize(
    "ends_in, said",
    [
        (100, "is protected until"),
        (29, "is protected until"),
        (1, "1 day left."),
        (0, "Today is the last day."),
        (-1, "An extension can still be ordered until 01/12/2026."),
        (-11, "The protection of your equipment ended on 11/11/2026"),
    ],
)
def test_the_banner_says_where_the_contract_stands(world, visit, ends_in, said):  # 002-23
    contract = a_contract(world.alpha, starts_on=date(2020, 1, 1), ends_on=TODAY + timedelta(days=ends_in))
    assert said in text(visit(world.remi).get(f"/contracts/{contract.number}"))


def test_a_contract_that_has_not_begun_says_from_when_it_protects(world, visit):
    contract = a_contract(world.alpha, starts_on=date(2026, 12, 1), ends_on=date(2027, 12, 1))
    assert "will be protected from 01/12/2026" in text(visit(world.remi).get(f"/contracts/{contract.number}"))


def test_extensions_are_shown_only_while_the_contract_can_be_extended(world, visit):  # 002-27, 002-28
    page = text(visit(world.remi).get(PAGE))
    assert "Available extensions" in page and "CL-SV-E3TS131K" in page and "24 months" in page
    assert "€89.00" in page and "Protected until 31/12/2030 instead of 31/12/2028" in page
    world.contract.starts_on, world.contract.ends_on = date(2020, 1, 1), date(2021, 1, 1)
    world.contract.save()
    assert "Available extensions" not in text(visit(world.remi).get(PAGE))


def test_what_was_sold_elsewhere_shows_where_to_renew_it(world, visit):  # 003-12, 003-13
    world.contract.sold_by, world.contract.sold_by_contact = "Autre canal", "vente@autre.example"
    world.contract.save()
    page = text(visit(world.remi).get(PAGE))
    assert "Renewal information" in page and "Autre canal" in page and "vente@autre.example" in page
    assert "Available extensions" not in page


def test_a_customer_sees_no_price_and_asks_its_reseller(world, visit):  # rules.md Q
    browser = visit(world.claire)
    page = text(browser.get(PAGE))
    assert "CL-SV-E3TS131K" in page and "€" not in page and "Ask my reseller" in page and "Add to cart" not in page
    answer = browser.post(f"{PAGE}/extension-requests", data={"product": world.extension.id})
    assert answer.status_code == 303
    page = text(browser.get(PAGE))
    assert "Your reseller has been told" in page and "Your reseller has been asked today." in page
    assert browser.post(f"{PAGE}/extension-requests", data={"product": world.extension.id}).status_code == 422
    assert Event.select().where(Event.kind == "contract.extension_asked").count() == 1


def test_a_basic_person_sees_no_button_that_writes(world, visit):  # X15
    for person in (world.lea, world.cleo, world.paul):
        page = text(visit(person).get(PAGE))
        assert "CL-SV-E3TS131K" in page and "Add to cart" not in page and "Ask my reseller" not in page
        assert '<form method="post" action="/contracts' not in page


@pytest.mark.parametrize("product", ["", "abc", "-1", "9" * 30, "0"])
def test_an_extension_nobody_knows_cannot_be_asked_for(world, visit, product):
    assert visit(world.claire).post(f"{PAGE}/extension-requests", data={"product": product}).status_code == 404


def test_a_contract_without_a_customer_is_given_one_of_ones_own(world, visit):  # 002-12
    browser = visit(world.remi)
    page = text(browser.get("/contracts/24086"))
    assert "no customer yet" in page and "Client Test" in page and "Voisin" not in page
    assert browser.post("/contracts/24086/customer", data={"customer": world.voisin.id}).status_code == 404
    assert browser.post("/contracts/24086/customer", data={"customer": world.client.id}).status_code == 303
    assert "The contract now belongs to Client Test." in text(browser.get("/contracts/24086"))
    assert browser.post("/contracts/24086/customer", data={"customer": world.client.id}).status_code == 422
    assert "Wrong customer?" in text(browser.get("/contracts/24086"))
    assert browser.post("/contracts/24086/customer/withdrawal").status_code == 303
    assert "no customer yet" in text(browser.get("/contracts/24086"))


def test_the_distributor_gives_only_to_a_customer_of_the_same_reseller(world, visit):
    answer = visit(world.diane).post("/contracts/24086/customer", data={"customer": world.voisin.id})
    assert answer.status_code == 422 and world.nobodys.again().customer is None


def test_a_neighbour_finds_nothing(world, visit):  # X15
    assert visit(world.anne).get(PAGE).status_code == 404
    assert visit(world.remi).get("/contracts/99999999999999999999").status_code == 404


# --- recording -----------------------------------------------------------------------------------


def typed(world, **changes):
    return {
        "reseller": str(world.alpha.id),
        "country": "FR",
        "language": "fr",
        "price_list": "",
        "customer": "Client Test",
        "starts_on": "2026-11-01",
        "months": "36",
        "rows": "5",
        "article-1-title": "NAS",
        "article-1-reference": "TS-131K",
        "article-1-serial": "SERIAL1",
        "article-2-title": "Disque",
        "article-2-reference": "ST1000",
        "article-2-serial": "SERIAL2",
    } | changes


def test_the_distributor_records_a_contract(world, visit):
    browser = visit(world.diane)
    assert "Record a contract" in text(browser.get("/contracts/new"))
    answer = browser.post("/contracts/new", data=typed(world, number="41873"))
    assert (answer.status_code, answer.location) == (303, "/contracts/41873")
    contract = Contract.get(Contract.number == 41873)
    assert contract.customer == world.client and len(contracts.articles(contract)) == 2


def test_what_may_be_a_mistake_is_asked_once(world, visit):  # 002-12, 002-13
    browser = visit(world.diane)
    given = typed(world, customer="Client Tset", **{"article-1-serial": world.contract.serial})
    answer = browser.post("/contracts/new", data=given)
    page = text(answer)
    assert answer.status_code == 422 and Contract.select().count() == 3
    assert "Alpha has no customer called Client Tset: a new customer is made." in page
    assert f"The serial number {world.contract.serial} stands on contract no. 29962 already." in page
    sure = html.unescape(re.search(r'name="sure" value="([^"]*)"', page)[1])
    answer = browser.post("/contracts/new", data=given | {"sure": sure, "customer": "Client Tets"})
    assert answer.status_code == 422 and "Client Tets: a new customer" in text(answer)  # it is another question
    assert browser.post("/contracts/new", data=given | {"sure": sure}).status_code == 303
    assert Organisation.get(Organisation.name == "Client Tset").reseller == world.alpha


def test_known_customers_are_offered_as_one_types(world, visit):  # 002-12
    found = visit(world.diane).get(f"/contracts/new?reseller={world.alpha.id}&customer=test", headers=HTMX)
    assert '<option value="Client Test">' in text(found) and "<form" not in text(found)
    for nobody in ("new", "", "999", "²"):
        assert "<option" not in text(visit(world.diane).get(f"/contracts/new?reseller={nobody}", headers=HTMX))


def test_more_rows_come_without_scripts_and_nothing_typed_is_lost(world, visit):
    page = text(visit(world.diane).post("/contracts/new", data=typed(world, more="1")))
    assert 'name="article-10-title"' in page and 'value="SERIAL2"' in page and "needs your attention" not in page


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"article-2-serial": ""}, "This field is required."),
        ({"article-2-serial": "serial1"}, "Two articles have the same serial number."),
        ({"article-1-data_sheet": "javascript:alert(1)"}, "An address beginning with"),
        ({"number": "29962"}, "There is already a contract no. 29962."),
        ({"number": "abc"}, "This is not a whole number."),
        ({"number": "1" * 40}, "A contract number is from 1 to 999,999,999."),
        ({"months": ""}, "Give either the number of months or the last day."),
        ({"months": "1000000000"}, "A contract has 1 to 240 months."),
        ({"starts_on": "31/12/2026"}, "This is not a date."),
        ({"starts_on": ""}, "This field is required."),
        ({"reseller": "abc"}, "This is not one of the choices."),
        ({"reseller": "999"}, "This is not one of the choices."),
        ({"customer": "x" * 300}, "At most 120 characters."),
        ({"customer": "New", "customer_tax_number": "123"}, "SIREN"),
        ({"reseller": "new"}, "This field is required."),
        ({"rows": "99999999999999"}, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(world, visit, changes, said):
    answer = visit(world.diane).post("/contracts/new", data=typed(world, **changes))
    page = text(answer)
    if said:
        assert answer.status_code == 422 and said in page and 'value="SERIAL' in page
        assert Contract.select().count() == 3
    else:
        assert answer.status_code == 303


def test_a_refusal_of_the_rules_keeps_what_was_typed(world, visit):
    answer = visit(world.diane).post("/contracts/new", data=typed(world, reseller=world.house.id), headers=HTMX)
    assert answer.status_code == 422 and "is not one of your direct customers" in text(answer)
    assert 'value="SERIAL2"' in text(answer)


def test_an_unknown_reseller_is_made_and_invited(world, visit):  # 002-08
    new = {
        "name": "Gamma",
        "email": "gamma@example.com",
        "first_name": "Gaëlle",
        "last_name": "Morin",
        "person_email": "gaelle@example.com",
        "identifier": "gaelle",
        "price_list": str(world.europe.id),
    }
    answer = visit(world.diane).post("/contracts/new", data=typed(world, reseller="new", customer="", **new))
    assert answer.status_code == 303
    gamma = Organisation.get(Organisation.name == "Gamma")
    assert gamma.is_reseller and gamma.price_list == world.europe
    assert User.get(User.identifier == "gaelle").organisation == gamma


def test_articles_are_corrected(world, visit):
    browser = visit(world.diane)
    page = text(browser.get(f"{PAGE}/edit"))
    assert 'value="Q207B17555"' in page
    row = {"rows": "3", "article-1-title": "NAS", "article-1-reference": "TS-131K", "article-1-serial": "NEW1"}
    assert browser.post(f"{PAGE}/edit", data=row).status_code == 303
    assert world.contract.again().serial == "NEW1"
    assert browser.post(f"{PAGE}/edit", data={**row, "article-1-serial": ""}).status_code == 422
