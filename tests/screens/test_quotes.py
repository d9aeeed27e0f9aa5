"""Renewal quotes: a last day, a PDF in the buyer's language, ordered with one click at their prices (003-19)."""

import re
import time
from datetime import date

import pytest

from lic.models import Mail, Order, OrderState, Price, Quote, Terms, tx
from lic.rules import Refused, orders, quotes
from tests.conftest import on
from tests.subscribed import bought
from tests.subscriptions import sold

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
