"""The scope: nothing of an organisation is reached outside it, and inside it only what is its own."""

from datetime import date

import pytest

from lic.models import NOBODY, TABLES, Contract, Organisation, OutOfScope, Owned, Scope, Scoped, User, scope


@pytest.mark.parametrize("model", [m for m in TABLES if issubclass(m, Scoped)], ids=lambda m: m.__name__)
@pytest.mark.parametrize("ask", ["select", "update", "delete"])
def test_every_scoped_table_raises_outside_a_scope(app, model, ask):
    with scope(NOBODY), pytest.raises(OutOfScope):
        getattr(model, ask)(**({"id": 1} if ask == "update" else {}))


@pytest.mark.parametrize(
    "ask",
    [
        lambda w: Contract.get_by_id(w.contract.id),
        lambda w: Contract.get_or_none(Contract.number == 29962),
        lambda w: Contract.select().count(),
        lambda w: Contract.select().exists(),
        lambda w: Contract.update(serial="x").execute(),
        lambda w: Contract.create(
            reseller=w.alpha, number=1, product_reference="x", serial="x", starts_on=date.min, ends_on=date.max
        ),
        lambda w: w.contract.again(),
        lambda w: Organisation.get_by_id(w.client.id),
        lambda w: User.get_by_id(w.remi.id),
    ],
)
def test_nothing_is_reached_without_its_scope(world, ask):
    with scope(NOBODY), pytest.raises(OutOfScope):
        ask(world)


def test_a_reseller_sees_itself_its_customers_and_the_house(world):
    with scope(world.alpha.scope):
        assert {o.name for o in Organisation.select()} == {"Distributeur", "Alpha", "Client Test"}
        assert {c.number for c in Contract.select()} == {29962, 24086}
        assert "anne" not in {u.identifier for u in User.select()}


def test_a_customer_sees_itself_and_who_serves_it(world):
    with scope(world.client.scope):
        assert {o.name for o in Organisation.select()} == {"Distributeur", "Alpha", "Client Test"}
        assert {c.number for c in Contract.select()} == {29962}


def test_a_direct_customer_sees_only_itself_among_customers(world):
    with scope(world.atelier.scope):
        assert {o.name for o in Organisation.select()} == {"Distributeur", "Atelier Direct"}
        assert not list(Contract.select())


def test_a_write_reaches_its_own_rows_only(world):
    with scope(world.alpha.scope):
        assert Contract.update(serial="mine").execute() == 2
        with pytest.raises(OutOfScope):
            world.betas.save()
        with pytest.raises(OutOfScope):
            Contract.create(
                reseller=world.beta, number=7, product_reference="x", serial="x", starts_on=date.min, ends_on=date.max
            )
    assert world.betas.again().serial == "BETA1"


def test_a_customer_cannot_write_its_resellers_rows(world):
    with scope(world.client.scope), pytest.raises(OutOfScope):
        world.nobodys.save()


def test_every_table_that_belongs_to_somebody_is_owned():
    """A table with a reseller column that is not Owned would be read unscoped."""
    for model in TABLES:
        if "reseller" in model._meta.fields and model is not Organisation:
            assert issubclass(model, Owned), model.__name__


def test_the_scope_of_each_kind_of_organisation(world):
    assert world.house.scope == Scope(everything=True)
    assert world.alpha.scope == Scope(reseller=world.alpha.id)
    assert world.client.scope == Scope(reseller=world.alpha.id, customer=world.client.id)
