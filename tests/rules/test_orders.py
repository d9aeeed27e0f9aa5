"""Orders: placed once, decided once, and what an approval writes."""

from datetime import date, timedelta

import pytest

from lic.models import (
    Basis,
    Charge,
    Consent,
    Event,
    Mail,
    Notification,
    Order,
    OrderState,
    Price,
    StockMovement,
    Terms,
    UserType,
)
from lic.rules import Refused, approvals, cart, contracts, journal, orders, stock
from tests.conftest import NOON, TODAY, a_user, on


def terms():
    return [row.id for row in Terms.select()]


def placed(world, by=None, key="key", product=None, wanted=10, at=NOON, **given):
    by = by or world.remi
    cart.add(product or world.completo, wanted, by, at, **given)
    return orders.place(by, at, key, terms(), orders.totals(cart.of(by)).seen)


def letters(user, letter=None):
    query = Mail.select().where(Mail.user == user)
    return [mail.letter for mail in (query.where(Mail.letter == letter) if letter else query).order_by(Mail.id)]


def drawer(user):
    rows = Notification.select(Notification, Event).join(Event).where(Notification.user == user)
    return [row.event.kind for row in rows.order_by(Notification.id)]


def dearer(world, cents=9900):
    Price.create(
        price_list=world.europe,
        product=world.completo,
        basis=Basis.SETUP,
        cents=cents,
        valid_from=date(2026, 11, 23),
    )


# --- placing ---------------------------------------------------------------------------------


def test_a_cart_becomes_an_order_that_waits_for_a_named_person(world):  # 000-23, 001-25
    order = placed(world)
    assert order.state is OrderState.SUBMITTED and order.state.is_pending
    assert order.approver == world.diane
    assert (order.net_cents, order.monthly_cents) == (60000, 24900)
    assert cart.of(world.remi) is None


def test_without_a_named_approver_the_distributors_administrator_is(world):
    world.alpha.approver = None
    world.alpha.save()
    assert placed(world).approver == world.diane


def test_the_same_form_sent_twice_makes_one_order(world):  # safety.md 28
    order = placed(world)
    assert orders.place(world.remi, NOON, "key", terms(), "x") == order
    assert Order.select().count() == 1
    assert Event.select().where(Event.kind == "order.submitted").count() == 1


def test_two_peoples_keys_never_meet(world):
    assert placed(world, key="1") != placed(world, by=world.anne, key="1")


def test_an_empty_cart_cannot_be_placed(world):
    with pytest.raises(Refused):
        orders.place(world.remi, NOON, "key", terms(), "0-0-0")


def test_every_term_that_applies_must_be_accepted(world):  # 000-19, 004-07
    cart.add(world.completo, 1, world.remi, NOON)
    seen = orders.totals(cart.of(world.remi)).seen
    for accepted in ([], terms()[:1]):
        with pytest.raises(Refused):
            orders.place(world.remi, NOON, "key", accepted, seen)
    order = orders.place(world.remi, NOON, "key", terms(), seen)
    assert {consent.terms_id for consent in Consent.select()} == set(terms())
    assert all(consent.by == world.remi and consent.order == order for consent in Consent.select())


def test_a_price_that_changed_is_shown_and_asked_again(world):
    cart.add(world.completo, 10, world.remi, NOON)
    seen = orders.totals(cart.of(world.remi)).seen
    dearer(world)
    tomorrow = on(TODAY + timedelta(days=1))
    with pytest.raises(orders.PricesChanged):
        orders.place(world.remi, tomorrow, "key", terms(), seen)
    assert cart.count(world.remi) == 1
    now = cart.Totals.of(cart.current(cart.of(world.remi), tomorrow.day)).seen
    assert orders.place(world.remi, tomorrow, "key", terms(), now).net_cents == 99000


def test_both_sides_get_their_mail(world):  # 000-24, 004-08, 003-02
    placed(world)
    assert letters(world.diane) == ["order_approval"] and drawer(world.diane) == ["order.submitted"]
    assert letters(world.remi) == ["order_recap"] and drawer(world.remi) == []
    assert letters(world.ines) == []


# --- approving -------------------------------------------------------------------------------


def test_approval_puts_the_licences_into_stock_bonus_included(world):  # 001-27, 001-28, X11
    order = orders.approve(placed(world), world.diane, NOON)
    assert order.state is OrderState.COMPLETED
    assert (order.decided_by, order.decided_on) == (world.diane, TODAY)
    assert stock.balance(world.alpha, world.completo) == 11
    assert letters(world.remi) == ["order_recap", "order_status"]  # 003-04
    assert drawer(world.remi) == ["order.approved"]


def test_approval_writes_the_set_up_fee_and_the_first_month_by_day(world):  # rules.md O, Licences in stock
    orders.approve(placed(world), world.diane, NOON)
    setup, month = Charge.select().order_by(Charge.id)
    assert (setup.kind, setup.quantity, setup.net_cents, setup.bill_to) == ("setup", 10, 60000, world.alpha)
    assert (month.kind, month.quantity, month.net_cents) == ("licences", 10, 7470)  # 9 of 30 days of 249.00
    assert (month.from_on, month.to_on) == (TODAY, date(2026, 11, 30))
    assert (month.numerator, month.denominator, month.tax_rate_bp, month.invoice) == (9, 30, 2000, None)


def test_a_product_without_set_up_fee_charges_none(world):
    orders.approve(placed(world), world.diane, NOON)
    users = placed(world, key="2", product=world.extra, wanted=2, for_product=world.completo)
    orders.approve(users, world.diane, NOON)
    assert [c.kind for c in Charge.select().where(Charge.order_line == cart.lines(users)[0])] == ["licences"]
    assert stock.additional_users(world.alpha, world.completo) == 2


def test_approval_extends_the_contract_from_its_own_end(world):  # X13, R6, 002-29
    order = placed(world, product=world.extension, wanted=1, contract=world.contract)
    orders.approve(order, world.diane, NOON)
    contract = world.contract.again()
    assert (contract.ends_on, contract.extended_months) == (date(2030, 12, 31), 24)
    (charge,) = Charge.select()
    assert (charge.kind, charge.net_cents) == ("extension", 8900)
    assert (charge.from_on, charge.to_on) == (date(2029, 1, 1), date(2030, 12, 31))
    assert contracts.coverages(contract)[0].order_line == cart.lines(order)[0].id


def test_an_extension_ordered_in_time_is_approved_later_all_the_same(world):  # 003-05
    ended = world.contract
    ended.ends_on = TODAY - timedelta(days=10)
    ended.save()
    order = placed(world, product=world.extension, wanted=1, contract=ended)
    orders.approve(order, world.diane, on(TODAY + timedelta(days=5)))
    assert ended.again().extended_months == 24


def test_a_contract_that_changed_hands_is_not_extended_for_its_former_seller(world):
    order = placed(world, product=world.extension, wanted=1, contract=world.contract)
    world.contract.reseller, world.contract.customer = world.beta, world.voisin
    world.contract.save()
    with pytest.raises(Refused):
        orders.approve(order, world.diane, NOON)
    assert order.again().state is OrderState.SUBMITTED and not Charge.select().count()


def test_what_fails_half_way_leaves_nothing(world, monkeypatch):
    order = placed(world)
    monkeypatch.setattr(stock, "purchase", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        orders.approve(order, world.diane, NOON)
    assert order.again().state is OrderState.SUBMITTED
    assert not Charge.select().count() and not StockMovement.select().count()
    assert letters(world.remi) == ["order_recap"]


def test_another_administrator_may_approve_and_it_says_instead_of_whom(world):  # rules.md S
    order = orders.approve(placed(world), world.ines, NOON)
    event = journal.history(order)[0]
    assert event.by == world.ines and event.after["instead_of"] == "Diane Garnier"


@pytest.mark.parametrize("who", ["paul", "remi", "lea", "anne", "claire", "marc"])
def test_nobody_else_decides(world, who):  # 000-23, X15
    order = placed(world)
    for verb in (
        lambda by: orders.approve(order, by, NOON),
        lambda by: orders.reject(order, "no", by, NOON),
        lambda by: orders.ask(order, "why?", by, NOON),
    ):
        with pytest.raises(Refused):
            verb(getattr(world, who))
    assert order.again().state is OrderState.SUBMITTED


def test_never_the_person_who_bought(world):
    order = placed(world)
    Order.update(placed_by=world.ines.id).execute()
    with pytest.raises(Refused):
        orders.approve(order.again(), world.ines, NOON)


@pytest.mark.parametrize("second", ["approve", "reject", "ask", "cancel"])
def test_the_second_decision_is_told_about_the_first(world, second):  # X16
    order = placed(world)
    orders.approve(order, world.diane, NOON)
    attempt = {
        "approve": lambda: orders.approve(order, world.ines, NOON),
        "reject": lambda: orders.reject(order, "no", world.ines, NOON),
        "ask": lambda: orders.ask(order, "why?", world.ines, NOON),
        "cancel": lambda: orders.cancel(order, world.remi, NOON),
    }[second]
    with pytest.raises(Refused) as refused:
        attempt()
    assert refused.value.reason.values["who"] == world.diane
    assert refused.value.reason.values["when"] == NOON.at
    assert stock.balance(world.alpha, world.completo) == 11


# --- questions, rejection, the end ---------------------------------------------------------------


def test_a_question_is_asked_and_answered(world):
    order = orders.ask(placed(world), "All at the head office?", world.diane, NOON)
    assert order.state is OrderState.INFO_REQUESTED
    assert drawer(world.remi) == ["order.info_requested"]
    with pytest.raises(Refused):
        orders.approve(order, world.diane, NOON)
    for nothing in ("", "   ", None):
        with pytest.raises(Refused):
            orders.answer(order, nothing, world.remi, NOON)
    with pytest.raises(Refused):
        orders.answer(order, "yes", world.lea, NOON)
    order = orders.answer(order, "Yes, all.", world.remi, NOON)
    assert order.state is OrderState.SUBMITTED
    assert letters(world.diane) == ["order_approval"] * 2
    assert journal.history(order)[0].after["text"] == "Yes, all."


def test_a_rejection_has_a_reason(world):
    order = placed(world)
    with pytest.raises(Refused):
        orders.reject(order, " ", world.diane, NOON)
    with pytest.raises(Refused):
        orders.reject(order, "x" * 2001, world.diane, NOON)
    order = orders.reject(order, "Unknown customer", world.diane, NOON)
    assert (order.state, order.reason) == (OrderState.REJECTED, "Unknown customer")
    assert not Charge.select().count() and letters(world.remi)[-1] == "order_status"


def test_the_buyer_may_withdraw_it_until_it_is_decided(world):
    order = orders.cancel(placed(world), world.remi, NOON)
    assert order.state is OrderState.CANCELLED
    assert "order_status" in letters(world.diane)
    asked = orders.ask(placed(world, key="2"), "?", world.diane, NOON)
    with pytest.raises(Refused):
        orders.cancel(asked, world.anne, NOON)
    assert orders.cancel(asked, world.remi, NOON).state is OrderState.CANCELLED


def test_an_order_waits_thirty_days(world):  # rules.md P, order_ttl_days
    order = placed(world)
    assert orders.expire_due(on(TODAY + timedelta(days=30))) == 0
    assert orders.expire_due(on(TODAY + timedelta(days=31))) == 1
    assert orders.expire_due(on(TODAY + timedelta(days=31))) == 0
    assert order.again().state is OrderState.EXPIRED
    assert journal.history(order)[0].by_id is None
    assert drawer(world.remi) == ["order.expired"]


def test_a_price_list_may_let_its_orders_wait_longer(world):
    world.europe.parameters = {"order_ttl_days": 60}
    world.europe.save()
    placed(world)
    assert orders.expire_due(on(TODAY + timedelta(days=60))) == 0
    assert orders.expire_due(on(TODAY + timedelta(days=61))) == 1


# --- prices held (R5) ------------------------------------------------------------------------------


def test_prices_are_held_for_thirty_days(world):  # R5
    order = placed(world)
    dearer(world)
    assert orders.held_until(order) == date(2026, 12, 22)
    done = orders.approve(order, world.diane, on(date(2026, 12, 22)))
    assert (done.state, done.net_cents) == (OrderState.COMPLETED, 60000)


def test_where_the_total_would_rise_the_buyer_is_asked_again(world):  # R5
    order = placed(world)
    dearer(world)
    late = on(date(2026, 12, 23))
    assert approvals.would_rise(order, late.day).net_cents == 99000
    order = orders.approve(order, world.diane, late)
    assert order.state is OrderState.INFO_REQUESTED and order.asks_consent
    assert not Charge.select().count() and not StockMovement.select().count()
    with pytest.raises(Refused):
        orders.answer(order, "fine", world.remi, late)
    with pytest.raises(Refused):
        orders.answer(order, "fine", world.remi, late, seen="60000-12000-24900")
    order = orders.answer(order, "", world.remi, late, seen=orders.totals(order).seen)
    assert order.state is OrderState.SUBMITTED and not order.asks_consent
    order = orders.approve(order, world.diane, late)
    assert (order.state, order.net_cents) == (OrderState.COMPLETED, 99000)


def test_a_total_that_fell_is_charged_as_it_is(world):  # R5
    order = placed(world)
    dearer(world, cents=5000)
    order = orders.approve(order, world.diane, on(date(2026, 12, 23)))
    assert (order.state, order.net_cents) == (OrderState.COMPLETED, 50000)
    assert Charge.get(Charge.kind == "setup").net_cents == 50000


# --- two steps (001-24..27) ------------------------------------------------------------------------


@pytest.fixture
def two_steps(world):
    world.alpha.reseller_approval = True
    world.alpha.save()
    world.rosa = a_user(world.alpha, "Rosa Lima")
    return world


def test_with_two_steps_another_administrator_confirms_first(two_steps):  # 001-24..27
    world = two_steps
    order = placed(world)
    assert order.state is OrderState.TO_CONFIRM and order.state.is_pending
    assert letters(world.rosa) == ["order_approval"] and letters(world.diane) == []
    for who in (world.remi, world.lea, world.diane, world.anne):
        with pytest.raises(Refused):
            orders.confirm(order, who, NOON)
    with pytest.raises(Refused):
        orders.approve(order, world.diane, NOON)
    order = orders.confirm(order, world.rosa, NOON)
    assert order.state is OrderState.SUBMITTED
    assert letters(world.diane) == ["order_approval"] and drawer(world.remi) == ["order.submitted"]
    with pytest.raises(Refused) as refused:
        orders.confirm(order, world.rosa, NOON)
    assert refused.value.reason.values["who"] == world.rosa
    assert orders.approve(order, world.diane, NOON).state is OrderState.COMPLETED


def test_two_steps_need_two_people(world):
    world.alpha.reseller_approval = True
    world.alpha.save()
    assert world.lea.type is UserType.BASIC
    with pytest.raises(Refused):
        placed(world)


def test_an_order_to_confirm_can_be_cancelled(two_steps):  # 001-26
    order = placed(two_steps)
    assert orders.cancel(order, two_steps.rosa, NOON).state is OrderState.CANCELLED


# --- the mail sent again, and the preview ----------------------------------------------------------


def test_the_approval_mail_is_sent_again_to_who_decides_next(world):  # 003-03
    order = placed(world)
    approvals.remind(order, world.remi, NOON)
    assert letters(world.diane) == ["order_approval"] * 2
    for who in (world.lea, world.paul, world.anne):
        with pytest.raises(Refused):
            approvals.remind(order, who, NOON)
    orders.approve(order, world.diane, NOON)
    with pytest.raises(Refused):
        approvals.remind(order, world.remi, NOON)


def test_the_preview_says_what_the_approval_then_writes(world):  # architecture.md 5
    order = placed(world)
    values = [reason.values for _, reason in approvals.effects(order, TODAY)]
    assert values[0]["count"] == 11
    assert values[1]["gross"].amount == 720
    assert values[2]["start"] == TODAY
    orders.approve(order, world.diane, NOON)
    assert values[2]["first"].amount * 100 == Charge.get(Charge.kind == "licences").net_cents


@pytest.mark.parametrize("limit, asks", [(None, True), (848.99, True), (849, False)])
def test_above_the_limit_a_link_asks_to_log_in(world, limit, asks):  # rules.md Q, Approval by mail link
    if limit is not None:
        world.europe.parameters = {"link_approval_limit": limit}
        world.europe.save()
    assert approvals.asks_to_log_in(placed(world)) is asks
