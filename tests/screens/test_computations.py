"""Each line says how it was computed: in the copied order and in the letters about an order (R4, 000-21, 004-08)."""

import re
from datetime import date
from html import unescape

import pytest

from lic.models import Operation, Terms
from lic.rules import cart, orders, wishes
from tests.conftest import NOON
from tests.letters import letters, read
from tests.subscribed import bought
from tests.subscriptions import TERM, sold


@pytest.fixture
def w(world):
    return sold(world)


def asked(w):
    """Five seats more of Annual A, and a term of 18 months, in the cart (X3, X6)."""
    annual = bought(w)
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=annual, quantity=5)
    given = {"product": w.dwa, "type": TERM, "quantity": 10, "months": 18, "starts_on": date(2026, 12, 1)}
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, **given)


def body(app, person, name):
    return read(app, letters(person.email, name)[-1]).body


COMPUTED = (
    "5 × €36.00 ÷ 12 × 4 started months = €60.00, 22/11/2026 – 14/03/2027",
    "10 × €4.00 × 18 months − 5% = €684.00, 01/12/2026 – 31/05/2028",
)


def test_the_copied_order_has_the_computation_of_each_line(w, visit):  # 000-21
    asked(w)
    page = unescape(visit(w.remi).get("/cart").text)
    copied = re.search(r'<textarea id="order-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    for words in COMPUTED:
        assert words in copied


def test_the_letters_about_an_order_have_it_too(app, w):  # 004-08, 003-02, 003-04
    asked(w)
    accepted, seen = [row.id for row in Terms.select()], orders.totals(cart.of(w.remi)).seen
    order = orders.place(w.remi, NOON, "k", accepted, seen)
    for person, name in ((w.remi, "order_recap"), (w.diane, "order_approval")):
        for words in COMPUTED:
            assert words in body(app, person, name)
    orders.approve(order, w.diane, NOON)
    assert COMPUTED[0] in body(app, w.remi, "order_status")
