"""A product may be taxed otherwise than its buyer: VAT once per rate and category, to the Factur-X (data.md d, R4)."""

from datetime import date
from decimal import Decimal

import pytest

from lic.documents import invoice as document
from lic.models import Basis, Charge, Invoice, Operation, OrderLine, Price, SubscriptionType, Terms, tx
from lic.rules import billing, cart, charges, holdings, invoices, orders, previews, pricing, vat, wishes
from lic.rules.pricing import Line, Tax
from tests.billing import a_seat_product
from tests.conftest import NOON, TODAY, on
from tests.test_documents import RAM, check, read, speaking, text_of, texts, trade  # noqa: F401

WHY = "Exonération, article 261 C du CGI"


def taxed(product, code, rate_bp=None, note=""):
    with tx():
        product.tax_code, product.tax_rate_bp, product.tax_note = code, rate_bp, note
        product.save()


def ordered(world):
    """10 licences at 20 %, 10 others at 5.5 %, and an extension without VAT."""
    taxed(world.light, "S", 550)
    taxed(world.extension, "E", note=WHY)
    cart.add(world.completo, 10, world.remi, NOON)
    cart.add(world.light, 10, world.remi, NOON)
    cart.add(world.extension, 1, world.remi, NOON, contract=world.contract)
    return cart.of(world.remi)


def approved(world):
    basket = ordered(world)
    terms = [row.id for row in Terms.select()]
    order = orders.place(world.remi, NOON, "key", terms, orders.totals(basket).seen)
    orders.approve(order, world.diane, NOON)
    return order.again(), Invoice.get()


@pytest.mark.parametrize(
    "buyer, product, expected",
    [
        (Tax(2000, "S"), Tax(), Tax(2000, "S")),
        (Tax(2000, "S", "note"), Tax(550, "S"), Tax(550, "S")),
        (Tax(2000, "S"), Tax(None, "E", WHY), Tax(None, "E", WHY)),
        (Tax(None, "G", "Export"), Tax(550, "S"), Tax(None, "G", "Export")),  # who is charged no VAT stays so
        (Tax(0, "AE", "Reverse"), Tax(550, "S"), Tax(0, "AE", "Reverse")),
    ],
)
def test_the_product_overrides_its_buyer(world, buyer, product, expected):  # data.md d
    taxed(world.light, product.code, product.rate_bp, product.note)
    assert vat.over(buyer, world.light) == expected


def test_an_order_has_one_vat_for_each_rate(world):  # R4
    sums = orders.totals(ordered(world))
    assert (sums.net_cents, sums.vat_cents, sums.gross_cents) == (98900, 13650, 112550)
    assert [(rate.rate_bp, rate.net_cents, rate.vat_cents) for rate in sums.rates] == [
        (2000, 60000, 12000),
        (550, 30000, 1650),
    ]
    assert [line.tax_code for line in OrderLine.select().order_by(OrderLine.id)] == ["S", "S", "E"]


def test_the_cart_and_the_order_show_each_rate(world, visit):  # R4
    ordered(world)
    for path in ("/cart", "/orders/new?consent=1"):
        page = visit(world.remi).get(path).text
        assert "VAT 20% on €600.00" in page and "VAT 5.5% on €300.00" in page and "€1,125.50" in page


def test_an_invoice_has_one_breakdown_for_each_rate_and_category(world):  # R4, EN 16931
    order, invoice = approved(world)
    assert (invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (98900, 13650, 112550)
    rates = [(one["code"], one["rate_bp"], one["net"], one["vat"], one["note"]) for one in invoice.details["rates"]]
    assert rates == [("S", 2000, 60000, 12000, ""), ("S", 550, 30000, 1650, ""), ("E", None, 8900, 0, WHY)]
    assert orders.totals(order).gross_cents == invoice.gross_cents
    assert invoices.is_untouched(invoice)
    charge = Charge.get(Charge.invoice == invoice, Charge.tax_rate_bp == 550)
    charge.tax_code = "Z"
    charge.save()
    assert not invoices.is_untouched(invoice)


def test_the_monthly_run_bills_by_the_same_rates(world):  # O, Monthly billing
    approved(world)
    (invoice,) = billing.run(on(date(2026, 12, 1)))
    found = {one["rate_bp"]: (one["net"], one["vat"]) for one in invoice.details["rates"]}
    assert found == {2000: (7470, 1494), 550: (3870, 213)}  # 9/30 of 249.00 and of 129.00
    (invoice,) = billing.run(on(date(2027, 1, 1)))
    assert {one["rate_bp"]: one["net"] for one in invoice.details["rates"]} == {2000: 24900, 550: 12900}


def test_a_machine_reads_one_breakdown_for_each_rate_and_category(trade):  # noqa: F811 (Factur-X)
    _, invoice = approved(trade)
    root = check(invoice)
    totals = [tax for tax in root.iter() if tax.tag.endswith("ApplicableHeaderTradeSettlement")][0]
    taxes = [tax for tax in totals if tax.tag.endswith("ApplicableTradeTax")]
    read_off = [
        tuple(texts(tax, name) for name in ("CategoryCode", "RateApplicablePercent", "BasisAmount", "CalculatedAmount"))
        for tax in taxes
    ]
    assert read_off == [
        (["S"], ["20.00"], ["600.00"], ["120.00"]),
        (["S"], ["5.50"], ["300.00"], ["16.50"]),
        (["E"], ["0.00"], ["89.00"], ["0.00"]),
    ]
    assert texts(root, "ExemptionReason") == [WHY] and texts(root, "TaxTotalAmount") == ["136.50"]
    lines = list(root.iter(RAM + "IncludedSupplyChainTradeLineItem"))
    assert [texts(line, "RateApplicablePercent") for line in lines] == [["20.00"], ["5.50"], ["0.00"]]


def test_a_person_reads_each_rate_and_why_there_is_none(trade):  # noqa: F811
    speaking(trade.alpha, "en")
    said = text_of(approved(trade)[1])
    assert "VAT 20% on €600.00 €120.00" in said and "VAT 5.5% on €300.00 €16.50" in said
    assert WHY in said and "Total to pay €1,125.50" in said


def test_a_credit_note_gives_back_at_the_rate_that_was_charged(trade):  # noqa: F811 (O, Cooling-off)
    _, invoice = approved(trade)
    taxed(trade.light, "S", 1000)  # what was billed keeps its rate
    charge = Charge.get(Charge.invoice == invoice, Charge.tax_rate_bp == 550)
    charges.refund(charge, Line(1, Decimal(30), from_on=TODAY, to_on=date(2026, 11, 30)), on(date(2026, 11, 25)))
    (credit,) = billing.run(on(date(2026, 11, 25)))
    assert (credit.net_cents, credit.vat_cents) == (-3000, -165)
    assert texts(read(document.xml(credit)), "RateApplicablePercent") == ["5.50", "5.50"]


def test_a_preview_taxes_its_product_as_the_order_will(world):  # architecture.md, Previews are the thing itself
    seats = a_seat_product()
    taxed(seats, "S", 550)
    Price.create(price_list=world.europe, product=seats, basis=Basis.ANNUAL, cents=3600, valid_from=date(2026, 1, 1))
    annual = SubscriptionType.ANNUAL
    found = previews.subscribe(holdings.Prices.of(world.alpha, TODAY), seats, annual, 10, TODAY)
    assert (found.totals.net, found.totals.vat) == (Decimal("360.00"), Decimal("19.80"))
    assert wishes.totals_of(found, world.alpha).vat_cents == 1980
    wishes.add(Operation.SUBSCRIBE, world.remi, NOON, product=seats, type=annual, quantity=10)
    assert orders.totals(cart.of(world.remi)).vat_cents == 1980


def test_two_reasons_of_one_category_are_one_breakdown():  # EN 16931, BR-E-1
    one, other = Tax(None, "E", "This."), Tax(None, "E", "That.")
    (rate,) = pricing.totals([(Decimal(1), one), (Decimal(2), other), (Decimal(3), one)]).rates
    assert (rate.net, rate.note) == (Decimal(6), "This. That.")


def test_no_rate_and_a_rate_of_nothing_are_one_breakdown(trade):  # noqa: F811 (EN 16931, BR-E-1)
    taxed(trade.light, "E", 0, "This.")
    taxed(trade.extension, "E", None, "That.")
    cart.add(trade.light, 10, trade.remi, NOON)
    cart.add(trade.extension, 1, trade.remi, NOON, contract=trade.contract)
    seen, terms = orders.totals(cart.of(trade.remi)).seen, [row.id for row in Terms.select()]
    orders.approve(orders.place(trade.remi, NOON, "k", terms, seen), trade.diane, NOON)
    (rate,) = Invoice.get().details["rates"]
    assert (rate["net"], rate["vat"], rate["code"], rate["note"]) == (38900, 0, "E", "This. That.")
    root = check(Invoice.get())
    assert texts(root, "BasisAmount") == ["389.00"] and texts(root, "ExemptionReason") == ["This. That."]


def test_what_is_not_subject_to_vat_has_an_invoice_of_its_own(trade):  # noqa: F811 (EN 16931, BR-O-11)
    approved(trade)  # its first month, at 20 % and at 5.5 %, is billed on 01/12
    with tx():
        trade.alpha.tax_rate_bp, trade.alpha.tax_code, trade.alpha.tax_note = None, "O", "Not subject"
        trade.alpha.save()
    cart.add(trade.completo, 1, trade.remi, NOON)
    seen, terms = orders.totals(cart.of(trade.remi)).seen, [row.id for row in Terms.select()]
    orders.approve(orders.place(trade.remi.again(), NOON, "k", terms, seen), trade.diane, NOON)
    made = billing.run(on(date(2026, 12, 1)))
    assert [{one["code"] for one in invoice.details["rates"]} for invoice in made] == [{"S"}, {"O"}]
    assert sum(invoice.net_cents for invoice in made) == 7470 + 3870 + 747
