"""A seller's customers, with their people and addresses (002-50, 002-51)."""

import re
from datetime import date

import pytest

from lic.models import Address, Event, Mail, Organisation, User, tx
from tests.conftest import HTMX, NOON, a_contract

CUSTOMER = {
    "name": "Padaria Estrela Ltda", "email": "contato@padaria.example", "phone": "+55 11 1234-5678", "country": "BR",
    "tax_number": "11.222.333/0001-81", "language": "pt",
}  # fmt: skip
USER = {
    "first_name": "Ana", "last_name": "Reis", "type": "administrator", "phone": "", "email": "ana@padaria.example",
    "identifier": "ana.reis",
}  # fmt: skip


def test_a_new_customer_belongs_to_its_reseller(visit, world):  # 002-50
    answer = visit(world.remi).post("/customers/new", data=CUSTOMER)
    padaria = Organisation.get(Organisation.name == "Padaria Estrela Ltda")
    assert answer.status_code == 303 and answer.location == f"/customers/{padaria.id}"
    assert (padaria.reseller, padaria.direct, padaria.tax_number) == (world.alpha, False, "11222333000181")
    page = visit(world.remi).get(answer.location).text
    assert "11.222.333/0001-81" in page and "CNPJ or CPF" in page
    assert visit(world.anne).get(answer.location).status_code == 404
    assert Event.get(Event.kind == "customer.made").after["name"] == "Padaria Estrela Ltda"


def test_a_customer_is_taken_to_be_where_its_reseller_is(visit, world):  # 002-50
    world.alpha.country = "BR"
    world.alpha.save()
    assert re.search(r'<option[^>]* selected[^>]* value="BR"', visit(world.remi).get("/customers/new").text)


def test_the_distributor_says_whose_customer_it_is(visit, world):
    assert visit(world.diane).post("/customers/new", data=CUSTOMER).status_code == 422
    given = CUSTOMER | {"reseller": world.beta.id}
    assert visit(world.diane).post("/customers/new", data=given).status_code == 303
    assert Organisation.get(Organisation.tax_number == "11222333000181").reseller == world.beta
    stolen = CUSTOMER | {"reseller": world.beta.id, "tax_number": "", "name": "Autre"}
    visit(world.remi).post("/customers/new", data=stolen)
    assert Organisation.get(Organisation.name == "Autre").reseller == world.alpha  # a reseller says no such thing


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"tax_number": "11.222.333/0001-82"}, "check digits"),
        ({"tax_number": "732 829 320"}, "looks like 11.222.333/0001-81"),
        ({"name": " "}, "required"),
        ({"name": "\u200b\u2060"}, "required"),  # nothing one could see in a list
        ({"name": "é" * 300}, "At most 120"),
        ({"email": "contato"}, "complete e-mail"),
    ],
)
def test_what_a_customer_cannot_be_is_said_under_its_field(visit, world, wrong, said):  # Q
    answer = visit(world.remi).post("/customers/new", data=CUSTOMER | wrong)
    assert answer.status_code == 422 and said in answer.text


def test_the_form_sent_twice_makes_one_customer(visit, world):
    browser = visit(world.remi)
    for given in (CUSTOMER, CUSTOMER | {"tax_number": ""}):
        browser.post("/customers/new", data=given)
        again = browser.post("/customers/new", data=given | {"name": given["name"].upper()})
        assert again.status_code == 422
    assert Organisation.select().where(Organisation.country == "BR").count() == 1
    assert visit(world.anne).post("/customers/new", data=CUSTOMER).status_code == 303  # another may serve it too


def test_two_customers_of_one_name_have_two_tax_numbers(visit, world):
    visit(world.remi).post("/customers/new", data=CUSTOMER)
    assert visit(world.remi).post("/customers/new", data=CUSTOMER | {"tax_number": "529.982.247-25"}).status_code == 303


def test_a_changed_customer_is_told_before_and_after(visit, world):  # 002-50
    given = CUSTOMER | {"name": "Client Renommé"}
    assert visit(world.remi).post(f"/customers/{world.client.id}/edit", data=given).status_code == 303
    event = Event.get(Event.kind == "customer.changed")
    assert (event.before["name"], event.after["name"]) == ("Client Test", "Client Renommé")
    assert visit(world.anne).post(f"/customers/{world.client.id}/edit", data=given).status_code == 404


def test_a_cancelled_customer_is_not_changed_any_more(visit, world):  # 001-04
    with tx():
        Organisation.update(cancelled_at=NOON.at).where(Organisation.id == world.client.id).execute()
    browser = visit(world.remi)
    assert browser.post(f"/customers/{world.client.id}/edit", data=CUSTOMER).status_code == 422
    assert browser.post(f"/organisations/{world.client.id}/users/new", data=USER).status_code == 422
    assert "was cancelled on" in browser.get(f"/customers/{world.client.id}").text


def test_only_contracts_in_force_today_are_counted(visit, world):  # 002-51
    a_contract(world.alpha, world.client, ends_on=date(2026, 11, 22))
    a_contract(world.alpha, world.client, ends_on=date(2026, 11, 21))
    a_contract(world.alpha, world.client, starts_on=date(2026, 11, 23))
    assert "2 active contracts" in visit(world.remi).get(f"/customers/{world.client.id}").text
    assert "1 active contract<" in visit(world.anne).get(f"/customers/{world.voisin.id}").text


def test_the_seller_invites_a_customers_first_administrator(visit, world):  # 002-50, 004-13
    browser, number = visit(world.remi), world.client.id
    assert browser.post(f"/organisations/{number}/users/new", data=USER).status_code == 303
    ana = User.get(User.identifier == "ana.reis")
    assert ana.organisation == world.client and ana.is_administrator
    assert Mail.get(Mail.letter == "invitation").to == "ana@padaria.example"
    assert "ana.reis" in browser.get(f"/customers/{number}").text


@pytest.mark.parametrize("company", ["voisin", "alpha", "house", "atelier"])
def test_a_reseller_keeps_nobodys_people_but_its_customers(visit, world, company):  # X15
    number = getattr(world, company).id
    for path in ("users/new", f"users/{world.diane.id}", "addresses/new"):
        assert visit(world.remi).post(f"/organisations/{number}/{path}", data=USER).status_code == 404
    assert User.select().where(User.identifier == "ana.reis").count() == 0


def test_a_user_is_only_found_in_the_own_company(visit, world):
    path = f"/organisations/{world.client.id}/users/{world.marc.id}"
    assert visit(world.diane).get(path).status_code == 404


def test_an_address_of_a_customer_belongs_to_it(visit, world):  # 002-58, 002-64
    given = {
        "label": "Adresse principale", "street": "123 rue des tests", "city": "Lyon", "postcode": "69001",
        "country": "FR", "email": "client@example.com", "phone": "0123456789",
    }  # fmt: skip
    browser = visit(world.remi)
    assert browser.post(f"/organisations/{world.client.id}/addresses/new", data=given).status_code == 303
    address = Address.get()
    assert (address.reseller, address.customer) == (world.alpha, world.client)
    assert "69001 Lyon FRANCE" in browser.get(f"/customers/{world.client.id}").text
    assert "Adresse principale" in visit(world.claire).get("/settings/addresses").text


@pytest.mark.parametrize("who", ["lea", "paul"])
def test_a_basic_user_reads_customers_and_sees_no_button(visit, world, who):  # X15
    browser = visit(getattr(world, who))
    shown = browser.get(f"/customers/{world.client.id}").text
    main = shown[shown.index("<main") :]
    assert "Client Test" in main and "<form" not in main and "btn" not in main
    assert browser.post("/customers/new", data=CUSTOMER).status_code == 403


def test_the_list_shows_the_own_customers_and_their_contracts_in_force(visit, world):  # 002-50, 002-51
    shown = visit(world.remi).get("/customers").text
    assert "Client Test" in shown and "1 active contract<" in shown and "Voisin" not in shown
    shown = visit(world.diane).get("/customers").text
    assert all(
        name in shown for name in ("Client Test", "Voisin", "Atelier Direct", "Alpha", "Béta", "Direct customer")
    )


@pytest.mark.parametrize(
    "language, one, none", [("fr", "1 contrat activé", "0 contrat activé"), ("pt", "1 contrato", "0 contrato")]
)
def test_the_number_of_contracts_has_each_languages_plural(visit, world, language, one, none):  # 002-51
    with tx():
        User.update(language=language).where(User.id == world.diane.id).execute()
    shown = visit(world.diane).get("/customers").text
    assert one in shown and none in shown


def test_a_cancelled_customer_leaves_the_list(visit, world):  # 001-04
    with tx():
        client = world.client.again()
        client.cancelled_at = NOON.at
        client.save()
    assert "Client Test" not in visit(world.remi).get("/customers").text


@pytest.mark.parametrize("typed", ["cli", "TEST", "client@ex", "529.982", "52998"])
def test_the_list_is_searched_in_every_column(visit, world, typed):  # 002-50
    with tx():
        client = world.client.again()
        client.country, client.tax_number = "BR", "52998224725"
        client.save()
    found = visit(world.remi).get("/customers", query_string={"q": typed}).text
    assert "client@example.com" in found.replace("<mark>", "").replace("</mark>", "") or "529.982" in typed
    assert "Nothing fits" in visit(world.anne).get("/customers", query_string={"q": typed}).text


def test_a_renamed_customer_is_found_by_the_new_name_only(visit, world):  # 002-50
    browser = visit(world.remi)
    browser.post(f"/customers/{world.client.id}/edit", data=CUSTOMER | {"name": "Zéphyr Énergies"})
    assert "phyr" in browser.get("/customers?q=zephyr").text
    assert "Nothing fits" in browser.get("/customers?q=client+test").text


@pytest.mark.parametrize("column", ["name", "phone", "email", "contracts"])
@pytest.mark.parametrize("who", ["remi", "diane"])
def test_the_list_is_sorted_by_its_columns(visit, world, column, who):
    for sort in (column, f"-{column}"):
        assert visit(getattr(world, who)).get("/customers", query_string={"sort": sort}).status_code == 200


def test_most_contracts_in_force_come_first(visit, world):  # 002-51
    a_contract(world.alpha, world.client)
    shown = visit(world.diane).get("/customers?sort=-contracts").text
    assert shown.index("Client Test") < shown.index("Voisin") < shown.index("Atelier Direct")


def test_what_is_found_is_a_file_too(visit, world):
    file = visit(world.diane).get("/customers/export.csv").get_data(as_text=True)
    assert "Client Test" in file and "Direct customer" in file
    assert "Voisin" not in visit(world.remi).get("/customers/export.csv").get_data(as_text=True)
    assert visit(world.remi).get("/customers/export.exe").status_code == 404


def test_typing_changes_the_list_alone(visit, world):  # 002-16, on customers
    part = visit(world.remi).get("/customers?q=clie", headers=HTMX).text
    assert "<mark>Clie</mark>nt Test" in part and "<!doctype" not in part


def test_the_distributor_finds_and_sorts_customers_by_their_reseller(visit, world):  # screens.md, Every list
    browser = visit(world.diane)
    names = lambda query: re.findall(r'<a href="/customers/\d+">(.*?)</a>', browser.get(f"/customers?{query}").text)  # noqa: E731
    assert names("q=beta") == ["Voisin"]
    assert names("sort=reseller_name") == ["Atelier Direct", "Client Test", "Voisin"]
    assert names("sort=-reseller_name") == ["Voisin", "Client Test", "Atelier Direct"]
    assert "<mark>Béta</mark>" in browser.get("/customers?q=beta").text
    with tx():
        world.beta.name = "Gamma"
        world.beta.save()
    assert names("q=beta") == [] and names("q=gamma") == ["Voisin"]
