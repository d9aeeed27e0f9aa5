"""How what is sold is taxed: by its buyer, unless the product says otherwise (data.md d, rules.md Q, EN 16931)."""

from lic.models import N_, Organisation, OrganisationKind
from lic.rules import Reason
from lic.rules.pricing import Tax

CODES = {  # EN 16931, UNTDID 5305
    "S": N_("S: standard rate"),
    "Z": N_("Z: zero rate"),
    "E": N_("E: exempt"),
    "AE": N_("AE: reverse charge"),
    "K": N_("K: delivery within the European Union"),
    "G": N_("G: export"),
    "O": N_("O: not subject to VAT"),
}
OF_PRODUCTS = ("S", "Z", "E", "AE")  # the others follow from where the buyer is
WITH_NOTE = ("E", "AE")  # an invoice has to say why there is no VAT
FRENCH = (2000, 1000, 550, 210, 850, 1300, 175, 105, 90, 0, 2060, 1960, 960, 920, 700)  # BR-FR-16: no others are taken


def kept(row):
    """The tax a row keeps: an organisation, a product, an order line or a charge."""
    return Tax(row.tax_rate_bp, row.tax_code, row.tax_note)


def columns(tax):
    """The same as a row's columns."""
    return {"tax_rate_bp": tax.rate_bp, "tax_code": tax.code, "tax_note": tax.note}


def of(buyer, product):
    """The tax on a product for a buyer."""
    return over(kept(buyer), product)


def over(tax, product):
    """A product's own tax instead of its buyer's; one who is not charged VAT at all stays so whatever it buys."""
    return kept(product) if product.tax_code and tax.rate_bp else tax


def put(line, buyer):
    """Write onto an order line how it is taxed; whether that is something new."""
    tax = of(buyer, line.product)
    changed = tax != kept(line)
    for name, value in columns(tax).items():
        setattr(line, name, value)
    return changed


def why_not(code, rate_bp, note):
    """Why a product cannot be taxed like this, or None; without a category it is taxed as its buyer is."""
    if not code:
        return Reason(N_("A rate or a note needs its category."), rule="Q") if note or rate_bp is not None else None
    if code not in OF_PRODUCTS:
        return Reason(N_("This category follows from where the buyer is."), rule="Q")
    if code == "S" and not (rate_bp and rate_bp <= 10000):
        return Reason(N_("The standard category needs its rate, at most 100 percent."), rule="Q")
    if reason := why_not_of_buyer(code, rate_bp):
        return reason
    if code in WITH_NOTE and not note:
        return Reason(N_("Say on invoices why there is no VAT: write the note."), rule="Q")
    return None


def why_not_of_buyer(code, rate_bp):
    """Why a buyer cannot be taxed like this, or None; one of the standard category may have no VAT at all."""
    if code != "S" and rate_bp:
        return Reason(N_("There is no rate in this category: leave it empty."), rule="Q")
    return why_not_rate(rate_bp)


def why_not_rate(rate_bp):
    """Why the house cannot charge VAT at this rate, or None: France's e-invoices know only its own."""
    house = Organisation.get_or_none(Organisation.kind == OrganisationKind.DISTRIBUTOR)
    if rate_bp is None or rate_bp in FRENCH or house is None or house.country != "FR":
        return None
    return Reason(N_("There is no such VAT rate in France: electronic invoices with it are not taken."), rule="Q")
