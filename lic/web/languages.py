"""Texts the distributor writes in every language of the portal: one field each, at least one of them filled."""

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from lic.web import words
from lic.web.forms import AtMost, NoControls, stripped


def add_fields(form_class, name, label, most, long=False):
    """Give a form the fields name_en, name_fr, name_pt."""
    for code in words.LANGUAGES:
        checks = [Length(max=most, message=_("At most %(most)s characters.", most=most))] if long else []
        checks += [] if long else [AtMost(most), NoControls()]
        field = TextAreaField if long else StringField
        said = _("%(field)s in %(language)s", field=label, language=words.LANGUAGES[code])
        setattr(form_class, f"{name}_{code}", field(said, checks, filters=[stripped]))


def fill(form, name, text):
    """Show a stored text in the fields."""
    for code in words.LANGUAGES:
        form[f"{name}_{code}"].data = (text or {}).get(code, "")


def read(form, name):
    """{language: text} of the fields that were filled."""
    given = {code: form[f"{name}_{code}"].data for code in words.LANGUAGES}
    return {code: text.replace("\r\n", "\n") for code, text in given.items() if text}


def check(form, name):
    """At least one language has to be there; the others show it."""
    if not read(form, name):
        raise ValidationError(_("At least one language is needed."))
