"""A licence in the browser: activated, replaced, cancelled; with scripts and without."""

import re

import pytest

ONE = re.compile(r"/activations/\d+$")


def in_stock(page, address):
    page.goto(f"{address}/stock")
    return int(page.locator("tr[data-href] td strong").first.inner_text())


@pytest.mark.parametrize("scripts", [True, False])
def test_a_licence_is_activated_replaced_and_cancelled(as_user, own_server, scripts):  # 001-08..11, 001-28, 001-29
    page = as_user("revendeur", "/stock", at=own_server, java_script_enabled=scripts)
    before = in_stock(page, own_server)
    page.locator("a[href='/activations/new']").click()
    page.locator("#customer").select_option(index=1)
    page.locator("#product").select_option(index=1)
    page.locator("#observation").fill("poste d'accueil")
    page.locator("main form button.btn--primary").click()
    page.wait_for_url(ONE)
    assert "poste d'accueil" in page.locator("main").inner_text()
    key = page.locator("#key").inner_text()
    assert in_stock(page, own_server) == before - 1
    page.go_back()

    page.locator("a[href$='/replacement/new']").click()
    page.locator("main form button.btn--primary").click()
    page.wait_for_url(ONE)
    assert page.locator("#key").inner_text() != key

    page.locator("a[href$='/cancellation/new']").click()
    page.locator("main form[action$='/cancellation'] button").click()
    page.wait_for_url(ONE)
    assert page.locator("a[href$='/cancellation/new']").count() == 0
    assert in_stock(page, own_server) == before


def test_what_is_wrong_is_shown_where_it_was_typed(as_user, own_server):
    page = as_user("revendeur", "/activations/new", at=own_server)
    page.locator("#quantity").fill("1000")
    page.locator("#product").select_option(index=1)
    page.locator("#customer").select_option(index=1)
    page.locator("main form button.btn--primary").click()
    page.locator("#quantity-error").wait_for()
    assert page.locator("#quantity").input_value() == "1000"
    assert page.url.endswith("/activations/new")
