"""The cart: in a drawer and on a page, removable only, with exact totals before anything is ordered."""

import re

import pytest

from lic.models import Basis, Consent, Operation, Order, OrderLine, OrderState, Price, Terms
from lic.rules import cart, wishes
from tests.conftest import HTMX, NOON, TODAY, a_user
from tests.ordering import bought
from tests.subscriptions import sold


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


def put(browser, product, quantity="10", **given):
    return browser.post("/cart/lines", data={"product": product.id, "quantity": quantity, **given})


def fields(page):
    """The hidden fields of a page's last form."""
    form = page.rsplit("<form", 2)[1] if "orders" not in page.rsplit("<form", 1)[1] else page.rsplit("<form", 1)[1]
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def remi(world, visit):
    return visit(world.remi)


def confirmation(browser):
    page = shown(browser.get("/orders/new?consent=1"))
    start = page.index('action="/orders"')
    return page, fields(page[:start] + page[start : page.index("</form>", start)])


def test_what_is_ordered_waits_in_the_cart(world, remi):  # 000-17, 000-18
    answer = put(remi, world.completo)
    assert (answer.status_code, answer.location) == (303, "/cart")
    page = shown(remi.get("/cart"))
    for words in (
        "Stock of Alpha",
        "10 licences + 1 free, 33 users",
        "Set-up: 10 × €60.00; each month: 10 × €24.90 = €249.00",
        "€600.00",
        "€120.00",
        "€720.00",
        "Diane Garnier approves your order.",
    ):
        assert words in page, words


def test_the_drawer_is_the_same_cart_and_brings_the_number_along(world, remi):
    put(remi, world.completo)
    drawer = shown(remi.get("/cart", headers=HTMX))
    assert 'id="drawer-title"' in drawer and "<html" not in drawer and "€720.00" in drawer
    assert 'id="in-cart"' in drawer and 'hx-swap-oob="outerMorph"' in drawer
    assert 'hx-post="/cart/lines/1/removal" hx-target="#drawer"' in drawer


def test_the_top_bar_knows_how_many_lines_there_are(world, remi):
    put(remi, world.completo)
    assert remi.get("/cart/count?shown=1").status_code == 204
    put(remi, world.light)
    assert ">2</span>" in shown(remi.get("/cart/count?shown=1"))
    assert 'id="in-cart"' in shown(remi.get("/catalogue"))


def test_lines_are_removed_and_never_edited(world, remi):  # 001-22
    put(remi, world.completo)
    assert 'name="quantity"' not in shown(remi.get("/cart"))
    assert remi.post("/cart/lines/1/removal").location == "/cart"
    assert "Your cart is empty" in shown(remi.get("/cart"))
    assert remi.post("/cart/lines/1/removal").status_code == 404


def removal(page):
    """Where the first button that removes a line sends, and what it carries."""
    found = re.search(r'action="(/cart/lines/\d+/removal)".*?name="shown" value="([^"]+)"', page)
    return found[1], {"shown": found[2]}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_left_the_cart_in_another_tab_is_told_with_the_cart_as_it_is(world, remi, headers):  # 001-22
    put(remi, world.completo)
    old = removal(shown(remi.get("/cart")))
    assert remi.post(old[0], data=old[1]).location == "/cart"
    assert "Removed from your cart." in shown(remi.get("/cart"))
    put(remi, world.light)  # its number is the one that became free
    assert OrderLine.get().id == int(old[0].split("/")[3])
    assert remi.post(old[0], data=old[1]).location == "/cart"
    page = shown(remi.get("/cart", headers=headers))
    assert "banner--warn" in page and "This is no longer in your cart." in page and "Gestão Light" in page
    assert cart.count(world.remi) == 1


def test_what_was_ordered_in_another_tab_is_no_longer_in_the_cart(world, remi):  # 001-22
    put(remi, world.completo)
    old = removal(shown(remi.get("/cart")))
    _page, form = confirmation(remi)
    assert remi.post("/orders", data=form).status_code == 303
    assert remi.post(old[0], data=old[1]).location == "/cart"
    assert "This is no longer in your cart." in shown(remi.get("/cart")) and OrderLine.select().count() == 1


def test_a_button_to_remove_is_its_own_persons(world, remi, visit):  # safety.md 1
    put(remi, world.completo)
    address, given = removal(shown(remi.get("/cart")))
    assert visit(a_user(world.alpha, "Rosa Lima")).post(address, data=given).status_code == 422
    assert visit(world.anne).post(address, data=given).status_code == 404
    assert remi.post(address, data={"shown": given["shown"] + "x"}).status_code == 303 and cart.of(world.remi) is None


def test_a_contract_stands_in_a_group_of_its_own(world, remi):
    put(remi, world.extension, "1", contract="29962")
    page = shown(remi.get("/cart"))
    assert "Contract no. 29962" in page and "protected until 31/12/2030" in page and "Client Test" in page


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000000", "abc", "", "💥", "1 000"])
def test_a_wrong_quantity_changes_nothing(world, remi, quantity):
    answer = put(remi, world.completo, quantity)
    assert answer.status_code == 422 and "from 1 to 100,000" in shown(answer)
    assert not OrderLine.select().count()


@pytest.mark.parametrize(
    "form, status",
    [
        ({"product": "999"}, 404),
        ({"product": "x"}, 400),
        ({"product": "9" * 40}, 400),
        ({}, 400),
        ({"product": "1", "contract": "30001"}, 404),  # another's
        ({"product": "5", "contract": "30001"}, 404),
        ({"product": "1", "contract": "29962"}, 422),
        ({"product": "5"}, 422),
        ({"product": "1", "for_product": "2"}, 422),
        ({"product": "4", "for_product": "1"}, 422),  # none in stock
        ({"product": "3"}, 422),  # not on the list
    ],
)
def test_what_cannot_be_ordered_is_refused(world, remi, form, status):
    assert remi.post("/cart/lines", data={"quantity": "1", **form}).status_code == status
    assert not OrderLine.select().count()


def keys(browser):
    """The keys of the catalogue's forms, in their order."""
    return re.findall(r'name="key" value="([^"]+)"', shown(browser.get("/catalogue")))


def test_a_form_that_is_sent_three_times_adds_one_line(world, remi):  # safety.md 28
    first, *others = keys(remi)
    assert first not in others
    answers = [put(remi, world.completo, key=first) for _ in range(3)]
    assert [answer.location for answer in answers] == ["/cart"] * 3
    assert OrderLine.select().count() == 1


def test_the_same_product_again_makes_a_new_line(world, remi):  # 001-22: another page, or another form of it
    for key in (keys(remi)[0], keys(remi)[0]):
        put(remi, world.completo, key=key)
    assert [line.quantity for line in OrderLine.select()] == [10, 10]


def test_a_key_is_one_persons(world, remi, visit):
    put(remi, world.completo, key="k")
    put(visit(world.anne), world.completo, key="k")
    assert OrderLine.select().count() == 2


def test_a_price_from_the_form_counts_for_nothing(world, remi):  # safety.md 55
    put(remi, world.completo, unit_cents="1", net_cents="0", setup_cents="0", bonus="99")
    assert cart.of(world.remi).net_cents == 60000


def test_nobody_elses_line_can_be_removed(world, remi, visit):
    put(remi, world.completo)
    assert visit(world.anne).post("/cart/lines/1/removal").status_code == 404
    assert visit(world.lea).post("/cart/lines/1/removal").status_code == 403
    assert cart.count(world.remi) == 1


def test_the_order_can_be_copied_as_text(world, remi):  # 000-21
    put(remi, world.completo)
    page = remi.get("/cart").get_data(as_text=True)
    text = page.split('<textarea id="order-text"', 1)[1].split("</textarea>")[0]
    assert "- Gestão Completo (GES-COMPLETO): 10 licences + 1 free, 33 users" in text
    assert "Then each month, without VAT: €249.00" in text
    assert 'data-copies="order-text"' in page


def test_the_order_is_cancelled_after_a_question(world, remi):  # 000-22
    put(remi, world.completo)
    assert "1 line leaves your cart" in shown(remi.get("/cart/cancellation/new"))
    assert cart.count(world.remi) == 1
    assert remi.post("/cart/cancellation").location == "/catalogue"
    assert not Order.select().count()


def test_the_terms_that_apply_stand_by_the_consent(world, remi):  # 000-19, 004-07
    put(remi, world.completo)
    page = shown(remi.get("/cart"))
    assert "general terms</a> version 1.0 of 01/01/2026" in page and "particular terms</a>" in page
    assert "I accept and place the order" in page


def test_without_consent_there_is_no_order(world, remi):  # 000-19
    put(remi, world.completo)
    assert remi.get("/orders/new").location == "/cart"
    assert "Accept the terms" in shown(remi.get("/cart"))
    answer = remi.post("/orders", data={"key": "k", "seen": "60000-12000-24900"})
    assert answer.status_code == 422 and not Consent.select().count()


def test_the_second_confirmation_shows_the_exact_totals_and_places_the_order_once(
    world, remi
):  # 000-20, 001-23, 001-24
    put(remi, world.completo)
    page, form = confirmation(remi)
    assert "€720.00" in page and ">Confirm</button>" in re.sub(r"</svg>", ">", page)
    for _ in range(2):  # a double click, a reload of the POST
        answer = remi.post("/orders", data=form)
        assert (answer.status_code, answer.location) == (303, "/orders")
    (order,) = Order.select()
    assert order.state is OrderState.SUBMITTED
    assert Consent.select().count() == Terms.select().count()
    assert f"Order no. {order.number} is placed. Diane Garnier approves it." in shown(remi.get("/orders"))


def test_an_order_is_a_quantity_a_cart_the_conditions_and_a_confirmation(world, remi):  # 004-06
    ordered = lambda: [order.state for order in Order.select().where(Order.number.is_null(False))]  # noqa: E731
    assert remi.get("/orders/new?consent=1").location == "/cart"  # nothing was chosen
    put(remi, world.completo, "2")
    assert remi.get("/orders/new").location == "/cart"  # nothing was accepted
    _, form = confirmation(remi)
    assert ordered() == []  # looking confirms nothing
    assert remi.post("/orders", data=form | {"terms": form["terms"][:1]}).status_code == 422 and ordered() == []
    assert remi.post("/orders", data=form).status_code == 303 and ordered() == [OrderState.SUBMITTED]


def test_a_price_that_changed_meanwhile_is_shown_and_asked_again(world, remi):
    put(remi, world.completo)
    _, form = confirmation(remi)
    Price.update(cents=9900).where(Price.basis == Basis.SETUP, Price.product == world.completo).execute()
    answer = remi.post("/orders", data=form)
    page = shown(answer)
    assert answer.status_code == 422 and "A price has changed" in page and "€990.00" in page
    assert form["key"][0] in page
    assert cart.of(world.remi)
    start = page.index('action="/orders"')
    assert (
        remi.post("/orders", data=fields(page[:start] + page[start : page.index("</form>", start)])).status_code == 303
    )
    assert Order.get().net_cents == 99000


def test_an_empty_cart_is_not_ordered(world, remi):
    assert remi.get("/orders/new?consent=1").location == "/cart"
    assert "Your cart is empty." in shown(remi.get("/cart"))


def test_the_way_back_from_an_order_placed_leads_to_it(world, remi):  # 000-20
    put(remi, world.completo)
    _, form = confirmation(remi)
    remi.post("/orders", data=form)
    answer = remi.get("/orders/new?consent=1", follow_redirects=True)
    assert answer.request.path == f"/orders/{Order.get().number}"
    assert "Your cart is empty: you placed this order already." in shown(answer)


def test_a_cart_changed_in_another_window_is_shown_again(world, remi):  # R5
    put(remi, world.completo)
    _, form = confirmation(remi)
    put(remi, world.completo)
    answer = remi.post("/orders", data=form)
    assert answer.status_code == 422 and "Your cart has changed in the meantime." in shown(answer)
    assert not Order.get_or_none(Order.number.is_null(False))


def test_where_two_confirm_the_cart_says_who_is_first(world, visit, remi):  # 001-24
    a_user(world.alpha, "Rosa Lima")
    world.alpha.reseller_approval = True
    world.alpha.save()
    put(remi, world.completo)
    for path in ("/cart", "/orders/new?consent=1"):
        page = shown(remi.get(path))
        assert "Another administrator of yours confirms your order, then Diane Garnier approves it." in page


def test_the_cart_shows_the_total_with_set_up(world, remi):  # 001-21
    put(remi, world.completo)
    page = shown(remi.get("/cart"))
    for said in ("Total without VAT, at approval", "Total with VAT, at approval", "Total with set-up, without VAT"):
        assert f"<dt>{said}</dt>" in page or f'<dt class="sum">{said}</dt>' in page, said


def test_a_total_without_a_set_up_fee_does_not_name_one(world, remi):  # 001-21
    Price.update(cents=0).where(Price.basis == Basis.SETUP).execute()
    put(remi, world.completo)
    page = shown(remi.get("/cart"))
    assert "Total with set-up" not in page and "Total with the first month" not in page
    put(remi, world.extension, "1", contract="29962")
    page = shown(remi.get("/cart"))
    assert "<dt>Total with the first month, without VAT</dt>" in page and "Total with set-up" not in page


def test_who_is_charged_no_vat_sees_one_total(world, remi):  # R4, demo.md: no VAT line
    world.alpha.tax_rate_bp, world.alpha.tax_code = None, "O"
    world.alpha.save()
    put(remi, world.completo)
    for page in ("/cart", "/orders/new?consent=1"):
        said = shown(remi.get(page))
        assert '<dt class="sum">Total without VAT, at approval</dt><dd class="sum">€600.00</dd>' in said
        assert "Total with VAT" not in said


@pytest.mark.parametrize("who", ["lea", "jean"])
def test_a_basic_user_has_no_way_to_order(world, visit, who):  # X15
    browser = visit(getattr(world, who))
    assert put(browser, world.completo).status_code == 403
    assert browser.get("/orders/new").status_code == 403
    assert browser.post("/orders").status_code == 403
    assert browser.get("/cart").status_code == 200


def test_names_with_markup_stay_text(world, remi):  # safety.md 30
    world.completo.title = {"en": "<script>alert(1)</script> & co"}
    world.completo.save()
    cart.add(world.completo, 1, world.remi, NOON)
    for page in ("/cart", "/catalogue", "/orders/new?consent=1"):
        text = remi.get(page).get_data(as_text=True)
        assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in text
    assert TODAY


def test_seats_added_to_a_subscription_are_confirmed_like_everything(world, visit):  # 000-20, 000-33
    w = sold(world)
    plan = bought(w)
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=plan, quantity=5)
    browser = visit(w.remi)
    assert f"Subscription no. {plan.number}" in shown(browser.get("/cart"))
    page = browser.get("/orders/new?consent=1")
    assert page.status_code == 200 and f"Subscription no. {plan.number}" in shown(page)
