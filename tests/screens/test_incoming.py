"""Incoming mail: what could not land by itself is read, put where it belongs, or discarded (004-26)."""
# ruff: noqa: F811 (fixtures that come from another module)

import pytest

from lic import files as disk
from lic.models import Attachment, Channel, Event, IncomingState, StagedFile
from lic.rules import replies
from tests.conftest import NOON, a_contract
from tests.incidents import PNG, an_incident
from tests.lists import behaves, found
from tests.replies import BASE, KEPT, PUT, a_letter, arrive, incident, said, store, to, with_files  # noqa: F401


@pytest.fixture
def kept(world, incident, arrive):
    letter = a_letter(world.remi, "reply@house.example", "Please look at this.")
    return arrive(with_files(letter, ("photo.png", PNG)))


def test_what_is_kept_aside_is_read_and_put_where_it_belongs(world, incident, kept, visit):
    browser = visit(world.diane)
    assert found(browser.get("/mails/incoming")) == [f"/mails/incoming/{kept.id}"]
    page = browser.get(f"/mails/incoming/{kept.id}").text
    assert '<option value="">Choose…</option>' in page  # which side reads it is nobody's default (002-46)
    assert "Please look at this." in page and "photo.png" in page and "Rémi Durand - Alpha" in page
    form = {"number": incident.number, "channel": "distributor", "author": world.remi.id}
    assert browser.post(f"/mails/incoming/{kept.id}/place", data=form).status_code == 303
    assert said(Channel.DISTRIBUTOR) == [(world.remi.id, "Please look at this.")] and Attachment.select().count() == 1
    assert kept.again().state is PUT and kept.again().decided_by_id == world.diane.id
    assert browser.post(f"/mails/incoming/{kept.id}/place", data=form).status_code == 422
    assert len(said(Channel.DISTRIBUTOR)) == 1 and not StagedFile.select().exists()


def test_in_ones_own_name_it_begins_with_whose_words_they_are(world, incident, kept, visit):
    form = {"number": incident.number, "channel": "distributor", "author": world.diane.id}
    visit(world.diane).post(f"/mails/incoming/{kept.id}/place", data=form)
    ((by, body),) = said(Channel.DISTRIBUTOR)
    assert by == world.diane.id and body.startswith("Rémi Durand <remi@example.com>\n\nPlease")


@pytest.mark.parametrize(
    "given",
    [
        *({"number": "x"}, {"number": "99"}, {"number": ""}),
        *({"channel": ""}, {"channel": "declaration"}, {"author": "1"}, {"author": "x"}),
    ],
)
def test_what_names_nothing_is_said_on_the_page(world, incident, kept, visit, given):
    if given.get("author") == "1":
        given = {"author": world.anne.id}
    form = {"number": incident.number, "channel": "distributor", "author": world.remi.id} | given
    assert visit(world.diane).post(f"/mails/incoming/{kept.id}/place", data=form).status_code == 422
    assert kept.again().state is KEPT and not said(Channel.DISTRIBUTOR)


def test_it_goes_nowhere_its_author_has_no_part_in(world, incident, kept, visit, store):
    for author, channel in ((world.diane, "customer"),):
        form = {"number": incident.number, "channel": channel, "author": author.id}
        assert visit(world.diane).post(f"/mails/incoming/{kept.id}/place", data=form).status_code == 422
    other = an_incident(world, a_contract(world.beta, world.voisin), by=world.anne)
    form = {"number": other.number, "channel": "distributor", "author": world.remi.id}
    assert visit(world.diane).post(f"/mails/incoming/{kept.id}/place", data=form).status_code == 422
    assert not said() and not said(Channel.DISTRIBUTOR) and not StagedFile.select().exists()


def test_it_is_discarded_with_a_reason_only(world, kept, visit, store):
    browser = visit(world.diane)
    assert browser.post(f"/mails/incoming/{kept.id}/discarding", data={"reason": " "}).status_code == 422
    assert browser.post(f"/mails/incoming/{kept.id}/discarding", data={"reason": "An advertisement"}).status_code == 303
    assert kept.again().state is IncomingState.DISCARDED
    assert Event.select().where(Event.kind == "incoming_mail.discarded").get().after == {"reason": "An advertisement"}
    disk.sweep(store, NOON)
    assert not store.path(kept.sha256).exists()


def test_words_between_a_customer_and_its_reseller_are_not_the_distributors_to_read(world, incident, arrive, visit):
    letter = a_letter("claire@at.home.example", to(incident, Channel.CUSTOMER, world.claire), "blaubeere")
    letter.replace_header("Subject", "blaubeere")
    row, browser = arrive(letter), visit(world.diane)
    for url in ("/mails/incoming", f"/mails/incoming/{row.id}", "/audit", "/notifications"):
        assert "blaubeere" not in browser.get(url).text
    assert found(browser.get("/mails/incoming?q=blaubeere")) == []
    form = {"number": incident.number, "channel": "distributor", "author": world.claire.id}
    assert browser.post(f"/mails/incoming/{row.id}/place", data=form).status_code == 422
    form["channel"] = "customer"
    assert browser.post(f"/mails/incoming/{row.id}/place", data=form).status_code == 303
    assert said() == [(world.claire.id, "<claire@at.home.example>\n\nblaubeere")]


TOLD_TO_NOBODY = {  # letters between a customer and its reseller, whose words stand where one might look
    "the name of a file": lambda world, i: with_files(
        a_letter(world.claire, to(i, Channel.CUSTOMER, world.claire)), ("blaubeere.exe", b"MZ\x90\0" + b"\0" * 60)
    ),
    "the subject of a machine's": lambda world, i: a_letter(
        world.claire, to(i, Channel.CUSTOMER, world.claire), Auto_Submitted="auto-replied"
    ),
    "two addresses": lambda world, i: a_letter(
        world.remi, f"{to(i, Channel.DISTRIBUTOR, world.remi)}, {to(i, Channel.CUSTOMER, world.remi)}", "blaubeere"
    ),
    "an address of another key": lambda world, i: a_letter(
        world.claire, replies.address("other", BASE, i, Channel.CUSTOMER, world.claire), "blaubeere"
    ),
    "sent on by somebody else": lambda world, i: a_letter(
        "cc@elsewhere.example", to(i, Channel.CUSTOMER, world.claire), "blaubeere"
    ),
}


@pytest.mark.parametrize("what", TOLD_TO_NOBODY)
def test_no_word_of_such_a_letter_shows_on_any_screen_of_the_distributor(world, incident, arrive, visit, what):
    letter = TOLD_TO_NOBODY[what](world, incident)
    letter.replace_header("Subject", "blaubeere")
    row, browser = arrive(letter), visit(world.diane)
    states = [f"/mails/incoming?state={state.value}" for state in IncomingState if state is not KEPT]
    exports = ["/mails/incoming/export.csv", "/mails/export.csv", "/audit/export.csv"]
    screens = ["/mails/incoming", f"/mails/incoming/{row.id}", "/mails", "/audit", "/notifications"]
    for url in (*states, *exports, *screens):
        answer = browser.get(url)
        assert answer.status_code == 200 and "blaubeere" not in answer.text, url


def test_the_letters_are_a_list_like_every_other(world, kept, visit):
    browser = visit(world.diane)
    assert behaves(browser, "/mails/incoming") == ["subject", "sender", "at", "state"]
    assert found(browser.get("/mails/incoming?q=remi@")) and not found(browser.get("/mails/incoming?q=anne"))


def test_only_the_distributors_administrators_see_them(world, kept, visit):
    for person in (world.paul, world.remi, world.claire, world.marc):
        for method, address in (("GET", ""), ("GET", f"/{kept.id}"), ("POST", f"/{kept.id}/place")):
            assert visit(person).open(f"/mails/incoming{address}", method=method).status_code == 403
