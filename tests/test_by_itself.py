"""Small orders are approved automatically: once, in the approver's name, with all an approval does (rules.md P)."""

import pytest

from lic.models import Charge, Event, Invoice, Mail, Operation, Order, OrderState, StockMovement, Terms, tx
from lic.rules import cart, journal, orders, parameters, stock, wishes
from tests.conftest import NOON, TODAY, a_user
from tests.subscriptions import ANNUAL, sold
from tests.test_orders_threads import together


def limit(world, amount):
    parameters.change(world.europe, {"auto_approve_limit": amount}, world.diane, NOON)
    world.remi, world.alpha = world.remi.again(), world.alpha.again()


def place(world, product=None, key="key", by=None, quantity=1, **given):
    by = by or world.remi
    cart.add(product or world.light, quantity, by, NOON, **given)
    return orders.place(by, NOON, key, [row.id for row in Terms.select()], orders.totals(cart.of(by)).seen)


def kinds(order):
    return [event.kind for event in reversed(journal.history(order))]


def test_by_default_every_order_waits(world):  # auto_approve_limit=0
    assert place(world).state is OrderState.SUBMITTED
    assert not Charge.select().exists()


@pytest.mark.parametrize(
    "amount, state", [("42.89", OrderState.SUBMITTED), ("42.90", OrderState.COMPLETED), ("0", OrderState.SUBMITTED)]
)
def test_the_limit_counts_set_up_and_the_first_month_without_vat(world, amount, state):  # 001-21: 30.00 + 12.90
    limit(world, amount)
    assert place(world).state is state


def test_it_does_all_an_approval_does(world):  # S, 000-24, 004-08
    limit(world, "100")
    order = place(world)
    assert (order.state, order.approver, order.decided_by, order.decided_on) == (
        *(OrderState.COMPLETED, world.diane, world.diane),
        TODAY,
    )
    assert stock.balance(world.alpha, world.light) == 1
    assert Charge.select().count() == 2 and Invoice.get().order == order
    assert kinds(order) == ["order.submitted", "order.approved"]
    approved = journal.history(order)[0]
    assert approved.after["by_itself"] and approved.by == world.diane and "instead_of" not in approved.after
    letters = [(mail.letter, mail.user) for mail in Mail.select().order_by(Mail.id)]
    assert ("order_recap", world.remi) in letters and ("order_status", world.remi) in letters
    assert not [letter for letter, _ in letters if letter == "order_approval"]  # nobody is asked any more


def test_the_history_says_that_it_was_automatic(world, visit):
    limit(world, "100")
    order = place(world)
    page = visit(world.remi).get(f"/orders/{order.number}").text
    assert "Approved automatically, in the name of Diane Garnier: its total is within the limit." in page
    assert visit(world.diane).post(f"/orders/{order.number}/approval").status_code == 422


def test_the_buyer_is_told_at_once(world, visit):
    limit(world, "100")
    browser = visit(world.remi)
    browser.post("/cart/lines", data={"product": world.light.id, "quantity": "1"})
    lines = cart.lines(cart.of(world.remi))
    given = {"key": "k", "seen": cart.Totals.of(lines).seen, "line": [str(line.id) for line in lines]}
    given["terms"] = [str(row.id) for row in Terms.select()]
    assert browser.post("/orders", data=given).location == "/orders"
    (order,) = Order.select()
    assert order.state is OrderState.COMPLETED
    assert f"Order no. {order.number} is approved." in browser.get("/orders").text


def test_not_before_a_second_administrator_has_confirmed(world):  # 001-24..27
    with tx():
        world.alpha.reseller_approval = True
        world.alpha.save()
        second = a_user(world.alpha, "Sonia Second")
    limit(world, "100")
    order = place(world)
    assert order.state is OrderState.TO_CONFIRM and not StockMovement.select().exists()
    assert orders.confirm(order, second, NOON).state is OrderState.COMPLETED
    assert kinds(order) == ["order.to_confirm", "order.submitted", "order.approved"]


def test_a_price_list_may_ask_every_reseller_to_confirm(world):  # reseller_approval, P
    with tx():
        second = a_user(world.alpha, "Sonia Second")
    parameters.change(world.europe, {"reseller_approval": "on"}, world.diane, NOON)
    world.remi, world.marc = world.remi.again(), world.marc.again()
    order = place(world)
    assert order.state is OrderState.TO_CONFIRM
    assert orders.confirm(order, second, NOON).state is OrderState.SUBMITTED
    assert place(world, by=world.marc, key="m").state is OrderState.SUBMITTED  # a direct customer is no reseller


def test_what_was_asked_about_waits_for_a_person(world):  # a question was asked: somebody looks at it
    order = place(world)
    orders.ask(order, "Sure?", world.diane, NOON)
    limit(world, "100")
    assert orders.answer(order.again(), "Yes", world.remi, NOON).state is OrderState.SUBMITTED


def test_what_cannot_be_carried_out_waits_with_nothing_done(world, monkeypatch):
    limit(world, "100")

    def refuse(line, by, at):
        raise orders.Refused(orders.Reason("Not now."))

    monkeypatch.setattr(stock, "purchase", refuse)
    order = place(world)
    assert order.again().state is OrderState.SUBMITTED
    assert kinds(order) == ["order.submitted"] and not Charge.select().exists()
    assert [mail.letter for mail in Mail.select() if mail.user == world.diane] == ["order_approval"]


def test_an_order_without_the_cart_too(world):  # 000-58
    w = sold(world)
    limit(w, "400")
    found = wishes.preview(w.remi, Operation.SUBSCRIBE, TODAY, product=w.dwa, type=ANNUAL, quantity=10)
    seen, terms = wishes.totals_of(found, w.alpha).seen, [row.id for row in Terms.select()]
    given = {"product": w.dwa, "type": ANNUAL, "quantity": 10}
    order = wishes.order_now(Operation.SUBSCRIBE, w.remi, NOON, "k", terms, seen, **given)
    assert order.state is OrderState.COMPLETED


def test_a_double_click_and_an_approver_meet_one_approval(world):  # X16: never approved twice
    limit(world, "100")
    cart.add(world.light, 1, world.remi, NOON)
    seen, terms = orders.totals(cart.of(world.remi)).seen, [row.id for row in Terms.select()]
    placing = lambda: orders.place(world.remi, NOON, "key", terms, seen)  # noqa: E731

    def approving():
        order = Order.get_or_none(Order.state != OrderState.CART)
        return order and orders.approve(order, world.ines, NOON)

    answers = together(*[placing] * 4, *[approving] * 4)
    assert len({answer.id for answer in answers if isinstance(answer, Order)}) == 1
    (order,) = Order.select()
    assert order.state is OrderState.COMPLETED
    assert stock.balance(world.alpha, world.light) == 1 and Invoice.select().count() == 1
    assert Event.select().where(Event.kind == "order.approved").count() == 1


def test_those_who_confirm_at_once_meet_one_approval(world):
    with tx():
        world.alpha.reseller_approval = True
        world.alpha.save()
        others = [a_user(world.alpha, f"Second{n} Alpha") for n in range(4)]
    limit(world, "100")
    order = place(world)
    answers = together(*[lambda by=by: orders.confirm(order, by, NOON) for by in others])
    assert sum(isinstance(answer, Order) for answer in answers) == 1
    assert StockMovement.select().count() == 1 and order.again().state is OrderState.COMPLETED
