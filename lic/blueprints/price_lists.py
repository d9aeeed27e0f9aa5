"""Price lists as the distributor keeps them (001-16, 001-19): a new price begins on a day, no old one is changed."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import DateField, SelectField
from wtforms.validators import ValidationError

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, Basis, Price, PriceList, Product
from lic.rules import price_lists, products
from lic.web import clock, words
from lic.web.forms import Form, Hundredths, Line, OneOf, Required, Whole, choices
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow, may
from lic.web.parameter_forms import ParameterForm
from lic.web.screen import form_page

bp = Blueprint("price_lists", __name__, url_prefix="/price-lists")


COLUMNS = (
    Column("name", N_("Name")),
    Column("currency", N_("Currency")),
    Column("users", N_("Used by")),
)
LIST = Listing(
    "price-lists",
    Small(price_lists.with_users, COLUMNS),
    COLUMNS,
    sort="name",
    counted=NN_("%(count)s price list", "%(count)s price lists"),
)


class PriceListForm(Form):
    name = Line(_("Name"), 60)
    currency = SelectField(_("Currency"), choices=choices((code, code) for code in price_lists.CURRENCIES))

    def validate_name(self, field):
        if reason := price_lists.why_not_name(field.data):
            raise ValidationError(reason)


class PriceForm(Form):
    product = SelectField(_("Product"), [Required()], coerce=int)
    basis = OneOf(_("Unit of sale"), Basis)
    cents = Hundredths(_("Price"))
    bonus_every = Whole(_("One free with every"), 1, 100_000)
    valid_from = DateField(_("Valid from"), [Required()], default=clock.today)
    price_list = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offered = [product for product in products.all_of_them() if product.active]
        self.product.choices = choices((row.id, f"{row.reference} · {row.titled(words.language())}") for row in offered)

    def validate_valid_from(self, field):
        """The whole price is judged here, once its parts can be read."""
        if any(self[name].errors for name in ("product", "basis", "cents", "bonus_every")) or not self.product.data:
            return
        if reason := price_lists.why_not_price(self.price_list, **self.own, today=clock.today()):
            raise ValidationError(reason)

    @property
    def own(self):
        given = {name: self[name].data for name in ("basis", "cents", "bonus_every", "valid_from")}
        return {"product": Product.get_by_id(self.product.data)} | given


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("price_lists/index.html")


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


@bp.route("/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def new():
    form = PriceListForm(request.form)
    if request.method == "POST" and form.validate():
        price_list = price_lists.new(form.name.data, form.currency.data, by=current_user, at=clock.now())
        flash(gettext("The price list is made. Give it its prices."))
        return redirect(url_for(".show", number=price_list.id), 303)
    return form_page("price_lists/new.html", form)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    return _page(PriceList.get_by_id(number), PriceForm())


@bp.post("/<number:number>/prices")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def set_price(number):
    price_list, form = PriceList.get_by_id(number), PriceForm(request.form)
    form.price_list = price_list
    if form.validate():
        price = price_lists.set_price(price_list, **form.own, by=current_user, at=clock.now())
        flash(gettext("The price is valid from %(day)s.", day=words.day(price.valid_from)))
        return redirect(url_for(".show", number=number), 303)
    return _page(price_list, form)


def _page(price_list, form):
    given = {"price_list": price_list, "buyers": price_lists.buyers_of(price_list), "form": form}
    return _prices(price_list).screen("price_lists/show.html", **given), 422 if form.errors else 200


@bp.get("/<number:number>/prices/export.<kind>")
@allow(DISTRIBUTOR)
def export_prices(number, kind):
    return _prices(PriceList.get_by_id(number)).export(kind)


PRICE = (
    Column("product", N_("Product"), value=lambda row: row.product.reference),
    Column("basis", N_("Unit of sale")),
    Column("cents", N_("Price"), end=True, value=lambda row: Decimal(row.cents) / 100),
    Column("bonus_every", N_("Bonus"), value=lambda row: row.bonus_every or 0),
    Column("valid_from", N_("Valid from")),
)
TITLE = Column("title", N_("Title"), value=lambda row: words.word(row.product))


def _prices(price_list):
    """What a list sells today, and the prices to come."""
    state = Filter(
        "state",
        N_("State"),
        (
            Choice("", NC_("prices", "All")),
            Choice("now", N_("In force"), lambda today: {"only": (("coming", (False,)),)}),
            Choice("coming", N_("To come"), lambda today: {"only": (("coming", (True,)),)}),
        ),
    )
    rows = Small(lambda: price_lists.in_force(price_list, clock.today()), (*PRICE, TITLE))
    counted = NN_("%(count)s price", "%(count)s prices")
    return Listing("prices", rows, PRICE, "product", counted, (state, _bases()), also=(TITLE,))


def _bases():
    return Filter.of("basis", N_("Unit of sale"), Basis, N_("Everything"))


@bp.post("/<number:number>/prices/<number:price>/withdrawal")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def withdraw(number, price):
    found = Price.get(Price.id == price, Price.price_list == number)
    price_lists.withdraw(found, by=current_user, at=clock.now())
    flash(gettext("This price will not begin."))
    return redirect(url_for(".show", number=number), 303)


@bp.get("/<number:number>/parameters")
@allow(DISTRIBUTOR)
def parameters(number):
    return _parameters(ParameterForm(None, PriceList.get_by_id(number)))


@bp.post("/<number:number>/parameters")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def set_parameters(number):
    form = ParameterForm(request.form, PriceList.get_by_id(number))
    if not form.save(by=current_user, at=clock.now()):
        return _parameters(form)
    return redirect(url_for(".parameters", number=number), 303)


def _parameters(form):
    price_list = form.record
    trail = [(gettext("Price lists"), url_for(".index")), (price_list.name, url_for(".show", number=price_list.id))]
    given = {"name": price_list.name, "trail": trail, "writes": may("price_lists.set_parameters")}
    return form_page("parameters/show.html", form, action=url_for(".set_parameters", number=price_list.id), **given)
