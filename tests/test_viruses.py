"""Files are looked at by a virus scanner where there is one: none passes that it did not call clean (ASVS 5.4.3)."""
# ruff: noqa: F811 (fixtures that come from another module)

import io
import logging
import os
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lic import files as disk
from lic import incoming, jobs, scanner
from lic.models import Attachment, Channel, Event, IncomingMail, Mail, Notification, Quarantined, StagedFile, is_writing
from lic.rules import files
from lic.web import clock
from tests import mailboxes
from tests.conftest import NOON, on
from tests.incidents import PNG, TEXT, an_incident
from tests.replies import LANDED, a_letter, arrive, incident, said, store, to, with_files  # noqa: F401
from tests.scanners import EICAR, VIRUS, a_scanner, looks, our_own
from tests.screens.test_invoices import summary  # noqa: F401
from tests.test_files import declared, on_disk, stage
from tests.test_uploads import send, serving

PDF = b"%PDF-1.4\n" + b"1 0 obj <<>> endobj\n" * 40 + EICAR + b"\n%%EOF\n"
KEPT_WORDS = "Your words are kept: try again later."
AWAY = "ok, but the virus scanner is away: files are refused\n"


@pytest.fixture(scope="session")
def clamd():
    with a_scanner() as address:
        yield address


@pytest.fixture
def looked_at(app, settings, monkeypatch):
    """`looked_at(address)`: from now on this scanner looks at what comes in."""

    def by(address):
        given = replace(settings, clamd=address)
        monkeypatch.setitem(app.config, "SETTINGS", given)
        monkeypatch.setattr(clock, "settings", given)
        return scanner.of(address)

    return by


@pytest.fixture
def socket_path():
    with TemporaryDirectory() as folder:
        yield Path(folder) / "socket"


@pytest.fixture
def scanned(looked_at, clamd):
    return looked_at(clamd)


# --- what it finds -----------------------------------------------------------------------------


def test_a_clean_file_is_taken(world, visit, settings, scanned):
    assert stage(visit(world.claire), TEXT).status_code == 201
    assert on_disk(settings) == [StagedFile.get().sha256]


@pytest.mark.parametrize("content, name", [(EICAR, "eicar.txt"), (PDF, "offer.pdf")])
def test_a_virus_is_refused_by_the_name_of_its_file_and_leaves_nothing(world, visit, settings, scanned, content, name):
    answer = stage(visit(world.claire), content, name)
    assert answer.status_code == 422 and f"{name} is not accepted: it has a virus ({VIRUS}" in answer.text
    assert on_disk(settings) == [] and not StagedFile.select().exists()


def test_a_form_refused_for_a_virus_keeps_what_was_typed_and_the_other_files(world, visit, scanned):
    browser = visit(world.claire)
    stage(browser, TEXT)
    data = declared(world, uploads=str(StagedFile.get().id), file=(io.BytesIO(EICAR), "eicar.txt"))
    answer = browser.post(f"/contracts/{world.contract.number}/incidents/new", data=data)
    assert answer.status_code == 422 and "My NAS stops" in answer.text
    assert f'value="{StagedFile.get().id}" checked' in answer.text
    assert answer.text.count("eicar.txt is not accepted") == 2  # on top, and at its field


def test_the_distributors_administrators_hear_of_it_and_of_no_name_or_word(world, visit, scanned):
    stage(visit(world.claire), EICAR, "blaubeere.txt")
    event = Event.get(Event.kind == "user.sent_virus")
    assert event.by_id == world.claire.id and set(event.after) == {"virus"}
    assert {n.user_id for n in Notification.select().where(Notification.event == event)} == {
        world.diane.id,
        world.ines.id,
    }
    page = visit(world.diane).get("/notifications").text
    assert f"A file of Claire Test was not taken: it has a virus ({VIRUS}" in page and "blaubeere" not in page


def test_a_fiscal_document_with_a_virus_is_not_attached(world, visit, settings, scanned, summary):
    sent = {"file": (io.BytesIO(PDF), "offer.pdf")}
    answer = visit(world.diane).post(f"/invoices/{summary.name}/certified", data=sent)
    assert answer.status_code == 422 and f"offer.pdf is not accepted: it has a virus ({VIRUS}" in answer.text
    assert on_disk(settings) == [] and not summary.again().certified_sha256


def test_20_mb_are_looked_at_to_the_end(world, visit, settings, scanned):
    assert stage(visit(world.claire), b"x" * files.LIMIT).status_code == 201
    full = b"x" * (files.LIMIT - len(EICAR)) + EICAR
    assert stage(visit(world.claire), full).status_code == 422
    assert len(on_disk(settings)) == 1


def test_what_would_be_refused_anyway_is_not_looked_at(world, visit, looked_at, socket_path):
    seen = []
    with our_own(socket_path, lambda talk, content: (seen.append(content), looks(talk, content))) as address:
        looked_at(address)
        for content, name in ((b"MZ\x90\0" + b"\0" * 60, "a.pdf"), (b"", "a.txt"), (b"x" * (files.LIMIT + 1), "b.txt")):
            assert stage(visit(world.claire), content, name).status_code == 422
        assert stage(visit(world.claire), TEXT).status_code == 201
    assert seen == [TEXT]


def test_nobody_waits_for_it_with_the_writers_lock(world, visit, incident, arrive, looked_at, socket_path):
    held = []
    with our_own(socket_path) as address:
        there = looked_at(address)
        look = there.look
        there.look = lambda path: (held.append(is_writing()), look(path))[1]
        stage(visit(world.claire), TEXT)
        letter = with_files(a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire)), ("photo.png", PNG))
        store = disk.Store.of(clock.settings)
        incoming.take(io.BytesIO(bytes(letter)), store, "tests")
    assert held == [False, False] and Attachment.select().count() == 1


# --- when it cannot look -------------------------------------------------------------------------

WRONG = {
    "never answers": None,
    "talks rubbish": lambda talk, content: talk.sendall(b"\xff\xfe" * 5_000),
    "says an error": lambda talk, content: talk.sendall(b"INSTREAM size limit exceeded. ERROR\0"),
    "closes midway": "closes",
    "closes without a word": lambda talk, content: None,
    "drips its answer": lambda talk, content: [(talk.sendall(b"x"), time.sleep(0.1)) for _ in range(20)],
    "calls another file clean": lambda talk, content: talk.sendall(b"/etc/passwd: OK\0"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_scanner_that_does_not_say_clean_lets_nothing_pass(
    world, visit, settings, looked_at, socket_path, monkeypatch, how
):
    monkeypatch.setattr(scanner, "TIMEOUT", 0.5)
    with our_own(socket_path, WRONG[how]) as address:
        looked_at(address)
        answer = stage(visit(world.claire), b"x" * 3_000_000)
    assert answer.status_code == 503 and KEPT_WORDS in answer.text
    assert on_disk(settings) == [] and not StagedFile.select().exists()
    assert not Event.select().where(Event.kind == "user.sent_virus").exists()


@pytest.mark.parametrize("place", ["unix:{path}", "tcp://127.0.0.1:1"])
def test_without_it_files_wait_and_words_stay_and_who_watches_is_told_once(
    world, visit, settings, looked_at, socket_path, caplog, place
):
    browser = visit(world.claire)
    there = looked_at(place.format(path=socket_path))
    there.is_away = False
    url = f"/contracts/{world.contract.number}/incidents/new"
    for key in ("k", "l"):
        answer = browser.post(url, data=declared(world, key=key, file=(io.BytesIO(TEXT), "document.txt")))
        assert answer.status_code == 503 and KEPT_WORDS in answer.text and "It stops by itself." in answer.text
    assert browser.get("/healthz").text == AWAY and browser.get("/healthz").status_code == 200
    assert [r.levelname for r in caplog.records if "virus scanner" in r.message] == ["ERROR"]
    assert browser.post(url, data=declared(world)).status_code == 303  # without a file it goes
    if place.startswith("unix:"):
        with our_own(socket_path):
            assert stage(browser, TEXT).status_code == 201
        assert browser.get("/healthz").text == "ok\n"
        assert [r.levelname for r in caplog.records if "virus scanner" in r.message] == ["ERROR", "WARNING"]


def test_it_is_asked_now_and_then_whether_it_is_there(app, visit, looked_at, socket_path, monkeypatch):
    stopping = threading.Event()
    monkeypatch.setattr(stopping, "wait", lambda seconds: stopping.set())
    monkeypatch.setattr(jobs, "JOBS", {})
    looked_at(f"unix:{socket_path}")
    jobs.run(stopping)
    assert visit().get("/healthz").text == AWAY
    stopping.clear()
    with our_own(socket_path):
        jobs.run(stopping)
    assert visit().get("/healthz").text == "ok\n"


def test_a_fifth_file_waits_for_its_turn_and_then_another_time(settings, looked_at, socket_path, monkeypatch, tmp_path):
    monkeypatch.setattr(scanner, "PATIENCE", 0.05)
    (tmp_path / "file").write_bytes(TEXT)
    begun, go_on = threading.Semaphore(0), threading.Event()

    def waits(talk, content):
        begun.release()
        go_on.wait(10)
        looks(talk, content)

    with our_own(socket_path, waits) as address:
        there, found = looked_at(address), []
        threads = [threading.Thread(target=lambda: found.append(there.look(tmp_path / "file"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in threads:
            begun.acquire(timeout=10)
        assert there.look(tmp_path / "file") == scanner.Look(is_away=True)
        assert not there.is_away  # it is there, and busy
        go_on.set()
        for thread in threads:
            thread.join(10)
        assert found == [scanner.Look()] * 4 and there.look(tmp_path / "file") == scanner.Look()


# --- many at once, through the real server ---------------------------------------------------------


def sent_by(url, person, *contents):
    """Files sent all at once; (threads, the statuses as they come)."""
    answers = []

    def one(content):
        try:
            answers.append(send(url, person, content, "document.txt"))
        except urllib.error.HTTPError as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=one, args=[content], daemon=True) for content in contents]
    for thread in threads:
        thread.start()
    return threads, answers


def test_eight_at_once_are_each_looked_at(world, app, settings, clamd):
    clean = [f"{number}\n".encode() * 200_000 for number in range(6)]
    with serving(world, app, settings, clamd) as (url, _):
        threads, answers = sent_by(url, world.claire, *clean, clean[0] + EICAR, EICAR + clean[1])
        for thread in threads:
            thread.join(60)
    assert sorted(answers) == [201] * 6 + [422] * 2
    assert on_disk(settings) == sorted(file.sha256 for file in StagedFile.select())


def test_a_scanner_that_hangs_keeps_nobody_from_the_pages(world, app, settings, socket_path):
    over = threading.Event()
    with our_own(socket_path, lambda *_: over.wait(60)) as it, serving(world, app, settings, it) as (url, _):
        threads, answers = sent_by(url, world.claire, *[TEXT] * 8)
        for _ in range(6):
            asked = urllib.request.Request(f"{url}/contracts", headers={"Cookie": f"lic=secret-{world.remi.id}"})
            assert urllib.request.urlopen(asked, timeout=60).status == 200
        assert len(answers) < 8  # some still wait for the scanner
        over.set()
        for thread in threads:
            thread.join(60)
    assert answers == [503] * 8 and not StagedFile.select().exists()


# --- files of letters ----------------------------------------------------------------------------


def a_letter_with_a_virus(world, incident):
    letter = a_letter(world.claire, to(incident, Channel.CUSTOMER, world.claire))
    return with_files(letter, ("photo.png", PNG), ("offer.pdf", PDF))


def test_a_virus_is_left_out_of_a_letter_and_its_message_says_so(world, incident, settings, scanned, visit):
    incoming.take(io.BytesIO(bytes(a_letter_with_a_virus(world, incident))), disk.Store.of(clock.settings), "tests")
    assert IncomingMail.get().state is LANDED and said() == [(world.claire.id, "The disk is red.")]
    held = {file.name: file for file in Attachment.select()}
    assert set(held) == {"photo.png", "offer.pdf"} and on_disk(settings) == [held["photo.png"].sha256]
    for reader in (world.remi, world.claire):
        page = visit(reader).get(f"/incidents/{incident.number}").text
        assert "<s>offer.pdf</s> left out: a virus was found in it" in page
        assert f"/incidents/{incident.number}/files/{held['photo.png'].id}" in page
        assert f'files/{held["offer.pdf"].id}"' not in page
        answer = visit(reader).get(f"/incidents/{incident.number}/files/{held['offer.pdf'].id}")
        assert answer.status_code == 422 and "a virus was found in it" in answer.text
    assert files.brought(held["offer.pdf"].customer_message) == ["photo.png"]
    assert Event.select().where(Event.kind == "user.sent_virus").count() == 1
    for url in ("/notifications", "/audit", "/mails/incoming?state=landed"):
        assert "offer.pdf" not in visit(world.diane).get(url).text  # 002-46


def test_a_letter_waits_in_the_mailbox_for_the_scanner_and_others_pass(
    world, incident, app, looked_at, socket_path, visit
):
    looked_at(f"unix:{socket_path}")
    with contextmanager(mailboxes.our_own)() as box:
        given = replace(clock.settings, imap_url=box.url)
        app.config["SETTINGS"] = given
        reader = incoming.Reader(app, threading.Event())
        box.put(
            a_letter_with_a_virus(world, incident),
            a_letter(world.remi, to(incident, Channel.DISTRIBUTOR, world.remi), number="two"),
        )
        with pytest.raises(OSError, match="waits for the virus scanner"):
            reader.work()
        assert (box.count(), box.count("Portal")) == (1, 1) and not said() and said(Channel.DISTRIBUTOR)
        assert not StagedFile.select().exists() and not Mail.select().where(Mail.letter == "reply_refused").exists()
        with our_own(socket_path):
            reader.work()
        assert (box.count(), box.count("Portal")) == (0, 2) and said()


# --- the nightly look ----------------------------------------------------------------------------


@pytest.fixture
def kept(world, visit, settings):
    """A file with a virus nobody knew of when it came."""
    browser = visit(world.claire)
    stage(browser, PDF, "blaubeere.pdf")
    made = an_incident(world, waiting=files.staged(world.claire, [StagedFile.get().id]))
    made.file = Attachment.get()
    made.url = f"/incidents/{made.number}/files/{made.file.id}"
    return made


def test_what_is_known_by_now_is_found_at_night_told_and_given_to_nobody(
    world, kept, visit, looked_at, socket_path, settings
):
    jobs.look_for_viruses(NOON)  # without a scanner: nothing
    assert visit(world.remi).get(kept.url).status_code == 200
    with our_own(socket_path) as address:
        looked_at(address)
        jobs.look_for_viruses(NOON)
        jobs.look_for_viruses(NOON)  # told once
    assert visit(world.remi).get(kept.url).status_code == 422
    page = visit(world.remi).get(f"/incidents/{kept.number}").text
    assert "<s>blaubeere.pdf</s> left out: a virus was found in it" in page
    event = Event.get(Event.kind == "organisation.damaged")
    found = f"a file of incident no. {kept.number} has a virus ({VIRUS}): it is not given out any more"
    assert event.after == {"text": found}
    assert {m.user_id for m in Mail.select().where(Mail.event == event)} == {world.diane.id, world.ines.id}
    assert on_disk(settings) == [kept.file.sha256]  # who was wrong may say so another night


def test_a_fiscal_document_found_at_night_is_given_to_nobody(world, visit, looked_at, socket_path, summary):
    url = f"/invoices/{summary.name}/certified"
    assert visit(world.diane).post(url, data={"file": (io.BytesIO(PDF), "nfse.pdf")}).status_code == 303
    with our_own(socket_path) as address:
        looked_at(address)
        jobs.look_for_viruses(NOON)
    assert visit(world.remi).get(url).status_code == 422
    text = Event.get(Event.kind == "organisation.damaged").after["text"]
    assert text.startswith(f"the certified document of invoice {summary.name} has a virus")


def test_a_scanner_that_was_wrong_gives_it_back(world, kept, visit, looked_at, socket_path):
    with our_own(socket_path, lambda talk, content: talk.sendall(b"stream: Mistaken FOUND\0")) as address:
        looked_at(address)
        jobs.look_for_viruses(NOON)
    assert Quarantined.get().virus == "Mistaken"
    path = disk.Store.of(clock.settings).path(kept.file.sha256)
    os.utime(path, (1, 1))  # however old it is by then
    with our_own(socket_path, lambda talk, content: talk.sendall(b"stream: OK\0")):
        jobs.look_for_viruses(NOON)
    assert not Quarantined.select().exists() and visit(world.remi).get(kept.url).status_code == 200


def test_older_files_and_those_nobody_gets_are_left_alone(world, kept, looked_at, socket_path):
    seen, path = [], disk.Store.of(clock.settings).path(kept.file.sha256)
    with our_own(socket_path, lambda talk, content: (seen.append(content), looks(talk, content))) as address:
        looked_at(address)
        os.utime(path, (time.time() - 31 * 24 * 3600,) * 2)
        jobs.look_for_viruses(NOON)
        assert not seen
        os.utime(path, (time.time() - 29 * 24 * 3600,) * 2)
        files.remove(kept.file, by=world.claire, at=NOON)
        jobs.look_for_viruses(NOON)
        assert not seen and not Quarantined.select().exists()


def test_without_the_scanner_the_night_is_done_again(world, kept, looked_at, socket_path, caplog):
    looked_at(f"unix:{socket_path}")
    at = on(NOON.day, hour=2)
    assert "look_for_viruses" in jobs.run_due(at)[1]
    with our_own(socket_path):
        assert "look_for_viruses" in jobs.run_due(at)[0]
    assert Quarantined.select().count() == 1


def test_the_log_says_nothing_of_the_file(world, kept, scanned, caplog):
    with caplog.at_level(logging.ERROR, "portal"):
        jobs.look_for_viruses(NOON)
    assert "viruses" in caplog.text and "blaubeere" not in caplog.text
