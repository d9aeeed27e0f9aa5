"""The cart: what may go in, what it comes to, and that nothing in it is ever edited."""

from datetime import date

import pytest

from lic.models import Basis, Fit, MovementKind, Order, OrderLine, Price, Product, Project, StockMovement, Terms, tx
from lic.rules import Refused, cart, orders, prices, stock
from lic.rules.prices import Offer
from tests.conftest import NOON, TODAY, a_contract


def stocked(world, product, quantity=5, holder=None):
    with tx():
        stock.move(holder or world.alpha, product, quantity, MovementKind.ADJUSTMENT, world.diane, NOON)


def test_a_bonus_is_given_and_never_charged(world):  # X12, 001-18, 001-19, 001-21
    cost = prices.offer(world.completo, world.brasil, TODAY).cost(10)
    assert (cost.bonus, cost.total_quantity, cost.users) == (1, 11, 33)
    assert (cost.monthly_cents, cost.net_cents, cost.with_setup_cents) == (59900, 150000, 209900)


@pytest.mark.parametrize("ordered, bonus", [(1, 0), (9, 0), (10, 1), (19, 1), (20, 2)])
def test_the_bonus_comes_with_every_tenth(world, ordered, bonus):  # 001-19
    assert prices.offer(world.completo, world.europe, TODAY).cost(ordered).bonus == bonus


def test_a_price_is_that_of_the_day(world):
    for day, cents in ((date(2026, 11, 22), 2590), (date(2026, 11, 23), 2690)):
        Price.create(
            price_list=world.europe, product=world.completo, basis=Basis.LICENCE_MONTH, cents=cents, valid_from=day
        )
    assert prices.offer(world.completo, world.europe, date(2026, 11, 21)).unit_cents == 2490
    assert prices.offer(world.completo, world.europe, date(2026, 11, 22)).unit_cents == 2590
    assert prices.offer(world.completo, world.europe, date(2026, 11, 30)).unit_cents == 2690
    assert prices.offer(world.completo, world.europe, date(2025, 12, 31)) is None


def test_what_has_no_price_is_not_offered_and_says_so(world):  # rules.md O, Price list; 001-16
    assert world.sped not in [offer.product for offer in prices.Book(world.europe, TODAY).offers()]
    assert "not on your price list" in cart.why_not_offer(world.remi, world.sped, TODAY).message


def test_subscriptions_are_not_sold_here_before_they_can_be_ordered(world):
    seat = Product.create(reference="IMP-DWA", title={"en": "Printing"}, kind="subscription")
    Price.create(price_list=world.europe, product=seat, basis=Basis.MONTHLY, cents=400, valid_from=date(2026, 1, 1))
    assert seat not in [offer.product for offer in prices.Book(world.europe, TODAY).offers()]
    assert cart.why_not_offer(world.remi, seat, TODAY)


@pytest.mark.parametrize("who", ["lea", "jean", "diane", "paul", "claire", "cleo"])
def test_only_a_buyers_administrator_fills_a_cart(world, who):  # 003-17, 004-02, X15
    with pytest.raises(Refused):
        cart.add(world.completo, 1, getattr(world, who), NOON)
    assert not Order.select().count()


def test_a_direct_customer_orders_for_itself(world):  # rules.md Q, Direct customers
    line = cart.add(world.completo, 1, world.marc, NOON)
    assert (line.reseller, line.customer) == (world.house, world.atelier)
    assert line.order.buyer == world.atelier


def test_the_same_product_again_is_another_line(world):  # 001-22
    cart.add(world.completo, 10, world.remi, NOON)
    cart.add(world.completo, 2, world.remi, NOON)
    basket = cart.of(world.remi)
    assert [line.quantity for line in cart.lines(basket)] == [10, 2]
    assert (basket.net_cents, basket.monthly_cents) == (12 * 6000, 12 * 2490)
    assert cart.count(world.remi) == 2


def test_a_line_is_removed_and_the_last_one_takes_the_cart_with_it(world):  # 001-22, 000-22
    first = cart.add(world.completo, 1, world.remi, NOON)
    second = cart.add(world.light, 1, world.remi, NOON)
    cart.remove(first, world.remi)
    assert cart.of(world.remi).net_cents == 3000
    cart.remove(second, world.remi)
    assert cart.of(world.remi) is None


def test_nobody_removes_a_line_of_a_colleagues_cart(world):
    line = cart.add(world.completo, 1, world.remi, NOON)
    with pytest.raises(Refused):
        cart.remove(line, world.lea)
    assert cart.count(world.remi) == 1


def test_each_person_has_a_cart_of_their_own(world):  # rules.md Q, One cart per person
    cart.add(world.completo, 1, world.remi, NOON)
    cart.add(world.light, 1, world.anne, NOON)
    cart.empty(world.remi)
    assert cart.of(world.remi) is None
    assert cart.count(world.anne) == 1


def test_additional_users_are_for_a_licence_one_has(world):  # 001-14, 001-15
    assert "none in your stock" in cart.why_not_offer(world.remi, world.extra, TODAY).message
    stocked(world, world.completo)
    assert cart.why_not_offer(world.remi, world.extra, TODAY) is None
    with pytest.raises(Refused):
        cart.add(world.extra, 2, world.remi, NOON)  # for which one?
    with pytest.raises(Refused):
        cart.add(world.extra, 2, world.remi, NOON, for_product=world.light)
    with pytest.raises(Refused):
        cart.add(world.extra, 2, world.remi, NOON, for_product=world.sped)
    line = cart.add(world.extra, 2, world.remi, NOON, for_product=world.completo)
    assert (line.users, line.monthly_cents, line.net_cents) == (2, 780, 0)


def test_a_neighbours_stock_is_no_stock(world):  # 001-15
    stocked(world, world.completo, holder=world.beta)
    assert cart.why_not_offer(world.remi, world.extra, TODAY)


def test_a_licence_is_not_for_another_licence(world):
    with pytest.raises(Refused):
        cart.add(world.completo, 1, world.remi, NOON, for_product=world.light)


def test_an_extension_is_of_a_contract_it_fits(world):  # 002-29
    assert cart.why_not_offer(world.remi, world.extension, TODAY)
    other = a_contract(world.alpha, number=5, main_reference="BTO")
    assert cart.why_not_offer(world.remi, world.extension, TODAY, contract=other)
    line = cart.add(world.extension, 1, world.remi, NOON, contract=world.contract)
    assert (line.net_cents, line.monthly_cents) == (8900, 0)
    assert cart.protected_until(line) == date(2030, 12, 31)


def test_a_contract_is_extended_by_its_own_buyer_and_once_at_a_time(world):
    assert cart.why_not_offer(world.anne, world.extension, TODAY, contract=world.contract)
    assert cart.why_not_offer(world.marc, world.extension, TODAY, contract=world.contract)
    cart.add(world.extension, 1, world.remi, NOON, contract=world.contract)
    for wanted in (1, 2):
        with pytest.raises(Refused):
            cart.add(world.extension, wanted, world.remi, NOON, contract=world.contract)
    with pytest.raises(Refused):
        cart.add(world.completo, 1, world.remi, NOON, contract=world.contract)
    assert cart.count(world.remi) == 1


@pytest.mark.parametrize("text", ["0", "-1", "1000000000", "abc", "", None, "1.5", "1e3", "٣", "10😀", "100001", "1_0"])
def test_a_quantity_is_a_whole_number_within_reason(text):
    with pytest.raises(Refused):
        cart.quantity(text)


@pytest.mark.parametrize("text, number", [("1", 1), (" 10 ", 10), ("100000", 100000), ("007", 7)])
def test_a_quantity_as_people_type_it(text, number):
    assert cart.quantity(text) == number


def test_a_project_is_locked_while_its_order_waits(world):  # 000-25, X8
    owner = {"reseller": world.alpha, "subscription_type": "annual", "assurance_plan": "standard"}
    locked, free = (Project.create(number=n, name=f"P{n}", made_at=NOON.at, **owner) for n in (1, 2))
    cart.add(world.completo, 1, world.remi, NOON, project=locked)
    basket = cart.of(world.remi)
    assert cart.why_locked(locked) is None  # a cart locks nothing
    order = orders.place(world.remi, NOON, "k", [t.id for t in Terms.select()], orders.totals(basket).seen)
    assert cart.lock(locked) == order
    with pytest.raises(Refused) as refused:
        cart.add(world.completo, 1, world.remi, NOON, project=locked)
    assert refused.value.reason.values["number"] == order.number
    cart.add(world.completo, 1, world.remi, NOON, project=free)
    orders.reject(order, "no", world.diane, NOON)
    cart.add(world.completo, 1, world.remi, NOON, project=locked)


def test_the_terms_that_apply_are_the_latest_general_particular_and_product_ones(world):  # 004-07
    words = {"title": {"en": "t"}, "body": {"en": "b"}}
    Terms.create(code="general", version="2.0", valid_from=date(2026, 11, 1), **words)
    Terms.create(code="general", version="3.0", valid_from=date(2027, 1, 1), **words)
    Terms.create(code="product", product=world.completo, version="1.4", valid_from=date(2026, 1, 1), **words)
    Terms.create(code="product", product=world.light, version="9", valid_from=date(2026, 1, 1), **words)
    agreed = [(row.code, row.version) for row in cart.terms([world.completo], TODAY)]
    assert agreed == [("general", "2.0"), ("particular", "1.0"), ("product", "1.4")]


def test_vat_is_on_the_sum_and_absent_where_there_is_none(world):  # R4
    cart.add(world.extension, 1, world.remi, NOON, contract=world.contract)
    sums = orders.totals(cart.of(world.remi))
    assert (sums.net_cents, sums.vat_cents, sums.gross_cents) == (8900, 1780, 10680)
    world.alpha.tax_rate_bp = None
    world.alpha.save()
    cart.add(world.light, 1, world.remi, NOON)
    sums = orders.totals(cart.of(world.remi))
    assert (sums.net_cents, sums.vat_cents, sums.monthly_cents) == (11900, 0, 1290)


def test_what_a_line_was_made_from_is_kept_with_it(world):  # data.md e
    line = cart.add(world.completo, 10, world.remi, NOON)
    Price.update(cents=9999).execute()
    kept = OrderLine.get_by_id(line.id)
    assert prices.locked(kept).cost(10) == Offer(world.completo, 2490, 6000, 10).cost(10)
    assert kept.unit_cents == 2490


def test_a_cart_has_an_end(world, monkeypatch):
    monkeypatch.setattr(cart, "MOST_LINES", 2)
    for _ in range(2):
        cart.add(world.light, 1, world.remi, NOON)
    with pytest.raises(Refused):
        cart.add(world.light, 1, world.remi, NOON)


def test_a_stock_movement_makes_a_licence_ones_own_even_when_all_are_in_use(world):
    stocked(world, world.completo, 1)
    assert StockMovement.select().count() == 1
    assert cart.in_stock(world.alpha, world.extra) == [world.completo]
    assert Fit.select().where(Fit.product == world.extra).count() == 2
