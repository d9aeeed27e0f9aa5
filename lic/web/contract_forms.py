"""The form a contract is recorded with: whose it is, how long, and the articles in rows that work without scripts."""

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, IntegerField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from lic.models import Organisation, PriceList
from lic.rules import buyers, organisations, recording, taxes, users
from lic.rules.recording import MOST_ARTICLES, Covered
from lic.web import guard, words
from lic.web.forms import CountryField, EmailLine, Form, Line, Required, choices

ROWS, MORE = 5, 5  # empty article rows at first, and by each press of the button
NEW = "new"  # the choice that makes a reseller
WIDEST = 200


# --- articles ------------------------------------------------------------------------------------


class ArticleForm(Form):
    """One row. An empty one is skipped, a half-filled one says what is missing (002-24)."""

    title = Line(_("Title"), WIDEST, required=False)
    reference = Line(_("Product reference"), 60, required=False)
    serial = Line(_("Serial number"), 60, required=False)
    data_sheet = Line(_("Data sheet"), 500, required=False)

    @property
    def is_empty(self):
        return not any(field.data for field in self)

    @property
    def covered(self):
        return Covered(*(self[name].data or "" for name in ("reference", "serial", "title", "data_sheet")))

    def validate(self, extra_validators=None):
        valid = super().validate(extra_validators)
        for name in ("title", "reference", "serial"):
            if not self.is_empty and not self[name].data:
                self[name].errors = [_("This field is required.")]
                valid = False
        if not recording.is_safe(self.data_sheet.data or ""):
            self.data_sheet.errors = [_("An address beginning with https:// or http://.")]
            valid = False
        return valid


class Articles:
    """The rows of a contract's articles; the first one is the main unit."""

    def __init__(self, rows):
        self.rows, self.reason = rows, None

    @classmethod
    def asked(cls, spare, articles=()):
        """As they were typed, else those there are with a few empty rows below."""
        count = len(articles) + spare
        if request.method == "POST":
            count = _count(request.form.get("rows"), count) + (MORE if request.form.get("more") else 0)
        records = [*articles, *[None] * count]
        rows = (ArticleForm(request.form, obj=records[i], prefix=f"article-{i + 1}-") for i in range(count))
        return cls(list(rows)[:MOST_ARTICLES])

    @property
    def wants_more(self):
        return request.form.get("more") is not None

    @property
    def can_grow(self):
        return len(self.rows) < MOST_ARTICLES

    @property
    def covered(self):
        return [row.covered for row in self.rows if not row.is_empty]

    def validate(self):
        valid = all([row.validate() for row in self.rows])
        self.reason = recording.why_not_cover(self.covered) if valid else None
        return valid and not self.reason

    @property
    def wrong(self):
        """[(row, field)] of what is wrong, for the summary on top."""
        return [(n, field) for n, row in enumerate(self.rows, 1) for field in row if field.errors]


def _count(text, default):
    return min(int(text), MOST_ARTICLES) if text and text.isascii() and text.isdigit() and len(text) < 4 else default


# --- the contract --------------------------------------------------------------------------------


class RecordingForm(Form):
    """Reseller known or new, customer known, new or none, dates, number (002-08, 002-12)."""

    reseller = SelectField(_("Reseller"), [Required()])
    name = Line(_("Name / Company name"), 120, required=False)
    country = CountryField(_("Country"))
    email = EmailLine(_("Email"), required=False)
    tax_number = Line(_("Tax number"), 40, required=False)
    language = SelectField(_("Language"), choices=choices(words.LANGUAGES.items()), default=words.language)
    price_list = SelectField(_("Price list"))
    first_name = Line(_("First name"), 120, required=False)
    last_name = Line(_("Last name"), 120, required=False)
    person_email = EmailLine(_("Administrator's email"), required=False)
    identifier = Line(_("Username"), 60, required=False)
    customer = Line(_("Customer"), 120, required=False)
    customer_tax_number = Line(_("Customer's tax number"), 40, required=False)
    number = IntegerField(_("Contract number"), [Optional()])
    product_reference = Line(_("Product reference"), 60, required=False)
    starts_on = DateField(_("First day"), [InputRequired(_("This field is required."))])
    months = IntegerField(_("Months"), [Optional()])
    ends_on = DateField(_("Last day"), [Optional()])
    sold_by = Line(_("Sold by"), 120, required=False)
    sold_by_contact = Line(_("Contact for the renewal"), WIDEST, required=False)

    @classmethod
    def asked(cls, today):
        form = cls(request.form)
        known = [(str(row.id), row.name) for row in buyers.resellers()]
        house = guard.house()
        direct = (str(house.id), gettext("%(name)s, for a direct customer", name=house.name))
        form.reseller.choices = [("", gettext("Choose…")), *known, direct, (NEW, gettext("A new reseller"))]
        lists = PriceList.select().order_by(PriceList.name)
        form.price_list.choices = [("", gettext("None yet")), *((str(row.id), row.name) for row in lists)]
        if request.method == "GET":
            form.starts_on.data = today
        return form

    @property
    def is_new(self):
        return self.reseller.data == NEW

    def validate_number(self, field):
        _refuse(recording.why_not_number(field.data))

    def validate_starts_on(self, field):
        if field.data and not self.months.process_errors and not self.ends_on.process_errors:
            _refuse(recording.why_not_dates(field.data, self.ends_on.data, self.months.data))

    def validate_customer_tax_number(self, field):
        if field.data and not self.customer.data:
            raise ValidationError(_("Enter the customer's name too."))
        _refuse(taxes.why_not(self._country, field.data or ""))

    def validate(self, extra_validators=None):
        valid = super().validate(extra_validators)
        if not self.is_new:
            return valid
        for name in ("name", "email", "first_name", "last_name", "person_email", "identifier"):
            if not self[name].data:
                self[name].errors = [_("This field is required.")]
                valid = False
        if reason := taxes.why_not(self.country.data or "", self.tax_number.data or ""):
            self.tax_number.errors, valid = [reason], False
        names = self.first_name.data or "", self.last_name.data or ""
        if self.identifier.data and (reason := users.why_not_identifier(self.identifier.data, None, *names)):
            self.identifier.errors, valid = [reason], False
        return valid

    @property
    def known(self):
        """The reseller that was chosen, unless it is to be made."""
        chosen = dict(self.reseller.choices).keys() - {NEW, ""}
        return Organisation.get_by_id(int(self.reseller.data)) if self.reseller.data in chosen else None

    def doubts(self, covered):
        """What is asked once more, unless it was asked just so and confirmed: ([Reason], what the form sends then)."""
        said = recording.doubts(self.known, covered, self.customer.data or "", self.customer_tax_number.data or "")
        sure = " ".join(str(value) for reason in said for value in reason.values.values())
        return ([], sure) if request.form.get("sure") == sure else (said, sure)

    @property
    def _country(self):
        return self.known.country if self.known else self.country.data or ""

    def record(self, covered, by, at):
        asked = {
            "covered": covered,
            "customer_name": self.customer.data or "",
            "customer_tax_number": self.customer_tax_number.data or "",
            **{name: self[name].data for name in ("starts_on", "ends_on", "months", "number")},
            **{name: self[name].data or "" for name in ("product_reference", "sold_by", "sold_by_contact")},
        }
        if not self.is_new:
            return recording.record_for(self.known, by=by, at=at, **asked)
        return recording.record_first(self._reseller(), self._administrator(), by=by, at=at, **asked)

    def _reseller(self):
        chosen = self.price_list.data
        own = {name: self[name].data or "" for name in organisations.KEPT if name in self}
        return own | {"price_list": PriceList.get_by_id(int(chosen)) if chosen else None}

    def _administrator(self):
        names = {name: self[name].data for name in ("first_name", "last_name", "identifier", "language")}
        return names | {"email": self.person_email.data}


def _refuse(reason):
    if reason:
        raise ValidationError(reason)
