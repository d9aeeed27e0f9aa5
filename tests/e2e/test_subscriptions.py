"""Projects and subscriptions in a real browser: made, ordered, approved, added to, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

ACCEPT, CONFIRM, APPROVE = "J'accepte et je passe la commande", "Confirmer", "Approuver"
DETAILS = {
    "name": "Impression Lyon",
    "tenant_name": "Client Test",
    "tenant_domain": "client.example",
    "admin_first_name": "Ada",
    "admin_last_name": "Test",
    "admin_email": "ada@client.example",
    "admin_phone": "0472000000",
}


def a_new_project(page, server):
    """Both steps (000-03), with annual licences of IMP-DWA; the page of the project."""
    page.goto(f"{server}/projects/new")
    choose(page, "#product", "IMP-DWA")
    page.locator("main form button.btn--primary").click()
    page.wait_for_url("**/projects/new/details*")
    for name, text in DETAILS.items():
        page.locator(f"#{name}").fill(text)
    page.locator("#subscription_type").select_option("annual")
    choose(page, "#customer", "Client Test")
    page.locator("main form button.btn--primary").click()
    page.wait_for_url(re.compile(r"/projects/\d+$"))
    return page.url


def choose(page, select, text):
    value = page.locator(f"{select} option", has_text=text).first.get_attribute("value")
    page.locator(select).select_option(value)


def ask(page, scripts, **typed):
    """Answer what pops up over the page (000-15), or the page of its own where scripts are off."""
    if scripts:
        expect(page.locator("dialog#popup[open] #quantity")).to_be_focused()
    for name, text in typed.items():
        page.locator(f"#{name}").fill(text)
    button = "dialog#popup .btn--primary" if scripts else "noscript .btn, form.panel .actions .btn"
    page.locator(button).first.click()
    expect(page.locator("#effect form button.btn--primary")).to_be_visible()


def check_out(page):
    """From the cart's page to the order that waits; its number."""
    page.wait_for_url("**/cart")
    main = page.locator("main")
    main.get_by_role("checkbox").check()
    main.get_by_role("button", name=ACCEPT).click()
    page.wait_for_url("**/orders/new*")
    page.get_by_role("button", name=CONFIRM, exact=True).click()
    page.wait_for_url("**/orders")
    return page.locator("tbody tr th a").first.inner_text()


def approve(boss, server, number):
    boss.goto(f"{server}/orders/{number}")
    boss.get_by_role("button", name=APPROVE, exact=True).click()
    expect(boss.locator("h1 + .badge .icon use")).to_have_attribute("href", re.compile("#ok$"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_project_is_made_ordered_approved_and_added_to(as_user, own_server, scripts):
    # 000-03..19, 000-25, 000-31, 000-33, X8
    page = as_user("revendeur", at=own_server, java_script_enabled=scripts)
    project = a_new_project(page, own_server)
    page.locator("a.btn--icon[href*='/subscriptions/new']").click()
    ask(page, scripts, quantity="20", assurance_years="1")  # the quantity, then the duration (000-15, 000-16)
    expect(page.locator("#effect .facts--sums .sum").last).to_have_text(re.compile("1.008,00.€"))  # (720 + 120) + 20 %
    page.locator("#effect form button.btn--primary").click()
    number = check_out(page)

    page.goto(project)
    locked = page.locator("#locked")
    expect(locked).to_contain_text(number)  # why the "+" is disabled, with a link (X8)
    expect(page.locator("button.btn--icon[aria-disabled=true][aria-describedby=locked]")).to_be_visible()
    boss = as_user("distributeur", at=own_server, java_script_enabled=scripts)
    approve(boss, own_server, number)
    page.goto(project)
    expect(page.locator("main")).to_contain_text("21/11/2027")
    expect(locked).to_have_count(0)

    page.locator("a.btn--icon[href*='/seats/new']").click()
    ask(page, scripts, quantity="5")
    expect(page.locator("#effect ins")).to_have_text("+5")
    expect(page.locator("#effect .facts--sums .sum").last).to_have_text(re.compile("252,00.€"))
    page.locator("#effect form button.btn--primary").click()
    page.wait_for_url("**/cart")
    expect(page.locator("main .cart-line")).to_have_count(2)  # the seats and their assurance (000-33)


def test_what_is_typed_is_computed_at_once_and_keeps_the_caret(as_user):  # look 11, 000-15, 000-49
    page = as_user("gestionnaire", "/catalogue")
    page.locator("a[href*='/subscriptions/new']").first.click()
    popup = page.locator("dialog#popup[open]")
    expect(popup.locator("#quantity")).to_be_focused()
    page.keyboard.type("12")  # what is typed replaces the 1 that is proposed
    popup.locator("#type").focus()
    popup.locator("#type").select_option("term")  # then its length is asked, and nothing typed is lost
    popup.locator("#years").wait_for()
    expect(popup.locator("#type")).to_be_focused()
    popup.locator("#years").fill("2")
    expect(popup.locator("#quantity")).to_have_value("12")
    popup.locator(".btn--primary").click()
    page.wait_for_url("**/subscriptions/new*")
    expect(page.locator("#effect .effect__after")).to_contain_text("21/11/2028")
    page.locator("#years").fill("")
    page.locator("#type").select_option("annual")
    expect(page.locator("#years")).to_have_count(0)
    expect(page.locator("#effect .effect__after")).to_contain_text("21/11/2027")
    field = page.locator("#quantity")
    field.fill("12")
    expect(page.locator("#effect .effect__after")).to_contain_text("12")
    expect(field).to_be_focused()
    field.fill("0")
    expect(page.locator("#effect [role=alert]")).to_be_visible()
    field.fill("7")
    expect(page.locator("#effect .effect__after")).to_contain_text("7")


def test_a_row_of_the_list_of_projects_expands_in_place(as_user):  # 000-29, 000-30
    page = as_user("revendeur", "/projects")
    page.locator("#q").fill("impress")
    expect(page.locator("tbody mark").first).to_be_visible()  # found: rows still to be replaced fold again
    row = page.locator("tbody a[aria-expanded]").first
    expect(row).to_have_attribute("aria-expanded", "false")
    row.click()
    expect(page.locator("tr.unfolded")).to_contain_text("IMP-DWA")
    page.go_back()
    expect(page.locator("tr.unfolded")).to_have_count(0)


def test_a_customer_asks_its_reseller(as_user, own_server):  # Q
    page = as_user("client_test", "/subscriptions", at=own_server)
    page.locator("a[href$='#renewal']", has_text="Demander à mon revendeur").first.click()
    page.wait_for_url(re.compile(r"/subscriptions/\d+#renewal$"))
    expect(page.locator("main")).not_to_contain_text("€")
    page.get_by_role("button", name=re.compile("^Demander à mon revendeur")).first.click()
    expect(page.locator("#renewal .why").first).to_be_visible()
