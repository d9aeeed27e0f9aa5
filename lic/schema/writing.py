"""The text of a query that reads, as the library would write it, in a tenth of its time.

The library writes for every database and any shape of query: a third of a page's time went there. A shape that is not
among these is left to it; tests/test_reading.py compares the two.
"""

from functools import cache

import peewee
from peewee import Expression, Field, ForeignKeyField, Join, Model, ModelAlias, ModelBase, ModelSelect

OPERATIONS = peewee.SqliteDatabase.operations
_lists, MOST = {}, 300  # {which columns: their text and the tables they are of}


class Unusual(Exception):
    """Of a shape that only the library writes."""


class Text:
    """A query's text and values, piece by piece. `of` is the field that says how the values beside it are stored."""

    def __init__(self, query):
        self.pieces, self.values, self.names = [], [], {}
        self.others = []  # what is selected besides fields
        self.select(query)

    def name(self, source):
        """What a table is called here: t1, t2, … as they are met."""
        if source not in self.names:
            self.names[source] = f"t{len(self.names) + 1}"
        return self.names[source]

    def select(self, query, below=False):
        if query._cte_list or query._windows or query._for_update or query._lateral or query._distinct or query._alias:
            raise Unusual
        self.pieces.append("SELECT DISTINCT " if query._simple_distinct or query._distinct is not None else "SELECT ")
        if query._is_default:
            self.pieces.append(_columns(query.model, self.name(query.model), below))
        elif below:
            self.list(query._returning, None, self.shown)
        else:
            self.columns(query._returning)
        if not below:
            self.selected = "".join(self.pieces)
        self.pieces.append(" FROM ")
        (source,) = query._from_list
        self.source(source)
        if query._where is not None:
            self.pieces.append(" WHERE ")
            self.add(query._where)
        if query._group_by:
            self.pieces.append(" GROUP BY ")
            self.list(query._group_by)
        if query._having is not None:
            self.pieces.append(" HAVING ")
            self.add(query._having)
        if query._order_by:
            self.pieces.append(" ORDER BY ")
            self.list(query._order_by)
        if query._limit is not None or query._offset is not None:
            self.pieces.append(" LIMIT ")
            self.add(-1 if query._limit is None else query._limit)
        if query._offset is not None:
            self.pieces.append(" OFFSET ")
            self.add(query._offset)

    def columns(self, nodes):
        """The columns of a result, most of what is written; where they are all fields, they are written once."""
        key = tuple(map(id, nodes))
        known = _lists.get(key)
        if known is None:
            before = len(self.pieces)
            self.list(nodes, None, self.shown)
            if all([isinstance(node, Field) for node in nodes]):
                if len(_lists) > MOST:
                    _lists.clear()
                _lists[key] = "".join(self.pieces[before:]), self.names.copy(), list(nodes)  # at their places for good
        else:
            text, names, _ = known
            self.pieces.append(text)
            self.names |= names

    def order(self, query):
        """A row's place in the order of the query, as a column of its own before the others."""
        if query._limit is not None or query._offset is not None or query._distinct is not None:
            raise Unusual
        if not query._order_by:
            return "0"
        whole, self.pieces, known = self.pieces, [], len(self.values)
        self.list(query._order_by)
        order, self.pieces = "".join(self.pieces), whole
        if len(self.values) > known:
            raise Unusual
        return f"row_number() OVER (ORDER BY {order})"

    def source(self, node):
        """A table, or one joined to others."""
        if isinstance(node, Join):
            self.source(node.lhs)
            self.pieces.append(f" {node.join_type} ")
            self.source(node.rhs)
            if node._on is not None:
                self.pieces.append(" ON ")
                self.add(node._on)
            return
        model = node.model if isinstance(node, ModelAlias) and not node.alias else node
        if not isinstance(model, ModelBase):
            raise Unusual
        self.pieces.append(f'"{model._meta.table_name}" AS "{self.name(node)}"')

    def add(self, node, of=None):
        kind = type(node)
        if kind not in WRITERS:
            WRITERS[kind] = _writer(kind)
        WRITERS[kind](self, node, of)

    def list(self, nodes, of=None, add=None, between=", "):
        add = add or self.add
        for place, node in enumerate(nodes):
            if place:
                self.pieces.append(between)
            add(node, of)

    def shown(self, node, of):
        """A column of the result, with the name it is given."""
        if not isinstance(node, Field):
            self.others.append(node)
        if type(node) is peewee.Alias:
            self.add(node.node)
            self.pieces.append(" AS ")
        self.add(node)

    def field(self, node, of):
        self.pieces.append(f'"{self.name(node.model)}"."{node.column_name}"')

    def expression(self, node, of):
        left, op, right = node.lhs, node.op, node.rhs
        if isinstance(left, peewee.WrappedNode) and not isinstance(left, peewee.Negated):
            raise Unusual
        of = left if isinstance(left, Field) and left._coerce else None
        self.pieces.append("" if node.flat else "(")
        if op in ("IN", "NOT IN") and isinstance(right, peewee.multi_types) and not right:
            self.pieces.append("0 = 1" if op == "IN" else "1 = 1")
        else:
            self.add(left, of)
            self.pieces.append(f" {OPERATIONS.get(op, op)} ")
            if right is None and op in ("IS", "IS NOT"):
                self.pieces.append("NULL")
            elif isinstance(right, ModelSelect):
                self.below(right)
            else:
                self.add(right, of)
        self.pieces.append("" if node.flat else ")")

    def below(self, query):
        self.pieces.append("(")
        self.select(query, below=True)
        self.pieces.append(")")

    def function(self, node, of):
        if node._filter is not None or node._order_by:
            raise Unusual
        self.pieces.append(node.name)
        given = [one if isinstance(one, peewee.Node) else peewee.Value(one, False) for one in node.arguments]
        if len(given) == 1 and isinstance(given[0], ModelSelect) and node.name.lower() in node.subquery_functions:
            self.below(given[0])
        else:
            self.within(given, of)

    def within(self, nodes, of, between=", "):
        """Between brackets, of which one alone brings its own."""
        alone = len(nodes) == 1 and isinstance(nodes[0], Expression) and not nodes[0].flat
        self.pieces.append("" if alone else "(")
        self.list(nodes, of, between=between)
        self.pieces.append("" if alone else ")")

    def nodes(self, node, of):
        if node.parens:
            self.within(node.nodes, of, node.glue)
        else:
            self.list(node.nodes, of, between=node.glue)

    def case(self, node, of):
        self.pieces.append("CASE")
        if node.predicate is not None:
            self.pieces.append(" ")
            self.add(node.predicate, of)
        for condition, value in node.expression_tuples:
            self.pieces.append(" WHEN ")
            self.add(condition, of)
            self.pieces.append(" THEN ")
            self.add(value, of)
        if node.default is not None:
            self.pieces.append(" ELSE ")
            self.add(node.default, of)
        self.pieces.append(" END")

    def negated(self, node, of):
        self.pieces.append("NOT ")
        self.add(node.node, of)

    def ordering(self, node, of):
        if node.nulls:
            raise Unusual
        self.add(node.node, of)
        self.pieces.append(f" COLLATE {node.collation} {node.direction}" if node.collation else f" {node.direction}")

    def called(self, node, of):
        self.pieces.append(f'"{node._alias}"')

    def literal(self, node, of):
        self.pieces.append(node.sql)
        self.values += node.params or ()

    def value(self, node, of):
        convert = of.db_value if node.converter is None and of is not None else node.converter
        if node.multi:
            self.within(node.values, of)
        else:
            self.values.append(convert(node.value) if convert else node.value)
            self.pieces.append("?")

    def record(self, value, of):
        key = value._meta.primary_key
        if isinstance(of, ForeignKeyField):
            self.constant(value, of)
        else:
            self.constant(getattr(value, key.name), key)

    def several(self, values, of):
        self.within(list(values), of)

    def constant(self, value, of):
        self.values.append(value if of is None else of.db_value(value))
        self.pieces.append("?")

    def unusual(self, node, of):
        raise Unusual


WRITERS = {}  # the method for each kind of node, as kinds are met
KINDS = {  # the first that fits
    Field: Text.field,
    peewee.StringExpression: Text.unusual,
    Expression: Text.expression,
    peewee.Function: Text.function,
    peewee.Case: Text.case,
    peewee.NodeList: Text.nodes,
    peewee.Negated: Text.negated,
    peewee.Ordering: Text.ordering,
    peewee.Alias: Text.called,
    peewee.SQL: Text.literal,
    peewee.Value: Text.value,
    Model: Text.record,
    peewee.Node: Text.unusual,
    (ModelBase, range, peewee.types.GeneratorType): Text.unusual,
    peewee.multi_types: Text.several,
    object: Text.constant,
}


def _writer(kind):
    return next(writer for kinds, writer in KINDS.items() if issubclass(kind, kinds))


@cache
def _columns(model, name, below):
    """All of a table's; of a query within another, which row it is."""
    fields = [model._meta.primary_key] if below else model._meta.sorted_fields
    return ", ".join([f'"{name}"."{field.column_name}"' for field in fields])
