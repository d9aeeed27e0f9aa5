"""What may break, tried out (safety.md, "What may break"): a full disk, foreign locks, torn files, clocks that jump.

Where everything else of that table is tried is in faults.md.
"""

import os
import re
import shutil
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from peewee import DatabaseError, OperationalError, sqlite3

from lic import checks, database, jobs
from lic.models import EVERYBODY, Address, Setting, db, scope, tx
from lic.schema import base
from tests.conftest import a_browser, on
from tests.test_room import ADDRESS


@pytest.fixture
def stranger(app, settings):
    """Another program's connection to the same database."""
    with closing(sqlite3.connect(settings.database, isolation_level=None, timeout=0)) as connection:
        yield connection


@pytest.fixture
def full(app):
    """The database may not grow by a page, as on a disk without room."""
    db.execute_sql(f"PRAGMA max_page_count = {db.pragma('page_count')}")
    yield
    db.execute_sql("PRAGMA max_page_count = 1073741823")


def fill():
    """What needs more room than there is."""
    for number in range(2000):
        Setting.create(name=f"filling {number} {'x' * 2000}", value=number)


# --- a full disk (4, 5) --------------------------------------------------------------------------


def test_a_write_on_a_full_disk_is_told_to_come_again_and_reading_goes_on(world, visit, full, monkeypatch):  # 4
    browser = visit(world.remi)
    monkeypatch.setattr("lic.web.people.addresses.new", lambda *_, **__: fill_in_tx(), raising=True)
    answer = browser.post("/settings/addresses/new", data=ADDRESS)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    assert browser.get("/contracts").status_code == 200 and not Setting.select().exists()
    monkeypatch.undo()
    db.execute_sql("PRAGMA max_page_count = 1073741823")
    assert browser.post("/settings/addresses/new", data=ADDRESS).status_code == 303  # once there is room; no restart
    assert Address.select().count() == 1


def fill_in_tx():
    with tx():
        fill()


def test_nobody_hears_of_a_transaction_that_died_of_a_full_disk(app, full, monkeypatch):  # 5
    heard = []
    monkeypatch.setattr(base, "_listeners", [*base._listeners, lambda: heard.append(Setting.select().count())])
    with pytest.raises(OperationalError):
        fill_in_tx()
    assert heard == [] and not Setting.select().exists()
    with tx():
        Setting.create(name="small", value=1)
    assert heard == [1]  # of this one only


# --- where there is nothing to write on (7) ------------------------------------------------------


@pytest.mark.parametrize("path", ["/proc/portal/portal.db", "/nonexistent/portal.db"])
def test_a_database_that_cannot_be_opened_is_told_in_one_line(app, settings, path):
    with pytest.raises(database.CannotStart, match="unable to open database file. Is its folder there"):
        database.connect(Path(path))
    database.connect(settings.database)


# --- many at once (8, 10, 11) --------------------------------------------------------------------


def test_eight_threads_write_without_an_error(app):  # 8
    def write(thread):
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            for number in range(25):
                with tx():
                    Setting.create(name=f"{thread} {number}", value=number)
        db.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Setting.select().count() == 200


def test_while_another_program_holds_the_lock_one_reads_and_is_told_to_come_again(world, visit, stranger):  # 10
    browser = visit(world.remi)
    db.pragma("busy_timeout", 50)  # seconds otherwise
    stranger.execute("BEGIN IMMEDIATE")
    answer = browser.post("/settings/addresses/new", data=ADDRESS)
    assert answer.status_code == 503 and "try again in a moment" in answer.text
    assert browser.get("/contracts").status_code == 200
    stranger.execute("ROLLBACK")
    assert browser.post("/settings/addresses/new", data=ADDRESS).status_code == 303


def test_what_raises_leaves_nothing_and_a_block_within_undoes_itself_only(app):  # 11
    with pytest.raises(RuntimeError), tx():
        Setting.create(name="outer", value=1)
        raise RuntimeError
    assert not Setting.select().exists() and not db.in_transaction()
    with tx():
        Setting.create(name="outer", value=1)
        with pytest.raises(RuntimeError), tx():
            Setting.create(name="inner", value=1)
            raise RuntimeError
    assert [setting.name for setting in Setting.select()] == ["outer"]


# --- what is left open (12, 13) ------------------------------------------------------------------


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_threads_that_end_leave_no_file_open(world, app):  # 12, 30
    def ask():
        with scope(EVERYBODY):
            assert a_browser(app).get("/healthz").status_code == 200

    def fifty():
        for _ in range(50):
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()

    fifty()
    before = open_files()
    fifty()
    assert open_files() <= before


def test_a_browser_that_asks_much_leaves_no_file_open(world, visit):  # 12, 30
    browser = visit(world.remi)
    paths = [
        "/contracts",
        "/orders",
        "/customers",
        "/notifications",
        "/settings/users",
        "/nothing",
        "/contracts/export.csv",
    ]
    for path in paths:
        browser.get(path).close()
    before = open_files()
    for path in paths * 10:
        browser.get(path).close()
    assert open_files() <= before


@pytest.mark.parametrize(
    "path", ["/contracts", "/contracts?q=test", "/orders", "/contracts/29962", "/contracts/export.csv"]
)
def test_no_page_keeps_reading_once_it_is_there(world, visit, stranger, path):  # 13
    """A reader that stays would let the WAL grow without end."""
    browser = visit(world.remi)
    browser.get(path).close()
    with tx():
        Setting.create(name="later", value=1)
    assert stranger.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


# --- files that are not what they were (18, 19) --------------------------------------------------


@pytest.fixture
def page_of(app):
    """The first byte of the first page of a table, in the file."""

    def find(table):
        (root,) = db.execute_sql("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return (root - 1) * db.pragma("page_size")

    return find


def test_a_damaged_page_is_found_by_the_nightly_look(world, settings, page_of):  # 18
    place = page_of("event")
    database.checkpoint()
    db.close()
    with settings.database.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff" * 400)
    database.connect(settings.database)
    found = checks.problems(settings)
    assert found and any("damaged" in line or "cannot be read" in line for line in found)


@pytest.mark.parametrize("tear", ["cut", "garbage", "no shm"])
def test_a_torn_wal_keeps_what_was_whole(app, settings, tmp_path, tear):  # 19
    for number in range(50):
        with tx():
            Setting.create(name=f"commit {number}", value=number)
    torn = tmp_path / "torn"
    torn.mkdir()
    for name in ("portal.db", "portal.db-wal"):
        shutil.copy(settings.data / name, torn / name)
    wal = torn / "portal.db-wal"
    content = wal.read_bytes()
    assert content
    if tear == "cut":
        wal.write_bytes(content[: len(content) - 1000])
    elif tear == "garbage":
        wal.write_bytes(content[:-3000] + os.urandom(3000))
    with closing(sqlite3.connect(torn / "portal.db")) as copy:
        kept = [value for (value,) in copy.execute("SELECT CAST(value AS INTEGER) FROM setting ORDER BY id")]
        assert copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert kept == list(range(len(kept))) and len(kept) >= 45  # the first ones, without a gap
    assert len(kept) == 50 or tear != "no shm"


def test_a_file_that_is_no_database_any_more_is_said_to_be_so(app, settings):
    db.close()
    settings.database.write_bytes(b"not a database at all" * 1000)
    with pytest.raises((DatabaseError, database.CannotStart)):
        database.connect(settings.database)
        database.damage()
    db.close()


def test_nobody_is_told_to_copy_it(app):  # 15: what was written last is in another file
    told = Path("README.md").read_text()
    assert "is *not* a backup" in told and not re.search(r"\b(cp|rsync|scp|copy)\b[^\n]*portal\.db", told)


def test_an_old_sqlite_is_warned_of(monkeypatch, caplog):  # 20
    for version, warned in (((3, 51, 2), True), ((3, 51, 3), False)):
        caplog.clear()
        monkeypatch.setattr("lic.database.peewee.sqlite3.sqlite_version_info", version)
        database.warn_of_old_sqlite()
        assert ("can lose a commit" in caplog.text) == warned


# --- a clock that jumps (29) ---------------------------------------------------------------------


def test_a_days_jobs_are_not_done_twice_when_the_clock_goes_back(app, monkeypatch):
    ran = []
    monkeypatch.setattr(jobs, "JOBS", {"counts": ran.append})
    for at in (on(date(2026, 11, 22)), on(date(2026, 11, 23), hour=0), on(date(2026, 11, 22), hour=23)):
        jobs.run_due(at)
    assert len(ran) == 2
