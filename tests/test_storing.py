"""Rows are put and changed in our own quicker way: it asks of the database what the library would."""

import pytest
from peewee import IntegrityError, ModelInsert, ModelUpdate

from lic.models import (
    EVERYBODY,
    TABLES,
    Contract,
    Notification,
    Order,
    OrderState,
    Organisation,
    Product,
    User,
    UserType,
    scope,
    tx,
)


def the_library(query):
    """The same query, written by the library alone."""
    plain = query.clone()
    plain.__class__ = ModelInsert if isinstance(query, ModelInsert) else ModelUpdate
    return plain.sql()


def usual(world):
    """Queries of every shape that ours writes."""
    yield Product.insert(reference="R-1", title={"fr": "Étoile"}, kind="licence")
    yield User.insert({User.identifier: "ada", User.type: UserType.BASIC, User.organisation: world.alpha})
    yield Notification.insert(user=1, event=2).on_conflict_ignore()
    yield User.update(type=UserType.ADMINISTRATOR, organisation=world.client).where(User.id == 3)
    yield User.update({User.last_name: "d'Ys", "phone": ""}).where(User.organisation == world.alpha)
    yield Product.update(active=False, requires=None)
    yield Order.update(state=OrderState.SUBMITTED).where(Order.state == OrderState.CART, Order.buyer << [1, 2])
    yield Organisation.update(name="").where(Organisation.id << User.select(User.organisation))


def unusual():
    """Others, which are left to it."""
    yield Product.update(months=Product.months + 1).where(Product.id == 1)
    yield Product.update(active=False).where(Product.id == 1).returning(Product.reference)
    yield Product.insert_many([{"reference": "R-1", "title": {}}, {"reference": "R-2", "title": {}}])


def test_it_asks_what_the_library_would(world):
    with scope(EVERYBODY):
        for query in (*usual(world), *unusual()):
            assert query.sql() == the_library(query)


def test_so_it_does_for_every_row_of_the_cast(world):
    with scope(EVERYBODY):
        records = [record for model in TABLES for record in model.select()]
        assert len({type(record) for record in records}) > 10
        for record in records:
            values, key = dict(record.__data__), record._pk_expr()
            for query in (type(record).insert(**values), type(record).update(**values).where(key)):
                assert query.sql() == the_library(query)


def test_a_change_stays_within_the_scope(world):
    with scope(world.beta.scope), tx():
        assert Contract.update(serial="TAKEN").where(Contract.id == world.contract.id).execute() == 0
    with scope(world.alpha.scope), tx():
        assert Contract.update(serial="MINE").where(Contract.id == world.contract.id).execute() == 1
    with scope(EVERYBODY):
        assert world.contract.again().serial == "MINE"


def test_what_is_left_out_is_as_the_table_says_it_should_be(world):
    given = {"first_name": "A", "last_name": "B", "email": "a@example.com", "type": UserType.BASIC}
    with scope(EVERYBODY):
        with tx():
            user = User.create(organisation=world.alpha, identifier="ada", **given)
        assert user.again().active is True and user.again().identifier == "ada"
        with pytest.raises(IntegrityError), tx():
            User.create(organisation=10**9, identifier="bea", **given)
