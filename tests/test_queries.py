"""No ordinary page of the demonstration asks the database more than a dozen things (speed.md): a count, not a time.

What it asks is written by our quicker writer just as the library would write it, and so are the records it gets.
"""

import re

import pytest
from playhouse.test_utils import count_queries

from bench.pages import PAGES, named, rows_named
from lic import demo
from lic.models import EVERYBODY, User, scope
from lic.web import kept
from tests.conftest import NOON, a_browser, a_portal, opened
from tests.reading import all_beside_the_library

MOST = 12


@pytest.fixture(scope="module")
def shown(portal, blank, tmp_path_factory):
    """The demonstration, with something in Rémi's cart; the names of rows in addresses."""
    with opened(portal, a_portal(tmp_path_factory.mktemp("queries"), blank)), scope(EVERYBODY):
        demo.load(0, NOON)
        yield rows_named(NOON)


@pytest.mark.parametrize("who, path", [(who, path) for who, paths in PAGES.items() for path in paths.split()])
def test_a_page_keeps_within_a_dozen_queries(portal, shown, who, path):  # speed.md, style.md
    path = named(path, shown)
    browser = a_browser(portal, User.get(User.identifier == who))
    with all_beside_the_library():
        assert browser.get(path).status_code == 200  # the numbers of the menu are counted once for all pages
    kept._pages.now().clear()  # the page itself is drawn anew
    with count_queries() as asked:
        assert browser.get(path).status_code == 200
    assert asked.count <= MOST, asked.get_queries()


KEPT = {
    "distributeur": "/renewals /renewals/50001 /statements /subscriptions/50003 /contracts/30004 /orders/PENDING"
    " /incidents/26112102",
    "revendeur": "/subscriptions/50001 /subscriptions/alignment /contracts/30004 /orders/DONE /quotes/1001 /statements"
    " /projects/20001 /projects/20001/details /projects/20001/orders /cart /incidents/26112201"
    " /subscriptions/50001/seats/new /subscriptions/50004/renewal/new /subscriptions/50001/cancellation/new"
    " /subscriptions/alignment/new?subscription=50001&subscription=50002&subscription=50004",
}
KEY = re.compile(r'name="(?:\w+-)?key"[^>]* value="[^"]+"')


@pytest.mark.parametrize("who, path", [(who, path) for who, paths in KEPT.items() for path in paths.split()])
def test_a_page_seen_again_is_the_same_but_for_its_keys_and_reads_nothing(portal, shown, who, path):  # speed.md
    path = named(path, shown)
    browser = a_browser(portal, User.get(User.identifier == who))
    first = browser.get(path).text
    with count_queries() as asked:
        again = browser.get(path).text
    assert KEY.sub("", first) == KEY.sub("", again) and not asked.count
    assert not set(KEY.findall(first)) & set(KEY.findall(again))  # a form sent twice is known by its key (safety.md 28)
