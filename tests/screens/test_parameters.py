"""Parameters on screen: of the portal, of a price list, of a product; what holds and from where (rules.md P)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lic.models import Event, Setting, tx
from lic.rules import parameters
from tests.conftest import TODAY

DEFAULTS = parameters.Parameters()


def page(browser, path):
    return " ".join(browser.get(path).text.split())


@pytest.fixture
def paths(world):
    return {
        "portal": "/parameters",
        "list": f"/price-lists/{world.europe.id}/parameters",
        "product": f"/products/{world.completo.id}/parameters",
    }


def test_the_portal_a_list_and_a_product_each_say_otherwise(visit, world, paths):  # P
    browser = visit(world.diane)
    assert parameters.of(world.europe, world.completo) == DEFAULTS
    for place, days in (("portal", "20"), ("list", "25"), ("product", "30")):
        answer = browser.post(paths[place], data={"grace_days": days})
        assert (answer.status_code, answer.location) == (303, paths[place])
        found = parameters.of(world.europe.again(), world.completo.again())
        assert found.grace_days == int(days)
    assert parameters.of(world.brasil).grace_days == 20
    assert parameters.of(world.brasil, world.completo.again()).grace_days == 30
    assert world.completo.again().grace_days == 30  # its own column: the lists read it


def test_an_empty_field_says_what_holds_and_from_where(visit, world, paths):
    browser = visit(world.diane)
    assert "Empty: 10 (the default)." in page(browser, paths["list"])
    browser.post(paths["portal"], data={"grace_days": "20"})
    browser.post(paths["list"], data={"grace_days": "25", "auto_approve_limit": "100"})
    assert "Empty: 10 (the default)." in page(browser, paths["portal"])
    assert "Empty: 20 (for the whole portal)." in page(browser, paths["list"])
    shown = page(browser, paths["product"])
    assert "Empty: 20 (for the whole portal). Price list Europe: 25." in shown
    browser.post(paths["list"], data={"grace_days": "", "auto_approve_limit": ""})
    assert world.europe.again().parameters == {}
    assert "Price list Europe" not in page(browser, paths["product"])


def test_each_place_sets_what_is_its_own(visit, world, paths):
    browser = visit(world.diane)
    for place, there, not_there in (
        ("portal", "order_ttl_days", "auto_approve_limit"),
        ("list", "auto_approve_limit", "nothing"),
        ("product", "term_discount", "order_ttl_days"),
    ):
        shown = page(browser, paths[place])
        assert f'name="{there}"' in shown and f'name="{not_there}"' not in shown
    browser.post(paths["product"], data={"order_ttl_days": "5", "annual_addon": "day"})
    assert world.completo.again().parameters == {"annual_addon": "day"}


def test_every_parameter_is_kept_and_shown_again(visit, world, paths):
    browser = visit(world.diane)
    typed = {
        "grace_days": "0",
        "renew_window_days": "60",
        "decrease_window_days": "30",
        "cooling_off_days": "14",
        "monthly_first": "free",
        "annual_addon": "day",
        "term_discount": "6 = 2,5 %; 24=12",
        "reminders": "5, -30,0",
        "order_ttl_days": "45",
        "auto_approve_limit": "150,50",
        "reseller_approval": "on",
        "link_approval_limit": "1000",
    }
    assert browser.post(paths["list"], data=typed).status_code == 303
    found = parameters.of(world.europe.again())
    assert (found.grace_days, found.renew_window_days, found.cooling_off_days) == (0, 60, 14)
    assert (found.monthly_first, found.annual_addon, found.reseller_approval) == ("free", "day", "on")
    assert found.term_discount == ((6, Decimal("0.025")), (24, Decimal("0.12")))
    assert found.reminders == (-30, 0, 5)
    assert (found.auto_approve_limit, found.link_approval_limit) == (Decimal("150.5"), Decimal(1000))
    shown = page(browser, paths["list"])
    for value in ("0", "60", "6 = 2.5; 24 = 12", "-30, 0, 5", "45", "150.50", "1000.00"):
        assert f'value="{value}"' in shown, value
    assert '<option selected value="free">' in shown
    assert browser.post(paths["list"], data={"term_discount": "0"}).status_code == 303
    assert parameters.of(world.europe.again()).term_discount == ()
    assert 'value="0"' in page(browser, paths["list"])


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"grace_days": "-1"}, "From 0 to 365."), ({"grace_days": "366"}, "From 0 to 365."),
        ({"grace_days": "x"}, "This is not a whole number."), ({"renew_window_days": "0"}, "From 1 to 730."),
        ({"monthly_first": "half"}, "not one of the choices"), ({"term_discount": "12"}, "Months = percent"),
        ({"term_discount": "12 = 101"}, "At most 100 percent."), ({"term_discount": "; ;"}, "Months = percent"),
        ({"reminders": "soon"}, "Whole numbers with commas"), ({"reminders": "999"}, "each from -366 to 366"),
        ({"auto_approve_limit": "-5"}, "This is not an amount"), ({"order_ttl_days": "0"}, "From 1 to 366."),
        ({"order_ttl_days": "9" * 30}, "From 1 to 366."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_stays_typed(visit, world, paths, wrong, said):
    answer = visit(world.diane).post(paths["list"], data={"cooling_off_days": "3"} | wrong)
    (typed,) = wrong.values()
    assert answer.status_code == 422 and said in answer.text
    assert typed == "half" or typed in answer.text
    assert world.europe.again().parameters == {}


def test_a_change_is_in_the_journal_in_words(visit, world, paths):
    browser = visit(world.diane)
    browser.post(paths["list"], data={"monthly_first": "free", "term_discount": "12 = 5", "grace_days": "20"})
    browser.post(paths["list"], data={"monthly_first": "free", "term_discount": "12 = 5", "grace_days": ""})
    events = list(Event.select().where(Event.kind == "price_list.changed").order_by(Event.id))
    assert events[0].after == {"monthly_first": "free", "term_discount": [[12, "5"]], "grace_days": 20}
    assert (events[1].before, events[1].after) == ({"grace_days": 20}, {})
    shown = page(browser, f"/audit/{events[0].id}")
    assert "First month of a monthly subscription" in shown and "Nothing" in shown and "12 = 5" in shown
    browser.post(paths["list"], data={"monthly_first": "free", "term_discount": "12 = 5"})  # nothing new
    assert Event.select().where(Event.kind == "price_list.changed").count() == 2
    browser.post(paths["portal"], data={"grace_days": "3"})
    assert Event.get(Event.kind == "setting.changed").after == {"grace_days": 3}
    browser.post(paths["product"], data={"grace_days": "4"})
    assert Event.get(Event.kind == "product.changed").after == {"grace_days": 4}


def test_basic_reads_what_holds_and_writes_nothing(visit, world, paths):  # X15
    with tx():
        Setting.create(name=parameters.SETTING, value={"grace_days": 77})
    browser = visit(world.paul)
    for path in paths.values():
        shown = page(browser, path)
        assert "77" in shown and '<form class="panel__body' not in shown
        assert browser.post(path, data={"grace_days": "5"}).status_code == 403
    assert visit(world.remi).get(paths["list"]).status_code == 403


def test_the_way_leads_there(visit, world, paths):
    browser = visit(world.diane)
    assert 'href="/parameters"' in page(browser, "/settings/profile")
    assert paths["list"] in page(browser, f"/price-lists/{world.europe.id}")
    assert paths["product"] in page(browser, f"/products/{world.completo.id}/edit")
    assert paths["product"] in page(visit(world.paul), "/products")
    assert 'href="/parameters"' not in page(visit(world.remi), "/settings/profile")


def test_a_contract_in_grace_follows_the_portal(visit, world, paths):  # 000-43
    with tx():
        world.contract.ends_on = TODAY - timedelta(days=15)
        world.contract.save()
    browser = visit(world.diane)
    assert "In grace" not in page(browser, "/contracts") and "Grace" not in page(browser, "/contracts?q=29962")
    browser.post(paths["portal"], data={"grace_days": "20"})
    assert "race" in page(browser, "/contracts?q=29962")
