"""A renewal quote as PDF, in the buyer's language, with the day it is valid until (003-19)."""

from datetime import UTC

from flask_babel import force_locale
from flask_babel import gettext as _

from lic.documents.page import Sheet
from lic.rules import quotes
from lic.web import billed, words

WIDTHS = (68, 21, 28, 29, 28)


def pdf(quote):
    """The bytes of its PDF: the same quote is always the same file."""
    with force_locale(quote.inputs["language"]):
        return _printed(quote)


def _printed(quote):
    title, seller = _("Quote no. %(number)s", number=quote.number), quote.inputs["seller"]
    at = quote.made_at.replace(microsecond=0, tzinfo=UTC)
    sheet = Sheet(title, seller["name"], quote.inputs["language"], at)
    valid = _("Valid until %(day)s", day=words.day(quote.valid_until))
    facts = [(_("Sent on"), words.moment(quote.made_at)), (_("Subscription no."), str(quote.subscription.number))]
    sheet.head(seller["name"], title, [*facts, (valid, "")])
    sheet.parties([(_("Seller"), seller), (_("For"), quote.inputs["buyer"])])
    heads = (_("Item"), _("Quantity"), _("Unit price"), _("Part"), _("Total without VAT"))
    sheet.rows(heads, WIDTHS, [_row(quote, line) for line in quotes.lines(quote)])
    sheet.sums(_sums(quote))
    sheet.small([_("The prices are held until %(day)s.", day=words.day(quote.valid_until))])
    return bytes(sheet.output())


def _row(quote, line):
    about = "\n".join((words.word(line.product), billed.what(line), billed.days(line)))
    money = lambda cents: words.money(cents, quote.currency)  # noqa: E731
    return about, words.number(line.quantity), money(line.unit_cents), billed.part_of(line), money(line.net_cents)


def _sums(quote):
    money = lambda amount: words.money(round(amount * 100), quote.currency)  # noqa: E731
    found = quotes.sums(quote)
    rows = [(_("Total without VAT"), money(found.net))]
    for rate in found.rates:
        if rate.rate_bp is not None:
            share = words.percent(rate.rate_bp)
            rows.append((_("VAT %(rate)s on %(net)s", rate=share, net=money(rate.net)), money(rate.vat)))
    return [*rows, (_("Total"), money(found.gross))]
