"""What a person wants done with a subscription: asked in a form, shown in dates and amounts, then ordered or done."""

from dataclasses import dataclass, field
from functools import cached_property

from flask_babel import gettext, pgettext
from wtforms import SelectField

from lic.models import N_, Basis, Organisation, OrganisationKind, Plan, ProductKind, Project, SubscriptionType
from lic.rules import Reason, Refused, cart, checklists, holdings, parts, prices, subscriptions, wishes
from lic.web import words
from lic.web.asking import ALIGN, ASSURED, CART, LENGTHS, MOST, ORDER, SUBSCRIBE, Action, form_of
from lic.web.forms import choices


@dataclass
class Wish:
    """One action, with what was typed so far; `preview` is its exact effect, or `why` says why it has none."""

    action: Action
    user: object
    today: object
    given: object  # the form's values as they came
    subscription: object = None
    product: object = None
    project: object = None
    several: tuple = ()
    defaults: dict = field(default_factory=dict)

    # --- what is asked -------------------------------------------------------------------------

    @cached_property
    def held(self):
        return holdings.held(self.subscription) if self.subscription else None

    @cached_property
    def prices(self):
        return holdings.Prices.of(self.user.organisation, self.today)

    @cached_property
    def form(self):
        form = form_of(self.action.fields)(self.given or None, data={"quantity": 1} | self._suggested | self.defaults)
        self._choose(form)
        for name, label in self._labels.items():
            form[name].label.text = label
        for name in [name for name in form._fields if name not in self.names]:
            del form[name]
        return form

    @property
    def _labels(self):
        """What years and months are of, where a form might ask for several things."""
        if self.action.name == "assurance":
            return {"years": gettext("Assurance: years"), "months": gettext("Assurance: months")}
        if self.action is SUBSCRIBE and not self.chosen_project:
            terms = {"years": gettext("Fixed term: years"), "months": gettext("Fixed term: months")}
            return terms | {"ends_on": gettext("Fixed term: last day")}
        return {}

    @property
    def most(self):
        """The largest quantity that can be asked; where it is none, the effect says why."""
        return parts.most_fewer(self.held) if self.action.name == "removal" else MOST

    @cached_property
    def names(self):
        """The fields that make sense here."""
        kept = self.action.fields
        type = self.held.type if self.held else None
        if self.action.name == "renewal":
            dropped = {"years", "months", "ends_on"} if type is not SubscriptionType.TERM else set()
            if type is SubscriptionType.MONTHLY or not self.held.covers:
                dropped.add("with_assurance")
            return tuple(name for name in kept if name not in dropped)
        if self.action is SUBSCRIBE:
            return tuple(name for name in kept if name not in self._needless)
        return kept if self.action is not ALIGN or self._covered else ("ends_on",)

    @cached_property
    def _covered(self):
        """Whether any of several has software assurance, which is proposed to the common end as well."""
        return any(holdings.held(one, with_modules=False).covers for one in self.several)

    @cached_property
    def chosen_project(self):
        """The project it is ordered for, or the one picked in the form."""
        return self.project or next((one for one in self.projects if str(one.number) == self._typed("project")), None)

    @cached_property
    def chosen_type(self):
        """The project's type, or the one picked in the form (000-06)."""
        if self.chosen_project:
            return self.chosen_project.subscription_type
        return next((type for type in SubscriptionType if type.value == self._typed("type")), self._first_type)

    @property
    def _first_type(self):
        """What is proposed: by the year where that is sold."""
        sold = [type for type in SubscriptionType if self._is_sold(type)]
        return SubscriptionType.ANNUAL if SubscriptionType.ANNUAL in sold or not sold else sold[0]

    def _is_sold(self, type):
        return self.prices.find(self.product, holdings.BASES[type]) is not None

    def _typed(self, name):
        return self.given.get(name, "").strip() if self.given else ""

    @cached_property
    def _needless(self):
        """What a project says, what is not sold, and what nothing that was chosen needs (000-06, 000-07, 000-49).

        What was typed stays all the same: it is said to be too much, never passed over in silence.
        """
        project, names, empty = self.chosen_project, set(), set()
        if not self.plans or (project and project.assurance_plan not in self.plans):
            names |= {"plan", *ASSURED}
        if project:
            names |= {"customer", "type", "plan"} | ({"project"} if self.project else set())
        elif self._typed("plan") in ("", "None"):
            empty.update(ASSURED)
        if self.chosen_type is not SubscriptionType.TERM:
            empty.update(LENGTHS)
        if not self.user.organisation.is_reseller:
            names.add("customer")
        if not self.projects:
            empty.add("project")
        return names | {name for name in empty if self._typed(name) in ("", "0")}

    @property
    def _suggested(self):
        name = self.action.name
        if name in ("renewal", "assurance"):
            seats = {"quantity": self.held.next_quantity()} if name == "renewal" else {}
            return seats | {"years": 1, "months": 0}
        if self.action is SUBSCRIBE:
            term = self.project and self.project.subscription_type is SubscriptionType.TERM
            return {"type": self._first_type.value} | ({"years": 1, "months": 0} if term else {})
        if self.action is ALIGN:
            return {"ends_on": max((holdings.held(one).last.to_on for one in self.several), default=None)}
        return {}

    def _choose(self, form):
        """What can be chosen, the first of it unless something was; a field that is not asked needs none."""
        for name, offered in self._offered.items():
            if name in form:
                form[name].choices = choices(offered())
                if form[name].data is None and form[name].choices:
                    form[name].data = form[name].choices[0].value

    @property
    def _offered(self):
        new = self.action is SUBSCRIBE
        ours, none = gettext("None, for ourselves"), [("", pgettext("assurance", "None"))] if new else []
        said = [("yes", gettext("To the new end as well")), ("no", gettext("Leave it as it is"))]
        return {
            "product": lambda: [(str(one.id), f"{one.reference}, {words.word(one)}") for one in self.products],
            "project": lambda: [("", gettext("None")), *((str(one.number), one.name) for one in self.projects)],
            "customer": lambda: [("", ours), *((str(one.id), one.name) for one in self.customers)],
            "type": lambda: [(one.value, words.word(one)) for one in SubscriptionType if self._is_sold(one)],
            "plan": lambda: none + [(plan.value, words.word(plan)) for plan in self.plans],
            "with_assurance": lambda: said,
        }

    @cached_property
    def plans(self):
        """The plans there are for the product; those above the present one where it is upgraded."""
        base = self.product or (self.held and self.held.product)
        if base is None:
            return []
        asked = prices.made_for(base, ProductKind.ASSURANCE)
        offered = {one.plan for one in asked if one.active and self.prices.find(one, Basis.ASSURANCE_MONTH) is not None}
        sold = [plan for plan in Plan if plan in offered]
        if self.action.name != "upgrade" or not self.held.covers:
            return sold
        return [plan for plan in sold if list(Plan).index(plan) > list(Plan).index(self.held.plan)]

    @cached_property
    def products(self):
        if self.action.name == "module":
            had = {module.product for module in self.held.modules}
            asked = prices.made_for(self.held.product, ProductKind.MODULE)
            return [one for one in asked if one.active and one not in had]
        if self.action.name == "product":
            sold = [one for one in prices.subscribed() if one.kind is ProductKind.SUBSCRIPTION and one.active]
            others = [one for one in sold if one != self.held.product]
            offered = [one for one in others if self.prices.find(one, Basis.ANNUAL) is not None]
            return sorted(offered, key=lambda one: not self._is_assured(one))  # what it can become comes first
        return []

    def _is_assured(self, product):
        """Whether a product has the software assurance that goes on (000-07)."""
        sold = prices.made_for(product, ProductKind.ASSURANCE) if self.held.covers else ()
        return any(one.active and one.plan is self.held.plan for one in sold)

    @cached_property
    def projects(self):
        """Those in scope: the buyer's own."""
        return list(Project.select().order_by(Project.name, Project.id)) if self.action is SUBSCRIBE else []

    @cached_property
    def customers(self):
        if self.action is not SUBSCRIBE or "customer" in self._needless:
            return []
        kept = Organisation.kind == OrganisationKind.CUSTOMER, Organisation.cancelled_at.is_null()
        own = Organisation.select().where(*kept, Organisation.reseller == self.user.organisation_id)
        return list(own.order_by(Organisation.name, Organisation.id))

    # --- what it would do ----------------------------------------------------------------------

    @cached_property
    def _outcome(self):
        """(Preview or None, why not or None)."""
        if any(not field.choices for field in self.form if isinstance(field, SelectField)):
            product = self.product or self.held.product
            return None, Reason(N_("Nothing is offered here for %(product)s."), product=product)
        if not self.form.validate() or self._is_beside_the_type():
            return None, None
        try:
            return (None, reason) if (reason := self._why_not_ordered()) else (self._computed(), None)
        except Refused as refused:
            return None, refused.reason

    def _is_beside_the_type(self):
        """A length is for a fixed term only, and the only one: nothing that was typed is passed over in silence."""
        if self.action is not SUBSCRIBE:
            return False
        if not self.chosen_project and not self._value("plan") and (typed := [n for n in ASSURED if self._value(n)]):
            for name in typed:
                self.form[name].errors = [gettext("Choose a plan, or leave its length empty.")]
            return True
        lengths = [name for name in LENGTHS if self._value(name)]
        if self.chosen_type is not SubscriptionType.TERM:
            for name in lengths:
                self.form[name].errors = [gettext("Only a fixed term has a length of its own: leave it empty.")]
            return bool(lengths)
        if "ends_on" in lengths and len(lengths) > 1 and not self.project:
            self.form.ends_on.errors = [gettext("Give its length or its last day, not both.")]
            return True
        return False

    def _why_not_ordered(self):
        """The lock, the cart, and who may (000-25, 003-17)."""
        if self.action.leads == CART:
            return wishes.why_not_put(self.user, self.action.operation, **self.inputs)
        return wishes.why_not_ask(self.user, self.inputs) if self.action.leads == ORDER else None

    @property
    def preview(self):
        return self._outcome[0]

    @property
    def why(self):
        return self._outcome[1]

    def _computed(self):
        name = self.action.name
        if self.action.operation:
            return wishes.preview(self.user, self.action.operation, self.today, **self.inputs)
        if name == "monthly":
            return subscriptions.preview_become_monthly(self.subscription, self.today)
        if name == "removal":
            return subscriptions.preview_remove_seats(self.subscription, self._value("quantity"), self.today)
        return subscriptions.preview_cancel(self.subscription, self.today)

    @property
    def inputs(self):
        """What the rules are asked with, the same for the preview, the cart and the order."""
        if self.action is ALIGN:
            given = {"subscriptions": self.several, "ends_on": self._value("ends_on")}
            return given | ({"with_assurance": self._value("with_assurance") != "no"} if self._covered else {})
        given = {name: self._value(name) for name in ("quantity", "starts_on", "ends_on") if name in self.names}
        if "months" in self.names:
            given["months"] = self._months("years", "months") if not given.get("ends_on") else None
        if "plan" in self.names:
            given["plan"] = Plan(self._value("plan")) if self._value("plan") else None
        if "with_assurance" in self.names:
            given["with_assurance"] = self._value("with_assurance") != "no"
        if "product" in self.names:
            given["product"] = next((one for one in self.products if str(one.id) == self._value("product")), None)
        if self.action is SUBSCRIBE:
            return {name: value for name, value in (given | self._new).items() if value is not None}
        if self.action.name == "annual":
            given["type"] = SubscriptionType.ANNUAL
        return {"subscription": self.subscription} | {n: value for n, value in given.items() if value is not None}

    @property
    def _new(self):
        """Of a new subscription: its type decides whether its length is asked."""
        project, type = self.chosen_project, self.chosen_type
        customer = next((one for one in self.customers if str(one.id) == self._value("customer")), None)
        new = {"product": self.product, "project": project, "type": type, "customer": None if project else customer}
        if type is not SubscriptionType.TERM:
            new |= {"months": None, "ends_on": None}
        if "assurance_months" in self.names and (project or self._value("plan")):
            new["assurance_months"] = self._months("assurance_years", "assurance_months")
        return new

    def _value(self, name):
        return self.form[name].data if name in self.form._fields else None

    def _months(self, years, months):
        """Years and months add up (000-16); none at all is left to the rule."""
        return 12 * (self._value(years) or 0) + (self._value(months) or 0) or None

    @property
    def checklist(self):
        """What must be ticked before licences are given up (004-17, 004-19)."""
        if self.action.name not in ("cancellation", "removal"):
            return []
        return checklists.steps(self.subscription.product, words.language())

    @property
    def chosen_plan(self):
        return Plan(self._value("plan"))

    # --- agreeing to it ------------------------------------------------------------------------

    @property
    def seen(self):
        return self.preview.seen

    def why_not_agreed(self, seen):
        return why_not_agreed(self, seen)

    @property
    def totals(self):
        """What an order of this alone comes to, and what its consent carries back (000-58)."""
        return wishes.totals_of(self.preview, self.user.organisation)

    @property
    def terms(self):
        """What is accepted where there is no cart (000-58)."""
        sold = {item.product.id: item.product for item in self.preview.items} if self.preview else {}
        return cart.terms(list(sold.values()), self.today) if self.action.leads == ORDER else []

    def do(self, at, seen):
        """What DO means, once agreed to: `seen` again, within the transaction."""
        given = {"by": self.user, "at": at, "seen": seen}
        if self.action.name == "monthly":
            return subscriptions.become_monthly(self.subscription, **given)
        if self.action.name == "removal":
            return subscriptions.remove_seats(self.subscription, self._value("quantity"), done=self.done, **given)
        return subscriptions.cancel(self.subscription, done=self.done, **given)

    @property
    def done(self):
        """The steps of the checklist that were ticked."""
        return ticked(self.given)

    def why_not_open(self):
        """Why the button is disabled: what the least that could be asked is refused for, or None."""
        return cart.why_not_shop(self.user) or self.why


# --- agreeing to what is shown -----------------------------------------------------------------------


def ticked(given):
    """The places of the boxes ticked in a form."""
    return [int(text) for text in given.getlist("done") if text.isascii() and text.isdigit() and len(text) < 4]


def why_not_agreed(wish, seen):
    """Why the button pressed does nothing, or None: what is done is what was shown."""
    if wish.why:
        return wish.why
    if wish.preview is None:
        return Reason(N_("It is not what you were shown any more. Look at it again, then confirm."), rule="R5")
    return parts.why_not_seen(wish.preview, seen)
