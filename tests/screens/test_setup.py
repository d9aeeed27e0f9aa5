"""An empty portal is set up by whoever started it, and by nobody else (safety.md 52)."""

import threading
from contextlib import suppress

import pytest

from lic.models import EVERYBODY, LinkKind, Organisation, OrganisationKind, User, UserType, db, scope
from lic.rules import Refused, links, passwords, setup
from lic.web import clock

GIVEN = {
    "company-name": "Distributeur Démo",
    "company-country": "FR",
    "company-tax_number": "732 829 320",
    "company-email": "contact@example.com",
    "company-phone": "04 72 00 00 00",
    "company-language": "fr",
    "person-first_name": "Diane",
    "person-last_name": "Garnier",
    "person-identifier": "diane",
    "person-email": "diane@example.com",
    "person-password": "a brand new plum cake",
}


@pytest.fixture
def path(app):
    return links.path(LinkKind.SETUP, links.make(LinkKind.SETUP, at=clock.now()))


@pytest.mark.parametrize("address", ["/login", "/password-resets", "/registrations", "/invitations/x"])
def test_until_then_every_page_says_so(app, visit, address):
    assert "not set up yet" in visit().get(address).text


def test_until_then_nobody_gets_in(app, visit):
    answer = visit().post("/login", data={"identifier": "admin", "password": "admin"})
    assert answer.status_code == 422
    assert visit().post("/password-resets", data={"who": "admin"}).status_code == 303
    assert visit().get("/contracts").location.startswith("/login")


def test_the_link_makes_the_distributor_and_its_first_administrator(app, visit, path):
    browser = visit()
    assert browser.get(path).status_code == 200
    answer = browser.post(path, data=GIVEN)
    assert (answer.status_code, answer.location) == (303, "/contracts")
    house = Organisation.get(Organisation.kind == OrganisationKind.DISTRIBUTOR)
    assert (house.name, house.country, house.tax_number, house.language) == (
        "Distributeur Démo",
        "FR",
        "732829320",
        "fr",
    )
    diane = User.get()
    assert diane.type is UserType.ADMINISTRATOR and passwords.is_right(diane.password, "a brand new plum cake")
    assert browser.get("/contracts").status_code == 200
    assert "not set up" not in visit().get("/login").text


def test_all_that_is_wrong_is_summed_up_once(app, visit, path):  # interface.md, Forms
    answer = visit().post(path, data={})
    assert answer.status_code == 422 and answer.text.count("data-errors") == 1
    assert "8 fields need your attention" in answer.text
    for field in ("company-name", "person-password"):
        assert f'<a href="#{field}">' in answer.text and f'id="{field}-error"' in answer.text
    assert not User.select().exists()


def test_it_works_once(app, visit, path):
    visit().post(path, data=GIVEN)
    assert visit().get(path).status_code == 410
    other = links.path(LinkKind.SETUP, links.make(LinkKind.SETUP, at=clock.now()))
    answer = visit().post(other, data=GIVEN | {"person-identifier": "mallory"})
    assert answer.status_code == 410 and "already set up" in answer.text
    assert User.select().count() == 1


def test_it_works_for_an_hour(app, visit, path, later):
    later(minutes=61)
    assert "expired" in visit().get(path).text
    assert visit().post(path, data=GIVEN).status_code == 410
    assert not User.select().exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"company-name": ""},
        {"company-country": "XX"},
        {"company-tax_number": "732829321"},
        {"company-email": "nobody"},
        {"company-language": "xx"},
        {"person-identifier": "a b"},
        {"person-password": "short"},
        {"person-password": "Distributeur Démo 2026"},
        {"person-password": "garnier garnier"},
    ],
)
def test_what_is_wrong_is_said_beside_its_field(app, visit, path, bad):
    answer = visit().post(path, data=GIVEN | bad)
    assert answer.status_code == 422 and "field__error" in answer.text and not User.select().exists()
    assert visit().post(path, data=GIVEN).status_code == 303


def test_two_at_once_make_one_portal(app, settings):
    company = {"name": "Distributeur", "country": "FR"}
    person = {"first_name": "Diane", "last_name": "Garnier", "email": "diane@example.com"}
    at, won, ready = clock.now(), [], threading.Barrier(4)

    def try_it(number):
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            ready.wait()
            with suppress(Refused):
                won.append(setup.set_up(company, person | {"identifier": f"diane{number}"}, "a new plum cake", at))
        db.close()

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and User.select().count() == 1 and Organisation.select().count() == 1
