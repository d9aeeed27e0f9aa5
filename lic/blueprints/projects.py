"""Projects: the list whose rows expand, the two steps that make one, and its three tabs (000-03..37)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NN_, Plan, Product, Project, SubscriptionType
from lic.rules import journal, once, projects, refuse_if
from lic.web import clock, kept, project_page
from lic.web.guard import BUYER_ADMINISTRATORS, PRICED, allow
from lic.web.keys import sent_key
from lic.web.project_forms import DetailsForm, LicenceForm, ProjectForm
from lic.web.screen import form_page, is_partial

bp = Blueprint("projects", __name__, url_prefix="/projects")

LIST = Listing(
    "projects",
    Large(search.PROJECTS),
    columns=(
        Column("number", N_("#")),
        Column("name", N_("Project")),
        Column("customer_name", N_("Customer")),
        Column("type", N_("Type")),
        Column("plan", N_("Plan")),
    ),
    sort="-number",
    counted=NN_("%(count)s project", "%(count)s projects"),
    filters=(
        Filter.of("type", N_("Subscription type"), list(SubscriptionType), N_("All")),
        Filter.of("plan", N_("Software assurance plan"), list(Plan), N_("All plans")),
        Filter(
            "base",
            N_("Base licence"),
            (
                Choice("", N_("All projects")),
                Choice("paid", N_("With a paid base licence"), lambda today: {"only": (("paid_base", (1,)),)}),
            ),
        ),
    ),
)


@bp.get("")
@allow(PRICED)
def index():
    return LIST.screen("projects/index.html", **_opened())


@bp.get("/export.<kind>")
@allow(PRICED)
def export(kind):
    return LIST.export(kind)


def _opened():
    """The project whose row is expanded, in place (000-30)."""
    asked = request.args.get("open", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return {"opened": None}
    project = Project.get_or_none(Project.number == int(asked))
    shown = project and project_page.licences(project, current_user, clock.today())
    return {"opened": project and project.number} | (shown or {})


# --- two steps (000-03..11) --------------------------------------------------------------------------


@bp.get("/new")
@allow(BUYER_ADMINISTRATORS)
def choose():
    """First the licence, then the rest."""
    refuse_if(projects.why_not_new(current_user))
    form = LicenceForm.asked(current_user.organisation, clock.today())
    return form_page("projects/choose.html", form)


@bp.route("/new/details", methods=["GET", "POST"])
@allow(BUYER_ADMINISTRATORS)
def new():
    refuse_if(projects.why_not_new(current_user))
    product = LicenceForm.asked(current_user.organisation, clock.today()).chosen or abort(404)
    form = ProjectForm.asked(current_user.organisation, product, clock.today())
    why = projects.why_no_channel(current_user.organisation)
    if request.method != "POST" or why or not form.validate():
        return _details(form, product, why)
    return _made(form, product)


def _details(form, product, why):
    page = form_page("projects/new.html", form, product=product, why_no_channel=why, plans=project_page.plans(product))
    return (page[0], 422) if request.method == "POST" else page


def _made(form, product):
    at = clock.now()
    number = once.carry_out(current_user, sent_key(), at, lambda: _new(form, product, at))
    flash(_("The project is made. Add its licences."))
    return redirect(url_for(".show", number=number), 303)


def _new(form, product, at):
    chosen = {"subscription_type": form.subscription_type.data, "assurance_plan": form.plan}
    project = projects.new(current_user, at, form.whose, **chosen, **form.own)
    projects.add_group(project, product, current_user, at)
    return project


@bp.get("/plans")
@allow(PRICED)
def plans():
    """What each plan of software assurance is, in detail (000-07)."""
    return render_template("projects/plans.html", plans=project_page.sold_plans(current_user, clock.today()))


# --- one: three tabs (000-12) ------------------------------------------------------------------------


def _tab(name, find):
    """The page of the project of this address; `find` gives what the tab shows of it."""
    number = request.view_args["number"]
    return kept.page(f"projects/{name}.html", lambda: find(projects.numbered(number)) | {"tab": name})


@bp.get("/<number:number>")
@allow(PRICED)
def show(number):
    return _tab("show", lambda project: project_page.licences(project, current_user, clock.today()))


@bp.get("/<number:number>/details")
@allow(PRICED)
def details(number):
    return _tab("details", _details_of)


def _details_of(project):
    return project_page.of(project, current_user, clock.today()) | {
        "plans": project_page.plans(None),
        "history": journal.history(project),
        "buyer": projects.buyer_of(project),
    }


@bp.get("/<number:number>/orders")
@allow(PRICED)
def orders(number):
    return _tab("orders", lambda project: project_page.of(project, current_user, clock.today()))


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(BUYER_ADMINISTRATORS)
def edit(number):
    project = projects.numbered(number)
    refuse_if(projects.why_not_edit(project, current_user))
    form = DetailsForm.of(project)
    if request.method != "POST" or not form.validate():
        return form_page("projects/edit.html", form, project=project)
    projects.edit(project, current_user, clock.now(), **form.own)
    flash(_("Saved."))
    return redirect(url_for(".details", number=number), 303)


@bp.post("/<number:number>/groups")
@allow(BUYER_ADMINISTRATORS)
def add_group(number):
    """A licence group of one more edition; then its quantity is asked (000-13, 000-15, 000-32)."""
    text = request.form.get("product", "")
    product = Product.get(Product.id == (int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0))
    projects.add_group(projects.numbered(number), product, current_user, clock.now())
    asked = {"product": product.id, "for": number} | ({"ask": "group"} if is_partial() else {})
    if not is_partial():
        flash(_("The licence group is added. Now order its licences."))
    return redirect(url_for("wishes.new", **asked), 303)
