"""An acknowledged commit is on the disk, whoever made it: no connection is a careless one (safety.md 2, 3)."""

import shutil
import subprocess
import sys
import threading

import pytest

from lic import backups, cli, database, incoming, jobs, mail, server
from lic.models import db, watch
from lic.web import uploads
from tests.conftest import a_browser
from tests.running import ROOT

CAREFUL = {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "trusted_schema": 0}
COMMITS = """
import sys
from lic import database
from lic.models import Setting, tx
from lic.settings import read
database.open_database(read({"LIC_DATA": sys.argv[1]}))
for number in range(100):
    with tx():
        Setting.create(name=f"commit {number}", value=number)
"""


@pytest.fixture
def seen(monkeypatch):
    """What the connection of whoever calls `look` is like."""
    found = []

    def look(*_, **__):
        found.append({name: db.pragma(name) for name in CAREFUL})
        return "ok\n"

    look.found = found
    return look


def in_a_thread(run):
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_a_request_of_a_thread_of_its_own(app, seen, monkeypatch):
    really = uploads.store
    monkeypatch.setattr(uploads, "store", lambda: (seen(), really())[1])  # what /healthz asks
    in_a_thread(lambda: a_browser(app).get("/healthz"))
    assert seen.found == [CAREFUL]


def test_the_jobs(app, seen, monkeypatch):
    stopping = threading.Event()
    monkeypatch.setattr(jobs, "run_due", lambda at: (seen(), stopping.set(), ([], []))[2])
    in_a_thread(lambda: jobs.run(stopping))
    assert seen.found == [CAREFUL]


@pytest.mark.parametrize("kind", [mail.Outbox, incoming.Reader])
def test_letters_out_and_in(app, seen, kind):
    stopping = threading.Event()
    worker = kind(app, stopping)
    worker.work = lambda: (seen(), stopping.set())
    in_a_thread(worker.run)
    assert seen.found == [CAREFUL]


def test_the_checkpoint(app, seen, monkeypatch):
    stopping = threading.Event()
    monkeypatch.setattr(server, "CHECKPOINT_EVERY", 0.01)
    monkeypatch.setattr(database, "checkpoint", lambda: (seen(), stopping.set()))
    in_a_thread(lambda: server._checkpoint(stopping))
    assert CAREFUL in seen.found


@pytest.mark.parametrize("opened", ["_up_to_date", "_read_only"])
def test_the_command_line(app, settings, seen, monkeypatch, opened):
    monkeypatch.setattr(cli, "_chosen", lambda: settings)
    getattr(cli, opened)()
    seen()
    assert seen.found == [CAREFUL]


def test_a_restored_backup(app, settings, seen, monkeypatch):
    kept = backups.back_up(settings)
    monkeypatch.setattr(database, "checkpoint", lambda: (seen(), db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")))
    backups.restore(settings, kept)
    assert seen.found == [CAREFUL]
    database.connect(settings.database)


def test_what_watches_cannot_write(app):
    watch.look(db.database)
    with pytest.raises(Exception, match="readonly"):
        watch.connection.execute("INSERT INTO setting (name, value) VALUES ('x', '1')")


def test_a_hundred_commits_reach_the_disk_a_hundred_times(tmp_path):  # NORMAL would come to about 8
    """As the system sees it, where it lets us look; test_power_cut.py sees the same from within SQLite, everywhere."""
    run = [sys.executable, "-c", COMMITS, str(tmp_path / "data")]
    tracer = shutil.which("strace")
    may = tracer and subprocess.run([tracer, "-qq", "true"], capture_output=True, check=False).returncode == 0
    count = [tracer, "-f", "-qq", "-e", "trace=fdatasync,fsync", "-o", tmp_path / "calls"] if may else []
    subprocess.run([*count, *run], cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert not may or (tmp_path / "calls").read_text().count("sync(") >= 100
