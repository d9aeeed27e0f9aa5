"""Ordering in a real browser: from the catalogue to the stock, in French and Portuguese, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

FR = {
    "order": "Commander",
    "cart": "Panier",
    "remove": "Retirer",
    "accept": "J'accepte et je passe la commande",
    "confirm": "Confirmer",
    "pending": "En attente d'approbation",
    "approve": "Approuver",
    "done": "Finalisée",
    "copy": "Copier la commande",
    "cancel": "Annuler la commande",
}
PT = {
    "order": "Comprar",
    "cart": "Carrinho",
    "remove": "Remover",
    "accept": "Aceito e confirmo o pedido",
    "confirm": "Confirmar",
    "pending": "Confirmação pendente",
    "approve": "Aprovar",
    "done": "Finalizado",
    "to_confirm": "A confirmar",
}


def product(page, reference):
    return page.locator("article.product").filter(has=page.get_by_text(reference, exact=True))


def order(page, reference, words, quantity=None):
    row = product(page, reference)
    if quantity:
        row.get_by_role("spinbutton").fill(str(quantity))
    row.get_by_role("button", name=re.compile(f"^{words['order']}")).click()


def place(page, words, cart):
    cart.get_by_role("checkbox").check()
    cart.get_by_role("button", name=words["accept"]).click()
    page.wait_for_url("**/orders/new*")
    page.get_by_role("button", name=words["confirm"]).click()
    page.wait_for_url("**/orders")
    return page.locator("tbody tr").first


def number_of(row):
    return row.locator("th a").inner_text()


def test_a_reseller_orders_in_french_and_the_distributor_approves(as_user, own_server):
    # 001-12..28, 000-17..24, 004-05..07, X12
    page = as_user("revendeur", "/catalogue", at=own_server)
    row = product(page, "GES-COMPLETO")
    row.get_by_role("spinbutton").fill("10")
    expect(row.locator(".product__sum")).to_contain_text("11")
    expect(row.locator(".product__sum")).to_contain_text(re.compile("849,00.€"))
    row.get_by_role("button", name=re.compile("^Commander")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="Panier")).to_be_focused()
    expect(drawer.locator(".cart-line")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()

    order(page, "GES-LIGHT", FR)
    expect(drawer.locator(".cart-line")).to_have_count(2)
    expect(page.locator("#in-cart .count")).to_have_text("2")
    page.keyboard.press("Escape")
    order(page, "GES-LIGHT", FR)  # the same again is a line of its own (001-22)
    expect(drawer.locator(".cart-line")).to_have_count(3)
    drawer.get_by_role("button", name="Retirer Gestão Light").first.click()
    expect(drawer.locator(".cart-line")).to_have_count(2)
    drawer.get_by_role("button", name="Retirer Gestão Light").click()
    expect(drawer.locator(".cart-line")).to_have_count(1)
    expect(page.locator("#in-cart .count")).to_have_text("1")
    expect(drawer).to_be_visible()

    line = place(page, FR, drawer)
    expect(line).to_contain_text("(PEND)")
    expect(line).to_contain_text(FR["pending"])
    number = number_of(line)
    expect(page.locator("#notice")).to_contain_text("Diane Garnier")

    boss = as_user("distributeur", "/approvals", at=own_server)
    boss.get_by_role("link", name=number, exact=True).click()
    boss.wait_for_url(f"**/orders/{number}")
    expect(boss.locator(".effects")).to_contain_text("11 Gestão Completo")
    boss.get_by_role("button", name=FR["approve"], exact=True).click()
    expect(boss.locator("h1 + .badge")).to_contain_text(FR["done"])
    page.goto(f"{own_server}/orders/{number}")
    expect(page.locator("h1 + .badge")).to_contain_text(FR["done"])
    page.goto(f"{own_server}/stock")
    expect(page.get_by_role("row").filter(has_text="GES-COMPLETO").first).to_contain_text("16")


def test_a_partner_orders_in_portuguese_in_two_steps(as_user, own_server):  # 001-22..27, X12
    page = as_user("parceiro", "/catalogue", at=own_server, locale="pt-BR")
    row = product(page, "GES-COMPLETO")
    row.get_by_role("spinbutton").fill("10")
    expect(row.locator(".product__sum")).to_contain_text(re.compile("R\\$.2\\.099,00"))
    order(page, "GES-COMPLETO", PT)
    line = place(page, PT, page.get_by_role("dialog"))
    expect(line).to_contain_text("(PEND)")
    expect(line).to_contain_text(PT["to_confirm"])
    number = number_of(line)

    second = as_user("parceira", f"/orders/{number}", at=own_server, locale="pt-BR")
    second.get_by_role("button", name=PT["confirm"], exact=True).click()
    expect(second.locator("h1 + .badge")).to_contain_text(PT["pending"])
    boss = as_user("distributrice", f"/orders/{number}", at=own_server)
    boss.get_by_role("button", name=FR["approve"], exact=True).click()
    expect(boss.locator("h1 + .badge")).to_contain_text(FR["done"])
    expect(boss.locator(".history")).to_contain_text("Diane Garnier")  # instead of whom
    page.goto(f"{own_server}/orders/{number}")
    expect(page.locator("h1 + .badge")).to_contain_text(PT["done"])


@pytest.mark.parametrize("scripts", [True, False])
def test_an_extension_is_ordered_from_its_contract(as_user, own_server, scripts):  # 002-29, X13, with scripts off
    page = as_user("revendeur", "/contracts", at=own_server, java_script_enabled=scripts)
    page.goto(f"{own_server}{contract_to_extend(page, own_server)}")
    page.get_by_role("button", name=re.compile("^Ajouter au panier")).click()
    page.wait_for_url("**/cart")
    cart = page.locator("main")
    expect(cart).to_contain_text("CL-SV-E3TS131K")
    line = place(page, FR, cart)
    number = number_of(line)
    boss = as_user("distributeur", f"/orders/{number}", at=own_server, java_script_enabled=scripts)
    boss.get_by_role("button", name=FR["approve"], exact=True).click()
    expect(boss.locator("h1 + .badge")).to_contain_text(FR["done"])


def contract_to_extend(page, server):
    """The address of the first contract whose extension can be ordered now."""
    for number in range(30_001, 30_060):
        if 'action="/cart/lines"' in page.request.get(f"{server}/contracts/{number}").text():
            return f"/contracts/{number}"
    raise AssertionError("no contract of the demonstration can be extended")


def test_without_scripts_the_whole_of_it_works(as_user, own_server):  # 000-60
    page = as_user("revendeur", "/catalogue", at=own_server, java_script_enabled=False)
    row = product(page, "GES-COMPLETO")
    row.get_by_role("spinbutton").fill("10")
    row.get_by_role("button", name="Calculer").click()
    expect(product(page, "GES-COMPLETO").locator(".product__sum")).to_contain_text("11")
    order(page, "GES-COMPLETO", FR, 10)
    page.wait_for_url("**/cart")
    line = place(page, FR, page.locator("main"))
    expect(line).to_contain_text("(PEND)")
    line.get_by_role("link", name=re.compile(f"^{FR['cancel']}")).click()
    page.get_by_role("button", name=FR["cancel"]).click()
    expect(page.locator("h1 + .badge")).to_contain_text("Annulée")


def test_the_order_is_copied_to_the_clipboard(as_user, own_server):  # 000-21
    page = as_user("revendeur", "/catalogue", at=own_server, permissions=["clipboard-read", "clipboard-write"])
    order(page, "GES-COMPLETO", FR)
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name=FR["copy"]).click()
    expect(drawer.locator("[data-says]")).not_to_be_empty()
    text = page.evaluate("navigator.clipboard.readText()")
    assert "Gestão Completo (GES-COMPLETO)" in text and "24,90" in text


def test_a_double_click_orders_once(as_user, own_server):  # safety.md 28
    page = as_user("revendeur", "/orders", at=own_server)
    waiting = page.locator("tbody tr").filter(has_text=FR["pending"])
    before = waiting.count()
    page.goto(f"{own_server}/catalogue")
    order(page, "GES-LIGHT", FR)
    cart = page.get_by_role("dialog")
    cart.get_by_role("checkbox").check()
    cart.get_by_role("button", name=FR["accept"]).click()
    page.wait_for_url("**/orders/new*")
    page.get_by_role("button", name=FR["confirm"]).dblclick()
    page.wait_for_url("**/orders")
    expect(waiting).to_have_count(before + 1)


def test_the_cart_opens_from_the_top_bar_and_gives_the_focus_back(as_user, base_url):
    page = as_user("gestionnaire", "/catalogue")
    opener = page.locator(".topbar a[href='/cart']")
    opener.click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Panier", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.goto(f"{base_url}/cart")
    expect(page.get_by_role("heading", name="Panier", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["/catalogue", "/cart", "/orders", "/orders/10001"])
def test_nothing_scrolls_sideways_on_a_phone(as_user, path):
    page = as_user("revendeur", path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
