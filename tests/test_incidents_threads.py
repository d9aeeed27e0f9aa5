"""Many at once in one incident: numbers, answers, states and files stay whole (issue 4, R8)."""

import io
import threading

import pytest

from lic import files as disk
from lic.models import EVERYBODY, Attachment, Channel, CustomerMessage, Event, Incident, StagedFile, db, scope
from lic.rules import Refused, files, incidents, messages
from tests.conftest import NOON, a_browser
from tests.incidents import TEXT, a_staged_file, an_incident

THREADS = 8


def at_once(*acts):
    """Run these at the same moment, each in a thread of its own: what each got, a refusal or an answer."""
    gate, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            gate.wait()
            try:
                answers[place] = act()
            except Refused as refused:
                answers[place] = refused
        db.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def incident(world):
    return an_incident(world)


def test_one_form_sent_by_many_clicks_is_one_incident(world):
    articles = incidents.articles(an_incident(world))
    answers = at_once(*[lambda: an_incident(world, articles=articles, key="one").number] * THREADS)
    assert set(answers) == {26112202} and Incident.select().count() == 2


def test_a_reply_and_a_new_state_at_once_agree_on_where_it_stands(world, incident):  # rules.md S
    acts = [lambda: messages.say(incident, Channel.CUSTOMER, "?", world.claire, NOON)] * 4
    acts += [lambda: incidents.move(incident, incidents.RESOLVED, world.remi, NOON)] * 4
    answers = at_once(*acts)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    now = incident.again()
    assert CustomerMessage.select().count() == 4 and len(refused) < 4
    assert now.turn is incidents.turn(now, now.state) and (now.resolved_on is None) == (now.state not in incidents.OVER)
    moves = [event.after["state"] for event in Event.select().order_by(Event.id) if (event.after or {}).get("state")]
    assert moves[-1] == now.state.value and all(one != other for one, other in zip(moves, moves[1:], strict=False))


def test_a_file_sent_by_many_at_once_stays_while_anybody_wants_it(world, incident, app, settings):
    """The same bytes come, are taken back and are attached at the same moment."""
    people = [world.claire, world.remi, world.diane, world.marc]
    for person in people:
        a_browser(app, person)

    def come_and_go(person, stays):
        def act():
            browser = a_browser(app, person)
            for _ in range(5):
                assert browser.post("/files", data={"file": (io.BytesIO(TEXT), "a.txt")}).status_code == 201
                mine = StagedFile.select().where(StagedFile.by == person.id).order_by(StagedFile.id.desc()).first()
                if not stays:
                    assert browser.delete(f"/files/{mine.id}").status_code == 204

        return act

    at_once(*(come_and_go(person, place == 0) for place, person in enumerate(people)))
    (sha256,) = {file.sha256 for file in StagedFile.select()}
    assert StagedFile.select().count() == 5
    assert disk.Store.of(settings).path(sha256).read_bytes() == TEXT and disk.Store.of(settings).parts() == []


def test_an_incident_never_holds_more_than_its_limit(world, incident, monkeypatch):  # Q, Files
    monkeypatch.setattr(files, "INCIDENT_LIMIT", 3 * len(TEXT))
    waiting = [a_staged_file(world.claire) for _ in range(THREADS)]
    answers = at_once(*(lambda file=file: files.add(incident, [file], world.claire, NOON) for file in waiting))
    assert Attachment.select().count() == 3 == sum(answer is None for answer in answers)
    assert StagedFile.select().count() == THREADS - 3


def test_who_downloads_a_file_that_is_deleted_meanwhile_gets_all_of_it(world, app, settings):
    """And who comes a moment later is told that it is not there, whatever happens in between."""
    browser = a_browser(app, world.claire)
    content = b"disk error\n" * 200_000
    browser.post("/files", data={"file": (io.BytesIO(content), "disk.log")})
    incident = an_incident(world, waiting=files.staged(world.claire, [StagedFile.get().id]))
    file = Attachment.get()
    url = f"/incidents/{incident.number}/files/{file.id}"
    reading = browser.get(url, buffered=False)
    pieces = reading.iter_encoded()
    begun = next(pieces)
    assert a_browser(app, world.remi).post(f"{url}/removal").status_code == 303
    assert not disk.Store.of(settings).path(file.sha256).exists()
    assert begun + b"".join(pieces) == content
    reading.close()
    assert browser.get(url).status_code == 404
    file.removed_at = None  # its row is still there, its bytes are not: a moment in between
    file.save()
    assert browser.get(url).status_code == 404
