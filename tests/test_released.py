"""Every database a released version has left behind comes up to date with all its rows (safety.md 23)."""

import gzip
import shutil
from pathlib import Path

from peewee import sqlite3

from lic import checks, database, search
from lic.models import EVERYBODY, TABLES, User, db, scope, tx
from lic.rules import journal
from lic.settings import read
from lic.web import clock
from tests.conftest import NOON, TODAY, a_browser
from tests.test_database import a_migration, shape

RELEASED = Path("tests/fixtures/released")


def upgraded(kept, folder, migrations=database.MIGRATIONS):
    """The settings of a portal over what a released version left, after its first start with this one."""
    data = folder / kept.name.partition(".db")[0] / "data"
    data.mkdir(parents=True)
    with gzip.open(kept) as packed, (data / "portal.db").open("wb") as file:
        shutil.copyfileobj(packed, file)
    settings = clock.settings = read({"LIC_DATA": str(data), "LIC_TODAY": TODAY.isoformat()})
    database.open_database(settings, migrations)
    return settings


def rows(path):
    """{table: how many rows} of a file as it is."""
    connection = sqlite3.connect(path)
    named = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE '%VIRTUAL%'"
    )
    tables = [name for (name,) in connection.execute(named)]
    found = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    connection.close()
    return {name: count for name, count in found.items() if name in {model._meta.table_name for model in TABLES}}


def todays(folder):
    """What a version that searched by less would leave behind, with something in every corner a test's cast fills."""
    with tx():
        db.execute_sql("UPDATE contract_keys SET reference = 'another'")
    database.checkpoint()
    kept = folder / "today.db.gz"
    kept.write_bytes(gzip.compress(Path(db.database).read_bytes()))
    return kept


def test_every_released_database_comes_up_to_date_with_all_its_rows(app, world, tmp_path):
    migrations = shutil.copytree(database.MIGRATIONS, tmp_path / "migrations")
    journal.record("contract.changed", world.contract, world.diane, NOON)
    a_migration(migrations, 900, "db.execute_sql('CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT')")
    released = [(kept, database.MIGRATIONS) for kept in sorted(RELEASED.glob("*.db.gz"))]
    for kept, following in [(todays(tmp_path), migrations), *released]:
        before = tmp_path / "before.db"
        before.write_bytes(gzip.decompress(kept.read_bytes()))
        with scope(EVERYBODY):
            settings = upgraded(kept, tmp_path, following)
            app.config["SETTINGS"] = settings
            assert checks.problems(settings) == []
            after = rows(settings.database)
            assert all(after.get(table, 0) >= count for table, count in rows(before).items())
            assert everything_is_there(following is not migrations)
            assert all(is_up_to_date(one) for one in search.indexes)
            person = User.select().where(User.active == True).order_by(User.id).first()  # noqa: E712
            assert a_browser(app, person).get("/contracts").status_code == 200


def is_up_to_date(index):
    """Every row of the list is searched and sorted by what its record says today."""
    execute = db.connection().execute
    kept = execute(f"SELECT {index._columns} FROM {index.table} ORDER BY id").fetchall()
    return kept == sorted(index.keyed(row) for row in execute(index._source).fetchall())


def everything_is_there(to_the_letter):
    """The tables are those the models say."""
    found, path = shape(db.connection()), db.database
    database.connect(":memory:")
    db.create_tables(TABLES)
    for statement in search.ddl():
        db.execute_sql(statement)
    wanted = shape(db.connection())
    database.connect(path)
    return found == wanted if to_the_letter else found.items() >= wanted.items()


def test_a_released_migration_still_makes_what_it_made(app, tmp_path):
    """Changed afterwards, it would make other tables for newcomers than stand in the databases there are."""
    for kept in sorted(RELEASED.glob("*.db.gz")):
        file = tmp_path / kept.stem
        file.write_bytes(gzip.decompress(kept.read_bytes()))
        released = sqlite3.connect(file)
        applied = [name for (name,) in released.execute(f"SELECT name FROM {database.HISTORY} ORDER BY name")]
        migrations = tmp_path / f"{kept.stem}-migrations"
        migrations.mkdir()
        for name in applied:
            shutil.copy(database.MIGRATIONS / f"{name}.py", migrations)
        settings = read({"LIC_DATA": str(tmp_path / f"{kept.stem}-anew"), "LIC_TODAY": TODAY.isoformat()})
        assert database.open_database(settings, migrations) == applied
        assert shape(db.connection()) == shape(released)
        released.close()
