"""Incidents on screen: declared, followed, answered, without a script and without losing what was typed."""

import io
import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from lic.models import (
    Address,
    Attachment,
    CustomerMessage,
    DistributorMessage,
    Incident,
    IncidentNature,
    IncidentState,
    Organisation,
    StagedFile,
    User,
    tx,
)
from lic.rules import contracts, incidents
from tests.conftest import HTMX, NOON, a_contract
from tests.incidents import TEXT, a_message, an_incident

S = IncidentState
NEW = {
    "address": "new",
    "new-label": "Main",
    "new-street": "123 rue des tests",
    "new-postcode": "69001",
    "new-city": "Lyon",
    "new-country": "FR",
    "new-email": "a@example.com",
    "new-phone": "0123456789",
}


@pytest.fixture
def incident(world):
    return an_incident(world)


@pytest.fixture
def declared(world):
    """What a person types into the declaration."""
    ticked = [str(article.id) for article in contracts.articles(world.contract)]
    typed = {"title": "My NAS stops", "nature": "damaged", "description": "Two beeps.", "articles": ticked, "key": "k"}
    return typed | NEW


def post(browser, url, data):
    return browser.post(url, data=data, content_type="multipart/form-data")


NEW_ON = "/contracts/29962/incidents/new"


# --- declaring ---------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["claire", "remi", "diane"])
def test_an_incident_is_declared_from_its_contract(world, visit, declared, person):  # 002-30..41
    browser = visit(getattr(world, person))
    assert NEW_ON in browser.get("/contracts/29962").text
    page = browser.get(NEW_ON).text
    for shown in ("29962", "TS-131K-1TIW", "Q207B17555", "Client Test", "31/12/2028"):  # 002-32
        assert shown in page
    answer = post(browser, NEW_ON, declared)
    assert (answer.status_code, answer.location) == (303, "/incidents/26112201")
    made = Incident.get()
    assert (made.nature, made.reseller, made.customer) == (IncidentNature.DAMAGED, world.alpha, world.client)
    assert made.address["street"] == "123 rue des tests" and made.due_at.date() == date(2026, 11, 24)
    page = browser.get("/incidents/26112201").text
    for part in ("Declaration", "Delivery address", "Contract", "Customer", "Files", "Two beeps.", "Damaged product"):
        assert part in page  # 002-45
    assert "69001 Lyon FRANCE" in page  # 002-64


def test_a_basic_user_declares_with_the_right_to_and_not_without(world, visit, declared):  # 002-60, X15
    assert NEW_ON not in visit(world.cleo).get("/contracts/29962").text
    assert visit(world.cleo).get(NEW_ON).status_code == 403
    assert post(visit(world.cleo), NEW_ON, declared).status_code == 403
    with tx():
        world.cleo.may_declare = True
        world.cleo.save()
    assert NEW_ON in visit(world.cleo).get("/contracts/29962").text
    assert post(visit(world.cleo), NEW_ON, declared).status_code == 303
    assert post(visit(world.cleo), "/incidents/26112201/messages/customer", {"customer-body": "x"}).status_code == 303


def test_a_known_address_is_picked(world, visit, declared):  # 002-38
    with tx():
        address = Address.create(
            **world.client.owner, organisation=world.client, label="Adresse principale", street="1 rue", city="Lyon",
            postcode="69001", country="FR",
        )  # fmt: skip
    assert "Client Test - Adresse principale" in visit(world.remi).get(NEW_ON).text
    post(visit(world.remi), NEW_ON, declared | {"address": str(address.id)})
    assert Incident.get().address["label"] == "Adresse principale" and Address.select().count() == 1


def test_another_ones_address_cannot_be_picked(world, visit, declared):  # safety.md 7
    with tx():
        theirs = Address.create(
            **world.voisin.owner, organisation=world.voisin, label="L", street="S", city="C", postcode="1", country="FR"
        )
    assert post(visit(world.claire), NEW_ON, declared | {"address": str(theirs.id)}).status_code == 422
    assert not Incident.select().exists()


def test_a_contract_without_a_customer_asks_for_one_first(world, visit, declared):  # 002-12
    answer = visit(world.remi).get("/contracts/24086/incidents/new")
    assert answer.status_code == 422 and "This contract has no customer yet." in answer.text
    assert "/contracts/24086" in answer.text
    assert post(visit(world.remi), "/contracts/24086/incidents/new", declared).status_code == 422


def test_a_contract_gets_its_customer_on_the_way_to_the_declaration(world, visit):  # 002-12, 002-30
    browser, form = visit(world.remi), "/contracts/24086/incidents/new"
    page = browser.get(form).text
    new = "/customers/new?contract=24086&amp;then=incident"
    assert new in page and 'name="then" value="incident"' in page and f'value="{world.client.id}"' in page
    assert f'href="{form}"' in browser.get(unescape(new)).text  # and back without making one
    company = {"name": "Neuf", "email": "n@example.com", "phone": "0123456789", "country": "FR", "language": "fr"}
    made = browser.post(unescape(new), data=company)
    neuf = Organisation.get(Organisation.name == "Neuf")
    assert made.location == f"{form}?customer={neuf.id}"
    assert f'<option value="{neuf.id}" selected>' in browser.get(made.location).text
    given = browser.post("/contracts/24086/customer", data={"customer": neuf.id, "then": "incident"})
    assert given.location == form and browser.get(form).status_code == 200


def test_a_customer_made_for_a_contract_is_chosen_there(world, visit):  # 002-12
    browser = visit(world.diane)
    page = browser.get("/customers/new?contract=24086").text
    assert f'<option selected value="{world.alpha.id}">' in page
    company = {"name": "Neuf", "email": "n@example.com", "phone": "0123456789", "country": "FR", "language": "fr"}
    made = browser.post("/customers/new?contract=24086", data=company | {"reseller": world.alpha.id})
    assert made.location == f"/contracts/24086?customer={Organisation.get(Organisation.name == 'Neuf').id}"
    for wrong in ("99", "x", "30001", "٣", "9" * 30):  # not there, or another's, or with a customer
        assert visit(world.remi).get("/customers/new", query_string={"contract": wrong}).status_code == 200


WRONG = {
    "title": ("", "This field is required."),
    "nature": ("broken", "This field is required."),
    "articles": (["999"], "This is not one of the choices."),
    "description": (" ", "This field is required."),
    "address": ("999", "This is not one of the choices."),
    "new-postcode": ("LYON", "A postcode of this country looks like 69001."),
    "new-phone": ("call me", "A telephone number"),
    "new-street": ("", "This field is required."),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_field_says_so_and_nothing_typed_is_lost(world, visit, declared, name):
    value, said = WRONG[name]
    answer = post(visit(world.claire), NEW_ON, declared | {name: value})
    assert answer.status_code == 422 and said in answer.text and not Incident.select().exists()
    for typed in {"My NAS stops", "Two beeps.", "123 rue des tests"} - {{"title": "My NAS stops"}.get(name)}:
        assert typed in answer.text or (name, typed) in (
            ("description", "Two beeps."),
            ("new-street", "123 rue des tests"),
        )


@pytest.mark.parametrize("value", [[], ["x"], ["-1"], ["99999999999999999999"]])
def test_at_least_one_product_is_ticked(world, visit, declared, value):  # 002-35
    assert post(visit(world.claire), NEW_ON, declared | {"articles": value}).status_code == 422


def test_a_declaration_sent_twice_is_one(world, visit, declared):
    first, second = (post(visit(world.claire), NEW_ON, declared) for _ in range(2))
    assert first.location == second.location and Incident.select().count() == 1


def test_files_sent_ahead_go_with_the_declaration(world, visit, declared):  # 002-37
    browser = visit(world.claire)
    for name in ("a.log", "b.log"):
        post(browser, "/files", {"file": (io.BytesIO(TEXT), name)})
    ahead = [str(file.id) for file in StagedFile.select()]
    post(browser, NEW_ON, declared | {"uploads": ahead, "file": (io.BytesIO(TEXT), "c.log")})
    assert [file.name for file in Attachment.select()] == ["a.log", "b.log", "c.log"]


def test_what_is_too_large_for_any_form_is_told_with_the_limit(world, visit):  # X14
    answer = post(visit(world.claire), "/files", {"file": (io.BytesIO(b"x" * (22 << 20)), "big.log")})
    assert answer.status_code == 413 and "20 MB" in answer.text


# --- following (002-42..48) ----------------------------------------------------------------------


def test_the_list_has_the_columns_of_the_manual(incident, world, visit):  # 002-43
    page = visit(world.remi).get("/incidents").text
    for shown in ("Title", "Product reference", "Customer", "State", "26112201", "My NAS stops", "Q207B17555", "Open"):
        assert shown in page


@pytest.mark.parametrize(
    "which, people", [("waiting", {"remi"}), ("open", {"remi", "claire", "diane"}), ("mine", {"claire"})]
)
def test_what_waits_for_me_is_one_press_away(incident, world, visit, which, people):  # 002-42
    for name in ("remi", "claire", "diane"):
        page = visit(getattr(world, name)).get(f"/incidents?which={which}").text
        assert ("26112201" in page) == (name in people)


def test_for_a_direct_customer_it_waits_for_the_distributor(world, visit):  # 002-42, Q
    an_incident(world, a_contract(world.house, world.atelier), by=world.marc)
    found = {
        (name, which): "26112201" in visit(getattr(world, name)).get(f"/incidents?which={which}").text
        for name in ("marc", "jean", "diane", "paul", "remi", "claire")
        for which in ("waiting", "open", "mine")
    }
    assert {pair for pair, shown in found.items() if shown} == {
        *(("diane", "waiting"), ("paul", "waiting"), ("marc", "mine")),
        *((name, "open") for name in ("marc", "jean", "diane", "paul")),
    }


def test_a_contract_lists_its_incidents(incident, world, visit):  # screens.md, /contracts/<number>
    assert "/incidents/26112201" in visit(world.claire).get("/contracts/29962").text
    assert "/incidents/" not in visit(world.anne).get("/contracts/30001").text.replace("/incidents/new", "")


def test_a_resolved_incident_says_so_on_top(incident, world, visit):  # 002-48
    assert visit(world.remi).post("/incidents/26112201/state", data={"state": "resolved"}).status_code == 303
    for person in (world.claire, world.remi, world.diane):
        assert "This incident has been resolved." in visit(person).get("/incidents/26112201").text


def test_who_is_asked_to_act_is_told(incident, world, visit):
    assert "It is your turn to answer." in visit(world.remi).get("/incidents/26112201").text
    assert "Alpha is asked to act now." in visit(world.claire).get("/incidents/26112201").text


def test_what_should_have_been_handled_is_shown_so(world, visit):  # X17
    an_incident(world, due_at=NOON.at.replace(day=20))
    assert "It should have been handled by 20/11/2026." in visit(world.remi).get("/incidents/26112201").text


def test_a_reply_that_opens_it_again_is_a_new_call(world, visit):  # X17, rules.md S
    made = an_incident(world, due_at=NOON.at.replace(day=2))
    incidents.move(made, S.RESOLVED, world.remi, NOON)
    data = {"customer-body": "It stops again."}
    assert post(visit(world.claire), f"/incidents/{made.number}/messages/customer", data).status_code == 303
    assert made.again().due_at.date() == date(2026, 11, 24)
    assert "To be handled by 24/11/2026 at the latest." in visit(world.remi).get(f"/incidents/{made.number}").text


@pytest.mark.parametrize("state, status", [("closed", 422), ("open", 422), ("", 400), ("x", 400)])
def test_no_state_but_those_one_may_give(incident, world, visit, state, status):  # rules.md S
    assert visit(world.remi).post("/incidents/26112201/state", data={"state": state}).status_code == status


def test_the_menu_counts_what_waits_for_me(incident, world, visit):
    assert '<span class="count">1</span>' in visit(world.remi).get("/incidents").text
    assert '<span class="count">1</span>' not in visit(world.claire).get("/incidents").text


# --- talking (002-46) --------------------------------------------------------------------------


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
    assert answer.status_code == 422 and "yyyy" in answer.text and "At most 20000 characters." in answer.text
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
    for part in ("state", "moves", "standing", "added", "happened"):
        assert re.search(rf'id="{part}"[^>]* hx-swap-oob="outerMorph"', fragment), part
    for said in ("Waiting for the customer", "It is your turn to answer.", "This incident waits for the customer."):
        assert said in fragment
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


def test_the_list_is_searched_as_one_types(world, visit):  # 002-42, 002-43
    an_incident(world)
    an_incident(world, title="Éclairage", by=world.remi)
    browser = visit(world.remi)
    words = (("ecl", 1), ("q207", 2), ("client", 2), ("26112202", 1), ("open", 2), ("nothing", 0), ("reseller", 0))
    for typed, found in words:  # whose turn it is stands in no column
        page = browser.get("/incidents", query_string={"q": typed}, headers=HTMX).text
        assert page.count("data-href=") == found, typed


def test_the_distributors_queue_begins_with_what_is_overdue(world, visit):  # X17
    for day in (25, 20, 24):
        an_incident(world, due_at=NOON.at.replace(day=day))
    page = visit(world.diane).get("/incidents").text
    assert page.index("26112202") < page.index("26112203") < page.index("26112201")
    assert page.count("Overdue") == 1 and "20/11/2026" in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_found_can_be_taken_along(incident, world, visit, kind):
    for person in (world.remi, world.diane):
        answer = visit(person).get(f"/incidents/export.{kind}?q=nas")
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert "My NAS stops" in visit(world.remi).get("/incidents/export.csv").get_data(as_text=True)
    assert "My NAS stops" not in visit(world.anne).get("/incidents/export.csv").get_data(as_text=True)


def test_each_person_chooses_how_letters_come(world, visit):  # 002-54
    profile = {
        name: getattr(world.claire, name) for name in ("first_name", "last_name", "email", "identifier", "phone")
    }
    answer = visit(world.claire).post(
        "/settings/profile", data=profile | {"language": "en", "theme": "", "daily_mail": "y"}
    )
    assert answer.status_code == 303 and world.claire.again().daily_mail
