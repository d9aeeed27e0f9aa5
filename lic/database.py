"""The data folder and the database in it: private, one server at a time, migrated at start after a backup."""

import fcntl
import logging
import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import peewee
from playhouse.migrations import Runner

from lic import search
from lic.models import db, tx, watch

MIGRATIONS = Path(__file__).parent / "migrations"
LEAST_SQLITE = (3, 51, 3)  # up to 3.51.2 a rare race while the WAL is reset can lose a commit
HISTORY = "schema_migration"
log = logging.getLogger("portal")


class CannotStart(Exception):
    """What keeps the portal from working on this folder, in one line."""


class InUse(CannotStart):
    """A server, or a restore, works on this folder."""


def open_database(settings, migrations=MIGRATIONS):
    """Make the folder if need be, connect and bring the tables up to date; returns the applied migrations."""
    os.umask(0o077)
    prepare_folder(settings.data)
    refuse_half_restored(settings.data)
    connect(settings.database)
    warn_of_old_sqlite()
    applied = migrate(settings, migrations)
    index(settings.timezone)
    return applied


def connect(path):
    if not db.is_closed():
        db.close()
    watch.stop()
    db.init(str(path))
    try:
        db.connect()
    except peewee.OperationalError as error:
        raise CannotStart(f"{path}: {error}. Is its folder there, ours and writable?") from None
    except peewee.DatabaseError as error:
        raise CannotStart(f"{path}: {error}") from None


def warn_of_old_sqlite():
    version = peewee.sqlite3.sqlite_version_info
    if version < LEAST_SQLITE:
        log.warning("SQLite %s can lose a commit in rare cases; install pysqlite3", ".".join(map(str, version)))


# --- the folder --------------------------------------------------------------------------------


def prepare_folder(folder):
    """Make the data folder, for this user's eyes only (safety.md 53); one that others can read is closed to them."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "files").mkdir(exist_ok=True, mode=0o700)
        for path in (folder, *folder.iterdir()):
            _close_to_others(path)
    except OSError as error:
        raise CannotStart(f"LIC_DATA: {folder}: {error.strerror}") from None


def _close_to_others(path):
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        path.chmod(mode & 0o700)
        log.warning("%s could be read by others; it no longer can", path)


def refuse_half_restored(folder):
    """A restore that was cut short has moved the data aside: starting would show an empty portal."""
    if (folder / "restoring").exists():
        raise CannotStart(f"LIC_DATA: {folder}: a restore was interrupted here; run `python app.py restore` again")


@contextmanager
def only_one(folder):
    """Within the block no other server and no restore works on this folder; the second one says whose it is."""
    prepare_folder(folder)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise InUse(f"LIC_DATA: {folder} is in use by process {file.read().strip() or '?'}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def secret_key(settings):
    """The key that signs the notices' cookie; made once, readable by this user only."""
    path = settings.data / "secret_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()


# --- the file ----------------------------------------------------------------------------------


def checkpoint():
    """Bring what is in the WAL into the database, and cut the WAL short."""
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def damage():
    """What SQLite finds wrong with the file, line by line; nothing is as it should be."""
    found = [row[0] for row in db.execute_sql("PRAGMA integrity_check")]
    return [] if found == ["ok"] else found


# --- migrations --------------------------------------------------------------------------------


def migrate(settings, migrations=MIGRATIONS):
    """Apply what is pending, after a backup of what is there; refuse what a newer version made."""
    runner = Runner(db, str(migrations), table_name=HISTORY)
    known = _refuse_newer(runner)
    pending = [migration.name for migration in known if not migration.applied]
    if not pending:
        return []
    before, kept = counts(), None
    if len(pending) < len(known):
        from lic import backups  # here: it stands on this module

        kept = backups.back_up(settings, name=f"before-{pending[0]}")
        log.warning("upgrading the database; what it was is in %s", kept)
    try:
        runner.up()
        problems = check_structure(before)
    except Exception as error:
        problems = [f"{type(error).__name__}: {error}"]
    if problems:
        back = f"; `python app.py restore {kept}` puts back what was" if kept else ""
        raise CannotStart(f"the database cannot be upgraded ({', '.join(pending)}): {'; '.join(problems)}{back}")
    return pending


def index(timezone):
    """What lists are searched by is made from the records by the code, in a time zone: where one is another, anew.

    Whoever changes an index adds a migration, if only an empty one.
    """
    search.in_zone(timezone)
    (version,) = db.execute_sql(f"SELECT max(name) FROM {HISTORY}").fetchone()  # noqa: S608
    made_by = crc32(f"{version} {timezone.key}".encode()) >> 1  # as a number the file has room for
    if db.execute_sql("PRAGMA user_version").fetchone()[0] == made_by:
        return
    with tx():
        for one in search.indexes:
            one.fill()
        db.execute_sql(f"PRAGMA user_version = {made_by}")


def _refuse_newer(runner):
    try:
        known = runner.status()
    except peewee.DatabaseError as error:
        raise CannotStart(f"LIC_DATA: {db.database}: {error}") from None
    if newer := [migration.name for migration in known if migration.path is None]:
        raise CannotStart(f"the database was made by a newer version of the portal ({', '.join(newer)})")
    return known


def check_structure(before=None):
    """What is wrong with the tables, as sentences: broken references, tables that are not STRICT, rows gone."""
    broken = {row[0] for row in db.execute_sql("PRAGMA foreign_key_check")}
    problems = [f"{table}: a row refers to one that is not there" for table in sorted(broken)]
    loose = db.execute_sql(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        " AND name NOT LIKE 'sqlite%' AND name <> ?",
        (HISTORY,),
    )
    problems += [f"{table}: is not STRICT" for (table,) in loose]
    after = counts()
    lost = [table for table, rows in (before or {}).items() if after.get(table, rows) < rows]
    return problems + [f"{table}: has lost rows" for table in lost]


def counts():
    """Rows by table, but for the tables the search index is made of."""
    tables = db.execute_sql(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {table: db.execute_sql(f'SELECT count(*) FROM "{table}"').fetchone()[0] for (table,) in tables}  # noqa: S608
