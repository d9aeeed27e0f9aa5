"""How the lists are tried, all in the same way: what is found, in which order, page by page, and as a file."""

import csv
import io
import re

from playhouse.test_utils import count_queries
from python_calamine import CalamineWorkbook

from tests.conftest import HTMX

SORT = re.compile(r'<th scope="col"[^>]*><a class="sort" href="\?([^"]*)"')


def found(answer):
    """The addresses the rows of a list open, in order."""
    assert answer.status_code == 200, answer.text
    return re.findall(r'<tr data-href="([^"]+)"', answer.text)


def rows(answer):
    """The rows of a list as text, also of those that open nothing."""
    assert answer.status_code == 200, answer.text
    listed = re.findall(r"<tr[ >].*?</tr>", answer.text.partition("<tbody>")[2] or answer.text, re.DOTALL)
    listed = [re.sub(r"</?mark>", "", row) for row in listed if "more-row" not in row]
    said = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in listed]
    return [row for row in said if row]


def pages(browser, address):
    """All rows of a list, as scrolling loads them."""
    query, met = address, []
    while query:
        answer = browser.get(query, headers=HTMX if met else {})
        met += rows(answer)
        after = re.search(r'class="more-row" hx-get="([^"]+)"', answer.text)
        query = after and address.partition("?")[0] + after[1].replace("&amp;", "&")
    return met


def sorts(browser, address):
    """What the headers of a list ask for: each sorts one way, then the other, and says so."""
    asked = [href.replace("&amp;", "&") for href in SORT.findall(browser.get(address).text)]
    assert asked
    for href in asked:
        for way, said in (("", "ascending"), ("-", "descending")):
            page = browser.get(f"{address}?sort={way}{href.split('sort=')[1].lstrip('-')}")
            assert page.status_code == 200 and f'aria-sort="{said}"' in page.text
    return [href.split("sort=")[1].lstrip("-") for href in asked]


def exported(browser, address):
    """The rows of both files of a list, which are the same."""
    path, _, query = address.partition("?")
    answer = browser.get(f"{path}/export.csv?{query}")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    in_csv = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    answer = browser.get(f"{path}/export.xlsx?{query}")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(in_csv)
    assert browser.get(f"{path}/export.pdf").status_code == 404
    return in_csv


def refuses_nonsense(browser, address):
    """A sort, a page or a filter that nobody offered is refused in words; a strange search finds nothing."""
    for nonsense in ("sort=password", "after=zzz", "after=WzEsMl0x", "after=W251bGwsIDFd"):
        answer = browser.get(f"{address}?{nonsense}")
        assert answer.status_code == 400 and "not one of the portal" in answer.text, nonsense
    for q in ("%", '"', "'; DROP TABLE user; --", "🙂", "\u202e", "é" * 5000, "x " * 90):
        assert browser.get(address, query_string={"q": q}).status_code == 200


def keeps_quiet_when_unchanged(browser, address):
    """htmx gets the list of the page a browser gets, and nothing again while nothing changes."""
    page, answer = browser.get(address).text, browser.get(address, headers=HTMX)
    assert "<html" not in answer.text and answer.text.strip() in page
    again = browser.get(address, headers=HTMX | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.data


def costs(browser, address):
    """The queries of a list that was seen before."""
    browser.get(address)
    with count_queries() as asked:
        browser.get(f"{address}{'&' if '?' in address else '?'}q=a")
    return asked.count


def behaves(browser, address, most=12):
    """All of it."""
    refuses_nonsense(browser, address)
    keeps_quiet_when_unchanged(browser, address)
    assert costs(browser, address) <= most
    return sorts(browser, address)
