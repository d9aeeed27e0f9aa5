"""The catalogue: each buyer's own prices, and everything computed by the server."""

import re

import pytest

from lic.models import Fit, MovementKind, OrderLine, Price, Product, Terms, tx
from lic.rules import stock
from tests.conftest import HTMX, NOON, a_contract


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_products_stand_in_sections_with_a_button_to_order(world, visit):  # 004-05, 001-13
    page = shown(visit(world.remi).get("/catalogue"))
    for word in ("Management", "Gestão Completo", "GES-COMPLETO", "€24.90", "set-up €60.00", "1 free with every 10"):
        assert word in page
    assert ">Order</button>" in page


def test_the_partner_and_the_price_list_are_shown_and_not_asked(world, visit):  # 001-16
    page = shown(visit(world.remi).get("/catalogue"))
    assert "Partner: Alpha. Price list Europe, prices without VAT in EUR." in page
    assert 'name="price_list"' not in page and 'name="list"' not in page


def test_only_what_is_on_ones_own_price_list_is_shown(world, visit):  # 001-16
    page = shown(visit(world.remi).get("/catalogue?list=2"))
    assert "SPED" not in page and "59.90" not in page


def test_the_order_type_narrows_the_catalogue(world, visit):  # 001-14
    page = shown(visit(world.remi).get("/catalogue?type=users"))
    assert "GES-USER" in page and "GES-COMPLETO" not in page
    assert "GES-USER" not in shown(visit(world.remi).get("/catalogue?type=buy"))


def test_the_server_computes_as_one_types(world, visit):  # 001-18, X12
    world.alpha.price_list = world.brasil
    world.alpha.save()
    answer = visit(world.remi).get(f"/catalogue?product={world.completo.id}&quantity=10", headers=HTMX)
    page = shown(answer)
    for value in ("11 (10 + 1 free)", "33", "R$59.90", "R$599.00", "R$1,500.00", "R$2,099.00"):
        assert value in page, value
    assert "<html" not in page


def test_a_product_and_its_quantity_are_added_by_one_button(world, visit):  # 001-12, 001-17
    browser = visit(world.remi)
    form = browser.get("/catalogue").text.partition(f'id="product-{world.light.id}"')[2].partition("</form>")[0]
    assert 'method="post" action="/cart/lines"' in form and form.count('type="number"') == 1
    assert form.count('aria-label="Order, Gestão Light"') == 1
    given = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', form))
    assert browser.post("/cart/lines", data=given | {"quantity": "7"}).location == "/cart"
    assert [(line.product, line.quantity) for line in OrderLine.select()] == [(world.light, 7)]


def test_without_scripts_the_page_computes_it(world, visit):
    page = shown(visit(world.remi).get(f"/catalogue?product={world.completo.id}&quantity=10"))
    assert "<html" in page and "11 (10 + 1 free)" in page and "Compute" in page


@pytest.mark.parametrize("typed", ["0", "-1", "1000000000", "abc", "", "💥", "1.5"])
def test_a_wrong_quantity_gets_a_clear_message(world, visit, typed):
    asked = {"product": world.completo.id, "quantity": typed}
    whole = visit(world.remi).get("/catalogue", query_string=asked)
    assert whole.status_code == 422 and "from 1 to 100,000" in shown(whole)
    part = visit(world.remi).get("/catalogue", query_string=asked, headers=HTMX)
    assert part.status_code == 200 and "from 1 to 100,000" in shown(part)


def test_additional_users_say_why_not_until_a_licence_is_there(world, visit):  # 001-15
    assert "there is none in your stock yet" in shown(visit(world.remi).get("/catalogue"))
    with tx():
        for product in (world.completo, world.light):
            stock.move(world.alpha, product, 5, MovementKind.ADJUSTMENT, world.diane, NOON)
    page = shown(visit(world.remi).get("/catalogue"))
    assert "there is none in your stock yet" not in page
    assert f'<option value="{world.light.id}"' in page


def test_a_basic_user_sees_prices_and_why_there_is_no_ordering(world, visit):  # X15, 003-17
    page = shown(visit(world.lea).get("/catalogue"))
    assert "€24.90" in page and "Only an administrator of Alpha can order." in page
    assert page.count("Only an administrator of Alpha can order.") == 1
    main = page.split("<main", 1)[1]
    assert "<button" not in main.replace("data-print", "") and 'action="/cart/lines"' not in page


def test_an_extension_leads_to_the_contracts_it_is_made_for(world, visit):  # 002-29
    page = shown(visit(world.remi).get("/catalogue"))
    assert 'href="/contracts?q=TS-131K">Choose a contract of TS-131K</a>' in page


def test_the_distributor_reads_it_by_price_list(world, visit):
    assert "€24.90" in shown(visit(world.diane).get(f"/catalogue?list={world.europe.id}"))
    page = shown(visit(world.diane).get(f"/catalogue?list={world.brasil.id}"))
    assert "R$59.90" in page and "/cart/lines" not in page


@pytest.mark.parametrize("who", ["claire", "cleo", "victor"])
def test_a_resellers_customer_never_sees_a_price(world, visit, who):
    assert visit(getattr(world, who)).get("/catalogue").status_code == 403
    assert visit(getattr(world, who)).get("/cart").status_code == 403


def test_a_contract_shows_the_extensions_that_fit_it(world, visit):  # 002-29
    page = shown(visit(world.remi).get("/catalogue?contract=29962"))
    assert "CL-SV-E3TS131K" in page and "protected until 31/12/2030" in page and "GES-COMPLETO" not in page
    a_contract(world.alpha, number=5, main_reference="BTO")
    assert "No extension can be ordered" in shown(visit(world.remi).get("/catalogue?contract=5"))


@pytest.mark.parametrize("number", ["30001", "404", "abc", "9" * 30, "²"])
def test_a_strangers_contract_does_not_exist(world, visit, number):
    assert visit(world.remi).get(f"/catalogue?contract={number}").status_code == 404


def test_without_a_price_list_one_asks_for_a_quote(world, visit):  # 004-04
    world.alpha.price_list = None
    world.alpha.save()
    assert "Ask your sales contact for a quote" in shown(visit(world.remi).get("/catalogue"))


def test_a_module_or_subscription_is_not_shown_before_it_can_be_ordered(world, visit):
    Product.create(reference="IMP-DWA", title={"en": "Printing"}, kind="subscription")
    assert "IMP-DWA" not in shown(visit(world.remi).get("/catalogue"))
    assert Price.select().count() and Fit.select().count()


def test_the_terms_can_be_read(world, visit):  # 004-07
    row = Terms.get(Terms.code == "general")
    page = shown(visit(world.lea).get(f"/catalogue/terms/{row.id}"))
    assert "Version 1.0, valid from 01/01/2026." in page and "Be kind." in page
    assert visit(world.lea).get("/catalogue/terms/99").status_code == 404
