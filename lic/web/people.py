"""The forms about an organisation, its people and its addresses, and what is done with them.

Settings, customers and resellers show the same forms for other organisations.
"""

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import ValidationError

from lic.models import Address, Organisation, User, UserType
from lic.rules import addresses, organisations, second_factors, taxes, users
from lic.web import clock, words
from lic.web.forms import AtMost, CountryField, EmailLine, Form, Line, NoControls, OneOf, PhoneLine, choices, stripped
from lic.web.screen import form_page

LONG = 120  # characters of a name; longer ones are refused with this limit in the message


def language_field():
    return SelectField(_("Language"), choices=choices(words.LANGUAGES.items()), default=words.language)


class CompanyForm(Form):
    """What an organisation says of itself (002-57); the tax number is checked by country."""

    name = Line(_("Name / Company name"), LONG)
    email = EmailLine(_("Email"))
    phone = PhoneLine(_("Phone"))
    country = CountryField(_("Country"))
    tax_number = StringField(_("Tax number"), [AtMost(40), NoControls()], filters=[stripped])
    language = language_field()
    organisation = None  # the one being changed

    def validate_tax_number(self, field):
        if reason := taxes.why_not(self.country.data or "", field.data or ""):
            raise ValidationError(reason)

    @classmethod
    def of(cls, organisation):
        form = cls(request.form, obj=organisation)
        if request.method == "GET":
            form.tax_number.data = taxes.shown(organisation.country, organisation.tax_number)
        return form

    @property
    def own(self):
        """The organisation's own fields, without those another form adds."""
        return {name: self[name].data for name in organisations.KEPT}


class PersonForm(Form):
    """Who somebody is (002-56, 002-61)."""

    first_name = Line(_("First name"), LONG)
    last_name = Line(_("Last name"), LONG)
    email = EmailLine(_("Email"))
    phone = PhoneLine(_("Phone"), required=False)
    identifier = Line(_("Username"), 60)
    user = None  # the one being changed

    def validate_identifier(self, field):
        names = self.first_name.data or "", self.last_name.data or ""
        if reason := users.why_not_identifier(field.data, self.user, *names):
            raise ValidationError(reason)


class UserForm(PersonForm):
    """A user as an administrator keeps it (002-60, 002-61)."""

    type = OneOf(_("Type"), UserType, default=UserType.BASIC)
    may_declare = BooleanField(_("May declare incidents"))


class AddressForm(Form):
    """A delivery address (002-39, 002-58); district and region where the country uses them."""

    label = Line(_("Label"), 60)
    street = Line(_("Street number and name"), LONG)
    complement = Line(_("Address line 2"), LONG, required=False)
    district = Line(_("District"), 60, required=False)
    postcode = Line(_("Postcode"), 12)
    city = Line(_("City"), 80)
    region = Line(_("State or region"), 60, required=False)
    country = CountryField(_("Country"))
    email = EmailLine(_("Email"))
    phone = PhoneLine(_("Phone"))
    organisation = address = None

    def validate_postcode(self, field):
        if self.country.data and (reason := addresses.why_not_postcode(self.country.data, field.data)):
            raise ValidationError(reason)

    def validate_label(self, field):
        if reason := addresses.why_not_label(self.organisation, field.data, self.address):
            raise ValidationError(reason)


# --- what is found -----------------------------------------------------------------------------


def user_of(organisation, number):
    """One of this organisation's users; anybody else's does not exist."""
    return User.get(User.id == number, User.organisation == organisation.id)


def address_of(organisation, number):
    return Address.get(Address.id == number, Address.organisation == organisation.id, Address.removed_at.is_null())


def users_of(organisation):
    """Its people by name, each with `is_secured`: whether they have a second factor."""
    mine = User.select().where(User.organisation == organisation.id)
    found = list(mine.order_by(User.last_name, User.first_name, User.id))
    secured = second_factors.among(found)
    for user in found:
        user.is_secured = user.id in secured
    return found


def kept(number):
    """An organisation the asking person keeps besides its own: the distributor any, a reseller its customers."""
    organisation, own = Organisation.get_by_id(number), current_user.organisation
    if organisation.id == own.id or not (own.is_distributor or organisation.reseller_id == own.id):
        abort(404)
    return organisation


# --- what is done ------------------------------------------------------------------------------


def new_user(organisation, template, back, **context):
    form = UserForm(request.form, type=_asked_type())
    if request.method == "POST" and form.validate():
        user = users.new(organisation, by=current_user, at=clock.now(), **form.data)
        flash(gettext("An invitation is on its way to %(email)s. Its link is valid for 48 hours.", email=user.email))
        return redirect(back, 303)
    return form_page(template, form, organisation=organisation, back=back, **context)


def _asked_type():
    """The first user of a company is its administrator."""
    return UserType.ADMINISTRATOR if request.args.get("type") == "administrator" else UserType.BASIC


def change_user(organisation, user, template, back, **context):
    form = UserForm(request.form, obj=user)
    form.user = user
    if request.method == "POST" and form.validate():
        users.change(user, by=current_user, at=clock.now(), **form.data)
        flash(gettext("The changes are saved."))
        return redirect(back, 303)
    why_not = {
        "why_not_invite": users.why_not_invite(user),
        "why_not_deactivate": users.why_not_deactivate(user, current_user),
        "secured": second_factors.of(user) is not None,
        "why_not_take_away": second_factors.why_not_take_away(user, current_user),
    }
    return form_page(template, form, organisation=organisation, user=user, back=back, **why_not, **context)


def new_address(organisation, template, back, **context):
    form = AddressForm(request.form, country=organisation.country)
    form.organisation = organisation
    if request.method == "POST" and form.validate():
        addresses.new(organisation, by=current_user, at=clock.now(), **form.data)
        flash(gettext("The address is saved."))
        return redirect(back, 303)
    return form_page(template, form, organisation=organisation, back=back, **context)


def change_address(organisation, address, template, back, **context):
    form = AddressForm(request.form, obj=address)
    form.organisation, form.address = organisation, address
    if request.method == "POST" and form.validate():
        addresses.change(address, by=current_user, at=clock.now(), **form.data)
        flash(gettext("The address is saved."))
        return redirect(back, 303)
    return form_page(template, form, organisation=organisation, address=address, back=back, **context)


def invite(user, back):
    users.invite(user, by=current_user, at=clock.now())
    flash(gettext("An invitation is on its way to %(email)s. Its link is valid for 48 hours.", email=user.email))
    return redirect(back, 303)


def deactivate(user, back):
    users.deactivate(user, by=current_user, at=clock.now())
    flash(gettext("The access of %(name)s is closed.", name=user.name))
    return redirect(back, 303)


def reactivate(user, back):
    users.reactivate(user, by=current_user, at=clock.now())
    flash(gettext("The access of %(name)s is open again.", name=user.name))
    return redirect(back, 303)


def remove_second_factor(user, back):
    second_factors.take_away(user, by=current_user, at=clock.now())
    flash(gettext("%(name)s logs in with the password alone now.", name=user.name))
    return redirect(back, 303)


def remove_address(address, back):
    addresses.remove(address, by=current_user, at=clock.now())
    flash(gettext("The address “%(label)s” is removed.", label=address.label))
    return redirect(back, 303)


def home_of(organisation):
    """Where an organisation is kept: a buyer on a page of the distributor's, any other with the customers."""
    buyer = organisation.is_buyer and current_user.organisation.is_distributor
    return url_for("resellers.show" if buyer else "customers.show", number=organisation.id)
