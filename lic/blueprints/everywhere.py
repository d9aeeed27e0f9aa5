"""The search of the top bar: whatever bears a number, a serial or a name, wherever it is listed."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, request, url_for
from flask_babel import gettext as _
from peewee import fn

from lic import search
from lic.listing import Large, Listing
from lic.models import N_, NN_, Article, Contract, Incident, Order, Project, Record, Subscription
from lic.web import clock, words
from lic.web.guard import EVERYONE, allow, may
from lic.web.screen import is_partial, screen

bp = Blueprint("everywhere", __name__, url_prefix="/search")

SHOWN = 4  # of each kind; the others stand in its list
FIRST_LOOKED_AT = 20  # among which what is called exactly so stands
LONGEST = 200


@dataclass(frozen=True)
class Kind:
    """One list that is searched. `called` and `facts` are what a row shows; `names` are what it is called exactly."""

    index: search.Index
    rows: str  # the endpoint of its list
    row: str  # and of one of its rows
    label: str
    counted: tuple
    icon: str
    called: Callable
    facts: Callable
    names: tuple = ()
    numbered: type[Record] | None = None  # what people call by its number
    argument: str = "number"
    sort: str = "-number"

    def find(self, asked, today):
        listing = Listing(self.rows, Large(self.index), (), self.sort, self.counted, size=FIRST_LOOKED_AT)
        return listing.page({"q": asked}, today)

    def best(self, page):
        """The few to show: first those that are called so."""
        rows = sorted(
            page.rows, key=lambda row: not all(w in search.folded(self.called(row)) for w in page.query.words)
        )
        return rows[:SHOWN]

    def address(self, row):
        return url_for(self.row, **{self.argument: getattr(row, self.argument)})


def _numbered(sentence):
    return lambda row: words.said(sentence) % {"number": row.number}


KINDS = (
    Kind(
        *(search.CONTRACTS, "contracts.index", "contract.show"),
        *(N_("Contracts"), NN_("%(count)s contract", "%(count)s contracts"), "contract"),
        called=_numbered(N_("Contract no. %(number)s")),
        facts=lambda row: (row.reference, row.serial, row.customer_name),
        names=("serial",),
        numbered=Contract,
    ),
    Kind(
        *(search.CUSTOMERS, "customers.index", "customers.show"),
        *(N_("Customers"), NN_("%(count)s customer", "%(count)s customers"), "client"),
        called=lambda row: row.name,
        facts=lambda row: (row.phone, row.email),
        sort="name",
    ),
    Kind(
        *(search.ORDERS, "orders.index", "orders.show"),
        *(N_("Orders"), NN_("%(count)s order", "%(count)s orders"), "order"),
        called=_numbered(N_("Order no. %(number)s")),
        facts=lambda row: (words.word(row.state), words.day(row.submitted), row.buyer),
        numbered=Order,
    ),
    Kind(
        *(search.PROJECTS, "projects.index", "projects.show"),
        *(N_("Projects"), NN_("%(count)s project", "%(count)s projects"), "project"),
        called=lambda row: row.name,
        facts=lambda row: (_("Project no. %(number)s", number=row.number), row.customer_name),
        numbered=Project,
    ),
    Kind(
        *(search.SUBSCRIPTIONS, "subscriptions.index", "subscriptions.show"),
        *(N_("Subscriptions"), NN_("%(count)s subscription", "%(count)s subscriptions"), "subscription"),
        called=_numbered(N_("Subscription no. %(number)s")),
        facts=lambda row: (row.product, row.customer_name, row.project),
        numbered=Subscription,
    ),
    Kind(
        *(search.ACTIVATIONS, "activations.index", "activations.show"),
        *(N_("Activation details"), NN_("%(count)s activation", "%(count)s activations"), "licence"),
        called=lambda row: row.code,
        facts=lambda row: (row.product, row.customer_name, words.moment(row.at)),
        names=("code", "key"),
    ),
    Kind(
        *(search.INCIDENTS, "incidents.index", "incidents.show"),
        *(N_("Incidents"), NN_("%(count)s incident", "%(count)s incidents"), "incident"),
        called=_numbered(N_("Incident no. %(number)s")),
        facts=lambda row: (row.title, words.word(row.state), row.customer_name),
        numbered=Incident,
    ),
    Kind(
        *(search.INVOICES, "invoices.index", "invoices.show"),
        *(N_("Invoices"), NN_("%(count)s invoice", "%(count)s invoices"), "invoice"),
        called=lambda row: row.name,
        facts=lambda row: (words.word(row.state), words.day(row.issued), row.buyer),
        names=("name",),
        argument="name",
    ),
)


@bp.get("")
@allow(EVERYONE)
def index():
    asked = " ".join(request.args.get("q", "")[:LONGEST].split())
    found = [(kind, kind.find(asked, clock.today())) for kind in KINDS if asked and _is_open(kind)]
    exact = [] if is_partial() else _exactly(asked, found)
    if len(exact) == 1:
        return redirect(exact[0], 303)
    found = [(kind, page) for kind, page in found if page.rows]
    where = "typed" if is_partial() else "found"  # both may stand on one page
    return screen("everywhere/index.html", "found", asked=asked, found=found, where=where)


def _is_open(kind):
    return kind.rows in current_app.view_functions and may(kind.rows) and may(kind.row)


def _exactly(asked, found):
    """The addresses of what bears exactly this number, serial or code."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    wanted, addresses = search.folded(asked), {}
    for kind, page in found:
        if kind.numbered and number is not None and kind.numbered.get_or_none(kind.numbered.number == number):
            addresses[url_for(kind.row, number=number)] = None
        for row in page.rows:
            if any(search.folded(getattr(row, name)) == wanted for name in kind.names):
                addresses[kind.address(row)] = None
        if kind.numbered is Contract:
            addresses |= {url_for(kind.row, number=inside): None for inside in _holding(page.rows, wanted)}
    return list(addresses)


def _holding(rows, serial):
    """The contracts among these rows with an article of this serial number (002-13)."""
    articles = Article.select(Contract.number).join(Contract).distinct()
    numbers = [row.number for row in rows]
    named = articles.where(Contract.number.in_(numbers), fn.fold(Article.serial) == serial)
    return [number for (number,) in named.tuples()] if rows else []
