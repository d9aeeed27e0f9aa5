"""The set-up of an empty portal, behind a link printed where it was started (safety.md 52)."""

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from lic.models import LinkKind
from lic.rules import links, passwords, refuse_if, setup
from lic.web import clock, session
from lic.web.guard import ANYONE, allow, home
from lic.web.mailed import NewPassword, behind_links
from lic.web.people import CompanyForm, PersonForm

bp = Blueprint("setup", __name__, url_prefix="/setup")
behind_links(bp)


class FirstForm(PersonForm):
    """The first administrator."""

    password = NewPassword(_("Password"))
    company = ""

    @property
    def own(self):
        return (*passwords.of_person(*(self[name].data or "" for name in setup.NAMED)), self.company)


@bp.route("/<token>", methods=["GET", "POST"])
@allow(ANYONE)
def edit(token):
    link = links.find(LinkKind.SETUP, token, clock.now())
    refuse_if(setup.why_not_set_up())
    company, person = CompanyForm(request.form, prefix="company-"), FirstForm(request.form, prefix="person-")
    person.company = company.name.data or ""
    valid = [form.validate() for form in (company, person)] if request.method == "POST" else [False]
    return made(link, company, person) if all(valid) else page(company, person)


def made(link, company, person):
    given = {name: person[name].data for name in (*setup.NAMED, "phone")}
    session.sign_in(setup.set_up(company.own, given, person.password.data, clock.now(), link=link))
    flash(gettext("The portal is set up. Make products, price lists and resellers next."))
    return redirect(home(), 303)


def page(company, person):
    wrong = company.errors or person.errors
    return render_template("setup/edit.html", company=company, person=person), 422 if wrong else 200
