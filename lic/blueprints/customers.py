"""Customers: a reseller's own, or all of them for the distributor (002-50, 002-51)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import SelectField

from lic.models import Contract, Organisation, OrganisationKind
from lic.rules import addresses, buyers, customers, journal, organisations
from lic.web import clock, people
from lic.web.forms import Required, choices
from lic.web.guard import SELLER_ADMINISTRATORS, SELLERS, allow
from lic.web.screen import form_page

bp = Blueprint("customers", __name__, url_prefix="/customers")

SHOWN = 10  # contracts on the customer's page; the others stand in the list of contracts


class CustomerForm(people.CompanyForm):
    """The distributor also says whose customer it is."""

    reseller = SelectField(_("Reseller"), [Required()], coerce=int)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if current_user.organisation.is_reseller:
            del self.reseller
        else:
            self.reseller.choices = choices((reseller.id, reseller.name) for reseller in buyers.resellers())

    @property
    def seller(self):
        return Organisation.get_by_id(self.reseller.data) if "reseller" in self else current_user.organisation


def _find(number):
    return Organisation.get(Organisation.id == number, Organisation.kind == OrganisationKind.CUSTOMER)


@bp.get("")
@allow(SELLERS)
def index():
    found = Organisation.select().where(
        Organisation.kind == OrganisationKind.CUSTOMER, Organisation.cancelled_at.is_null()
    )
    rows = list(found.order_by(Organisation.name, Organisation.id).limit(50))
    in_force = customers.contracts_in_force(rows, clock.today())
    return render_template("customers/index.html", rows=rows, in_force=in_force, sellers=_sellers(rows))


def _sellers(rows):
    """{customer's id: its reseller, or none for a direct one}, for the distributor, who serves several."""
    if not current_user.organisation.is_distributor:
        return None
    by_id = {
        seller.id: seller
        for seller in Organisation.select().where(Organisation.id.in_({row.reseller_id for row in rows}))
    }
    return {row.id: None if row.direct else by_id[row.reseller_id] for row in rows}


@bp.route("/new", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS)
def new():
    form = CustomerForm(request.form)
    if request.method == "POST" and form.validate():
        customer = customers.new(form.seller, by=current_user, at=clock.now(), **form.own)
        flash(
            gettext(
                "%(customer)s is recorded. Add an address and invite its first administrator.", customer=customer.name
            )
        )
        return redirect(url_for(".show", number=customer.id), 303)
    return form_page("customers/edit.html", form)


@bp.get("/<number:number>")
@allow(SELLERS)
def show(number):
    customer, today = _find(number), clock.today()
    contracts = Contract.select().where(Contract.customer == customer.id).order_by(Contract.number.desc())
    return render_template(
        "customers/show.html",
        customer=customer,
        in_force=customers.contracts_in_force([customer], today).get(customer.id, 0),
        contracts=list(contracts.limit(SHOWN)),
        contract_count=contracts.count(),
        users=people.users_of(customer),
        addresses=addresses.of(customer),
        events=journal.history(customer),
    )


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS)
def edit(number):
    customer = _find(number)
    form = people.CompanyForm.of(customer)
    if request.method == "POST" and form.validate():
        organisations.change(customer, by=current_user, at=clock.now(), **form.own)
        flash(gettext("The changes are saved."))
        return redirect(url_for(".show", number=number), 303)
    return form_page("customers/edit.html", form, customer=customer)
