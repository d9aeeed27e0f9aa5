"""Terms of sale in their versions, as the distributor keeps them (004-07)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import DateField, SelectField
from wtforms.validators import ValidationError

from lic.listing import Choice, Column, Filter, Listing, Small
from lic.models import N_, NC_, NN_, Product, Terms
from lic.rules import products, terms
from lic.web import clock, languages, words
from lic.web.forms import Form, Line, Required, choices
from lic.web.guard import DISTRIBUTOR, DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.numbers import number_in
from lic.web.screen import form_page

bp = Blueprint("terms", __name__, url_prefix="/terms")


def _kind(row):
    label = gettext(terms.LABELS.get(row.code, row.code))
    return f"{label} ({row.product.reference})" if row.product_id else label


COLUMNS = (
    Column("title", N_("Title")),
    Column("code", N_("Kind"), value=_kind),
    Column("version", N_("Version")),
    Column("valid_from", N_("Valid from")),
)
LIST = Listing(
    "terms",
    Small(terms.all_of_them, COLUMNS),
    COLUMNS,
    sort="-valid_from",
    counted=NN_("%(count)s version", "%(count)s versions"),
    filters=(
        Filter(
            "code",
            N_("Kind"),
            (
                Choice("", NC_("versions", "All")),
                *(Choice(c, said, lambda today, c=c: {"only": (("code", (c,)),)}) for c, said in terms.LABELS.items()),
            ),
        ),
    ),
)


class TermsForm(Form):
    code = SelectField(_("Kind"))
    product = SelectField(_("Product"), coerce=lambda value: int(getattr(value, "id", value) or 0) or None)
    version = Line(_("Version"), 20)
    valid_from = DateField(_("Valid from"), [Required()], default=clock.today)
    terms = None

    def __init__(self, *args, terms_shown=None, **kwargs):
        super().__init__(*args, obj=terms_shown, **kwargs)
        self.code.choices = choices((code, gettext(label)) for code, label in terms.LABELS.items())
        said = [(row.id, f"{row.reference} · {row.titled(words.language())}") for row in products.all_of_them()]
        self.product.choices = choices([("", "–"), *said])
        if request.method == "GET" and terms_shown:
            for name in ("title", "body"):
                languages.fill(self, name, getattr(terms_shown, name))

    def validate_version(self, field):
        if self.code.errors or self.product.errors:
            return
        product = self.product.data and Product.get_by_id(self.product.data)
        if reason := terms.why_not_version(self.code.data, product, field.data, self.terms):
            raise ValidationError(reason)

    def validate_title_en(self, field):
        languages.check(self, "title")

    def validate_body_en(self, field):
        languages.check(self, "body")

    @property
    def own(self):
        """A text that is missing in English is shown as it was written."""
        texts = {name: languages.read(self, name) for name in ("title", "body")}
        texts = {name: {"en": next(iter(text.values()))} | text for name, text in texts.items()}
        given = {name: self[name].data for name in ("code", "version", "valid_from")}
        return given | texts | {"product": self.product.data and Product.get_by_id(self.product.data)}


languages.add_fields(TermsForm, "title", _("Title"), 200)
languages.add_fields(TermsForm, "body", _("Text"), 50_000, long=True)


@bp.get("")
@allow(DISTRIBUTOR)
def index():
    return LIST.screen("terms/index.html", kind_of=_kind)


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR)
def export(kind):
    return LIST.export(kind)


@bp.get("/<number:number>")
@allow(DISTRIBUTOR)
def show(number):
    found = Terms.get_by_id(number)
    return render_template("terms/show.html", terms=found, labels=terms.LABELS, why_not=terms.why_not_change(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def new():
    """A new version begins from the words of the one it follows (?after=number)."""
    form = TermsForm(request.form, terms_shown=_after())
    if request.method == "POST" and form.validate():
        made = terms.new(by=current_user, at=clock.now(), **form.own)
        flash(gettext("The version is saved. It is asked for from %(day)s.", day=words.day(made.valid_from)))
        return redirect(url_for(".show", number=made.id), 303)
    return form_page("terms/edit.html", form)


def _after():
    number = number_in(request.args, "after")
    found = number and Terms.get_or_none(Terms.id == number)
    if found:
        found.version, found.valid_from = "", clock.today()
    return found


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def edit(number):
    found = Terms.get_by_id(number)
    form = TermsForm(request.form, terms_shown=found)
    form.terms = found
    if request.method == "POST" and form.validate():
        terms.change(found, by=current_user, at=clock.now(), **form.own)
        flash(gettext("The changes are saved."))
        return redirect(url_for(".show", number=number), 303)
    return form_page("terms/edit.html", form, terms=found)
