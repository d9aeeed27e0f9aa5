"""An organisation's users and addresses as lists, at its own place and with those who serve it (002-58 to 002-60)."""

import pytest

from lic.models import Address, UserType, tx
from tests.conftest import a_user
from tests.lists import behaves, exported, found, pages, rows

USERS = ["last_name", "first_name", "type", "identifier", "access"]
ADDRESSES = ["label", "address", "phone", "email"]


@pytest.fixture(autouse=True)
def delivered(world):
    given = {"city": "Lyon", "postcode": "69001", "country": "FR", "email": "ici@example.com", "phone": "0123456789"}
    with tx():
        for organisation, label in ((world.alpha, "Siège"), (world.alpha, "Dépôt"), (world.client, "Boutique")):
            owner = organisation.owner | {"organisation": organisation}
            Address.create(**owner, label=label, street="1 rue des Tests", **given)


def test_they_behave_like_every_list(world, visit):
    own, kept = visit(world.remi), f"/organisations/{world.client.id}"
    assert behaves(own, "/settings/users") == behaves(own, f"{kept}/users") == USERS
    assert behaves(own, "/settings/addresses") == behaves(own, f"{kept}/addresses") == ADDRESSES


@pytest.mark.parametrize(
    "asked, names",
    [
        ("", ["Durand", "Petit"]),
        ("sort=-last_name", ["Petit", "Durand"]),
        ("q=lea", ["Petit"]),  # Léa
        ("q=admin", ["Durand"]),  # a type, as it is called
        ("q=remi@example", ["Durand"]),  # only a file shows it
        ("type=basic", ["Petit"]),
        ("access=closed", []),
        ("q=diane", []),  # of another company
    ],
)
def test_users_are_found(world, visit, asked, names):
    assert [row.split()[0] for row in rows(visit(world.remi).get(f"/settings/users?{asked}"))] == names


def test_addresses_are_found(world, visit):
    browser = visit(world.remi)
    assert rows(browser.get("/settings/addresses?q=depot"))[0].startswith("Dépôt 1 rue des Tests, 69001 Lyon FRANCE")
    assert len(rows(browser.get("/settings/addresses?q=69001"))) == 2
    assert rows(browser.get(f"/organisations/{world.client.id}/addresses?q=siege")) == []


def test_an_address_that_opens_has_a_chevron(world, visit):  # 002-58
    main = lambda user: visit(user).get("/settings/addresses").text.partition("<tbody>")[2]  # noqa: E731
    assert main(world.remi).count("#right") == 2 == main(world.remi).count("data-href")
    assert "#right" not in main(world.lea) and "Dépôt" in main(world.lea)


def test_rows_open_for_those_who_may_change_them(world, visit):  # X15
    assert found(visit(world.remi).get("/settings/users"))[0] == f"/settings/users/{world.remi.id}"
    assert found(visit(world.lea).get("/settings/users")) == []
    kept = f"/organisations/{world.client.id}/users"
    assert found(visit(world.remi).get(kept))[0] == f"{kept}/{world.claire.id}"
    assert found(visit(world.lea).get(kept)) == []


def test_a_large_company_is_paged_and_its_file_holds_everybody(world, visit):
    with tx():
        for n in range(130):
            a_user(world.alpha, f"U{n} Même", UserType.BASIC)
    browser = visit(world.remi)
    for sort in ("last_name", "-last_name", "type", "-access"):
        met = pages(browser, f"/settings/users?sort={sort}")
        assert len(met) == len(set(met)) == 132
    assert len(exported(browser, "/settings/users?type=basic")) == 132
    assert browser.get(f"/settings/users/{world.lea.id}").text.count("<tr data-href") == 50  # beside the form


def test_a_neighbours_people_are_nobodys(world, visit):  # X15
    for what in ("users", "addresses"):
        for address in (f"{what}", f"{what}/export.csv"):
            assert visit(world.anne).get(f"/organisations/{world.client.id}/{address}").status_code == 404
            assert visit(world.claire).get(f"/organisations/{world.client.id}/{address}").status_code == 403
            assert visit(world.diane).get(f"/organisations/{world.client.id}/{address}").status_code == 200
            assert b"Durand" not in visit(world.claire).get(f"/settings/{address}").data


def test_a_customers_page_leads_to_the_whole_lists(world, visit):
    page = visit(world.remi).get(f"/customers/{world.client.id}").text
    for what in ("users", "addresses"):
        assert f'href="/organisations/{world.client.id}/{what}"' in page


@pytest.mark.parametrize("kind, type_", [("csv", "text/csv; charset=utf-8"), ("xlsx", "application/vnd.openxml")])
def test_an_export_is_kept_by_no_cache(world, visit, kind, type_):  # safety.md 48
    headers = visit(world.remi).get(f"/customers/export.{kind}").headers
    assert headers["Cache-Control"] == "no-store" and headers["Content-Type"].startswith(type_)
    assert headers["Content-Type"].count("charset") <= 1
