"""Licences in stock: what there is of each product, its ledger, corrections, and giving free ones back (001-29)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, ValidationError

from lic.listing import Column, Filter, Listing, Small
from lic.models import N_, NN_, Balance, MovementKind, Organisation, Product, ProductKind
from lic.rules import buyers, stock
from lic.rules.calendar import next_first
from lic.web import clock, words
from lic.web.forms import Form, Line
from lic.web.guard import BUYER_ADMINISTRATORS, DISTRIBUTOR_ADMINISTRATORS, PRICED, allow
from lic.web.keys import KeyField

bp = Blueprint("stock", __name__, url_prefix="/stock")

HOLDER = Column("holder", N_("Partner"), value=lambda row: row.balance.holder.name)
FACTS = (
    Column("product", N_("Product"), value=lambda row: words.word(row.balance.product)),
    Column("quantity", N_("In stock"), end=True, value=lambda row: row.balance.quantity),
    Column("activated", N_("Activated"), end=True, value=lambda row: row.activated or 0),
    Column("users", N_("Users"), end=True),
)
REFERENCE = Column("reference", N_("Product reference"), value=lambda row: row.balance.product.reference)


def _listing(*columns):
    return Listing(
        "stock",
        Small(stock.overview, (*columns, REFERENCE)),
        columns,
        sort=columns[0].key,
        counted=NN_("%(count)s product", "%(count)s products"),
        also=(REFERENCE,),
    )


OWN, ALL = _listing(*FACTS), _listing(HOLDER, *FACTS)


@bp.get("")
@allow(PRICED)
def index():
    return _list().screen("stock/index.html")


@bp.get("/export.<kind>")
@allow(PRICED)
def export(kind):
    return _list().export(kind)


def _list():
    """The distributor sees whose it is; a partner only its own."""
    return ALL if current_user.organisation.is_distributor else OWN


def _what(movement):
    """What moved, and for which licence the users are."""
    said = words.word(movement.kind)
    licence = movement.for_product
    others = licence and gettext("for %(product)s", product=words.word(licence))
    return f"{said}, {others}" if licence else said


def _observed(movement):
    """The activation it belongs to, the day it counts from where that is to come, else its reason."""
    if movement.activation_id:
        return movement.activation.code
    if movement.on > clock.today():
        return gettext("effective on %(day)s", day=words.day(movement.on))
    return movement.reason


MOVEMENT = (
    Column("at", N_("Date")),
    Column("kind", N_("What"), value=_what),
    Column("quantity", N_("Quantity"), end=True),
    Column("by", N_("By"), value=lambda row: row.by.name),
    Column("reason", N_("Observation"), value=_observed),
)


def _movements(place):
    """The ledger of one product of one partner: short enough to be searched by what it says."""
    counted = NN_("%(count)s movement", "%(count)s movements")
    kinds = Filter.of("kind", N_("What"), MovementKind, N_("Every movement"))
    return Listing("movements", Small(lambda: stock.ledger(place), MOVEMENT), MOVEMENT, "-at", counted, (kinds,))


@bp.get("/<number:number>")
@allow(PRICED)
def show(number):
    place = stock.place(number)
    return _movements(place).screen("stock/show.html", place=stock.Place(place, clock.today()), observed=_observed)


@bp.get("/<number:number>/movements/export.<kind>")
@allow(PRICED)
def export_movements(number, kind):
    return _movements(Balance.get_by_id(number)).export(kind)


# --- corrections by the distributor --------------------------------------------------------------


class AdjustmentForm(Form):
    holder = SelectField(_("Partner"))
    product = SelectField(_("Product"))
    for_product = SelectField(_("For (additional users only)"))
    quantity = IntegerField(_("Quantity"), [InputRequired(_("This field is required."))])
    reason = Line(_("Reason"), 300)
    key = KeyField()

    @classmethod
    def asked(cls):
        form = cls(request.form, data=request.args)
        kept = Product.select().where(Product.kind.in_(stock.IN_STOCK)).order_by(Product.reference)
        named = [(str(row.id), f"{row.reference}, {words.word(row)}") for row in kept]
        licences = [pair for pair, row in zip(named, kept, strict=True) if row.kind is ProductKind.LICENCE]
        form.holder.choices = [(str(row.id), row.name) for row in buyers.all_of_them()]
        form.product.choices = named
        form.for_product.choices = [("", gettext("None")), *licences]
        return form

    def validate_quantity(self, field):
        chosen = self.holder, self.product, self.for_product
        if field.data is None or not all(one.data in dict(one.choices) for one in chosen):
            return
        if reason := stock.why_not_adjust(*self.asked_for, self.reason.data or "-", self.licence):
            raise ValidationError(reason)

    @property
    def asked_for(self):
        holder, product = Organisation.get_by_id(int(self.holder.data)), Product.get_by_id(int(self.product.data))
        return holder, product, self.quantity.data

    def adjust(self, by, at):
        return stock.adjust(*self.asked_for, self.reason.data, by, at, self.licence, self.key.data)

    @property
    def licence(self):
        return Product.get_by_id(int(self.for_product.data)) if self.for_product.data else None


@bp.route("/adjustments/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def adjust():
    form = AdjustmentForm.asked()
    movement = request.method == "POST" and stock.written_with(current_user, form.key.data)
    if not movement and (request.method != "POST" or not form.validate()):
        return render_template("stock/adjustment.html", form=form), 422 if form.errors else 200
    movement = movement or form.adjust(by=current_user, at=clock.now())
    flash(gettext("The stock is corrected."))
    return redirect(url_for(".show", number=stock.place_of(movement).id), 303)


# --- giving back ---------------------------------------------------------------------------------


class ReturnForm(Form):
    quantity = IntegerField(_("Quantity"), [InputRequired(_("This field is required."))])
    for_product = SelectField(_("Users of"))
    key = KeyField()
    place = None

    @classmethod
    def asked(cls, place, given):
        form = cls(given)
        form.place = place
        licences = stock.licences_with_users(place.product) if place.product.kind is ProductKind.USERS else []
        form.for_product.choices = [(str(row.id), words.word(row)) for row in licences] or [("", "")]
        if not licences:
            form.for_product.data = ""
        return form

    def validate_quantity(self, field):
        if field.data is None or self.for_product.data not in dict(self.for_product.choices):
            return
        if reason := stock.why_not_give_back(self.place.holder, self.place.product, field.data, self.licence):
            raise ValidationError(reason)

    def give_back(self, by, at):
        place, count = self.place, self.quantity.data
        return stock.give_back(place.holder, place.product, count, by, at, self.licence, self.key.data)

    @property
    def licence(self):
        return Product.get_by_id(int(self.for_product.data)) if self.for_product.data else None


@bp.get("/<number:number>/returns/new")
@allow(BUYER_ADMINISTRATORS)
def confirm_return(number):
    """First how many, then exactly what that does."""
    place = Balance.get_by_id(number)
    form = ReturnForm.asked(place, request.args)
    return _return_page(place, form, bool(request.args) and form.validate())


@bp.post("/<number:number>/returns")
@allow(BUYER_ADMINISTRATORS)
def give_back(number):
    place = Balance.get_by_id(number)
    form = ReturnForm.asked(place, request.form)
    if not stock.written_with(current_user, form.key.data):
        if not form.validate():
            return _return_page(place, form, False)
        form.give_back(by=current_user, at=clock.now())
    flash(gettext("Given back. They are billed until the end of the month."))
    return redirect(url_for(".show", number=number), 303)


def _return_page(place, form, checked):
    on = next_first(clock.today())
    page = render_template("stock/return.html", place=place, form=form, checked=checked, on=on)
    return page, 422 if form.errors else 200
