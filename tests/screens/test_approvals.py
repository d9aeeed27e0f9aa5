"""Approvals: the distributor's queue, and the page behind a mail link, where only a person's POST decides."""

from datetime import timedelta

import pytest

from lic.mail import compose
from lic.models import Mail, MailedLink, Order, OrderState, Setting, User, tx
from lic.rules import approvals, deciders, links, orders, stock
from tests.conftest import NOON, a_user
from tests.lists import behaves, exported, found
from tests.screens.test_orders import an_order, shown


@pytest.fixture
def order(world):
    return an_order(world)


@pytest.fixture
def open_links(world):
    """An installation whose mailed links decide without logging in."""
    with tx():
        return Setting.create(name="parameters", value={"link_approval_limit": 10000})


def a_link(order, user, at=NOON):
    return links.path("approval", links.make("approval", user=user, subject={"order": order.id}, at=at))


def test_the_queue_shows_what_waits_since_when_and_what_approving_does(world, visit, order):  # 000-23
    page = shown(visit(world.diane).get("/approvals"))
    for words in (str(order.number), "Alpha", "22/11/2026", "11 Gestão Completo come into the stock", "€600.00"):
        assert words in page, words
    orders.approve(order, world.diane, NOON)
    assert "Nothing waits for a decision" in shown(visit(world.diane).get("/approvals"))


@pytest.mark.parametrize("who, status", [("ines", 200), ("paul", 200), ("remi", 403), ("claire", 403), ("marc", 403)])
def test_the_queue_is_the_distributors(world, visit, order, who, status):
    assert visit(getattr(world, who)).get("/approvals").status_code == status


def test_the_one_who_only_reads_sees_why_there_is_no_button(world, visit, order):  # X15
    page = shown(visit(world.paul).get("/approvals"))
    assert "An administrator of the distributor decides" in page and '/approval"' not in page


def test_looking_at_a_link_changes_nothing(world, visit, order, open_links):  # X16, safety.md 13
    link = a_link(order, world.diane)
    for _ in range(3):
        page = shown(visit().get(link))
        assert "You decide as Diane Garnier." in page and "€720.00" in page
    assert order.again().state is OrderState.SUBMITTED
    assert MailedLink.get().used_at is None


def test_the_first_post_decides_and_the_second_is_told(world, visit, order, open_links):  # X16
    link = a_link(order, world.diane)
    assert visit().post(f"{link}/approval").status_code == 303
    assert order.again().state is OrderState.COMPLETED
    for what in ("approval", "rejection"):
        answer = visit().post(f"{link}/{what}", data={"text": "no"})
        assert answer.status_code == 422
        assert "already handled by Diane Garnier on 22/11/2026" in shown(answer)
    answer = visit().get(link)
    assert answer.status_code == 410 and "already handled by Diane Garnier" in shown(answer)
    assert stock.balance(world.alpha, world.completo) == 11


def test_a_second_link_is_told_too(world, visit, order, open_links):  # 003-03
    first, second = a_link(order, world.diane), a_link(order, world.diane)
    visit().post(f"{first}/rejection", data={"text": "Not now"})
    assert order.again().reason == "Not now"
    assert "already handled by" in shown(visit().post(f"{second}/approval"))


def test_a_rejection_by_link_needs_its_reason(world, visit, order, open_links):
    link = a_link(order, world.diane)
    assert visit().post(f"{link}/rejection", data={"text": " "}).status_code == 422
    assert order.again().state is OrderState.SUBMITTED
    assert MailedLink.get().used_at is None
    assert visit().post(f"{link}/approval").status_code == 303


def test_an_expired_link_asks_to_log_in(world, visit, order, open_links):  # rules.md Q
    link = a_link(order, world.diane)
    MailedLink.update(expires_at=NOON.utc - timedelta(days=400)).execute()
    answer = visit().get(link)
    assert answer.status_code == 410
    assert "expired" in shown(answer) and f"/login?next=/orders/{order.number}" in shown(answer)
    assert visit().post(f"{link}/approval").status_code == 422
    assert order.again().state is OrderState.SUBMITTED


@pytest.mark.parametrize(("limit", "said"), [(0, "once you have logged in"), (10000, "and for one decision")])
def test_the_letter_says_whether_one_has_to_log_in_to_decide(app, world, limit, said):  # 003-02
    with tx():
        User.update(language="en").execute()
        Setting.create(name="parameters", value={"link_approval_limit": limit})
    an_order(world)
    assert said in compose(app, Mail.get(Mail.user == world.diane.id), NOON).body


def test_above_the_limit_one_logs_in_first(world, visit, order):  # link_approval_limit, default 0
    link = a_link(order, world.diane)
    page = shown(visit().get(link))
    assert "Log in to decide" in page and "€" not in page and "Gestão" not in page
    assert visit().post(f"{link}/approval").status_code == 422
    assert order.again().state is OrderState.SUBMITTED
    assert "You decide as Diane Garnier." in shown(visit(world.diane).get(link))
    assert visit(world.diane).post(f"{link}/approval").status_code == 303
    assert order.again().state is OrderState.COMPLETED


@pytest.mark.parametrize("who", ["remi", "lea", "anne", "claire", "paul"])
def test_a_link_gives_nobody_more_than_they_have(world, visit, order, who):  # safety.md 26
    link = a_link(order, world.diane)
    browser = visit(getattr(world, who))
    answer = browser.get(link)
    assert (answer.status_code, answer.location) == (303, f"/orders/{order.number}")
    assert browser.post(f"{link}/approval").status_code in (403, 404, 422)
    assert order.again().state is OrderState.SUBMITTED


@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "é"])
def test_a_guessed_link_opens_nothing(world, visit, order, secret):
    assert visit().get(f"/approvals/{secret}").status_code == 422
    assert visit().post(f"/approvals/{secret}/approval").status_code == 422


def test_the_page_behind_a_link_tells_nobody_its_address(world, visit, order, open_links):
    answer = visit().get(a_link(order, world.diane))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_someone_who_left_decides_nothing(world, visit, order, open_links):
    link = a_link(order, world.diane)
    world.diane.active = False
    world.diane.save()
    assert visit().post(f"{link}/approval").status_code == 422
    assert order.again().state is OrderState.SUBMITTED


def test_the_resellers_second_administrator_confirms_by_link(world, visit, open_links):  # 001-24..27, rules.md Q
    world.alpha.reseller_approval = True
    world.alpha.save()
    rosa = a_user(world.alpha, "Rosa Lima")
    order = an_order(world)
    assert deciders.of(order) == [rosa]
    link = a_link(order, rosa)
    assert ">Confirm</button>" in shown(visit().get(link)).replace("</svg>", ">")
    assert visit().post(f"{link}/rejection", data={"text": "no"}).status_code == 422
    assert visit().post(f"{link}/approval").status_code == 303
    assert order.again().state is OrderState.SUBMITTED
    assert "already handled by Rosa Lima" in shown(visit().post(f"{link}/approval"))
    assert Order.get().approver == world.diane and approvals.count() == 1


def test_the_queue_is_a_list_like_every_other(world, visit, order):
    browser = visit(world.diane)
    assert behaves(browser, "/approvals", most=14) == ["number", "buyer", "submitted_at", "net_cents"]
    later = an_order(world)
    address = [f"/orders/{one.number}" for one in (order, later)]
    assert found(browser.get("/approvals")) == address  # the oldest first
    assert found(browser.get("/approvals?sort=-number")) == address[::-1]
    for q in (str(order.number), "alpha", "remi", "22/11/2026", "600"):
        assert address[0] in found(browser.get(f"/approvals?q={q}")), q
    assert found(browser.get("/approvals?q=zzz")) == []
    assert found(visit(world.paul).get("/approvals?whose=mine")) == []
    assert found(browser.get("/approvals?whose=mine")) == address
    assert exported(browser, "/approvals?sort=number")[1][:2] == [str(order.number), "Alpha"]
