"""The journal the distributor reads: found by person, thing, value and date, and readable (safety.md 49)."""

import csv
import io
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from lic.models import Event, SignIn, tx
from lic.rules import journal
from tests.conftest import HTMX, NOON, on
from tests.lists import behaves, pages, rows


@pytest.fixture
def trail(world):
    journal.record(
        "contract.extended", world.contract, world.remi, on(date(2026, 11, 20)),
        before={"ends_on": "2028-12-31"}, after={"ends_on": "2030-12-31", "product": "CL-SV"},
    )  # fmt: skip
    changes = {"name": "Client Tést", "tax_rate_bp": 2000}, {"name": "Client Test", "tax_rate_bp": 550}
    journal.record("customer.changed", world.client, world.diane, NOON, before=changes[0], after=changes[1])
    with tx():
        world.completo.save()
        journal.record("product.made", world.completo, None, NOON, after={"title": {"en": "X", "fr": "Y"}})
    return world


def found(browser, **asked):
    page = browser.get("/audit", query_string=asked).text
    return re.findall(r'<tr data-href="/audit/(\d+)"', page)


def test_everything_is_there_newest_first(trail, visit):
    page = visit(trail.diane).get("/audit").text
    assert page.index("Gestão Completo") < page.index("Client Test") < page.index("Contract no. 29962")
    assert "the portal" in page and "Rémi Durand" in page and "3 events" in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize(
    "asked, events",
    [
        ({"q": "29962"}, ["1"]),
        ({"q": "remi"}, ["1"]),
        ({"q": "diane tést"}, ["2"]),
        ({"q": "cl-sv"}, ["1"]),
        ({"q": "product.made"}, ["3"]),
        ({"q": "protected"}, ["1"]),  # what happened, as it is told
        ({"q": "contract durand"}, ["1"]),  # what it is about, as it is called
        ({"q": "by"}, ["3", "2"]),
        ({"q": "%"}, []),
        ({"q": "remi diane"}, []),
        ({"about": "organisation"}, ["2"]),
        ({"until": "2026-11-21"}, ["1"]),
        ({"since": "2026-11-21"}, ["3", "2"]),
        ({"since": "2026-11-20", "until": "2026-11-20"}, ["1"]),
    ],
)
def test_it_is_found_by(trail, visit, asked, events):
    assert found(visit(trail.diane), **asked) == events


def test_by_person(trail, visit):
    assert found(visit(trail.diane), by=trail.diane.id) == ["2"]


def test_the_list_alone_is_sent_while_somebody_types(trail, visit):
    answer = visit(trail.diane).get("/audit?q=29962", headers=HTMX)
    assert "<html" not in answer.text and "29962" in answer.text


def test_one_event_shows_what_was_before_and_after(trail, visit):
    page = visit(trail.diane).get("/audit/2").text
    assert re.search(r"Name</th><td[^>]*>Client Tést</td><td[^>]*>Client Test<", page)
    assert re.search(r"VAT rate</th><td[^>]*>20%</td><td[^>]*>5.5%<", page)
    page = visit(trail.diane).get("/audit/1").text
    assert re.search(r"Last day</th><td[^>]*>31/12/2028</td><td[^>]*>31/12/2030<", page)
    assert Event.get_by_id(1).chain[:16] in page


@pytest.mark.parametrize(
    "asked",
    [
        "since=x",
        "since=2026-13-01",
        "until=2026-02-99",
        "after=x",
        "about=nonsense",
        "sort=chain",
        "by=-1",
        "by=" + "9" * 19,
        "until=٢٠٢٦-٠١-٠١",
    ],
)
def test_a_broken_address_is_told_so(trail, visit, asked):
    assert visit(trail.diane).get(f"/audit?{asked}").status_code == 400


def test_odd_searches_find_nothing_and_break_nothing(trail, visit):
    for q in ("9" * 18, "9" * 200, "'; DROP TABLE event; --", "_", "🙂", "\u202e", "a " * 90):
        assert visit(trail.diane).get("/audit", query_string={"q": q}).status_code == 200


def test_only_the_distributor_reads_it(trail, visit):
    for person in (trail.remi, trail.claire, trail.marc):
        assert visit(person).get("/audit").status_code == 403
        assert visit(person).get("/audit/1").status_code == 403
    assert visit(trail.paul).get("/audit/1").status_code == 200
    assert visit(trail.diane).get("/audit/999").status_code == 404


def test_what_is_found_is_exported_as_csv(trail, visit):
    with tx():
        trail.client.name = "=HYPERLINK(1)"
        trail.client.save()
    answer = visit(trail.diane).get("/audit/export.csv?about=organisation")
    assert "attachment" in answer.headers["Content-Disposition"] and answer.data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(lines) == 2 and lines[1][4] == "2" and lines[1][0] == "22/11/2026 12:00"
    assert lines[1][1] == "'=HYPERLINK(1)"  # safety.md 41
    assert "Name: Client Tést → Client Test" in lines[1][6] and "VAT rate: 20% → 5.5%" in lines[1][6]


def test_what_is_found_is_exported_as_xlsx(trail, visit):
    answer = visit(trail.diane).get("/audit/export.xlsx?q=29962")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert sheet[1][4] == 1 and sheet[1][0].isoformat() == "2026-11-20T12:00:00" and sheet[1][3] == "Rémi Durand"
    assert len(sheet) == 2


def test_an_export_asks_for_the_password_again_after_a_while(trail, visit):
    browser = visit(trail.diane)
    with tx():
        SignIn.update(fresh_at=NOON.utc.replace(year=2020)).execute()
    assert browser.get("/audit/export.csv").location.startswith("/login")
    assert visit(trail.remi).get("/audit/export.csv").status_code == 403


def test_it_is_sorted_by_the_time_it_shows(trail, visit):  # 002-19: a fact written down later is not newer
    journal.record("customer.changed", trail.client, trail.remi, on(date(2026, 11, 19)), after={"name": "Before"})
    browser = visit(trail.diane)
    assert found(browser) == ["3", "2", "1", "4"] and found(browser, sort="at") == ["4", "1", "2", "3"]


def test_pages_are_further_by_key(trail, visit):
    for _ in range(60):
        journal.record("contract.changed", trail.contract, trail.diane, NOON)
    browser = visit(trail.diane)
    first = browser.get("/audit?about=contract").text
    assert first.count("<tr data-href") == 50
    for sort in ("at", "-at", "about", "-about", "kind", "-kind", "who", "-who"):
        met = pages(browser, f"/audit?about=contract&sort={sort}")
        assert len(met) == 61


def test_it_is_a_list_like_every_other(trail, visit):
    assert behaves(visit(trail.diane), "/audit", most=14) == ["at", "about", "kind", "who"]
    by_name = [row.rsplit(" ", 2)[-2:] for row in rows(visit(trail.diane).get("/audit?sort=who"))]
    assert by_name == [["the", "portal"], ["Rémi", "Durand"], ["Diane", "Garnier"]]
