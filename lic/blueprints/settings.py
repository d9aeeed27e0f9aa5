"""Settings: one's own profile, and the company's name, people and addresses (002-55 to 002-62, 004-01)."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, PasswordField, SelectField
from wtforms.validators import ValidationError

from lic.listing import people as lists
from lic.rules import organisations, passwords, profiles
from lic.web import clock, people
from lic.web.forms import AtMost, Form, Required, choices
from lic.web.guard import ADMINISTRATORS, EVERYONE, allow
from lic.web.screen import form_page

bp = Blueprint("settings", __name__, url_prefix="/settings")

THEMES = [("", _("As this device")), ("light", _("Light")), ("dark", _("Dark"))]


class ProfileForm(people.PersonForm):
    language = people.language_field()
    theme = SelectField(_("Appearance"), choices=choices(THEMES))
    daily_mail = BooleanField(_("News of incidents in one letter a day, instead of at once"))
    current_password = PasswordField(_("Current password"), [AtMost(256)])

    def validate_current_password(self, field):
        """What one logs in with, and where links are mailed, needs the password once more."""
        if self.email.data != self.user.email or self.identifier.data != self.user.identifier:
            _confirm(self.user, field)

    @property
    def profile(self):
        return {name: value for name, value in self.data.items() if name != "current_password"}


class PasswordForm(Form):
    current = PasswordField(_("Current password"), [Required(), AtMost(256)])
    new = PasswordField(_("New password"), [Required()])
    user = None

    def validate_current(self, field):
        _confirm(self.user, field)

    def validate_new(self, field):
        if reason := passwords.why_not(field.data, self.user):
            raise ValidationError(reason)


def _confirm(user, field):
    if reason := profiles.why_not_confirmed(user, field.data or "", clock.now()):
        raise ValidationError(reason)


# --- one's own ---------------------------------------------------------------------------------


@bp.route("/profile", methods=["GET", "POST"])
@allow(EVERYONE)
def profile():
    form = ProfileForm(request.form, obj=current_user)
    form.user = current_user
    if request.method == "POST" and form.validate():
        asked = profiles.change(current_user, at=clock.now(), keep=g.sign_in, **form.profile)
        _say_saved(form, asked)
        return redirect(url_for(".profile"), 303)
    return form_page("settings/profile.html", form, password=PasswordForm())


def _say_saved(form, asked):
    with force_locale(form.language.data):  # perhaps just chosen
        flash(gettext("Your changes are saved."))
        if asked:
            flash(
                gettext("%(email)s becomes yours once you follow the link mailed there.", email=form.email.data), "warn"
            )


@bp.post("/password")
@allow(EVERYONE)
def password():
    form, own = PasswordForm(request.form), ProfileForm(obj=current_user)
    form.user = current_user
    if form.validate():
        passwords.change(current_user, form.current.data, form.new.data, current_user, clock.now(), but=g.sign_in)
        flash(gettext("Your password is changed. You are logged out everywhere else."))
        return redirect(url_for(".profile"), 303)
    return render_template("settings/profile.html", form=own, password=form), 422


# --- the company -------------------------------------------------------------------------------


@bp.get("/company")
@allow(EVERYONE)
def company():
    return render_template("settings/company.html", form=people.CompanyForm.of(current_user.organisation))


@bp.post("/company")
@allow(ADMINISTRATORS)
def change_company():
    form = people.CompanyForm.of(current_user.organisation)
    if form.validate():
        organisations.change(current_user.organisation, by=current_user, at=clock.now(), **form.own)
        flash(gettext("The changes are saved."))
        return redirect(url_for(".company"), 303)
    return form_page("settings/company.html", form)


# --- users -------------------------------------------------------------------------------------


def _own(number):
    return people.user_of(current_user.organisation, number)


@bp.get("/users", endpoint="users")
@allow(EVERYONE)
def users_list():
    return lists.users(current_user.organisation).screen("settings/users.html")


@bp.get("/users/export.<kind>")
@allow(EVERYONE)
def export_users(kind):
    return lists.users(current_user.organisation).export(kind)


@bp.route("/users/new", methods=["GET", "POST"])
@allow(ADMINISTRATORS, fresh=True)
def new_user():
    own = current_user.organisation
    page = lists.users(own).page({}, clock.today())
    return people.new_user(own, "settings/users.html", url_for(".users"), page=page)


@bp.route("/users/<number:number>", methods=["GET", "POST"])
@allow(ADMINISTRATORS, fresh=True)
def user(number):
    own = current_user.organisation
    page = lists.users(own).page({}, clock.today())
    return people.change_user(own, _own(number), "settings/users.html", url_for(".users"), page=page)


@bp.post("/users/<number:number>/invitation")
@allow(ADMINISTRATORS, fresh=True)
def invite(number):
    return people.invite(_own(number), url_for(".user", number=number))


@bp.post("/users/<number:number>/deactivation")
@allow(ADMINISTRATORS, fresh=True)
def deactivate(number):
    return people.deactivate(_own(number), url_for(".users"))


@bp.post("/users/<number:number>/reactivation")
@allow(ADMINISTRATORS, fresh=True)
def reactivate(number):
    return people.reactivate(_own(number), url_for(".user", number=number))


@bp.post("/users/<number:number>/second-factor-removal")
@allow(ADMINISTRATORS, fresh=True)
def remove_second_factor(number):
    return people.remove_second_factor(_own(number), url_for(".user", number=number))


# --- addresses ---------------------------------------------------------------------------------


def _address(number):
    return people.address_of(current_user.organisation, number)


@bp.get("/addresses", endpoint="addresses")
@allow(EVERYONE)
def address_list():
    return lists.addresses(current_user.organisation).screen("settings/addresses.html", said=lists.in_one_line)


@bp.get("/addresses/export.<kind>")
@allow(EVERYONE)
def export_addresses(kind):
    return lists.addresses(current_user.organisation).export(kind)


@bp.route("/addresses/new", methods=["GET", "POST"])
@allow(ADMINISTRATORS)
def new_address():
    return people.new_address(current_user.organisation, "settings/address.html", url_for(".addresses"))


@bp.route("/addresses/<number:number>", methods=["GET", "POST"])
@allow(ADMINISTRATORS)
def address(number):
    found = _address(number)
    return people.change_address(current_user.organisation, found, "settings/address.html", url_for(".addresses"))


@bp.post("/addresses/<number:number>/removal")
@allow(ADMINISTRATORS)
def remove_address(number):
    return people.remove_address(_address(number), url_for(".addresses"))
