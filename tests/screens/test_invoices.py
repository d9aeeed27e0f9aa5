"""Invoices on screen: found, read, downloaded, paid and certified; a reseller's customer sees none (004-22, Q)."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from lic.models import Event, Invoice
from lic.rules import billing, invoices
from lic.rules.parts import Kind
from lic.web import billed as words_of
from tests.billing import a_monthly, ordered
from tests.conftest import HTMX, NOON, TODAY, on

OCT = date(2026, 10, 1)


@pytest.fixture
def billed(world):
    """Alpha: an order's and a month's; Béta: a month's; Atelier Direct: a month's."""
    ordered(world.remi, world.completo, 10, NOON, world.diane)
    for number, buyer in ((501, world.alpha), (502, world.beta), (503, world.atelier)):
        a_monthly(buyer, OCT, [(OCT, None, 10, 400)], number=number)
    billing.run(NOON)
    return world


def of(buyer, place=0):
    return list(Invoice.select().where(Invoice.bill_to == buyer).order_by(Invoice.id))[place]


def words(answer):
    """What a reader reads."""
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(unescape(text).replace("\u202f", " ").replace("\xa0", " ").split())


# --- the list --------------------------------------------------------------------------------------


def test_each_sees_its_own_and_no_others(billed, visit):  # 004-22
    for user, there, absent in (
        (billed.remi, ("2026-000001", "2026-000002"), ("2026-000003", "Béta")),
        (billed.marc, ("2026-000004",), ("2026-000001", "2026-000003")),
        (billed.diane, ("2026-000001", "2026-000004", "Béta", "Atelier Direct"), ()),
    ):
        page = words(visit(user).get("/invoices"))
        assert all(name in page for name in there) and not any(name in page for name in absent)


@pytest.mark.parametrize(
    "path", ["/invoices", "/statements", "/invoices/2026-000001", "/invoices/2026-000001/document"]
)
def test_a_resellers_customer_sees_none(billed, visit, path):  # Q: never a price
    for user in (billed.claire, billed.cleo):
        assert visit(user).get(path).status_code == 403
        assert "/invoices" not in visit(user).get("/contracts").text


@pytest.mark.parametrize(
    "asked, found",
    [
        ("q=2026-000002", ["2026-000002"]),
        ("q=720,00", ["2026-000001"]),
        ("q=printing", ["2026-000002"]),
        ("q=22/11/2026&sort=gross", ["2026-000002", "2026-000001"]),
        ("situation=open", ["2026-000002", "2026-000001"]),
        ("situation=paid", []),
        ("situation=overdue", []),
        ("q=nothing-like-it", []),
    ],
)
def test_it_is_searched_sorted_and_filtered(billed, visit, asked, found):
    rows = visit(billed.remi).get(f"/invoices?{asked}", headers=HTMX).text
    assert re.findall(r'<a href="/invoices/([0-9-]+)"', rows) == found


def test_what_is_overdue_is_said_loudly(billed, visit, app, monkeypatch):
    late = NOON.day + timedelta(31)
    monkeypatch.setattr("lic.web.clock.today", lambda: late)
    browser = visit(billed.remi)
    assert "Overdue" in words(browser.get("/invoices?situation=overdue"))
    assert "It was to be paid by 22/12/2026." in words(browser.get("/invoices/2026-000001"))


def test_the_list_is_exported(billed, visit):
    answer = visit(billed.remi).get("/invoices/export.csv?sort=number")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][0] == "Number" and rows[1][:1] == ["2026-000001"]
    assert {"600", "720"} <= {cell.removesuffix(".00") for cell in rows[1]} and len(rows) == 3


# --- one of them -----------------------------------------------------------------------------------


def test_its_page_says_what_the_pdf_says(billed, visit):
    page = words(visit(billed.remi).get("/invoices/2026-000002"))
    for text in (
        "Invoice 2026-000002",
        "Subscription no. ",
        "Cloud printing",
        "01/10/2026 – 31/10/2026",
        "€40.00",
        "VAT 20% on €40.00 €8.00",
    ):
        assert text in page
    assert "Total to pay €48.00" in page and "To be paid" in page and "22/12/2026" in page


@pytest.mark.parametrize("name", ["2026-000003", "2026-999999", "AV-2026-000001", "XX", "2026-000001%27", "9" * 40])
def test_what_is_not_yours_or_is_not_there_does_not_exist(billed, visit, name):
    for path in ("", "/document", "/lines.csv", "/certified"):
        assert visit(billed.remi).get(f"/invoices/{name}{path}").status_code == 404


@pytest.mark.parametrize(
    "language, name", [("fr", "2026-000001.pdf"), ("pt", "2026-000001.pdf"), ("en", "invoice-2026")]
)
def test_its_pdf_is_a_download_in_the_buyers_language(billed, visit, language, name):
    answer = visit(billed.remi).get("/invoices/2026-000001/document")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert (
        "attachment" in answer.headers["Content-Disposition"]
        and "2026-000001.pdf" in answer.headers["Content-Disposition"]
    )
    link = 'href="/invoices/2026-000001/document" download'
    assert link in visit(billed.remi).get("/invoices/2026-000001").text


def test_its_lines_are_files_for_other_programs(billed, visit):  # Q, Portugal and Brazil
    answer = visit(billed.remi).get("/invoices/2026-000001/lines.csv")
    header, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    said = dict(zip(header, line, strict=True))
    assert (said["Product reference"], said["Quantity"], said["Currency"]) == ("GES-COMPLETO", "10", "EUR")
    assert (said["Total without VAT"], said["VAT rate, percent"]) == ("600.00", "20.00")  # cents, always
    book = visit(billed.remi).get("/invoices/2026-000002/lines.xlsx")
    (_, row) = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert row[3:6] == [OCT, date(2026, 10, 31), 10]
    assert row[0] == "IMP-DWA" and row[-1].startswith("Subscription no. ")  # which of several alike
    assert visit(billed.remi).get("/invoices/2026-000002/lines.exe").status_code == 404


def test_an_order_leads_to_its_invoice_and_back(billed, visit):
    order = of(billed.alpha).order
    assert f"/orders/{order.number}" in visit(billed.remi).get("/invoices/2026-000001").text
    assert "/invoices/2026-000001" in visit(billed.remi).get(f"/orders/{order.number}").text


# --- paid ------------------------------------------------------------------------------------------


def test_the_distributor_marks_it_as_paid_and_takes_it_back(billed, visit):
    browser = visit(billed.diane)
    answer = browser.post("/invoices/2026-000001/payment", data={"paid_on": TODAY.isoformat()})
    assert (answer.status_code, answer.location) == (303, "/invoices/2026-000001")
    assert of(billed.alpha).paid_on == TODAY
    assert "Paid on 22/11/2026." in words(visit(billed.remi).get("/invoices/2026-000001"))
    assert browser.post("/invoices/2026-000001/payment", data={"paid_on": TODAY.isoformat()}).status_code == 422
    assert browser.post("/invoices/2026-000001/payment/removal").status_code == 303
    assert of(billed.alpha).paid_on is None
    assert Event.select().where(Event.kind == "invoice.unpaid").count() == 1


@pytest.mark.parametrize(
    "typed, code", [("2026-11-23", 422), ("2026-11-21", 422), ("", 422), ("soon", 400), ("0001-01-01", 400)]
)
def test_a_wrong_day_is_told(billed, visit, typed, code):
    assert visit(billed.diane).post("/invoices/2026-000001/payment", data={"paid_on": typed}).status_code == code
    assert of(billed.alpha).paid_on is None


@pytest.mark.parametrize("who", ["remi", "lea", "marc", "paul", "claire"])
def test_nobody_else_marks_it(billed, visit, who):
    for path in ("payment", "payment/removal", "certified"):
        assert visit(getattr(billed, who)).post(f"/invoices/2026-000001/{path}").status_code == 403
    assert "Mark as paid" not in visit(billed.paul).get("/invoices/2026-000001").text


# --- the certified document --------------------------------------------------------------------------


@pytest.fixture
def summary(world):
    world.alpha.country, world.alpha.tax_rate_bp = "BR", None
    world.alpha.save()
    a_monthly(world.alpha, OCT, [(OCT, None, 10, 400)])
    (made,) = billing.run(NOON)
    return made


def sent(data, name="nfse.pdf"):
    return {"data": {"file": (io.BytesIO(data), name)}, "content_type": "multipart/form-data"}


def test_the_certified_pdf_is_attached_and_downloaded(summary, world, visit):  # Q
    page = words(visit(world.remi).get(f"/invoices/{summary.name}"))
    assert "This is not a fiscal document." in page and "Order summary RP-2026-000001" in page
    data = b"%PDF-1.7\n% the tax office's\n%%EOF\n"
    assert visit(world.diane).post(f"/invoices/{summary.name}/certified", **sent(data)).status_code == 303
    answer = visit(world.remi).get(f"/invoices/{summary.name}/certified")
    assert answer.data == data and "nfse.pdf" in answer.headers["Content-Disposition"]
    assert invoices.is_untouched(summary.again())
    assert visit(world.anne).get(f"/invoices/{summary.name}/certified").status_code == 404


@pytest.mark.parametrize(
    "data, name", [(b"MZ\x90\x00 a program", "nfse.pdf"), (b"", "nfse.pdf"), (b"text", "nfse.txt")]
)
def test_nothing_but_a_pdf_is_attached(summary, world, visit, data, name):  # X14
    assert visit(world.diane).post(f"/invoices/{summary.name}/certified", **sent(data, name)).status_code == 422
    assert visit(world.diane).post(f"/invoices/{summary.name}/certified").status_code == 422
    assert not summary.again().certified_sha256


def test_a_french_invoice_is_the_fiscal_document_itself(billed, visit):
    assert visit(billed.diane).post("/invoices/2026-000001/certified", **sent(b"%PDF-1.7\n%%EOF")).status_code == 422
    assert visit(billed.remi).get("/invoices/2026-000001/certified").status_code == 404


# --- statements ------------------------------------------------------------------------------------


def test_a_statement_lists_every_line_and_this_month_so_far(billed, visit):  # 004-22
    page = words(visit(billed.remi).get("/statements"))
    assert "Cloud printing" in page and "€40.00" in page and "2026-000002" in page
    assert "Not invoiced yet" in page  # the licences of November
    assert "Béta" not in page
    assert "2026-000003" in words(visit(billed.diane).get("/statements"))


def test_this_month_is_shown_before_it_is_charged(world, visit):
    a_monthly(world.alpha, date(2026, 11, 10), [(date(2026, 11, 10), None, 10, 400)])
    page = words(visit(world.remi).get("/statements"))
    assert "This month, to be invoiced on the 1st of the next" in page and "€28.00" in page  # X1
    assert "€28.00" not in words(visit(world.anne).get("/statements"))


@pytest.mark.parametrize("asked, count", [("period=last", 1), ("period=month", 2), ("period=year", 3), ("q=setup", 0)])
def test_a_statement_is_narrowed(billed, visit, asked, count):
    rows = visit(billed.remi).get(f"/statements?{asked}", headers=HTMX).text
    assert rows.count('<th scope="row"') == count


def test_a_statement_is_exported(billed, visit):
    answer = visit(billed.remi).get("/statements/export.csv?period=last")
    header, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    said = dict(zip(header, line, strict=True))
    assert (said["Item"], said["Quantity"], said["Invoice"]) == ("Cloud printing", "10", "2026-000002")


@pytest.mark.parametrize("path", ["/invoices?situation=x", "/invoices?sort=reseller", "/statements?period=x"])
def test_an_address_nobody_offered_is_refused(billed, visit, path):
    assert visit(billed.remi).get(path).status_code == 400


# --- where they are paid -----------------------------------------------------------------------------


def test_the_account_is_checked_and_stands_on_the_next_invoices_only(billed, visit):
    browser, form = visit(billed.diane), "/invoices/payment-details"
    assert browser.post(form, data={"iban": "FR7630006000011234567890188"}).status_code == 422
    assert browser.post(form, data={"iban": "FR76 3000 6000 0112 3456 7890 189"}).status_code == 303
    assert "Payment details" in browser.get("/audit").text  # what the journal calls it
    ordered(billed.remi, billed.light, 1, on(date(2026, 11, 23)), billed.diane)
    assert [i.details["iban"] for i in (of(billed.alpha), of(billed.alpha, 2))] == ["", "FR7630006000011234567890189"]
    assert "FR7630006000011234567890189" in browser.get(form).text
    assert Event.select().where(Event.kind == "setting.changed").count() == 1


def test_every_kind_of_line_has_its_words(app):
    with app.test_request_context():
        for kind in (*words_of.KINDS, *(kind.value for kind in Kind)):
            assert words_of.called(kind)


def test_an_invoice_that_is_not_paid_says_how(world, visit):  # 003-16: instructions, where one does not pay here
    ordered(world.remi, world.completo, 1, NOON, world.diane)
    billing.run(NOON)
    page = words(visit(world.remi).get("/invoices/2026-000001"))
    assert "Ask Distributeur where to pay it, naming 2026-000001." in page and "Due on: 22/12/2026" in page
    iban = "FR7630006000011234567890189"
    billing.change_iban(iban, by=world.diane, at=NOON)
    ordered(world.remi, world.completo, 1, on(TODAY, 12), world.diane)
    billing.run(NOON)
    assert f"By transfer to {iban}, naming 2026-000002." in words(visit(world.remi).get("/invoices/2026-000002"))
    invoices.pay(of(world.alpha, 1), TODAY, by=world.diane, at=NOON)
    page = words(visit(world.remi).get("/invoices/2026-000002"))
    assert "By transfer to" not in page and "Paid on 22/11/2026." in page
