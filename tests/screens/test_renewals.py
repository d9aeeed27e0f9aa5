"""The distributor's renewal board: what ends, what it is worth, whose it is, won or lost and why."""

from datetime import date, timedelta

import pytest

from lic.models import Event, Notification, Operation, Renewal
from lic.rules import Refused, board, subscriptions, wishes
from lic.rules.board import Outcome
from tests.conftest import on
from tests.subscribed import approved, bought
from tests.subscriptions import MONTHLY, TERM, sold

END = date(2027, 3, 14)  # of Annual A


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def annual_a(w):
    return bought(w, customer=w.client)


@pytest.fixture
def soon(w, annual_a):
    """One that ends 18 days after today, 22 November 2026."""
    return bought(w, quantity=10, start=date(2025, 12, 11))


def day(offset):
    return END + timedelta(offset)


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_the_board_goes_from_the_window_to_the_last_day_of_grace(w, annual_a):  # J-120 to J+grace
    seen = [offset for offset in range(-125, 16) if board.rows(day(offset))]
    assert seen == list(range(-120, 11))


def test_what_is_at_stake_is_what_renewing_costs_today(w, annual_a):  # architecture 5
    bought(w, TERM, quantity=10, months=18, start=date(2025, 9, 1))  # ends on 28/02/2027
    bought(w, MONTHLY, start=date(2026, 3, 16))
    values = {row.number: row.cents for row in board.rows(day(-30))}
    assert sorted(values.values()) == [684_00, 720_00]  # X6; 20 x 36.00


def test_won_is_what_was_renewed(w, annual_a):
    wishes.add(Operation.RENEW, w.remi, on(day(-60)), subscription=annual_a)
    approved(w, w.remi, on(day(-60)))
    [row] = board.rows(day(-59))
    assert (row.outcome, row.cents) == (Outcome.WON, 720_00)


def test_lost_is_what_was_cancelled(w, annual_a):
    subscriptions.cancel(annual_a, w.remi, on(day(-10)))
    [row] = board.rows(day(-9))
    assert row.outcome is Outcome.LOST and row.why.values["day"] == day(-10)


def test_lost_needs_a_reason_and_can_be_taken_back(w, annual_a):
    at = on(day(-30))
    with pytest.raises(Refused):
        board.lose(annual_a, "  ", w.diane, at)
    board.lose(annual_a, "Too dear.", w.diane, at)
    assert [(row.outcome, row.why) for row in board.rows(at.day)] == [(Outcome.LOST, "Too dear.")]
    board.reopen(annual_a, w.diane, at)
    assert [row.outcome for row in board.rows(at.day)] == [Outcome.OPEN]
    with pytest.raises(Refused):
        board.reopen(annual_a, w.diane, at)


@pytest.mark.parametrize("who", ["remi", "paul", "claire"])
def test_only_the_distributors_administrators_note_anything(w, annual_a, who):
    for verb in (
        lambda by: board.lose(annual_a, "No.", by, on(day(-30))),
        lambda by: board.take(annual_a, by, by, on(day(-30))),
    ):
        with pytest.raises(Refused):
            verb(getattr(w, who))
    assert not Renewal.select().exists()


def test_its_owner_hears_of_it(w, annual_a):
    board.take(annual_a, w.ines, w.diane, on(day(-30)))
    event = Event.get(Event.kind == "renewal.taken")
    assert [row.user for row in Notification.select().where(Notification.event == event.id)] == [w.ines]
    assert board.of(annual_a, day(-30)).keeper == w.ines


def test_the_board_on_screen(w, visit, soon):
    page = shown(visit(w.paul).get("/renewals"))
    assert "10/12/2026" in page and str(soon.number) in page and "€360.00" in page and "To renew: 2, €1,080.00" in page
    assert "Nothing" in shown(visit(w.paul).get("/renewals?outcome=won"))
    assert f"{soon.number}" in visit(w.paul).get("/renewals/export.csv").get_data(as_text=True)


def test_an_owner_and_a_loss_are_noted_on_screen(w, visit, soon):
    browser, address = visit(w.diane), f"/renewals/{soon.number}"
    assert browser.post(f"{address}/owner", data={"keeper": w.ines.id}).status_code == 303
    assert browser.post(f"{address}/owner", data={"keeper": w.remi.id}).status_code == 400
    assert browser.post(f"{address}/loss", data={"text": ""}).status_code == 422
    assert browser.post(f"{address}/loss", data={"text": "<b>Another</b> portal"}).status_code == 303
    page = shown(browser.get(address))
    assert "&lt;b&gt;Another" in page and "Inès Robert" in page
    assert browser.post(f"{address}/reopening").status_code == 303


def test_no_buyer_reads_why_its_renewal_was_lost(w, visit, soon):  # closed access
    board.lose(soon, "They pay late.", w.diane, on(date(2026, 11, 22)))
    assert "They pay late." not in shown(visit(w.remi).get(f"/subscriptions/{soon.number}"))
    assert visit(w.remi).get("/renewals").status_code == 403
    assert visit(w.diane).get("/renewals/999999").status_code == 404
