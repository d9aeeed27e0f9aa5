"""The screens of the stock: what there is, the ledger, corrections, giving back."""

import re

import pytest

from lic.models import Balance, Operation, StockMovement
from lic.rules import stock
from tests.conftest import NOON
from tests.lists import behaves, exported, found, rows
from tests.rules.test_stock import bought
from tests.screens.test_contract import text


@pytest.fixture(autouse=True)
def stocked(world):
    bought(world, world.alpha, world.completo, 10, bonus=1)
    bought(world, world.alpha, world.extra, 4, operation=Operation.USERS, for_product=world.completo)
    bought(world, world.beta, world.light, 7)


def place(world, holder=None, product=None):
    return Balance.get(Balance.holder == (holder or world.alpha), Balance.product == (product or world.completo)).id


def test_a_partner_sees_its_own_stock(world, visit):  # 001-29, 001-20
    page = text(visit(world.remi).get("/stock"))
    assert "GES-COMPLETO" in page and "<strong>11</strong>" in page and ">37<" in page
    assert "GES-LIGHT" not in page


def test_the_distributor_sees_everybodys(world, visit):
    page = text(visit(world.paul).get("/stock"))
    assert "Alpha" in page and "Béta" in page and "Correct a stock" not in page


def test_an_empty_stock_says_what_to_do(world, visit):
    assert "No licence in stock yet" in text(visit(world.marc).get("/stock"))


def test_the_ledger_says_who_what_and_why(world, visit):
    stock.adjust(world.alpha, world.completo, -2, "counted again", world.diane, NOON)
    page = text(visit(world.remi).get(f"/stock/{place(world)}"))
    assert "+11" in page and "−2" in page and "counted again" in page and "Diane Garnier" in page
    assert "Purchase" in page and "Adjustment" in page


def test_the_ledger_is_a_list(world, visit):  # screens.md, Every list
    for number in range(60):
        stock.adjust(world.alpha, world.completo, 1, f"found {number}", world.diane, NOON)
    browser, path = visit(world.remi), f"/stock/{place(world)}"
    assert len(rows(browser.get(path))) == 50 and "61 movements" in text(browser.get(path))
    assert len(rows(browser.get(f"{path}?q=counted"))) == 0 and len(rows(browser.get(f"{path}?q=found+17"))) == 1
    assert "+11" in rows(browser.get(f"{path}?sort=-quantity"))[0]
    assert len(rows(browser.get(f"{path}?kind=purchase"))) == 1
    assert len(exported(browser, f"{path}/movements?q=found+17")) == 2
    assert visit(world.anne).get(f"{path}/movements/export.csv").status_code == 404


def test_a_neighbours_stock_does_not_exist(world, visit):
    assert visit(world.anne).get(f"/stock/{place(world)}").status_code == 404
    assert visit(world.claire).get("/stock").status_code == 403  # customers never see a stock


def correction(world, **changes):
    return {
        "holder": world.alpha.id,
        "product": world.completo.id,
        "for_product": "",
        "quantity": "5",
        "reason": "start",
    } | changes


def test_the_distributor_corrects_a_stock(world, visit):
    browser = visit(world.diane)
    assert "Correct the stock" in text(browser.get(f"/stock/adjustments/new?holder={world.alpha.id}"))
    answer = browser.post("/stock/adjustments/new", data=correction(world))
    assert answer.location == f"/stock/{place(world)}"
    assert stock.balance(world.alpha, world.completo) == 16


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"quantity": "-12"}, "Only 11 "),
        ({"quantity": "0"}, "A correction is a number from 1 to 100,000"),
        ({"quantity": "1000000000"}, "A correction is a number from 1 to 100,000"),
        ({"quantity": "abc"}, "This is not a whole number."),
        ({"quantity": ""}, "This field is required."),
        ({"reason": "  "}, "This field is required."),
        ({"holder": "abc"}, "This is not one of the choices."),
        ({"product": "999"}, "This is not one of the choices."),
        ({"for_product": "1"}, "Only additional users are for another licence."),
    ],
)
def test_a_wrong_correction_is_told(world, visit, changes, said):
    answer = visit(world.diane).post("/stock/adjustments/new", data=correction(world, **changes))
    assert answer.status_code == 422 and said in text(answer)
    assert stock.balance(world.alpha, world.completo) == 11


def test_giving_back_shows_its_effect_before_it_is_done(world, visit):  # rules.md O
    browser, url = visit(world.remi), f"/stock/{place(world)}/returns"
    assert "How many" in text(browser.get(f"{url}/new"))
    page = text(browser.get(f"{url}/new?quantity=3"))
    assert "Left in stock: 8" in page and "01/12/2026" in page
    assert stock.balance(world.alpha, world.completo) == 11
    assert browser.post(url, data={"quantity": "3"}).status_code == 303
    assert stock.balance(world.alpha, world.completo) == 8
    page = text(browser.get(f"/stock/{place(world)}"))
    assert "effective on 01/12/2026" in page and "billed to the end of the month" in page


@pytest.mark.parametrize("quantity", ["0", "-1", "12", "abc", "", "9" * 30])
def test_no_more_is_given_back_than_is_free(world, visit, quantity):
    browser, url = visit(world.remi), f"/stock/{place(world)}/returns"
    assert browser.get(f"{url}/new?quantity={quantity}").status_code == 422
    assert browser.post(url, data={"quantity": quantity}).status_code == 422
    assert not StockMovement.select().where(StockMovement.quantity < 0).exists()


def test_a_correction_sent_twice_corrects_once(world, visit):  # safety.md 28
    browser, before = visit(world.diane), stock.balance(world.alpha, world.completo)
    answers = [browser.post("/stock/adjustments/new", data=correction(world, quantity="2", key="k")) for _ in range(2)]
    assert {answer.location for answer in answers} == {f"/stock/{place(world)}"}
    assert stock.balance(world.alpha, world.completo) == before + 2


def test_licences_given_back_by_two_clicks_are_given_back_once(world, visit):  # rules.md O, safety.md 28
    browser, url = visit(world.remi), f"/stock/{place(world)}/returns"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(f"{url}/new?quantity=11").text)[1]
    answers = [browser.post(url, data={"quantity": "11", "for_product": "", "key": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert stock.balance(world.alpha, world.completo) == 0
    assert browser.post(url, data={"quantity": "1", "for_product": ""}).status_code == 422


def test_additional_users_are_given_back_for_one_licence(world, visit):
    browser, url = visit(world.remi), f"/stock/{place(world, product=world.extra)}/returns"
    assert browser.post(url, data={"quantity": "1", "for_product": world.light.id}).status_code == 422
    assert browser.post(url, data={"quantity": "1", "for_product": world.completo.id}).status_code == 303
    assert stock.users(world.alpha, world.completo) == 36


def test_the_stock_is_a_list_like_every_other(world, visit):
    browser = visit(world.remi)
    assert behaves(browser, "/stock") == ["product", "quantity", "activated", "users"]
    assert behaves(visit(world.diane), "/stock")[0] == "holder"
    own = [f"/stock/{place(world, product=product)}" for product in (world.extra, world.completo)]
    assert found(browser.get("/stock")) == own
    assert found(browser.get("/stock?sort=-users")) == own[::-1]
    for q in ("completo", "GES-COMPLETO", "gestao", "37"):
        assert found(browser.get(f"/stock?q={q}")) == own[1:], q
    assert found(browser.get("/stock?q=light")) == []  # a neighbour's
    assert rows(visit(world.diane).get("/stock?q=beta")) == ["Béta Gestão Light GES-LIGHT 7 0 7"]
    assert exported(browser, "/stock?q=completo")[1:] == [["Gestão Completo", "11", "0", "37", "GES-COMPLETO"]]


def test_the_list_counts_what_the_page_counts(world, visit):
    for kept in stock.overview():
        shown = stock.Place(kept.balance, NOON.day)
        assert (kept.activated or 0, kept.users) == (shown.activated, shown.users)
