"""How a query that reads is put to the database, and how its rows become records: in a fifth of the library's time.

The text and the records are the library's own (tests/test_reading.py compares them), but what it finds out about the
columns of a query is found out once; whatever is unusual is left to it.
"""

from datetime import date, datetime
from functools import partial

import peewee
from peewee import ROW, FieldAlias, ForeignKeyField, ModelSelect
from playhouse.fields import EnumFieldMixin

from lic.schema.writing import Text, Unusual

_makers, MOST = {}, 2000  # of records, by what is selected and joined


class Selected(ModelSelect):
    """A query of ours."""

    _text = None  # as it was put to the database, where it is written here

    def __init__(self, model, fields, is_default=False):
        if is_default:  # nothing but fields: no need to look at each
            self.model = self._join_ctx = model
            self._joins, self._is_default = {}, True
            super(ModelSelect, self).__init__([model], fields)
        else:
            super().__init__(model, fields)

    def __sql__(self, ctx):
        self._text = None
        if ctx.stack or ctx._sql:  # within another of the library's
            return super().__sql__(ctx)
        try:
            self._text = Text(self)
        except Unusual:
            return super().__sql__(ctx)
        ctx._sql, ctx._values = self._text.pieces, self._text.values
        return ctx

    def count(self, database=None, clear_limit=False):
        """Where it is the same, without a query around this one."""
        if clear_limit or not (self._limit is None and self._offset is None and self._count_can_project_one()):
            return super().count(database, clear_limit)
        return self.order_by().select(peewee.fn.COUNT(peewee.SQL("1"))).scalar(database)

    def _get_cursor_wrapper(self, cursor):
        if self._text is None or self._row_type not in (None, ROW.MODEL, ROW.TUPLE):
            return super()._get_cursor_wrapper(cursor)
        return Records(cursor, self.maker(self._text, cursor))

    def maker(self, text, cursor):
        """row -> the record, or tuple, that it becomes."""
        names = text.names
        joins = [(names[a], names[b], *how) for a, joined in self._joins.items() for b, *how in joined]
        tables = [source.model if isinstance(source, peewee.ModelAlias) else source for source in names]
        told = [(one._coerce, one._converter, getattr(one.unwrap(), "_python_value", None)) for one in text.others]
        key = (self._row_type, text.selected, *tables, *joins, *told)
        if key not in _makers:
            if len(_makers) >= MOST:
                _makers.clear()
            _makers[key] = _maker(super()._get_cursor_wrapper(cursor))
        return _makers[key]


class Records(peewee.CursorWrapper):
    """All rows at once, as records: a cursor left open would keep the log of writes from being cleared."""

    def __init__(self, cursor, make):
        super().__init__(cursor)
        self.process_row, self.initialized = make, True

    def fill_cache(self, n=0):
        if not self.populated:
            self.row_cache += map(self.process_row, self.cursor.fetchall())
            self.count, self.populated = len(self.row_cache), True
            self.cursor.close()

    def __iter__(self):
        self.fill_cache()
        return iter(self.row_cache)


# --- several at once -------------------------------------------------------------------------------


class Together(peewee.Node):
    """Queries as one statement: each gives its columns, after its place among them and the row's place in it."""

    def __init__(self, queries):
        self.queries, self.texts = queries, [Text(query.order_by()) for query in queries]

    def __sql__(self, ctx):
        widest = max(len(query._returning) for query in self.queries)
        for place, (query, text) in enumerate(zip(self.queries, self.texts, strict=True)):
            first = f"SELECT {place}, {text.order(query)}, {text.selected.removeprefix('SELECT ')}"
            missing = ", NULL" * (widest - len(query._returning))
            rest = "".join(text.pieces).removeprefix(text.selected)
            ctx.literal(f"{' UNION ALL ' if place else ''}{first}{missing}{rest}")
            ctx._values += text.values
        return ctx.literal(" ORDER BY 1, 2")


def together(*queries):
    """The rows of each of these queries, read by one statement: what belongs to one thing, from several tables."""
    whole, found = Together(queries), [[] for _ in queries]
    cursor = queries[0]._database.execute(whole)
    makers = [query.maker(text, _Heads(query)) for query, text in zip(queries, whole.texts, strict=True)]
    ends = [2 + len(query._returning) for query in queries]
    for row in cursor.fetchall():
        place = row[0]
        found[place].append(makers[place](row[2 : ends[place]]))
    return found


class _Heads:
    """What a cursor on one query alone would say of its columns."""

    def __init__(self, query):
        self.query = query

    @property
    def description(self):
        return [(node.column_name if isinstance(node, peewee.Field) else "?",) for node in self.query._returning]


# --- what a row becomes ----------------------------------------------------------------------------


def _maker(library):
    """row -> what the library's own way with these columns would make of it."""
    library.initialize()
    told = [_conversion(field, given) for field, given in zip(library.fields, library.converters, strict=True)]
    convert = partial(_converted, [(place, one) for place, one in enumerate(told) if one])
    if isinstance(library, peewee.ModelTupleCursorWrapper):
        return lambda row: tuple(convert(row))
    if isinstance(library, peewee.ModelCursorWrapper):
        return partial(_joined, convert, *_graph(library))
    columns = list(zip(range(library.ncols), library.unique_columns, library.fields, strict=True))
    return partial(_record, convert, library.model, *_parted(columns))


def _conversion(field, given):
    """value -> as Python has it; None where it is so already: tables are STRICT. `given` is the library's."""
    field = field.field if isinstance(field, FieldAlias) else field
    kind = type(field.rel_field if isinstance(field, ForeignKeyField) else field)
    if given is None or kind in (peewee.AutoField, peewee.IntegerField, peewee.TextField):
        return None
    if kind is peewee.BooleanField:
        return {None: None, 0: False, 1: True}.__getitem__
    if issubclass(kind, EnumFieldMixin):
        return ({None: None} | {member.value: member for member in field.enum_class}).__getitem__
    if kind is peewee.DateField:
        return lambda text: text and date.fromisoformat(text)
    if kind is peewee.DateTimeField:
        return lambda text: text and datetime.fromisoformat(text)
    return given


def _converted(conversions, row):
    row = list(row)
    for place, convert in conversions:
        row[place] = convert(row[place])
    return row


def _parted(columns):
    """[(place, name)] of those that are stored in a record, and of those it is given besides."""
    stored = [(place, name) for place, name, field in columns if field is not None and field.name == name]
    return stored, [(place, name) for place, name, _ in columns if (place, name) not in stored]


def _record(convert, model, stored, besides, row):
    row = convert(row)
    return _made(model, stored, besides, row)


def _made(model, stored, besides, row):
    record = model.__new__(model)
    record.__data__, record.__rel__, record._dirty = {name: row[place] for place, name in stored}, {}, set()
    for place, name in besides:
        setattr(record, name, row[place])
    return record


def _graph(library):
    """(model, stored, besides) of each record in a row, the query's own first; and how they are tied."""
    keys = [key for key, _, _ in library._constructor_list]
    columns = {key: [] for key in keys}
    for place, key, name, _ in library._row_spec:
        columns[key if key in columns else keys[0]].append((place, name, library.fields[place]))
    parts = [(model, *_parted(columns[key])) for key, model, _ in library._constructor_list]
    ties = []
    for source, name, other, _, outer, is_key in library.src_to_dest:
        beyond = [keys.index(key) for key in library._dest_reachable.get(other, ()) if key in columns]
        ties.append((keys.index(source), name, keys.index(other), beyond, outer, is_key))
    return parts, ties


def _joined(convert, parts, ties, row):
    """The record of a row with those it is joined to."""
    row = convert(row)
    records = [_made(*part, row) for part in parts]
    found = [any([value is not None for value in record.__data__.values()]) for record in records]
    for source, name, other, beyond, outer, is_key in ties:
        joined = records[other]
        if not found[other]:
            if not any(found[place] for place in beyond):
                joined = None
            if outer and not found[source] or not outer and joined is None:
                continue
        if is_key and joined is None:
            records[source].__rel__[name] = None
        else:
            setattr(records[source], name, joined)
    for record in records:
        record._dirty.clear()
    return records[0]
