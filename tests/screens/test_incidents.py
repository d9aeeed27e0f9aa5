"""Incidents on screen: declared, followed, answered, without a script and without losing what was typed."""

import io
import re
from datetime import date
from html import unescape

import pytest

from lic.models import (
    Address,
    Attachment,
    Incident,
    IncidentNature,
    IncidentState,
    Organisation,
    StagedFile,
    tx,
)
from lic.rules import incidents
from tests.conftest import HTMX, NOON, a_contract, on
from tests.incidents import NEW_ON, TEXT, an_incident, post

S = IncidentState


# --- declaring ---------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["claire", "remi", "diane"])
def test_an_incident_is_declared_from_its_contract(world, visit, declared, person):  # 002-30..41
    browser = visit(getattr(world, person))
    assert NEW_ON in browser.get("/contracts/29962").text
    page = browser.get(NEW_ON).text
    for shown in ("29962", "TS-131K-1TIW", "Q207B17555", "Client Test", "31/12/2028", "Please check that this is"):
        assert shown in page  # 002-32
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
    assert answer.status_code == 200 and "This contract has no customer yet." in answer.text
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


def test_files_of_a_form_that_was_left_are_found_again_by_who_sent_them(world, visit, declared):  # 002-37
    browser = visit(world.claire)
    post(browser, "/files", {"file": (io.BytesIO(TEXT), "a.log")})
    ahead = StagedFile.get().id
    assert f'data-kept-as="{world.claire.id}-contract-29962-files"' in browser.get(NEW_ON).text
    assert "a.log" in browser.get(f"/files?uploads={ahead}&uploads=999&uploads=x").text
    for other in (world.remi, world.diane, world.anne):
        assert visit(other).get(f"/files?uploads={ahead}").text == ""


def test_one_summary_names_all_that_is_wrong(world, visit, declared):  # interface.md, Forms
    data = declared | {"title": "", "nature": "", "new-street": "", "new-city": ""}
    answer = post(visit(world.claire), NEW_ON, data | {"file": (io.BytesIO(b""), "empty.log")})
    assert "5 fields need your attention" in answer.text and answer.text.count("need your attention") == 1
    assert "Name of the address" in answer.text and ">Label" not in answer.text
    for link in ("title", "nature", "new-street", "new-city", "file"):
        assert f'<a href="#{link}">' in answer.text


FORM = {
    "fr": ("Intitulé", "Descriptif", "Plus vous donnez de détails", "Valider ma déclaration"),
    "pt": ("Título", "Descrição", "Quanto mais detalhes", "Enviar chamado"),
}
NATURES = {
    "fr": ["Produit défectueux", "Produit endommagé", "Produit incomplet", "Autre"],
    "pt": ["Produto com defeito", "Produto danificado", "Produto incompleto", "Outro"],
}


@pytest.mark.parametrize("language", FORM)
def test_the_form_asks_what_the_manual_asks_in_its_words(world, visit, declared, language):
    """002-33, 002-34, 002-35, 002-36, 002-41"""
    with tx():
        world.claire.language = language
        world.claire.save()
    browser = visit(world.claire)
    page, (title, description, hint, button) = unescape(browser.get(NEW_ON).text), FORM[language]
    for name, label in (("title", title), ("description", description)):
        assert re.search(rf'<label for="{name}">{label} <span class="req"', page), label  # both must be filled in
    offered = re.findall(r"<option [^>]*>([^<]+)", page.partition('id="nature"')[2].partition("</select>")[0])
    assert offered[1:] == NATURES[language]
    assert re.findall(r'name="articles"[^>]*><span>([^<]+)', page) == ["Q207B17555 - TS-131K"]
    assert hint in page and re.search(rf"<button [^>]*>.*?{button}</button>", page)
    for name, missing in (("title", title), ("description", description)):
        answer = post(browser, NEW_ON, declared | {name: ""})
        assert answer.status_code == 422 and f'<a href="#{name}">{missing}' in unescape(answer.text)
    post(browser, NEW_ON, declared)
    assert (Incident.get().title, Incident.get().description) == ("My NAS stops", "Two beeps.")


def test_nothing_is_chosen_for_the_person(world, visit):  # 002-34
    page = visit(world.claire).get(NEW_ON).text
    nature = page.partition('id="nature"')[2].partition("</select>")[0]
    assert '<option value="">Choose…</option>' in nature and "selected" not in nature


def test_a_contract_that_ended_says_so_before_one_declares(world, visit):  # 002-23, 002-30
    assert "ended on" not in visit(world.claire).get(NEW_ON).text
    with tx():
        world.contract.ends_on = date(2026, 11, 21)
        world.contract.save()
    page = visit(world.claire).get(NEW_ON).text
    assert "The protection of your equipment ended on 21/11/2026" in page and "all the same" in page


def test_a_district_and_a_state_are_asked_where_addresses_have_them(world, visit):  # 002-39
    page = visit(world.claire).get(NEW_ON).text
    assert re.search(r'<option data-regional value="BR">', page) and '<option selected value="FR">' in page
    assert page.count('class="field regional"') == 2
    with tx():
        world.client.country = "BR"
        world.client.save()
    assert '<option data-regional selected value="BR">' in visit(world.claire).get(NEW_ON).text


def test_adding_no_file_says_so(incident, world, visit):  # 002-37
    answer = post(visit(world.remi), "/incidents/26112201/files", {"key": "k"})
    assert answer.status_code == 422
    assert re.search(r'data-errors><p class="field__error">.*?Choose a file first\.', answer.text, re.S)


def test_what_is_too_large_for_any_form_is_told_with_the_limit(world, visit):  # X14
    answer = post(visit(world.claire), "/files", {"file": (io.BytesIO(b"x" * (22 << 20)), "big.log")})
    assert answer.status_code == 413 and "20 MB" in answer.text


# --- following (002-42..48) ----------------------------------------------------------------------


def test_the_list_has_the_columns_of_the_manual(incident, world, visit):  # 002-42, 002-43
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    incidents.close_resolved(on(date(2026, 12, 7)))  # all of them are listed, open or closed
    page = visit(world.remi).get("/incidents").text
    heads, row = page.partition("<thead")[2].partition("</thead>")[0], page.partition("<tbody>")[2]
    told = [re.sub(r"<[^>]+>|\s+", " ", head).split() for head in re.findall(r"<th.*?</th>", heads, re.S)]
    assert [" ".join(words) for words in told] == ["#", "Title", "Product reference", "Customer", "State"]
    assert re.search(r'TS-131K-1TIW<span class="sub">Q207B17555</span>', row)  # the serial below
    for shown in ("26112201", "My NAS stops", "Client Test", "Closed"):
        assert shown in row


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


@pytest.mark.parametrize(
    "person, channels",
    [
        ("claire", ["Messages (customer)"]),
        ("remi", ["Messages (customer)", "Messages (distributor)"]),
        ("diane", ["Messages (distributor)"]),
    ],
)
def test_the_page_has_the_parts_of_the_manual(incident, world, visit, person, channels):  # 002-45, 002-46
    page = visit(getattr(world, person)).get("/incidents/26112201").text.partition("<main")[2]
    parts = [re.sub(r"<[^>]+>", "", part).strip() for part in re.findall(r"<h2.*?</h2>", page, re.S)]
    assert parts == ["Declaration", *channels, "Files", "Delivery address", "Contract", "Customer", "History"]


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
