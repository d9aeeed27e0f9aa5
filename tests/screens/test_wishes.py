"""What a new subscription asks: over the catalogue or on a page of its own, and only what fits what was chosen."""

import re

import pytest

from lic.models import Basis, Plan, Price, Product, ProductKind, Project, SubscriptionType, tx
from tests.conftest import HTMX, NOON, a_user
from tests.screens.test_subscriptions import hidden, shown
from tests.subscribed import START, a_project, approved, bought
from tests.subscriptions import sold

MONTHLY, ANNUAL, TERM = SubscriptionType
TERMS = {"years", "months", "ends_on"}
ASSURED = {"assurance_years", "assurance_months"}
CHOSEN = {"quantity", "starts_on", "plan"}


@pytest.fixture
def w(world):
    return sold(world)


def asked(browser, w, product=None, **typed):
    """(the names of what the page asks, the page)."""
    given = {"product": (product or w.dwa).id} | typed
    page = shown(browser.get("/subscriptions/new", query_string=given))
    form = page[page.index("<form", page.index("<main")) :]
    form = form[: form.index("</form>")]
    return set(re.findall(r'(?:<select|<input)[^>]* id="(\w+)"', form)), page


def test_the_quantity_is_asked_over_the_catalogue(w, visit):  # 000-15, 000-16
    browser = visit(w.remi)
    page = shown(browser.get("/catalogue"))
    address = f"/subscriptions/new?product={w.dwa.id}"
    assert f'hx-get="{address}&amp;ask=new" hx-target="#popup"' in page and f'href="{address}"' in page
    popup = shown(browser.get(f"{address}&ask=new", headers=HTMX))
    assert "<html" not in popup and 'id="popup-title"' in popup and "data-closes" in popup
    assert 'name="quantity"' in popup and 'action="/subscriptions/new"' in popup
    assert 'hx-target="#popup"' in popup and 'name="years"' not in popup  # of a fixed term only
    term = shown(browser.get(f"{address}&ask=new&type=term&quantity=4", headers=HTMX))
    assert 'name="years"' in term and 'name="ends_on"' in term and 'value="4"' in term
    assert "autofocus" in popup and "/subscriptions/new?ask=again" in popup
    again = shown(browser.get(f"{address}&ask=again&type=term&quantity=4", headers=HTMX))
    assert "autofocus" not in again  # the caret stays where it is


@pytest.mark.parametrize(
    "typed, names",
    [
        ({}, set()),
        ({"type": "annual"}, set()),
        ({"type": "monthly"}, set()),
        ({"type": "term"}, TERMS),
        ({"type": "term", "plan": "premium"}, TERMS | ASSURED),
        ({"type": "annual", "plan": "standard"}, ASSURED),
        ({"type": "annual", "years": "0", "months": "0"}, set()),
    ],
)
def test_only_lengths_that_fit_what_was_chosen_are_asked(w, visit, typed, names):  # 000-16, 000-49
    a_project(w)
    typed = typed if not typed else {"quantity": "3"} | typed
    assert asked(visit(w.remi), w, **typed)[0] == {"project", "customer", "type", *CHOSEN} | names


def test_how_lengths_of_the_assurance_add_up_is_said_where_they_are_asked(w, visit):  # 000-16
    said = "Years and months of software assurance add up."
    for type, more in (("annual", " Left empty, it lasts as long as the licences."), ("monthly", "</p>")):
        page = asked(visit(w.remi), w, quantity="3", type=type, plan="standard")[1]
        assert said + more in page
    assert said not in asked(visit(w.remi), w, quantity="3", type="annual")[1]


def test_the_fields_are_drawn_anew_where_they_stand(w, visit):  # 000-49
    typed = f"product={w.dwa.id}&quantity=3&type=term"
    part = shown(visit(w.remi).get(f"/subscriptions/new?whole=1&{typed}", headers=HTMX))
    assert part.startswith('<div class="stack" id="wish">') and 'name="ends_on"' in part and 'id="effect"' in part
    part = shown(visit(w.remi).get(f"/subscriptions/new?{typed}", headers=HTMX))
    assert part.startswith('<div class="stack" id="effect"')


def test_a_length_too_many_stays_and_is_told(w, visit):  # 000-49
    names, page = asked(visit(w.remi), w, quantity="3", type="annual", years="2")
    assert "years" in names and "Only a fixed term has a length of its own: leave it empty." in page
    names, page = asked(visit(w.remi), w, quantity="3", type="annual", assurance_months="6")
    assert "assurance_months" in names and "Choose a plan, or leave its length empty." in page
    names, page = asked(visit(w.remi), w, quantity="3", type="term", years="2", ends_on="2028-12-31")
    assert "Give its length or its last day, not both." in page


def test_a_project_that_is_picked_says_its_type_and_plan(w, visit):  # 000-06, 000-07
    project = a_project(w, type=TERM)
    names, page = asked(
        visit(w.remi), w, quantity="10", project=str(project.number), type="annual", years="1", months="6"
    )
    assert names == {"project", "quantity", "starts_on", *TERMS, *ASSURED}
    assert "22/11/2026 – 21/05/2028" in page and "€684.00" in page and "10 × €0.50 × 18 months" in page  # X6
    assert visit(w.remi).post("/subscriptions", data=hidden(page)).location == "/cart"
    one = approved(w, w.remi, NOON)
    assert (one.project, one.type, one.customer) == (project, TERM, w.client)


def test_who_has_no_project_is_not_asked_for_one(w, visit):  # 000-04
    assert "project" not in asked(visit(w.remi), w)[0]
    a_project(w)
    assert "project" in asked(visit(w.remi), w)[0] and "project" not in asked(visit(w.marc), w)[0]


def test_a_neighbours_project_cannot_be_picked(w, visit):  # X15
    project = a_project(w)
    names, page = asked(visit(w.anne), w, quantity="1", project=str(project.number))
    assert "1 field needs your attention" in page and Project.select().count() == 1


def test_what_is_not_sold_by_the_year_is_proposed_as_it_is_sold(w, visit):  # 000-05, 001-16
    with tx():
        Price.delete().where(Price.product == w.office.id, Price.basis == Basis.ANNUAL).execute()
    page = asked(visit(w.remi), w, product=w.office)[1]
    assert "What you want" in page and "Not a valid choice" not in page and "OFF-ENT" in page
    assert "needs your attention" not in page and "Then each month, without VAT" in page


def test_what_is_refused_over_the_catalogue_has_an_address_of_its_own(w, visit):  # 000-15
    address = f"/subscriptions/new?product={w.dwa.id}&quantity=0&customer=%F0%9F%92%A5"
    boosted = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Boosted": "true"}
    answer = visit(w.remi).get(address, headers=boosted)
    assert answer.status_code == 422 and answer.headers["HX-Push-Url"] == address
    raw = visit(w.remi).get(f"/subscriptions/new?product={w.dwa.id}&quantity=ł", headers=boosted)
    assert raw.status_code == 422 and raw.headers["HX-Push-Url"].isascii()
    sent = visit(w.remi).post("/subscriptions", data={"product": w.dwa.id, "quantity": "0"}, headers=boosted)
    assert sent.status_code == 422 and sent.headers["HX-Push-Url"] == "false"  # its page stays where it is


def test_where_two_confirm_the_preview_says_who_is_first(w, visit):  # 001-24
    a_user(w.alpha, "Rosa Lima")
    with tx():
        w.alpha.reseller_approval = True
        w.alpha.save()
    page = asked(visit(w.remi), w)[1]
    assert "Another administrator of yours confirms your order, then Diane Garnier approves it." in page
    assert "Nothing is charged before that. The prices are held for 30 days." in page


def test_another_product_can_be_chosen_though_the_first_cannot(w, visit):  # O, Plan change; 000-07
    covered = bought(w, plan=Plan.STANDARD)
    address = f"/subscriptions/{covered.number}"
    page = shown(visit(w.remi).get(address))
    assert f"{address}/product/new" not in page and "There is no Standard software assurance for OFF-ENT" in page
    with tx():
        given = {"kind": ProductKind.SUBSCRIPTION, "title": {"en": "Printing Pro"}}
        pro = Product.create(reference="ZZZ-PRO", **given)
        given = {"kind": ProductKind.ASSURANCE, "title": {"en": "Care"}, "base": pro, "plan": Plan.STANDARD}
        care = Product.create(reference="ZZZ-PRO-STD", **given)
        for product, basis, cents in ((pro, Basis.ANNUAL, 4800), (care, Basis.ASSURANCE_MONTH, 70)):
            Price.create(price_list=w.europe, product=product, basis=basis, cents=cents, valid_from=START)
    page = shown(visit(w.remi).get(address))
    assert f"{address}/product/new" in page and "There is no Standard software assurance for OFF-ENT" not in page
    page = shown(visit(w.remi).get(f"{address}/product/new"))
    assert "ZZZ-PRO" in page and "This is not possible now" not in page
