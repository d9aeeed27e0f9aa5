"""A hundred people send 20 MiB each and write messages, all at once, to the real server: nothing may be lost (issue 4).

    python -m bench.uploads

Five different contents, so that the disk holds each once; what is on its way lies in the temporary folder meanwhile.
"""

import hashlib
import http.client
import tempfile
import time
import urllib.parse
from collections import Counter
from pathlib import Path
from threading import Barrier, Thread

from lic import create_app, database
from lic.files import Store
from lic.models import EVERYBODY, Attachment, Channel, CustomerMessage, StagedFile, db, scope, tx
from lic.rules import files
from lic.settings import read
from tests.conftest import a_browser, a_user, the_cast
from tests.incidents import an_incident
from tests.running import running

PEOPLE, CONTENTS, WORDS = 100, 5, 3
BAR = 120  # seconds
TODAY, HEAD, END = "2026-11-22", b'--b\r\nContent-Disposition: form-data; name="%s"', b"\r\n--b--\r\n"


def content(place):
    line = f"{place % CONTENTS} the disk says that all is well\n".encode()
    return (line * (files.LIMIT // len(line) + 1))[: files.LIMIT]


class Person:
    """One who writes a few messages and one with a file, on a connection of their own."""

    def __init__(self, address, user, incident, place, start):
        self.address, self.user, self.place, self.start = address.removeprefix("http://"), user, place, start
        self.url, self.answers = f"/incidents/{incident.number}/messages/customer", Counter()

    def work(self):
        self.start.wait()
        for turn in range(WORDS):
            form = {"customer-body": f"{self.place} {turn}", "customer-key": f"{turn}"}
            self.send(urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        fields = {"customer-body": f"{self.place} with a file", "customer-key": "file"}
        parts = [HEAD % name.encode() + b"\r\n\r\n" + value.encode() + b"\r\n" for name, value in fields.items()]
        name = HEAD % b"file" + b'; filename="%d.log"\r\n\r\n' % self.place
        self.send(b"".join((*parts, name, content(self.place), END)), "multipart/form-data; boundary=b")

    def send(self, body, kind):
        server = http.client.HTTPConnection(self.address, timeout=BAR)
        cookie = {"Cookie": f"lic=secret-{self.user.id}", "Sec-Fetch-Site": "same-origin"}
        try:
            server.request("POST", self.url, body, cookie | {"Content-Type": kind})
            self.answers[server.getresponse().status] += 1
        except OSError as error:
            self.answers[type(error).__name__] += 1
        finally:
            server.close()


def prepared(settings):
    """People of one customer, each with an incident of their own."""
    app = create_app(settings)
    with scope(EVERYBODY):
        world = the_cast()
        with tx():
            users = [a_user(world.client, f"P{place} Test") for place in range(PEOPLE)]
        for user in users:
            a_browser(app, user)
        return [(user, an_incident(world, by=user)) for user in users]


def main():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = read({"LIC_DATA": str(data), "LIC_TODAY": TODAY})
        database.open_database(settings)
        people = prepared(settings)
        db.close()
        with running(data) as portal:
            start = Barrier(PEOPLE + 1)
            there = [Person(portal.address, *one, place, start) for place, one in enumerate(people)]
            threads = [Thread(target=person.work) for person in there]
            for thread in threads:
                thread.start()
            start.wait()
            begun = time.monotonic()
            for thread in threads:
                thread.join()
            took = time.monotonic() - begun
        answers = sum((person.answers for person in there), Counter())
        database.connect(settings.database)
        wrong = list(lost(Store.of(settings), answers))
        db.close()
    print(f"{PEOPLE} people, {PEOPLE * 20} MiB and {PEOPLE * (WORDS + 1)} messages: {took:.0f} s (bar {BAR} s)")
    for line in wrong:
        print(f"  {line}")
    if wrong or took > BAR:
        raise SystemExit(1)


def lost(store, answers):
    """What is not as it was acknowledged."""
    with scope(EVERYBODY):
        if set(answers) != {303}:
            yield f"answers: {dict(answers)}"
        if CustomerMessage.select().count() != PEOPLE * (WORDS + 1):
            yield f"{CustomerMessage.select().count()} messages"
        held = {file.name: file for file in Attachment.select().where(Attachment.channel == Channel.CUSTOMER)}
        for place in range(PEOPLE):
            file = held.get(f"{place}.log")
            if file is None or file.sha256 != hashlib.sha256(content(place)).hexdigest():
                yield f"the file of {place} is not what was sent"
        if StagedFile.select().exists() or store.parts():
            yield "something waits that nobody will ask for"
        there = sorted(path.name for path in store.folder.glob("??/*"))
        if there != sorted({hashlib.sha256(content(place)).hexdigest() for place in range(CONTENTS)}):
            yield f"{len(there)} files on the disk"
        for name in there:
            if hashlib.sha256(store.path(name).read_bytes()).hexdigest() != name:
                yield f"{name} is damaged"


if __name__ == "__main__":
    main()
