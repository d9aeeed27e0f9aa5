"""Short help where the question arises, and the little things that a reader stumbles over (000-61, 001-32, 002-63)."""

import re
from datetime import timedelta

import pytest

from tests.conftest import TODAY, a_contract


def test_a_contract_that_can_be_extended_says_that_its_number_stays(visit, world):  # 003-29
    a_contract(world.alpha, world.client, number=31000, ends_on=TODAY + timedelta(20), main_reference="TS-131K")
    page = visit(world.remi).get("/contracts/31000").text
    assert "The contract keeps its number when it is extended." in page


HELP = [  # by task, where the question arises
    (None, "/registrations", "On the label of the main unit or of a disk."),
    (None, "/registrations", "Your account is made with your first contract"),
    (None, "/password-resets", "We send you a mail with a link to a new password."),
    ("remi", "/catalogue", "An extension is ordered from its contract."),
    ("remi", "/cart", "What you order in the catalogue, or from a contract, waits here until you place the order."),
    ("remi", "/activations/new", "Only if the customer has none yet: an activation is bound to it."),
    ("remi", "/settings/users/new", "Basic reads everything and changes nothing."),
    ("remi", "/contracts/29962", "The contract keeps its number when it is extended."),
    ("claire", "/support-requests/new", "An incident on hardware is declared from its contract."),
    ("diane", "/contracts/new", "an unknown name makes a new customer."),
]


@pytest.mark.parametrize("who, path, said", HELP)
def test_help_stands_where_the_question_arises(visit, world, who, path, said):  # 000-61, 001-32, 003-30
    page = visit(who and getattr(world, who)).get(path)
    assert page.status_code == 200 and said in page.text


@pytest.mark.parametrize("who, path", [(None, "/login"), (None, "/registrations"), ("remi", "/contracts"),
                                       ("claire", "/settings/profile"), ("diane", "/nothing-here")])  # fmt: skip
def test_the_first_link_of_a_page_skips_to_its_content(visit, world, who, path):  # 000-59
    page = visit(who and getattr(world, who)).get(path).text
    assert re.search(r"<a [^>]*>", page)[0] == '<a class="skip" href="#main">'
    assert len(re.findall(r'<main [^>]*id="main" tabindex="-1"', page)) == 1


def test_the_menu_shows_where_one_is_on_a_page_of_a_thing_too(visit, world):  # 002-62
    page = visit(world.remi).get(f"/contracts/{world.contract.number}").text
    assert '<a href="/contracts" aria-current="page">' in page


def test_a_customer_finds_its_activations_in_the_menu(visit, world):  # screens.md, The frame
    page = visit(world.claire).get("/contracts").text
    assert re.search(r'<a href="/activations">.*Licences</a>', page) and "/stock" not in page


def test_a_history_with_nothing_in_it_is_not_shown(visit, world):
    assert 'id="history"' not in visit(world.remi).get(f"/contracts/{world.nobodys.number}").text


def test_one_contract_that_is_over_is_not_told_in_the_plural(visit, world):
    world.remi.language = "fr"
    world.remi.save()
    a_contract(world.alpha, number=31001, starts_on=TODAY - timedelta(900), ends_on=TODAY - timedelta(400))
    page = visit(world.remi).get("/contracts/31001").text
    assert "Expiré<" in page and "Expirés" not in page


def test_a_colon_stands_as_the_language_has_it(visit, world):
    world.remi.language = "fr"
    world.remi.save()
    page = visit(world.remi).post("/customers/new", data={"name": ""}).text
    assert "Nom / Raison sociale\u00a0: Ce champ est obligatoire." in page
    page = visit(world.diane).post("/resellers/new", data={"name": ""}).text
    assert "Name / Company name: This field is required." in page
