"""An invoice for machines: CII XML of EN 16931, and how a PDF carries it (Factur-X 1.0, profile EN 16931).

Amounts on a credit note (381) are positive. A part of a price is told exactly: its price for so many parts of the unit
(BT-146 with BT-149), so that no quotient is ever rounded before the line is.
"""

from datetime import date
from xml.etree import ElementTree

from flask_babel import gettext as _

from lic.rules import invoices
from lic.web import billed, words

NAME = "factur-x.xml"
URN = "urn:un:unece:uncefact:data:standard"
SPACES = {
    "rsm": f"{URN}:CrossIndustryInvoice:100",
    "ram": f"{URN}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{URN}:UnqualifiedDataType:100",
    "qdt": f"{URN}:QualifiedDataType:100",
}
INVOICE, CREDIT_NOTE = 380, 381
ONE = "C62"  # the unit: one of it
TRANSFER = 30  # payment means
FRENCH_DIRECTORY, MAIL = "0225", "EM"  # schemes of electronic addresses
WITH_REASON = ("E", "AE", "K", "G", "O")
for prefix, uri in SPACES.items():
    ElementTree.register_namespace(prefix, uri)


def xml(invoice, lines, notes=()):
    """The bytes of the XML. lines: (charge, Amounts) pairs; notes: (subject code, text) pairs."""
    root = ElementTree.Element(f"{{{SPACES['rsm']}}}CrossIndustryInvoice")
    context = _in(root, "rsm:ExchangedDocumentContext")
    _in(context, "BusinessProcessSpecifiedDocumentContextParameter", ID="S1")
    _in(context, "GuidelineSpecifiedDocumentContextParameter", ID="urn:cen.eu:en16931:2017")
    document = _in(root, "rsm:ExchangedDocument", ID=invoice.name)
    _put(document, "TypeCode", CREDIT_NOTE if invoice.kind.gives_back else INVOICE)
    _day(document, "IssueDateTime", invoice.issued_on)
    for code, text in notes:
        _in(document, "IncludedNote", Content=text, SubjectCode=code)
    trade = _in(root, "rsm:SupplyChainTradeTransaction")
    for place, (charge, amounts) in enumerate(lines, 1):
        _line(trade, place, charge, amounts, invoice)
    _agreement(trade, invoice)
    delivery = _in(trade, "ApplicableHeaderTradeDelivery")
    if any(rate["code"] == "K" for rate in invoice.details["rates"]):  # BR-IC-12: delivered to where the buyer is
        place = _in(_in(delivery, "ShipToTradeParty"), "PostalTradeAddress")
        _put(place, "CountryID", invoice.details["buyer"]["address"]["country"])
    _day(_in(delivery, "ActualDeliverySupplyChainEvent"), "OccurrenceDateTime", invoice.issued_on)
    _settlement(trade, invoice)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


# --- its parts -----------------------------------------------------------------------------------


def _line(trade, place, charge, amounts, invoice):
    line = _in(trade, "IncludedSupplyChainTradeLineItem")
    document = _in(line, "AssociatedDocumentLineDocument", LineID=place)
    split = billed.told_parts(charge, invoice.currency, -1 if invoice.kind.gives_back else 1)
    said = ". ".join(filter(None, (billed.about(charge), f"{billed.what(charge)}, {billed.days(charge)}", split)))
    _in(document, "IncludedNote", Content=said)
    product = _in(line, "SpecifiedTradeProduct")
    _put(product, "SellerAssignedID", invoices.reference_of(charge))
    _put(product, "Name", words.word(charge.label))
    price = _in(_in(line, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _put(price, "ChargeAmount", _amount(amounts.unit_cents * charge.numerator))
    _put(price, "BasisQuantity", charge.denominator, unitCode=ONE)
    _put(_in(line, "SpecifiedLineTradeDelivery"), "BilledQuantity", amounts.quantity, unitCode=ONE)
    settlement = _in(line, "SpecifiedLineTradeSettlement")
    _tax(settlement, _rate_of(invoice, charge))
    period = _in(settlement, "BillingSpecifiedPeriod")
    _day(period, "StartDateTime", charge.from_on)
    _day(period, "EndDateTime", charge.to_on)
    if charge.discount_bp:
        off = _in(settlement, "SpecifiedTradeAllowanceCharge")
        _put(_in(off, "ChargeIndicator"), "udt:Indicator", "false")
        _put(off, "CalculationPercent", _amount(charge.discount_bp))
        _put(off, "BasisAmount", _amount(amounts.net_cents + amounts.discount_cents))
        _put(off, "ActualAmount", _amount(amounts.discount_cents))
        _put(off, "Reason", _("Discount"))
    _in(settlement, "SpecifiedTradeSettlementLineMonetarySummation", LineTotalAmount=_amount(amounts.net_cents))
    if len(charge.centres) == 1:  # BT-133, where the buyer books it
        _in(settlement, "ReceivableSpecifiedTradeAccountingAccount", ID=charge.centres[0][0])


def _agreement(trade, invoice):
    agreement, taxable = _in(trade, "ApplicableHeaderTradeAgreement"), _is_taxable(invoice)
    _party(agreement, "SellerTradeParty", invoice.details["seller"], taxable)
    _party(agreement, "BuyerTradeParty", invoice.details["buyer"], taxable)
    if invoice.order_id:
        _in(agreement, "BuyerOrderReferencedDocument", IssuerAssignedID=invoice.order.number)


def _is_taxable(invoice):
    """What is not subject to VAT at all names no VAT number (BR-O-02)."""
    return all(rate["code"] != "O" for rate in invoice.details["rates"])


def _party(parent, tag, kept, taxable):
    party, address = _in(parent, tag, Name=kept["name"]), kept["address"]
    if kept["siren"]:
        _put(_in(party, "SpecifiedLegalOrganization"), "ID", kept["siren"], schemeID="0002")
    elif kept["tax_number"]:
        _put(_in(party, "SpecifiedLegalOrganization"), "ID", kept["tax_number"])
    place = _in(party, "PostalTradeAddress", PostcodeCode=address.get("postcode"), LineOne=address.get("street"))
    for tag_of, name in (("LineTwo", "complement"), ("LineThree", "district"), ("CityName", "city")):
        _put(place, tag_of, address.get(name))
    _put(place, "CountryID", address["country"])
    _put(place, "CountrySubDivisionName", address.get("region"))
    address, scheme = (kept["siren"], FRENCH_DIRECTORY) if kept["siren"] else (kept["email"], MAIL)
    if address:
        _put(_in(party, "URIUniversalCommunication"), "URIID", address, schemeID=scheme)
    if kept["vat"] and taxable:
        _put(_in(party, "SpecifiedTaxRegistration"), "ID", kept["vat"], schemeID="VA")


def _settlement(trade, invoice):
    sign = -1 if invoice.kind.gives_back else 1
    settlement = _in(trade, "ApplicableHeaderTradeSettlement", PaymentReference=invoice.name)
    _put(settlement, "InvoiceCurrencyCode", invoice.currency)
    if invoice.details["iban"] and sign == 1:
        means = _in(settlement, "SpecifiedTradeSettlementPaymentMeans", TypeCode=TRANSFER)
        _in(means, "PayeePartyCreditorFinancialAccount", IBANID=invoice.details["iban"])
    for rate in invoice.details["rates"]:
        _tax(settlement, rate, sign, _reason(rate))
    terms = _in(settlement, "SpecifiedTradePaymentTerms", Description=terms_of(invoice))
    if invoice.due_on:
        _day(terms, "DueDateDateTime", invoice.due_on)
    net, vat, gross = (_amount(sign * n) for n in (invoice.net_cents, invoice.vat_cents, invoice.gross_cents))
    sums = _in(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", LineTotalAmount=net)
    _put(sums, "TaxBasisTotalAmount", net)
    _put(sums, "TaxTotalAmount", vat, currencyID=invoice.currency)
    _put(sums, "GrandTotalAmount", gross)
    _put(sums, "DuePayableAmount", gross)
    if invoice.corrects_id:
        before = _in(settlement, "InvoiceReferencedDocument", IssuerAssignedID=invoice.corrects.name)
        moment = _in(before, "FormattedIssueDateTime")
        _put(moment, "qdt:DateTimeString", f"{invoice.corrects.issued_on:%Y%m%d}", format=102)


def terms_of(invoice):
    """When and how it is settled."""
    if invoice.kind.gives_back:
        return _("To be set off against your next payment, or paid back.")
    return _("To be paid by %(day)s.", day=words.day(invoice.due_on))


def _tax(parent, rate, sign=None, reason=None):
    """On a line without amounts; in the totals with those of the rate."""
    tax = _in(parent, "ApplicableTradeTax")
    if sign:
        _put(tax, "CalculatedAmount", _amount(sign * rate["vat"]))
    _put(tax, "TypeCode", "VAT")
    _put(tax, "ExemptionReason", reason)
    if sign:
        _put(tax, "BasisAmount", _amount(sign * rate["net"]))
    _put(tax, "CategoryCode", rate["code"])
    if rate["code"] != "O":
        _put(tax, "RateApplicablePercent", _amount(rate["rate_bp"] or 0))


def _reason(rate):
    return (rate["note"] or _("VAT not applicable")) if rate["code"] in WITH_REASON else None


def _rate_of(invoice, charge):
    own = charge.tax_rate_bp or 0, charge.tax_code
    return next(rate for rate in invoice.details["rates"] if (rate["rate_bp"] or 0, rate["code"]) == own)


# --- elements ------------------------------------------------------------------------------------


def _tag(name):
    prefix, _colon, local = name.rpartition(":")
    return f"{{{SPACES[prefix or 'ram']}}}{local}"


def _in(parent, name, **children):
    """A new element with simple children of the ram namespace, in the order given; empty ones are left out."""
    element = ElementTree.SubElement(parent, _tag(name))
    for child, value in children.items():
        _put(element, child, value)
    return element


def _put(parent, name, value, **attributes):
    if value is None or value == "":
        return
    element = ElementTree.SubElement(parent, _tag(name), {key: str(one) for key, one in attributes.items()})
    element.text = str(value)


def _day(parent, name, day: date):
    _put(_in(parent, name), "udt:DateTimeString", f"{day:%Y%m%d}", format=102)


def _amount(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


# --- in a PDF ------------------------------------------------------------------------------------

PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE"),
    ("Version", "version of the Factur-X XML schema"),
    ("ConformanceLevel", "conformance level of the embedded Factur-X data"),
)
MORE = """
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"""
PROPERTY = (
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{}</pdfaProperty:name>'
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
    "<pdfaProperty:description>{}</pdfaProperty:description></rdf:li>"
)


def embed(sheet, data, at):
    """Put the XML into a PDF, and say so in its metadata."""
    sheet.embed_file(
        bytes=data,
        basename=NAME,
        mime_type="text/xml",
        associated_file_relationship="Alternative",
        desc="Factur-X XML file",
        creation_date=at,
        modification_date=at,
        checksum=True,
        compress=True,
    )
    sheet.tell_of_itself(MORE.format(properties="".join(PROPERTY.format(*one) for one in PROPERTIES)))
