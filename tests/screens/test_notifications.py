"""The bell, the drawer and the page of notifications (002-52 to 002-54)."""

import re
from datetime import date, timedelta

import pytest

from lic.models import EVERYBODY, Notification, SignIn, scope, tx
from lic.rules import journal
from lic.rules.journal import Tell
from lic.web import clock
from tests.conftest import HTMX, NOON, on


@pytest.fixture
def told(world, monkeypatch):
    """Rémi hears of a contract of his that was extended."""
    monkeypatch.setitem(journal.TELLS, "contract.extended", (Tell(lambda contract, event: [world.remi]),))
    return tell(world)


def tell(world, at=NOON, contract=None, ends_on="2030-12-31"):
    journal.record("contract.extended", contract or world.contract, world.diane, at, after={"ends_on": ends_on})
    return Notification.select().order_by(Notification.id.desc()).get()


def test_the_bell_says_how_many_are_unread(world, visit, told):  # 002-52
    assert "1</span>" in bell(visit(world.remi).get("/notifications").text)
    assert "count--hot" not in bell(visit(world.lea).get("/notifications").text)


def bell(page):
    return re.search(r'<span id="unread".*?</a>', page, re.DOTALL).group()


def test_the_bell_asks_by_itself_and_is_answered_only_when_its_number_is_wrong(world, visit, told):  # 002-52
    browser = visit(world.remi)
    assert browser.get("/notifications/unread?shown=1", headers=HTMX).status_code == 204
    answer = browser.get("/notifications/unread?shown=0", headers=HTMX)
    assert answer.status_code == 200 and "shown=1" in answer.text and "<html" not in answer.text


def test_what_the_bell_asks_keeps_no_session_alive(world, visit, told):  # safety.md, Session
    browser = visit(world.remi)
    with tx():
        SignIn.update(seen_at=clock.utcnow() - timedelta(minutes=30)).execute()
    browser.get("/notifications/unread?shown=0", headers=HTMX)
    assert SignIn.get().seen_at < clock.utcnow() - timedelta(minutes=29)
    browser.get("/notifications")
    assert SignIn.get().seen_at > clock.utcnow() - timedelta(minutes=1)


def test_when_the_session_has_ended_the_bell_leaves_the_page_alone(world, visit):
    answer = visit().get("/notifications/unread?shown=0", headers=HTMX)
    assert answer.status_code == 204 and "HX-Redirect" not in answer.headers


def test_a_line_says_what_happened_to_what_and_when(world, visit, told):  # 002-54
    page = visit(world.remi).get("/notifications").text
    assert "[Extension] Contract no. 29962" in page
    assert "Extended: protected until 31/12/2030." in page
    assert "22/11/2026 12:00" in page  # noon UTC+1 in Paris
    assert "unread</span>" in page


def test_the_drawer_is_the_same_without_the_page_around_it(world, visit, told):  # 002-53
    drawer = visit(world.remi).get("/notifications", headers=HTMX)
    assert "<html" not in drawer.text and "[Extension] Contract no. 29962" in drawer.text
    assert 'id="drawer-title"' in drawer.text and drawer.headers["HX-Trigger"] == "unread"


def test_lines_stand_under_their_day(world, visit, told):
    for days in (30, 5, 1, 0):
        tell(world, on(date(2026, 11, 22) - timedelta(days=days)))
    with tx():
        told.delete_instance()
    page = visit(world.remi).get("/notifications").text
    assert re.findall(r'class="notice-day">(.*?)<', page) == ["Today", "Yesterday", "Last 7 days", "Older"]


def test_a_line_leads_to_the_thing_and_is_read_from_then_on(app, world, visit, told):  # 002-53
    browser = visit(world.remi)
    answer = browser.post(f"/notifications/{told.id}/reading")
    assert answer.status_code == 303
    assert answer.location == "/contracts/29962"
    assert told.again().read_at
    assert "count--hot" not in bell(browser.get("/notifications").text)


def test_looking_changes_nothing(world, visit, told):
    visit(world.remi).get("/notifications")
    assert not told.again().read_at


def test_all_are_marked_as_read_but_for_what_came_meanwhile(world, visit, told):
    later = tell(world)
    visit(world.remi).post("/notifications/reading", data={"up_to": told.id})
    assert told.again().read_at and not later.again().read_at
    visit(world.remi).post("/notifications/reading")
    assert later.again().read_at


def test_nobody_sees_or_reads_somebody_elses(world, visit, told):
    for stranger in (world.lea, world.anne, world.diane):
        assert "29962" not in visit(stranger).get("/notifications").text
        assert visit(stranger).post(f"/notifications/{told.id}/reading").status_code == 404
        visit(stranger).post("/notifications/reading", data={"up_to": told.id})
    assert not told.again().read_at


def test_what_left_a_persons_scope_is_not_told_any_more(world, visit, told):
    with tx(), scope(EVERYBODY):
        world.contract.reseller, world.contract.customer = world.beta, world.voisin
        world.contract.save()
    page = visit(world.remi).get("/notifications").text
    assert "29962" not in page and "2030" not in page and "No longer yours to see" in page
    assert visit(world.remi).post(f"/notifications/{told.id}/reading").location == "/notifications"


def test_older_ones_are_a_page_further(world, visit, told):
    for number in range(40):
        tell(world, ends_on=f"{2030 + number}-01-01")
    first = visit(world.remi).get("/notifications").text
    assert first.count('class="notice"') == 30
    older = visit(world.remi).get(re.search(r"/notifications\?before=\d+", first).group()).text
    assert older.count('class="notice"') == 11 and "Show older ones" not in older


def test_they_stand_as_they_are_dated(world, told):
    late = tell(world, on(NOON.day - timedelta(days=40)))  # recorded last, and told of the earliest day
    mine = journal.notices(world.remi)
    assert mine == [told, late] and journal.notices(world.remi, before=told.id) == [late]
    assert journal.notices(world.remi, before=late.id) == []


@pytest.mark.parametrize("before", ["abc", "-1", "9" * 19, "9" * 400, "٣", "1e3"])
def test_a_broken_address_is_told_so(world, visit, told, before):
    assert visit(world.remi).get("/notifications", query_string={"before": before}).status_code == 400
    assert visit(world.remi).post("/notifications/reading", data={"up_to": before}).status_code == 400


def test_a_name_that_looks_like_a_page_is_only_a_name(world, visit, monkeypatch, told):  # safety.md 30
    with tx():
        monkeypatch.setitem(journal.TELLS, "customer.changed", (Tell(lambda c, event: [world.remi]),))
        world.client.name = "<script>alert(1)</script>"
        world.client.save()
        journal.record("customer.changed", world.client, world.diane, NOON)
    page = visit(world.remi).get("/notifications").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
