"""Projects on screen: two steps, a list that expands, three tabs, and a lock that says what it waits for."""

import pytest

from lic.models import (
    Basis,
    Invoice,
    LicenceGroup,
    Operation,
    OrderLine,
    Plan,
    Price,
    Project,
    SubscriptionType,
    Terms,
    tx,
)
from lic.rules import cart, customers, invoices, orders, projects, wishes
from tests.conftest import HTMX, NOON, a_user
from tests.screens.test_subscriptions import agree, hidden, shown
from tests.subscribed import a_project, approved, bought
from tests.subscriptions import sold

DETAILS = {
    "name": "Impression Lyon",
    "subscription_type": "annual",
    "assurance_plan": "standard",
    "channel": "Sud-Est",
    "tenant_name": "Client Test",
    "tenant_domain": "client.example",
    "tenant_country": "FR",
    "admin_first_name": "Ada",
    "admin_last_name": "Min",
    "admin_email": "ada@client.example",
    "admin_phone": "0472000000",
}


@pytest.fixture
def w(world):
    sold(world)
    with tx():
        world.alpha.channel = "Sud-Est, Nord"
        world.alpha.account_manager = world.ines
        world.alpha.save()
    return world


@pytest.fixture
def project(w):
    with tx():
        made = a_project(w)
        owner = {"reseller": made.reseller_id, "customer": made.customer_id}
        w.group = LicenceGroup.create(**owner, project=made, product=w.dwa)
    return made


@pytest.fixture
def annual_a(w, project):
    """20 seats of the project, with the assurance its plan brings."""
    return bought(w, project=project, assurance_months=12)


# --- two steps -----------------------------------------------------------------------------------


def test_nobodys_project_is_made_because_their_name_comes_first(w, visit):  # 000-10
    customers.new(w.alpha, w.remi, NOON, name="Aaa", email="aaa@client.example", phone="0102030405", country="FR")
    page = visit(w.remi).post(f"/projects/new/details?product={w.dwa.id}", data=DETAILS)
    assert page.status_code == 422 and "Customer: This field is required." in shown(page)
    assert '<option value="">Choose…</option>' in shown(page).replace("selected ", "")


def test_a_project_is_made_in_two_steps(w, visit):  # 000-03, 000-05, 000-13
    browser = visit(w.remi)
    first = shown(browser.get("/projects/new"))
    assert "Licence type" in first and "IMP-DWA" in first and "Next" in first and "IMP-CPM" not in first
    second = shown(browser.get(f"/projects/new/details?product={w.dwa.id}"))
    for word in ("Project name", "Subscription type", "Fixed term", "Dealer", "Alpha", "Tenant", "Administrator"):
        assert word in second, word
    asked = DETAILS | {"customer": w.client.id}
    answer = browser.post(f"/projects/new/details?product={w.dwa.id}", data=asked)
    project = Project.get(Project.name == "Impression Lyon")
    assert answer.location == f"/projects/{project.number}" and project.channel == "Sud-Est"
    assert project.subscription_type is SubscriptionType.ANNUAL and project.customer == w.client
    assert "IMP-DWA" in shown(browser.get(answer.location))


def test_the_tenant_is_proposed_in_the_country_of_the_buyer(w, visit):  # 000-10
    with tx():
        w.alpha.country = "BR"
        w.alpha.save()
    page = shown(visit(w.remi).get(f"/projects/new/details?product={w.dwa.id}"))
    assert 'selected value="BR"' in page and 'selected value="FR"' not in page


def test_only_types_the_price_list_sells_are_offered(w, visit):  # 000-05, 001-16
    page = shown(visit(w.remi).get(f"/projects/new/details?product={w.office.id}"))
    assert "Fixed term" not in page and "Monthly" in page


def test_the_plans_are_described_in_detail(w, visit):  # 000-07
    page = shown(visit(w.remi).get(f"/projects/new/details?product={w.dwa.id}"))
    assert "/projects/plans#premium_plus" in page
    page = shown(visit(w.remi).get("/projects/plans"))
    assert "Premium Plus" in page and "€1.20" in page and "never to a lower one" in page


@pytest.mark.parametrize("missing", sorted(set(DETAILS) - {"subscription_type", "assurance_plan"}))
def test_only_the_description_may_stay_empty(w, visit, missing):  # 000-11
    asked = DETAILS | {"customer": w.client.id, missing: ""}
    answer = visit(w.remi).post(f"/projects/new/details?product={w.dwa.id}", data=asked)
    assert answer.status_code == 422 and "1 field needs your attention" in shown(answer)
    assert not Project.select().count()


def test_an_empty_channel_list_names_the_account_manager(w, visit):  # 000-09
    with tx():
        w.alpha.channel = ""
        w.alpha.save()
    address = f"/projects/new/details?product={w.dwa.id}"
    page = shown(visit(w.remi).get(address))
    assert "Inès Robert" in page and "ines@example.com" in page and 'aria-disabled="true"' in page
    answer = visit(w.remi).post(address, data=DETAILS | {"customer": w.client.id})
    assert answer.status_code == 422 and not Project.select().count()


def test_a_neighbours_customer_cannot_be_named(w, visit):  # X15
    asked = DETAILS | {"customer": w.voisin.id}
    assert visit(w.remi).post(f"/projects/new/details?product={w.dwa.id}", data=asked).status_code == 422


def test_a_product_that_is_none_is_not_found(w, visit):
    for text in ("", "0", "abc", str(w.cpm.id), "9" * 30):
        assert visit(w.remi).get("/projects/new/details", query_string={"product": text}).status_code == 404


# --- the list ------------------------------------------------------------------------------------


def test_the_list_is_searched_and_a_row_expands_in_place(w, visit, annual_a, project):  # 000-29, 000-30
    browser = visit(w.remi)
    page = shown(browser.get("/projects?q=impres"))
    assert "1 project" in page and 'aria-expanded="false"' in page and "Sud-Est" not in page
    part = shown(browser.get(f"/projects?q=impres&open={project.number}", headers=HTMX))
    for word in ('aria-expanded="true"', "IMP-DWA", "Sud-Est", "Add a licence group", "Add licences: IMP-DWA"):
        assert word in part, word
    assert "<html" not in part
    assert "0 projects" in shown(browser.get("/projects?q=zzz"))


def test_a_stranger_sees_no_project(w, visit, project):
    assert "0 projects" in shown(visit(w.anne).get("/projects"))
    assert "IMP-DWA" not in shown(visit(w.anne).get(f"/projects?open={project.number}"))
    for tab in ("", "/details", "/orders", "/edit"):
        assert visit(w.anne).get(f"/projects/{project.number}{tab}").status_code == 404
    assert visit(w.claire).get("/projects").status_code == 403


# --- the tabs ------------------------------------------------------------------------------------


def test_the_licences_tab_has_its_three_sections(w, visit, annual_a, project):  # 000-12, 000-39, 000-51
    page = shown(visit(w.remi).get(f"/projects/{project.number}"))
    for word in (
        *("Software licences", "Software assurance", "Subscription", "14/03/2027", "Standard", "span__active"),
        *(f"/subscriptions/{annual_a.number}/seats/new", f"/subscriptions/{annual_a.number}/upgrade/new"),
    ):
        assert word in page, word


def test_every_tab_has_the_edit_button(w, visit, project):  # 000-28
    for tab in ("", "/details", "/orders"):
        assert "Edit the project" in shown(visit(w.remi).get(f"/projects/{project.number}{tab}"))
        assert "Edit the project" not in shown(visit(w.lea).get(f"/projects/{project.number}{tab}"))
        assert "Edit the project" not in shown(visit(w.diane).get(f"/projects/{project.number}{tab}"))


def test_details_and_orders_are_tabs(w, visit, annual_a, project):  # 000-26
    page = shown(visit(w.remi).get(f"/projects/{project.number}/details"))
    assert "Tenant" in page and "admin@example.com" in page and "Sud-Est" in page
    page = shown(visit(w.remi).get(f"/projects/{project.number}/orders"))
    assert "Completed" in page and "/orders/10001" in page


def test_the_project_is_edited(w, visit, project):  # 000-28
    asked = {name: value for name, value in DETAILS.items() if name not in ("subscription_type", "assurance_plan")}
    asked |= {"channel": "Nord", "description": "Three floors"}
    assert visit(w.remi).post(f"/projects/{project.number}/edit", data=asked).status_code == 303
    project = project.again()
    assert (project.name, project.channel, project.description) == ("Impression Lyon", "Nord", "Three floors")
    assert visit(w.remi).post(f"/projects/{project.number}/edit", data=asked | {"name": ""}).status_code == 422


# --- licences, groups, modules ---------------------------------------------------------------------


def test_the_first_licences_ask_for_quantity_and_duration(w, visit, project):  # 000-15, 000-16, 000-31
    page = shown(visit(w.remi).get(f"/projects/{project.number}"))
    address = f"/subscriptions/new?product={w.dwa.id}&amp;for={project.number}"
    assert address in page
    typed = f"product={w.dwa.id}&for={project.number}&quantity=20&assurance_years=1&assurance_months=6"
    page = shown(visit(w.remi).get(f"/subscriptions/new?{typed}"))
    for word in ("Assurance: years", "20 × €36.00", "€720.00", "20 × €0.50 × 18 months", "€180.00", "€1,080.00"):
        assert word in page, word
    assert 'name="type"' not in page  # the project says which (000-06)


def test_the_first_licences_go_to_the_cart_under_the_project(w, visit, project):  # 000-17, 000-33
    browser = visit(w.remi)
    page = shown(
        browser.get(f"/subscriptions/new?product={w.dwa.id}&for={project.number}&quantity=20&assurance_years=1")
    )
    assert browser.post("/subscriptions", data=hidden(page)).location == "/cart"
    lines = cart.lines(cart.of(w.remi))
    assert [(line.operation, line.project_id, line.net_cents) for line in lines] == [
        (Operation.SUBSCRIBE, project.id, 72000),
        (Operation.ASSURANCE, project.id, 12000),
    ]
    subscription = approved(w, w.remi, NOON)
    assert subscription.project == project and subscription.group == w.group


def test_a_group_is_added_from_a_list(w, visit, project):  # 000-13, 000-14, 000-32
    browser = visit(w.remi)
    assert "OFF-ENT" in shown(browser.get(f"/projects/{project.number}"))
    answer = browser.post(f"/projects/{project.number}/groups", data={"product": w.office.id})
    assert answer.status_code == 303 and LicenceGroup.select().count() == 2
    assert answer.location == f"/subscriptions/new?product={w.office.id}&for={project.number}"
    for product, code in ((w.office.id, 422), (w.cpm.id, 422), ("abc", 404), ("", 404)):
        assert browser.post(f"/projects/{project.number}/groups", data={"product": product}).status_code == code


def test_the_quantity_is_asked_over_the_page(w, visit, project):  # 000-15, 000-16
    browser = visit(w.remi)
    page = shown(browser.get(f"/projects/{project.number}"))
    asked = f"/subscriptions/new?product={w.dwa.id}&ask=new&for={project.number}".replace("&", "&amp;")
    assert f'hx-get="{asked}"' in page or "ask=seats" in page
    part = shown(browser.get(f"/subscriptions/new?product={w.dwa.id}&for={project.number}&ask=new", headers=HTMX))
    for word in ('id="popup-title"', 'name="quantity"', 'name="assurance_years"', 'name="assurance_months"', "Next"):
        assert word in part, word
    assert "<html" not in part and 'id="effect"' not in part
    group = browser.post(f"/projects/{project.number}/groups", data={"product": w.office.id}, headers=HTMX)
    assert group.status_code == 303 and "ask=group" in group.location
    part = shown(browser.get(group.location, headers=HTMX))
    assert "OFF-ENT" in part and 'name="quantity"' in part and "data-back" in part
    assert 'id="effect"' in shown(browser.get(group.location))  # a page of its own without scripts


def test_projects_with_a_paid_base_are_found_and_take_the_module(w, visit, annual_a, project):  # 000-35, 000-36
    browser = visit(w.remi)
    assert "0 projects" in shown(browser.get("/projects?base=paid"))
    invoices.pay(Invoice.get(), NOON.day, w.diane, NOON)
    assert "1 project" in shown(browser.get("/projects?base=paid"))
    assert "0 projects" in shown(visit(w.anne).get("/projects?base=paid"))
    assert "/projects?base=paid" in shown(browser.get("/catalogue?type=subscribe"))
    address = f"/subscriptions/{annual_a.number}/module"
    opened = shown(browser.get(f"/projects?base=paid&open={project.number}"))
    assert f"{address}/new?product={w.cpm.id}" in opened.replace("&amp;", "&")
    page = shown(browser.get(f"{address}/new?product={w.cpm.id}"))
    assert 'name="quantity"' not in page and "€100.00" in page  # 20 × 15.00 × 4/12
    assert agree(browser, address, product=w.cpm.id).location == "/cart"
    module = approved(w, w.remi, NOON)
    assert module.product == w.cpm and module.base == annual_a
    assert "follows its base" in shown(browser.get(f"/projects/{project.number}"))
    invoices.unpay(Invoice.select().order_by(Invoice.id).get(), w.diane, NOON)
    assert "0 projects" in shown(browser.get("/projects?base=paid"))


def test_a_module_waits_for_its_paid_base(w, visit, annual_a, project):  # 000-35, 000-36
    page = shown(visit(w.remi).get(f"/projects/{project.number}"))
    assert "Add a new module" in page and "must be ordered and its invoice paid" in page
    address = f"/subscriptions/{annual_a.number}/module/new?product={w.cpm.id}"
    assert "This is not possible now" in shown(visit(w.remi).get(address))


def test_a_locked_project_says_why_and_links_to_the_order(w, visit, annual_a, project):  # 000-25, X8
    wishes.add(Operation.ADD_SEATS, w.remi, NOON, subscription=annual_a, quantity=5)
    terms = [row.id for row in Terms.select()]
    order = orders.place(w.remi, NOON, "lock", terms, orders.totals(cart.of(w.remi)).seen)
    for address in (f"/projects/{project.number}", f"/projects?open={project.number}"):
        page = shown(visit(w.remi).get(address))
        assert f"Order no. {order.number} of this project must be decided first." in page
        assert f'href="/orders/{order.number}"' in page and "/seats/new" not in page
    for asked in ("seats/new?quantity=1", "upgrade/new?plan=premium"):
        assert "must be decided first" in shown(visit(w.remi).get(f"/subscriptions/{annual_a.number}/{asked}"))
    orders.reject(order, "No", w.diane, NOON)
    assert f"/subscriptions/{annual_a.number}/seats/new" in shown(visit(w.remi).get(f"/projects/{project.number}"))


def test_a_line_of_a_locked_project_is_flagged_in_the_cart(w, visit, annual_a, project):  # 000-25, X8
    a_line(w, w.remi, annual_a)
    browser = visit(w.remi)
    assert "must be decided first" not in shown(browser.get("/cart"))
    second = a_user(w.alpha, "Zoé Roux")
    a_line(w, second, annual_a)
    first = orders.place(second, NOON, "k", [t.id for t in Terms.select()], orders.totals(cart.of(second)).seen)
    why = f"Order no. {first.number} of this project must be decided first."
    for headers in ({}, HTMX):  # the page, and the drawer
        page = shown(browser.get("/cart", headers=headers))
        line = page[page.index('class="cart-line"') : page.index("</ul>", page.index('class="cart-line"'))]
        assert why in line and f'href="/orders/{first.number}"' in line
        assert 'action="/orders/new"' in page and 'aria-disabled="true"' in page
    assert why in shown(browser.get("/orders/new?consent=1"))
    orders.reject(first, "Later", w.diane, NOON)
    assert "must be decided first" not in shown(browser.get("/cart"))


def test_a_line_that_is_no_longer_sold_is_flagged_in_the_cart(w, visit, annual_a):  # 000-18, 001-16
    a_line(w, w.remi, annual_a)
    with tx():
        Price.delete().where(Price.product == w.dwa.id, Price.basis == Basis.ANNUAL).execute()
    page = shown(visit(w.remi).get("/cart"))
    line = page[page.index('class="cart-line"') :]
    assert 'class="why"' in line[: line.index("</ul>")] and 'aria-disabled="true"' in page


def a_line(w, by, subscription):
    wishes.add(Operation.ADD_SEATS, by, NOON, subscription=subscription, quantity=1)


def test_added_licences_bring_their_assurance(w, visit, annual_a, project):  # 000-33, 000-34
    agree(visit(w.remi), f"/subscriptions/{annual_a.number}/seats", quantity=5)
    line = OrderLine.select().where(OrderLine.operation == Operation.ASSURANCE).order_by(OrderLine.id.desc()).get()
    assert line.quantity == 5 and line.product == w.plans[Plan.STANDARD]
    page = shown(visit(w.remi).get("/cart"))
    assert "Project Client Test - impression" in page and "follows" in page


def test_what_has_no_assurance_has_no_plan(w, visit):  # 000-07
    browser, address = visit(w.remi), f"/projects/new/details?product={w.office.id}"
    page = shown(browser.get(address))
    assert "This licence has no software assurance." in page and 'name="assurance_plan"' not in page
    answer = browser.post(address, data=DETAILS | {"customer": w.client.id, "assurance_plan": "premium"})
    project = Project.get(Project.name == "Impression Lyon")
    assert answer.location == f"/projects/{project.number}" and project.assurance_plan is None
    assert "Premium" not in shown(browser.get(answer.location)).split("<main")[1].split("<table")[0]
    assert "No software assurance" in shown(browser.get(f"{answer.location}/details"))
    assert "Impression Lyon" in shown(browser.get("/projects"))
    assert "Impression Lyon" not in shown(browser.get("/projects?plan=premium")).split('id="rows"')[1]
    one = bought(w, project=project, product=w.office, type=SubscriptionType.ANNUAL, quantity=1)
    assert one.project == project
    wrong = browser.post(address, data=DETAILS | {"customer": w.client.id, "tenant_domain": "not a domain"})
    assert wrong.status_code == 422 and "This is not a domain" in shown(wrong)


# --- what is typed --------------------------------------------------------------------------------------


NO_DOMAINS = ["not a domain", "\U0001f600.com", "customer", ".fr", "a..fr", "-a.fr", "1.2.3.4", "a_b.fr"]


@pytest.mark.parametrize("domain", NO_DOMAINS)
def test_a_tenant_has_a_domain(domain):  # 000-10
    assert projects.why_not_domain(domain)


@pytest.mark.parametrize("domain", ["client.onmicrosoft.com", "société.fr", "XN--SOCIT-ESAB.fr", "a-b.co", "1und1.de"])
def test_a_domain_may_be_of_any_script(domain):
    assert projects.why_not_domain(domain) is None
