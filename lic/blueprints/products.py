"""Products as the distributor keeps them (001-13, 002-27, 002-28, 000-35)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, Plan, Product, ProductKind
from lic.rules import products
from lic.web import clock, languages, words
from lic.web.forms import Form, Line, OneOf, Whole, choices
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.screen import form_page

bp = Blueprint("products", __name__, url_prefix="/products")


def _id(value):
    value = getattr(value, "id", value)
    return int(value) if value else None


COLUMNS = (
    Column("reference", N_("Reference")),
    Column("title", N_("Title"), value=words.word),
    Column("kind", N_("Kind")),
    Column("users_per_unit", N_("Users per licence")),
    Column("active", N_("State"), value=lambda row: gettext("Offered") if row.active else gettext("No longer offered")),
)
LIST = Listing(
    "products",
    Small(products.all_of_them, COLUMNS),
    COLUMNS,
    sort="reference",
    counted=NN_("%(count)s product", "%(count)s products"),
    filters=(
        Filter(
            "offered",
            N_("State"),
            (
                Choice("", NC_("products", "All")),
                Choice("yes", N_("Offered"), lambda today: {"only": (("active", (True,)),)}),
                Choice("no", N_("No longer offered"), lambda today: {"only": (("active", (False,)),)}),
            ),
        ),
        Filter.of("kind", N_("Kind"), ProductKind, N_("Every kind")),
    ),
)


class ProductForm(Form):
    reference = Line(_("Reference"), 60)
    kind = OneOf(_("Kind"), ProductKind, default=ProductKind.LICENCE)
    base = SelectField(_("Stands on"), coerce=_id)
    requires = SelectField(_("Needs at the customer"), coerce=_id)
    plan = SelectField(_("Assurance plan"), coerce=lambda value: Plan(value) if value else None)
    users_per_unit = Whole(_("Users per licence"), 0, 10_000, default=0)
    months = Whole(_("Months of the extension"), 1, 120)
    grace_days = Whole(_("Grace days"), 0, 365)
    is_service = BooleanField(_("It is a service"))
    fits = SelectMultipleField(_("Goes with these products"), coerce=int)
    references = Line(_("For this hardware"), 500, required=False)
    data_sheet = Line(_("Technical specifications (address)"), 500, required=False)
    active = BooleanField(_("Offered"), default=True)
    product = None

    def __init__(self, *args, product=None, **kwargs):
        super().__init__(*args, obj=product, **kwargs)
        self.product = product
        others = [row for row in products.all_of_them() if product is None or row.id != product.id]
        said = [(row.id, f"{row.reference} · {row.titled(words.language())}") for row in others]
        self.base.choices = self.requires.choices = choices([("", "–"), *said])
        self.plan.choices = choices([("", "–"), *((plan.value, gettext(plan.label)) for plan in Plan)])
        licences = {row.id for row in others if row.kind is ProductKind.LICENCE}
        self.fits.choices = choices(pair for pair in said if pair[0] in licences)
        if request.method == "GET" and product:
            self._show(product)

    def _show(self, product):
        for name in ("title", "family"):
            languages.fill(self, name, getattr(product, name))
        self.fits.data, references = products.fits(product)
        self.references.data = ", ".join(references)

    def validate_reference(self, field):
        if reason := products.why_not_reference(field.data, self.product):
            raise ValidationError(reason)

    def validate_kind(self, field):
        if reason := products.why_not_kind(self.product, field.data):
            raise ValidationError(reason)

    def validate_title_en(self, field):
        languages.check(self, "title")

    def validate_data_sheet(self, field):
        if field.data and not field.data.startswith(("https://", "http://")):
            raise ValidationError(_("An address begins with https://"))

    @property
    def own(self):
        plain = ("reference", "kind", "plan", "months", "grace_days", "is_service", "active")
        given = {name: self[name].data for name in plain}
        referred = {name: self[name].data and Product.get_by_id(self[name].data) for name in ("base", "requires")}
        texts = {name: languages.read(self, name) for name in ("title", "family")}
        numbers = {"users_per_unit": self.users_per_unit.data or 0, "data_sheet": self.data_sheet.data or ""}
        return given | referred | texts | numbers

    @property
    def goes_with(self):
        typed = (self.references.data or "").split(",")
        hardware = list(dict.fromkeys(reference.strip() for reference in typed if reference.strip()))
        return list(Product.select().where(Product.id.in_(self.fits.data or []))), hardware


languages.add_fields(ProductForm, "title", _("Title"), 200)
languages.add_fields(ProductForm, "family", _("Section of the catalogue"), 80)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("products/index.html")


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


@bp.route("/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def new():
    form = ProductForm(request.form)
    if request.method == "POST" and form.validate():
        products.new(*form.goes_with, by=current_user, at=clock.now(), **form.own)
        flash(gettext("The product is saved. It is offered once a price list has a price for it."))
        return redirect(url_for(".index"), 303)
    return form_page("products/edit.html", form)


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def edit(number):
    product = Product.get_by_id(number)
    form = ProductForm(request.form, product=product)
    if request.method == "POST" and form.validate():
        products.change(product, *form.goes_with, by=current_user, at=clock.now(), **form.own)
        flash(gettext("The changes are saved."))
        return redirect(url_for(".index"), 303)
    return form_page("products/edit.html", form, product=product)
