"""Products as the distributor keeps them (001-13, 002-27, 002-28, 000-35)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, Plan, Product, ProductKind
from lic.rules import desks, products, vat
from lic.web import clock, languages, words
from lic.web.forms import Form, Hundredths, Line, OneOf, Whole, choices
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow, may
from lic.web.parameter_forms import ParameterForm
from lic.web.screen import form_page

bp = Blueprint("products", __name__, url_prefix="/products")

TEXTS = ("title", "family", "procedure", "support_route")  # in every language


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
                Choice("yes", NC_("products", "Offered"), lambda today: {"only": (("active", (True,)),)}),
                Choice("no", NC_("products", "No longer offered"), lambda today: {"only": (("active", (False,)),)}),
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
    is_service = BooleanField(_("It is a service"))
    fits = SelectMultipleField(_("Goes with these products"), coerce=int)
    references = Line(_("For this hardware"), 500, required=False)
    support = SelectMultipleField(_("Who answers requests"), coerce=int, option_widget=CheckboxInput())
    data_sheet = Line(_("Technical specifications (address)"), 500, required=False)
    active = BooleanField(_("Offered"), default=True)
    tax_code = SelectField(_("VAT category"), default="")
    tax_rate_bp = Hundredths(_("VAT rate in percent"), required=False)
    tax_note = Line(_("Note on invoices"), 200, required=False)
    product = None

    def __init__(self, *args, product=None, **kwargs):
        super().__init__(*args, obj=product, **kwargs)
        self.product = product
        others = [row for row in products.all_of_them() if product is None or row.id != product.id]
        said = [(row.id, f"{row.reference} · {row.titled(words.language())}") for row in others]
        self.base.choices = self.requires.choices = choices([("", "–"), *said])
        self.plan.choices = choices([("", "–"), *((plan.value, gettext(plan.label)) for plan in Plan)])
        codes = [(code, gettext(vat.CODES[code])) for code in vat.OF_PRODUCTS]
        self.tax_code.choices = choices([("", gettext("As its buyer is")), *codes])
        licences = {row.id for row in others if row.kind is ProductKind.LICENCE}
        self.fits.choices = choices(pair for pair in said if pair[0] in licences)
        self.support.choices = choices((user.id, user.name) for user in desks.candidates())
        if request.method == "GET" and product:
            self._show(product)

    def _show(self, product):
        for name in TEXTS:
            languages.fill(self, name, getattr(product, name))
        languages.fill(self, "checklist", {code: "\n".join(steps) for code, steps in (product.checklist or {}).items()})
        self.fits.data, references = products.fits(product)
        self.references.data = ", ".join(references)
        self.support.data = [user.id for user in desks.of(product)]

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

    def validate_tax_code(self, field):
        """The whole treatment is judged here, once its rate can be read."""
        if self.tax_rate_bp.errors or self.tax_note.errors:
            return
        if reason := vat.why_not(field.data, self.tax_rate_bp.data, self.tax_note.data):
            raise ValidationError(reason)

    @property
    def own(self):
        plain = ("reference", "kind", "plan", "months", "is_service", "active", "tax_code", "tax_rate_bp")
        given = {name: self[name].data for name in plain}
        referred = {name: self[name].data and Product.get_by_id(self[name].data) for name in ("base", "requires")}
        texts = {name: languages.read(self, name) for name in TEXTS}
        texts |= {name: self[name].data or "" for name in ("data_sheet", "tax_note")}
        own = {"users_per_unit": self.users_per_unit.data or 0, "checklist": self.steps or None}
        own["support"] = self.answered_by
        return given | referred | texts | own

    @property
    def steps(self):
        """{language: [step]}: one a line."""
        typed = languages.read(self, "checklist").items()
        return {code: [step.strip() for step in text.split("\n") if step.strip()] for code, text in typed}

    @property
    def answered_by(self):
        ticked = set(self.support.data or ())
        return [user for user in desks.candidates() if user.id in ticked]

    @property
    def goes_with(self):
        typed = (self.references.data or "").split(",")
        hardware = list(dict.fromkeys(reference.strip() for reference in typed if reference.strip()))
        return list(Product.select().where(Product.id.in_(self.fits.data or []))), hardware


languages.add_fields(ProductForm, "title", _("Title"), 200)
languages.add_fields(ProductForm, "family", _("Section of the catalogue"), 80)
languages.add_fields(ProductForm, "procedure", _("How it is activated"), 2000, long=True)
languages.add_fields(ProductForm, "checklist", _("Before it is cancelled"), 2000, long=True)
languages.add_fields(ProductForm, "support_route", _("Support"), 200)


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


@bp.get("/<number:number>/parameters")
@allow(DISTRIBUTOR)
def parameters(number):
    return _parameters(ParameterForm(None, Product.get_by_id(number)))


@bp.post("/<number:number>/parameters")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def set_parameters(number):
    form = ParameterForm(request.form, Product.get_by_id(number))
    if not form.save(by=current_user, at=clock.now()):
        return _parameters(form)
    return redirect(url_for(".parameters", number=number), 303)


def _parameters(form):
    product = form.record
    trail = [(gettext("Products"), url_for(".index"))]
    trail += [(product.reference, url_for(".edit", number=product.id))] if may("products.edit") else []
    given = {"name": words.word(product), "trail": trail, "writes": may("products.set_parameters")}
    return form_page("parameters/show.html", form, action=url_for(".set_parameters", number=product.id), **given)
