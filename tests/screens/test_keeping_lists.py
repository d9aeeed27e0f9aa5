"""What the distributor keeps, as lists: found, sorted, filtered, paged and exported like every other."""

import re

import pytest

from lic.models import PriceList, Product, ProductKind, Terms, tx
from tests.conftest import HTMX, NOON
from tests.lists import behaves, exported, found, pages, rows

KEPT = {
    "/products": ["reference", "title", "kind", "users_per_unit", "active"],
    "/price-lists": ["name", "currency", "users"],
    "/terms": ["title", "code", "version", "valid_from"],
    "/resellers": ["name", "kind", "phone", "email", "price_list", "approver"],
}


@pytest.mark.parametrize("address", KEPT)
def test_every_list_behaves_like_every_other(world, visit, address):
    assert behaves(visit(world.diane), address) == KEPT[address]


@pytest.mark.parametrize("address", KEPT)
def test_files_are_for_those_who_see_the_list(world, visit, address):
    assert len(exported(visit(world.paul), address)) > 2
    for person in (world.remi, world.claire, world.marc):
        assert visit(person).get(f"{address}/export.csv").status_code == 403


@pytest.mark.parametrize(
    "asked, references",
    [
        ("q=completo", ["GES-COMPLETO"]),
        ("q=gestao lig", ["GES-LIGHT"]),  # accents do not matter
        ("q=warranty", ["CL-SV-E3TS131K"]),  # a kind, as it is called
        ("q=offered&offered=no", ["OLD"]),
        ("kind=users", ["GES-USER"]),
        ("sort=-users_per_unit&kind=licence&offered=yes", ["GES-COMPLETO", "GES-LIGHT", "GES-SPED"]),
        ("q=zzz", []),
    ],
)
def test_products_are_found(world, visit, asked, references):
    with tx():
        Product.create(reference="OLD", title={"en": "Old"}, kind=ProductKind.LICENCE, active=False)
    listed = rows(visit(world.diane).get(f"/products?{asked}"))
    assert [row.split()[0] for row in listed] == references


def test_products_open_for_those_who_change_them(world, visit):
    address = f"/products/{world.light.id}/edit"
    assert address in found(visit(world.diane).get("/products"))
    reads = found(visit(world.paul).get("/products"))
    assert f"/products/{world.light.id}/parameters" in reads and address not in reads


def test_the_prices_of_a_list_are_a_list(visit, world):  # screens.md, Every list
    browser, path = visit(world.diane), f"/price-lists/{world.europe.id}"
    rows = lambda query="": re.findall(r'<th scope="row"[^>]*>(.*?)</th>', browser.get(f"{path}?{query}").text)  # noqa: E731
    assert rows() == ["CL-SV-E3TS131K", *["GES-COMPLETO"] * 2, *["GES-LIGHT"] * 2, "GES-USER"]
    assert rows("q=ges-user") == ["<mark>GES-USER</mark>"] and len(rows("basis=setup")) == 2
    assert rows("sort=-cents")[0] == "CL-SV-E3TS131K" and rows("sort=cents")[0] == "GES-USER"
    given = {"product": world.light.id, "basis": "setup", "cents": "35", "valid_from": "2026-12-01"}
    browser.post(f"{path}/prices", data=given)
    assert rows("state=coming") == ["GES-LIGHT"] and len(rows()) == 7 and len(rows("state=now")) == 6
    file = browser.get(f"{path}/prices/export.csv?q=ges-light").text
    assert "Gestão" not in file.splitlines()[0] and len(file.strip().splitlines()) == 4
    partial = browser.get(f"{path}?q=ges", headers=HTMX).text
    assert partial.lstrip().startswith('<div id="list">') and "New price" not in partial


def test_a_list_that_grew_is_paged_and_meets_every_row_once(world, visit):
    with tx():
        for n in range(120):
            PriceList.create(name=f"Liste {n % 7} {n}", currency="EUR" if n % 3 else "BRL")
    browser = visit(world.diane)
    for sort in ("name", "-name", "currency", "-currency", "users", "-users"):
        met = pages(browser, f"/price-lists?sort={sort}")
        assert len(met) == len(set(met)) == 122
    assert "122 price lists" in browser.get("/price-lists").text
    assert len(exported(browser, "/price-lists?q=liste")) == 121


def test_a_price_list_says_how_many_buy_by_it(world, visit):
    listed = rows(visit(world.diane).get("/price-lists?sort=-users"))
    assert listed == ["Europe EUR 3 companies", "Brasil BRL 0 companies"]


def test_terms_are_found_by_kind_and_words(world, visit):
    with tx():
        Terms.create(
            code="product", product=world.light, version="1.1", valid_from=NOON.day,
            title={"en": "Use of it"}, body={"en": "Kindly."},
        )  # fmt: skip
    browser = visit(world.diane)
    assert rows(browser.get("/terms?code=product")) == [
        "Use of it Terms of use of a product (GES-LIGHT) 1.1 22/11/2026"
    ]
    assert len(rows(browser.get("/terms?q=ges-light"))) == 1
    assert rows(browser.get("/terms"))[0].startswith("Use of it")  # the newest first
    assert browser.get("/terms?code=nonsense").status_code == 400


def test_those_who_buy_are_found_by_name_number_and_kind(world, visit):
    with tx():
        world.alpha.tax_number, world.alpha.phone = "552100554", "0472000000"
        world.alpha.save()
    browser = visit(world.diane)
    assert found(browser.get("/resellers?type=direct")) == [f"/resellers/{world.atelier.id}"]
    assert found(browser.get("/resellers?q=552 100")) == [f"/resellers/{world.alpha.id}"]
    assert found(browser.get("/resellers?q=beta")) == [f"/resellers/{world.beta.id}"]
    names = [row.split()[0] for row in rows(browser.get("/resellers?sort=-name"))]
    assert names == ["Béta", "Atelier", "Alpha"]
    assert exported(browser, "/resellers?q=alpha")[1][-1] == "552 100 554"


def test_an_empty_list_says_what_to_do(world, visit):
    with tx():
        Terms.delete().execute()
    assert "No terms yet" in visit(world.diane).get("/terms").text
    assert "Nothing fits your search" in visit(world.diane).get("/terms?q=zzz").text
