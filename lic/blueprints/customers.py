"""Customers: a reseller's own, or all of them for the distributor (002-50, 002-51)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import SelectField

from lic import search
from lic.listing import Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, Contract, Equipped, Organisation, OrganisationKind
from lic.rules import addresses, buyers, customers, journal, organisations, taxes
from lic.web import clock, people
from lic.web.forms import Required, choices
from lic.web.guard import SELLER_ADMINISTRATORS, SELLERS, allow
from lic.web.screen import form_page

bp = Blueprint("customers", __name__, url_prefix="/customers")

SHOWN = 10  # contracts on the customer's page; the others stand in the list of contracts


NAME = Column("name", N_("Name"))
SELLER = Column(
    "reseller_name",
    N_("Reseller"),
    value=lambda row: gettext("Direct customer") if row.direct else row.reseller_name,
)
FACTS = (Column("phone", N_("Phone")), Column("email", N_("Email")), Column("contracts", N_("Contracts")))
NUMBER = Column("tax_number", N_("Tax number"), value=lambda row: taxes.shown(row.country, row.tax_number))
LICENCES = Column("licences", N_("Activated licences"))
COUNTED = NN_("%(count)s customer", "%(count)s customers")
FILTERS = (Filter.of("equipped", N_("Licences"), Equipped, NC_("customers", "All")),)  # 001-02


def _listing(*columns):
    """The customers and what each has in use, in one list (001-01)."""
    rows = Large(search.CUSTOMERS)
    return Listing("customers", rows, columns, "name", COUNTED, filters=FILTERS, also=(LICENCES, NUMBER))


OWN, ALL = _listing(NAME, *FACTS), _listing(NAME, SELLER, *FACTS)


class CustomerForm(people.CompanyForm):
    """The distributor also says whose customer it is."""

    reseller = SelectField(_("Reseller"), [Required()], coerce=int)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        asked_from = _waiting_contract()
        if current_user.organisation.is_reseller:
            del self.reseller
        else:
            self.reseller.choices = choices((reseller.id, reseller.name) for reseller in buyers.resellers())
            if asked_from and request.method != "POST":
                self.reseller.data = asked_from.reseller_id

    @property
    def seller(self):
        return Organisation.get_by_id(self.reseller.data) if "reseller" in self else current_user.organisation


def _waiting_contract():
    """The contract without customer this one is made for, if any."""
    number = request.args.get("contract", "")
    known = number.isascii() and number.isdigit() and len(number) < 19
    return Contract.get_or_none(Contract.number == int(number), Contract.customer.is_null()) if known else None


def _asked_from(customer=None):
    """Back to where the customer was wanted, with it chosen there (002-12, 002-30)."""
    contract, chosen = _waiting_contract(), customer and customer.id
    then = "incidents.new" if request.args.get("then") == "incident" else "contract.show"
    return contract and url_for(then, number=contract.number, customer=chosen)


def _find(number):
    return Organisation.get(Organisation.id == number, Organisation.kind == OrganisationKind.CUSTOMER)


@bp.get("")
@allow(SELLERS)
def index():
    return _list().screen("customers/index.html")


@bp.get("/export.<kind>")
@allow(SELLERS)
def export(kind):
    return _list().export(kind)


def _list():
    return ALL if current_user.organisation.is_distributor else OWN


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
        return redirect(_asked_from(customer) or url_for(".show", number=customer.id), 303)
    return form_page("customers/edit.html", form, back=_asked_from())


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
