"""The form a licence is activated with, and the observation asked for when one is replaced."""

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from lic.models import Organisation, Product
from lic.rules import activations, taxes
from lic.web import words
from lic.web.forms import AtMost, Form, Line, Required, stripped
from lic.web.keys import KeyField


def observation():
    return TextAreaField(_("Observation"), [AtMost(activations.OBSERVATION)], filters=[stripped])


class ReplacementForm(Form):
    observation = observation()


class ActivationForm(Form):
    """For whom, which licence, how many (001-28..30); the choices say how many are left."""

    customer = SelectField(_("Customer"), [Required()])
    product = SelectField(_("Product"), [Required()])
    quantity = IntegerField(_("Quantity"), [InputRequired(_("This field is required."))], default=1)
    tax_number = Line(_("Tax number"), 40, required=False)
    observation = observation()
    key = KeyField()

    @classmethod
    def asked(cls):
        form = cls(request.form, data=request.args)
        form.customer.choices = [("", gettext("Choose…")), *map(_customer, activations.customers(_holder()))]
        form.product.choices = [("", gettext("Choose…")), *(_licence(*pair) for pair in activations.left(_holder()))]
        if _holder().direct:
            form.customer.choices.pop(0)
        return form

    def validate_product(self, field):
        _refuse(self.chosen and activations.why_not_without(*self.chosen[:2]))

    def validate_quantity(self, field):
        if field.data is not None and self.chosen:
            reason = activations.why_not_activate(_holder(), *self.chosen, self.tax_number.data or "")
            _refuse(reason if reason not in self._said_elsewhere else None)

    def validate_tax_number(self, field):
        if self.chosen:
            _refuse(taxes.why_not(self.chosen[1].country, field.data or ""))

    def validate(self, extra_validators=None):
        valid = super().validate(extra_validators)
        customer = self.chosen[1] if self.chosen and not self.tax_number.errors else None
        reason = customer and activations.why_not_bind(customer, self.tax_number.data or "")
        if reason:  # an empty field asked no validator
            self.tax_number.errors, valid = [reason], False
        return valid

    @property
    def _said_elsewhere(self):
        """What is wrong with the licence or the tax number, and is said beside them."""
        product, customer, _quantity = self.chosen
        bound = activations.why_not_bind(customer, self.tax_number.data or "")
        return activations.why_not_without(product, customer), bound

    @property
    def chosen(self):
        """(product, customer, quantity) where all three were chosen from what there is."""
        if not all(one.data and one.data in dict(one.choices) for one in (self.product, self.customer)):
            return None
        product, customer = Product.get_by_id(int(self.product.data)), Organisation.get_by_id(int(self.customer.data))
        return product, customer, self.quantity.data

    def activate(self, by, at):
        """What was asked for, once however often it is sent; nothing where the form needs correcting."""
        if twins := activations.sent_before(by, self.key.data):
            return twins
        if not self.validate():
            return []
        product, customer, quantity = self.chosen
        given = {"observation": self.observation.data or "", "tax_number": self.tax_number.data or ""}
        given["key"] = self.key.data
        return activations.activate(_holder(), product, customer, by, at, quantity, **given)


def _refuse(reason):
    if reason:
        raise ValidationError(reason)


def _holder():
    return current_user.organisation


def _customer(customer):
    number = taxes.shown(customer.country, customer.tax_number) or gettext("no tax number yet")
    return str(customer.id), f"{customer.name} ({number})"


def _licence(product, left):
    name = words.word(product)
    return str(product.id), gettext("%(product)s (%(count)s in stock)", product=name, count=words.number(left))
