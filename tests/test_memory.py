"""What the portal remembers has bounds, so that it may work for months (safety.md 30; for hours: bench/soak.py)."""

import functools
import gc
import importlib
import logging
import pkgutil
import tracemalloc
import weakref
from itertools import pairwise
from random import Random
from string import ascii_lowercase

import pytest

import lic
from lic.models import tx
from lic.search import texts
from tests.conftest import HTMX

MB = 1 << 20
FEW = {  # caches without a bound of their own, and what bounds them
    "lic.rules.calendar.holidays": "countries and years",
    "lic.rules.passwords._filter": "one file",
    "lic.scanner.of": "one setting",
    "lic.schema.storing._columns": "tables, by the columns a verb gives",
    "lic.schema.storing._setting": "tables, by the columns a verb changes",
    "lic.schema.writing._columns": "tables, by their place in a query",
    "lic.web.asking.form_of": "actions",
}
LOOKED_AT = (
    *("/contracts", "/orders", "/customers", "/stock", "/activations", "/incidents"),
    *("/subscriptions", "/invoices", "/notifications"),
)


def every_cache():
    """(name, cache) of each function of the portal's that remembers its answers."""
    for module in pkgutil.walk_packages(lic.__path__, "lic."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, functools._lru_cache_wrapper) and value.__module__ == module.name:
                yield f"{module.name}.{name}", value


def test_what_is_remembered_has_a_bound_or_is_of_few_things(app):
    unbounded = {name for name, cache in every_cache() if cache.cache_parameters()["maxsize"] is None}
    assert unbounded == set(FEW)


@pytest.mark.parametrize(("many", "length"), [(4000, 8), (1200, 90), (300, 500)])  # 500 letters: an observation
def test_texts_that_are_written_once_are_not_kept_for_ever(many, length):  # 8,000 of the longest were 470 MB
    dice = Random(30)
    texts.forget()
    tracemalloc.start()
    try:
        for number in range(many):
            text = "ab-" * ((length - 8) // 3) + "".join(dice.choices(ascii_lowercase, k=8))
            folded = texts.folded(text.upper())
            assert texts.tokens(folded) and texts.begins(folded) and len(texts.subwords(folded)) == text.count("-")
            assert texts.tokens_of("name", texts.TEXT, folded) and texts.tokens_of("at", texts.TIME, number << 21)
            assert texts.stretches("name", texts.TEXT, folded)
        assert tracemalloc.get_traced_memory()[0] < 6 * MB
    finally:
        tracemalloc.stop()
        texts.forget()


def test_addresses_of_strangers_are_not_kept(app, visit):
    """Each is asked to log in and to be led back, to addresses of 9,000 letters: 5,000 were 100 MB."""
    stranger, before = visit(None), letters_of_links(app)
    for number in range(5):
        answer = stranger.get(f"/contracts?q={number}{'é' * 1500}")
        assert answer.status_code == 303 and len(answer.location) > 9000
    assert letters_of_links(app) - before < 1000


def letters_of_links(app):
    return sum(len(repr(asked)) + len(written) for asked, written in app._written.items())


def test_people_at_work_leave_nothing_behind(world, visit, monkeypatch):
    """Again and again the same, a write by each between: there are no more of Python's objects than before."""
    monkeypatch.setattr(logging.getLogger("portal"), "disabled", True)  # pytest keeps every line of a test's log
    browsers = [visit(user) for user in (world.diane, world.remi, world.cleo)]

    def work():
        for browser in browsers:
            for path in LOOKED_AT:
                assert browser.get(path).status_code in {200, 403}
            for typed in ("a", "al", "alp"):
                assert browser.get(f"/contracts?q={typed}", headers=HTMX).status_code == 200
            assert browser.get("/contracts/export.csv").status_code == 200
            assert browser.get("/contracts/999999999").status_code == 404
            with tx():
                world.remi.again().save()

    found = []
    for _ in range(7):
        work()
        found.append(objects())
    grown = [after - before for before, after in pairwise(found)]
    assert min(grown) < len(browsers) * 4, grown  # of 14 requests each: what leaks grows in each round, chance in some


def objects():
    """How many there are, but for weak references, which come and go."""
    gc.collect()
    return sum(type(one) is not weakref.ref for one in gc.get_objects())
