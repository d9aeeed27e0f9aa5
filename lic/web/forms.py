"""What every form of the portal shares: its own messages in the reader's language."""

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import Form as WTForm
from wtforms.validators import DataRequired, Length, ValidationError

MESSAGES = {  # WTForms' own catalogues have no Brazilian wording of some and cannot be tested for gaps: ours can
    "This field is required.": _("This field is required."),
    "Invalid email address.": _("This is not a complete e-mail address, like name@example.com."),
    "Not a valid integer value.": _("This is not a whole number."),
    "Not a valid date value.": _("This is not a date."),
    "Not a valid choice.": _("This is not one of the choices."),
    "Invalid Choice: could not coerce.": _("This is not one of the choices."),
    "Not a valid decimal value.": _("This is not a number."),
}


class _Translations:
    def gettext(self, text):
        return str(MESSAGES.get(text, text))

    def ngettext(self, one, many, count):
        return one if count == 1 else many


class Form(WTForm):
    class Meta:
        def get_translations(self, form):
            return _Translations()

        def render_field(self, field, render_kw):
            """Say to assistive technology what the page says to the eye."""
            if field.errors:
                render_kw.setdefault("aria-invalid", "true")
            return super().render_field(field, render_kw)

    @property
    def locale(self):
        return get_locale()


class Required(DataRequired):
    def __init__(self):
        super().__init__(_("This field is required."))


class AtMost(Length):
    """No longer than the record should be."""

    def __init__(self, most):
        super().__init__(max=most, message=_("At most %(most)s characters.", most=most))


class NoControls:
    """Names and titles hold no line breaks or other control characters (mail headers, file names, logs)."""

    def __call__(self, form, field):
        if field.data and any(ord(c) < 32 or ord(c) == 127 for c in field.data):
            raise ValidationError(_("Line breaks and control characters are not allowed here."))


def stripped(value):
    return value.strip() if isinstance(value, str) else value
