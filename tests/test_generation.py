"""Nobody is told what is no longer so: commits of this process and of others are noticed, each once (speed.md, X15)."""

import threading
import time
from contextlib import closing

import pytest
from peewee import sqlite3

from lic import database
from lic.models import EVERYBODY, Generation, Setting, db, scope, tx, watch
from lic.rules import journal
from tests.conftest import HTMX, NOON
from tests.running import app_py


@pytest.fixture
def stranger(app, settings):
    """Another program's connection to the same database."""
    with closing(sqlite3.connect(settings.database, isolation_level=None, check_same_thread=False)) as connection:
        yield connection


def moved():
    """How far the generation moved on since before the last look."""
    before = Generation.number
    watch.look(db.database)
    return Generation.number - before


# --- what people see ---------------------------------------------------------------------------


def test_a_person_added_on_the_command_line_is_in_the_list_at_the_next_request(world, visit, settings):
    browser = visit(world.diane)
    seen = browser.get("/settings/users", headers=HTMX)
    headers = HTMX | {"If-None-Match": seen.headers["ETag"]}
    assert browser.get("/settings/users", headers=headers).status_code == 304
    given = ("--first-name", "Grace", "--last-name", "Hopper", "--email", "grace@example.com")
    done = app_py(settings.data, "user", "add", "grace", *given)
    assert done.returncode == 0, done.stderr
    answer = browser.get("/settings/users", headers=headers)
    assert answer.status_code == 200 and ">Hopper<" in answer.text


def test_a_number_follows_what_another_program_wrote(world, visit, stranger):
    browser = visit(world.remi)
    with tx():
        journal.record("contract.extended", world.contract, world.diane, NOON)
    assert ">1<" in browser.get("/notifications/unread?shown=0", headers=HTMX).text
    stranger.execute("UPDATE notification SET read_at = '2026-11-22 11:00:00'")
    assert ">1<" not in browser.get("/notifications/unread?shown=1", headers=HTMX).text


def test_whoever_another_program_shuts_out_is_out_at_once(world, visit, stranger):  # safety.md 17
    browser = visit(world.remi)
    assert browser.get("/contracts").status_code == 200
    stranger.execute("UPDATE user SET active = 0 WHERE id = ?", (world.remi.id,))
    assert browser.get("/contracts").status_code == 303


def test_a_search_finds_what_another_program_renamed(world, visit, stranger):
    browser = visit(world.remi)
    assert "Client Test" in browser.get("/customers").text
    stranger.execute("UPDATE organisation SET name = 'Client Renommé' WHERE id = ?", (world.client.id,))
    assert "Client Renommé" in browser.get("/customers").text


# --- whose commit it was -----------------------------------------------------------------------


def test_what_changes_no_page_moves_nothing_on(app):
    moved()
    with tx(counts=False):
        Setting.create(name="seen", value=1)
    assert moved() == 0
    with tx():
        Setting.create(name="changed", value=1)
    assert moved() == 0 and Generation.number > 0  # tx itself counted it, the watch does not count it again


def test_a_commit_of_ours_hides_none_of_anybody_elses(app, stranger):
    moved()
    before = Generation.number
    stranger.execute("INSERT INTO setting (name, value) VALUES ('foreign', '1')")
    with tx(counts=False):
        Setting.create(name="ours", value=1)
    assert Generation.number > before


def test_a_commit_between_ours_and_the_next_look_is_noticed(app, stranger, monkeypatch):
    moved()
    before, really = Generation.number, watch.committed

    def just_then(*given):
        stranger.execute("INSERT INTO setting (name, value) VALUES ('foreign', '1')")
        really(*given)

    monkeypatch.setattr(watch, "committed", just_then)
    with tx(counts=False):
        Setting.create(name="ours", value=1)
    assert Generation.number > before


def test_no_foreign_commit_is_missed_while_threads_write(app, stranger):
    """After each commit of another program the very next look has moved on, whatever our own threads do meanwhile."""
    stopping = threading.Event()

    def write(name):
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            while not stopping.is_set():
                with tx(counts=False):
                    Setting.insert(name=name, value=1).on_conflict_replace().execute()
                watch.look(db.database)
                time.sleep(0.001)
        db.close()

    threads = [threading.Thread(target=write, args=[f"ours {place}"]) for place in range(3)]
    for thread in threads:
        thread.start()
    stranger.execute("PRAGMA busy_timeout = 10000")
    try:
        for turn in range(100):
            before = Generation.number
            stranger.execute("INSERT INTO setting (name, value) VALUES (?, '1')", (f"foreign {turn}",))
            watch.look(db.database)
            assert Generation.number > before, f"commit {turn} was missed"
    finally:
        stopping.set()
        for thread in threads:
            thread.join(10)


def test_another_database_in_its_place_is_another_generation(app, settings):
    moved()
    before = Generation.number
    database.connect(settings.database)
    watch.look(db.database)
    assert Generation.number > before


def test_looking_costs_next_to_nothing(app):
    watch.look(db.database)
    began = time.perf_counter()
    for _ in range(200):
        watch.look(db.database)
    assert (time.perf_counter() - began) / 200 < 0.001  # about 10 µs; no page may ever feel it
