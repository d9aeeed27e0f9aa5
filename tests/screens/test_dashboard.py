"""The distributor's dashboard: numbers with pictures, and the tables behind them."""

from datetime import date, timedelta

import pytest

from lic import checks
from lic.models import Article, Contract, Coverage, Ending, Invoice, Operation, Plan, SubscriptionType
from lic.rules import figures, invoices, wishes
from tests.billing import ordered
from tests.conftest import NOON, TODAY, a_contract, on
from tests.incidents import the_incident
from tests.subscribed import approved, bought
from tests.subscriptions import MONTHLY, sold


@pytest.fixture
def w(world):
    return sold(world)


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_what_ends_is_counted_by_month(w):
    a_contract(w.alpha, number=1, ends_on=date(2026, 12, 9))
    a_contract(w.alpha, number=2, ends_on=TODAY - timedelta(1))
    bought(w)  # ends on 14/03/2027
    found = {day: counts for day, *counts in figures.ends_by_month(TODAY)}
    assert list(found)[0] == date(2026, 11, 1) and len(found) == 12
    assert found[date(2026, 11, 1)] == [0, 0]
    assert found[date(2026, 12, 1)] == [1, 0] and found[date(2027, 3, 1)] == [0, 1]
    assert figures.ending_soon(TODAY) == (1, 0)


def test_what_ends_is_counted_as_contracts_come_move_and_go(w):  # speed.md
    contract = a_contract(w.alpha, number=1, ends_on=date(2026, 12, 9))
    other = a_contract(w.alpha, number=2, ends_on=date(2026, 12, 9))
    assert figures.ending_soon(TODAY)[0] == 2
    Contract.update(ends_on=date(2027, 12, 9)).where(Contract.id == contract.id).execute()
    assert figures.ending_soon(TODAY)[0] == 1
    Coverage.delete().where(Coverage.contract == other.id).execute()
    Article.delete().where(Article.contract == other.id).execute()
    other.delete_instance()
    assert figures.ending_soon(TODAY)[0] == 0


def test_a_wrong_count_of_what_ends_is_found(w):  # safety.md 18
    a_contract(w.alpha, number=1, ends_on=date(2026, 12, 9))
    assert list(checks._ends()) == []
    Ending.update(contracts=7).where(Ending.day == date(2026, 12, 9)).execute()
    assert list(checks._ends()) == ["the contracts that end on 2026-12-09 are not as many as are counted"]


def test_recurring_revenue_is_what_the_seats_bring_each_month(w):  # 20 x 36.00 / 12, 10 x 4.00
    bought(w)
    bought(w, MONTHLY, quantity=10, start=date(2026, 11, 10))
    found = dict(figures.recurring(TODAY))
    assert found[date(2026, 2, 1)] == {}
    assert found[date(2026, 10, 1)] == {"EUR": 60_00}
    assert found[date(2026, 11, 1)] == {"EUR": 100_00}


def test_a_term_brings_what_is_left_after_its_discount(w):  # X6: 10 x 4.00 - 5 %
    bought(w, SubscriptionType.TERM, quantity=10, start=date(2026, 11, 1), months=18)
    assert dict(figures.recurring(TODAY))[date(2026, 11, 1)] == {"EUR": 38_00}


def test_assurance_modules_and_licences_in_stock_are_recurring_too(w):
    annual = bought(w, plan=Plan.STANDARD)  # 60.00, and 20 x 0.50
    (invoice,) = Invoice.select()
    invoices.pay(invoice, TODAY, w.diane, NOON)
    wishes.add(Operation.ADD_MODULE, w.remi, NOON, subscription=annual, product=w.cpm)  # 20 x 15.00 / 12
    approved(w, w.remi, NOON)
    ordered(w.remi, w.completo, 10, on(date(2026, 9, 15)), w.diane)  # 10 x 24.90; the bonus is free
    found = dict(figures.recurring(TODAY))
    assert found[date(2026, 8, 1)] == {"EUR": 70_00}
    assert found[date(2026, 9, 1)] == found[date(2026, 10, 1)] == {"EUR": 319_00}
    assert found[date(2026, 11, 1)] == {"EUR": 344_00}


def test_incidents_are_counted_by_state_and_age(w):
    incident = the_incident(w)
    old = on(incident.declared_at.date() + timedelta(8))
    assert sum(sum(counts) for _, counts in figures.incidents(NOON)) == 1
    assert dict(figures.incidents(old))[incident.state] == (0, 0, 1)


def test_the_page_has_pictures_and_the_numbers_behind_them(w, visit):
    bought(w)
    the_incident(w)
    page = shown(visit(w.paul).get("/dashboard"))
    assert page.count('role="img"') == 3 and page.count("See the numbers") == 3
    assert "€60.00" in page and "March 2027" in page and "style=" not in page


@pytest.mark.parametrize(("language", "said"), [("fr", "mars 2027"), ("pt", "março de 2027")])
def test_a_month_is_named_as_the_language_does(w, visit, language, said):  # R10
    bought(w)
    browser = visit(w.paul)
    browser.post("/language", data={"language": language})
    assert said in shown(browser.get("/dashboard"))


def test_it_is_the_distributors_alone(w, visit):
    assert visit(w.remi).get("/dashboard").status_code == 403
    assert visit(w.marc).get("/dashboard").status_code == 403
