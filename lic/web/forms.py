"""What every form of the portal shares: its own messages in the reader's language."""

import re
from decimal import Decimal
from unicodedata import category

from babel.numbers import format_decimal
from flask import current_app, request
from flask_babel import LazyString, get_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import Form as WTForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    StopValidation,
    ValidationError,
)

from lic.rules import addresses
from lic.web import words

MESSAGES = {  # WTForms' own catalogues have no Brazilian wording of some and cannot be tested for gaps: ours can
    "This field is required.": _("This field is required."),
    "Invalid email address.": _("This is not a complete e-mail address, like name@example.com."),
    "Not a valid integer value.": _("This is not a whole number."),
    "Not a valid date value.": _("This is not a date."),
    "Not a valid choice.": _("This is not one of the choices."),
    "Invalid Choice: could not coerce.": _("This is not one of the choices."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _("This is not one of the choices."),
    "Not a valid decimal value.": _("This is not a number."),
    "'%(value)s' is not a valid choice for this field.": _("This is not one of the choices."),
    "'%(value)s' are not valid choices for this field.": _("This is not one of the choices."),
}


class _Translations:
    def gettext(self, text):
        return str(MESSAGES.get(text, text))

    def ngettext(self, one, many, count):
        return self.gettext(one if count == 1 else many)


class Form(WTForm):
    class Meta:
        def get_translations(self, form):
            return _Translations()

        def render_field(self, field, render_kw):
            """Say to assistive technology what the page says to the eye."""
            if field.errors:
                render_kw.setdefault("aria-invalid", "true")
            return super().render_field(field, render_kw)

    def __init__(self, formdata=None, **kwargs):
        """A page that is only looked at shows what is kept: an empty form would untick its boxes."""
        super().__init__(None if request.method in ("GET", "HEAD") and not formdata else formdata, **kwargs)

    @property
    def locale(self):
        return get_locale()


class Required(DataRequired):
    def __init__(self):
        super().__init__(_("This field is required."))


class AtMost(Length):
    """No longer than the record should be."""

    def __init__(self, most):
        super().__init__(max=most, message=_("At most %(most)s characters.", most=LazyString(words.number, most)))


TURNING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}  # they make a text read as another one


class NoControls:
    """Names and titles hold no line breaks or other control characters (mail headers, file names, logs)."""

    def __call__(self, form, field):
        if field.data and any(category(c) in ("Cc", "Zl", "Zp") or c in TURNING for c in field.data):
            raise ValidationError(_("Line breaks and control characters are not allowed here."))


UNSEEN = {"Cf", "Zs"}  # characters of no width: a name of nothing else shows as nothing


def stripped(value):
    """What was typed without spaces around it; a field that was not sent at all, or that shows nothing, is empty."""
    if value is not None and not isinstance(value, str):
        return value
    text = (value or "").strip()
    return text if any(category(c) not in UNSEEN for c in text) else ""


# --- fields ------------------------------------------------------------------------------------


def choices(pairs):
    """(value, label) pairs as a select wants them."""
    return [SelectChoice(value, label) for value, label in pairs]


class Line(StringField):
    """One line of text: stripped, of a limited length, without control characters."""

    def __init__(self, label, most, *validators, required=True, **options):
        checks = [Required() if required else Optional(), AtMost(most), NoControls(), *validators]
        super().__init__(label, checks, filters=[stripped], **options)


class EmailLine(Line):
    def __init__(self, label, required=True, **options):
        super().__init__(label, 254, Email(), required=required, **options)


class PhoneLine(Line):
    def __init__(self, label, required=True, **options):
        shape = Regexp(r"^[0-9+][0-9 ().+/-]{2,29}$", message=_("A telephone number: digits, spaces and + ( ) . - /"))
        super().__init__(label, 30, shape, required=required, **options)


class OneOf(SelectField):
    """One member of an enum, said in the reader's language."""

    def __init__(self, label, members, **options):
        said = lambda: choices((member.value, gettext(member.label)) for member in members)  # noqa: E731
        super().__init__(label, [Required()], choices=said, coerce=members, **options)


def _country(code, name):
    """A country, marked where its addresses name a district or a state: forms ask for them there (002-39)."""
    return SelectChoice(code, name, render_kw={"data-regional": True} if code in addresses.WITH_REGION else {})


def _home():
    """Where a person's own company is, or the portal: most they deal with is there too."""
    at = current_user.organisation if current_user.is_authenticated else current_app.config["SETTINGS"]
    return at.country


class CountryField(SelectField):
    """A country of the world, by name; the reader's own unless told otherwise."""

    def __init__(self, label, **options):
        said = lambda: [_country(*pair) for pair in words.countries(words.language()).items()]  # noqa: E731
        super().__init__(label, [Required()], **{"choices": said, "default": _home} | options)


class Hundredths(StringField):
    """An amount or a percentage as people type it, 24.90 or 24,9; its data is a whole number of hundredths."""

    def __init__(self, label, required=True, **options):
        super().__init__(label, [InputRequired(_("This field is required."))] if required else [], **options)
        self.required = required

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        if self.data is None:
            return ""
        return format_decimal(Decimal(self.data) / 100, "0.00", locale=words.LOCALES[words.language()])

    def process_formdata(self, values):
        typed = "".join((values or [""])[0].split())
        self.data = None
        if typed and not re.fullmatch(r"[0-9]{1,11}([.,][0-9]{1,2})?", typed):
            raise ValueError(_("This is not an amount, like 24.90."))
        if not typed and self.required:  # spaces only
            raise ValueError(_("This field is required."))
        if typed:
            self.data = int(Decimal(typed.replace(",", ".")) * 100)


class Given:
    """There is a number, were it 0; what was typed and is none says so by itself."""

    field_flags = {"required": True}  # noqa: RUF012

    def __call__(self, form, field):
        if field.data is None:
            raise StopValidation() if field.process_errors else StopValidation(_("This field is required."))


class Within(NumberRange):
    """Between two numbers; what is none has said so."""

    def __call__(self, form, field):
        if field.data is not None or not field.process_errors:
            super().__call__(form, field)


class Whole(IntegerField):
    """A whole number within limits; none where it is not required."""

    def __init__(self, label, least, most, required=False, **options):
        said = {"least": LazyString(words.number, least), "most": LazyString(words.number, most)}
        limits = Within(least, most, _("From %(least)s to %(most)s.", **said))
        super().__init__(label, [Given() if required else Optional(), limits], **options)

    def process_formdata(self, values):
        typed = values[0].strip() if values else ""
        if values and not typed:
            self.data = None
        elif typed and not re.fullmatch(r"[+-]?[0-9]{1,100}", typed):  # int() takes the digits of every script
            self.data = None
            raise ValueError(_("This is not a whole number."))
        elif typed:
            self.data = int(typed)
