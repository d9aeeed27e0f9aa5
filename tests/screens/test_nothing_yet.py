"""Empty lists say to each kind of person what would fill them, and whose doing that is (interface.md)."""

from html import escape

import pytest

from lic.models import Organisation, OrganisationKind, tx
from lic.web.nothing_yet import OTHERS, SAYS
from tests.conftest import a_user

PATHS = {name: f"/{name}" for name in SAYS if name != "prices"} | {"prices": "/catalogue"}
SEEN = {  # screens that are empty, or not theirs to open, in the cast's portal
    "distributor": set(SAYS) - {"contracts", "prices"},
    "reseller": set(SAYS),
    "direct": set(SAYS),
    "customer": {"contracts", "subscriptions", "activations", "incidents", "notifications"},
}


@pytest.fixture
def newcomers(world):
    """Somebody of each kind who has nothing yet."""
    customer = {"kind": OrganisationKind.CUSTOMER, "country": "FR"}
    with tx():
        made = {
            "reseller": Organisation.create(kind=OrganisationKind.RESELLER, name="Gamma", country="FR"),
            "customer": Organisation.create(name="Neuf", reseller=world.alpha, **customer),
            "direct": Organisation.create(
                name="Direct", reseller=world.house, direct=True, price_list=world.brasil, **customer
            ),
        }
        people = {kind: a_user(organisation, f"{kind.title()} Neuf") for kind, organisation in made.items()}
    return people | {"distributor": world.diane}


@pytest.mark.parametrize("kind", SEEN)
def test_an_empty_list_speaks_to_whoever_looks_at_it(newcomers, visit, kind):  # 002-63: to each role its own words
    browser = visit(newcomers[kind])
    for screen in sorted(SEEN[kind]):
        if (kind, screen) == ("direct", "prices"):  # a direct customer always has one
            continue
        answer = browser.get(PATHS[screen])
        wanted = SAYS[screen].get(kind, SAYS[screen][OTHERS])
        assert answer.status_code == 200 and escape(wanted, quote=False) in answer.text, (kind, screen)


def test_a_customer_is_never_told_of_what_it_cannot_do(newcomers, visit):
    """No stock, no catalogue, no order: its reseller does that."""
    browser = visit(newcomers["customer"])
    for screen in SEEN["customer"]:
        empty = browser.get(PATHS[screen]).text.partition('<div class="empty">')[2].partition("</div>")[0]
        others = ("stock", "catalogue", "You order", "you order", "your orders")
        assert empty and not [word for word in others if word in empty], screen
    for screen in ("orders", "stock", "projects", "statements", "catalogue"):
        assert browser.get(f"/{screen}").status_code == 403
