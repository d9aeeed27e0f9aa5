"""The form of the parameters a product, a price list or the installation sets: an empty field follows those above."""

import re
from decimal import Decimal

from flask import flash
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField

from lic.models import PriceList, Product
from lic.rules import parameters
from lic.web import parameter_words as words_of
from lic.web.forms import Form, Hundredths, Whole, choices

STEP = r"([0-9]{1,3})=([0-9]{1,3}(?:[.,][0-9]{1,2})?)%?"  # 12=5: more than 12 months, 5 % off


class Discounts(StringField):
    """12 = 5; 24 = 10: more than so many months, percent off; 0 is none."""

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else words_of.discounts(self.data) or "0"

    def process_formdata(self, values):
        typed = "".join((values or [""])[0].split())
        self.data = None
        if typed in ("", "0"):
            self.data = [] if typed else None
            return
        pairs = [re.fullmatch(STEP, part) for part in typed.removesuffix(";").split(";")]
        if not all(pairs):
            raise ValueError(_("Months = percent, with semicolons between them, like 12 = 5; 24 = 10."))
        self.data = [[int(pair[1]), pair[2].replace(",", ".")] for pair in pairs]
        if any(Decimal(percent) > 100 for _months, percent in self.data):
            raise ValueError(_("At most 100 percent."))


class Offsets(StringField):
    """-30, 0, 5: days from the end."""

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else words_of.offsets(self.data)

    def process_formdata(self, values):
        typed = "".join((values or [""])[0].split()).rstrip(",")
        self.data = None
        if not typed:
            return
        if not all(re.fullmatch(r"[+-]?[0-9]{1,3}", part) for part in typed.split(",")):
            raise ValueError(_("Whole numbers with commas between them, like -30, 0, 5."))
        self.data = sorted({int(part) for part in typed.split(",")})


def _field(name):
    label = _(words_of.LABELS[name])
    if name in words_of.CHOICES:
        return SelectField(label, default="")
    if name in parameters.AMOUNTS:
        return Hundredths(label, required=False)
    if name == "term_discount":
        return Discounts(label)
    return Offsets(label) if name == "reminders" else Whole(label, *parameters.LIMITS[name])


class ParameterForm(Form):
    """What `record` sets: a product, a price list, or the installation (None)."""

    def __init__(self, formdata, record):
        own = parameters.own(record)
        super().__init__(formdata, data={name: _shown(name, value) for name, value in own.items()})
        self.record, self.below = record, parameters.below(record)
        for name in parameters.NAMES:
            if name not in parameters.allowed(record):
                del self[name]
        for name, members in words_of.CHOICES.items():
            if name in self:
                inherited = gettext("Not set here: %(value)s", value=words_of.said(name, getattr(self.below, name)))
                own_words = [(value, gettext(said)) for value, said in members.items()]
                self[name].choices = choices([("", inherited), *own_words])

    def validate(self, extra_validators=None):
        good = super().validate(extra_validators)
        for name, value in self.values.items():
            if not self[name].errors and (reason := parameters.why_not_value(name, value)):
                self[name].errors = [reason]
                good = False
        return good

    def save(self, by, at):
        """Keep what was typed, and say so; False where the form is to be shown again."""
        if not self.validate():
            return False
        parameters.change(self.record, self.values, by=by, at=at)
        flash(gettext("The parameters are saved. Plans already ordered keep theirs."))
        return True

    @property
    def values(self):
        """{name: value as it is kept}, of the fields that say something."""
        return {field.name: _kept(field.name, field.data) for field in self if field.data not in (None, "")}

    def help(self, field):
        """What it does, and what holds where it is left empty."""
        name = field.name
        said = words_of.said(name, getattr(self.below, name), self._currency)
        whose = gettext("the default")
        if self.record is not None and name in parameters.installed():
            whose = gettext("for the whole portal")
        empty = gettext("Empty: %(value)s (%(whose)s).", value=said, whose=whose)
        return " ".join([gettext(words_of.HELP[name]), empty, *self._lists(name)])

    @property
    def _currency(self):
        return self.record.currency if isinstance(self.record, PriceList) else None

    def _lists(self, name):
        """Of a product: what its buyer's price list says instead, where one does."""
        if not isinstance(self.record, Product):
            return []
        pairs = [(row.name, words_of.said(name, row.parameters[name])) for row in parameters.lists_that_set(name)]
        return [gettext("Price list %(name)s: %(value)s.", name=name, value=value) for name, value in pairs]

    @property
    def rows(self):
        """[(label, value, whose)]: what holds, for those who only read."""
        own, product = parameters.own(self.record), isinstance(self.record, Product)
        held = parameters.of(None, self.record) if product else parameters.of(self.record)
        for field in self:
            said = words_of.said(field.name, getattr(held, field.name), self._currency)
            yield field.label.text, said, gettext("set here") if field.name in own else ""


for name in parameters.NAMES:
    setattr(ParameterForm, name, _field(name))


def _shown(name, value):
    """A kept value as its field has it."""
    return int(Decimal(value) * 100) if name in parameters.AMOUNTS else value


def _kept(name, data):
    return f"{Decimal(data) / 100:f}" if name in parameters.AMOUNTS else data
