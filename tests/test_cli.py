"""The command line: an empty portal that can be set up, people added, two commands that never mix up their data."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from peewee import sqlite3

from tests import running as portals
from tests.running import Visitor, running

PASSWORD = "correct horse battery staple 7"
ADA = ["--first-name", "Ada", "--last-name", "Byron", "--email", "ada@example.com"]


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def app_py(data):
    """`app_py("check")` runs a command on this test's folder."""
    return lambda *arguments, **given: portals.app_py(data, *arguments, **given)


def test_an_empty_portal_prints_where_it_is_set_up(data):  # safety.md 52
    with running(data) as portal:
        path = re.search(rf"{portal.address}(/setup/\S+)", portal.printed)[1]
        assert "<form" in Visitor(portal.address).get(path)


def test_the_first_administrator_is_made_on_the_command_line(app_py, data):
    done = app_py("user", "add", "ada", *ADA, "--company", "Notre Maison", typed=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    with running(data) as portal:
        assert "/setup/" not in portal.printed
        Visitor(portal.address).log_in("ada", PASSWORD)


def test_whoever_comes_next_is_invited(app_py):
    app_py("user", "add", "ada", *ADA, "--company", "Notre Maison", typed=PASSWORD + "\n")
    done = app_py("user", "add", "grace", "--first-name", "Grace", "--last-name", "Hopper", "--email", "g@example.com")
    assert done.returncode == 0 and "/invitations/" in done.stdout
    again = app_py("user", "add", "GRACE", "--first-name", "Grace", "--last-name", "Hopper", "--email", "g@example.com")
    assert again.returncode == 1 and "already taken" in again.stderr and again.stderr.count("\n") == 1
    assert app_py("check").stdout == "Everything holds together.\n"
    assert app_py("audit", "verify").returncode == 0


def test_the_last_administrator_without_a_telephone_is_helped_on_the_command_line(app_py, data):  # ASVS 6.4.4
    app_py("user", "add", "ada", *ADA, "--company", "Notre Maison", typed=PASSWORD + "\n")
    refused = app_py("user", "without-second-factor", "ada")
    assert refused.returncode == 1 and refused.stderr == "There is no second factor.\n"
    with closing(sqlite3.connect(data / "portal.db")) as portal, portal:
        portal.execute("INSERT INTO second_factor (user_id, secret, step, since_at) VALUES (1, 'A', 0, '2026-11-22')")
    done = app_py("user", "without-second-factor", "ADA")
    assert done.returncode == 0 and "ada logs in with the password alone now" in done.stdout
    with running(data) as portal:
        Visitor(portal.address).log_in("ada", PASSWORD)
    unknown = app_py("user", "without-second-factor", "nobody")
    assert unknown.returncode == 1 and "nobody logs in with that" in unknown.stderr


@pytest.mark.parametrize(
    "typed, arguments, told",
    [
        ("short\n", ["--company", "Notre Maison"], "needs 12."),
        (PASSWORD + "\n", [], "--company"),
        ("password1234\n", ["--company", "Notre Maison"], "stolen passwords"),
        (PASSWORD + "\n", ["--company", "Notre Maison", "--email", "not-an-email"], "--email: 'not-an-email'"),
        (PASSWORD + "\n", ["--company", "Notre Maison", "--last-name", " "], "--last-name: "),
    ],
)
def test_a_first_administrator_that_cannot_be_is_refused_in_one_line(app_py, typed, arguments, told):
    done = app_py("user", "add", "ada", *ADA, *arguments, typed=typed)
    assert done.returncode == 1 and told in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["backup"], ["check"], ["audit", "verify"]])
def test_without_a_portal_there_is_nothing_to_look_at(app_py, data, command):
    done = app_py(*command)
    assert done.returncode == 1 and "holds no portal" in done.stderr and not data.exists()


def test_the_demonstration_keeps_what_was_done_until_it_is_reset(app_py, data):
    with running(data, "demo") as portal:
        assert portals.PASSWORD in portal.printed and portal.address in portal.printed
    for user in ("grace", "joan"):
        done = app_py("user", "add", user, "--first-name", "Some", "--last-name", "Body", "--email", "s@example.com")
        assert done.returncode == 0, done.stderr
    with running(data, "demo"):
        pass
    assert app_py("user", "add", "grace", *ADA).returncode == 1
    with running(data, "demo", "--reset", LIC_TODAY="2023-06-01"):
        pass
    assert app_py("user", "add", "grace", *ADA).returncode == 0
    assert app_py("check").returncode == 0


def test_the_demonstration_spares_a_real_portal(app_py):
    app_py("user", "add", "ada", *ADA, "--company", "Notre Maison", typed=PASSWORD + "\n")
    for options in ([], ["--reset"]):
        done = app_py("demo", *options)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "already taken" in app_py("user", "add", "ada", *ADA).stderr


def test_a_port_in_use_is_told_in_one_line(app_py):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = app_py(LIC_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1 and "LIC_PORT" in done.stderr and done.stderr.strip().count("\n") == 0


def test_a_host_that_is_not_ours_is_told_in_one_line(app_py):
    for host, code in (("a b", 2), ("203.0.113.9", 1), ("nowhere.invalid", 2)):
        done = app_py(LIC_HOST=host, LIC_BASE_URL="https://portal.example", LIC_PORT=str(portals.a_free_port()))
        assert done.returncode == code and done.stderr.startswith("LIC_HOST"), done.stderr
        assert done.stderr.count("\n") == 1


def test_the_server_stops_when_told_to(data):
    with running(data) as portal:
        portal.process.send_signal(signal.SIGTERM)
        assert portal.process.wait(20) == 0
    assert not (data / "portal.db-wal").exists()


def test_what_is_logged_is_json_and_names_no_address(data):
    with running(data) as portal:
        path = re.search(rf"{portal.address}(/setup/\S+)", portal.printed)[1]
        Visitor(portal.address).get(path)
        lines = [json.loads(line) for line in portal.printed.splitlines() if line.startswith("{")]
    assert "/setup/<token>" in [line.get("rule") for line in lines]
    assert not any(path.rpartition("/")[2] in str(line) or line.get("rule") == "/healthz" for line in lines)


def test_another_server_may_serve_it(app_py, data):
    """`app:app`, from any WSGI server of one process."""
    port = portals.a_free_port()
    command = [sys.executable, "-m", "waitress", f"--port={port}", "app:app"]
    process = subprocess.Popen(command, cwd=portals.ROOT, env={**os.environ, "LIC_DATA": str(data)})
    portal = portals.Portal(f"http://127.0.0.1:{port}", process, data.parent / "log")
    portal.log.touch()
    try:
        portals.wait(portal)
        assert "in use" in app_py("migrate").stderr
    finally:
        portal.process.terminate()
        portal.process.wait(30)
