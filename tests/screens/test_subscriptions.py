"""Subscriptions on screen: what there is, what may be done, and every action shown before it is agreed to."""

import re
from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from lic.models import (
    Event,
    Operation,
    Order,
    OrderLine,
    OrderState,
    Period,
    Plan,
    Seats,
    Subscription,
    SubscriptionType,
    Terms,
    tx,
)
from lic.rules import cart, orders, renewals, wishes
from tests.conftest import HTMX, NOON, on
from tests.subscribed import approved, bought
from tests.subscriptions import sold

MONTHLY, ANNUAL, TERM = SubscriptionType


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def annual_a(w):
    return bought(w, plan=Plan.STANDARD, customer=w.client)


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def hidden(page):
    """What the button of a preview carries back."""
    form = page[page.index('name="seen"') - 200 :]
    form = form[: form.index("</form>")]
    return MultiDict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))


def agree(browser, address, **typed):
    """Look at a preview, then press its button."""
    page = shown(browser.get(f"{address}/new", query_string=typed))
    return browser.post(address, data=with_it(hidden(page), consent="1"))


def with_it(asked, **more):
    """The same form with these values besides, or instead."""
    for name, value in more.items():
        asked[name] = value
    return asked


def monthly(w):
    """10 seats from 10/10/2026, renewed by itself on 01/11."""
    one = bought(w, MONTHLY, 10, date(2026, 10, 10))
    renewals.run(on(date(2026, 11, 1)))
    return one


# --- the list ------------------------------------------------------------------------------------


def test_the_list_has_everything_about_a_subscription(w, visit, annual_a):  # 003-26, 003-28
    page = shown(visit(w.remi).get("/subscriptions"))
    for word in (str(annual_a.number), "IMP-DWA", "Client Test", "Annual", "20", "14/03/2027", "1 subscription"):
        assert word in page, word


def test_views_narrow_the_list(w, visit, annual_a):  # 003-14, 003-15, 003-28
    ending, expired, lapsed = (
        bought(w, quantity=7, start=start) for start in (date(2025, 12, 1), date(2025, 11, 18), date(2025, 11, 1))
    )
    browser = visit(w.remi)
    ready = shown(browser.get("/subscriptions?view=ready"))
    assert f">{ending.number}<" in ready and f">{annual_a.number}<" in ready and f">{expired.number}<" not in ready
    recently = shown(browser.get("/subscriptions?view=expired"))
    assert f">{expired.number}<" in recently and f">{lapsed.number}<" not in recently
    assert "Grace, day 5" in recently
    inventory = shown(browser.get("/subscriptions?view=inventory"))
    assert f">{lapsed.number}<" not in inventory and f">{annual_a.number}<" in inventory


def test_an_empty_view_says_so(w, visit, annual_a):
    assert "Nothing fits your search" in shown(visit(w.remi).get("/subscriptions?view=expired"))
    assert "No subscription yet" in shown(visit(w.anne).get("/subscriptions"))


def test_it_is_searched_by_product_customer_and_number(w, visit, annual_a):
    browser = visit(w.remi)
    for word in ("IMP-D", "cli", str(annual_a.number), "14/03/2027"):
        assert "1 subscription" in shown(browser.get("/subscriptions", query_string={"q": word})), word
    assert "0 subscriptions" in shown(browser.get("/subscriptions?q=zzz"))


def test_a_neighbour_finds_nothing(w, visit, annual_a):
    assert "0 subscriptions" in shown(visit(w.anne).get("/subscriptions"))
    assert visit(w.anne).get(f"/subscriptions/{annual_a.number}").status_code == 404
    assert visit(w.victor).get(f"/subscriptions/{annual_a.number}").status_code == 404


def test_the_list_is_exported(w, visit, annual_a):
    file = visit(w.remi).get("/subscriptions/export.csv").get_data(as_text=True)
    assert "IMP-DWA" in file and "14/03/2027" in file


# --- one -----------------------------------------------------------------------------------------


def test_the_page_shows_number_periods_product_support_and_content(w, visit, annual_a):  # 003-26, 003-27
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}"))
    for word in (
        *(f"Subscription no. {annual_a.number}", "15/03/2026", "14/03/2027", "IMP-DWA", "Standard", "Support level"),
        *("It runs until 14/03/2027.", "20 seats", "€36.00", "span__active", "It can be renewed from 15/11/2026"),
    ):
        assert word in page, word


def test_a_customer_sees_it_without_any_price(w, visit, annual_a):  # Q
    for address in ("/subscriptions", f"/subscriptions/{annual_a.number}"):
        page = shown(visit(w.claire).get(address))
        assert "€" not in page and "IMP-DWA" in page
    assert "Ask my reseller: Renewal" in page and "/renewal/new" not in page


def test_a_customer_asks_its_reseller_once_a_day(w, visit, annual_a):  # Q
    browser = visit(w.claire)
    address = f"/subscriptions/{annual_a.number}/requests"
    assert browser.post(address, data={"wanted": "renewal"}).status_code == 303
    assert browser.post(address, data={"wanted": "renewal"}).status_code == 422
    assert browser.post(address, data={"wanted": "everything"}).status_code == 400
    assert Event.select().where(Event.kind == "subscription.asked").count() == 1
    assert "asks for its renewal" in shown(visit(w.remi).get("/notifications"))
    assert "Your reseller has been asked today." in shown(browser.get(f"/subscriptions/{annual_a.number}"))


def test_basic_people_see_it_and_have_no_button(w, visit, annual_a):  # 003-17, X15
    for user in (w.lea, w.paul, w.cleo):
        page = shown(visit(user).get(f"/subscriptions/{annual_a.number}"))
        assert "/new" not in page[page.index("<main") :] and 'method="post"' not in page[page.index("<main") :]
    address = f"/subscriptions/{annual_a.number}/seats"
    assert visit(w.lea).get(f"{address}/new").status_code == 403
    assert visit(w.lea).post(address).status_code == 403


def test_sold_elsewhere_shows_renewal_information(w, visit, annual_a):  # 003-12, 003-13
    with tx():
        annual_a.sold_by, annual_a.sold_by_contact = "Grossiste Nord", "ventes@nord.example"
        annual_a.save()
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}"))
    assert "Renewal information" in page and "Grossiste Nord" in page and "ventes@nord.example" in page
    assert "/renewal/new" not in page
    assert "Renewal information" in shown(visit(w.remi).get("/subscriptions"))


# --- each action first shows its dates and amounts --------------------------------------------------


def test_adding_seats_shows_exact_dates_and_amounts(w, visit, annual_a):  # 000-33, 000-44, X3
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}/seats/new?quantity=5"))
    for word in (
        *("20 seats", "25 seats", "+5", "until 14/03/2027", "22/11/2026", "5 × €36.00 ÷ 12 × 4 started months"),
        *("€60.00", "5 × €0.50 × 4 months", "€10.00", "€70.00", "€14.00", "€84.00", "at approval"),
        *("Nothing is charged before Diane Garnier approves it.", "7 days from the approval"),
    ):
        assert word in page, word
    assert OrderLine.select().where(OrderLine.operation == Operation.ADD_SEATS).count() == 0


def test_what_goes_to_the_cart_is_what_was_shown(w, visit, annual_a):  # 000-17, 000-33
    answer = agree(visit(w.remi), f"/subscriptions/{annual_a.number}/seats", quantity=5)
    assert answer.status_code == 303 and answer.location == "/cart"
    assert [line.net_cents for line in cart.lines(cart.of(w.remi))] == [6000, 1000]
    page = shown(visit(w.remi).get("/cart"))
    assert f"Subscription no. {annual_a.number}" in page and "5 × €36.00 ÷ 12 × 4 started months" in page
    assert "22/11/2026 – 14/03/2027" in page


def test_what_changed_since_is_shown_again(w, visit, annual_a):  # R5
    browser, address = visit(w.remi), f"/subscriptions/{annual_a.number}/seats"
    asked = with_it(hidden(shown(browser.get(f"{address}/new?quantity=5"))), quantity="6")
    answer = browser.post(address, data=asked)
    assert answer.status_code == 422 and "It is not what you were shown any more" in shown(answer)
    assert cart.of(w.remi) is None


@pytest.mark.parametrize("typed", ["0", "-1", "abc", "", "100001", "1.5", "💥", "9" * 30])
def test_a_wrong_quantity_gets_a_clear_message(w, visit, annual_a, typed):
    asked = {"quantity": typed}
    address = f"/subscriptions/{annual_a.number}/seats"
    answer = visit(w.remi).get(f"{address}/new", query_string=asked)
    assert answer.status_code == 422 and "1 field needs your attention" in shown(answer)
    assert visit(w.remi).post(address, data=asked | {"seen": "x"}).status_code == 422
    part = visit(w.remi).get(f"{address}/new", query_string=asked, headers=HTMX)
    assert part.status_code == 200 and "<html" not in shown(part)


def test_monthly_to_annual_shows_its_day_and_both_amounts(w, visit):  # 000-41
    one = monthly(w)
    page = shown(visit(w.remi).get(f"/subscriptions/{one.number}/annual/new"))
    assert "From 01/12/2026" in page and "€360.00" in page and "on 01/12/2026" in page
    answer = agree(visit(w.remi), f"/subscriptions/{one.number}/annual")
    assert answer.status_code == 303
    changed = approved(w, w.remi, NOON)
    page = shown(visit(w.remi).get(f"/subscriptions/{changed.number}"))
    assert "It becomes Annual on 01/12/2026." in page


def test_annual_to_monthly_says_from_when_it_is_possible(w, visit, annual_a):  # 000-45, X4
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}"))
    assert "possible from 15/02/2027" in page
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}/monthly/new"))
    assert "This is not possible now" in page and page.count("ossible from 15/02/2027") == 1


def test_in_its_last_month_an_annual_one_becomes_monthly_or_is_cancelled(w, visit):  # 000-45, 000-46
    ending = bought(w, ANNUAL, 5, date(2025, 12, 1))
    page = shown(visit(w.remi).get(f"/subscriptions/{ending.number}/cancellation/new"))
    assert "After 30/11/2026" in page and "no days of grace" in page and "Nothing is charged" in page
    assert agree(visit(w.remi), f"/subscriptions/{ending.number}/monthly").status_code == 303
    page = shown(visit(w.remi).get(f"/subscriptions/{ending.number}"))
    assert "It becomes Monthly on 01/12/2026." in page and "/changes/" in page


def test_a_cancellation_is_confirmed_and_can_be_withdrawn(w, visit):  # 000-42, Q
    one = monthly(w)
    assert agree(visit(w.remi), f"/subscriptions/{one.number}/cancellation").status_code == 303
    page = shown(visit(w.remi).get(f"/subscriptions/{one.number}"))
    assert "It is cancelled: its last day is" in page and "Withdraw the cancellation" in page
    kept = visit(w.remi).post(f"/subscriptions/{one.number}/cancellation/withdrawal")
    assert kept.status_code == 303 and Subscription.get_by_id(one.id).cancelled_on is None


def test_seats_of_a_monthly_one_are_removed_from_the_next_first(w, visit):  # 000-40, S
    one = monthly(w)
    page = shown(visit(w.remi).get(f"/subscriptions/{one.number}/removal/new?quantity=3"))
    assert "From 01/12/2026" in page and "7 seats" in page and "−3" in page
    assert agree(visit(w.remi), f"/subscriptions/{one.number}/removal", quantity=3).status_code == 303
    page = shown(visit(w.remi).get(f"/subscriptions/{one.number}"))
    assert "3 seats less from 01/12/2026." in page
    assert "Already scheduled" in shown(visit(w.remi).get(f"/subscriptions/{one.number}/seats/new"))


def test_renewing_in_grace_goes_on_from_the_old_end(w, visit):  # 000-47, X5
    expired = bought(w, ANNUAL, 20, date(2025, 11, 18))
    page = shown(visit(w.remi).get(f"/subscriptions/{expired.number}"))
    assert "It ended on 17/11/2026 and still works." in page and "It can be renewed until 27/11/2026." in page
    page = shown(visit(w.remi).get(f"/subscriptions/{expired.number}/renewal/new"))
    assert "18/11/2026 – 17/11/2027" in page and "€720.00" in page
    assert agree(visit(w.remi), f"/subscriptions/{expired.number}/renewal").status_code == 303
    approved(w, w.remi, NOON)
    assert Period.select().where(Period.subscription == expired.id).count() == 2


def test_renewing_early_with_fewer_seats(w, visit):  # O, Renewal and Decrease
    ending = bought(w, ANNUAL, 20, date(2025, 12, 15))
    page = shown(visit(w.remi).get(f"/subscriptions/{ending.number}/renewal/new?quantity=15"))
    assert "15 seats" in page and "15/12/2026 – 14/12/2027" in page and "€540.00" in page


def test_a_term_is_renewed_with_a_new_end(w, visit):  # 000-49, 000-53
    term = bought(w, TERM, 10, date(2025, 12, 1), months=12)
    page = shown(visit(w.remi).get(f"/subscriptions/{term.number}/renewal/new?quantity=10&years=1&months=6"))
    assert "01/12/2026 – 31/05/2028" in page and "€684.00" in page and "5%" in page  # X6


def test_an_assurance_upgrade_is_ordered_without_the_cart(w, visit, annual_a):  # 000-55, 000-57, 000-58
    address = f"/subscriptions/{annual_a.number}/upgrade"
    page = shown(visit(w.remi).get(f"{address}/new?plan=premium"))
    assert "Premium" in page and "€24.00" in page and 'name="consent"' in page  # 20 × 0.30 × 4 months
    assert 'value="standard"' not in page  # a downgrade is impossible (000-56)
    answer = agree(visit(w.remi), address, plan="premium")
    order = Order.select().order_by(Order.id.desc()).get()
    assert answer.location == f"/orders/{order.number}" and order.state is OrderState.SUBMITTED
    assert cart.of(w.remi) is None


def test_without_the_consent_nothing_is_ordered(w, visit, annual_a):  # 000-19
    browser, address = visit(w.remi), f"/subscriptions/{annual_a.number}/upgrade"
    asked = hidden(shown(browser.get(f"{address}/new?plan=premium")))
    asked.pop("consent")
    assert browser.post(address, data=asked).status_code == 422
    assert Order.select().where(Order.state == OrderState.SUBMITTED).count() == 0


def test_what_was_just_bought_is_given_back_with_its_refund(w, visit):  # O, Cooling-off
    fresh = bought(w, ANNUAL, 10, date(2026, 11, 20))
    page = shown(visit(w.remi).get(f"/subscriptions/{fresh.number}"))
    line = OrderLine.get(OrderLine.subscription == fresh.id)
    assert f"/returns/{line.id}/new" in page
    address = f"/subscriptions/{fresh.number}/returns/{line.id}"
    page = shown(visit(w.remi).get(f"{address}/new?quantity=4"))
    assert "4 seats end today." in page and "Seats left: 6" in page and "-€142.82" in page  # 144.00 × 362 / 365
    answer = visit(w.remi).post(address, data=hidden(page))
    assert answer.status_code == 303
    assert sorted(row.quantity for row in Seats.select().where(Seats.subscription == fresh.id)) == [6, 10]


def test_several_end_together_in_one_order(w, visit, annual_a):  # O, Co-termination
    other = bought(w, ANNUAL, 5, date(2026, 6, 1))
    page = shown(visit(w.remi).get("/subscriptions/alignment"))
    assert f'value="{other.number}"' in page
    typed = f"subscription={annual_a.number}&subscription={other.number}"
    page = shown(visit(w.remi).get(f"/subscriptions/alignment/new?{typed}"))
    assert "15/03/2027 – 31/05/2027" in page and "20 × €36.00 × 78 days of 366" in page
    assert visit(w.remi).post("/subscriptions/alignment", data=hidden(page)).location == "/cart"


def test_nothing_is_added_while_an_order_waits(w, visit, annual_a):  # 000-25
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=annual_a, quantity=1)
    order = orders.place(w.remi, NOON, "k", [t.id for t in Terms.select()], orders.totals(cart.of(w.remi)).seen)
    page = shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}"))
    assert f"Order no. {order.number}" in page and 'aria-disabled="true"' in page


def test_an_action_nobody_knows_does_not_exist(w, visit, annual_a):
    assert visit(w.remi).get(f"/subscriptions/{annual_a.number}/explosion/new").status_code == 404
    assert visit(w.remi).post(f"/subscriptions/{annual_a.number}/explosion").status_code == 404


def test_the_distributor_suspends_with_a_reason_and_resumes(w, visit, annual_a):  # S
    address = f"/subscriptions/{annual_a.number}"
    assert visit(w.diane).post(f"{address}/suspension", data={"text": ""}).status_code == 422
    assert visit(w.diane).post(f"{address}/suspension", data={"text": "Invoice unpaid"}).status_code == 303
    page = shown(visit(w.remi).get(address))
    assert "This subscription is suspended." in page and "Invoice unpaid" in page
    assert visit(w.diane).post(f"{address}/suspension/end").status_code == 303
    assert "This subscription is suspended." not in shown(visit(w.remi).get(address))


# --- the catalogue -----------------------------------------------------------------------------------


def test_the_catalogue_has_prices_by_basis(w, visit):  # 000-05, 001-16, rules.md O
    page = shown(visit(w.remi).get("/catalogue?type=subscribe"))
    for word in ("IMP-DWA", "€4.00", "per seat per month", "€36.00", "per seat per year", "IMP-CPM", "€0.50"):
        assert word in page, word
    assert f"/subscriptions/new?product={w.dwa.id}" in page and "GES-COMPLETO" not in page
    page = shown(visit(w.lea).get("/catalogue"))
    assert "/subscriptions/new" not in page and "€36.00" in page


def test_a_subscription_is_ordered_from_the_catalogue(w, visit):  # X6, 000-49, 000-50
    browser = visit(w.marc)
    typed = f"product={w.dwa.id}&type=term&quantity=10&starts_on=2026-12-01&years=1&months=6"
    page = shown(browser.get(f"/subscriptions/new?{typed}"))
    assert "01/12/2026 – 31/05/2028" in page and "€684.00" in page and "10 × €4.00 × 18 months − 5%" in page
    assert browser.post("/subscriptions", data=hidden(page)).location == "/cart"
    one = approved(w, w.marc, NOON)
    assert (one.customer, one.type, one.starts_on) == (w.atelier, TERM, date(2026, 12, 1))


def test_a_term_without_its_length_says_what_it_needs(w, visit):  # 000-49
    page = shown(visit(w.remi).get(f"/subscriptions/new?product={w.dwa.id}&type=term&quantity=1&years=0&months=0"))
    assert "A fixed term needs its last day, or its number of months." in page


@pytest.mark.parametrize(
    "typed", ["starts_on=yesterday", "ends_on=31/12/2026", "type=weekly", "plan=gold", "months=-1", "years=1e9"]
)
def test_nonsense_is_told_and_never_breaks(w, visit, typed):
    answer = visit(w.remi).get(f"/subscriptions/new?product={w.dwa.id}&quantity=1&{typed}")
    assert answer.status_code == 422 and "needs your attention" in shown(answer)
