"""The portal is opened: everybody of the demonstration logs in and lands on what is theirs."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import a_copy, log_in
from tests.running import running

LANDING = {"fr": "Contrats", "pt": "Contratos"}
PORTUGUESE = {"parceiro", "parceira", "parceiro_basico", "admin_technique"}
EVERYBODY = [
    *("distributeur", "distributrice", "distributeur_basique", "revendeur", "revendeur_basique", "autre_revendeur"),
    *("parceiro", "parceira", "parceiro_basico", "client_test", "cliente_testeuse", "gestionnaire"),
    *("admin_technique", "utilisateur"),
]


@pytest.fixture(scope="module")
def untouched(demonstration, tmp_path_factory):
    """A server on which nobody has chosen another language."""
    with running(a_copy(demonstration, tmp_path_factory.mktemp("start") / "data"), "demo") as portal:
        yield portal.address


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_lands_on_the_contracts_in_their_language(strict_page, untouched, who):  # 002-01, 002-09
    language = "pt" if who in PORTUGUESE else "fr"
    page = log_in(strict_page, who, untouched)
    assert page.locator("html").get_attribute("lang").startswith(language)
    expect(page.get_by_role("heading", name=LANDING[language], level=1)).to_be_visible()


def test_logging_out_ends_it(login):  # 002-01
    page = login("revendeur")
    page.goto("/settings/profile")
    page.locator("header details.menu").last.locator("summary").click()
    page.locator("form[action$='/logout'] button").click()
    page.wait_for_url("**/login*")
    page.goto("/contracts")
    expect(page.locator("[name=identifier]")).to_be_visible()


def test_whatever_the_browser_complains_of_is_noticed(page, complaints):
    page.goto("/login")
    with page.expect_console_message():
        page.evaluate("console.error('noticed')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('also noticed') })")
    assert complaints[0] == "noticed" and "also noticed" in complaints[1]
    complaints.clear()
