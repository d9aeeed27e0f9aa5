"""Activations: a licence leaves the stock for a customer, comes back, is replaced."""

import pytest

from lic.models import Activation, Event, MovementKind, StockMovement
from lic.rules import Refused, activations, cancellations, stock
from tests.conftest import NOON
from tests.rules.test_stock import bought

CNPJ = "11222333000181"


@pytest.fixture(autouse=True)
def numbered(world):
    """Activations are bound to a tax number (001-30)."""
    world.client.tax_number = "732829320"
    world.client.save()
    stock.adjust(world.alpha, world.completo, 5, "first stock", world.diane, NOON)


def activated(world, quantity=1, product=None, **given):
    product = product or world.completo
    return activations.activate(world.alpha, product, world.client, world.remi, NOON, quantity, **given)


def left(world):
    return stock.balance(world.alpha, world.completo)


def test_the_whole_life_of_a_stock(world):  # X11, rules.md S
    bought(world, world.alpha, world.completo, 10, bonus=1)
    assert left(world) == 16
    one, *_ = activated(world, 3)
    assert left(world) == 13
    activations.cancel(one, world.remi, NOON)
    assert left(world) == 14
    cancellations.cancel(world.client, world.remi, NOON)
    assert left(world) == 16
    with pytest.raises(Refused) as refused:
        activations.activate(world.alpha, world.completo, another(world), world.remi, NOON, 17)
    assert refused.value.reason.values["count"] == 16
    assert left(world) == 16


def another(world):
    from lic.models import Organisation, OrganisationKind

    return Organisation.create(
        kind=OrganisationKind.CUSTOMER, name="Autre", country="BR", tax_number=CNPJ, reseller=world.alpha
    )


def test_an_activation_says_what_for_whom_when_and_by_whom(world):  # 001-08, 001-28
    (made,) = activated(world, observation="  poste d'accueil ")
    made = made.again()
    assert (made.product, made.customer, made.by, made.at) == (world.completo, world.client, world.remi, NOON.at)
    assert made.observation == "poste d'accueil" and made.ended_at is None
    assert (made.holder, made.reseller) == (world.alpha, world.alpha)


def test_codes_and_keys_are_readable_and_nobody_elses(world):
    stock.adjust(world.alpha, world.completo, 45, "more", world.diane, NOON)
    made = activated(world, 50)
    assert len({row.code for row in made} | {row.key for row in made}) == 100
    for row in made:
        assert [len(part) for part in row.code.split("-")] == [4, 4, 4]
        assert [len(part) for part in row.key.split("-")] == [5] * 5
        assert not set("ILO01") & set(row.code + row.key)


@pytest.mark.parametrize("quantity", [0, -1, 6, 101, 10**9])
def test_no_more_is_activated_than_there_is(world, quantity):  # 001-29
    with pytest.raises(Refused):
        activated(world, quantity)
    assert left(world) == 5 and not Activation.select().exists()


def test_an_activation_is_bound_to_the_customers_tax_number(world):  # 001-30
    world.client.tax_number = ""
    world.client.save()
    for typed in ("", "  ", "123"):
        with pytest.raises(Refused):
            activated(world, tax_number=typed)
    activated(world, tax_number="732 829 320")
    assert world.client.again().tax_number == "732829320"
    activated(world)
    with pytest.raises(Refused):
        activated(world, tax_number="552100554")


def test_only_own_living_customers_get_licences(world):
    assert activations.why_not_activate(world.alpha, world.completo, world.voisin, 1)
    assert activations.why_not_activate(world.alpha, world.completo, world.alpha, 1)
    cancellations.cancel(world.client, world.remi, NOON)
    assert activations.why_not_activate(world.alpha, world.completo, world.client.again(), 1)


def test_a_direct_customer_activates_for_itself(world):  # rules.md Q
    world.atelier.tax_number = "732829320"
    world.atelier.save()
    stock.adjust(world.atelier, world.completo, 1, "first", world.diane, NOON)
    assert activations.customers(world.atelier) == [world.atelier]
    (made,) = activations.activate(world.atelier, world.completo, world.atelier, world.marc, NOON)
    assert (made.holder, made.customer, made.reseller) == (world.atelier, world.atelier, world.house)


def test_a_module_needs_its_base_active_for_that_customer(world):  # demo.md, GES-SPED
    stock.adjust(world.alpha, world.sped, 2, "first", world.diane, NOON)
    with pytest.raises(Refused):
        activated(world, product=world.sped)
    (base,) = activated(world)
    (module,) = activated(world, product=world.sped)
    assert activations.why_not_cancel(base)  # the module stands on it
    (second,) = activated(world)
    activations.cancel(base, world.remi, NOON)
    activations.cancel(module, world.remi, NOON)
    activations.cancel(second, world.remi, NOON)
    with pytest.raises(Refused):
        activated(world, product=world.sped)


def test_an_activation_is_cancelled_once(world):  # 001-10
    (made,) = activated(world)
    ended = activations.cancel(made, world.remi, NOON)
    assert (ended.ended_at, ended.ended_by) == (NOON.at, world.remi)
    with pytest.raises(Refused):
        activations.cancel(made, world.remi, NOON)
    assert left(world) == 5


def test_replacing_cancels_and_activates_in_one(world):  # 001-11, rules.md O
    (old, *_) = activated(world, 5)
    assert left(world) == 0
    new = activations.replace(old, world.remi, NOON, "a new machine")
    old = old.again()
    assert old.replaced_by == new and old.ended_at and new.ended_at is None
    assert (new.code, new.key) != (old.code, old.key)
    assert (new.product, new.customer, new.observation) == (old.product, old.customer, "a new machine")
    assert left(world) == 0
    assert activations.why_not_replace(old)
    kinds = [event.kind for event in Event.select().order_by(Event.id.desc()).limit(2)]
    assert kinds == ["activation.made", "activation.cancelled"]  # two audit rows


def test_the_base_of_a_module_can_be_replaced(world):
    stock.adjust(world.alpha, world.sped, 1, "first", world.diane, NOON)
    (base,) = activated(world)
    activated(world, product=world.sped)
    assert activations.replace(base, world.remi, NOON)


def test_what_fails_half_way_leaves_nothing(world, monkeypatch):
    (old,) = activated(world)
    monkeypatch.setattr(activations, "_unused", lambda *of: old.code)
    with pytest.raises(Exception, match="UNIQUE"):
        activations.replace(old, world.remi, NOON)
    assert old.again().ended_at is None and left(world) == 4


def test_the_ledger_names_every_movement(world):
    (made, *_) = activated(world, 2)
    activations.cancel(made, world.remi, NOON)
    cancellations.cancel(world.client, world.remi, NOON)
    moved = [(row.kind, row.quantity) for row in StockMovement.select().order_by(StockMovement.id)]
    assert moved == [
        (MovementKind.ADJUSTMENT, 5),
        (MovementKind.ACTIVATION, -1),
        (MovementKind.ACTIVATION, -1),
        (MovementKind.CANCELLED_ACTIVATION, 1),
        (MovementKind.CANCELLED_CUSTOMER, 1),
    ]


def test_users_count_free_and_activated_licences(world):  # 001-20
    activated(world, 2)
    assert stock.users(world.alpha, world.completo) == 5 * 3
    assert stock.activated(world.alpha, world.completo) == 2
