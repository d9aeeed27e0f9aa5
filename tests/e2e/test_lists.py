"""Lists in a real browser: typing, sorting, scrolling, going back, with scripts and without (screens.md)."""

import re

import pytest
from playwright.sync_api import expect

ROWS = "#rows tbody tr[data-href]"


def addresses(page):
    return page.locator(ROWS).evaluate_all("rows => rows.map(row => row.dataset.href)")


def shown(page, path):
    """The rows as the portal sends them for an address, without any script."""
    answer = page.request.get(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path).text()
    return re.findall(r'<tr data-href="([^"]+)"', answer)


def test_typing_keeps_the_caret_and_the_address(as_user):  # 002-16
    page = as_user("revendeur")
    box = page.locator("#q")
    box.press_sequentially("clt", delay=30)
    box.press("ArrowLeft")
    for letter in "ien":  # each a request of its own
        page.keyboard.type(letter)
        page.wait_for_timeout(250)
    expect(box).to_have_value("client")
    expect(box).to_be_focused()
    assert box.evaluate("box => box.selectionStart") == 5
    expect(page).to_have_url(re.compile(r"/contracts\?q=client$"))
    expect(page.locator("#rows mark").first).to_have_text("Client")
    assert addresses(page) == shown(page, "/contracts?q=client")
    page.reload()
    expect(box).to_have_value("client")


def test_an_old_answer_never_overwrites_a_newer_one(as_user):
    page, held = as_user("revendeur"), []
    page.route("**/contracts?q=cl", lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks it)
    box = page.locator("#q")
    with page.expect_request("**/contracts?q=cl"):
        box.press_sequentially("cl", delay=20)
    box.press_sequentially("inique", delay=20)
    expect(page.locator("#rows mark").first).to_have_text("Clinique")
    (old,) = held
    old.continue_()  # now it comes
    page.wait_for_timeout(500)
    expect(box).to_have_value("clinique")
    assert addresses(page) == shown(page, "/contracts?q=clinique")


def test_back_returns_to_the_list_as_it_was(as_user):
    page = as_user("revendeur")
    page.locator("#q").press_sequentially("client", delay=20)
    page.wait_for_url("**/contracts?q=client")
    page.get_by_role("link", name="N° de série").click()
    page.wait_for_url("**sort=serial*")
    page.locator("#rows").get_by_role("columnheader", name="N° de série").wait_for()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("N° de série")
    before = addresses(page)
    page.locator(ROWS).nth(1).locator("td").last.click()  # the whole row opens it
    page.wait_for_url(f"**{before[1]}")
    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("N° de série")
    expect(page.locator("#q")).to_have_value("client")
    assert addresses(page) == before
    page.go_back()  # and once more to the list before it was sorted
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("#")
    assert addresses(page) == shown(page, "/contracts?q=client")


def test_a_list_is_sorted_by_keyboard(as_user):  # 002-19
    page = as_user("distributeur", "/resellers")
    heading = page.locator("th a.sort", has_text="Email")
    heading.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Email")
    assert addresses(page) == shown(page, "/resellers?sort=email")
    expect(heading).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Email")
    assert addresses(page) == shown(page, "/resellers?sort=-email")


def test_scrolling_loads_more_until_all_is_there(as_user):
    page = as_user("distributeur", "/audit")
    assert page.locator(ROWS).count() == 50
    total = int(re.sub(r"\D", "", page.locator("#count").inner_text()))
    for _ in range(40):
        if page.locator(ROWS).count() >= min(total, 80):
            break
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(150)
    met = addresses(page)
    assert len(met) >= min(total, 80) and len(met) == len(set(met))


def test_filters_narrow_at_once(as_user):
    page = as_user("revendeur", "/orders")
    page.get_by_role("link", name="Finalisée").click()
    page.wait_for_url("**/orders?waiting=done")
    assert addresses(page) == shown(page, "/orders?waiting=done") != []
    page.locator("#q").press_sequentially("zzz", delay=20)
    page.wait_for_url(re.compile("q=zzz"))
    expect(page.locator(".empty")).to_be_visible()
    page.locator(".empty a.btn").click()
    page.wait_for_url(re.compile(r"/orders\??$"))
    assert addresses(page) == shown(page, "/orders")
    page.locator("select[name=state]").select_option("completed")
    page.wait_for_url("**state=completed*")
    assert addresses(page) == shown(page, "/orders?state=completed")


@pytest.mark.parametrize("address", ["/stock", "/products", "/mails", "/settings/users", "/approvals", "/customers"])
def test_every_other_list_is_searched_as_one_types(as_user, address):
    page = as_user("distributeur", address)
    page.locator("#q").press_sequentially("zzzz", delay=20)
    expect(page).to_have_url(re.compile(rf"{address}\?.*q=zzzz"))
    expect(page.locator(".empty")).to_be_visible()
    expect(page.locator("#q")).to_be_focused()
    page.locator("#q").fill("")
    expect(page.locator(ROWS).first).to_be_visible()


def test_a_list_does_everything_without_scripts(as_user):
    page = as_user("distributeur", java_script_enabled=False)
    page.locator("#q").fill("client")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/contracts?*q=client*")
    found = addresses_without_scripts(page)
    assert found
    page.locator("th a.sort").nth(2).click()
    page.wait_for_url("**sort=serial*")
    assert sorted(addresses_without_scripts(page)) == sorted(found)
    page.locator(".segments a").nth(1).click()
    page.wait_for_url("**validity=active*")
    assert "q=client" in page.url and "sort=serial" in page.url
    with page.expect_download() as download:
        page.locator("details.menu summary", has_text="Exporter").click()
        page.locator("a[href*='export.csv']").click()
    assert download.value.suggested_filename == "contracts.csv"
    page.goto(page.url.split("/contracts")[0] + "/audit")
    page.locator(".more a").click()
    page.wait_for_url("**after=*")
    assert addresses_without_scripts(page)


def addresses_without_scripts(page):
    return re.findall(r'<tr data-href="([^"]+)"', page.content())


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_in_the_top_bar_leads_straight_there(as_user, scripts):
    page = as_user("revendeur", "/orders", java_script_enabled=scripts)
    page.locator("#everywhere").fill("29962")
    page.locator("#everywhere").press("Enter")
    page.wait_for_url("**/contracts/29962")
    page.locator("#everywhere").fill("boulangerie")
    page.locator("#everywhere").press("Enter")
    page.wait_for_url("**/search?q=boulangerie")
    page.locator("main .found__head a", has_text="contrat").click()
    page.wait_for_url("**/contracts?q=boulangerie")


def test_the_top_bar_finds_while_one_types(as_user):
    page = as_user("revendeur", "/orders")
    box, found = page.locator("#everywhere"), page.locator("#everywhere-found")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("boulang", delay=20)
    expect(found).to_be_visible()
    expect(found.locator("mark").first).to_have_text("Boulang")
    expect(page).to_have_url(re.compile("/orders$"))  # the page stays
    expect(box).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(found.locator("li a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(contracts|customers)/\d+$"))
    expect(page.locator("#everywhere-found")).to_be_hidden()


@pytest.mark.parametrize("path", ["/customers", "/contracts"])
def test_on_a_phone_a_menu_opens_within_the_page(as_user, path):  # interface.md: nothing is cut off at 360
    page = as_user("revendeur", path, viewport={"width": 360, "height": 800})
    page.locator("main details.menu summary").click()
    for link in page.locator("main .menu__list a").all():
        expect(link).to_be_visible()
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, box
