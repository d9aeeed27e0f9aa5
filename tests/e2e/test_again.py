"""A form left open too long, in a browser: the question takes the page's place, and the form is sent on."""

import sqlite3
from contextlib import closing

from tests.running import PASSWORD


def test_a_form_left_open_too_long_is_sent_on_with_the_password(own_server, as_user, tmp_path):  # interface.md
    page = as_user("revendeur", "/settings/users/new", at=own_server)
    typed = {"last_name": "Neuve", "first_name": "Nina", "email": "nina@example.com", "identifier": "nina.neuve"}
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    with closing(sqlite3.connect(tmp_path / "data" / "portal.db", isolation_level=None)) as database:
        database.execute("UPDATE sign_in SET fresh_at = '2020-01-01 00:00:00'")
    page.locator("main form button.btn--primary").click()
    page.locator("[name=again-password]").fill(PASSWORD)
    page.locator("form.sign-in button").click()
    page.wait_for_url("**/settings/users*")
    assert page.locator("tr", has_text="nina.neuve").count() == 1
    assert page.locator("nav.sidebar").count() == 1  # a whole page again
