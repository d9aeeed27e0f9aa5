"""Renewal quotes: a last day, a PDF in the buyer's language, ordered with one click at their prices (003-19)."""

import re
import time
from datetime import date

import pytest

from lic.models import Mail, Operation, Order, OrderState, Plan, Price, Quote, Terms, UserType, tx
from lic.rules import Refused, orders, quotes, wishes
from tests.conftest import a_user, on
from tests.lists import behaves, exported, found, rows
from tests.subscribed import approved, bought
from tests.subscriptions import sold
from tests.test_orders_threads import together

NOW = date(2026, 11, 22)


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def soon(w):
    """20 seats that end on 10/12/2026, with Client Test as their user."""
    return bought(w, start=date(2025, 12, 11), customer=w.client)


@pytest.fixture
def quote(w, soon):
    return quotes.make(soon, w.diane, on(NOW))


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def hidden(page):
    return dict(re.findall(r'name="(seen|key)" value="([^"]*)"', page)) | {
        "consent": "1",
        "terms": [row.id for row in Terms.select()],
    }


def test_a_quote_is_valid_for_thirty_days_but_not_past_the_grace(w, soon):
    quote = quotes.make(soon, w.diane, on(date(2026, 11, 1)))
    assert (quote.number, quote.net_cents, quote.valid_until) == (1001, 720_00, date(2026, 12, 1))
    assert quotes.make(soon, w.diane, on(date(2026, 12, 1))).valid_until == date(2026, 12, 20)


def test_the_buyers_administrators_are_told(w, quote):
    assert [mail.to for mail in Mail.select().where(Mail.letter == "event")][-1] == "remi@example.com"


@pytest.mark.parametrize("who", ["remi", "paul", "claire"])
def test_only_the_distributors_administrators_quote(w, soon, who):
    with pytest.raises(Refused):
        quotes.make(soon, getattr(w, who), on(NOW))
    assert not Quote.select().exists()


def test_one_click_orders_what_was_quoted_though_the_list_changed(w, visit, quote, soon):  # R5
    with tx():
        Price.update(cents=9900).where(Price.product == w.dwa).execute()
    browser = visit(w.remi)
    page = shown(browser.get(f"/quotes/{quote.number}"))
    assert "€720.00" in page and "€864.00" in page and "valid until 20/12/2026" in page
    form = hidden(page)
    for _ in range(2):  # a second click makes no second order
        assert browser.post(f"/quotes/{quote.number}/order", data=form).status_code == 303
    order = Order.select().order_by(Order.id.desc()).get()
    assert (order.state, order.net_cents, Order.select().count()) == (OrderState.SUBMITTED, 720_00, 2)
    assert orders.approve(order, w.diane, on(NOW)).net_cents == 720_00
    assert f"Order no. {order.number}" in shown(browser.get(f"/quotes/{quote.number}"))


def test_without_consent_nothing_is_ordered(w, visit, quote):  # 000-19
    browser = visit(w.remi)
    form = hidden(shown(browser.get(f"/quotes/{quote.number}"))) | {"consent": ""}
    assert browser.post(f"/quotes/{quote.number}/order", data=form).status_code == 422
    assert Order.select().count() == 1


def test_after_its_last_day_it_cannot_be_ordered(w, quote):
    reason = quotes.why_not_order(quote, w.remi, date(2026, 12, 21))
    assert reason.values["day"] == date(2026, 12, 20)


def test_it_is_printed_in_the_buyers_language(w, visit, quote):
    answer = visit(w.remi).get(f"/quotes/{quote.number}/document")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    time.sleep(1.1)  # a PDF knows seconds
    assert answer.data == visit(w.diane).get(f"/quotes/{quote.number}/document").data


def test_neither_a_neighbour_nor_the_customer_reads_it(w, visit, quote):  # closed access, never a price
    assert visit(w.anne).get(f"/quotes/{quote.number}").status_code == 404
    assert visit(w.claire).get(f"/quotes/{quote.number}").status_code == 403
    assert visit(w.lea).post(f"/quotes/{quote.number}/order").status_code == 403


def test_the_board_shows_that_a_quote_was_sent(w, visit, quote, soon):
    assert f"quote no. {quote.number} sent" in shown(visit(w.diane).get("/renewals"))
    assert f"Quote no. {quote.number}" in shown(visit(w.diane).get(f"/renewals/{soon.number}"))
    answer = visit(w.diane).post(f"/renewals/{soon.number}/quotes")
    assert answer.status_code == 303 and Quote.select().count() == 2


def test_the_subscription_leads_to_its_quotes(w, visit, quote, soon):
    assert f'href="/quotes/{quote.number}"' in shown(visit(w.remi).get(f"/subscriptions/{soon.number}"))
    assert "Quote no." not in shown(visit(w.claire).get(f"/subscriptions/{soon.number}"))


# --- other seats, withdrawn, refused ---------------------------------------------------------------


def test_a_quote_may_be_for_other_seats(w, visit, soon):  # O, Decrease; 003-19
    browser = visit(w.diane)
    assert browser.post(f"/renewals/{soon.number}/quotes", data={"quantity": "15"}).status_code == 303
    less = Quote.select().order_by(Quote.id.desc()).get()
    assert (less.net_cents, less.valid_until) == (540_00, date(2026, 12, 10))  # fewer must be asked for by the end
    more = quotes.make(soon, w.diane, on(NOW), quantity=30)
    assert (more.net_cents, more.valid_until) == (1080_00, date(2026, 12, 20))
    for nonsense in ("0", "100001", "-1", "x"):
        assert browser.post(f"/renewals/{soon.number}/quotes", data={"quantity": nonsense}).status_code in (400, 422)
    made = quotes.order(less, w.remi, on(NOW), "k", [row.id for row in Terms.select()], _seen(w, less))
    assert made.net_cents == 540_00


def _seen(w, quote, day=NOW):
    return wishes.totals_of(quotes.offered(quote, day), w.alpha).seen


def test_a_quote_that_no_longer_says_what_it_costs_is_not_ordered(w, quote, soon):  # charged is what was shown
    wishes.add(Operation.ASSURANCE, w.remi, on(NOW), subscription=soon, plan=Plan.STANDARD, months=1)
    approved(w, w.remi, on(NOW))
    assert "has changed since" in quotes.why_not_order(quote, w.remi, NOW).message


def test_the_distributor_withdraws_it(w, visit, quote):
    assert visit(w.remi).post(f"/quotes/{quote.number}/withdrawal").status_code == 403
    assert visit(w.diane).post(f"/quotes/{quote.number}/withdrawal").status_code == 303
    assert visit(w.diane).post(f"/quotes/{quote.number}/withdrawal").status_code == 422
    assert quotes.why_not_order(quote.again(), w.remi, NOW).rule == "003-19"
    page = shown(visit(w.remi).get(f"/quotes/{quote.number}"))
    assert "It was withdrawn on" in page and "Withdrawn" in page


def test_the_buyer_refuses_it_and_says_why(w, visit, quote):
    browser = visit(w.remi)
    assert browser.post(f"/quotes/{quote.number}/refusal", data={"text": " "}).status_code == 422
    assert visit(w.lea).post(f"/quotes/{quote.number}/refusal", data={"text": "no"}).status_code == 403
    assert browser.post(f"/quotes/{quote.number}/refusal", data={"text": "Too dear"}).status_code == 303
    assert browser.post(f"/quotes/{quote.number}/refusal", data={"text": "Too dear"}).status_code == 422
    assert "“Too dear”" in shown(visit(w.diane).get(f"/quotes/{quote.number}"))
    assert quotes.why_not_order(quote.again(), w.remi, NOW)


# --- two steps, and once -----------------------------------------------------------------------------


def test_with_a_second_administrator_it_is_confirmed_first(w, visit, quote):  # 001-24..27
    second = a_user(w.alpha, "Odile Alpha", UserType.ADMINISTRATOR)
    w.alpha.reseller_approval = True
    w.alpha.save()
    form = hidden(shown(visit(w.remi).get(f"/quotes/{quote.number}")))
    assert visit(w.remi).post(f"/quotes/{quote.number}/order", data=form).status_code == 303
    made = quotes.ordered(quote.again())
    assert made.state is OrderState.TO_CONFIRM
    with pytest.raises(Refused):
        orders.confirm(made, w.remi, on(NOW))
    orders.confirm(made, second, on(NOW))
    assert orders.approve(made, w.diane, on(NOW)).net_cents == 720_00


def test_many_clicks_at_once_make_one_order(w, quote):  # safety.md 28
    accepted, seen = [row.id for row in Terms.select()], _seen(w, quote)
    second = a_user(w.alpha, "Odile Alpha", UserType.ADMINISTRATOR)
    clicks = [(w.remi, "a"), (w.remi, "a"), (w.remi, "b"), (second, "a"), (second, "c")]
    answers = together(
        *[lambda by=by, key=key: quotes.order(quote, by, on(NOW), key, accepted, seen) for by, key in clicks]
    )
    assert len({answer.id for answer in answers if isinstance(answer, Order)}) == 1
    assert Order.select().count() == 2  # the first one bought the subscription


def test_it_is_withdrawn_or_ordered_never_both(w, quote):
    accepted, seen = [row.id for row in Terms.select()], _seen(w, quote)
    answers = together(
        lambda: quotes.order(quote, w.remi, on(NOW), "k", accepted, seen),
        lambda: quotes.withdraw(quote, w.diane, on(NOW)),
        lambda: quotes.refuse(quote, "no", w.remi, on(NOW)),
    )
    assert sum(isinstance(answer, Refused) for answer in answers) == 2


# --- the list ----------------------------------------------------------------------------------------


def test_quotes_are_listed_each_ones_own(w, visit, quote, soon):
    browser = visit(w.remi)
    assert behaves(browser, "/quotes") == ["number", "product", "about", "state", "valid", "net"]
    assert found(browser.get("/quotes")) == [f"/quotes/{quote.number}"]
    assert found(visit(w.anne).get("/quotes")) == [] and visit(w.claire).get("/quotes").status_code == 403
    assert "Alpha" in rows(visit(w.diane).get("/quotes"))[0]
    for typed in (soon.number, "IMP-DWA", "720,00", "20/12/2026", quote.number):
        assert found(browser.get(f"/quotes?q={typed}")), typed
    assert exported(browser, "/quotes")[1][0] == str(quote.number)


CHANGES = {"open": None, "ordered": "order", "refused": "refuse", "withdrawn": "withdraw", "expired": "late"}


@pytest.mark.parametrize("situation, after", CHANGES.items())
def test_the_list_is_narrowed_to_a_situation(w, visit, quote, monkeypatch, situation, after):
    browser = visit(w.remi)
    if after == "order":
        quotes.order(quote, w.remi, on(NOW), "k", [row.id for row in Terms.select()], _seen(w, quote))
    if after == "refuse":
        quotes.refuse(quote, "no", w.remi, on(NOW))
    if after == "withdraw":
        quotes.withdraw(quote, w.diane, on(NOW))
    if after == "late":
        monkeypatch.setattr("lic.web.clock.today", lambda: date(2026, 12, 21))
    for asked in ("open", "ordered", "refused", "withdrawn", "expired"):
        assert bool(found(browser.get(f"/quotes?situation={asked}"))) == (asked == situation)


# --- asked for ---------------------------------------------------------------------------------------


def test_a_first_subscription_is_asked_for_in_words(w, visit):  # 004-04
    browser = visit(w.marc)
    assert 'href="/quotes/requests/new"' in browser.get("/catalogue").text
    assert browser.post("/quotes/requests", data={"text": " "}).status_code == 422
    assert browser.post("/quotes/requests", data={"text": "30 seats of OFF-ENT"}).status_code == 303
    mail = Mail.select().where(Mail.letter == "event").order_by(Mail.id.desc()).get()
    assert mail.to in ("diane@example.com", "ines@example.com")
    assert "30 seats of OFF-ENT" in shown(visit(w.diane).get("/notifications"))
    for who in (w.jean, w.claire, w.diane):
        assert visit(who).post("/quotes/requests", data={"text": "x"}).status_code == 403
    for _ in range(9):
        browser.post("/quotes/requests", data={"text": "again"})
    assert browser.post("/quotes/requests", data={"text": "again"}).status_code == 422


def test_two_people_who_offer_the_same_have_made_one_quote(w, soon):  # 003-19: the buyer is told once
    first = quotes.make(soon, w.diane, on(NOW))
    assert quotes.make(soon.again(), w.ines, on(NOW, 15)).number == first.number
    told = [mail.to for mail in Mail.select().where(Mail.letter == "event")]
    assert told.count("remi@example.com") == 1
    assert quotes.make(soon.again(), w.ines, on(NOW, 15), quantity=30).number == first.number + 1
    quotes.withdraw(first, w.diane, on(NOW, 16))
    assert quotes.make(soon.again(), w.ines, on(NOW, 17)).number == first.number + 2
