"""The database file: private, STRICT, the same however it was made, upgraded after a backup."""

import shutil
import stat

import pytest
from peewee import sqlite3

from lic import backups, database, search
from lic.models import EVERYBODY, TABLES, HalfSignIn, LinkKind, MailedLink, Organisation, Setting, SignIn, db, scope, tx
from lic.rules import links
from lic.settings import read
from lic.web import clock
from tests.conftest import NOON


@pytest.fixture
def folder(tmp_path):
    """Settings of a folder that is not there yet; the connection is closed afterwards."""
    settings = clock.settings = read({"LIC_DATA": str(tmp_path / "data")})
    with scope(EVERYBODY):
        yield settings
    db.close()


def shape(connection):
    """{name: statement} of everything in a file but the list of migrations."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: sql for name, sql in rows if database.HISTORY not in name}


def a_migration(folder, number, body):
    (folder / f"{number:04}_later.py").write_text(f"def up(migrator, db):\n    {body}\n")


@pytest.fixture
def migrations(tmp_path):
    """A copy of the migrations, for a test to add some."""
    copied = shutil.copytree(database.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    return copied


# --- its tables --------------------------------------------------------------------------------


def test_a_migrated_file_is_what_the_models_say(blank):
    """Whoever changes a table or the search index writes a migration."""
    migrated = shape(sqlite3.connect(blank))
    kept = db.database
    database.connect(":memory:")
    try:
        db.create_tables(TABLES)
        for statement in search.ddl():
            db.execute_sql(statement)
        assert migrated == shape(db.connection())
    finally:
        db.close()
        db.init(kept)


def test_every_table_is_strict(blank):
    tables = sqlite3.connect(blank).execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        " AND name NOT LIKE 'sqlite%'"
    )
    assert [name for (name,) in tables] == [database.HISTORY]


def test_the_database_is_durable_and_checks_itself(folder):
    database.open_database(folder)
    told = {name: db.pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")}
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}  # 2 is FULL
    assert sqlite3.sqlite_version_info >= database.LEAST_SQLITE


# --- its folder --------------------------------------------------------------------------------


def test_the_folder_is_for_this_user_only(folder):  # safety.md 53
    database.open_database(folder)
    database.secret_key(folder)
    backups.back_up(folder)
    for path in (folder.data, *folder.data.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_folder_others_can_read_is_closed_to_them(folder, caplog):
    folder.data.mkdir(mode=0o755)
    folder.data.chmod(0o755)
    (folder.data / "secret_key").write_text("known to many")
    (folder.data / "secret_key").chmod(0o644)
    database.open_database(folder)
    assert stat.S_IMODE(folder.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.data / "secret_key").stat().st_mode) == 0o600
    assert "could be read by others" in caplog.text


def test_a_file_in_the_way_is_told_in_one_line(folder):
    folder.data.write_text("not a folder")
    with pytest.raises(database.CannotStart, match="LIC_DATA"):
        database.open_database(folder)


def test_something_else_in_the_place_of_the_database_is_told_in_one_line(folder):
    folder.data.mkdir()
    folder.database.write_text("a letter to my aunt" * 100)
    with pytest.raises(database.CannotStart, match="not a database"):
        database.open_database(folder)


def test_one_server_at_a_time(folder):  # safety.md 25
    told = pytest.raises(database.InUse, match=r"in use by process \d+")
    with database.only_one(folder.data), told, database.only_one(folder.data):
        pass
    with database.only_one(folder.data):
        pass


# --- upgrades ----------------------------------------------------------------------------------


def test_a_new_portal_is_made_without_a_backup(folder):
    assert database.open_database(folder)[0] == "0001_initial"
    assert database.open_database(folder) == []
    assert not (folder.data / "backups").exists()


def test_an_upgrade_is_preceded_by_a_backup(folder, migrations):
    database.open_database(folder)
    Setting.create(name="before", value=1)
    a_migration(migrations, 900, "db.execute_sql('CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT')")
    assert database.open_database(folder, migrations) == ["0900_later"]
    (kept,) = (folder.data / "backups").iterdir()
    assert kept.name.startswith("before-0900_later")
    backups.verify(kept)
    names = {name for (name,) in sqlite3.connect(kept / "portal.db").execute("SELECT name FROM sqlite_master")}
    assert "setting" in names and "later" not in names


@pytest.mark.parametrize(
    "body",
    [
        "db.execute_sql('CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT'); raise RuntimeError('half-way')",
        "db.execute_sql('CREATE TABLE later (id INTEGER PRIMARY KEY)')",
        "db.execute_sql('DELETE FROM setting')",
    ],
    ids=["raises", "is not STRICT", "loses rows"],
)
def test_an_upgrade_that_goes_wrong_says_so_and_how_to_go_back(folder, migrations, body):  # safety.md 21, 22
    database.open_database(folder)
    Setting.create(name="before", value=1)
    a_migration(migrations, 900, body)
    with pytest.raises(database.CannotStart, match=r"0900_later.*restore .*before-0900_later"):
        database.open_database(folder, migrations)
    (kept,) = (folder.data / "backups").iterdir()
    with database.only_one(folder.data):
        backups.restore(folder, kept)
    database.open_database(folder)
    assert Setting.select().count() == 1
    assert "later" not in shape(db.connection())


def test_a_failing_upgrade_changes_nothing(folder, migrations):  # safety.md 21
    database.open_database(folder)
    before = shape(db.connection())
    a_migration(migrations, 900, "db.execute_sql('CREATE TABLE later (id INTEGER) STRICT'); raise RuntimeError('no')")
    with pytest.raises(database.CannotStart):
        database.open_database(folder, migrations)
    assert shape(db.connection()) == before


def test_a_newer_database_is_refused(folder, migrations):  # safety.md 24
    a_migration(migrations, 900, "pass")
    database.open_database(folder, migrations)
    with pytest.raises(database.CannotStart, match=r"newer version.*0900_later"):
        database.open_database(folder)


# --- backups -----------------------------------------------------------------------------------


@pytest.fixture
def kept(folder):
    """A backup of a portal with one organisation and one file."""
    database.open_database(folder)
    with tx():
        Organisation.create(kind="distributor", name="Before", country="FR")
    file = folder.data / "files" / "ab" / "abcdef"
    file.parent.mkdir()
    file.write_bytes(b"what it was")
    return backups.back_up(folder)


def test_a_restored_backup_is_what_it_was(folder, kept):  # safety.md 16
    with tx():
        Organisation.create(kind="reseller", name="After", country="FR")
    (folder.data / "files" / "ab" / "abcdef").write_bytes(b"what it became")
    with database.only_one(folder.data):
        aside = backups.restore(folder, kept)
    database.open_database(folder)
    assert [o.name for o in Organisation.select()] == ["Before"]
    assert (folder.data / "files" / "ab" / "abcdef").read_bytes() == b"what it was"
    assert (aside / "files" / "ab" / "abcdef").read_bytes() == b"what it became"
    backups.verify(kept)


def test_a_restored_backup_lets_nobody_back_in(app, world, visit):  # safety.md 19
    """A session ended, or a link used, after the backup would come back to life."""
    visit(world.diane)
    links.make(LinkKind.RESET, user=world.diane, at=NOON)
    with tx():
        HalfSignIn.create(user=world.diane.id, sha256="x", made_at=NOON.utc, long=False)
    made = backups.back_up(app.config["SETTINGS"])
    backups.restore(app.config["SETTINGS"], made)
    database.open_database(app.config["SETTINGS"])
    assert not any(table.select().exists() for table in (SignIn, HalfSignIn, MailedLink))


@pytest.mark.parametrize("name", ["portal.db", "files/ab/abcdef"])
def test_one_bit_that_turned_is_noticed(folder, kept, name):  # safety.md 17
    damaged = bytearray((kept / name).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (kept / name).write_bytes(damaged)
    before = folder.database.read_bytes()
    with pytest.raises(backups.CannotStart, match=f"{name} is damaged"):
        backups.restore(folder, kept)
    assert folder.database.read_bytes() == before


@pytest.mark.parametrize("change", ["missing", "besides", "no manifest", "no folder"])
def test_what_is_no_whole_backup_is_refused(folder, kept, change):
    if change == "missing":
        (kept / "files/ab/abcdef").unlink()
    elif change == "besides":
        (kept / "files/ab/another").touch()
    elif change == "no manifest":
        (kept / "manifest.json").unlink()
    else:
        shutil.rmtree(kept)
    with pytest.raises(backups.CannotStart, match="missing|not in the manifest|is not a backup"):
        backups.restore(folder, kept)


def test_a_backup_overwrites_nothing(folder, kept):
    with pytest.raises(backups.CannotStart, match="exists already"):
        backups.back_up(folder, kept)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(folder, kept, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(backups.CannotStart, match="no backup was made"):
        backups.back_up(folder, tmp_path / "file" / "backup")
    assert not list(tmp_path.rglob("*.part"))


def test_a_restore_that_was_cut_short_is_not_taken_for_an_empty_portal(folder, kept, monkeypatch):
    def power_cut(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(backups, "_sync", power_cut)
    with pytest.raises(KeyboardInterrupt):
        backups.restore(folder, kept)
    with pytest.raises(database.CannotStart, match="interrupted"):
        database.open_database(folder)
    monkeypatch.undo()
    backups.restore(folder, kept)
    database.open_database(folder)
    assert [o.name for o in Organisation.select()] == ["Before"]
