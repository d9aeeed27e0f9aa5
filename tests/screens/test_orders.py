"""Orders on screen: what each side sees of them and may do, and the letters that tell of it."""

import re
from datetime import date, timedelta

import pytest

from lic import mail
from lic.models import Basis, Mail, Order, OrderState, Price, Terms
from lic.rules import cart, orders, stock
from tests.conftest import NOON, TODAY, a_user, on


def shown(answer):
    return " ".join(answer.get_data(as_text=True).split())


@pytest.fixture
def order(world):
    return an_order(world)


def an_order(world, by=None, at=NOON, product=None, wanted=10, **given):
    by = by or world.remi
    cart.add(product or world.completo, wanted, by, at, **given)
    key = str(Order.select().count())
    return orders.place(by, at, key, [t.id for t in Terms.select()], orders.totals(cart.of(by)).seen)


def letter(app, user, name):
    """The last letter of this kind to somebody, as it would be sent."""
    row = Mail.select().where(Mail.user == user, Mail.letter == name).order_by(Mail.id.desc()).get()
    return mail.compose(app, row, NOON)


def test_the_order_shows_items_quantity_unit_and_total(world, visit, order):  # 000-27
    page = shown(visit(world.remi).get(f"/orders/{order.number}"))
    for words in (
        f"Order no. {order.number}",
        "Pending approval",
        "Gestão Completo",
        "€24.90",
        "set-up €60.00",
        "€600.00",
        "VAT 20%",
        "€720.00",
        "Diane Garnier",
        "until 22/12/2026",
        "Placed by Rémi Durand.",
        "general terms</a> 1.0",
    ):
        assert words in page, words


@pytest.mark.parametrize("who, status", [("lea", 200), ("diane", 200), ("paul", 200), ("anne", 404), ("marc", 404),
                                         ("claire", 403), ("victor", 403)])  # fmt: skip
def test_who_sees_an_order(world, visit, order, who, status):
    assert visit(getattr(world, who)).get(f"/orders/{order.number}").status_code == status


def test_a_cart_is_no_order(world, visit):
    cart.add(world.completo, 1, world.remi, NOON)
    assert visit(world.remi).get("/orders/1").status_code == 404
    assert visit(world.diane).get(f"/orders/{2**63}").status_code == 404


def test_the_approver_sees_the_exact_effect_and_approves(world, visit, order):  # 000-23, 001-26..28
    diane = visit(world.diane)
    page = shown(diane.get(f"/orders/{order.number}"))
    for words in (
        "11 Gestão Completo come into the stock of Alpha.",
        "€600.00 is charged to Alpha at once: €720.00 with VAT.",
        "€74.70 for the days from 22/11/2026 to 30/11/2026, then €249.00 each month.",
    ):
        assert words in page, words
    answer = diane.post(f"/orders/{order.number}/approval")
    assert (answer.status_code, answer.location) == (303, f"/orders/{order.number}")
    page = shown(diane.get(f"/orders/{order.number}"))
    assert "Completed" in page and "Approved by Diane Garnier on 22/11/2026" in page
    assert stock.balance(world.alpha, world.completo) == 11


def test_the_second_is_told_who_was_first(world, visit, order):  # X16
    visit(world.diane).post(f"/orders/{order.number}/approval")
    answer = visit(world.ines).post(f"/orders/{order.number}/rejection", data={"text": "no"})
    assert answer.status_code == 422
    assert answer.headers["HX-Push-Url"] == f"/orders/{order.number}"
    page = shown(answer)  # the order as it now stands
    assert "already handled by Diane Garnier on 22/11/2026" in page and "Approved by Diane Garnier" in page
    assert f'action="/orders/{order.number}/rejection"' not in page


def test_in_the_queue_approving_is_asked_once(world, visit, order):  # interface.md, what cannot be undone
    page = shown(visit(world.diane).get("/approvals"))
    asks = page[page.index('<details class="once"') :]
    assert asks.index("<summary") < asks.index(f'action="/orders/{order.number}/approval"') < asks.index("</details>")
    assert f"Yes, approve no. {order.number}" in asks
    row = shown(visit(world.diane).get("/orders"))
    assert ">View and approve</a>" in row and ">Approve</a>" not in row


def test_who_only_reads_has_no_button_to_press(world, visit):  # X15
    rosa = a_user(world.alpha, "Rosa Lima")
    world.alpha.reseller_approval = True
    world.alpha.save()
    order = an_order(world)
    page = shown(visit(world.lea).get(f"/orders/{order.number}"))
    assert "An administrator of Alpha confirms this order." in page and 'id="confirm-why"' not in page
    orders.confirm(order, rosa, NOON)
    page = shown(visit(world.paul).get(f"/orders/{order.number}"))
    assert "An administrator of the distributor decides on this order." in page and 'id="approve-why"' not in page


def test_another_administrator_is_said_to_have_decided_instead(world, visit, order):
    visit(world.ines).post(f"/orders/{order.number}/approval")
    assert "Approved by Inès Robert, instead of Diane Garnier." in shown(
        visit(world.remi).get(f"/orders/{order.number}")
    )


@pytest.mark.parametrize("who, status", [("paul", 403), ("remi", 403), ("lea", 403), ("anne", 403), ("marc", 403)])
@pytest.mark.parametrize("what", ["approval", "rejection", "question"])
def test_only_the_distributors_administrators_decide(world, visit, order, who, status, what):  # X15
    answer = visit(getattr(world, who)).post(f"/orders/{order.number}/{what}", data={"text": "x"})
    assert answer.status_code == status
    assert order.again().state is OrderState.SUBMITTED


def test_a_question_and_its_answer(world, visit, order):
    diane, remi = visit(world.diane), visit(world.remi)
    diane.post(f"/orders/{order.number}/question", data={"text": "All at the head office?"})
    page = shown(remi.get(f"/orders/{order.number}"))
    assert "Your answer is needed" in page and "“All at the head office?”" in page
    assert remi.post(f"/orders/{order.number}/answer", data={"text": " "}).status_code == 422
    remi.post(f"/orders/{order.number}/answer", data={"text": "Yes <b>all</b>"})
    page = shown(diane.get(f"/orders/{order.number}"))
    assert "“Yes &lt;b&gt;all&lt;/b&gt;”" in page and "If you approve today" in page


def test_a_rejection_tells_its_reason(world, visit, order):
    visit(world.diane).post(f"/orders/{order.number}/rejection", data={"text": "Unknown customer"})
    page = shown(visit(world.remi).get(f"/orders/{order.number}"))
    assert "This order was rejected." in page and "Unknown customer" in page


def test_the_buyer_cancels_after_a_question(world, visit, order):  # 001-26
    remi = visit(world.remi)
    assert "withdrawn for good" in shown(remi.get(f"/orders/{order.number}/cancellation/new"))
    remi.post(f"/orders/{order.number}/cancellation")
    assert "Cancelled" in shown(remi.get(f"/orders/{order.number}"))
    assert "already handled by Rémi Durand" in shown(remi.get(f"/orders/{order.number}/cancellation/new"))
    for who in ("lea", "diane"):
        assert visit(getattr(world, who)).post(f"/orders/{order.number}/cancellation").status_code == 403


def test_a_neighbours_order_is_touched_by_nobody(world, visit, order):
    for what in ("cancellation", "answer", "confirmation", "approval-mail"):
        assert visit(world.anne).post(f"/orders/{order.number}/{what}").status_code == 404


def test_a_new_consent_is_asked_where_the_total_would_rise(world, visit, order):  # R5
    for basis, cents in ((Basis.SETUP, 9900), (Basis.LICENCE_MONTH, 2490)):
        Price.create(
            price_list=world.europe, product=world.completo, basis=basis, cents=cents, valid_from=date(2026, 11, 22)
        )
    Order.update(submitted_on=TODAY - timedelta(days=31)).execute()
    diane, remi = visit(world.diane), visit(world.remi)
    assert "The buyer is asked to accept €990.00, then €249.00 a month." in shown(diane.get(f"/orders/{order.number}"))
    diane.post(f"/orders/{order.number}/approval")
    assert "the buyer is asked to accept it first" in shown(diane.get(f"/orders/{order.number}"))
    page = shown(remi.get(f"/orders/{order.number}"))
    assert "Accept the new total, or cancel the order." in page and "€990.00" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert remi.post(f"/orders/{order.number}/answer", data={"seen": seen}).status_code == 422
    assert remi.post(f"/orders/{order.number}/answer", data={"seen": seen, "consent": "1"}).status_code == 303
    diane.post(f"/orders/{order.number}/approval")
    assert order.again().state is OrderState.COMPLETED


def test_two_steps_show_who_must_confirm(world, visit):  # 001-24..27
    world.alpha.reseller_approval = True
    world.alpha.save()
    rosa = a_user(world.alpha, "Rosa Lima")
    order = an_order(world)
    page = shown(visit(world.remi).get(f"/orders/{order.number}"))
    assert "To confirm" in page and "Rosa Lima" in page and "Another administrator confirms what you ordered." in page
    assert visit(world.remi).post(f"/orders/{order.number}/confirmation").status_code == 422
    assert visit(rosa).post(f"/orders/{order.number}/confirmation").status_code == 303
    assert order.again().state is OrderState.SUBMITTED


# --- letters (000-24, 003-02..04, 004-08) ----------------------------------------------------------


def test_the_orderer_gets_a_recap_that_names_the_approver(app, world, order):  # 000-24, 004-08
    text = letter(app, world.remi, "order_recap")
    assert text.subject == f"Your order no. {order.number}"
    for words in (
        "Its approver is Diane Garnier.",
        "10 licences + 1 free, 33 users",
        "Total with VAT, at approval: €720.00",
    ):
        assert words in text.body, words


def test_the_approver_gets_a_link(app, world, order):  # 003-02
    text = letter(app, world.diane, "order_approval")
    assert f"Order no. {order.number} of Alpha waits for you" == text.subject
    assert "http://localhost/approvals/" in text.body and "72 hours" in text.body


def test_every_decision_is_told_to_the_orderer(app, world, order):  # 003-04
    orders.reject(order, "Unknown <customer>", world.diane, NOON)
    text = letter(app, world.remi, "order_status")
    assert text.subject == f"[New status] Order no. {order.number}"
    assert "Rejected by Diane Garnier." in text.body and "Unknown <customer>" in text.body


def test_the_letter_of_an_approval_says_where_things_are(app, world, order):  # 004-08
    orders.approve(order, world.diane, NOON)
    said = letter(app, world.remi, "order_status").body
    assert "It is carried out. Its licences are in your stock." in said and "extensions" not in said


def test_after_a_colleague_confirmed_the_letter_says_so(app, world):  # 001-27
    rosa = a_user(world.alpha, "Rosa Lima")
    world.alpha.reseller_approval = True
    world.alpha.save()
    order = an_order(world)
    assert "Your order was received." in letter(app, world.remi, "order_recap").body
    orders.confirm(order, rosa, NOON)
    said = letter(app, world.remi, "order_recap").body
    assert "Your order was confirmed by Rosa Lima. It waits for approval now." in said and "received" not in said


def test_letters_are_plain_text_and_never_escaped(app, world):
    world.completo.title = {"en": "R&D <Completo>"}
    world.completo.save()
    an_order(world)
    assert "R&D <Completo>" in letter(app, world.remi, "order_recap").body


def test_the_mail_is_sent_again_from_the_order(world, visit, order):  # 003-03
    for who in ("remi", "diane"):
        answer = visit(getattr(world, who)).post(f"/orders/{order.number}/approval-mail")
        assert answer.status_code == 303
    assert Mail.select().where(Mail.letter == "order_approval", Mail.user == world.diane).count() == 3
    assert visit(world.lea).post(f"/orders/{order.number}/approval-mail").status_code == 403


def test_what_expired_says_so(world, visit, order):
    orders.expire_due(on(TODAY + timedelta(days=31)))
    page = shown(visit(world.remi).get(f"/orders/{order.number}"))
    assert "Expired on 23/12/2026" in page and "nobody decided in time. Nothing was charged." in page


# --- the list (001-24..26) ---------------------------------------------------------------------------


def rows(answer):
    """The rows of a list as text."""
    return [part.split("</tr>")[0] for part in shown(answer).split("<tr data-href")[1:]]


def test_the_list_shows_number_pend_situation_date_and_total(world, visit, order):  # 001-24, 001-25
    page = shown(visit(world.remi).get("/orders"))
    headings = ["Order no.", "Situation", "Date", "Total without VAT"]
    assert re.findall(r'<a class="sort"[^>]*>([^<]+)<svg', page) == headings
    (row,) = rows(visit(world.remi).get("/orders"))
    assert f'>{order.number}</a><span class="sub">(PEND)</span>' in row
    for words in (f">{order.number}</a>", "(PEND)", "Pending approval", "22/11/2026", "€849.00", "Cancel order"):
        assert words in row, words
    assert "Alpha" not in row and ">Approve</a>" not in row
    orders.approve(order, world.diane, NOON)
    (row,) = rows(visit(world.remi).get("/orders"))
    assert "(PEND)" not in row and "Completed" in row and "Cancel order" not in row


def test_the_distributor_sees_who_buys_and_may_approve(world, visit, order):  # 001-26
    (row,) = rows(visit(world.diane).get("/orders"))
    assert "Alpha" in row and f'href="/orders/{order.number}#decision"' in row and "Cancel order" not in row
    (row,) = rows(visit(world.paul).get("/orders"))
    assert "#decision" not in row


def test_each_buyer_sees_its_own_orders(world, visit, order):
    an_order(world, by=world.marc)
    assert len(rows(visit(world.diane).get("/orders"))) == 2
    for who, seen in (("remi", 1), ("lea", 1), ("marc", 1), ("anne", 0)):
        assert len(rows(visit(getattr(world, who)).get("/orders"))) == seen


def test_the_list_is_searched_filtered_and_sorted(world, visit, order):
    second = an_order(world, product=world.light, wanted=1)
    orders.approve(second, world.diane, NOON)
    remi = visit(world.remi)
    assert [str(second.number) in row for row in rows(remi.get("/orders"))] == [True, False]
    for asked in ("q=light", "state=completed", "waiting=done", f"q={second.number}", "q=completed"):
        (row,) = rows(remi.get(f"/orders?{asked}"))
        assert str(second.number) in row, asked
    assert str(second.number) in rows(remi.get("/orders?sort=total"))[0]
    assert "Nothing fits your search" in shown(remi.get("/orders?q=nothing-like-it"))
    assert remi.get("/orders?sort=password").status_code == 400
    assert remi.get("/orders?state=cart").status_code == 400


def test_what_is_found_is_exported(world, visit, order):
    an_order(world, by=world.anne)
    text = visit(world.remi).get("/orders/export.csv").get_data(as_text=True)
    assert f'"{order.number}","Pending approval","22/11/2026","849.00","EUR"' in text and "Béta" not in text
    assert "Béta" in visit(world.diane).get("/orders/export.csv").get_data(as_text=True)
    assert visit(world.remi).get("/orders/export.xlsx").data[:2] == b"PK"
    assert visit(world.remi).get("/orders/export.pdf").status_code == 404
