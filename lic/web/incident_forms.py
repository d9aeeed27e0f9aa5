"""The forms of incidents: declaring one, asking for support, and writing a message; files stay with a refused form."""


from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from lic.models import IncidentKind, IncidentNature
from lic.rules import declarations, files, messages
from lic.web import words
from lic.web.forms import AtMost, Form, Line, Required, choices
from lic.web.keys import KeyField
from lic.web.people import AddressForm
from lic.web.uploads import Uploads

TITLE = 120  # characters
NEW = "new"  # the choice that makes an address in place


class Text(TextAreaField):
    """Several lines of text, of a limited length; what nobody can see in it is left out."""

    def __init__(self, label, most, *checks, **options):
        super().__init__(label, [*checks, AtMost(most)], filters=[lambda text: messages.visible(text or "")], **options)


class OnceForm(Form):
    """A form that counts once however often it is sent: it carries a key of its own."""

    key = KeyField()
    uploads = None  # its files, web/uploads.py
    sent_before = None  # (who, key) -> what the form did already

    @classmethod
    def asked(cls, *given, prefix=""):
        """The form as it was sent, with its files; or a new one."""
        if request.method != "POST":
            return cls.blank(*given, prefix=prefix)
        form = cls(request.form, prefix=prefix)
        form.uploads = g.get("uploads") or Uploads()
        g.uploads = form.uploads  # a form that is shown again does not take its file twice
        form.prepare(*given)
        return form

    @classmethod
    def blank(cls, *given, prefix=""):
        form = cls(None, prefix=prefix)
        form.uploads = Uploads.none()
        form.prepare(*given)
        return form

    def prepare(self, *given):
        pass

    @property
    def is_repeated(self):
        """Whether it has done its work already: files it names went with it then."""
        return bool(self.key.data and type(self).sent_before(current_user, self.key.data))

    def validate(self, extra_validators=None):
        fits = super().validate(extra_validators)
        if self.uploads.gone and not self.uploads.error and not self.is_repeated:
            self.uploads.error = files.gone()
        return fits and self.uploads.error is None

    @property
    def status(self):
        """What the page answers that shows this form."""
        if self.uploads.error:
            return self.uploads.status
        return 422 if self.errors else 200


class Ticked(SelectMultipleField):
    """One box each, at least one ticked."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()

    def process_formdata(self, valuelist):
        self.data = [int(value) for value in valuelist if value.isascii() and value.isdigit()]

    def pre_validate(self, form):
        if not set(self.data or ()) <= {choice.value for choice in self.choices}:
            raise ValidationError(_("This is not one of the choices."))


class DeclarationForm(OnceForm):
    """Declaring an incident on a contract (002-33 to 002-41)."""

    sent_before = declarations.sent_before
    title = Line(_("Title"), TITLE)
    nature = SelectField(
        _("Nature of the incident"), [Required()], coerce=lambda value: value and IncidentNature(value)
    )
    articles = Ticked(_("Products concerned"), [Required()], coerce=int)
    description = Text(_("Description"), declarations.LONGEST, Required())
    address = RadioField(_("Delivery address"), [Required()])

    def prepare(self, contract, articles, addresses):
        self.found, self.addresses = articles, addresses
        self.nature.choices = to_choose((nature.value, gettext(nature.label)) for nature in IncidentNature)
        self.articles.choices = choices((a.id, f"{a.serial} - {a.reference}") for a in articles)
        places = [(str(a.id), f"{a.organisation.name} - {a.label}") for a in addresses]
        self.address.choices = choices([*places, (NEW, gettext("New address"))])
        if request.method != "POST":
            self.address.data = self.address.choices[0].value
            self.articles.data = [articles[0].id] if len(articles) == 1 else []
        typed, customer = request.form if request.method == "POST" else None, contract.customer
        self.new_address = AddressForm(typed, prefix="new-", country=customer.country)
        self.new_address.organisation = customer
        self.new_address.label.label.text = gettext("Name of the address")  # the incident has a title of its own

    @property
    def is_new_address(self):
        return self.address.data == NEW

    def validate(self, extra_validators=None):
        fits = super().validate(extra_validators)
        return (self.new_address.validate() if self.is_new_address else True) and fits

    @property
    def status(self):
        return 422 if self.is_new_address and self.new_address.errors else super().status

    @property
    def values(self):
        """What `declarations.declare` is given."""
        ticked = set(self.articles.data)
        chosen = next((a for a in self.addresses if str(a.id) == self.address.data), None)
        return {
            "title": self.title.data,
            "nature": self.nature.data,
            "description": self.description.data,
            "articles": [article for article in self.found if article.id in ticked],
            "address": self.new_address.data if self.is_new_address else chosen,
            "waiting": self.uploads.waiting,
            "key": self.key.data,
        }


class RequestForm(OnceForm):
    """Asking for support for a service (004-23 to 004-25)."""

    sent_before = declarations.sent_before
    kind = RadioField(_("Type of request"), [Required()], coerce=IncidentKind)
    service = SelectField(_("Type of resource"), [Required()], coerce=lambda value: value and int(value))
    title = Line(_("Title"), TITLE)
    description = Text(_("Description"), declarations.LONGEST, Required())

    def prepare(self, services):
        self.services = services
        self.kind.choices = choices(
            [
                (IncidentKind.INCIDENT.value, gettext("Incident declaration")),
                (IncidentKind.INFORMATION.value, gettext("Technical information request")),
            ]
        )
        named = [(s.id, _called(s)) for s in services]
        self.service.choices = to_choose(named) if len(named) > 1 else choices(named)
        preset = next((s for s in services if str(s.number) == request.args.get("service")), None)
        self.asked_for = preset and preset.number  # by the address: what was chosen on another page does not count here
        if request.method != "POST":
            self.kind.data, self.service.data = IncidentKind.INCIDENT, preset and preset.id

    @property
    def subscription(self):
        return next((s for s in self.services if s.id == self.service.data), None)

    @property
    def values(self):
        return {
            "kind": self.kind.data,
            "title": self.title.data,
            "description": self.description.data,
            "waiting": self.uploads.waiting,
            "key": self.key.data,
        }


def to_choose(pairs):
    """Nothing is chosen before the person has: what stands there first is soon sent unread."""
    return choices([("", gettext("Choose…")), *pairs])


def _called(subscription):
    """Office Entreprise, no. 12, of Client Test: enough to tell two of one product apart."""
    name = gettext("%(product)s, no. %(number)s", product=words.word(subscription.product), number=subscription.number)
    return f"{name} - {subscription.customer.name}" if subscription.customer_id else name


class MessageForm(OnceForm):
    """A message in one of the channels, with files."""

    sent_before = messages.sent_before
    body = Text(_("Message"), messages.LONGEST)

    def validate_body(self, field):
        if not field.data and not self.uploads.waiting and not self.uploads.error and not self.is_repeated:
            raise ValidationError(_("There is nothing to send yet."))


class FilesForm(OnceForm):
    """Files for everybody who takes part in an incident."""

    sent_before = files.sent_before

    def validate(self, extra_validators=None):
        fits = super().validate(extra_validators)
        if not self.uploads.waiting and not self.uploads.error and not self.is_repeated:
            self.uploads.error, fits = files.none(), False
        return fits
