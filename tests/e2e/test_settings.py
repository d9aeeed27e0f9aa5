"""Settings and the distributor's keeping in a real browser, in French and Portuguese, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

TABS = {  # the first four as in screens.md, to the letter
    "revendeur": (
        "Paramètres",
        ["Profil", "Société", "Utilisateurs", "Adresses de livraison", "Centres de facturation", "Sécurité", "Jetons"],
        "fr-FR",
    ),
    "parceiro": (
        "Configurações",
        ["Perfil", "Empresa", "Usuários", "Endereços de entrega", "Centros de faturamento", "Segurança", "Tokens"],
        "pt-BR",
    ),
}


@pytest.mark.parametrize("who", TABS)
def test_the_tabs_of_the_settings_bear_their_names(as_user, who):  # 002-55
    title, tabs, locale = TABS[who]
    page = as_user(who, "/stock", locale=locale)
    page.locator("#menu").get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert page.locator("nav.tabs a").all_inner_texts() == tabs
    for tab in tabs:
        page.locator("nav.tabs").get_by_role("link", name=tab).click()
        expect(page.locator("nav.tabs a[aria-current=page]")).to_have_text(tab)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_administrator_invites_a_user(as_user, own_server, scripts):  # 002-59, 002-61
    page = as_user("revendeur", "/settings/users", at=own_server, java_script_enabled=scripts)
    page.get_by_role("link", name="Nouvel utilisateur").click()
    page.get_by_label("Prénom").fill("Lucas")
    page.get_by_label("Nom", exact=False).nth(1).fill("Petit")
    page.get_by_label("Email").fill("lucas.petit@revendeur")
    page.get_by_label("Identifiant").fill("REVENDEUR")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#identifier-error")).to_contain_text("l.petit")  # a free one is named
    expect(page.locator("#email-error")).to_be_visible()
    assert page.get_by_label("Prénom").input_value() == "Lucas"  # nothing typed is lost

    page.get_by_label("Email").fill("lucas.petit@revendeur.example")
    page.get_by_label("Identifiant").fill("l.petit")
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**/settings/users")
    expect(page.locator("tr", has_text="l.petit")).to_contain_text("Basique")


def test_one_changes_the_own_language_and_appearance(as_user, own_server):  # 004-01
    page = as_user("revendeur_basique", "/settings/profile", at=own_server)
    page.get_by_label("Langue").select_option("pt")
    page.get_by_label("Apparence").select_option("dark")
    page.get_by_role("button", name="Enregistrer les modifications").click()
    expect(page.get_by_role("heading", level=1, name="Configurações")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#phone").fill("0600000000")  # what is typed stays, the language nobody chose here does not
    page.locator("header details.menu").first.locator("summary").click()
    page.locator("header button[value=en]:visible").click()
    expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    assert [page.locator(one).input_value() for one in ("#phone", "main #language")] == ["0600000000", "en"]
    page.locator("header details.menu").first.locator("summary").click()
    page.locator("header button[value=pt]:visible").click()
    expect(page.get_by_role("heading", level=1, name="Configurações")).to_be_visible()
    page.locator("nav.tabs").get_by_role("link", name="Usuários").click()
    page.wait_for_url("**/settings/users")
    assert page.locator("main").get_by_role("button").count() == 0  # X15
    assert page.locator("main :is(form[method=post], a[href$='/new'])").count() == 0


def test_a_customer_is_recorded_with_its_number_and_address(as_user, own_server):  # 002-50, 002-64, Q
    page = as_user("parceiro", "/customers/new", at=own_server, locale="pt-BR")
    page.get_by_label("Nome / Razão social").fill("Confeitaria Açúcar Ltda")
    page.locator("#email").fill("contato@acucar.example")
    page.locator("#phone").fill("+55 11 3333-4444")
    page.locator("#country").select_option("BR")
    page.locator("#tax_number").fill("12.ABC.345/01DE-36")
    page.get_by_role("button", name="Salvar").click()
    expect(page.locator("#tax_number-error")).to_be_visible()
    page.locator("#tax_number").fill("34.028.316/0001-03")
    page.get_by_role("button", name="Salvar").click()
    page.wait_for_url(re.compile(r"/customers/\d+$"))
    expect(page.locator("main")).to_contain_text("34.028.316/0001-03")
    page.get_by_role("link", name="Novo endereço").click()
    for field, text in {
        "label": "Loja", "street": "Rua Augusta, 100", "district": "Consolação", "postcode": "01304-000",
        "city": "São Paulo", "region": "SP", "email": "loja@acucar.example", "phone": "1133334444",
    }.items():  # fmt: skip
        page.locator(f"#{field}").fill(text)
    page.locator("#country").select_option("BR")
    page.get_by_role("button", name="Salvar").click()
    expect(page.locator("main")).to_contain_text("01304-000 São Paulo - SP BRASIL")


def test_the_distributor_fills_an_empty_portal(as_user, own_server):  # 002-08, 001-16
    page = as_user("distributeur", "/price-lists/new", at=own_server)
    page.locator("#name").fill("Sud")
    page.locator("main form button.btn--primary").click()
    page.wait_for_url(re.compile(r"/price-lists/\d+$"))
    page.locator("#product").select_option(label=page.locator("#product option", has_text="GES-LIGHT").inner_text())
    page.locator("#basis").select_option("licence_month")
    page.locator("#cents").fill("14,50")
    page.locator("main form[action$='/prices'] button").click()
    expect(page.locator("tr", has_text="GES-LIGHT")).to_contain_text("14,50\xa0€")

    page.goto(f"{own_server}/resellers/new")
    for field, text in {
        "name": "Revendeur Nouveau", "email": "nouveau@example.com", "phone": "0102030405", "tax_number": "443 061 841",
        "first_name": "Nora", "last_name": "Neuve", "user_email": "nora@example.com", "identifier": "nora.neuve",
        "tax_rate_bp": "20",
    }.items():  # fmt: skip
        page.locator(f"#{field}").fill(text)
    page.locator("#price_list").select_option(label="Sud (EUR)")
    page.locator("main form button.btn--primary").click()
    page.wait_for_url(re.compile(r"/resellers/\d+$"))
    expect(page.locator("main")).to_contain_text("nora.neuve")
