"""The search of the top bar: everything that fits, the best few of each kind, and nothing of a neighbour."""

import re

import pytest
from playhouse.test_utils import count_queries

from lic.models import Article, Organisation, tx
from tests.agreed import an_activation, an_order
from tests.conftest import HTMX, a_contract


def kinds(answer):
    """{heading: the rows under it} of the results."""
    assert answer.status_code == 200, answer.text
    parts = re.findall(r'<section class="found__kind".*?</section>', answer.text, re.DOTALL)
    return {
        re.sub(r"<[^>]+>", "", re.search(r"<h2[^>]*>(.*?)</h2>", part)[1]): re.findall(r'<li><a href="([^"]+)"', part)
        for part in parts
    }


def test_everything_that_fits_is_found_with_a_way_to_all_of_it(world, visit):
    an_activation(world)
    answer = visit(world.remi).get("/search?q=client")
    assert kinds(answer) == {
        "Contracts": ["/contracts/29962"],
        "Customers": [f"/customers/{world.client.id}"],
        "Activation details": ["/activations/1"],
    }
    assert 'href="/contracts?q=client"' in answer.text and "1 contract<" in answer.text
    assert "<mark>Client</mark> Test" in answer.text


@pytest.mark.parametrize(
    "q, leads_to",
    [
        ("29962", "/contracts/29962"),
        (" q207b17555 ", "/contracts/29962"),  # a serial number, as somebody types it
        ("z9cbpm5m", "/contracts/29962"),  # of an article inside
        ("7", "/orders/7"),
        ("A", "/activations/1"),  # an authorisation code
    ],
)
def test_what_is_called_exactly_so_opens_at_once(world, visit, q, leads_to):
    an_order(world), an_activation(world)
    with tx():
        Article.create(
            **{"reseller": world.alpha, "customer": world.client, "contract": world.contract},
            reference="ST1000VN002", serial="Z9CBPM5M", title="Disque",
        )  # fmt: skip
    answer = visit(world.remi).get("/search", query_string={"q": q})
    assert answer.status_code == 303 and answer.location == leads_to
    typing = visit(world.remi).get("/search", query_string={"q": q}, headers=HTMX)
    assert typing.status_code == 200 and leads_to in typing.text and "<html" not in typing.text


def test_one_number_of_two_things_is_a_question(world, visit):
    a_contract(world.alpha, None, number=7)
    an_order(world)
    assert kinds(visit(world.remi).get("/search?q=7")) == {"Contracts": ["/contracts/7"], "Orders": ["/orders/7"]}


def test_a_neighbours_things_are_not_found(world, visit):  # X15
    an_order(world), an_activation(world)
    for q in ("29962", "Q207B17555", "client", "7", "GES-COMPLETO", "alpha"):
        for person in (world.anne, world.victor, world.marc):
            for headers in ({}, HTMX):
                answer = visit(person).get("/search", query_string={"q": q}, headers=headers)
                assert answer.status_code == 200 and kinds(answer) == {}, (q, person.name)


def test_a_customer_sees_no_orders_and_no_other_customers(world, visit):
    an_order(world)
    browser = visit(world.claire)
    assert set(kinds(browser.get("/search?q=client"))) == {"Contracts"}
    assert "/orders" not in browser.get("/search?q=7").text.partition("<main")[2]


def test_the_best_few_of_each_stand_there(world, visit):
    for n in range(100, 112):
        a_contract(world.alpha, world.client, number=n)
    found = kinds(visit(world.remi).get("/search?q=client"))
    assert len(found["Contracts"]) == 4
    assert "13 contracts" in visit(world.remi).get("/search?q=client").text


@pytest.mark.parametrize(
    "q", ["", " ", "%", '"', "🙂", "\u202e", "é" * 5000, "9" * 30, "a b c d e f g h i j k", "\x00"]
)
def test_odd_searches_break_nothing(world, visit, q):
    for headers in ({}, HTMX):
        assert visit(world.diane).get("/search", query_string={"q": q}, headers=headers).status_code == 200


def test_what_is_called_so_comes_first(world, visit):
    with tx():
        for name in ("Aubert", "Basile", "Cordier", "Dumas", "Élie"):
            given = {"reseller": world.alpha, "country": "FR", "email": f"{name}@client.example"}
            Organisation.create(kind="customer", name=name, **given)
    found = kinds(visit(world.remi).get("/search?q=client"))["Customers"]
    assert len(found) == 4 and found[0] == f"/customers/{world.client.id}"


def test_it_says_what_to_do_when_nothing_fits(world, visit):
    assert "Nothing fits your search" in visit(world.remi).get("/search?q=zzzz").text
    assert "Type a number" in visit(world.remi).get("/search").text
    assert visit(world.remi).get("/search", headers=HTMX).text.strip() == ""


def test_it_costs_few_queries(world, visit):
    an_order(world), an_activation(world)
    browser = visit(world.diane)
    browser.get("/search?q=q1")
    with count_queries() as asked:
        browser.get("/search?q=client", headers=HTMX)
    assert asked.count <= 12
