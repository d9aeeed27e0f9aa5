"""Files: how large, where the bytes go, how they are served, and that nothing is left behind (X14)."""

import errno
import io
import os

import pytest

from lic import files as disk
from lic.models import EVERYBODY, Attachment, Channel, CustomerMessage, Incident, StagedFile, scope
from lic.rules import Refused, declarations, files, incidents
from tests.conftest import NOON, on
from tests.incidents import PNG, TEXT, a_message, a_staged_file, an_incident

LIMIT = 20_971_520
MZ = b"MZ\x90\x00" + b"\0" * 60  # how a program for Windows begins


def stage(browser, content, name="document.txt"):
    return browser.post("/files", data={"file": (io.BytesIO(content), name)})


def on_disk(settings):
    return sorted(path.name for path in (settings.data / "files").rglob("*") if path.is_file())


@pytest.fixture
def incident(world):
    return an_incident(world)


@pytest.fixture
def kept(world, settings, visit):
    """An incident with document.txt, sent as a browser sends it."""
    browser = visit(world.claire)
    stage(browser, TEXT)
    waiting = files.staged(world.claire, [StagedFile.get().id])
    made = an_incident(world, waiting=waiting)
    made.file = Attachment.get()
    made.url = f"/incidents/{made.number}/files/{made.file.id}"
    return made


# --- what arrives ------------------------------------------------------------------------------


@pytest.mark.parametrize("size, status", [(LIMIT, 201), (LIMIT + 1, 422)])
def test_20_mb_and_not_one_byte_more(world, visit, settings, size, status):  # X14
    answer = stage(visit(world.claire), b"x" * size)
    assert answer.status_code == status
    assert ("at most 20 MB" in answer.text) == (status == 422)
    assert len(on_disk(settings)) == (1 if status == 201 else 0)


def test_an_executable_named_pdf_is_refused_and_leaves_nothing(world, visit, settings):  # X14
    answer = stage(visit(world.claire), MZ, "invoice.pdf")
    assert answer.status_code == 422 and "invoice.pdf is not accepted" in answer.text
    assert on_disk(settings) == [] and not StagedFile.select().exists()


def test_the_bytes_stand_under_their_hash_once(world, visit, settings):
    for person in (world.claire, world.remi):
        stage(visit(person), TEXT)
    assert on_disk(settings) == [StagedFile.get().sha256]
    path = disk.Store.of(settings).path(StagedFile.get().sha256)
    assert path.read_bytes() == TEXT


class Torn(io.BytesIO):
    """A connection that breaks in the middle of a file."""

    def readinto(self, buffer):
        return super().readinto(buffer) or self.broken()

    def broken(self):
        self.broke = len(list(self.parts.glob("*.part"))) == 1  # it was on its way to the disk
        raise ConnectionResetError


def test_an_interrupted_upload_leaves_nothing_behind(world, visit, settings):  # X14
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    torn = Torn(head + b"x" * 3_000_000)
    torn.parts = settings.data / "files"
    sent = {"input_stream": torn, "content_type": "multipart/form-data; boundary=b"}
    promised = {"CONTENT_LENGTH": "9000000"}
    assert visit(world.claire).post("/files", **sent, environ_overrides=promised).status_code == 400
    assert torn.broke
    assert on_disk(settings) == [] and not StagedFile.select().exists()


def test_a_full_disk_is_said_and_loses_nothing(world, visit, settings, monkeypatch):  # safety.md 6 (faults)
    def full(file, piece):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "_write_all", full)
    data = declared(world, file=(io.BytesIO(TEXT), "document.txt"))
    answer = visit(world.claire).post(f"/contracts/{world.contract.number}/incidents/new", data=data)
    assert answer.status_code == 507
    assert "no room for files" in answer.text and "It stops by itself." in answer.text
    assert on_disk(settings) == []
    monkeypatch.undo()
    assert stage(visit(world.claire), TEXT).status_code == 201


def test_files_leave_room_for_the_database(world, visit, monkeypatch):  # safety.md 40
    monkeypatch.setattr(disk, "FLOOR", 2**60)
    answer = stage(visit(world.claire), TEXT)
    assert answer.status_code == 507 and "no room" in answer.text


def test_a_form_that_expects_no_file_keeps_none(world, visit, settings):
    visit(world.claire).post("/settings/password", data={"file": (io.BytesIO(TEXT), "a.txt")})
    assert on_disk(settings) == []


def test_an_incident_takes_100_mb_in_all(world, incident, monkeypatch):  # Q, Files
    monkeypatch.setattr(files, "INCIDENT_LIMIT", 2 * len(TEXT))
    files.add(incident, [a_staged_file(world.claire), a_staged_file(world.claire)], world.claire, NOON)
    with pytest.raises(Refused):
        a_message(incident, Channel.CUSTOMER, world.claire, waiting=[a_staged_file(world.claire)])
    assert Attachment.select().count() == 2 and StagedFile.select().count() == 1


def test_a_double_click_adds_a_file_once(world, incident, visit):
    browser = visit(world.claire)
    for content in (TEXT, TEXT, b"another one\n"):
        data = {"key": "k", "file": (io.BytesIO(content), "document.txt")}
        assert browser.post(f"/incidents/{incident.number}/files", data=data).status_code == 303
    assert Attachment.select().count() == 2 and not StagedFile.select().exists()


def test_an_organisations_incidents_have_room_for_so_much(world, incident, monkeypatch):  # safety.md 40
    monkeypatch.setattr(files, "OWNER_LIMIT", 2 * len(TEXT))
    files.add(an_incident(world), [a_staged_file(world.claire), a_staged_file(world.claire)], world.claire, NOON)
    with pytest.raises(Refused):
        files.add(incident, [a_staged_file(world.claire)], world.claire, NOON)
    others = an_incident(world, world.betas, by=world.anne)
    files.add(others, [a_staged_file(world.anne)], world.anne, NOON)


def test_waiting_files_are_their_senders_only(world, incident, visit):
    mine = a_staged_file(world.claire)
    assert visit(world.remi).delete(f"/files/{mine.id}").status_code == 404
    files.add(incident, [mine], world.remi, NOON)
    assert not Attachment.select().exists() and StagedFile.select().count() == 1


# --- with a form -------------------------------------------------------------------------------


def declared(world, **given):
    article = {"articles": [str(a.id) for a in articles(world)]}
    return (
        {
            "title": "My NAS stops",
            "nature": "defective",
            "description": "It stops by itself.",
            "address": "new",
            "new-label": "Main",
            "new-street": "1 rue",
            "new-postcode": "69001",
            "new-city": "Lyon",
            "new-country": "FR",
            "new-email": "a@example.com",
            "new-phone": "0123456789",
            "key": "k",
        }
        | article
        | given
    )


def articles(world):
    from lic.rules import contracts

    with scope(EVERYBODY):
        return contracts.articles(world.contract)


def test_a_wrong_field_keeps_the_file_that_came_with_it(world, visit):  # issue 4, 1: nothing uploaded is lost
    url, browser = f"/contracts/{world.contract.number}/incidents/new", visit(world.claire)
    answer = browser.post(url, data=declared(world, title="", file=(io.BytesIO(TEXT), "document.txt")))
    assert answer.status_code == 422 and "document.txt" in answer.text and "It stops by itself." in answer.text
    waiting = StagedFile.get()
    assert f'value="{waiting.id}" checked' in answer.text
    answer = browser.post(url, data=declared(world, uploads=str(waiting.id)))
    assert answer.status_code == 303
    assert Attachment.get().name == "document.txt" and not StagedFile.select().exists()


def test_a_form_refused_for_its_file_keeps_what_was_typed(world, visit):
    url = f"/contracts/{world.contract.number}/incidents/new"
    answer = visit(world.claire).post(url, data=declared(world, file=(io.BytesIO(MZ), "a.pdf")))
    assert answer.status_code == 422 and "My NAS stops" in answer.text
    assert answer.text.count("a.pdf is not accepted") == 2 and 'href="#file"' in answer.text  # on top, and at its field


def test_a_file_that_waited_too_long_is_told_and_what_was_typed_stays(world, visit, incident):
    """Nobody believes it was sent: the form comes back and says so."""
    browser, gone = visit(world.claire), a_staged_file(world.claire)
    files.unstage(gone.id, world.claire)
    ahead = {"uploads": str(gone.id)}
    for url, data in (
        (f"/contracts/{world.contract.number}/incidents/new", declared(world)),
        (f"/incidents/{incident.number}/messages/customer", {"customer-body": "It stops by itself."}),
        (f"/incidents/{incident.number}/files", {"key": "k"}),
    ):
        answer = browser.post(url, data=data | ahead)
        assert answer.status_code == 422 and "Add it again." in answer.text and "It stops by itself." in answer.text
    assert Incident.select().count() == 1 and not CustomerMessage.select().exists()


def test_a_message_that_is_only_a_file_and_sent_twice_is_one(world, visit, incident):
    browser, file = visit(world.claire), a_staged_file(world.claire)
    url, data = f"/incidents/{incident.number}/messages/customer", {"customer-key": "k", "uploads": str(file.id)}
    assert [browser.post(url, data=data).status_code for _ in range(2)] == [303, 303]
    assert CustomerMessage.select().count() == Attachment.select().count() == 1


def test_a_refusal_of_the_rules_keeps_the_page_and_its_files(world, visit, incident, monkeypatch):
    monkeypatch.setattr(files, "INCIDENT_LIMIT", 1)
    browser, file = visit(world.claire), a_staged_file(world.claire)
    ahead = {"uploads": str(file.id)}
    for url, data in (
        (f"/contracts/{world.contract.number}/incidents/new", declared(world)),
        (f"/incidents/{incident.number}/messages/customer", {"customer-body": "It stops by itself."}),
        (f"/incidents/{incident.number}/files", {}),
    ):
        answer = browser.post(url, data=data | ahead)
        assert answer.status_code == 422 and "MB together" in answer.text and "It stops by itself." in answer.text
        assert f'value="{file.id}" checked' in answer.text, url


def test_a_form_of_files_without_one_says_so(world, visit, incident):
    answer = visit(world.claire).post(f"/incidents/{incident.number}/files", data={"key": "k"})
    assert answer.status_code == 422 and "Choose a file first." in answer.text


def test_a_file_can_be_taken_back_before_it_is_sent(world, visit, settings):
    browser = visit(world.claire)
    stage(browser, TEXT)
    assert browser.delete(f"/files/{StagedFile.get().id}").status_code == 204
    assert on_disk(settings) == []


# --- how it is served --------------------------------------------------------------------------


def test_a_file_is_always_a_download_in_a_sandbox(kept, world, visit):  # safety.md 38
    answer = visit(world.remi).get(kept.url)
    assert answer.data == TEXT
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "text/plain"


def test_only_pictures_are_shown_in_a_page(kept, world, visit):
    assert visit(world.claire).get(f"{kept.url}/preview").status_code == 404
    browser = visit(world.claire)
    stage(browser, PNG, "voyant.png")
    browser.post(f"/incidents/{kept.number}/files", data={"uploads": str(StagedFile.get().id)})
    picture = Attachment.get(Attachment.name == "voyant.png")
    answer = browser.get(f"/incidents/{kept.number}/files/{picture.id}/preview")
    assert answer.mimetype == "image/png" and "attachment" not in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("person", ["anne", "victor", "marc"])
def test_a_strangers_file_does_not_exist(kept, world, visit, person):  # safety.md 1
    for url in (kept.url, f"{kept.url}/preview"):
        assert visit(getattr(world, person)).get(url).status_code == 404


def test_a_file_belongs_to_its_incident(kept, world, visit):
    other = an_incident(world)
    assert visit(world.claire).get(f"/incidents/{other.number}/files/{kept.file.id}").status_code == 404


# --- deleting ----------------------------------------------------------------------------------


def test_the_author_deletes_and_the_history_keeps_it(kept, world, visit, settings):  # 002-47
    browser = visit(world.claire)
    assert "no longer be downloaded" in browser.get(f"{kept.url}/removal").text
    assert browser.post(f"{kept.url}/removal").status_code == 303
    assert browser.get(kept.url).status_code == 404 and on_disk(settings) == []
    page = browser.get(f"/incidents/{kept.number}").text
    assert "deleted on" in page and "document.txt" in page


WHO_DELETES = {"claire": True, "remi": True, "diane": True, "cleo": False, "lea": False}


@pytest.mark.parametrize("person, may", WHO_DELETES.items())
def test_who_may_delete_a_customers_file(kept, world, person, may):  # Q, Files
    user = getattr(world, person)
    user.may_declare = not may or user.may_declare  # a basic user who may declare deletes the own files only
    assert (files.why_not_remove(kept.file, kept, user) is None) == may


def test_the_files_of_an_incident_that_is_over_stay(kept, world, visit):
    incidents.move(kept, incidents.RESOLVED, world.remi, NOON)
    assert visit(world.claire).post(f"{kept.url}/removal").status_code == 422
    assert visit(world.claire).get(kept.url).status_code == 200


def test_bytes_another_file_names_stay(kept, world, visit, settings):
    stage(visit(world.remi), TEXT)
    visit(world.claire).post(f"{kept.url}/removal")
    assert len(on_disk(settings)) == 1


# --- the sweep ---------------------------------------------------------------------------------


def test_what_nobody_sent_is_swept_after_a_day(world, visit, settings):
    stage(visit(world.claire), TEXT)
    store = disk.Store.of(settings)
    with scope(EVERYBODY):
        assert disk.sweep(store, NOON) == 0
        staged_at = StagedFile.get().at
        later = NOON.__class__(NOON.day, NOON.at, staged_at + files.STAGED_FOR * 1.01)
        assert disk.sweep(store, later) == 1
    assert on_disk(settings) == []


def test_what_a_crash_left_is_swept_and_what_is_named_stays(kept, settings):
    folder = settings.data / "files"
    (folder / "old.part").write_bytes(b"x")
    os.utime(folder / "old.part", (1, 1))
    (folder / "new.part").write_bytes(b"x")
    (folder / "ab").mkdir(exist_ok=True)
    (folder / "ab" / ("ab" + "0" * 62)).write_bytes(b"x")
    with scope(EVERYBODY):
        assert disk.sweep(disk.Store.of(settings), on(NOON.day)) == 2
    assert on_disk(settings) == sorted(["new.part", kept.file.sha256])


def test_declarations_are_over_their_staged_files_only(world):
    """A form that names somebody's else's waiting file gets none of it."""
    theirs = a_staged_file(world.remi)
    made = an_incident(world, waiting=[theirs])
    assert not Attachment.select().where(Attachment.incident == made).exists()
    assert declarations.next_number(NOON.day)[1] == 2
