"""Files through the real server: in little memory, unchanged, and many at once (issue 4)."""

import hashlib
import io
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from lic import files as disk
from lic import jobs
from lic.models import Attachment, CustomerMessage, StagedFile
from lic.rules import files
from tests.conftest import a_browser
from tests.incidents import TEXT, an_incident
from tests.running import a_free_port

LIMIT = 20_971_520

SERVER = """
import sys
from lic import create_app, database, server
from lic.settings import read
given = {"LIC_DATA": sys.argv[1], "LIC_PORT": sys.argv[2], "LIC_CLAMD": sys.argv[3], "LIC_TODAY": "2026-11-22"}
settings = read(given | {"LIC_BASE_URL": "http://localhost"})
database.connect(settings.database)
server.listen(create_app(settings, SECRET_KEY="tests"), settings).run()
"""


@pytest.fixture
def server(world, app, settings):
    """The portal as a process of its own, over this test's data; (its address, its process number)."""
    with serving(world, app, settings) as running:
        yield running


@contextmanager
def serving(world, app, settings, clamd=""):
    a_browser(app, world.claire)
    a_browser(app, world.remi)
    port = a_free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(settings.data), str(port), clamd])
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(10)


def send(url, person, content, name="disk.log", path="/files", **typed):
    fields = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in typed.items()]
    body = b"".join(
        (
            "".join(fields).encode(),
            f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(),
            content,
            b"\r\n--b--\r\n",
        )
    )
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Cookie": f"lic=secret-{person.id}",
        "Sec-Fetch-Site": "same-origin",
    }
    return urllib.request.urlopen(urllib.request.Request(f"{url}{path}", body, headers), timeout=60).status


def peak(pid):
    """The most memory a process has held so far, in bytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmHWM"))) * 1024


def test_20_mb_pass_through_less_than_5_mb_of_memory(server, world):  # issue 4, 2
    url, pid = server
    assert send(url, world.claire, b"warm up\n" * 100_000) == 201
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # forget the peak of starting up
    before = peak(pid)
    assert send(url, world.claire, b"x" * LIMIT) == 201
    assert peak(pid) - before < 5 * 1024 * 1024


def test_a_file_far_too_large_costs_nothing_that_was_typed(server, world, settings):  # X14
    """Without scripts: the server reads what is more than it takes, so that the form comes back with its words."""
    url, pid = server
    send(url, world.claire, b"warm up\n" * 100_000)
    before = peak(pid)
    with pytest.raises(urllib.error.HTTPError) as refused:
        path = f"/contracts/{world.contract.number}/incidents/new"
        send(url, world.claire, b"x" * 3 * LIMIT, "film.mp4", path, title="My NAS stops", description="Two beeps.")
    page = refused.value.read().decode()
    assert refused.value.code == 422 and "film.mp4 is too large: at most 20 MB." in page
    assert "My NAS stops" in page and "Two beeps." in page
    assert StagedFile.select().count() == 1 and disk.Store.of(settings).parts() == []
    assert peak(pid) - before < 8 * 1024 * 1024


@pytest.fixture
def kept(app, world):
    """An incident with document.txt."""
    a_browser(app, world.claire).post("/files", data={"file": (io.BytesIO(TEXT), "document.txt")})
    made = an_incident(world, waiting=files.staged(world.claire, [StagedFile.get().id]))
    made.url = f"/incidents/{made.number}/files/{Attachment.get().id}"
    return made


def test_a_text_comes_down_as_it_went_up_whatever_the_browser_can_unpack(server, kept, world):
    """Through the real server, which hands files out in a way of its own."""
    url, _ = server
    headers = {"Cookie": f"lic=secret-{world.claire.id}", "Accept-Encoding": "gzip"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}{kept.url}", headers=headers), timeout=10) as answer:
        assert answer.read() == TEXT and "Content-Encoding" not in answer.headers


def test_people_sending_and_writing_at_once_lose_nothing(server, world, settings):  # issue 4
    url, _ = server
    number = an_incident(world).number
    done = []

    def work(person, place):
        for turn in range(3):
            content = f"{person.first_name} {place} {turn}\n".encode() * 60_000
            done.append(send(url, person, content))
            body = urllib.parse.urlencode({"customer-body": f"{place} {turn}", "customer-key": f"{place}-{turn}"})
            asked = urllib.request.Request(f"{url}/incidents/{number}/messages/customer", body.encode())
            asked.add_header("Cookie", f"lic=secret-{person.id}")
            asked.add_header("Sec-Fetch-Site", "same-origin")
            with urllib.request.urlopen(asked, timeout=60) as answer:
                done.append(answer.status)

    people = [(person, place) for place in range(8) for person in (world.claire, world.remi)]
    threads = [Thread(target=work, args=one) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2 * 3 * len(people) and set(done) == {200, 201}
    sent = list(StagedFile.select())
    assert len(sent) == CustomerMessage.select().count() == 3 * len(people)
    store = disk.Store.of(settings)
    for file in sent:
        assert hashlib.sha256(store.path(file.sha256).read_bytes()).hexdigest() == file.sha256
    assert store.parts() == []


def test_what_was_arriving_when_the_server_was_killed_goes_when_the_next_begins(app, settings):
    """Only one server works on a folder; what arrives by now is not touched."""
    folder = settings.data / "files"
    for name, age in (("killed", 60), ("arriving", -60)):
        (folder / f"{name}.part").write_bytes(b"x")
        os.utime(folder / f"{name}.part", (disk.BEGUN - age, disk.BEGUN - age))
    stopping = Event()
    stopping.set()
    runs = Thread(target=jobs.run, args=(stopping,))
    runs.start()
    runs.join()
    assert [part.name for part in disk.Store.of(settings).parts()] == ["arriving.part"]
