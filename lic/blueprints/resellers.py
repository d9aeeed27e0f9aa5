"""Those who buy from the distributor, resellers and direct customers, as it keeps them (002-08, 001-16, Q)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, SelectField
from wtforms.validators import ValidationError

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, Organisation, OrganisationKind, PriceList, User
from lic.rules import addresses, buyers, deciders, journal, price_lists, taxes, vat
from lic.web import clock, people, words
from lic.web.forms import Hundredths, Line, choices
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.screen import form_page

bp = Blueprint("resellers", __name__, url_prefix="/resellers")

KINDS = [("reseller", _("Reseller")), ("direct", _("Direct customer"))]


def _kind(row):
    return gettext("Direct customer") if row.direct else words.word(row.kind)


COLUMNS = (
    Column("name", N_("Name")),
    Column("kind", N_("Type"), value=_kind),
    Column("phone", N_("Phone")),
    Column("email", N_("Email")),
    Column("price_list", N_("Price list"), value=lambda row: row.price_list.name if row.price_list_id else ""),
    Column("approver", N_("Approver"), value=lambda row: words.word(row.approver)),
)
NUMBER = Column("tax_number", N_("Tax number"), value=lambda row: taxes.shown(row.country, row.tax_number))
LIST = Listing(
    "resellers",
    Small(buyers.with_terms, (*COLUMNS, NUMBER)),
    COLUMNS,
    sort="name",
    counted=NN_("%(count)s company", "%(count)s companies"),
    filters=(
        Filter(
            "type",
            N_("Type"),
            (
                Choice("", NC_("companies", "All")),
                Choice("reseller", N_("Resellers"), lambda today: {"only": (("direct", (False,)),)}),
                Choice("direct", N_("Direct customers"), lambda today: {"only": (("direct", (True,)),)}),
            ),
        ),
    ),
    also=(NUMBER,),
)


def _id(value):
    """The number of a record, or what the form sent; none for the empty choice."""
    value = getattr(value, "id", value)
    return int(value) if value else None


class BuyerForm(people.CompanyForm):
    """What an organisation says of itself, and how the distributor deals with it."""

    price_list = SelectField(_("Price list"), coerce=_id)
    approver = SelectField(_("Approver of its orders"), coerce=_id)
    account_manager = SelectField(_("Account manager"), coerce=_id)
    channel = Line(_("Channel"), 60, required=False)
    reseller_approval = BooleanField(_("Its own administrator confirms orders first"))
    tax_rate_bp = Hundredths(_("VAT rate in percent"), required=False)
    tax_code = SelectField(_("VAT category"), default="S")
    tax_note = Line(_("Note on invoices"), 200, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lists, staff = price_lists.all_of_them(), buyers.staff(current_user.organisation)
        self.price_list.choices = choices([("", "–"), *((row.id, f"{row.name} ({row.currency})") for row in lists)])
        self.approver.choices = choices([("", "–"), *((user.id, user.name) for user in staff)])
        self.account_manager.choices = self.approver.choices
        self.tax_code.choices = choices((code, gettext(said)) for code, said in vat.CODES.items())

    def validate_tax_rate_bp(self, field):
        if field.data is not None and field.data > 10000:
            raise ValidationError(_("At most 100 percent."))

    def validate_tax_code(self, field):
        """The whole treatment is judged here, once its rate can be read."""
        if not self.tax_rate_bp.errors and (reason := vat.why_not_of_buyer(field.data, self.tax_rate_bp.data)):
            raise ValidationError(reason)

    @property
    def terms(self):
        """How the distributor deals with it; what is referred to is looked up, never trusted."""
        given = {name: self[name].data for name in buyers.TERMS + buyers.TAXES}
        found = {
            "price_list": given["price_list"] and PriceList.get_by_id(given["price_list"]),
            "approver": given["approver"] and User.get_by_id(given["approver"]),
            "account_manager": given["account_manager"] and User.get_by_id(given["account_manager"]),
        }
        return given | found


class NewBuyerForm(BuyerForm):
    """With its first administrator, who is invited."""

    kind = SelectField(_("Type"), choices=choices(KINDS))
    first_name = people.PersonForm.first_name
    last_name = people.PersonForm.last_name
    user_email = people.PersonForm.email
    identifier = people.PersonForm.identifier
    user = None
    validate_identifier = people.PersonForm.validate_identifier

    def validate_price_list(self, field):
        if self.kind.data == "direct" and not field.data:
            raise ValidationError(_("A direct customer needs a price list."))

    @property
    def administrator(self):
        given = {name: self[name].data for name in ("first_name", "last_name", "identifier")}
        return given | {"email": self.user_email.data}


def _find(number):
    buyer = (Organisation.kind == OrganisationKind.RESELLER) | (Organisation.direct == True)  # noqa: E712
    return Organisation.get(Organisation.id == number, buyer)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("resellers/index.html", kind_of=_kind)


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


@bp.route("/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def new():
    form = NewBuyerForm(request.form)
    if request.method == "POST" and form.validate():
        house, direct = current_user.organisation, form.kind.data == "direct"
        given = form.own | form.terms
        buyer = buyers.new(direct, house, form.administrator, by=current_user, at=clock.now(), **given)
        flash(gettext("%(company)s is recorded and its administrator invited.", company=buyer.name))
        return redirect(url_for(".show", number=buyer.id), 303)
    return form_page("resellers/edit.html", form)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    buyer = _find(number)
    return render_template(
        "resellers/show.html",
        buyer=buyer,
        users=people.users_of(buyer),
        addresses=addresses.of(buyer),
        customer_count=buyers.customer_count(buyer),
        confirms=deciders.needs_confirmation(buyer),
        events=journal.history(buyer),
    )


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def edit(number):
    buyer = _find(number)
    form = BuyerForm.of(buyer)
    if request.method == "POST" and form.validate():
        buyers.change(buyer, form.own, form.terms, by=current_user, at=clock.now())
        flash(gettext("The changes are saved."))
        return redirect(url_for(".show", number=number), 303)
    return form_page("resellers/edit.html", form, buyer=buyer)
