"""What the manuals say in passing: where orders are placed, what renews itself, who has the invoice, where help is."""

import re
from datetime import date, timedelta

import pytest

from lic.models import Invoice, Operation, Order, OrderState, Subscription, SubscriptionType, Terms
from lic.rules import billing, cart, holdings, invoices, orders, renewals, subscriptions, tokens, wishes
from lic.rules.calendar import Status
from tests.conftest import NOON, TODAY, on
from tests.screens.test_subscriptions import agree, hidden, shown
from tests.subscribed import a_project, approved, bought
from tests.subscriptions import sold

MONTHLY, ANNUAL, TERM = SubscriptionType


@pytest.fixture
def w(world):
    return sold(world)


# --- ordering ------------------------------------------------------------------------------------


def test_orders_are_placed_on_the_portal_and_nowhere_else(app, w, visit):  # 000-01
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    assert sorted(paths) == ["/api/v1/openapi.json", "/api/v1/order-previews"]  # what it would cost, no more
    _token, secret = tokens.make(w.remi, "ERP", w.remi, NOON)
    program = app.test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "annual", "quantity": 5}
    assert program.post("/api/v1/order-previews", json=body, headers=headers).status_code == 200
    stranger = visit()
    for path in ("/orders", "/cart/lines", "/subscriptions", "/projects/new"):
        for who, given in ((program, headers), (stranger, {})):
            data = {"product": str(w.dwa.id), "quantity": "1", "key": "k", "seen": "x"}
            answer = who.post(path, data=data, headers=given | {"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code in (302, 303, 401) and "/login" in answer.headers.get("Location", "/login"), path
    assert not Order.select().count()


def test_a_direct_customer_orders_in_four_steps(w, visit):  # 004-06: quantity, cart, conditions, order
    browser = visit(w.marc)
    page = shown(browser.get(f"/subscriptions/new?product={w.office.id}&type=annual&quantity=3"))
    assert "€316.80" in page  # 3 × 105.60
    assert browser.post("/subscriptions", data=hidden(page)).location == "/cart"
    page = shown(browser.get("/cart"))
    assert "3 × €105.60" in page and 'name="consent" value="1" required' in page
    assert browser.get("/orders/new").location == "/cart"  # the conditions first
    accepted = {"consent": "1", "terms": [row.id for row in Terms.select()]}
    page = shown(browser.get("/orders/new", query_string=accepted))
    assert "Confirm your order" in page and not Order.select().where(Order.state != OrderState.CART).count()
    form = page[page.index('action="/orders"') :]
    sent = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]):
        sent.setdefault(name, []).append(value)
    assert browser.post("/orders", data=sent).location == "/orders"
    (order,) = Order.select()
    assert (order.state, order.net_cents, order.buyer) == (OrderState.SUBMITTED, 31680, w.atelier)


def test_the_project_says_its_dealer_its_channel_and_both_contacts(w, visit):  # 000-08, 000-10
    project = a_project(w)
    page = shown(visit(w.remi).get(f"/projects/{project.number}/details"))
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
    assert (facts["Dealer"], facts["Channel"], facts["Customer"]) == ("Alpha", "Sud-Est", "Client Test")
    assert (facts["Tenant name"], facts["Email"]) == ("Client Test", "admin@example.com")
    assert page.index("<h3>Tenant</h3>") < page.index("<h3>Administrator</h3>")


# --- what renews itself, and what ends -------------------------------------------------------------


def lived(until):
    """Every day to this one, as the jobs of the portal would have seen them."""
    day = TODAY
    while day < until:
        day += timedelta(days=1)
        renewals.run(on(day))


def test_an_annual_subscription_renews_itself_only_where_that_was_asked(w):  # 000-48, S
    by_hand, asked = bought(w, quantity=4, start=date(2025, 12, 1)), bought(w, quantity=4, start=date(2025, 12, 2))
    monthly = bought(w, MONTHLY, 2, date(2026, 11, 3))
    assert not by_hand.auto_renew and monthly.auto_renew
    subscriptions.auto_renew(asked, True, w.remi, NOON)
    lived(date(2026, 12, 2))
    ends = [holdings.held(one.again()).last.to_on for one in (by_hand, asked, monthly)]
    assert ends == [date(2026, 11, 30), date(2027, 12, 1), date(2026, 12, 31)]
    assert subscriptions.status(by_hand.again(), date(2026, 12, 2)) is Status.GRACE


def test_the_page_of_an_annual_subscription_asks_whether_it_renews_itself(w, visit):  # 000-48
    one = bought(w, quantity=4)
    page = shown(visit(w.remi).get(f"/subscriptions/{one.number}"))
    assert "It runs until 14/03/2027." in page and "Let it renew itself" in page and "It renews itself" not in page
    visit(w.remi).post(f"/subscriptions/{one.number}/automatic-renewal", data={"wanted": "yes"})
    assert "Do not renew it by itself" in shown(visit(w.remi).get(f"/subscriptions/{one.number}"))


def test_a_term_is_cancelled_on_any_day_and_works_to_its_end(w, visit):  # 000-52, S: no refund
    term = bought(w, TERM, 10, date(2026, 11, 1), months=18)
    end, billed = date(2028, 4, 30), Invoice.select().count()
    page = shown(visit(w.remi).get(f"/subscriptions/{term.number}/cancellation/new"))
    assert "After 30/04/2028" in page and "Nothing is charged for this." in page
    assert agree(visit(w.remi), f"/subscriptions/{term.number}/cancellation").status_code == 303
    billing.run(NOON)
    term = term.again()
    assert term.cancelled_on == TODAY and holdings.held(term).last.to_on == end
    assert Invoice.select().count() == billed and subscriptions.status(term, end) is Status.EXPIRING
    assert subscriptions.status(term, end + timedelta(days=1)) is Status.ENDED  # no days of grace (Q)


@pytest.mark.parametrize(
    "type, start, given, said",
    [
        (MONTHLY, date(2026, 11, 10), {"assurance_months": 12}, ("30/11/2026", "then each month")),  # 000-39
        (ANNUAL, date(2026, 3, 15), {}, ("14/03/2027",)),
        (TERM, date(2026, 11, 1), {"months": 18}, ("30/04/2028",)),  # 000-51
    ],
)
def test_the_licences_tab_shows_the_expiry_of_each_type(w, visit, type, start, given, said):  # 000-39, 000-51
    project = a_project(w, type=type)
    bought(w, type, 5, start, project=project, **given)
    page = shown(visit(w.remi).get(f"/projects/{project.number}"))
    part = page[page.index('aria-labelledby="subs"') :]
    row = part[part.index("<tbody>") : part.index("</tbody>")]
    assert all(word in row for word in said) and str(Subscription.get().number) in row
    assert ("then each month" in row) == (type is MONTHLY)


# --- who has the invoice, and how it ends ----------------------------------------------------------


def test_an_invoice_comes_from_whoever_sold_it(w, visit):  # 003-01, Q
    ours = bought(w, customer=w.client)
    direct = bought(w, quantity=5, by=w.marc)
    billing.run(NOON)
    mine = {invoice.bill_to.name: invoice.name for invoice in Invoice.select()}
    assert mine.keys() == {"Alpha", "Atelier Direct"}
    for user, name in ((w.remi, mine["Alpha"]), (w.marc, mine["Atelier Direct"])):
        assert name in visit(user).get("/invoices").text and visit(user).get(f"/invoices/{name}").status_code == 200
    assert visit(w.claire).get("/invoices").status_code == 403  # its reseller sold to it, and bills it
    page = shown(visit(w.claire).get(f"/subscriptions/{ours.number}"))
    assert "Ask my reseller" in page and "/invoices" not in page
    Subscription.update(sold_by="Grossiste Nord", sold_by_contact="ventes@nord.example").execute()
    page = shown(visit(w.marc).get(f"/subscriptions/{direct.number}"))
    assert "Contact: ventes@nord.example" in page


def test_a_renewal_ends_with_an_invoice_that_says_how_to_pay(w, visit):  # 003-14, 003-16
    billing.change_iban("FR7630006000011234567890189", by=w.diane, at=NOON)
    ending = bought(w, quantity=20, start=date(2025, 12, 1))
    before = {invoice.id for invoice in Invoice.select()}
    assert f"/subscriptions/{ending.number}/renewal/new" in visit(w.remi).get("/subscriptions?view=ready").text
    assert agree(visit(w.remi), f"/subscriptions/{ending.number}/renewal").location == "/cart"
    approved(w, w.remi, NOON)
    (bill,) = [invoice for invoice in Invoice.select() if invoice.id not in before]
    page = shown(visit(w.remi).get(f"/invoices/{bill.name}"))
    assert f"By transfer to FR7630006000011234567890189, naming {bill.name}." in page and "€864.00" in page
    assert not invoices.is_paid(ending) and subscriptions.status(ending, TODAY).works


def test_nothing_is_cut_while_a_renewal_waits(w, visit):  # 003-05, Q
    expired = bought(w, quantity=20, start=date(2025, 11, 18), customer=w.client)
    wishes.add(Operation.RENEW, w.remi, NOON, subscription=expired)
    accepted, seen = [row.id for row in Terms.select()], orders.totals(cart.of(w.remi)).seen
    order = orders.place(w.remi, NOON, "k", accepted, seen)
    renewals.run(on(TODAY + timedelta(days=1)))
    assert order.state is OrderState.SUBMITTED and subscriptions.status(expired.again(), TODAY).works
    for user in (w.remi, w.claire):
        assert "It ended on 17/11/2026 and still works." in shown(visit(user).get(f"/subscriptions/{expired.number}"))
    page = shown(visit(w.remi).get(f"/subscriptions/{expired.number}"))
    assert f"Order no. {order.number} of this subscription must be decided first." in page


# --- help where the question arises ----------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/login", "/contracts", "/projects", "/subscriptions", "/cart", "/orders/new", "/nowhere"]
)
def test_the_first_link_of_a_page_skips_to_its_content(w, visit, path):  # 000-59
    page = (visit() if path == "/login" else visit(w.remi)).get(path, follow_redirects=True).text
    body = page[page.index("<body") :]
    first = re.search(r"<(?:a|button|input|select|summary|textarea)\b[^>]*>[^<]*", body).group()
    assert first == '<a class="skip" href="#main">Skip to content'
    assert re.search(r'<main[^>]* id="main"', body)


def test_each_task_has_its_help_where_it_is_done(w, visit):  # 003-29, 003-30: buy and renew, transfer, numbers
    one = bought(w, quantity=20, start=date(2025, 12, 1), customer=w.client)
    browser = visit(w.remi)
    page = shown(browser.get(f"/subscriptions/{one.number}"))
    assert "A subscription keeps its number when it is renewed: only a period is added." in page
    assert "It can be renewed from 03/08/2026 to 10/12/2026." in page
    page = shown(browser.get(f"/subscriptions/{one.number}/renewal/new"))
    assert "Nothing is charged before Diane Garnier approves it." in page and "The prices are held for 30 days." in page
    assert "You see the dates and amounts before anything is ordered." in shown(browser.get("/subscriptions/alignment"))
    assert "never to a lower one" in shown(browser.get("/projects/plans"))


def test_a_new_subscription_that_waits_is_seen_and_not_usable(w, visit):  # Q, 003-05
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, product=w.dwa, type=ANNUAL, quantity=12, customer=w.client)
    browser, said = visit(w.remi), "IMP-DWA, 12 seats: usable once order no."
    assert said not in shown(browser.get("/subscriptions"))  # in the cart it is nobody's yet
    accepted, seen = [row.id for row in Terms.select()], orders.totals(cart.of(w.remi)).seen
    order = orders.place(w.remi, NOON, "k", accepted, seen)
    page = shown(browser.get("/subscriptions"))
    assert f"{said} {order.number} is approved." in page and f'href="/orders/{order.number}"' in page
    assert "0 subscriptions" in page and said in shown(visit(w.lea).get("/subscriptions"))
    for other in (w.anne, w.claire, w.marc):
        assert said not in shown(visit(other).get("/subscriptions"))
    assert said not in shown(browser.get("/subscriptions?q=IMP"))
    orders.approve(order, w.diane, NOON)
    page = shown(browser.get("/subscriptions"))
    assert said not in page and "1 subscription" in page
