"""The actions there are on subscriptions, and the fields each of them asks (000-38..54)."""

from dataclasses import dataclass
from functools import cache

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField
from wtforms.validators import Optional

from lic.models import N_, Operation
from lic.web.forms import Form, Whole

MOST = 100_000
LENGTHS, ASSURED = ("years", "months", "ends_on"), ("assurance_years", "assurance_months")
CART, ORDER, DO = "cart", "order", "do"  # where it leads: to the cart, to an order of its own (000-58), or at once


class Asked(Form):
    """The fields of all actions; each keeps its own."""

    product = SelectField(_("Product"))
    project = SelectField(_("Project"))
    customer = SelectField(_("Customer"))
    type = SelectField(_("Subscription type"))
    quantity = Whole(_("Quantity"), 1, MOST, required=True)
    starts_on = DateField(_("First day"), [Optional()])
    years = Whole(_("Years"), 0, 10)
    months = Whole(_("Months"), 0, 120)
    ends_on = DateField(_("Last day"), [Optional()])
    plan = SelectField(_("Software assurance"))
    assurance_years = Whole(_("Assurance: years"), 0, 10)
    assurance_months = Whole(_("Assurance: months"), 0, 120)
    with_assurance = SelectField(_("Software assurance"))


@cache
def form_of(fields):
    """The form with these fields only: a page judges many actions, and fields take their time."""
    return type("Asked", (Asked,), {name: None for name in vars(Asked) if name[0] != "_" and name not in fields})


@dataclass(frozen=True)
class Action:
    """`name` is its address under the subscription; `leads` is CART, ORDER or DO; `verb` carries out what DO does."""

    name: str
    title: str
    fields: tuple = ()
    operation: Operation | None = None
    leads: str = CART
    button: str = N_("Add to cart")
    icon: str = "cart"


ACTIONS = {
    action.name: action
    for action in (
        Action("seats", N_("Add seats"), ("quantity",), Operation.ADD_SEATS),
        Action("renewal", N_("Renew"), ("quantity", "years", "months", "ends_on", "with_assurance"), Operation.RENEW),
        Action("annual", N_("Change to annual"), (), Operation.CHANGE_TYPE),
        Action("monthly", N_("Change to monthly"), (), None, DO, N_("Change to monthly"), "check"),
        Action("product", N_("Change the product"), ("product",), Operation.CHANGE_TYPE),
        Action("module", N_("Add a module"), ("product",), Operation.ADD_MODULE),
        Action("assurance", N_("Add software assurance"), ("plan", "years", "months"), Operation.ASSURANCE),
        Action(
            *("upgrade", N_("Change the software assurance plan"), ("plan",), Operation.UPGRADE_ASSURANCE),
            *(ORDER, N_("Order"), "check"),
        ),
        Action("removal", N_("Remove seats"), ("quantity",), None, DO, N_("Remove seats"), "minus"),
        Action("cancellation", N_("Cancel the subscription"), (), None, DO, N_("Cancel the subscription"), "stop"),
    )
}
SUBSCRIBE = Action(
    "new",
    N_("New subscription"),
    ("project", "customer", "type", "quantity", "starts_on", "years", "months", "ends_on", "plan", "assurance_years",
     "assurance_months"),
    Operation.SUBSCRIBE,
)  # fmt: skip
ALIGN = Action("alignment", N_("Align the ends"), ("ends_on", "with_assurance"), Operation.COTERMINATE)
