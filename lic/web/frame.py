"""What surrounds every page: the menu, the numbers in it, and whose portal this is."""

from dataclasses import dataclass, replace

from flask import current_app, request
from flask_login import current_user

from lic.models import N_, NOBODY, Generation, current_scope
from lic.web import clock, guard


@dataclass(frozen=True)
class Entry:
    """One line of the menu; shown to those the guard lets in. `counts` names a number from COUNTS."""

    endpoint: str
    label: str
    icon: str
    counts: str | None = None
    under: tuple = ()
    also: tuple = ()  # blueprints whose pages belong here too


# Screens join the menu here when they exist (screens.md, The frame).
MENU = (
    Entry("dashboard.index", N_("Dashboard"), "dashboard"),
    Entry("contracts.index", N_("Contracts"), "contract", also=("contract",)),
    Entry("projects.index", N_("Projects"), "project"),
    Entry(
        *("subscriptions.index", N_("Subscriptions"), "subscription", "renewals"),
        under=(
            Entry("subscriptions.index", N_("All subscriptions"), "subscription", also=("wishes", "allocations")),
            Entry("quotes.index", N_("Quotes"), "file"),
        ),
        also=("wishes", "allocations"),
    ),
    Entry("renewals.index", N_("Renewals"), "clock"),
    Entry(
        "stock.index",
        N_("Licences"),
        "licence",
        under=(
            Entry("stock.index", N_("Licence stock"), "licence"),
            Entry("activations.index", N_("Activation details"), "licence"),
        ),
    ),
    Entry("catalogue.index", N_("Catalogue"), "catalogue"),
    Entry("orders.index", N_("Orders"), "order", "pending_orders"),
    Entry("approvals.index", N_("Approvals"), "approval", "approvals"),
    Entry(
        *("incidents.index", N_("Incidents"), "incident", "incidents"),
        under=(
            Entry("incidents.index", N_("All incidents"), "incident"),
            Entry("support_requests.new", N_("New request"), "incident"),
        ),
    ),
    Entry("customers.index", N_("Customers"), "client", also=("cancellations",)),
    Entry(
        *("invoices.index", N_("Invoices"), "invoice"),
        under=(
            Entry("invoices.index", N_("All invoices"), "invoice"),
            Entry("statements.index", N_("Usage statements"), "log"),
        ),
    ),
    Entry("products.index", N_("Products"), "catalogue"),
    Entry("price_lists.index", N_("Price lists"), "price"),
    Entry("terms.index", N_("Terms of sale"), "file"),
    Entry("resellers.index", N_("Resellers"), "reseller"),
    Entry("mails.index", N_("Outgoing mail"), "send"),
    Entry("incoming.index", N_("Incoming mail"), "chat", "letters_kept"),
    Entry("audit.index", N_("Journal"), "log"),
    Entry("settings.profile", N_("Settings"), "settings", also=("billing_centres", "tokens")),
)
COUNTS = {}  # name: () -> int, for the person asking; registered by the blueprint that knows


def counted(name):
    """Register how a number of the menu or the top bar is counted."""

    def register(count):
        COUNTS[name] = count
        return count

    return register


_counted = {}  # (generation, day, name, person): number; no page counts again what nobody changed


def count(name):
    """Nothing is counted on the page of a write refused before anybody's scope was open."""
    if name not in COUNTS or not current_user.is_authenticated or current_scope() == NOBODY:
        return 0
    key = Generation.number, clock.today(), name, current_user.id
    if key not in _counted:
        if len(_counted) > 2000:
            _counted.clear()
        _counted[key] = COUNTS[name]()
    return _counted[key]


def menu():
    """The entries this person may open, in order."""
    return [shown for entry in MENU if (shown := _shown(entry))]


def _shown(entry):
    """The entry; where its own screen is not this person's, it leads to the first below it that is."""
    if _is_open(entry):
        return entry
    below = next((sub for sub in entry.under if _is_open(sub)), None)
    return below and replace(entry, endpoint=below.endpoint)


def _is_open(entry):
    return entry.endpoint in current_app.view_functions and guard.may(entry.endpoint)


def is_current(entry):
    """Whether the page shown belongs to this entry."""
    asked = (request.endpoint or "").split(".")[0]
    return asked in {line.endpoint.split(".")[0] for line in (entry, *entry.under)} | set(entry.also)


def init(app):
    app.jinja_env.globals |= {
        "menu": menu,
        "is_current": is_current,
        "is_open": _is_open,
        "count": count,
        "house": guard.house,
        "today": clock.today,
        "has_screen": lambda endpoint: endpoint in current_app.view_functions,
    }
