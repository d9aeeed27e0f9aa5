"""A real browser on a real server with the demonstration's data: one server for each worker, one copy of the data each.

Whatever the browser complains of fails the test: an error on the console, in a script, or an answer 5xx.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import PASSWORD, ROOT, running

REFUSED = (
    "Failed to load resource: the server responded with a status of 4"  # Chromium's word for a 4xx, which may be meant
)


# --- the servers -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """A folder with the demonstration as it is loaded, to be copied."""
    data = tmp_path_factory.mktemp("demonstration") / "data"
    with running(data, "demo"):
        pass
    return data


def a_copy(demonstration, folder):
    return Path(shutil.copytree(demonstration, folder, ignore=shutil.ignore_patterns("lock")))


@pytest.fixture(scope="session")
def server(demonstration, tmp_path_factory):
    """The worker's server: for tests that only look, or whose changes disturb nobody."""
    with running(a_copy(demonstration, tmp_path_factory.mktemp("served") / "data"), "demo") as portal:
        yield portal.address


@pytest.fixture
def own_server(demonstration, tmp_path):
    """A server of the test's own, on fresh data: for tests that order, approve, cancel."""
    with running(a_copy(demonstration, tmp_path / "data"), "demo") as portal:
        yield portal.address


@pytest.fixture(scope="session")
def base_url(server):
    return server


# --- the browser -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = subprocess.run([ROOT / "tools/chromium", "--path"], capture_output=True, text=True, check=True)
    quiet = ("--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run")
    args = [*quiet, "--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
    args.append("--js-flags=--no-opt,--no-maglev")  # what is compiled for speed is thrown away at the next page
    return {**browser_type_launch_args, "executable_path": found.stdout.strip(), "args": args}


@pytest.fixture
def complaints():
    """What the browser complained of; a test that means it empties the list."""
    return []


@pytest.fixture
def new_context(new_context, complaints):
    """pytest-playwright's own factory (its contexts get traces), French unless told otherwise, and watched."""

    def make(**given):
        context = new_context(**{"locale": "fr-FR", "timezone_id": "Europe/Paris"} | given)
        context.set_default_timeout(10_000)
        context.on("console", lambda m: complaints.append(m.text) if _is_error(m) else None)
        context.on("weberror", lambda e: complaints.append(str(e.error)))
        context.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        return context

    yield make
    assert not complaints, complaints


def _is_error(message):
    return message.type == "error" and not message.text.startswith(REFUSED)


@pytest.fixture
def strict_page(page):
    """A page that fails the test on any complaint of the browser; `page` does so as well."""
    return page


# --- logging in --------------------------------------------------------------------------------


def log_in(page, who, address=""):
    """Through the login page, in whatever language it is; `address` of another server than the worker's."""
    page.goto(f"{address}/login")
    page.locator("[name=identifier]").fill(who)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form.sign-in button.btn--primary").click()
    page.wait_for_url("**/contracts*")
    return page


@pytest.fixture
def login(strict_page):
    """`login("revendeur")`: the test's page, with that person logged in a moment ago."""
    return lambda who, page=None: log_in(page or strict_page, who)


@pytest.fixture(scope="session")
def sessions():
    """Cookies by server and person, so that each logs in once for all tests of a worker."""
    return {}


@pytest.fixture
def as_user(new_context, sessions, base_url):
    """`as_user("parceiro", "/orders", locale="pt-BR")`: a page of that person; `at=own_server` is there instead."""

    def go(who, path="/contracts", at=base_url, **given):
        if (at, who) not in sessions:
            once = new_context()
            log_in(once.new_page(), who, at)
            sessions[at, who] = once.storage_state()
            once.close()
        page = new_context(storage_state=sessions[at, who], **given).new_page()
        page.goto(at + path)
        return page

    return go
