"""The main job from end to end, one journey for each kind of person, in French and Portuguese.

Labels are those of screens.md, to the letter: they are read from tests/labels.csv, never from the catalogues.
"""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import log_in

LABELS = list(csv.DictReader(Path("tests/labels.csv").read_text(encoding="utf-8").splitlines()))
LANGUAGES = {"fr": ("Français", "fr-FR"), "pt": ("Português", "pt-BR")}
SELLERS = {"fr": ("revendeur", None, "Client Test"), "pt": ("parceiro", "parceira", "Padaria Estrela Ltda")}
BASIC = {
    "distributeur_basique": ("Contracts", "Orders", "Catalogue", "Approvals", "Incidents", "Settings"),
    "revendeur_basique": ("Contracts", "Orders", "Catalogue", "Incidents", "Settings"),
    "cliente_testeuse": ("Contracts", "Incidents", "Settings"),
    "utilisateur": ("Contracts", "Orders", "Catalogue", "Incidents", "Settings"),
}
PRICE = re.compile(r"€|R\$")
LICENCES = {"fr": "Licences", "pt": "Licenças"}
CODE = re.compile(r"/activations/\d+$")


def words(language):
    """`w("Add to cart")`: that label in the language, as screens.md has it."""
    said = {(row["en"], row["context"]): row[language] for row in LABELS}
    return lambda label, context="": said[label, context]


@pytest.fixture
def arrive(new_context, own_server):
    """Somebody logs in, wide or not, and chooses the language in the top bar when it is not theirs."""

    def go(who, language, **given):
        name, locale = LANGUAGES[language]
        page = log_in(new_context(locale=locale, **given).new_page(), who, own_server)
        if page.locator("html").get_attribute("lang") != language:
            if given.get("java_script_enabled", True):
                page.locator(".topbar details.menu.only-wide summary").click()
                page.get_by_role("button", name=name).click()
            expect(page.locator("html")).to_have_attribute("lang", language)
        return page

    return go


def menu(page, *labels):
    """By the menu on the left, whose lines may bear a number."""
    for label in labels:
        page.locator("#menu").get_by_role("link", name=re.compile(rf"^{re.escape(label)}(\s*\d+)?$")).click()
        expect(page.locator("#menu [aria-current]").filter(has_text=label).first).to_be_visible()


def heading(page, name):
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


def product(page, reference):
    return page.locator("article.product").filter(has=page.get_by_text(reference, exact=True))


def bell(page):
    page.locator(".topbar a:has(#unread)").click()
    return page.get_by_role("dialog")


def state(page):
    return page.locator("h1 + .badge")


def stock_of(page, reference):
    return int(page.get_by_role("row").filter(has_text=reference).first.locator("strong").inner_text())


# --- the steps ---------------------------------------------------------------------------------


def finds_the_contract_to_extend(page, w):
    """The one of a TS-131K that ends soon, found by the first letters of its reference."""
    heading(page, w("Contracts"))
    page.get_by_role("link", name=w("Ending soon", "contracts"), exact=True).click()
    expect(page.get_by_role("link", name=w("Ending soon", "contracts"))).to_have_attribute("aria-current", "true")
    page.get_by_placeholder(w("Search"), exact=True).press_sequentially("ts-131k")
    expect(page.locator("tbody tr").first).to_contain_text("TS-131K")
    for column in ("Product reference", "Serial number", "Customer", "End of warranty", "Extensions"):
        expect(page.get_by_role("columnheader", name=w(column))).to_be_visible()
    number = page.locator("tbody tr").first.locator("th a").inner_text()
    page.locator("tbody tr").first.locator("td").nth(1).click()  # 002-21: anywhere in the row
    heading(page, w("Contract no. %(number)s") % {"number": number})
    return number


def orders_ten(page, w, lines):
    menu(page, w("Orders"), w("Catalogue"))
    row = product(page, "GES-COMPLETO")
    row.get_by_role("spinbutton", name=re.compile(w("Quantity"))).fill("10")
    expect(row.locator(".product__sum")).to_contain_text("11 (10 + 1")
    row.get_by_role("button", name=re.compile(f"^{w('Order')}")).click()
    cart = page.get_by_role("dialog", name=w("Cart"))
    expect(cart.locator(".cart-line")).to_have_count(lines)
    return cart


def places_it(page, w, cart):
    cart.get_by_role("checkbox").check()
    cart.get_by_role("button", name=w("I accept and place the order"), exact=True).click()
    page.wait_for_url("**/orders/new*")
    page.get_by_role("button", name=w("Confirm"), exact=True).click()
    page.wait_for_url("**/orders")
    heading(page, w("Orders"))
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("(PEND)")
    return row


def approves(page, w, number):
    """From the bell to the order, and there with the effect in sight."""
    bell(page).get_by_role("button", name=re.compile(rf"\[{w('New status')}\].*{number}")).click()
    page.wait_for_url(f"**/orders/{number}")
    expect(page.locator(".effects").first).to_contain_text("11 Gestão Completo")
    page.get_by_role("button", name=w("Approve"), exact=True).click()
    expect(state(page)).to_have_text(w("Completed"))


def activates(page, w, language, customer):
    menu(page, LICENCES[language])
    heading(page, w("Licence stock"))
    before = stock_of(page, "GES-COMPLETO")
    page.get_by_role("link", name=w("Activate"), exact=True).click()
    choice = page.locator("#customer option").filter(has_text=customer)
    page.locator("#customer").select_option(value=choice.get_attribute("value"))
    page.locator("#product").select_option(index=1)
    page.locator("#observation").fill("poste 1")
    page.locator("main").get_by_role("button", name=w("Activate"), exact=True).click()
    page.wait_for_url(CODE)
    menu(page, w("Licence stock"))
    assert stock_of(page, "GES-COMPLETO") == before - 1
    menu(page, w("Activation details"))
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(customer)
    row.locator("th a").click()
    page.wait_for_url(CODE)
    expect(page.locator("main")).to_contain_text("poste 1")
    return page.url


def cancels(page, w, url):
    page.goto(url)
    page.get_by_role("link", name=w("Cancel activation"), exact=True).click()
    page.get_by_role("button", name=w("Cancel activation"), exact=True).click()
    page.wait_for_url(url)
    expect(page.get_by_role("link", name=w("Cancel activation"))).to_have_count(0)


# --- the journeys ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reseller_extends_orders_and_activates_and_the_distributor_approves(arrive, language):
    # 002-09..29, 001-12..30, 000-17..24, 002-52..54, 004-05..07
    w, (who, second, customer) = words(language), SELLERS[language]
    page = arrive(who, language)
    lines = 1
    if language == "fr":
        finds_the_contract_to_extend(page, w)
        page.get_by_role("button", name=w("Add to cart")).click()
        page.wait_for_url("**/cart")
        heading(page, w("Cart"))
        lines = 2
    row = places_it(page, w, orders_ten(page, w, lines))
    expect(row).to_contain_text(w("To confirm") if second else w("Pending approval"))
    number = row.locator("th a").inner_text()
    if second:
        other = arrive(second, language)
        bell(other).get_by_role("button", name=re.compile(number)).click()
        other.wait_for_url(f"**/orders/{number}")
        other.get_by_role("button", name=w("Confirm"), exact=True).click()
        expect(state(other)).to_have_text(w("Pending approval"))

    approves(arrive("distributeur", language), w, number)

    bell(page).get_by_role("button", name=re.compile(number)).first.click()
    page.wait_for_url(f"**/orders/{number}")
    expect(state(page)).to_have_text(w("Completed"))
    cancels(page, w, activates(page, w, language, customer))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_sees_what_is_its_own_and_asks_its_reseller(arrive, language):  # rules.md Q, 002-22..29
    w = words(language)
    reseller = arrive("revendeur", language)
    activates(reseller, w, language, "Client Test")
    page = arrive("client_test", language)
    number = finds_the_contract_to_extend(page, w)
    expect(page.locator("main")).not_to_contain_text(PRICE)
    page.get_by_role("button", name=w("Ask my reseller"), exact=True).click()
    expect(page.locator("#notice .banner--ok")).to_be_visible()
    menu(page, LICENCES[language])
    heading(page, w("Activation details"))
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("main")).not_to_contain_text(PRICE)
    assert page.request.get(page.url.replace("/activations", "/catalogue")).status == 403
    bell(reseller).get_by_role("button", name=re.compile(number)).first.click()
    reseller.wait_for_url(f"**/contracts/{number}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_direct_customer_orders_and_activates_for_itself(arrive, language):  # rules.md Q
    w = words(language)
    page = arrive("gestionnaire", language)
    row = places_it(page, w, orders_ten(page, w, 1))
    expect(row).to_contain_text(w("Pending approval"))
    approves(arrive("distributeur", language), w, row.locator("th a").inner_text())
    cancels(page, w, activates(page, w, language, "Atelier Direct"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", BASIC)
def test_who_has_the_basic_type_reads_all_and_changes_nothing(as_user, who, language):  # 002-60, X15
    w, (_, locale) = words(language), LANGUAGES[language]
    page = as_user(who, "/contracts", locale=locale)
    page.locator(".topbar details.menu.only-wide summary").click()
    page.get_by_role("button", name=LANGUAGES[language][0]).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    for label in BASIC[who]:
        menu(page, w(label))
        heading(page, w(label))
        if label != "Settings":
            assert page.locator("main form[method=post]").count() == 0, label
        assert page.locator("main a[href$='/new'], main a[href$='/edit']").count() == 0, label
    page.get_by_role("link", name=w("Users"), exact=True).click()
    expect(page.get_by_role("columnheader", name=w("Type"))).to_be_visible()
    expect(page.locator("main")).to_contain_text(w("Basic"))
    assert page.get_by_role("link", name=w("New user")).count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_administrator_invites_a_basic_user(arrive, language):  # 002-55, 002-59..61
    w = words(language)
    page = arrive(SELLERS[language][0], language)
    menu(page, w("Settings"))
    page.get_by_role("link", name=w("Users"), exact=True).click()
    page.get_by_role("link", name=w("New user"), exact=True).click()
    for field, value in {"first_name": "Nina", "last_name": "Neves", "identifier": "nina.neves"}.items():
        page.locator(f"#{field}").fill(value)
    page.locator("#email").fill("nina@sqp.example")
    page.get_by_label(w("Type"), exact=False).select_option(label=w("Basic"))
    page.get_by_role("button", name=w("Save"), exact=True).click()
    page.wait_for_url("**/settings/users")
    expect(page.get_by_role("row").filter(has_text="nina.neves")).to_contain_text(w("Basic"))


# --- with scripts off --------------------------------------------------------------------------


def test_the_main_job_with_scripts_off(arrive, own_server):  # 000-60
    w = words("fr")
    page = arrive("revendeur", "fr", java_script_enabled=False)
    heading(page, w("Contracts"))
    page.locator("#q").fill("Q207B17555")
    page.get_by_role("button", name=w("Search"), exact=True).click()
    page.get_by_role("link", name="29962").click()
    heading(page, "Contrat n° 29962")
    expect(page.locator("[data-print]")).to_be_hidden()  # nothing is shown that does nothing
    menu(page, w("Orders"), w("Catalogue"))
    product(page, "GES-COMPLETO").get_by_role("spinbutton").fill("10")
    product(page, "GES-COMPLETO").get_by_role("button", name=re.compile(f"^{w('Order')}")).click()
    page.wait_for_url("**/cart")
    number = places_it(page, w, page.locator("main")).locator("th a").inner_text()

    boss = arrive("distributeur", "fr", java_script_enabled=False)
    boss.locator(".topbar a:has(#unread)").click()
    boss.wait_for_url("**/notifications")
    boss.get_by_role("button", name=re.compile(number)).click()
    boss.get_by_role("button", name=w("Approve"), exact=True).click()
    expect(state(boss)).to_have_text(w("Completed"))

    page.goto(f"{own_server}/orders/{number}")
    expect(state(page)).to_have_text(w("Completed"))
    cancels(page, w, activates(page, w, "fr", "Client Test"))
