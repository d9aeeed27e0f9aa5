"""An end customer makes an account with a contract in hand, and those who are asked answer (002-06, 002-07)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms.validators import Regexp, ValidationError

from lic.models import N_, Registration
from lic.rules import Reason, registrations, users
from lic.rules.throttle import TooMany
from lic.web import clock, words
from lic.web.forms import EmailLine, Form, Line, PhoneLine
from lic.web.guard import ADMINISTRATORS, ANYONE, allow
from lic.web.screen import form_page

bp = Blueprint("registrations", __name__, url_prefix="/registrations")


class RegistrationForm(Form):
    contract = Line(_("Contract number"), 20, Regexp(r"^[0-9]{1,18}$", message=_("Only the digits of the number.")))
    serial = Line(_("Serial number"), 60)
    company = Line(_("Name / Company name"), 120)
    first_name = Line(_("First name"), 120)
    last_name = Line(_("Last name"), 120)
    email = EmailLine(_("Email"))
    phone = PhoneLine(_("Phone"))
    identifier = Line(_("Username"), 60)

    def validate_identifier(self, field):
        """Its shape only: whether it is taken would tell a stranger who has an account."""
        if not users.IDENTIFIER.fullmatch(field.data):
            text = N_("3 to 60 letters without accents, digits and . _ @ + -, beginning with a letter or digit.")
            raise ValidationError(Reason(text))

    @property
    def asked(self):
        return self.data | {"contract": int(self.contract.data)}


# --- whoever wants an account --------------------------------------------------------------------


@bp.route("", methods=["GET", "POST"])
@allow(ANYONE)
def new():
    form = RegistrationForm(request.form)
    if request.method == "POST" and form.validate():
        registrations.ask(form.asked, words.language(), request.remote_addr, clock.now())
        return redirect(url_for(".sent"), 303)
    return form_page("registrations/new.html", form)


@bp.errorhandler(TooMany)
def not_now(error):
    refused = words.tell(error.reason)
    page = render_template("registrations/new.html", form=RegistrationForm(request.form), refused=refused)
    return page, 429, {"Retry-After": str(error.seconds)}


@bp.get("/sent")
@allow(ANYONE)
def sent():
    """The same for everybody: it tells nobody whether there is such a contract."""
    return render_template("registrations/sent.html")


# --- whoever is asked ----------------------------------------------------------------------------


@bp.get("/<number:number>")
@allow(ADMINISTRATORS)
def show(number):
    registration = Registration.get_by_id(number)
    why_not = registrations.why_not_decide(registration)
    type_ = registrations.type_of(registration)
    return render_template("registrations/show.html", registration=registration, why_not=why_not, type=type_)


@bp.post("/<number:number>/acceptance")
@allow(ADMINISTRATORS, fresh=True)
def accept(number):
    user = registrations.accept(Registration.get_by_id(number), by=current_user, at=clock.now())
    flash(gettext("An invitation is on its way to %(email)s. Its link is valid for 48 hours.", email=user.email))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/refusal")
@allow(ADMINISTRATORS)
def refuse(number):
    registrations.refuse(Registration.get_by_id(number), by=current_user, at=clock.now())
    flash(gettext("The person is told that no account was made."))
    return redirect(url_for(".show", number=number), 303)
