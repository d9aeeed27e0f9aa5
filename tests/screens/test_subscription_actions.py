"""Actions on a subscription's page that replace something, or that nobody orders: shown first, then carried out."""

from datetime import date

import pytest

from lic.models import Assurance, Charge, Event, Operation, OrderLine, Plan, Seats, Subscription, SubscriptionType, tx
from lic.rules import cart, holdings, invoices, renewals, subscriptions
from tests.conftest import HTMX, NOON, TODAY, on
from tests.ordering import charged, ordered
from tests.screens.test_subscriptions import agree, hidden, monthly, shown
from tests.subscribed import approved, bought
from tests.subscriptions import sold

MONTHLY, ANNUAL, TERM = SubscriptionType


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def a(w):
    """Annual A without assurance: 20 seats to 14/03/2027."""
    return bought(w, customer=w.client)


# --- another product -----------------------------------------------------------------------------


def test_a_dearer_product_costs_the_difference_now(w, visit, a):  # O, Plan change
    browser, address = visit(w.remi), f"/subscriptions/{a.number}/product"
    assert f"{address}/new" in shown(browser.get(f"/subscriptions/{a.number}"))
    page = shown(browser.get(f"{address}/new?product={w.office.id}"))
    for word in ("20 × €69.60 ÷ 12 × 4 started months", "€464.00", "€556.80", "Renewal on 15/03/2027", "€2,112.00"):
        assert word in page, word
    assert page.count("15/02/2027 – 14/03/2027") == 1 and "The 4 started months" in page  # R3, X9
    assert agree(browser, address, product=w.office.id).location == "/cart"
    changed = approved(w, w.remi, NOON)
    assert changed.product == w.office and charged()[-1] == 46400
    page = shown(browser.get(f"/subscriptions/{a.number}"))
    assert "OFF-ENT" in page and "Its product is OFF-ENT now." in page and "€105.60" in page


def test_a_cheaper_product_waits_for_the_renewal(w, visit):  # O, Plan change
    office = bought(w, product=w.office, quantity=5)
    browser, address = visit(w.remi), f"/subscriptions/{office.number}/product"
    page = shown(browser.get(f"{address}/new?product={w.dwa.id}"))
    assert "From 15/03/2027" in page and "Nothing is charged for this." in page
    assert "IMP-DWA, once it is renewed" in page and "until 14/03/2027" in page
    assert agree(browser, address, product=w.dwa.id).status_code == 303
    assert "Change of product, 5 seats" in shown(browser.get("/cart"))
    approved(w, w.remi, NOON)
    page = shown(browser.get(f"/subscriptions/{office.number}"))
    assert "Rémi" in page and "scheduled the change to IMP-DWA." in page
    assert "It becomes IMP-DWA on 15/03/2027." in page and "Withdraw" in page
    page = shown(browser.get(f"/subscriptions/{office.number}/renewal/new"))
    assert "€180.00" in page  # 5 × 36.00


def test_the_history_says_what_was_scheduled_and_switched(w, visit):  # R10
    one = monthly(w)
    browser, address = visit(w.remi), f"/subscriptions/{one.number}"
    assert agree(browser, f"{address}/removal", quantity=3).status_code == 303
    for wanted, said in (("no", "off"), ("yes", "on")):
        browser.post(f"{address}/automatic-renewal", data={"wanted": wanted})
        assert f"switched its automatic renewal {said}." in shown(browser.get(address))
    assert browser.post(f"{address}/automatic-renewal", data={"wanted": "zzz"}).status_code == 400
    page = shown(browser.get(address))
    assert "scheduled fewer seats: 3 less from 01/12/2026." in page and "2026-12-01" not in page.split("history")[-1]


def test_a_renewal_is_possible_to_the_last_day_of_grace(w, visit, a):  # O, Renewal
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}/seats/new"))
    assert "from 15/11/2026 to 24/03/2027" in page


def test_what_is_sold_elsewhere_is_not_said_to_be_renewed_here(w, visit, a):  # 003-13
    with tx():
        Subscription.update(sold_by="Ailleurs").where(Subscription.id == a.id).execute()
        Seats.update(unit_cents=0).where(Seats.subscription == a.id).execute()
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}"))
    assert "It runs until 14/03/2027." in page and "It can be renewed" not in page and "€0.00" not in page


def test_modules_and_assurance_say_why_the_product_stays(w, visit, a):  # 000-35, 000-07
    invoices.pay(charge_invoice(a), TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}"))
    why = "IMP-CPM goes with IMP-DWA only: order OFF-ENT as a new subscription and let this one end."
    assert why in page and f"/subscriptions/{a.number}/product/new" not in page
    covered = bought(w, plan=Plan.STANDARD, start=date(2026, 3, 16))
    page = shown(visit(w.remi).get(f"/subscriptions/{covered.number}/product/new?product={w.office.id}"))
    assert "There is no Standard software assurance for OFF-ENT, and this one has it until 15/03/2027" in page


def charge_invoice(subscription):
    return Charge.get(Charge.subscription == subscription).invoice


# --- assurance -----------------------------------------------------------------------------------


def test_a_first_assurance_is_asked_in_years_and_months(w, visit, a):  # 000-16
    browser, address = visit(w.remi), f"/subscriptions/{a.number}/assurance"
    page = shown(browser.get(f"{address}/new?plan=premium&years=1&months=3"))
    for word in ("20 × €0.80 × 15 months", "€240.00", "22/11/2026 – 21/02/2028", "The 15 started months"):
        assert word in page, word
    assert "The duration is 1 to 120 months." in shown(browser.get(f"{address}/new?plan=premium&years=0&months=0"))
    for typed in ("years=20&months=0", "years=-1&months=1", "years=x&months=1"):
        assert browser.get(f"{address}/new?plan=premium&{typed}").status_code == 422
    assert agree(browser, address, plan="premium", years=1, months=3).location == "/cart"
    approved(w, w.remi, NOON)
    [cover] = Assurance.select()
    assert (cover.plan, cover.quantity, cover.to_on) == (Plan.PREMIUM, 20, date(2028, 2, 21))
    page = shown(browser.get(f"/subscriptions/{a.number}"))
    assert "Premium, until 21/02/2028" in page and f"{address}/new" not in page


def test_aligned_ends_bring_their_assurance_unless_it_is_left(w, visit):  # O, Co-termination, Assurance
    a = bought(w, plan=Plan.STANDARD)
    b = bought(w, quantity=5, start=date(2026, 6, 1))
    browser = visit(w.remi)
    typed = f"subscription={a.number}&subscription={b.number}"
    page = shown(browser.get(f"/subscriptions/alignment/new?{typed}"))
    assert "15/03/2027 – 31/05/2027" in page and "20 × €0.50 × 3 months" in page and 'name="with_assurance"' in page
    without = shown(browser.get(f"/subscriptions/alignment/new?{typed}&with_assurance=no"))
    assert "€0.50" not in without
    assert browser.post("/subscriptions/alignment", data=hidden(page)).location == "/cart"
    lines = cart.lines(cart.of(w.remi))
    assert [line.operation for line in lines] == [Operation.COTERMINATE, Operation.ASSURANCE]
    approved(w, w.remi, NOON)
    assert charged()[-2:] == [15344, 3000] and holdings.held(a).support.to_on == date(2027, 6, 14)


@pytest.mark.parametrize(("language", "said"), [("en", "1 day of 366"), ("fr", "1 jour sur 366")])
def test_one_day_is_said_in_the_singular(w, visit, language, said):  # R3
    ends = [bought(w), bought(w, start=date(2026, 3, 16))]
    browser = visit(w.remi)
    browser.post("/language", data={"language": language})
    typed = "&".join(f"subscription={one.number}" for one in ends)
    assert f"× {said}" in shown(browser.get(f"/subscriptions/alignment/new?{typed}"))


# --- by itself -----------------------------------------------------------------------------------


def test_an_annual_one_is_set_to_renew_itself_and_does(w, visit, a):  # S, R6
    browser, address = visit(w.remi), f"/subscriptions/{a.number}"
    page = shown(browser.get(address))
    assert "Let it renew itself" in page and "By itself from 15/03/2027: €720.00 without VAT by the prices" in page
    assert browser.post(f"{address}/automatic-renewal", data={"wanted": "yes"}).status_code == 303
    page = shown(browser.get(address))
    assert "It renews itself from now on." in page and "Do not renew it by itself" in page
    renewals.run(on(date(2027, 3, 15)))
    assert charged()[-1] == 72000
    page = shown(browser.get(address))
    assert "15/03/2027" in page and "14/03/2028" in page and "Renewed from 15/03/2027 to 14/03/2028." in page
    assert browser.post(f"{address}/automatic-renewal", data={"wanted": "no"}).status_code == 303
    assert "Let it renew itself" in shown(browser.get(address))
    assert [e.by for e in Event.select().where(Event.kind == "subscription.auto_renewal")] == [w.remi, w.remi]


def test_only_who_decides_sets_whether_it_renews_itself(w, visit, a):  # 003-17
    for user, code in ((w.lea, 403), (w.claire, 403), (w.diane, 403), (w.anne, 404)):
        answer = visit(user).post(f"/subscriptions/{a.number}/automatic-renewal", data={"wanted": "yes"})
        assert answer.status_code == code, user
    term = bought(w, TERM, 3, date(2026, 11, 1), months=6)
    answer = visit(w.remi).post(f"/subscriptions/{term.number}/automatic-renewal", data={"wanted": "yes"})
    assert answer.status_code == 422 and "A fixed term is renewed with a new end" in shown(answer)


# --- giving back ---------------------------------------------------------------------------------


def returned(subscription, operation):
    line = OrderLine.get(OrderLine.subscription == subscription.id, OrderLine.operation == operation)
    return f"/subscriptions/{subscription.number}/returns/{line.id}"


def test_another_product_is_given_back_as_a_whole(w, visit, a):  # O, Cooling-off
    ordered(w, Operation.CHANGE_TYPE, subscription=a, product=w.office)
    browser, address = visit(w.remi), returned(a, Operation.CHANGE_TYPE)
    assert f"{address}/new" in shown(browser.get(f"/subscriptions/{a.number}"))
    page = shown(browser.get(f"{address}/new"))
    assert 'type="number"' not in page and "It is the product it was before, at its old price." in page
    assert "-€459.89" in page and "Seats left: 20" in page  # 464.00 × 112/113
    assert "by credit note" in page and "at approval" not in page
    gone = "What was changed or assured in the last days cannot be given back any more."
    assert gone in shown(browser.get(f"/subscriptions/{a.number}/renewal/new"))
    assert gone not in shown(browser.get(f"/subscriptions/{a.number}/seats/new"))
    assert browser.post(address, data=hidden(page)).status_code == 303
    page = shown(browser.get(f"/subscriptions/{a.number}"))
    assert "IMP-DWA" in page and f"{address}/new" not in page and "gave the other product back" in page


def test_an_assurance_is_given_back_after_its_upgrade(w, visit, a):  # O, Cooling-off
    ordered(w, Operation.ASSURANCE, subscription=a, plan=Plan.STANDARD, months=6)
    ordered(w, Operation.UPGRADE_ASSURANCE, subscription=a, plan=Plan.PREMIUM)
    browser = visit(w.remi)
    page = shown(browser.get(f"/subscriptions/{a.number}"))
    assert returned(a, Operation.UPGRADE_ASSURANCE) in page and returned(a, Operation.ASSURANCE) not in page
    for operation, word in (
        (Operation.UPGRADE_ASSURANCE, "The software assurance has its old plan again from tomorrow."),
        (Operation.ASSURANCE, "The software assurance ends today."),
    ):
        page = shown(browser.get(f"{returned(a, operation)}/new"))
        assert word in page
        assert browser.post(returned(a, operation), data=hidden(page)).status_code == 303


def test_what_goes_first_is_said(w, visit):  # O, last in first out
    fresh = bought(w, quantity=10, start=TODAY)
    ordered(w, Operation.ASSURANCE, subscription=fresh, plan=Plan.STANDARD, months=6)
    page = shown(visit(w.remi).get(f"{returned(fresh, Operation.SUBSCRIBE)}/new"))
    assert "This is not possible now" in page and "What was ordered since goes first" in page


def test_the_quantity_given_back_is_asked_with_minus_and_plus(w, visit):  # look 11
    fresh = bought(w, quantity=10, start=TODAY)
    address = returned(fresh, Operation.SUBSCRIBE)
    page = shown(visit(w.remi).get(f"{address}/new"))
    assert 'data-step="-1"' in page and 'max="10"' in page and "No seat is left: the subscription ends today." in page
    part = shown(visit(w.remi).get(f"{address}/new?quantity=4", headers=HTMX))
    assert "Seats left: 6" in part and "<html" not in part
    for typed in ("0", "11", "-1", "x"):
        assert visit(w.remi).post(address, data={"quantity": typed, "seen": "x"}).status_code == 422
    assert visit(w.anne).get(f"{address}/new").status_code == 404


# --- how it is shown -----------------------------------------------------------------------------


def test_a_preview_lists_the_months_and_says_what_the_renewal_costs(w, visit):  # look 11, X3, R3
    a = bought(w, plan=Plan.STANDARD)
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}/seats/new?quantity=5"))
    for word in (
        *("The 4 started months", "15/11/2026 – 14/12/2026", "15/02/2027 – 14/03/2027"),
        *("Renewal on 15/03/2027", "25 × €36.00 = €900.00 without VAT", "7 days from the approval"),
        *('data-step="1"', "One less", "from 15/12/2026 to 14/03/2027"),
    ):
        assert word in page, word
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}/renewal/new"))
    assert "7 days from 15/03/2027 on" in page  # its first day is later than the approval (O)


def test_the_renewal_a_preview_shows_is_what_it_would_cost_then(w, visit):  # S, O Renewal
    start, later = date(2025, 12, 9), date(2025, 12, 10)  # to 08/12/2026
    a, b = bought(w, start=start), bought(w, start=later, product=w.office)
    ordered(w, Operation.CHANGE_TYPE, subscription=b, product=w.dwa)
    ordered(w, Operation.RENEW, subscription=b, quantity=1)
    page = shown(visit(w.remi).get(f"/subscriptions/{b.number}/seats/new?quantity=2"))
    assert "3 × €36.00 = €108.00 without VAT" in page  # the other product by then, and those renewed
    subscriptions.remove_seats(a, 5, w.remi, NOON)
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}/product/new?product={w.office.id}"))
    assert "15 × €105.60 = €1,584.00 without VAT" in page


def test_no_day_for_giving_back_is_promised_before_the_year_begins(w, visit):  # O, Cooling-off; 000-41
    m = bought(w, MONTHLY, start=date(2026, 11, 10))
    ordered(w, Operation.CHANGE_TYPE, subscription=m, type=ANNUAL)
    page = shown(visit(w.remi).get(f"/subscriptions/{m.number}/seats/new?quantity=5"))
    assert "7 days from 01/12/2026 on" in page and "days from the approval" not in page


@pytest.mark.parametrize("end", ["9999-12-31", "2126-01-01"])
def test_the_common_end_is_as_near_as_that_of_a_term(w, visit, a, end):  # O, Co-termination; 000-49
    b = bought(w, start=date(2026, 7, 1))
    asked = {"subscription": [a.number, b.number], "ends_on": end}
    page = shown(visit(w.remi).get("/subscriptions/alignment/new", query_string=asked))
    assert "It ends by 14/03/2037 at the latest." in page
    answer = visit(w.remi).post("/subscriptions/alignment", data=asked)
    assert answer.status_code == 422 and not OrderLine.select().where(OrderLine.operation == "coterminate").exists()


def test_no_duration_at_all_is_refused_with_a_sentence(w, visit, a):  # 000-16
    address = f"/subscriptions/{a.number}/assurance"
    for years, months in (("", ""), ("0", "0"), ("０", "１")):
        given = {"plan": "standard", "years": years, "months": months}
        assert visit(w.remi).get(f"{address}/new", query_string=given).status_code in (200, 422)
        assert visit(w.remi).post(address, data=given).status_code == 422


def test_what_is_done_to_a_module_is_done_to_its_base(w, visit, a):  # 000-36
    invoices.pay(charge_invoice(a), TODAY, w.diane, NOON)
    ordered(w, Operation.ADD_MODULE, subscription=a, product=w.cpm)
    module = Subscription.get(Subscription.base == a)
    for action in ("removal", "cancellation", "monthly"):
        address = f"/subscriptions/{module.number}/{action}"
        assert "A module follows its base: change that." in shown(visit(w.remi).get(f"{address}/new"))
        assert visit(w.remi).post(address, data={"quantity": 1}).status_code == 422
    assert visit(w.remi).get("/subscriptions/５０００１").status_code == 404


def test_a_strangers_subscription_is_not_left_out_silently(w, visit, a):  # X15
    theirs = bought(w, by=w.anne)
    asked = {"subscription": [a.number, theirs.number]}
    assert visit(w.remi).get("/subscriptions/alignment/new", query_string=asked).status_code == 404


def test_without_a_price_list_every_button_says_so(w, visit, a):  # 004-04, 003-17
    with tx():
        w.alpha.price_list = None
        w.alpha.save()
    page = shown(visit(w.remi).get(f"/subscriptions/{a.number}"))
    why = "Alpha has no price list yet: ask the distributor."
    for title in ("Add seats", "Renew", "Remove seats", "Cancel the subscription"):
        assert f">{title}</button>" in page, title
    assert page.count(why) == page.count('aria-disabled="true"') == 4 and "14/03/2027" in page
    assert why in shown(visit(w.remi).get(f"/subscriptions/{a.number}/renewal/new"))


def test_after_its_days_of_grace_only_a_new_one_is_offered(w, visit):  # 003-18, S
    lapsed = bought(w, ANNUAL, 4, date(2025, 11, 1), customer=w.client)
    page = shown(visit(w.remi).get(f"/subscriptions/{lapsed.number}"))
    assert "It ended on 31/10/2026." in page and "A new subscription must be bought." in page
    assert "Put the reminders on hold" not in page
    assert page.count('aria-disabled="true"') == 1 and f'href="/subscriptions/new?product={w.dwa.id}"' in page
    for action in ("renewal", "seats", "cancellation", "annual"):
        answer = visit(w.remi).get(f"/subscriptions/{lapsed.number}/{action}/new")
        assert "This is not possible now" in shown(answer), action


def test_what_becomes_monthly_is_not_said_to_be_renewed(w, visit):  # 000-45, 000-39
    ending = bought(w, ANNUAL, 5, date(2025, 12, 1))
    assert "It can be renewed from" in shown(visit(w.remi).get(f"/subscriptions/{ending.number}"))
    assert agree(visit(w.remi), f"/subscriptions/{ending.number}/monthly").status_code == 303
    page = shown(visit(w.remi).get(f"/subscriptions/{ending.number}"))
    banner = page[page.index('class="banner banner--ok"') :]
    assert "It becomes Monthly on 01/12/2026." in banner[: banner.index("</div>")]
    assert "It can be renewed from" not in page and "Fewer seats" not in page
