"""What a query of ours reads, beside what the library itself would write and read."""

from contextlib import contextmanager
from unittest.mock import patch

from peewee import ModelSelect

from lic.models import db
from lic.schema.reading import Records, Selected


def beside_the_library(query):
    """Whether ours is used; where it is, that text, values and records are the library's, to the letter."""
    query, theirs = query.clone(), query.clone()
    expected = ModelSelect.__sql__(theirs, db.get_sql_context()).query()
    written = db.get_sql_context().sql(query).query()
    assert written == expected, (written, expected)
    ours = list(query)
    library = list(ModelSelect._get_cursor_wrapper(theirs, db.execute_sql(*expected)))
    assert [known(row) for row in ours] == [known(row) for row in library], expected
    return isinstance(query._cursor_wrapper, Records)


def known(row):
    """All that is known of a row, with the types of its values, as far as records lead."""
    if not hasattr(row, "__rel__"):
        return type(row), [(type(value), value) for value in row] if isinstance(row, tuple) else row
    data = {name: (type(value), value) for name, value in row.__data__.items()}
    others = {name: known(value) for name, value in row.__dict__.items() if name not in ("__rel__", "__data__")}
    return type(row), data, others, {name: known(other) for name, other in row.__rel__.items()}


@contextmanager
def all_beside_the_library():
    """Within it every query is looked at like that, before it is put."""
    plain = Selected._execute

    def both(query, database):
        if query._cursor_wrapper is None:
            with patch.object(Selected, "_execute", plain):
                beside_the_library(query)
        return plain(query, database)

    with patch.object(Selected, "_execute", both):
        yield
