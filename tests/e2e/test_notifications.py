"""The bell and its drawer in a browser: they tell, they lead there, and they disturb nothing (002-52 to 002-54)."""

import re

from playwright.sync_api import expect

NOTICE = re.compile(r"\[Nouveau statut\] Commande n° 10016")


def bell(page):
    return page.locator(".topbar a:has(#unread)")


def number(page):
    return bell(page).locator(".count")


def open_drawer(page):
    bell(page).click()
    drawer = page.get_by_role("dialog", name="Notifications")
    expect(drawer).to_be_visible()
    return drawer


def test_the_drawer_opens_from_the_bell_and_gives_the_focus_back(as_user):  # 002-53
    page = as_user("distributeur", "/audit")
    drawer = open_drawer(page)
    expect(drawer.get_by_role("heading", name="Notifications")).to_be_focused()
    expect(drawer.get_by_role("button", name=NOTICE)).to_contain_text("Passée par Rémi Durand.")
    expect(drawer.get_by_role("button", name=NOTICE)).to_contain_text(re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d"))
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(bell(page)).to_be_focused()
    assert page.url.endswith("/audit")


def test_a_line_leads_to_the_thing_and_the_rest_is_read_at_once(own_server, as_user):  # 002-52, 002-53
    page = as_user("distributeur", "/audit", at=own_server)
    before = int(number(page).inner_text())
    open_drawer(page).get_by_role("button", name=NOTICE).click()
    page.wait_for_url("**/orders/10016")
    expect(number(page)).to_have_text(str(before - 1))

    drawer = open_drawer(page)
    expect(drawer.get_by_role("link", name=NOTICE)).to_be_visible()
    drawer.get_by_role("button", name="Tout marquer comme lu").click()
    expect(drawer.get_by_role("button", name="Tout marquer comme lu")).to_be_hidden()
    expect(drawer).to_be_visible()
    expect(number(page)).to_be_hidden()
    assert page.url.endswith("/orders/10016")


def test_the_number_refreshes_by_itself_and_disturbs_nothing(own_server, as_user):  # 002-52
    page = as_user("distributeur", "/audit", at=own_server)
    page.clock.install()
    page.reload()
    page.locator("#q").press_sequentially("Souza")
    expect(page.locator("tbody tr").first).to_contain_text("João Souza")
    address = page.url

    elsewhere = as_user("distributeur", "/notifications", at=own_server)
    elsewhere.get_by_role("button", name="Tout marquer comme lu").click()
    expect(number(elsewhere)).to_be_hidden()

    expect(number(page)).to_be_visible()
    page.clock.fast_forward(21_000)
    expect(number(page)).to_be_hidden()
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("Souza")
    assert page.url == address


def test_the_bell_is_silent_while_the_portal_is_away(as_user, complaints):
    page = as_user("distributeur", "/audit")
    page.clock.install()
    page.reload()
    page.route("**/notifications/unread*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(21_000)
    expect(page.locator("#no-answer")).to_be_hidden()
    expect(page.locator("#script-error")).to_be_hidden()
    complaints.clear()  # the browser says that an address did not answer, as it should


def test_everything_is_there_without_scripts(own_server, as_user):  # 002-53
    page = as_user("distributeur", "/audit", at=own_server, java_script_enabled=False)
    before = int(number(page).inner_text())
    bell(page).click()
    page.wait_for_url("**/notifications")
    page.get_by_role("button", name=NOTICE).click()
    page.wait_for_url("**/orders/10016")
    expect(number(page)).to_have_text(str(before - 1))
    page.goto(f"{own_server}/notifications")
    page.get_by_role("button", name="Tout marquer comme lu").click()
    expect(number(page)).to_be_hidden()
    expect(page.get_by_role("link", name=NOTICE)).to_be_visible()
