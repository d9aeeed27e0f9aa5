"""The list everybody lands on: search, sorts, filters, pages and files (002-10 to 002-20)."""

import csv
import io
import re
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from playhouse.test_utils import count_queries
from python_calamine import CalamineWorkbook

from lic.models import tx
from lic.web import exports
from tests.conftest import HTMX, TODAY, a_contract


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [int(n) for n in re.findall(r'<tr data-href="/contracts/(\d+)"', answer.text)]


def test_a_reseller_finds_its_own_contracts_and_no_others(world, visit):  # 002-10
    assert numbers(visit(world.remi).get("/contracts")) == [29962, 24086]
    assert numbers(visit(world.anne).get("/contracts")) == [30001]
    assert numbers(visit(world.claire).get("/contracts")) == [29962]
    assert numbers(visit(world.diane).get("/contracts")) == [30001, 29962, 24086]  # newest first, 002-20
    assert numbers(visit(world.marc).get("/contracts")) == []


def test_the_columns_are_those_of_the_manual(world, visit):  # 002-11, 002-12, 002-14, 002-15
    world.remi.language = "fr"
    world.remi.save()
    page = visit(world.remi).get("/contracts").text
    headings = ["#", "Référence produit", "N° de série", "Client", "Fin de garantie", "Extensions"]
    assert re.findall(r'<a class="sort"[^>]*>([^<]+)<svg', page) == headings
    rows = {row.partition('"')[0]: row for row in page.split('<tr data-href="/contracts/')[1:]}
    cells = lambda number: re.findall(r">([^<>\n]+)</", rows[number].partition("</tr>")[0])  # noqa: E731
    assert cells("29962")[:5] == ["29962", "TS-131K-1TIW", "Q207B17555", "Client Test", "31/12/2028"]
    assert cells("24086")[:4] == ["24086", "TS-131K-1TIW", "WCC4M4LYXCFJ", "31/12/2028"]  # nobody's yet
    assert cells("29962")[-1] == "Non"


def test_a_row_opens_its_contract(world, visit):  # 002-21: wherever it is clicked, and by its number without scripts
    browser = visit(world.remi)
    rows = re.findall(r'<tr data-href="([^"]+)">.*?<a href="([^"]+)">', browser.get("/contracts").text, re.S)
    assert rows == [("/contracts/29962", "/contracts/29962"), ("/contracts/24086", "/contracts/24086")]
    for address, _ in rows:
        assert f"<h1>Contract no. {address.rpartition('/')[2]}</h1>" in browser.get(address).text


@pytest.mark.parametrize(
    "words, found",
    [
        ("q207", [29962]),
        ("07B17", [29962]),  # part of a serial
        ("cli", [29962]),
        ("te", [29962]),  # begins a word of the customer
        ("ts-131k client", [29962, 24086][:1]),
        ("24086", [24086]),
        ("31/12/2028", [29962, 24086]),
        ("31/12", [29962, 24086]),
        ("beta1", []),  # a neighbour's serial
        ("%", []),
        ('"', []),
        ("zzz", []),
    ],
)
def test_search_looks_in_every_column(world, visit, words, found):  # 002-16, 002-17
    assert numbers(visit(world.remi).get("/contracts", query_string={"q": words})) == found


@pytest.mark.parametrize(
    ("language", "no", "yes"),
    [("fr", "non", "oui"), ("fr", "n", "ou"), ("pt", "não", "sim"), ("pt", "na", "si"), ("en", "No", "yes")],
)
def test_no_extension_is_found_by_its_word(world, visit, language, no, yes):  # 002-15, 002-17
    with tx():
        world.contract.extended_months = 24
        world.contract.save()
        world.remi.language = language
        world.remi.save()
    remi = visit(world.remi)
    assert numbers(remi.get("/contracts", query_string={"q": no})) == [24086]
    assert numbers(remi.get("/contracts", query_string={"q": yes})) == [29962]


def test_on_a_phone_the_list_is_sorted_by_a_choice(world, visit):  # 002-19
    page = visit(world.remi).get("/contracts?sort=serial").text
    chosen = page[page.index('<select name="sort">') :]
    assert '<option value="serial" selected>Serial number, ascending</option>' in chosen
    assert '<option value="">#, descending</option>' in chosen and 'type="hidden" name="sort"' not in page
    assert ">Validity:</span>" in page


def test_search_finds_the_serial_of_an_article_inside(world, visit):  # 002-13
    from lic.models import Article

    with tx():
        Article.create(
            **{"reseller": world.alpha, "customer": world.client, "contract": world.contract},
            reference="ST1000VN002",
            serial="Z9CBPM5M",
            title="Disque",
        )
    assert numbers(visit(world.remi).get("/contracts?q=z9cbp")) == [29962]


def test_accents_and_capitals_do_not_matter(world, visit):
    with tx():
        world.client.name = "Établissements ÉLÈVE"
        world.client.save()
    assert numbers(visit(world.remi).get("/contracts?q=etab ELEVE")) == [29962]
    assert "<mark>Étab</mark>" in visit(world.remi).get("/contracts?q=etab").text


@pytest.mark.parametrize(
    "name, typed, marked",
    [
        ("Martin & Filhos <SA>", "filhos", "Martin &amp; <mark>Filhos</mark> &lt;SA&gt;"),
        ("Martin & Filhos <SA>", "& sa", "Martin <mark>&amp;</mark> Filhos &lt;<mark>SA</mark>&gt;"),
        ("Martin & Filhos <SA>", "amp", None),  # what stands for a sign is no text
        ("Straße Œuvre", "strasse", "<mark>Straße</mark> Œuvre"),
        ("İİİİ & Cie", "cie", "İİİİ &amp; <mark>Cie</mark>"),
        ("tr td span", "td", "tr <mark>td</mark> span"),
    ],
)
def test_what_was_searched_for_is_marked_in_texts_alone(world, visit, name, typed, marked):  # 002-17
    with tx():
        world.client.name = name
        world.client.save()
    browser = visit(world.remi)
    for headers in (HTMX, HTMX, {}):
        said = browser.get("/contracts", query_string={"q": typed}, headers=headers).text
        rows = said.partition("<tbody>")[2].partition("</tbody>")[0]
        assert (f"{marked}</td>" in rows) if marked else not rows
        assert re.sub("</?mark>", "", rows).count("<tr data-href=") == rows.count("<tr data-href=")


def test_rows_kept_from_one_reader_are_shown_to_no_other(world, visit):  # 002-10
    assert numbers(visit(world.diane).get("/contracts", headers=HTMX)) == [30001, 29962, 24086]
    assert numbers(visit(world.anne).get("/contracts", headers=HTMX)) == [30001]
    assert numbers(visit(world.marc).get("/contracts", headers=HTMX)) == []


def test_a_row_kept_is_forgotten_at_a_commit(world, visit):
    browser = visit(world.remi)
    assert "PLAZA 9" not in browser.get("/contracts", headers=HTMX).text
    with tx():
        world.client.name = "PLAZA 9"
        world.client.save()
    assert "PLAZA 9" in browser.get("/contracts", headers=HTMX).text


@pytest.fixture
def spread(world):
    """Contracts of Béta's that end around today."""
    for number, days in ((1, -400), (2, -11), (3, -1), (4, 0), (5, 29), (6, 30), (7, 400)):
        ends = TODAY + timedelta(days=days)
        a_contract(world.beta, None, number=number, starts_on=ends - timedelta(days=365), ends_on=ends)
    return world


@pytest.mark.parametrize(
    "validity, found",
    [("active", {4, 5, 6, 7, 30001}), ("soon", {4, 5}), ("expired", {1, 2, 3}), ("", {1, 2, 3, 4, 5, 6, 7, 30001})],
)
def test_contracts_are_filtered_by_validity(spread, visit, validity, found):  # 002-18
    assert set(numbers(visit(spread.anne).get("/contracts", query_string={"validity": validity}))) == found


@pytest.mark.parametrize("sort", ["number", "reference", "serial", "customer_name", "ends", "extensions"])
@pytest.mark.parametrize("way", ["", "-"])
def test_every_header_sorts_and_pages_meet_every_row_once(spread, visit, sort, way):  # 002-19
    for n in range(100, 220):
        a_contract(spread.beta, spread.voisin if n % 3 else None, number=n, ends_on=date(2027, 1, 1 + n % 7))
    browser, query, met = visit(spread.anne), f"?sort={way}{sort}", []
    first = browser.get("/contracts" + query).text
    assert f'aria-sort="{"descending" if way else "ascending"}"' in first
    while query:
        page = browser.get("/contracts" + query, headers=HTMX if met else {})
        met += numbers(page)
        after = re.search(r'class="more-row" hx-get="([^"]+)"', page.text)
        query = after and after[1].replace("&amp;", "&")
    assert len(met) == len(set(met)) == 128


def test_the_count_is_exact(spread, visit):
    assert "8 contracts" in visit(spread.anne).get("/contracts").text


@pytest.mark.parametrize(
    "nonsense", ["sort=password", "validity=zzz", "after=zzz", "after=WzEsMl0x", "after=W251bGwsIDFd"]
)
def test_nonsense_is_refused_in_words(world, visit, nonsense):
    answer = visit(world.remi).get(f"/contracts?{nonsense}")
    assert answer.status_code == 400 and "not one of the portal" in answer.text


def test_a_very_long_search_is_no_trouble(world, visit):
    assert numbers(visit(world.remi).get("/contracts", query_string={"q": "é" * 5000})) == []


def test_htmx_gets_the_list_of_the_very_page_a_browser_gets(world, visit):
    page, block = visit(world.remi).get("/contracts").text, visit(world.remi).get("/contracts", headers=HTMX).text
    assert "<html" in page and "<html" not in block and block.strip() in page


def test_an_unchanged_list_is_not_sent_again(world, visit):
    browser = visit(world.remi)
    tag = browser.get("/contracts", headers=HTMX).headers["ETag"]
    assert browser.get("/contracts", headers=HTMX | {"If-None-Match": tag}).status_code == 304
    a_contract(world.alpha, None, number=5)
    assert browser.get("/contracts", headers=HTMX | {"If-None-Match": tag}).status_code == 200


def test_the_list_costs_few_queries(spread, visit):
    browser = visit(spread.diane)
    browser.get("/contracts")
    with count_queries() as asked:
        browser.get("/contracts?q=q1")
    assert asked.count <= 8


def test_a_csv_holds_what_is_found_and_runs_nothing(world, visit):  # safety.md 41
    with tx():
        world.client.name = "=HYPERLINK(1)"
        world.client.save()
    answer = visit(world.remi).get("/contracts/export.csv?q=29962")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [
        ["#", "Product reference", "Serial number", "Customer", "End of warranty", "Extensions"],
        ["29962", "TS-131K-1TIW", "Q207B17555", "'=HYPERLINK(1)", "31/12/2028", "No"],
    ]


def test_a_spreadsheet_holds_dates_as_dates(world, visit):
    answer = visit(world.remi).get("/contracts/export.xlsx?validity=active")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == [29962, 24086]
    assert sheet[1][4] == date(2028, 12, 31)


def test_what_one_sheet_has_no_room_for_goes_on_in_the_next(spread, visit, monkeypatch):  # 002-17: every row
    monkeypatch.setattr(exports, "MOST_IN_A_SHEET", 3)
    answer = visit(spread.anne).get("/contracts/export.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    sheets = [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]
    assert len(sheets) > 2 and all(1 < len(sheet) <= 3 and sheet[0][0] == "#" for sheet in sheets)
    told = visit(spread.anne).get("/contracts/export.csv").data.decode("utf-8-sig")
    numbers = [row[0] for sheet in sheets for row in sheet[1:]]
    assert numbers == [int(row[0]) for row in list(csv.reader(io.StringIO(told)))[1:]]


def test_a_file_holds_nothing_of_a_neighbour(world, visit):  # X15
    for kind in ("csv", "xlsx"):
        assert b"BETA1" not in visit(world.remi).get(f"/contracts/export.{kind}").data


def test_links_keep_what_was_asked(spread, visit):
    page = visit(spread.anne).get("/contracts?q=q&sort=ends&validity=soon").text
    asked = dict(parse_qsl(re.search(r'href="\?([^"]*validity=expired[^"]*)"', page)[1].replace("&amp;", "&")))
    assert asked == {"q": "q", "sort": "ends", "validity": "expired"}
