"""No page looks at more rows because there are more contracts (speed.md): rows are counted, not time."""

import pytest

from bench.pages import PAGES, named, rows_named
from lic import demo, search
from lic.models import EVERYBODY, User, db, scope, tx
from lic.web import kept
from tests.conftest import NOON, a_browser, a_portal, opened

BOARD = ["/renewals/contracts", "/renewals/contracts?sort=-ends_on", "/renewals/contracts?outcome=open"]
LISTS = {
    who: [path for path in paths.split() if path.count("/") == 1] + (BOARD if who == "distributeur" else [])
    for who, paths in PAGES.items()
}
CUSTOMERS = (  # one for twenty contracts
    "WITH RECURSIVE n(n) AS (VALUES (?) UNION ALL SELECT n + 20 FROM n WHERE n + 20 <= ?)"
    " INSERT INTO organisation (id, kind, name, email, phone, country, tax_number, language, reseller_id, direct,"
    " reseller_approval, tax_code, tax_note) SELECT n.n / 20, 'customer', 'Customer ' || n.n, '', '', 'FR', '', 'fr',"
    " (SELECT id FROM organisation WHERE kind = 'reseller' ORDER BY id LIMIT 1), 0, 0, 'S', '' FROM n"
)
CONTRACTS = (
    "WITH RECURSIVE n(n) AS (VALUES (?) UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
    " INSERT INTO contract (reseller_id, customer_id, number, product_reference, serial, starts_on, ends_on,"
    " extended_months, sold_by, sold_by_contact) SELECT o.reseller_id, o.id, n.n, 'TS-253D', 'SN' || n.n,"
    " date('2025-11-22', (n.n % 100) || ' days'), date('2026-11-22', (n.n % 100) || ' days'), 0, '', ''"
    " FROM n JOIN organisation o ON o.id = n.n / 20"
)
COVERAGE = (
    "INSERT INTO coverage (reseller_id, customer_id, contract_id, starts_on, ends_on)"
    " SELECT reseller_id, customer_id, id, starts_on, ends_on FROM contract WHERE number BETWEEN ? AND ?"
)
MANY, MORE = (1_000_000, 1_001_499), (1_001_500, 1_005_999)  # numbers: more than are ever counted, and four times that


@pytest.fixture(scope="module")
def looked_at(portal, blank, tmp_path_factory):
    """{(who, path): (steps of the database, with many contracts; with four times as many)}"""
    found = {}
    with opened(portal, a_portal(tmp_path_factory.mktemp("growth"), blank)), scope(EVERYBODY):
        demo.load(0, NOON)
        rows = rows_named(NOON)
        browsers = {who: a_browser(portal, User.get(User.identifier == who)) for who in PAGES}
        for first, last in (MANY, MORE):
            with tx():
                for statement in (CUSTOMERS, CONTRACTS, COVERAGE):
                    db.execute_sql(statement, (first, last))
                search.CUSTOMERS.fill()
                search.CONTRACTS.fill()
            for who, paths in LISTS.items():
                for path in paths:
                    steps = steps_of(browsers[who], named(path, rows))
                    found[who, path] = (*found.get((who, path), ()), steps)
        yield found


def steps_of(browser, path):
    """How many steps of the database's machine a page takes that nobody has seen since the last commit."""
    assert browser.get(path).status_code == 200  # the numbers of the menu are counted once for all pages
    kept._pages.now().clear()
    steps = []
    db.connection().set_progress_handler(lambda: steps.append(1), 10)
    assert browser.get(path).status_code == 200
    db.connection().set_progress_handler(None, 0)
    return 10 * len(steps)


@pytest.mark.parametrize("who, path", [(who, path) for who, paths in LISTS.items() for path in paths])
def test_a_page_looks_at_no_more_rows_where_there_are_more_contracts(looked_at, who, path):  # speed.md
    many, more = looked_at[who, path]
    assert more <= 1.1 * many + 100
