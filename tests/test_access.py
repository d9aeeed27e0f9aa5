"""Every route, for every kind of person: generated from the routes, compared with what was agreed.

A new screen fails here until its line stands in tests/agreed.py.
"""

from datetime import timedelta

import pytest

from lic import create_app
from lic.models import Record, db, tx
from lic.settings import read
from lic.web import guard, session
from lic.web.headers import POLICY
from tests.agreed import AGREED, ROWS
from tests.conftest import a_browser, a_portal, opened, the_cast

APP = create_app(read({"LIC_DATA": "/nonexistent"}), SECRET_KEY="tests", TESTING=True)
ROUTES = sorted(
    (rule.endpoint, method, rule.rule)
    for rule in APP.url_map.iter_rules()
    if rule.endpoint != "static" and not APP.view_functions[rule.endpoint].token  # those: tests/test_api.py
    for method in rule.methods - {"HEAD", "OPTIONS"}
)
ROLES = {
    "distributor:administrator": "diane",
    "distributor:basic": "paul",
    "reseller:administrator": "remi",
    "reseller:basic": "lea",
    "customer:administrator": "claire",
    "customer:basic": "cleo",
    "direct:administrator": "marc",
    "direct:basic": "jean",
}
NEIGHBOURS = ("anne", "victor", "marc")
TYPED = ("name", "title", "first_name", "last_name", "phone", "serial", "product_reference", "reference")
MARKUP = """ "'><b id=x>i{{7*7}}i"""
PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def test_each_view_is_open_to_whom_it_was_agreed():
    declared = {e: getattr(view, "allowed", None) for e, view in APP.view_functions.items() if e != "static"}
    assert {e: sorted(roles or ["ANYONE"]) for e, roles in declared.items() if roles is not None} == {
        endpoint: sorted(getattr(guard, audience) or ["ANYONE"])
        for audience, endpoints in AGREED.items()
        for endpoint in endpoints.split()
    }
    assert None not in declared.values()


@pytest.fixture(scope="module")
def app(portal, blank, tmp_path_factory):
    """One portal for the whole module: nothing here may change anything."""
    with opened(portal, a_portal(tmp_path_factory.mktemp("access"), blank)):
        yield portal


@pytest.fixture(scope="module")
def world(app):
    return marked(the_cast())


def marked(world):
    """Everybody and everything is called something that would be markup, if any page took it for such."""
    with tx():
        for record in [one for one in vars(world).values() if isinstance(one, Record)]:
            for name in {*TYPED} & {*record._meta.fields}:
                given = getattr(record, name)
                marked = {key: text + MARKUP for key, text in given.items()} if isinstance(given, dict) else given
                setattr(record, name, given + MARKUP if isinstance(given, str) else marked)
            record.save()
    return world


@pytest.fixture(scope="module")
def visit(app):
    return lambda user=None: a_browser(app, user)


@pytest.fixture(params=ROUTES, ids=lambda route: f"{route[1]} {route[2]}")
def route(request, app, world):
    """(view, method, url, whether it names one of Alpha's rows)"""
    endpoint, method, _ = request.param
    rule = next(r for r in app.url_map.iter_rules(endpoint) if method in r.methods)
    args = named(endpoint, world) if rule.arguments else {}
    with app.test_request_context():
        url = app.url_for(endpoint, **{name: args[name] for name in rule.arguments})
    return app.view_functions[endpoint], method, url, bool(rule.arguments - {"kind"})


def named(endpoint, world):
    """The arguments that name one of Alpha's rows; each row is made once."""
    key = endpoint if endpoint in ROWS else endpoint.split(".")[0]
    made = vars(world).setdefault("made", {})
    if key not in made:
        made[key] = ROWS[key](world)
    return made[key]


def test_a_stranger_is_asked_to_log_in(visit, route):
    view, method, url, _ = route
    answer = visit().open(url, method=method)
    if view.allowed is not guard.ANYONE:
        assert answer.status_code == 303 and answer.location.startswith("/login")


def test_a_write_from_another_site_is_refused(app, world, visit, route):
    view, method, url, _ = route
    if method != "GET":
        for header in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            assert visit(world.diane).open(url, method=method, headers=header).status_code == 403


def answers(world, visit, url, method, people):
    """What each of these people of the cast is answered."""
    return {name: visit(getattr(world, name)).open(url, method=method).status_code for name in people}


def test_a_role_that_is_not_allowed_is_refused(world, visit, route):  # X15
    view, method, url, _ = route
    if view.allowed is not guard.ANYONE:
        refused = [name for role, name in ROLES.items() if role not in view.allowed]
        assert answers(world, visit, url, method, refused) == dict.fromkeys(refused, 403)


def test_a_neighbours_row_does_not_exist(world, visit, route):  # X15
    view, method, url, names_a_row = route
    if names_a_row and view.allowed is not guard.ANYONE:
        strangers = [name for name in NEIGHBOURS if guard.role(getattr(world, name)) in view.allowed]
        assert answers(world, visit, url, method, strangers) == dict.fromkeys(strangers, 404)


def test_every_page_opens_for_those_it_is_for(app, world, visit, route, monkeypatch):
    """No page fails for anybody it is open to: it shows, leads on, or says what is missing.

    Looking writes nothing, what is seen is kept by no cache and framed by nobody, and no name is markup (safety.md 13,
    30, 47, 48).
    """
    view, method, url, _ = route
    monkeypatch.setattr(session, "SEEN_EVERY", timedelta(days=1))
    for name in [name for role, name in ROLES.items() if role in view.allowed and method == "GET"]:
        browser, before = visit(getattr(world, name)), db.connection().total_changes
        answer = browser.open(url)
        assert answer.status_code in (200, 302, 303, 304, 404, 410, 422)
        assert db.connection().total_changes == before
        assert PRIVATE.items() <= dict(answer.headers).items()
        assert answer.mimetype != "text/html" or "<b id=x>" not in answer.text and "i49i" not in answer.text


def test_the_names_that_would_be_markup_are_on_the_pages(world, visit):
    for path in ("/contracts", "/customers", "/catalogue", "/settings/users", "/contracts?q=id%3Dx", "/customers?q=b"):
        assert "&lt;b id=x&gt;" in visit(world.remi).get(path).text.replace("<mark>", "").replace("</mark>", ""), path
