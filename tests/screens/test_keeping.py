"""What the distributor keeps, so that an empty portal can be used: buyers, products, prices and terms."""

import re
from datetime import date

import pytest

from lic.models import (
    Basis,
    Consent,
    Event,
    Fit,
    Mail,
    Order,
    OrderState,
    Organisation,
    Price,
    PriceList,
    Product,
    ProductKind,
    Terms,
    User,
    tx,
)
from lic.rules import Refused, desks, price_lists, prices
from tests.conftest import NOON, TODAY, on

BUYER = {
    "kind": "reseller", "name": "Gamma", "email": "gamma@example.com", "phone": "0123456789", "country": "FR",
    "tax_number": "404 833 048", "language": "fr", "price_list": "1", "approver": "1", "account_manager": "",
    "channel": "Sud", "tax_rate_bp": "20", "tax_code": "S", "tax_note": "",
}  # fmt: skip
FIRST = {"first_name": "Gaspard", "last_name": "Martin", "user_email": "gaspard@example.com", "identifier": "gaspard"}
PRODUCT = {
    "reference": "GES-PLUS", "kind": "licence", "title_fr": "Gestion Plus", "family_fr": "Gestion",
    "users_per_unit": "5", "active": "y",
}  # fmt: skip
TERMS = {
    "code": "general", "version": "2.0", "valid_from": "2026-12-01",
    "title_fr": "Conditions générales", "body_fr": "Soyez aimables.\n\nToujours.",
}  # fmt: skip


@pytest.mark.parametrize("who", ["diane", "paul"])
@pytest.mark.parametrize(
    "path", ["resellers", "resellers/2", "products", "price-lists", "price-lists/1", "terms", "terms/1"]
)
def test_the_distributor_reads_what_it_keeps_and_only_administrators_write(visit, world, who, path):  # X15
    answer = visit(getattr(world, who)).get(f"/{path}")
    assert answer.status_code == 200
    main = answer.text[answer.text.index("<main") :]
    main = re.sub(r'<summary class="btn"|<noscript>.*?</noscript>', "", main)  # everybody searches and exports
    assert ("btn" in main) == (who == "diane") or path == "resellers/2"


@pytest.mark.parametrize("who", ["remi", "claire", "marc"])
@pytest.mark.parametrize("path", ["resellers", "resellers/2", "products", "price-lists/1", "terms"])
def test_nobody_else_opens_the_distributors_keeping(visit, world, who, path):
    assert visit(getattr(world, who)).get(f"/{path}").status_code == 403


# --- who buys ----------------------------------------------------------------------------------


def test_a_reseller_is_made_with_its_first_administrator_invited(visit, world):  # 002-08
    answer = visit(world.diane).post("/resellers/new", data=BUYER | FIRST)
    assert answer.status_code == 303
    gamma = Organisation.get(Organisation.name == "Gamma")
    assert gamma.is_reseller and gamma.price_list == world.europe and gamma.approver == world.diane
    assert (gamma.tax_rate_bp, gamma.tax_number, gamma.reseller_approval) == (2000, "404833048", False)
    assert User.get(User.identifier == "gaspard").organisation == gamma
    assert Mail.get(Mail.letter == "invitation").to == "gaspard@example.com"
    assert "Gamma" in visit(world.diane).get("/resellers").text
    assert visit(world.diane).post("/resellers/new", data=BUYER | FIRST).status_code == 422  # sent twice


def test_a_direct_customer_is_served_by_the_distributor(visit, world):  # Q
    given = BUYER | FIRST | {"kind": "direct"}
    assert visit(world.diane).post("/resellers/new", data=given | {"price_list": ""}).status_code == 422
    assert visit(world.diane).post("/resellers/new", data=given).status_code == 303
    gamma = Organisation.get(Organisation.name == "Gamma")
    assert gamma.direct and gamma.is_customer and gamma.reseller == world.house


def test_how_a_reseller_buys_is_changed_by_the_distributor(visit, world):  # 001-16, 001-26
    given = BUYER | {
        "name": "Alpha",
        "reseller_approval": "y",
        "tax_rate_bp": "5,5",
        "price_list": str(world.brasil.id),
    }
    assert visit(world.diane).post(f"/resellers/{world.alpha.id}/edit", data=given).status_code == 303
    alpha = world.alpha.again()
    assert (alpha.price_list, alpha.reseller_approval, alpha.tax_rate_bp) == (world.brasil, True, 550)
    event = Event.select().where(Event.kind == "organisation.changed").order_by(Event.id.desc()).first()
    assert (event.before["price_list"], event.after["price_list"]) == ("Europe", "Brasil")
    assert "5.5%" in visit(world.diane).get(f"/resellers/{world.alpha.id}").text


def test_the_currency_of_a_buyer_stays_while_a_cart_waits(visit, world):  # data.md c
    with tx():
        Order.create(
            **world.alpha.owner, buyer=world.alpha, placed_by=world.remi, state=OrderState.CART,
            currency="EUR", price_list=world.europe, made_at=NOON.at,
        )  # fmt: skip
    given = BUYER | {"name": "Alpha", "price_list": str(world.brasil.id)}
    answer = visit(world.diane).post(f"/resellers/{world.alpha.id}/edit", data=given)
    assert answer.status_code == 422 and "must end first" in answer.text
    assert world.alpha.again().price_list == world.europe


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_list": "99"}, {"approver": "4"}, {"tax_rate_bp": "101"}, {"tax_rate_bp": "x"}, {"tax_rate_bp": "21"},
        {"tax_code": "AE"}, {"tax_code": "E", "tax_rate_bp": "5,5"},
    ],
)  # fmt: skip
def test_what_no_buyer_can_have_is_refused(visit, world, wrong):  # approver 4 is a reseller's own
    assert visit(world.diane).post("/resellers/new", data=BUYER | FIRST | wrong).status_code == 422


# --- products ----------------------------------------------------------------------------------


def test_a_product_is_made_once_and_shown_in_the_language_it_has(visit, world):  # 001-13
    browser = visit(world.diane)
    assert browser.post("/products/new", data=PRODUCT).status_code == 303
    assert browser.post("/products/new", data=PRODUCT | {"reference": "ges-plus"}).status_code == 422
    made = Product.get(Product.reference == "GES-PLUS")
    assert (made.users_per_unit, made.title, made.kind) == (5, {"fr": "Gestion Plus"}, ProductKind.LICENCE)
    assert "Gestion Plus" in browser.get("/products").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "a b"}, {"reference": "x" * 300}, {"title_fr": ""}, {"kind": "car"}, {"users_per_unit": "-1"},
        {"users_per_unit": "1000000000"}, {"users_per_unit": "abc"}, {"kind": "extension"}, {"kind": "module"},
        {"data_sheet": "javascript:alert(1)"}, {"base": "999"},
    ],
)  # fmt: skip
def test_what_is_no_product_is_refused(visit, world, wrong):
    assert visit(world.diane).post("/products/new", data=PRODUCT | wrong).status_code == 422
    assert not Product.select().where(Product.title == {"fr": "Gestion Plus"}).exists()


def test_what_a_product_goes_with_is_kept(visit, world):  # 001-15, 002-27
    browser = visit(world.diane)
    for wrong in (["999"], ["998", "999"], ["abc"]):
        answer = browser.post("/products/new", data=PRODUCT | {"reference": "U1", "fits": wrong})
        assert answer.status_code == 422 and "This is not one of the choices." in answer.text
        assert "valid choice" not in answer.text
    users = {"reference": "U2", "kind": "users", "fits": [str(world.light.id)]}
    assert browser.post("/products/new", data=PRODUCT | users).status_code == 303
    made = Product.get(Product.reference == "U2")
    assert [fit.for_product for fit in Fit.select().where(Fit.product == made)] == [world.light]
    hardware = {"reference": "CL-1", "kind": "extension", "months": "12", "references": "TS-131K, RS-2416 ,TS-131K"}
    assert browser.post("/products/new", data=PRODUCT | hardware).status_code == 303
    extension = Product.get(Product.reference == "CL-1")
    assert [fit.for_reference for fit in Fit.select().where(Fit.product == extension)] == ["TS-131K", "RS-2416"]
    page = browser.get(f"/products/{extension.id}/edit").text
    assert "TS-131K, RS-2416" in page and 'value="12"' in page


def test_a_product_with_prices_keeps_its_kind(visit, world):
    given = PRODUCT | {"reference": "GES-LIGHT", "kind": "subscription"}
    assert visit(world.diane).post(f"/products/{world.light.id}/edit", data=given).status_code == 422
    given = PRODUCT | {"reference": "GES-LIGHT", "active": ""}
    assert visit(world.diane).post(f"/products/{world.light.id}/edit", data=given).status_code == 303
    assert prices.offer(world.light.again(), world.europe, TODAY) is None  # no longer offered


def test_a_service_has_its_procedure_its_checklist_and_its_support(visit, world):  # 004-15, 004-17, 004-27
    browser = visit(world.diane)
    given = {"procedure_fr": "Ouvrez la console.", "support_route_en": "EMM desk", "is_service": "y"}
    given |= {"support": world.ines.id}
    given |= {"checklist_fr": "Désenrôler chaque appareil.\r\n\r\n Prévenir les gens. ", "checklist_en": "Un-enrol."}
    assert browser.post("/products/new", data=PRODUCT | given).status_code == 303
    made = Product.get(Product.reference == "GES-PLUS")
    assert made.checklist == {"fr": ["Désenrôler chaque appareil.", "Prévenir les gens."], "en": ["Un-enrol."]}
    assert (made.procedure, made.support_route) == ({"fr": "Ouvrez la console."}, {"en": "EMM desk"})
    page = browser.get(f"/products/{made.id}/edit").text
    assert "Désenrôler chaque appareil.\nPrévenir les gens." in page and "EMM desk" in page
    kept = Event.get(Event.kind == "product.made").after
    assert kept["checklist"]["en"] == ["Un-enrol."] and kept["support_route"] == {"en": "EMM desk"}
    assert desks.of(made) == [world.ines] and kept["support_people"] == [world.ines.name]
    assert f'<input checked id="support-1" name="support" type="checkbox" value="{world.ines.id}">' in page
    assert browser.post("/products/new", data=PRODUCT | {"reference": "X", "support": world.remi.id}).status_code == 422


def test_a_product_has_a_tax_of_its_own(visit, world):  # data.md d
    browser = visit(world.diane)
    reduced = {"tax_code": "S", "tax_rate_bp": "5,5"}
    assert browser.post("/products/new", data=PRODUCT | reduced).status_code == 303
    made = Product.get(Product.reference == "GES-PLUS")
    assert (made.tax_code, made.tax_rate_bp, made.tax_note) == ("S", 550, "")
    assert 'value="5.50"' in browser.get(f"/products/{made.id}/edit").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"tax_code": "S"}, {"tax_code": "S", "tax_rate_bp": "0"}, {"tax_code": "S", "tax_rate_bp": "21"},
        {"tax_code": "E", "tax_rate_bp": "20"}, {"tax_code": "E"}, {"tax_code": "AE"}, {"tax_code": "G"},
        {"tax_code": "X"}, {"tax_rate_bp": "20"}, {"tax_note": "Exempt"}, {"tax_code": "S", "tax_rate_bp": "x"},
        {"procedure_en": "x" * 2001}, {"support_route_en": "x" * 201},
    ],
)  # fmt: skip
def test_what_is_no_tax_or_text_of_a_product_is_refused(visit, world, wrong):
    assert visit(world.diane).post("/products/new", data=PRODUCT | wrong).status_code == 422
    assert not Product.select().where(Product.reference == "GES-PLUS").exists()


# --- prices ------------------------------------------------------------------------------------


def a_price(world, **given):
    values = {"product": str(world.completo.id), "basis": "licence_month", "cents": "26,50", "bonus_every": "5"}
    return values | {"valid_from": "2026-12-01"} | given


def test_a_price_begins_on_a_day_and_the_one_before_stays_until_then(visit, world):  # 001-16, 001-19
    path = f"/price-lists/{world.europe.id}"
    assert visit(world.diane).post(f"{path}/prices", data=a_price(world)).status_code == 303
    assert prices.offer(world.completo, world.europe, date(2026, 11, 30)).unit_cents == 2490
    offer = prices.offer(world.completo, world.europe, date(2026, 12, 1))
    assert (offer.unit_cents, offer.bonus_every) == (2650, 5)
    shown = visit(world.diane).get(path).text
    assert "€24.90" in shown and "€26.50" in shown and "01/12/2026" in shown
    assert Event.get(Event.kind == "price.set").after["amount_cents"] == 2650


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_from": "2026-11-21"}, {"valid_from": "soon"}, {"basis": "annual"}, {"basis": "setup"}, {"cents": "-1"},
        {"cents": ""}, {"cents": "1e9"}, {"cents": "99999999999"}, {"bonus_every": "0"}, {"bonus_every": "x"},
        {"product": ""}, {"product": "999"}, {"cents": "1.234"}, {"cents": "   "},
    ],
)  # fmt: skip
def test_what_is_no_price_is_refused(visit, world, wrong):
    before = Price.select().count()
    given = a_price(world, **wrong)
    assert visit(world.diane).post(f"/price-lists/{world.europe.id}/prices", data=given).status_code == 422
    assert Price.select().count() == before


def test_a_price_sent_twice_is_one_and_one_to_come_can_be_withdrawn(visit, world):
    browser, path = visit(world.diane), f"/price-lists/{world.europe.id}/prices"
    codes = [browser.post(path, data=a_price(world)).status_code for _ in range(2)]
    assert codes == [303, 422]
    coming = Price.get(Price.valid_from == date(2026, 12, 1))
    assert visit(world.diane).post(f"/price-lists/{world.brasil.id}/prices/{coming.id}/withdrawal").status_code == 404
    assert browser.post(f"{path}/{coming.id}/withdrawal").status_code == 303
    begun = Price.get(Price.price_list == world.europe)
    assert browser.post(f"{path}/{begun.id}/withdrawal").status_code == 422
    assert prices.offer(world.completo, world.europe, date(2026, 12, 1)).unit_cents == 2490


def test_a_price_that_begins_meanwhile_stays(world):
    given = {"product": world.completo, "basis": Basis.SETUP, "cents": 1, "bonus_every": None}
    price = price_lists.set_price(world.europe, **given, valid_from=date(2026, 11, 23), by=world.diane, at=NOON)
    with pytest.raises(Refused):
        price_lists.withdraw(price, by=world.diane, at=on(date(2026, 11, 23)))


def test_a_price_list_has_a_name_of_its_own(visit, world):
    browser = visit(world.diane)
    codes = [browser.post("/price-lists/new", data={"name": "Sud", "currency": "EUR"}).status_code for _ in range(2)]
    assert codes == [303, 422] and PriceList.select().where(PriceList.name == "Sud").count() == 1
    assert browser.post("/price-lists/new", data={"name": "Nord", "currency": "XXX"}).status_code == 422


# --- terms -------------------------------------------------------------------------------------


def test_a_version_of_terms_is_never_changed_once_accepted(visit, world):  # 004-07
    browser = visit(world.diane)
    assert browser.post("/terms/new", data=TERMS).status_code == 303
    assert browser.post("/terms/new", data=TERMS).status_code == 422
    made = Terms.get(Terms.version == "2.0")
    assert made.text("pt") == "Soyez aimables.\n\nToujours."  # what is missing in a language is shown as written
    changed = TERMS | {"body_fr": "Soyez très aimables."}
    assert browser.post(f"/terms/{made.id}/edit", data=changed).status_code == 303
    with tx():
        order = Order.create(
            **world.alpha.owner, buyer=world.alpha, placed_by=world.remi, number=1, state=OrderState.SUBMITTED,
            currency="EUR", price_list=world.europe, made_at=NOON.at,
        )  # fmt: skip
        Consent.create(**world.alpha.owner, order=order, terms=made, by=world.remi, at=NOON.at)
    answer = browser.post(f"/terms/{made.id}/edit", data=TERMS)
    assert answer.status_code == 422 and made.again().text("fr") == "Soyez très aimables."
    assert "make a new version instead" in browser.get(f"/terms/{made.id}").text
    assert "Soyez très aimables." in browser.get(f"/terms/new?after={made.id}").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "x"}, {"code": "product"}, {"product": "1"}, {"body_fr": ""}, {"valid_from": ""},
        {"product": "999"}, {"product": str(2**63)},
    ],
)  # fmt: skip
def test_what_are_no_terms_is_refused(visit, world, wrong):
    assert visit(world.diane).post("/terms/new", data=TERMS | wrong).status_code == 422


def test_a_page_shows_the_boxes_that_are_ticked(visit, world):
    browser = visit(world.diane)
    assert "checked" in browser.get(f"/products/{world.light.id}/edit").text
    with tx():
        User.update(may_declare=True).where(User.id == world.lea.id).execute()
    assert "checked" in visit(world.remi).get(f"/settings/users/{world.lea.id}").text
