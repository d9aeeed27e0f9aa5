"""Every screen that each kind of person reaches: axe finds nothing on it and nothing scrolls sideways.

Light and dark, on a desk and on a phone; with the drawers, the menus and what a form complains of.
"""

import re
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.e2e.conftest import a_copy, log_in
from tests.running import PASSWORD, running

ADMINISTRATORS = ["distributeur", "revendeur", "parceiro", "client_test", "gestionnaire"]
HALVES = [("distributeur", 0), ("distributeur", 1), *((who, None) for who in ADMINISTRATORS[1:])]  # it has most screens
BASIC = ["distributeur_basique", "revendeur_basique", "cliente_testeuse", "utilisateur", "admin_technique"]
BUYERS = {"revendeur", "parceiro", "gestionnaire"}
STRANGERS = ["/login", "/registrations", "/registrations/sent", "/password-resets", "/password-resets/sent"]
GONE = ["/invitations/x", "/password-resets/x", "/approvals/x", "/registrations/confirmations/x"]
FIRST = ["/contracts", "/settings/profile", "/contracts/29962", "/contracts?q=nothing+fits", "/contracts/0"]
BEHIND_A_FORM = ["/orders/new?consent=1", "/cart"]  # reached by a button, not by a link

ALL = (("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360))
DESK_AND_PHONE = (("light", 1280), ("dark", 360))
CROSSED = (("dark", 1280), ("light", 360))
WIDTHS = (320, 360, 768, 1280)
SCHEME = WeakKeyDictionary()  # what each page is shown in; a new one is light

# The rows of a table are alike: six of them tell. Colours that are changing are not looked at. Contrast, the dearest
# rule by far, is judged once for words drawn alike: by colour, size and weight, on whatever is drawn behind them.
RUN = """async everything => {
    const changing = () => document.getAnimations().filter(one => one instanceof CSSTransition)
    do {
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
        for (const one of changing()) one.finish()
    } while (changing().length)

    const judged = new Set(JSON.parse(sessionStorage.judged || "[]"))
    const hides = s => s.backgroundColor !== "rgba(0, 0, 0, 0)" || s.backgroundImage !== "none" || s.opacity !== "1"
        || s.filter !== "none" || s.mixBlendMode !== "normal" || s.position !== "static"
    const behind = new Map([[null, ""]])
    const drawn = one => {
        if (!behind.has(one)) {
            const s = getComputedStyle(one)
            const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode, s.position]
            behind.set(one, drawn(one.parentElement) + (hides(s) ? own.join(" ") + ` ${s.zIndex}/` : ""))
        }
        return behind.get(one)
    }
    const says = one => one.matches("input, select, textarea, button")
        || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    const isNew = one => {
        if (one.closest("tbody tr:nth-child(n + 7)") || !says(one) || !one.checkVisibility()) return false
        const s = getComputedStyle(one)
        const look = [innerWidth, s.color, s.fontSize, s.fontWeight, s.textShadow, drawn(one)].join(" ")
        return !judged.has(look) && judged.add(look)
    }
    const unlike = [...document.body.querySelectorAll("*")].filter(isNew)
    sessionStorage.judged = JSON.stringify([...judged])

    const exclude = [["tbody tr:nth-child(n + 7)"]]
    const options = {preload: false, iframes: false, resultTypes: ["violations"]}
    const contrast = {...options, runOnly: {type: "rule", values: ["color-contrast"]}}
    const others = {...options, rules: {"color-contrast": {enabled: false}}}
    const results = unlike.length ? [await axe.run({include: unlike, exclude}, contrast)] : []
    if (everything) results.push(await axe.run({include: [["html"]], exclude}, others))
    return results.flatMap(result => result.violations).map(
        one => one.id + ": " + one.nodes.map(node => node.html.slice(0, 200)).join(" | "))
}"""
LINKS = """found => found.filter(a => !a.hasAttribute("download") && a.origin === location.origin)
    .map(a => a.pathname + a.search)"""
FORM = "main form[method=post][novalidate]:has(:is(input, textarea)[required])"
EMPTIED = """form => {
    const typed = ":is(input:not([type=hidden], [type=checkbox], [type=radio]), textarea)"
    for (const field of form.querySelectorAll(typed)) field.value = ""
    form.requestSubmit()
}"""


@pytest.fixture(scope="module")
def portal_of_this(demonstration, tmp_path_factory):
    """A server of this module's own, for what waits in carts."""
    with running(a_copy(demonstration, tmp_path_factory.mktemp("axe") / "data"), "demo") as portal:
        yield portal.address


@pytest.fixture
def goes(as_user, portal_of_this):
    return lambda who, path="/contracts", **given: with_axe(as_user(who, path, at=portal_of_this, **given))


def with_axe(page):
    """The page, and all it will show, with axe in it: one text, which the browser reads once."""
    page.add_init_script(AXE_SCRIPT)
    page.evaluate(AXE_SCRIPT + "; 0")
    return page


def look(page, looks, widths=()):
    """What axe finds on the page as it stands, and at which of these widths it is wider than its window.

    At each width axe looks for everything in its first scheme, and for colours alone in another. The window goes from
    width to width beginning with the one it has, and so do the schemes: each change draws the whole page anew.
    """
    schemes = {width: [scheme for scheme, at in looks if at == width] for _, width in looks}
    found, place, has = [], urlsplit(page.url).path, page.viewport_size["width"]
    for width in sorted({*schemes, *widths}, reverse=has > min(WIDTHS)):
        if page.viewport_size != {"width": width, "height": 800}:
            page.set_viewport_size({"width": width, "height": 800})
        for scheme in sorted(schemes.get(width, ()), key=SCHEME.get(page, "light").__ne__):
            if SCHEME.get(page, "light") != scheme:
                page.emulate_media(color_scheme=scheme)
                SCHEME[page] = scheme
            wrong = page.evaluate(RUN, scheme == schemes[width][0])
            found += [f"{place} {scheme} {width}: {one}" for one in wrong]
        wide = page.evaluate("document.documentElement.scrollWidth") if width in widths else 0
        found += [f"{place} is {wide} wide on {width}"] if wide > width else []
    return found


def judge(page, looks):
    return look(page, looks, WIDTHS)


def send_it_empty(page):
    """Send the page's form with nothing in it; whether there is one, and it complained."""
    if not page.locator(FORM).count():
        return False
    page.locator(FORM).first.evaluate(EMPTIED)
    page.locator(":is([data-errors], .field__error, main [role=alert]):visible").first.wait_for()
    return True


def walk(page, adapter, start):
    """One address of every route this person's links lead to; the page stands open at each."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    waiting, opened = [*start], set()
    seen = set(waiting)
    while waiting:
        path = waiting.pop(0)
        endpoint, _ = adapter.match(urlsplit(path).path)
        if path not in start and (endpoint in opened or endpoint.endswith((".export", ".preview"))):
            continue
        opened.add(endpoint)
        page.goto(origin + path, wait_until="domcontentloaded")
        links = page.eval_on_selector_all("a[href]", LINKS)
        new = [link for link in dict.fromkeys(links) if link not in seen]
        seen.update(new)
        waiting += new
        yield endpoint
    assert len(opened) >= 8, opened


def order_something(page):
    page.goto("{0.scheme}://{0.netloc}/catalogue".format(urlsplit(page.url)))
    page.locator("form[action$='/cart/lines'] button:not([type])").first.click()
    page.locator("dialog[open] .cart-line").first.wait_for()


# --- the walk ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who, half", HALVES)
def test_every_screen_of_an_administrator(goes, portal, who, half):
    page = goes(who)
    start = FIRST
    if who in BUYERS:
        order_something(page)
        start = FIRST + BEHIND_A_FORM
    found = []
    for place, _ in enumerate(walk(page, portal.url_map.bind("localhost"), start)):
        if half is not None and place % 2 != half:
            continue
        found += judge(page, ALL if page.locator(FORM).count() else DESK_AND_PHONE)
        if send_it_empty(page):
            found += judge(page, DESK_AND_PHONE[1:])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", BASIC)
def test_every_screen_of_who_only_reads(goes, portal, who):  # in the two looks administrators have not seen it in
    page, found = goes(who), []
    for _ in walk(page, portal.url_map.bind("localhost"), FIRST):
        found += judge(page, CROSSED)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("locale", ["fr-FR", "pt-BR"])
def test_every_screen_of_a_stranger(new_context, portal_of_this, locale):
    page, found = with_axe(new_context(locale=locale).new_page()), []
    for path in STRANGERS + GONE:
        page.goto(portal_of_this + path)
        found += judge(page, ALL)
        if send_it_empty(page):
            found += judge(page, DESK_AND_PHONE)
    assert not found, "\n".join(found)


def test_what_is_wrong_is_found(goes):  # a look that finds nothing would prove nothing
    page = goes("revendeur")
    assert not look(page, ALL)
    page.evaluate("""() => {
        const faint = document.querySelector("h1").appendChild(document.createElement("span"))
        faint.textContent = "faint"
        faint.style.color = "#8888"
        document.querySelector("main").append(document.createElement("button"))
    }""")
    found = look(page, DESK_AND_PHONE)
    assert [one.split(": ")[1] for one in found] == ["color-contrast", "button-name"] * 2, found


def test_a_second_factor_from_its_picture_to_the_login(new_context, portal_of_this):  # ASVS 6.3.3
    page = with_axe(log_in(new_context(locale="pt-BR").new_page(), "parceira", portal_of_this))
    page.goto(portal_of_this + "/settings/security/second-factor")
    page.locator("form[action$='/offer'] button").click()
    page.locator(".qr").wait_for()
    found = judge(page, DESK_AND_PHONE)
    page.locator("[name=code]").fill(pyotp.TOTP(page.locator(".key-to-type").inner_text().replace(" ", "")).now())
    page.locator("[name=code]").press("Enter")
    codes = page.locator(".codes").inner_text().split()
    found += judge(page, DESK_AND_PHONE)
    page.locator(".panel a.btn--primary").click()
    page.get_by_role("heading", name="Segundo fator").wait_for()
    found += judge(page, DESK_AND_PHONE)
    page.context.clear_cookies()
    page.goto(portal_of_this + "/login")
    page.locator("[name=identifier]").fill("parceira")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile("/login/code"))
    found += judge(page, DESK_AND_PHONE)
    assert send_it_empty(page)
    found += judge(page, CROSSED)
    page.get_by_role("link", name="código de recuperação").click()
    page.get_by_role("heading", name="Código de recuperação").wait_for()
    page.locator("[name=code]").fill(codes[0])
    page.locator("[name=code]").press("Enter")
    page.wait_for_url("**/contracts*")
    assert not found, "\n".join(found)


# --- what opens --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["revendeur", "parceiro"])
@pytest.mark.parametrize("scheme, width", DESK_AND_PHONE)
def test_drawers(goes, who, scheme, width):  # 000-17, 002-53
    page = goes(who, viewport={"width": width, "height": 800})
    order_something(page)
    found = judge(page, [(scheme, width)])
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": width, "height": 800})
    page.locator(".topbar a:has(#unread)").click()
    page.locator("dialog[open] .notice").first.wait_for()
    found += judge(page, [(scheme, width)])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme, width", DESK_AND_PHONE)
def test_menus(goes, scheme, width):  # 004-29: they open by a click or a key, never by hovering
    page, found = goes("revendeur", viewport={"width": width, "height": 800}), []
    menus = page.locator("details.menu:visible")
    assert menus.count() >= 2
    for n in range(menus.count()):
        menus.nth(n).locator("summary").press("Enter")
        found += look(page, [(scheme, width)])
        page.keyboard.press("Escape")
    if width < 960:
        page.locator(".menu-button").press("Enter")
        page.locator("#menu:popover-open").wait_for()
        found += look(page, [(scheme, width)])
    assert not found, "\n".join(found)
