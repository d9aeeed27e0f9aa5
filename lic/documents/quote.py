"""A renewal quote as PDF, in the buyer's language, with the day it is valid until (003-19)."""

from datetime import UTC

from flask_babel import force_locale
from flask_babel import gettext as _

from lic.documents.page import Sheet
from lic.rules import billing, quotes
from lic.web import words

WIDTHS = (78, 21, 32, 43)


def pdf(quote):
    """The bytes of its PDF: the same quote is always the same file."""
    with force_locale(quote.inputs["language"]):
        return _printed(quote)


def _printed(quote):
    title, seller = _("Quote no. %(number)s", number=quote.number), billing.party(billing.house())
    subscription = quote.subscription
    at = quote.made_at.replace(microsecond=0, tzinfo=UTC)
    sheet = Sheet(title, seller["name"], quote.inputs["language"], at)
    valid = _("Valid until %(day)s", day=words.day(quote.valid_until))
    facts = [(_("Sent on"), words.moment(quote.made_at)), (_("Subscription no."), str(subscription.number))]
    sheet.head(seller["name"], title, [*facts, (valid, "")])
    sheet.parties([(_("Seller"), seller), (_("For"), billing.party(subscription.holder))])
    heads = (_("Item"), _("Quantity"), _("Unit price"), _("Total without VAT"))
    sheet.rows(heads, WIDTHS, [_row(quote, line) for line in quotes.lines(quote)])
    sheet.sums(_sums(quote))
    sheet.small([_("The prices are held until %(day)s.", day=words.day(quote.valid_until))])
    return bytes(sheet.output())


def _row(quote, line):
    days = " – ".join(words.day(day) for day in (line.from_on, line.to_on))
    about = f"{words.word(line.product)}\n{days}"
    money = lambda cents: words.money(cents, quote.currency)  # noqa: E731
    return about, words.number(line.quantity), money(line.unit_cents), money(line.net_cents)


def _sums(quote):
    money = lambda amount: words.money(round(amount * 100), quote.currency)  # noqa: E731
    found = quotes.sums(quote)
    rows = [(_("Total without VAT"), money(found.net))]
    for rate in found.rates:
        if rate.rate_bp is not None:
            share = words.percent(rate.rate_bp)
            rows.append((_("VAT %(rate)s on %(net)s", rate=share, net=money(rate.net)), money(rate.vat)))
    return [*rows, (_("Total"), money(found.gross))]
