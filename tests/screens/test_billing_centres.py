"""Billing centres on screen: kept in the settings, divided on a subscription, said on invoices (004-20, 004-21)."""

import re
from html import unescape

import pytest

from lic.models import Allocation, BillingCentre, Invoice
from lic.rules import centres
from tests.conftest import NOON
from tests.lists import behaves, exported, rows
from tests.subscribed import bought
from tests.subscriptions import sold

AT = "/settings/billing-centres"


@pytest.fixture
def w(world):
    sold(world)
    world.siege, world.nord = (centres.new(world.alpha, name, world.remi, NOON) for name in ("Siège", "Nord"))
    return world


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(unescape(text).replace("\u202f", " ").replace("\xa0", " ").split())


def of(buyer):
    return [centre.name for centre in centres.of(buyer)]


def test_an_administrator_makes_renames_and_retires_them(w, visit):
    browser = visit(w.remi)
    assert browser.post(f"{AT}/new", data={"name": "Sud"}).status_code == 303
    assert of(w.alpha) == ["Siège", "Nord", "Sud"]
    assert browser.post(f"{AT}/new", data={"name": "sud"}).status_code == 422
    assert browser.post(f"{AT}/{w.nord.id}", data={"name": "Lille"}).status_code == 303
    assert browser.post(f"{AT}/{w.nord.id}/default").status_code == 303
    assert browser.post(f"{AT}/{w.siege.id}/retirement").status_code == 303
    assert of(w.alpha) == ["Lille", "Sud"]
    assert browser.post(f"{AT}/{w.nord.id}/retirement").status_code == 422  # new seats go to it
    assert browser.get(f"{AT}/{w.siege.id}").status_code == 404


def test_the_list_is_one_like_the_others(w, visit):
    browser = visit(w.remi)
    assert behaves(browser, AT) == ["name", "is_default"]
    assert rows(browser.get(AT)) == ["Nord", "Siège New seats go here"]
    assert [row[0] for row in exported(browser, AT)] == ["Billing centre", "Nord", "Siège"]
    assert "Billing centres" in visit(w.lea).get(AT).text and "New billing centre" not in visit(w.lea).get(AT).text


def test_a_neighbours_centres_do_not_exist(w, visit):  # X15
    browser = visit(w.anne)
    assert "Siège" not in browser.get(AT).text
    for path in ("", "/default", "/retirement"):
        assert browser.post(f"{AT}/{w.nord.id}{path}", data={"name": "x"}).status_code == 404
    annual = bought(w)
    assert browser.get(f"/subscriptions/{annual.number}/allocation").status_code == 404
    assert visit(w.claire).get(AT).status_code == 403
    assert visit(w.diane).get(AT).status_code == 403


def test_seats_are_divided_one_by_one_without_any_script(w, visit):  # 004-21
    annual, browser = bought(w), visit(w.remi)
    page = words(browser.get(f"/subscriptions/{annual.number}"))
    assert "Divide the seats" in page and "Siège new seats go here 20" in page
    here, siege, nord = f"/subscriptions/{annual.number}/allocation", f"centre-{w.siege.id}", f"centre-{w.nord.id}"
    page = browser.get(here).text
    assert f'name="{siege}" type="number" inputmode="numeric" min="0" max="20" required value="20"' in page
    assert f'name="{nord}"' not in page and f'<option value="{w.nord.id}">Nord' in page
    page = browser.get(here, query_string={siege: 20, "add": w.nord.id}).text
    assert f'name="{nord}"' in page and "All seats are divided." in page
    asked = {siege: 20, nord: 0, "more": w.nord.id}
    assert "1 seat too many is divided." in words(browser.get(here, query_string=asked))
    answer = browser.get(here, query_string={siege: 20, nord: 1, "less": w.siege.id})
    assert "All seats are divided." in words(answer) and 'required value="19"' in answer.text
    assert browser.post(here, data={siege: 19, nord: 1}).status_code == 303
    assert {row.centre.name: row.quantity for row in Allocation.select()} == {"Siège": 19, "Nord": 1}
    page = words(browser.get(f"/subscriptions/{annual.number}"))
    assert "Rémi Durand divided its seats: Siège (19), Nord (1)." in page


def test_parts_that_do_not_sum_are_told_and_nothing_is_lost(w, visit):  # 004-21
    annual, browser = bought(w), visit(w.remi)
    here, siege, nord = f"/subscriptions/{annual.number}/allocation", f"centre-{w.siege.id}", f"centre-{w.nord.id}"
    answer = browser.post(here, data={siege: 3, nord: 4})
    assert answer.status_code == 422 and "7 of 20 seats are divided" in words(answer)
    assert 'required value="3"' in answer.text and 'required value="4"' in answer.text
    for nonsense in ("-1", "1.5", "x", "9" * 30):
        assert browser.post(here, data={siege: nonsense}).status_code in (400, 422)
    assert browser.post(here, data={siege: 10**18}).status_code == 422
    assert not Allocation.select().exists()


def test_who_has_no_centre_is_told_where_to_make_one(w, visit):
    BillingCentre.delete().execute()
    annual = bought(w)
    page = visit(w.remi).get(f"/subscriptions/{annual.number}/allocation").text
    assert "make one in the settings" in page and f'href="{AT}"' in page
    assert 'id="centres"' not in visit(w.remi).get(f"/subscriptions/{annual.number}").text


def test_an_invoice_says_which_part_is_whose(w, visit):  # 004-20
    bought(w)
    (invoice,) = Invoice.select()
    page = words(visit(w.remi).get(f"/invoices/{invoice.name}"))
    assert "Siège: 20 seats, €720.00" in page and "By billing centre" in page
    lines = visit(w.remi).get(f"/invoices/{invoice.name}/lines.csv").data.decode("utf-8-sig")
    assert "Siège: 20 seats, €720.00" in lines


def test_a_resellers_customer_sees_no_division(w, visit):  # Q: never what its reseller is billed
    annual = bought(w, customer=w.client)
    assert "Siège" not in visit(w.claire).get(f"/subscriptions/{annual.number}").text
