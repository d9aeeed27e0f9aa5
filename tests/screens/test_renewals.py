"""The distributor's renewal board: what ends, what it is worth, whose it is, won or lost and why."""

from datetime import date, timedelta

import pytest
from playhouse.test_utils import count_queries

from lic.models import Coverage, Event, Invoice, Notification, Operation, Plan, Renewal, Subscription, User, tx
from lic.rules import Refused, board, holdings, invoices, subscriptions, warranties, wishes
from lic.rules.board import Outcome
from tests.billing import ordered
from tests.conftest import a_contract, on
from tests.lists import behaves, exported, found
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
    seen = {offset: [row.outcome for row in board.rows(day(offset))] for offset in range(-125, 125)}
    assert [offset for offset, found in seen.items() if found == [Outcome.OPEN]] == list(range(-120, 11))
    assert [offset for offset, found in seen.items() if found == [Outcome.LOST]] == list(range(11, 121))


def test_what_lapsed_is_lost_until_somebody_says_why(w, annual_a):
    [row] = board.rows(day(11))
    assert row.why.values["day"] == day(10)
    board.lose(annual_a, "Went elsewhere.", w.diane, on(day(40)))
    assert [row.why for row in board.rows(day(41))] == ["Went elsewhere."]


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
    assert board.numbered(annual_a.number, day(-30)).keeper == w.ines


def test_the_board_on_screen(w, visit, soon):
    page = shown(visit(w.paul).get("/renewals"))
    assert "10/12/2026" in page and str(soon.number) in page and "€360.00" in page and "To renew: 2 (€1,080.00)" in page
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


def test_the_queries_of_the_board_do_not_grow_with_it(w, annual_a):  # speed.md
    def asked():
        with count_queries() as counted:
            rows = board.rows(day(-30))
        return len(rows), counted.count

    board.rows(day(-30))
    few = asked()
    for number in range(8):
        bought(w, quantity=number + 1, start=date(2026, 3, 16 + number), customer=w.client, plan=Plan.STANDARD)
    board.rows(day(-30))  # what is read once a commit has been read, as before the first count
    many = asked()
    assert (few[0], many[0]) == (1, 9) and many[1] <= few[1] + 3, (few, many)


def test_many_at_once_are_what_each_is_alone(w, annual_a):
    bought(w, TERM, quantity=10, months=18, start=date(2025, 9, 1), plan=Plan.PREMIUM)
    paid = Invoice.select().order_by(Invoice.id).first()
    invoices.pay(paid, date(2026, 11, 22), w.diane, on(date(2026, 11, 22)))
    wishes.add(Operation.ADD_MODULE, w.remi, on(date(2026, 11, 22)), subscription=annual_a, product=w.cpm)
    approved(w, w.remi, on(date(2026, 11, 22)))
    there = list(Subscription.select().where(Subscription.base.is_null()))
    assert len(there) == 2
    assert holdings.several(there) == {one.id: holdings.held(one) for one in there}


# --- warranties ------------------------------------------------------------------------------------


@pytest.fixture
def contract(w):
    """One that ends on 10/12/2026 and can be extended for 89.00."""
    return a_contract(w.alpha, w.client, number=7777, ends_on=date(2026, 12, 10))


def outcomes(contract, *days):
    return [row and row.outcome for row in (warranties.of(contract, when) for when in days)]


def test_a_warranty_is_on_the_board_from_the_window_on(w, contract):  # J-120 to J+grace
    end = contract.ends_on
    found = outcomes(contract, end - timedelta(121), end - timedelta(120), end, end + timedelta(10))
    assert found == [None, Outcome.OPEN, Outcome.OPEN, Outcome.OPEN]
    found = outcomes(contract, end + timedelta(11), end + timedelta(120), end + timedelta(121))
    assert found == [Outcome.LOST, Outcome.LOST, None]
    row = warranties.of(contract, end)
    assert (row.cents, row.currency, row.buyer.name) == (89_00, "EUR", "Alpha")
    w.europe.parameters = {"grace_days": 30}
    w.europe.save()
    assert outcomes(contract, end + timedelta(30), end + timedelta(31)) == [Outcome.OPEN, Outcome.LOST]


def test_an_extension_that_was_taken_is_won(w, contract):  # 002-28
    ordered(w.remi, w.extension, 1, on(date(2026, 11, 22)), w.diane, contract=contract)
    row = warranties.of(contract.again(), date(2026, 11, 23))
    assert (row.outcome, row.cents, row.ends_on) == (Outcome.WON, 89_00, date(2026, 12, 10))


def test_one_recorded_as_extended_is_won_too(w, visit, contract):  # loaded, not ordered here
    with tx():
        begins = contract.ends_on + timedelta(1)
        given = {"contract": contract, "starts_on": begins, "ends_on": begins + timedelta(729)}
        Coverage.create(**w.client.owner, **given)
    assert outcomes(contract, date(2026, 11, 23)) == [Outcome.WON]
    assert visit(w.diane).get("/renewals/contracts").status_code == 200


def test_a_lost_warranty_and_its_owner_are_noted_on_screen(w, visit, contract):
    browser, address = visit(w.diane), "/renewals/contracts/7777"
    assert "€89.00" in shown(browser.get(address))
    assert browser.post(f"{address}/owner", data={"keeper": w.ines.id}).status_code == 303
    assert browser.post(f"{address}/owner", data={"keeper": w.remi.id}).status_code == 400
    assert browser.post(f"{address}/loss", data={"text": " "}).status_code == 422
    assert browser.post(f"{address}/loss", data={"text": "Scrapped"}).status_code == 303
    page = shown(browser.get(address))
    assert "Scrapped" in page and "Inès Robert" in page
    assert found(browser.get("/renewals/contracts?outcome=lost")) == [address]
    assert browser.post(f"{address}/reopening").status_code == 303
    assert found(browser.get("/renewals/contracts?outcome=lost")) == []
    for who in (w.remi, w.claire):
        assert visit(who).get("/renewals/contracts").status_code == 403
    assert "Scrapped" not in shown(visit(w.remi).get("/contracts/7777"))


def test_the_list_of_warranties_is_one_like_the_others(w, visit, contract):
    a_contract(w.beta, number=7778, ends_on=date(2027, 1, 20), product_reference="SY-RS2416", main_reference="SY")
    browser, address = visit(w.paul), "/renewals/contracts"
    assert found(browser.get(address)) == [f"{address}/7777", f"{address}/7778"]
    assert behaves(browser, address) == ["ends_on", "number", "product", "buyer"]
    for typed in ("7777", "Q7777", "ts-131", "10/12/2026", "client test", "alpha"):
        assert found(browser.get(f"{address}?q={typed}")) == [f"{address}/7777"], typed
    assert [row[1] for row in exported(browser, address)[1:]] == ["7777", "7778"]
    assert found(browser.get(f"{address}?outcome=won")) == []


@pytest.mark.parametrize(
    "path, fr, pt",
    [
        ("/renewals", "Gagnés Perdus", "Ganhas Perdidas"),
        ("/renewals/contracts", "Gagnées Perdues", "Ganhas Perdidas"),
        ("/mails", "Envoyés Conservés Abandonnés", "Enviados Guardados Abandonados"),
        ("/mails/incoming", "Mis de côté Écartés", "Separados Descartados"),
        ("/statements", "Toutes", "Todas"),
    ],
)
def test_a_tab_names_many_in_the_plural(world, visit, path, fr, pt):  # glossary, 002-18
    for language, words in (("fr", fr), ("pt", pt)):
        User.update(language=language).where(User.id == world.diane.id).execute()
        page = shown(visit(world.diane).get(path))
        tabs = page[page.index('class="toolbar') :]
        assert all(word in tabs for word in words.split()), language
