"""The menu on the left: what belongs together stands together, and shows where one is (002-62)."""

import re

import pytest

from lic.models import tx

LINK = r'<a href="([^"]+)"( aria-current="(?:page|true)")?>(?:<svg.*?</svg>)?([^<]+)'
LINE = re.compile(LINK + r'(?:<span class="count">\d+</span>)?</a>')


def menu(answer):
    """(label, where it leads, how it says that it is shown) of every line, and of those below another."""
    nav = answer.text.partition('<ul class="nav">')[2].partition("</nav>")[0]
    below = nav.partition('<ul class="nav__sub">')[2].partition("</ul>")[0]
    lines = lambda html: [(label, to, said.strip()) for to, said, label in LINE.findall(html)]  # noqa: E731
    return lines(nav), lines(below)


def labels(lines):
    return [label for label, _, _ in lines]


@pytest.mark.parametrize(
    "who, path, below",
    [
        ("remi", "/catalogue", ["Catalogue", "My orders"]),
        ("lea", "/orders", ["Catalogue", "My orders"]),
        ("marc", "/orders", ["Catalogue", "My orders"]),
        ("diane", "/orders", ["Catalogue", "All orders"]),
        ("remi", "/stock", ["Licence stock", "Activation details"]),
        ("remi", "/support-requests/new", ["All incidents", "New request"]),
        ("claire", "/activations", []),  # one line alone would say the same again
        ("remi", "/contracts", []),
    ],
)
def test_what_belongs_together_stands_below_its_entry(world, visit, who, path, below):
    found = labels(menu(visit(getattr(world, who)).get(path))[1])
    assert found[: len(below)] == below and bool(found) == bool(below)


def test_the_catalogue_is_a_line_of_the_orders(world, visit):
    everything, below = menu(visit(world.remi).get("/catalogue"))
    assert labels(everything).count("Catalogue") == 1
    assert ("Orders", "/orders", 'aria-current="true"') in everything
    assert ("Catalogue", "/catalogue", 'aria-current="page"') in below
    assert labels(menu(visit(world.remi).get("/contracts"))[0]).count("Catalogue") == 0


def test_orders_to_confirm_have_a_line_where_a_second_administrator_confirms(world, visit):
    browser = visit(world.remi)
    assert "To confirm" not in labels(menu(browser.get("/orders"))[1])
    with tx():
        world.alpha.reseller_approval = True
        world.alpha.save()
    below = menu(browser.get("/orders"))[1]
    assert below[1:] == [
        ("My orders", "/orders", 'aria-current="page"'),
        ("To confirm", "/orders?state=to_confirm", ""),
    ]
    below = menu(browser.get("/orders?state=to_confirm&sort=number"))[1]
    assert [said for _, _, said in below] == ["", "", 'aria-current="page"']


def test_the_menu_has_the_entries_of_the_manual(world, visit):  # 002-62
    world.remi.language = "fr"
    world.remi.save()
    entries = labels(menu(visit(world.remi).get("/contracts"))[0])
    assert [label for label in entries if label in ("Contrats", "Incidents", "Clients", "Paramètres")] == [
        *("Contrats", "Incidents", "Clients", "Paramètres")
    ]


def test_licences_customers_and_orders_are_entries_of_their_own(world, visit):  # 001-31
    everything, below = menu(visit(world.remi).get("/contracts"))
    entries = {label: to for label, to, _ in everything}
    assert [entries[label] for label in ("Licences", "Orders", "Customers")] == ["/stock", "/orders", "/customers"]
    assert not below


def test_exactly_one_line_is_the_page_shown(world, visit):
    for path in (
        "/contracts",
        "/catalogue",
        "/cart",
        "/orders",
        "/stock",
        "/activations",
        "/customers",
        "/settings/users",
    ):
        everything, below = menu(visit(world.remi).get(path))
        shown = [label for label, _, said in everything if said == 'aria-current="page"']
        assert len(shown) == 1, (path, shown)
