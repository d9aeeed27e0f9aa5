"""What is said in an incident, and how an open page follows it: its own readers only, and nobody disturbed."""

import re
from dataclasses import replace
from datetime import date

import pytest

from lic.models import CustomerMessage, DistributorMessage, Incident, IncidentState, User, tx
from lic.rules import incidents
from tests.conftest import HTMX, NOON
from tests.incidents import NEW_ON, a_message, an_incident, post

S = IncidentState


def test_a_message_is_sent_and_shown_once(incident, world, visit):
    browser = visit(world.remi)
    for _ in range(2):
        data = {"customer-body": "Bonjour\n\nligne", "customer-key": "k"}
        answer = post(browser, "/incidents/26112201/messages/customer", data)
        assert answer.status_code == 303
    assert CustomerMessage.select().count() == 1
    page = visit(world.claire).get("/incidents/26112201").text
    assert "<p>Bonjour</p><p>ligne</p>" in page


def test_a_message_can_ask_for_an_answer(incident, world, visit):
    post(visit(world.remi), "/incidents/26112201/messages/customer", {"customer-body": "?", "wait": "1"})
    assert Incident.get().state is S.WAITING_CUSTOMER


@pytest.mark.parametrize("body", ["", "  \n ", "\u200b"])
def test_an_empty_message_is_not_sent(incident, world, visit, body):
    answer = post(visit(world.claire), "/incidents/26112201/messages/customer", {"customer-body": body})
    assert answer.status_code == 422 and "There is nothing to send yet." in answer.text


def test_a_message_too_long_stays_in_its_box(incident, world, visit):
    answer = post(visit(world.remi), "/incidents/26112201/messages/distributor", {"distributor-body": "y" * 20_001})
    assert answer.status_code == 422 and "yyyy" in answer.text and "At most 20,000 characters." in answer.text
    assert not DistributorMessage.select().exists()


def asks(page, channel="customer"):
    """The address an open page asks by itself."""
    found = re.search(rf'hx-get="(/incidents/\d+/messages/{channel}\?shown=[^"]+)"', page)
    return found[1]


def test_new_messages_come_by_themselves_and_disturb_nothing(incident, world, visit):
    browser = visit(world.claire)
    url = asks(browser.get("/incidents/26112201").text)
    assert browser.get(url, headers=HTMX).status_code == 204
    a_message(incident, incidents.Channel.CUSTOMER, world.remi, "news")
    fragment = browser.get(url, headers=HTMX).text
    assert "news" in fragment and asks(fragment) != url and "<textarea" not in fragment
    assert browser.get(asks(fragment), headers=HTMX).status_code == 204


def test_where_it_stands_comes_by_itself_too(incident, world, visit):  # interface.md, Live; 002-42
    browser = visit(world.claire)
    url = asks(browser.get("/incidents/26112201").text)
    a_message(incident, incidents.Channel.CUSTOMER, world.remi, "?", wait=True)
    fragment = browser.get(url, headers=HTMX).text
    for part in ("state", "moves", "standing", "file-count", "added", "happened"):
        assert re.search(rf'id="{part}"[^>]* hx-swap-oob="outerMorph"', fragment), part
    for said in ("Waiting for the customer", "It is your turn to answer.", "This incident waits for the customer."):
        assert said in fragment
    assert "To be handled by" not in fragment  # waiting for the customer is nobody's delay (X17)
    url = asks(fragment)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    assert "This incident has been resolved." in browser.get(url, headers=HTMX).text


def test_what_happens_out_of_ones_sight_moves_nothing(incident, world, visit):  # 002-46
    url = asks(visit(world.claire).get("/incidents/26112201").text)
    a_message(incident, incidents.Channel.DISTRIBUTOR, world.remi, "secret")
    fragment = visit(world.claire).get(url, headers=HTMX).text  # only that it waits for the distributor now
    assert "secret" not in fragment and "Message" not in fragment.partition('id="happened"')[2]
    url = asks(fragment)
    a_message(incident, incidents.Channel.DISTRIBUTOR, world.remi, "secret again")
    assert visit(world.claire).get(url, headers=HTMX).status_code == 204


@pytest.mark.parametrize(
    "said, box",
    [
        ((), "customer"),
        ((("customer", "claire"),), "customer"),
        ((("customer", "claire"), ("customer", "remi")), "distributor"),
        ((("distributor", "remi"), ("distributor", "diane")), "distributor"),
        ((("distributor", "remi"), ("distributor", "diane"), ("customer", "claire")), "customer"),
        ((("customer", "claire"), ("distributor", "remi"), ("distributor", "diane")), "distributor"),
    ],
)
def test_answer_leads_to_the_box_of_who_waits(incident, world, visit, said, box):  # 002-46
    for minute, (channel, who) in enumerate(said):
        at = replace(NOON, at=NOON.at.replace(minute=minute))
        a_message(incident, incidents.Channel(channel), getattr(world, who), at=at)
    page = visit(world.remi).get("/incidents/26112201").text
    assert f'href="#{box}-body"' in page and page.count('-body">Answer') == 1


def test_a_reseller_that_declared_itself_asks_the_distributor_first(world, visit):  # 002-31
    an_incident(world, by=world.remi)
    assert 'href="#distributor-body"' in visit(world.remi).get("/incidents/26112201").text


def test_nobody_to_read_is_said_and_waited_for_by_no_state(world, visit):  # 002-46, rules.md S
    with tx():
        User.update(active=False).where(User.organisation == world.client).execute()
    an_incident(world, by=world.remi)
    browser = visit(world.remi)
    page = browser.get("/incidents/26112201").text
    invitation = f"/organisations/{world.client.id}/users/new?type=administrator"
    assert "nobody yet" in page and "nobody is told of what you write here" in page and invitation in page
    assert "Send and wait" not in page and "Wait for the customer" not in page
    answer = post(browser, "/incidents/26112201/messages/customer", {"customer-body": "Hello?", "wait": "1"})
    assert answer.status_code == 422 and "Invite one first." in answer.text and "Hello?" in answer.text
    assert browser.post("/incidents/26112201/state", data={"state": "waiting_customer"}).status_code == 422
    assert Incident.get().state is S.OPEN and not CustomerMessage.select().exists()
    assert post(browser, "/incidents/26112201/messages/customer", {"customer-body": "Noted."}).status_code == 303


def test_the_page_asks_quietly_when_the_session_is_over(incident, world, visit):
    stranger = visit()
    assert stranger.get("/incidents/26112201/messages/customer", headers=HTMX).status_code == 204


def test_a_closed_incident_takes_no_word_any_more(incident, world, visit):  # rules.md S
    with tx():
        incident.state, incident.closed_on = S.CLOSED, date(2026, 10, 1)
        incident.save()
    page = visit(world.claire).get("/incidents/26112201").text
    assert "Declare a new one." in page and "<textarea" not in page
    answer = post(visit(world.claire), "/incidents/26112201/messages/customer", {"customer-body": "still broken"})
    assert answer.status_code == 422 and not CustomerMessage.select().exists()


def test_a_basic_user_sees_no_box_to_write_in(incident, world, visit):  # X15
    for person in (world.cleo, world.lea, world.paul):
        page = visit(person).get("/incidents/26112201").text
        assert "<textarea" not in page and "Mark as resolved" not in page and 'type="file"' not in page


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
        ("a" * 119, "a" * 119),
    ],
)
def test_what_is_typed_is_text(world, visit, declared, typed, shown):  # safety.md 30
    post(visit(world.claire), NEW_ON, declared | {"title": typed, "description": typed})
    page = visit(world.claire).get("/incidents/26112201").text
    assert page.count(shown) >= 3 and "<script>alert" not in page


@pytest.mark.parametrize("path", ["files", "messages/distributor"])
def test_a_key_no_form_of_ours_has_breaks_nothing(world, visit, incident, path):  # safety.md 28
    for key in ("x" * 60_000, "%" * 300, "\0"):
        given = {"key": key, "distributor-key": key}
        answer = visit(world.remi).post(f"/incidents/{incident.number}/{path}", data=given)
        assert answer.status_code == 422, key[:9]
