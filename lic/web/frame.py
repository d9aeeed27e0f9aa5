"""What surrounds every page: the menu, the numbers in it, and whose portal this is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import current_app, render_template, request
from flask_login import current_user
from markupsafe import Markup, escape

from lic.models import N_, NOBODY, Generation, current_scope
from lic.rules import deciders
from lic.web import clock, guard, words
from lic.web.kept import UntilCommit


@dataclass(frozen=True)
class Entry:
    """One line of the menu; shown to those the guard lets in. `counts` names a number from COUNTS."""

    endpoint: str
    label: str
    icon: str
    counts: str | None = None
    under: tuple = ()
    also: tuple = ()  # blueprints whose pages belong here too
    asked: tuple = ()  # what the address asks besides: (name, value)
    only: Callable[[], bool] | None = None  # whom it means anything to, of those it is open to


# Screens join the menu here when they exist (screens.md, The frame).
MENU = (
    Entry("dashboard.index", N_("Dashboard"), "dashboard"),
    Entry("contracts.index", N_("Contracts"), "contract", also=("contract",)),
    Entry("projects.index", N_("Projects"), "project"),
    Entry(
        *("subscriptions.index", N_("Subscriptions"), "subscription", "renewals"),
        under=(
            Entry(
                "subscriptions.index",
                N_("All subscriptions"),
                "subscription",
                also=("wishes", "allocations", "assignments"),
            ),
            Entry("quotes.index", N_("Quotes"), "file"),
            Entry("services.index", N_("Services"), "subscription"),
            Entry("transfers.index", N_("Transfers"), "subscription"),
        ),
        also=("wishes", "allocations", "assignments"),
    ),
    Entry("renewals.index", N_("Renewals"), "clock", also=("warranties",)),
    Entry(
        "stock.index",
        N_("Licences"),
        "licence",
        under=(
            Entry("stock.index", N_("Licence stock"), "licence"),
            Entry("activations.index", N_("Activation details"), "licence"),
            Entry("activation_codes.index", N_("Activation codes"), "licence"),
        ),
    ),
    Entry(
        *("orders.index", N_("Orders"), "order", "pending_orders"),
        under=(
            Entry("catalogue.index", N_("Catalogue"), "catalogue", also=("cart",)),
            Entry("orders.index", N_("My orders"), "order", only=lambda: guard.is_allowed(guard.BUYERS)),
            Entry("orders.index", N_("All orders"), "order", only=lambda: guard.is_allowed(guard.DISTRIBUTOR)),
            Entry(
                *("orders.index", N_("To confirm"), "order", "orders_to_confirm"),
                asked=(("state", "to_confirm"),),
                only=lambda: guard.is_allowed(guard.BUYERS) and deciders.needs_confirmation(current_user.organisation),
            ),
        ),
    ),
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
    Entry("settings.profile", N_("Settings"), "settings", also=("billing_centres", "tokens", "parameters")),
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
    found = _counted.get(key)
    if found is None:
        if len(_counted) > 2000:
            _counted.clear()
        found = _counted[key] = COUNTS[name]()
    return found


def menu():
    """The entries this person may open, in order."""
    return [shown for entry in MENU if (shown := _shown(entry))]


def _shown(entry):
    """The entry; where its own screen is not this person's, it leads to the first below it that is."""
    if _is_open(entry):
        return entry
    below = next((line for line in entry.under if _is_open(line)), None)
    return below and replace(entry, endpoint=below.endpoint)


def _is_open(entry):
    return entry.endpoint in current_app.view_functions and guard.may(entry.endpoint)


def is_current(entry):
    """Whether the page shown belongs to this entry."""
    return any(_is_of(line) for line in (entry, *entry.under))


def _is_of(line):
    asked = (request.endpoint or "").split(".")[0]
    return asked == line.endpoint.split(".")[0] or asked in line.also


def below(entry):
    """(line, whether the page shown is its) of the lines below an entry; one alone would only say the same again."""
    lines = [line for line in entry.under if _is_open(line) and (line.only is None or line.only())]
    if len(lines) < 2:
        return []
    fitting = [line for line in lines if _is_of(line) and all(request.args.get(n) == v for n, v in line.asked)]
    current = max(fitting, key=lambda line: len(line.asked), default=None)
    return [(line, line is current) for line in lines]


BACK = "\ue0f4"  # where the address of the page goes; a letter nobody types
_drawn = UntilCommit(most=300)  # of 7 KB each
ASKED = tuple(dict.fromkeys(pair for entry in MENU for line in (entry, *entry.under) for pair in line.asked))


def frame_part(name):
    """A template about the person and the kind of page alone, drawn once until a commit."""
    if not current_user.is_authenticated or current_scope() == NOBODY or request.endpoint == "everywhere.index":
        return Markup(render_template(name, back=request.full_path))  # noqa: S704 (a template of ours)
    key = (
        *(name, current_user.id, words.language(), clock.today(), request.endpoint),
        *(pair for pair in ASKED if request.args.get(pair[0]) == pair[1]),
    )
    drawn = _drawn.now()
    if key not in drawn:
        drawn[key] = render_template(name, back=BACK)
    return Markup(drawn[key].replace(BACK, escape(request.full_path)))  # noqa: S704 (and its address, escaped)


def init(app):
    app.jinja_env.globals |= {
        "frame_part": frame_part,
        "menu": menu,
        "is_current": is_current,
        "below": below,
        "count": count,
        "house": guard.house,
        "today": clock.today,
        "has_screen": lambda endpoint: endpoint in current_app.view_functions,
    }
