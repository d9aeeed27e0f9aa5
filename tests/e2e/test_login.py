"""Getting in with a real browser: by keyboard, in fr and pt, with scripts off, and through the mails (002-01..09)."""

import re

import pytest
from playwright.sync_api import expect

from tests.running import PASSWORD, running

WORDS = {  # the labels of screens.md, to the letter
    "fr-FR": ("Se connecter", "Identifiant", "Mot de passe", "Se souvenir de moi", "Mot de passe oublié ?", "Contrats"),
    "pt-BR": ("Entrar", "Usuário", "Senha", "Lembrar de mim", "Esqueceu a senha?", "Contratos"),
}
PEOPLE = {"fr-FR": "revendeur", "pt-BR": "parceiro"}
CHOSEN = "une tarte aux prunes à quatre heures"


@pytest.fixture
def sign_in(new_context, base_url):
    def go(locale="fr-FR", path="/login", **given):
        page = new_context(locale=locale, **given).new_page()
        page.goto(base_url + path)
        return page

    return go


@pytest.mark.parametrize("locale", WORDS)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_one_logs_in_by_keyboard_alone_and_lands_on_the_contracts(sign_in, locale, scripts):  # 002-01..04, 002-09
    log_in, identifier, password, remember, forgotten, contracts = WORDS[locale]
    page = sign_in(locale, java_script_enabled=scripts)
    expect(page.get_by_role("heading", name=log_in)).to_be_visible()
    expect(page.get_by_role("link", name=forgotten)).to_be_visible()
    page.get_by_label(re.compile(identifier)).focus()
    page.keyboard.type(PEOPLE[locale])
    page.keyboard.press("Tab")
    expect(page.get_by_label(re.compile(f"^{password}"))).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_label(remember)).to_be_focused()
    page.keyboard.press("Space")
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("heading", name=contracts, level=1)).to_be_visible()
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "lic"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["expires"] > 0


def test_a_wrong_password_is_said_aloud_and_what_was_typed_stays(sign_in):
    page = sign_in()
    page.locator("[name=identifier]").fill("distributrice")
    page.locator("[name=password]").fill("not the password")
    page.locator("form.sign-in button.btn--primary").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=identifier]")).to_have_value("distributrice")
    expect(page.locator("[name=password]")).to_have_value("")


def test_the_page_that_was_asked_for_opens_after_logging_in(sign_in):
    page = sign_in(path="/settings/profile")
    page.locator("[name=identifier]").fill("client_test")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form.sign-in button.btn--primary").click()
    page.wait_for_url("**/settings/profile")


def test_the_language_of_the_login_page_is_chosen_there(sign_in):
    page = sign_in("en-GB")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Português").click()
    expect(page.locator("html")).to_have_attribute("lang", "pt")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "pt")


@pytest.mark.parametrize("path", ["/login", "/password-resets", "/registrations", "/invitations/x"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_scrolls_sideways(sign_in, path, width):
    page = sign_in(path=path, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_empty_portal_is_set_up_in_the_browser_once(new_context, tmp_path):  # safety.md 52
    with running(tmp_path / "data") as portal:
        link = re.search(r"http://\S+/setup/\S+", portal.printed).group()
        page = new_context(locale="en-GB").new_page()
        page.goto(portal.address)
        expect(page.get_by_text("This portal is not set up yet.")).to_be_visible()
        page.goto(link)
        for name, value in {
            "company-name": "Distributeur Démo",
            "company-email": "contact@example.com",
            "company-phone": "04 72 00 00 00",
            "person-first_name": "Diane",
            "person-last_name": "Garnier",
            "person-email": "diane@example.com",
            "person-identifier": "diane",
            "person-password": CHOSEN,
        }.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name="Set up the portal").click()
        page.wait_for_url("**/contracts*")
        stranger = new_context(locale="en-GB").new_page()
        stranger.goto(link)
        expect(stranger.get_by_role("heading", name="This link opens nothing")).to_be_visible()
