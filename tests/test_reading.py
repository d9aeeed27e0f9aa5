"""Queries are written and rows made records in our own quicker way: it gives what the library gives."""

from datetime import date, datetime

import pytest
from peewee import JOIN, SQL, Case, ModelSelect, fn
from playhouse.test_utils import count_queries

from lic.models import (
    EVERYBODY,
    Charge,
    Contract,
    Event,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    OrganisationKind,
    PriceList,
    Product,
    Subscription,
    User,
    UserType,
    scope,
    together,
)
from lic.schema.people import Customer, Seller
from lic.schema.writing import Unusual
from tests.reading import beside_the_library, known

DAY, AT = date(2026, 11, 22), datetime(2026, 11, 22, 9, 30)


def usual(world):
    """Queries of every shape that ours writes."""
    yield Product.select()
    yield Product.select().where(Product.reference == "GES-COMPLETO")
    yield Product.select().where(Product.requires == world.completo)
    yield Product.select().where(Product.requires == world.completo.id, Product.active)
    yield Product.select().where(Product.requires.is_null(), ~Product.active)
    yield Product.select().where(~(Product.active == True) | (Product.months > 3))  # noqa: E712
    yield Product.select().where(Product.id << [])
    yield Product.select().where(Product.id.not_in([]))
    yield Product.select().where(Product.id << (1, 2, 3), Product.reference.in_({"GES-SPED"}))
    yield Product.select().where(Product.reference.contains("GES_")).order_by(Product.reference.desc())
    yield Product.select().where(Product.id.between(1, 3)).order_by(fn.LOWER(Product.reference), Product.id)
    yield Product.select(Product.reference, Product.title).order_by(Product.reference.collate("NOCASE")).tuples()
    yield Product.select(fn.COUNT(Product.id), fn.MAX(Product.reference)).tuples()
    yield Product.select(Product.kind, fn.COUNT(Product.id).alias("many")).group_by(Product.kind)
    yield Product.select(Product.kind).group_by(Product.kind).having(fn.COUNT(Product.id) > 1).tuples()
    yield Product.select(Product.id, Product.reference.alias("called"))
    yield Product.select(Product.kind).distinct().tuples()
    yield Product.select(Case(None, [(Product.active, "on"), (Product.months > 3, "long")], "off").alias("so")).tuples()
    yield Product.select(Case(Product.kind, [("licence", 1)])).where(Case(None, [(Product.active, 1)], 0) == 1).tuples()
    yield OrderLine.select().where(OrderLine.subscription == world.completo)
    yield Product.select().limit(2).offset(1)
    yield Product.select().offset(1)
    yield User.select().where(User.organisation << Organisation.select().where(Organisation.direct))
    yield User.select().where(User.type == UserType.BASIC, fn.LOWER(User.email) == "lea@example.com")
    yield User.select().where(fn.EXISTS(Organisation.select().where(Organisation.id == User.organisation)))
    yield User.select(User, Organisation).join(Organisation)
    yield User.select(User, Organisation, PriceList).join(Organisation).join(PriceList, JOIN.LEFT_OUTER)
    yield User.select(User.identifier, Organisation.name).join(Organisation).where(Organisation.kind.in_(["reseller"]))
    yield User.select(User, SQL("1").alias("one")).join(Organisation).where(SQL("t1.id > ?", [2]))
    yield (
        Contract.select(Contract, Seller, Customer)
        .join(Seller, on=Contract.reseller == Seller.id, attr="reseller")
        .join_from(Contract, Customer, JOIN.LEFT_OUTER, on=Contract.customer == Customer.id, attr="customer")
        .order_by(Contract.number)
    )
    yield Order.select().where(Order.state == OrderState.COMPLETED, Order.decided_on >= DAY, Order.made_at < AT)
    yield OrderLine.select(OrderLine, Order).join(Order).where(Order.state << [OrderState.CART, "completed"])
    yield Event.select().where(Event.at == AT).order_by(Event.id.desc())
    yield Charge.select(Charge.subscription, fn.MAX(Charge.to_on).python_value(Charge.to_on.python_value)).tuples()
    yield Organisation.select().where((Organisation.kind == OrganisationKind.RESELLER) & (Organisation.id + 1 > 2))
    yield Subscription.select(fn.SUM(Subscription.number)).where(Subscription.ends_on == None).tuples()  # noqa: E711


def unusual():
    """Left to the library."""
    older = Product.select().where(Product.active).alias("older")
    yield Product.select().order_by(Product.id.asc(nulls="LAST"))
    yield Product.select().join(older, on=older.c.id == Product.id)
    yield Product.select(Product.id, fn.ROW_NUMBER().over(order_by=[Product.id])).tuples()
    yield Product.select().where(Product.id == Product.select(fn.MAX(Product.id)).alias("last"))


def test_what_is_read_is_what_the_library_would_read(app, world):
    with scope(EVERYBODY):
        for query in usual(world):
            assert beside_the_library(query), query.sql()


def test_what_is_unusual_is_left_to_it(app, world):
    with scope(EVERYBODY):
        for query in unusual():
            assert not beside_the_library(query), query.sql()


def test_the_same_columns_of_other_tables_are_not_taken_for_these(app, world):
    with scope(EVERYBODY):
        for alias in (Seller, Customer, Seller):
            query = Contract.select(Contract.id, alias.name)
            query = query.join(alias, on=Contract.reseller == alias.id, attr="reseller")
            assert beside_the_library(query)
        named = [
            User.select(User.id, Organisation.name).join(Organisation, attr=attr) for attr in ("organisation", "of")
        ]
        assert all([beside_the_library(query) for query in named])
        assert [hasattr(query[0], "of") for query in named] == [False, True]


def test_what_is_read_together_is_what_each_would_read(app, world):
    def queries():
        yield User.select(User, Organisation).join(Organisation).order_by(fn.LOWER(User.email).desc(), User.id)
        yield User.select(User.type, fn.COUNT(User.id)).group_by(User.type).tuples()
        yield Organisation.select().where(Organisation.id << [])
        yield Product.select().where(Product.active, Product.reference.contains("GES")).order_by(Product.reference)
        yield Organisation.select().where(Organisation.price_list << PriceList.select())
        yield Organisation.select(Organisation.name).order_by(Organisation.kind, Organisation.name.desc()).tuples()

    with scope(EVERYBODY), count_queries() as asked:
        found = together(*queries())
    assert asked.count == 1
    with scope(EVERYBODY):
        for rows, query in zip(found, queries(), strict=True):
            assert [known(row) for row in rows] == [known(row) for row in query], query.sql()
    with scope(world.alpha.scope):
        mine, everybody = together(Contract.select(), User.select())
        assert {one.reseller_id for one in mine} == {world.alpha.id}
        assert world.anne not in everybody


@pytest.mark.parametrize(
    "changed", [lambda q: q.limit(1), lambda q: q.distinct(), lambda q: q.order_by(Product.id + 1)]
)
def test_what_would_be_read_otherwise_together_is_refused(app, changed):
    with pytest.raises(Unusual):
        together(Product.select(), changed(Product.select()))


def test_a_count_is_the_librarys(app, world):
    some = User.select().where(User.type == UserType.ADMINISTRATOR).order_by(User.id)
    with scope(EVERYBODY):
        joined = User.select(User, Organisation).join(Organisation).where(Organisation.direct)
        kinds = User.select(User.organisation).group_by(User.organisation).having(fn.COUNT(User.id) > 1)
        for query in (some, joined, kinds, some.limit(3), some.offset(2), User.select(User.type).distinct()):
            assert query.count() == ModelSelect.count(query) == len(list(query)) > 0
        assert some.limit(2).count(clear_limit=True) == some.count()


def test_a_record_read_knows_of_no_change(app, world):
    with scope(EVERYBODY):
        assert not User.select(User, Organisation).join(Organisation).get().is_dirty()


def test_who_is_not_there_is_told_as_before(app, world):
    with scope(EVERYBODY), pytest.raises(Product.DoesNotExist):
        Product.get(Product.reference == "NOBODY")
