"""Who uses a service: licences given to people, taken back, and what waits for that (004-16, 004-18, 004-19)."""

from datetime import date

import pytest

from lic.models import Assignment, Event, Product, Subscription, SubscriptionType, TechnicalAdministrator, tx
from lic.rules import services, subscriptions
from tests.conftest import NOON, on
from tests.ordering import bought
from tests.screens.test_subscriptions import hidden, shown
from tests.subscriptions import sold

MONTHLY = SubscriptionType.MONTHLY


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def office(w):
    """Three licences for Client Test, bought by its reseller."""
    return bought(w, MONTHLY, 3, on(date(2026, 11, 10)), product=w.office, customer=w.client)


def give(browser, office, email):
    return browser.post(f"/subscriptions/{office.number}/assignments", data={"email": email})


def test_a_licence_is_given_by_email_and_taken_back(w, visit, office):  # 004-16
    browser = visit(w.claire)
    assert "No licence is assigned to anybody yet." in shown(browser.get(f"/subscriptions/{office.number}"))
    assert give(browser, office, "Cleo@example.com").status_code == 303
    page = shown(browser.get(f"/subscriptions/{office.number}"))
    assert "Cléo Testeuse" in page and "1 of 3" in page and "Cleo@example.com has a licence now." in page
    [row] = Assignment.select()
    assert row.user == w.cleo and "Cleo@example.com has a licence now." in shown(visit(w.cleo).get("/notifications"))
    taken = browser.post(f"/subscriptions/{office.number}/assignments/{row.id}/end")
    assert taken.status_code == 303 and services.free(office, NOON.day) == 3
    assert browser.post(f"/subscriptions/{office.number}/assignments/{row.id}/end").status_code == 422
    kinds = [event.kind for event in Event.select().where(Event.kind.contains("assigned"))]
    assert kinds == ["subscription.assigned", "subscription.unassigned"]


def test_people_without_an_account_have_licences_too(w, visit, office):  # 004-16
    assert give(visit(w.remi), office, " accueil@client.example ").status_code == 303
    assert "accueil@client.example" in shown(visit(w.claire).get(f"/subscriptions/{office.number}"))


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@c.fr", "x" * 190 + "@example.com", "💥"])
def test_a_wrong_address_gets_a_clear_message(w, visit, office, email):
    answer = give(visit(w.claire), office, email)
    assert answer.status_code == 422 and "This is no e-mail address." in shown(answer)


def test_nobody_has_two_and_there_are_no_more_than_were_bought(w, visit, office):  # 004-16
    browser = visit(w.claire)
    for number in range(3):
        assert give(browser, office, f"{number}@example.com").status_code == 303
    assert "All licences are assigned" in shown(give(browser, office, "3@example.com"))
    page = shown(browser.get(f"/subscriptions/{office.number}"))
    assert "All licences are assigned" in page and 'name="email"' not in page
    services.unassign(services.assignments(office).first(), w.claire, NOON)
    assert "2@EXAMPLE.com has a licence already." in shown(give(browser, office, "2@EXAMPLE.com"))


def test_who_may_give_licences(w, visit, office):  # 004-03, 004-10, 004-16
    for user, code in ((w.cleo, 403), (w.lea, 403), (w.diane, 403), (w.anne, 404), (w.victor, 404), (w.marc, 404)):
        assert give(visit(user), office, "a@example.com").status_code == code, user
    page = shown(visit(w.lea).get(f"/subscriptions/{office.number}"))
    assert "People with a licence" in page and "Assign a licence" not in page
    with tx():
        TechnicalAdministrator.create(**w.client.owner, user=w.cleo, subscription=office)
    assert give(visit(w.cleo), office, "a@example.com").status_code == 303
    other = bought(w, MONTHLY, 2, product=w.office, customer=w.client, at=on(date(2026, 11, 11)))
    assert give(visit(w.cleo), other, "a@example.com").status_code == 422  # of that service only (004-11)
    assert "Assign a licence" in shown(visit(w.cleo).get(f"/subscriptions/{office.number}"))
    assert "Assign a licence" not in shown(visit(w.cleo).get(f"/subscriptions/{other.number}"))


def test_a_neighbour_s_assignment_does_not_exist(w, visit, office):
    services.assign(office, "a@example.com", w.claire, NOON)
    theirs = bought(w, MONTHLY, 2, product=w.office, at=on(date(2026, 11, 11)), by=w.anne)
    number = Assignment.get().id
    assert visit(w.anne).post(f"/subscriptions/{theirs.number}/assignments/{number}/end").status_code == 404


def test_what_is_no_service_is_given_to_nobody(w, visit):  # 004-16
    one = bought(w)
    assert give(visit(w.remi), one, "a@example.com").status_code == 422
    assert "People with a licence" not in shown(visit(w.remi).get(f"/subscriptions/{one.number}"))


def test_people_are_unassigned_before_it_is_cancelled(w, visit, office):  # 004-18
    services.assign(office, "a@example.com", w.claire, NOON)
    browser, address = visit(w.remi), f"/subscriptions/{office.number}"
    page = shown(browser.get(address))
    assert "1 seat is assigned to somebody: unassign them first." in page
    assert f"{address}/cancellation/new" not in page
    assert "unassign them first" in shown(browser.get(f"{address}/cancellation/new"))
    assert browser.post(f"{address}/cancellation", data={"seen": "x"}).status_code == 422
    assert "At least one seat must be left" in shown(browser.get(f"{address}/removal/new?quantity=3"))
    services.unassign(Assignment.get(), w.claire, NOON)
    page = shown(browser.get(f"{address}/cancellation/new"))
    assert browser.post(f"{address}/cancellation", data=hidden(page)).status_code == 303
    again = give(browser, office, "a@example.com")
    assert "It is cancelled for 30/11/2026." in shown(again)


def test_no_licence_is_given_that_a_scheduled_removal_takes_away(w, visit, office):  # 004-18, S
    services.assign(office, "a@example.com", w.claire, NOON)
    subscriptions.remove_seats(office, 2, w.remi, NOON)
    assert "From 01/12/2026 only 1 licence is left" in shown(give(visit(w.claire), office, "b@example.com"))


def test_a_checklist_is_ticked_before_licences_are_given_up(w, visit, office):  # 004-17, 004-19
    steps = {"en": ["Un-enrol every device.", "Tell the users."], "fr": ["Désenrôler chaque appareil.", "Prévenir."]}
    with tx():
        Product.update(checklist=steps).where(Product.id == w.office).execute()
    browser, address = visit(w.remi), f"/subscriptions/{office.number}"
    for action, typed in (("removal", {"quantity": "1"}), ("cancellation", {})):
        page = shown(browser.get(f"{address}/{action}/new", query_string=typed))
        assert page.count('name="done"') == 2 and "Un-enrol every device." in page
        asked = hidden(page)
        asked.setlist("done", ["0"])
        answer = browser.post(f"{address}/{action}", data=asked)
        assert answer.status_code == 422 and "Tick what must be done first" in shown(answer)
        asked.setlist("done", ["0", "1"])
        assert browser.post(f"{address}/{action}", data=asked).status_code == 303
    event = Event.get(Event.kind == "subscription.cancelled")
    assert event.after["checklist"] == steps["en"] and Subscription.get_by_id(office.id).cancelled_on


def test_people_are_searched_where_there_are_many(w, visit):  # 004-16
    many = bought(w, MONTHLY, 60, on(date(2026, 11, 10)), product=w.office, customer=w.client)
    with tx():
        for number in range(55):
            Assignment.create(**w.client.owner, subscription=many, email=f"p{number:02}@example.com", from_at=NOON.at)
    page = shown(visit(w.claire).get(f"/subscriptions/{many.number}"))
    assert "5 more people: search to see them." in page and "p54@" not in page
    assert "p54@example.com" in shown(visit(w.claire).get(f"/subscriptions/{many.number}?who=P54"))
    assert "Nobody fits your search." in shown(visit(w.claire).get(f"/subscriptions/{many.number}?who=%25"))


def test_a_renewal_with_fewer_licences_asks_for_the_checklist_first(w, visit):  # 004-19, O, Decrease
    with tx():
        Product.update(checklist={"en": ["Un-enrol every device."]}).where(Product.id == w.office).execute()
    year = bought(w, product=w.office, quantity=10, at=on(date(2025, 12, 15)))
    browser, address = visit(w.remi), f"/subscriptions/{year.number}"
    page = shown(browser.get(f"{address}/renewal/new?quantity=8"))
    assert "Use “Remove seats” first" in page
    asked = hidden(shown(browser.get(f"{address}/removal/new?quantity=2")))
    asked.setlist("done", ["0"])
    assert browser.post(f"{address}/removal", data=asked).status_code == 303
    assert "8 seats" in shown(browser.get(f"{address}/renewal/new"))
    event = Event.get(Event.kind == "subscription.change_scheduled")
    assert event.after["checklist"] == ["Un-enrol every device."]
