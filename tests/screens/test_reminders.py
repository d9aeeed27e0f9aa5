"""Reminders on the page of a subscription: whom they went to, and the buttons that hold and resume them."""

from datetime import date

import pytest

from lic.models import Subscription
from lic.rules import reminders
from tests.conftest import on
from tests.subscribed import bought
from tests.subscriptions import sold


@pytest.fixture
def annual_a(world):
    return bought(sold(world), customer=world.client)


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_the_page_proves_whom_was_reminded_and_when(world, visit, annual_a):  # proof of sending
    assert "Nobody has been reminded of its end yet." in shown(
        visit(world.remi).get(f"/subscriptions/{annual_a.number}")
    )
    reminders.run(on(date(2027, 2, 12)))
    for user in (world.remi, world.lea, world.diane):
        page = shown(visit(user).get(f"/subscriptions/{annual_a.number}"))
        assert "D-30" in page and "remi@example.com" in page and "12/02/2027" in page and "Waiting" in page


@pytest.mark.parametrize(
    ("day", "said"),
    [((2027, 2, 12), "It ends on 14/03/2027."), ((2027, 3, 19), "It ended on 14/03/2027 and can still be renewed.")],
)
def test_the_notification_says_whether_it_has_ended(world, visit, annual_a, day, said):  # 002-54
    reminders.run(on(date(*day)))
    assert said in shown(visit(world.remi).get("/notifications"))


def test_a_customer_is_not_told_whom_its_reseller_is_reminded_by(world, visit, annual_a):
    reminders.run(on(date(2027, 2, 12)))
    page = shown(visit(world.claire).get(f"/subscriptions/{annual_a.number}"))
    assert "remi@example.com" not in page and "Reminders" not in page


def test_one_click_holds_and_another_resumes(world, visit, annual_a):
    browser, address = visit(world.remi), f"/subscriptions/{annual_a.number}"
    assert browser.post(f"{address}/reminders/hold").status_code == 303
    assert Subscription.get_by_id(annual_a.id).reminders_held
    assert "Resume the reminders" in shown(browser.get(address))
    assert browser.post(f"{address}/reminders/hold").status_code == 422
    assert browser.post(f"{address}/reminders/resumption").status_code == 303
    assert "Put the reminders on hold" in shown(browser.get(address))


def test_a_basic_user_reads_and_holds_nothing(world, visit, annual_a):  # X15
    page = shown(visit(world.lea).get(f"/subscriptions/{annual_a.number}"))
    assert "Put the reminders on hold" not in page
    assert visit(world.lea).post(f"/subscriptions/{annual_a.number}/reminders/hold").status_code == 403
    assert visit(world.anne).post(f"/subscriptions/{annual_a.number}/reminders/hold").status_code == 404
