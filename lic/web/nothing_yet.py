"""What an empty list says: to each kind of person what would fill it, and whose doing that is."""

from flask_babel import gettext
from flask_login import current_user

from lic.models import N_
from lic.web import guard

OTHERS = "others"  # the kinds that are not named
SAYS = {
    "contracts": {
        OTHERS: N_("Your contracts are listed here as soon as the distributor has recorded them."),
        "customer": N_("Your contracts are listed here as soon as your reseller has given them to you."),
        "distributor": N_("Contracts are listed here once they are recorded; a new reseller is made with its first."),
    },
    "subscriptions": {
        OTHERS: N_("What is ordered from a project or in the catalogue is listed here once it is approved."),
        "customer": N_("What your reseller orders for you is listed here once it is approved."),
        "distributor": N_("What your resellers and direct customers order is listed here once it is approved."),
    },
    "activations": {
        OTHERS: N_("A licence in stock is activated for a customer and listed here."),
        "direct": N_("The licences you activate from your stock are listed here."),
        "customer": N_("The licences your reseller activates for you are listed here."),
        "distributor": N_("What your resellers and direct customers activate is listed here."),
    },
    "incidents": {
        OTHERS: N_("An incident on hardware is declared from its contract."),
        "distributor": N_("What your resellers and customers declare is listed here."),
    },
    "orders": {
        OTHERS: N_("What you order in the catalogue is listed here."),
        "distributor": N_("What your resellers and direct customers order is listed here."),
    },
    "projects": {
        OTHERS: N_("A project holds the licences, the assurance and the orders of one customer."),
        "direct": N_("A project holds licences with their assurance and their orders."),
        "distributor": N_("The projects of your resellers and direct customers are listed here."),
    },
    "statements": {
        OTHERS: N_("What you use and what you buy is listed here, line by line."),
        "distributor": N_("What your resellers and direct customers use and buy is listed here, line by line."),
    },
    "stock": {
        OTHERS: N_("An order comes into stock as soon as it is approved."),
        "distributor": N_("What your resellers and direct customers order comes into their stock once it is approved."),
    },
    "notifications": {
        OTHERS: N_("What happens to your contracts, orders and licences will be told here."),
        "customer": N_("What happens to your contracts, licences and incidents will be told here."),
        "distributor": N_("Orders to decide on, incidents and warnings will be told here."),
    },
    "prices": {
        OTHERS: N_("Ask your sales contact for a quote: once you have a price list, you order by yourself."),
        "distributor": N_("Make one first: each reseller and direct customer buys by a price list."),
    },
}


def nothing_yet(screen):
    """The sentence of a screen's empty list, for whoever looks at it."""
    says = SAYS[screen]
    return gettext(says.get(guard.kind(current_user), says[OTHERS]))


def init(app):
    app.jinja_env.globals["nothing_yet"] = nothing_yet
