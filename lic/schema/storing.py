"""The text of a query that puts a row into a table or changes rows, as the library would write it, but quicker.

What the library finds out about the columns of a row is found out once; whatever is unusual is left to it.
tests/test_storing.py compares the two.
"""

from functools import cache

from peewee import Field, Model, ModelInsert, ModelUpdate, Node


class Updated(ModelUpdate):
    """UPDATE with values for its columns; its condition is written by the library."""

    def __sql__(self, ctx):
        unusual = self._from or self._cte_list or self._returning or self._order_by or self._limit is not None
        if unusual or not _is_plain(self._update):
            return super().__sql__(ctx)
        text, fields = _setting(self.model, tuple([field.name for field in self._update]))
        self._set_table_alias(ctx)
        with ctx.scope_values(subquery=True):
            ctx.literal(text)
            ctx._values += [field.db_value(self._update[field]) for field in fields]
            if self._where is not None:
                with ctx.scope_normal():
                    ctx.literal(" WHERE ").sql(self._where)
        return ctx


class Inserted(ModelInsert):
    """INSERT of one row; what surrounds its columns and values is written by the library."""

    def _simple_insert(self, ctx):
        row, defaults = self._insert, self.get_default_data()
        if not row or not _is_plain(row):
            return super()._simple_insert(ctx)
        missing = [field for field in defaults if field not in row]
        text, fields = _columns(self.model, tuple([field.name for field in (*row, *missing)]))
        row = row | {field: value() if callable(value := defaults[field]) else value for field in missing}
        ctx.literal(text)
        ctx._values += [field.db_value(row[field]) for field in fields]
        return ctx


def _is_plain(row):
    """Whether each column is a field's and each value one, or a record for a reference."""
    return all(
        isinstance(field, Field) and (not isinstance(value, Node) or isinstance(value, Model))
        for field, value in row.items()
    )


@cache
def _setting(model, names):
    fields = _in_order(model, names)
    columns = ", ".join([f'"{field.column_name}" = ?' for field in fields])
    return f'UPDATE "{model._meta.table_name}" SET {columns}', fields  # noqa: S608 (names of our own)


@cache
def _columns(model, names):
    fields = _in_order(model, names)
    columns, marks = ", ".join([f'"{field.column_name}"' for field in fields]), ", ".join("?" * len(fields))
    return f"({columns}) VALUES ({marks})", fields


def _in_order(model, names):
    return [field for field in model._meta.sorted_fields if field.name in names]
