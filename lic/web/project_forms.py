"""The two forms that make a project, and the one that changes it (000-03..11, 000-28)."""

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, TextAreaField
from wtforms.validators import Optional, ValidationError

from lic.models import Plan, Product, ProductKind, SubscriptionType
from lic.rules import holdings, projects
from lic.web import words
from lic.web.forms import AtMost, CountryField, EmailLine, Form, Line, OneOf, PhoneLine, Required, choices

LONG = 200


class LicenceForm(Form):
    """First step: which licence (000-03)."""

    product = SelectField(_("Licence type"), [Required()])

    @classmethod
    def asked(cls, buyer, day):
        form = cls(request.args or None)
        form.sold = offered(buyer, day)
        form.product.choices = choices((str(one.id), f"{words.word(one)}, {one.reference}") for one in form.sold)
        return form

    @property
    def chosen(self):
        return next((one for one in self.sold if str(one.id) == self.product.data), None)


def offered(buyer, day):
    """The subscription products this buyer's list has a price for, whatever the type."""
    prices = holdings.Prices.of(buyer, day)
    asked = Product.select().where(Product.kind == ProductKind.SUBSCRIPTION).order_by(Product.reference)
    return [one for one in asked if one.active and types_of(prices, one)]


def types_of(prices, product):
    """How a list sells a product: by the month, by the year, for a term."""
    return [type for type in SubscriptionType if prices.find(product, holdings.BASES[type]) is not None]


def plans_of(product):
    """{plan: its product} of what is sold for a licence, the lowest first (000-07)."""
    asked = Product.select().where(
        *(Product.kind == ProductKind.ASSURANCE, Product.base == product.id, Product.active == True)  # noqa: E712
    )
    found = {one.plan: one for one in asked}
    return {plan: found[plan] for plan in Plan if plan in found}


class DetailsForm(Form):
    """Everything of a project that is not decided by its orders; only the description may stay empty (000-11)."""

    name = Line(_("Project name"), LONG)
    channel = SelectField(_("Channel"), [Required()])
    tenant_name = Line(_("Tenant name"), LONG)
    tenant_domain = Line(_("Tenant domain"), LONG)
    tenant_country = CountryField(_("Country"))
    admin_first_name = Line(_("First name"), LONG)
    admin_last_name = Line(_("Last name"), LONG)
    admin_email = EmailLine(_("Email"))
    admin_phone = PhoneLine(_("Phone"))
    description = TextAreaField(_("Description"), [Optional(), AtMost(4000)])

    def validate_tenant_domain(self, field):
        if reason := projects.why_not_domain(field.data):
            raise ValidationError(reason)

    @property
    def own(self):
        """What projects.new and projects.edit keep."""
        return {name: self[name].data or "" for name in projects.KEPT}

    @classmethod
    def of(cls, project):
        form = cls(request.form, obj=project)
        names = dict.fromkeys([*projects.channels(projects.buyer_of(project)), project.channel])
        form.channel.choices = choices((name, name) for name in names if name)
        return form


class ProjectForm(DetailsForm):
    """Second step: the project itself (000-05)."""

    customer = SelectField(_("Customer"), [Required()])
    subscription_type = OneOf(_("Subscription type"), SubscriptionType)
    assurance_plan = OneOf(_("Software assurance plan"), Plan)

    @classmethod
    def asked(cls, buyer, product, day):
        form = cls(request.form, tenant_country=buyer.country)
        prices = holdings.Prices.of(buyer, day)
        form.served = projects.customers(buyer)
        none = [("", gettext("Choose…"))] if len(form.served) > 1 else []  # not the first of many by mistake
        form.customer.choices = choices(none + [(str(one.id), one.name) for one in form.served])
        form.channel.choices = choices((name, name) for name in projects.channels(buyer))
        sold = types_of(prices, product)
        form.subscription_type.choices = choices((type.value, gettext(type.label)) for type in sold)
        if plans := plans_of(product):
            form.assurance_plan.choices = choices((plan.value, gettext(plan.label)) for plan in plans)
        else:
            del form.assurance_plan
        return form

    @property
    def plan(self):
        """The plan chosen; none where none is sold for the licence."""
        return self.assurance_plan.data if "assurance_plan" in self else None

    @property
    def whose(self):
        return next(one for one in self.served if str(one.id) == self.customer.data)
