"""A letter that was kept aside, as the distributor's administrator sees it and says where it goes (004-26)."""

from contextlib import contextmanager, nullcontext

from flask import render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import SelectField

from lic import files
from lic.models import EVERYBODY, N_, Channel, Incident, scope
from lic.rules import letters, replies
from lic.web import clock, uploads
from lic.web.forms import Form, Line, Required, ValidationError, choices
from lic.web.incident_forms import to_choose
from lic.web.numbers import LARGEST

NAMES = {
    Channel.CUSTOMER: N_("Between the customer and who serves it"),
    Channel.DISTRIBUTOR: N_("Between the reseller and the distributor"),
}


class PlaceForm(Form):
    """Into which incident, which of its messages, and in whose name."""

    number = Line(_("Incident no."), 19)
    channel = SelectField(_("Messages"), [Required()])
    author = SelectField(_("In the name of"), coerce=int)

    def prepare(self, kept):
        people = replies.authors(kept, current_user)
        with scope(EVERYBODY):  # whoever wrote is named with their company
            self.author.choices = choices((user.id, f"{user.name} - {user.organisation.name}") for user in people)
        offered = [Channel(kept.channel)] if kept.channel else [Channel.CUSTOMER, Channel.DISTRIBUTOR]
        named = [(channel.value, gettext(NAMES[channel])) for channel in offered]
        self.channel.choices = choices(named) if kept.channel else to_choose(named)
        return self

    def validate_number(self, field):
        text = (field.data or "").strip()
        if not (text.isascii() and text.isdigit() and int(text) <= LARGEST):
            raise ValidationError(_("This is not a number."))
        if Incident.get_or_none(Incident.number == int(text)) is None:
            raise ValidationError(_("There is no such incident."))

    @property
    def place(self):
        return replies.Place(int(self.number.data), Channel(self.channel.data), self.author.data)


def asked(kept, form=None):
    given = {"number": kept.incident} if kept.incident else {}
    return PlaceForm(form, **given).prepare(kept)


@contextmanager
def opened(kept):
    """The letter itself, while it is looked at; nothing where its bytes are not here."""
    path = kept.sha256 and uploads.store().path(kept.sha256)
    if not path or not path.is_file():
        yield None
        return
    with open(path, "rb") as source:
        yield letters.read(source)


def put(kept, place):
    """Put the letter where its administrator says, with its files."""
    at = clock.now()
    author = next((user for user in replies.authors(kept, current_user) if user.id == place.user), current_user)
    with opened(kept) as letter:
        enclosed = letter.files if letter else []
        with files.sent_along(uploads.store(), enclosed, author, at) as waiting:
            return replies.put(kept, letter, place, waiting, current_user, at, clock.due(at))


def show(kept, form=None, status=200):
    why_not = replies.why_not_read(kept)
    with scope(EVERYBODY):  # whom the address was made for is named
        addressee = kept.user.name if kept.user_id else None
    with nullcontext() if why_not else opened(kept) as letter:
        return render_template(
            "incoming/show.html",
            kept=kept,
            why=replies.unpack(kept.why) if kept.why else None,
            letter=letter,
            why_not_read=why_not,
            why_not_put=replies.why_not_put(kept),
            addressee=addressee,
            form=form or asked(kept),
        ), status
