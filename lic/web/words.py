"""How things are said: dates, amounts, reasons and names, in the reader's language (R10)."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, reduce

from babel import Locale
from babel.numbers import format_currency, format_decimal
from flask import g
from flask_babel import Domain, get_locale, gettext
from jinja2 import pass_eval_context
from markupsafe import Markup, escape

from lic.models import Labelled, Organisation, Product, User, fold
from lic.rules import Money, Reason, taxes
from lic.web import clock

LANGUAGES = {"fr": "Français", "pt": "Português", "en": "English"}
LOCALES = {"fr": "fr_FR", "pt": "pt_BR", "en": "en_GB"}  # number formats; dates are dd/mm/yyyy everywhere


def _locale():
    """The reader's locale: asked for with every word, so the shortest way there is, past `g` itself."""
    try:
        return g._get_current_object()._flask_babel.babel_locale or get_locale()
    except (AttributeError, RuntimeError):  # not yet asked for, or nobody is asking
        return get_locale()


def language():
    """The reader's language, one of LANGUAGES."""
    locale = _locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


@lru_cache(maxsize=8192)
def day(value):
    """dd/mm/yyyy in every language."""
    return value.strftime("%d/%m/%Y") if value else ""


def moment(at):
    """Date and time where the business is."""
    return _moment(at, clock.zone()) if at else ""


@lru_cache(maxsize=1024)
def _moment(at, zone):
    return clock.local(at, zone).strftime("%d/%m/%Y %H:%M")


@lru_cache(maxsize=1024)
def _money(amount, currency, language):
    return format_currency(amount, currency, locale=LOCALES[language])


def money(cents, currency):
    """An amount in integer cents, the reader's way: 2 112,00 €, R$ 2.112,00."""
    return _money(Decimal(cents) / 100, currency, language())


def number(value):
    return _number(value, language())


@lru_cache(maxsize=1024)
def _number(value, language):
    return format_decimal(value, locale=LOCALES[language])


def percent(basis_points):
    """2000 is 20 %."""
    return number(Decimal(basis_points) / 100) + ("%" if language() != "fr" else "\u00a0%")


def said(message):
    """A marked word in the reader's language, with its context where it has one (NC_)."""
    context, _, text = message.rpartition("\x04")
    return _catalogue().upgettext(context, text) if context else _catalogue().ugettext(text)


_catalogues = {}  # (language, territory): translations


def _catalogue():
    """The reader's translations; found anew for every word, as Flask-Babel does, they take a fifth of a page's time."""
    locale = _locale()
    key = locale and (locale.language, locale.territory)
    if key not in _catalogues:
        _catalogues[key] = Domain().get_translations()
    return _catalogues[key]


class Spoken(Domain):
    """What Flask-Babel's own gettext takes its words from: the same, as quickly found."""

    def get_translations(self):
        return _catalogue()


@pass_eval_context
def spoken(context, text, **values):
    """The templates' `_("…")`; values are escaped where the template is HTML."""
    text = _in_html(_catalogue(), text) if context.autoescape else _catalogue().ugettext(text)
    return text % values if "%" in text else text


@lru_cache(maxsize=8192)
def _in_html(catalogue, text):
    return Markup(catalogue.ugettext(text))  # noqa: S704 (a translation)


def ngettext(one, many, num, **values):
    """The library's, with its number said the reader's way: 100 000 licences."""
    return _catalogue().ungettext(one, many, num) % ({"num": number(num)} | values)


@pass_eval_context
def counted(context, one, many, num, **values):
    """The same in templates."""
    text = _catalogue().ungettext(one, many, num)
    text = Markup(text) if context.autoescape else text  # noqa: S704 (a translation)
    return text % ({"num": number(num)} | values)


NO_COUNTRY = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # codes Babel knows besides


@lru_cache
def countries(language):
    """{code: name} of every country, by its name in that language."""
    names = Locale.parse(LOCALES[language]).territories
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY]
    return {code: names[code] for code in sorted(codes, key=lambda code: fold(names[code]))}


def country(code):
    """A country's name, the reader's way (002-64)."""
    return countries(language()).get(code, code)


def word(value):
    """Anything a rule or a record may say, as the reader reads it."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    if isinstance(value, Labelled):
        return said(value.label)
    if isinstance(value, Reason):
        return tell(value)
    if isinstance(value, Money):
        return _money(value.amount, value.currency, language())
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Product):
        return value.titled(language())
    if isinstance(value, Organisation | User):
        return value.name
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):  # a text in several languages
        return value.get(language()) or value.get("en") or next(iter(value.values()), "")
    return str(value)


def tell(reason):
    """A rule's reason as a sentence."""
    values = {name: word(value) for name, value in reason.values.items()}
    if "count" in values:
        values["count"] = number(reason.values["count"])
    if isinstance(reason.message, tuple):
        return ngettext(*reason.message, reason.values["count"], **values)
    text = said(reason.message)
    return text % values if values else text


def several(texts):
    """Sentences one after the other, with the semicolon as the language has it."""
    return reduce(lambda first, rest: gettext("%(first)s; %(rest)s", first=first, rest=rest), texts) if texts else ""


def pair(name, text):
    """A name and what is said of it, with the colon as the language has it."""
    return gettext("%(field)s: %(reason)s", field=name, reason=text)


def order_to_see(reason):
    """The number of the order a refusal waits for (X8), or None."""
    return reason.values["number"] if isinstance(reason, Reason) and reason.rule == "000-25" else None


def paragraphs(text):
    """Plain text as paragraphs and line breaks, escaped."""
    blocks = [escape(block).replace("\n", Markup("<br>")) for block in text.replace("\r\n", "\n").split("\n\n")]
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in blocks if block.strip())


def init(app):
    _catalogues.clear()
    _in_html.cache_clear()
    app.extensions["babel"].instance.domain_instance = Spoken()
    app.jinja_env.filters |= {
        "day": day,
        "moment": moment,
        "money": money,
        "number": number,
        "percent": percent,
        "word": word,
        "said": said,
        "paragraphs": paragraphs,
        "country": country,
        "tax_number": lambda organisation: taxes.shown(organisation.country, organisation.tax_number),
    }
    app.jinja_env.globals |= {
        "_": spoken,
        "gettext": spoken,
        "ngettext": counted,
        "language": language,
        "LANGUAGES": LANGUAGES,
        "countries": lambda: countries(language()),
        "tax_label": taxes.label,
        "order_to_see": order_to_see,
    }
