"""A disk that fills up: first no more files, then no more writes, and reading goes on (safety.md 40)."""

import shutil
import threading
from collections import namedtuple
from dataclasses import replace

import pytest

from lic import checks, files, incoming, jobs, mail
from lic.models import Address, JobRun, Mail, tx
from lic.rules import journal
from tests.conftest import NOON
from tests.screens.conftest import PASSWORD, with_password

MB = 1024 * 1024
SENTENCE = "until there is room you can only read"
ADDRESS = {
    **{"label": "Atelier", "street": "1 rue Neuve", "postcode": "69002", "city": "Lyon", "country": "FR"},
    **{"email": "atelier@example.com", "phone": "0472000000"},
}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(monkeypatch):
    """`free(40)`: from now on so many MB are free."""

    def leave(mb):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 0, mb * MB))

    return leave


def test_below_50_mb_nothing_is_written_and_everything_can_be_read(world, visit, free):
    browser = visit(world.remi)
    free(49)
    answer = browser.post("/settings/addresses/new", data=ADDRESS)
    assert answer.status_code == 503 and SENTENCE in answer.text and answer.headers["Retry-After"] == "60"
    assert not Address.select().exists()
    assert browser.get("/contracts").status_code == 200 and browser.get("/contracts/29962").status_code == 200
    free(51)
    assert browser.post("/settings/addresses/new", data=ADDRESS).status_code == 303  # no restart


def test_htmx_gets_the_sentence_for_its_notice(world, visit, free):
    free(49)
    answer = visit(world.remi).post("/settings/addresses/new", data=ADDRESS, headers={"HX-Request": "true"})
    assert answer.status_code == 503 and SENTENCE in answer.text and "<html" not in answer.text


def test_whoever_makes_room_gets_in_and_out(world, visit, free):
    with_password(world.diane)
    free(10)
    browser = visit()
    assert browser.post("/login", data={"identifier": "diane", "password": PASSWORD}).status_code == 303
    assert browser.post("/logout").status_code == 303


def test_a_program_may_still_ask_what_something_would_cost(world, visit, free):
    free(10)
    assert visit().post("/api/v1/order-previews", json={}).status_code == 401  # its token is asked for, nothing else


@pytest.mark.parametrize(
    "mb, status, said",
    [
        (501, 200, "ok\n"),
        (499, 200, "ok, but little room: files are refused\n"),
        (49, 503, "no room: the disk is full, nothing is written\n"),
    ],
)
def test_whoever_watches_over_it_is_told(app, visit, free, mb, status, said):
    free(mb)
    answer = visit().get("/healthz")
    assert (answer.status_code, answer.text) == (status, said)


def test_files_stop_at_500_mb(app, settings, free):
    store = files.Store.of(settings)
    for mb, room in ((501, True), (500, True), (499, False)):
        free(mb)
        assert store.has_room() is room


def test_the_nightly_look_tells_while_there_is_still_room_to_make_some(app, settings, free):
    free(499)
    assert checks.problems(settings) == ["less than 500 MB are free: files are no longer taken"]


def test_what_works_by_itself_waits_for_room(world, portal_with_mail, free, monkeypatch):
    """Else a letter would go and could not be marked as sent, or an answer be fetched and not be kept."""
    with tx():
        journal.write("event", world.remi, NOON)
    free(10)
    stopping = threading.Event()
    monkeypatch.setattr(mail, "connected", None)
    monkeypatch.setattr(incoming, "connected", None)
    mail.Outbox(portal_with_mail, stopping).work()
    reader = incoming.Reader(portal_with_mail, stopping)
    reader.settings = replace(reader.settings, imap_url="imap://x:y@127.0.0.1/INBOX")
    reader.work()
    monkeypatch.setattr(stopping, "wait", lambda seconds: stopping.set())
    jobs.run(stopping)
    assert Mail.get().attempts == 0 and not JobRun.select().exists()
