"""One fact, told four ways: what is recorded is chained, told to whom it concerns, and has words for all of it."""

import ast
import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from flask_babel import force_locale

from lic import mail
from lic.models import EVERYBODY, NOBODY, Event, Mail, Notification, Organisation, Terms, db, scope, tx
from lic.rules import journal
from lic.rules.journal import Tell
from lic.web import guard, telling
from lic.web.events import KINDS, NOUNS
from tests.conftest import NOON

RULES = sorted(Path("lic/rules").glob("*.py"))
LETTERS = {file.stem for file in Path("templates/mail").glob("*.txt")}

# Verbs that change something and record no event of their own, and why none is missing.
SILENT = {
    "journal.py": "it is the journal: what it writes follows from an event, and who has read what concerns nobody else",
    "links.py": "a link is made and used within a verb that records what it is for",
    "throttle.py": "counts of wrong passwords; the guessing itself is recorded by people.py",
    "numbers.py": "a number is given within the verb that uses it",
    "charges.py": "charges follow from an approval, which is recorded",
    "cart.py": "a cart is a person's own until it is placed, which is recorded",
}
SILENT_VERBS = {
    "files.stage": "a file that waits for its declaration is nobody's but its sender's",
    "files.unstage": "a file that waits for its declaration is nobody's but its sender's",
    "files.forget_staged": "the same, when it waited too long",
    "replies.ignore": "a machine's letter is noted only so that it is not read again",
    "once.carry_out": "what it carries out records it",
    "digests.send_daily": "a letter about notifications that follow from events",
}


# --- every verb tells --------------------------------------------------------------------------


def verbs(file):
    """The functions of a module with what each calls: {name: (writes, called names)}."""
    found = {}
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
            names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
            found[node.name] = ("tx" in names, names)
    return found


ALL_VERBS = {file: verbs(file) for file in RULES}
RECORDING = {"record"}
for _ in range(4):  # who calls somebody that records, records
    RECORDING |= {name for found in ALL_VERBS.values() for name, (_, called) in found.items() if called & RECORDING}


@pytest.mark.parametrize("file", [f for f in RULES if f.name not in SILENT], ids=lambda f: f.name)
def test_every_verb_that_changes_something_records_an_event(file):
    for name, (writes, called) in ALL_VERBS[file].items():
        if writes and f"{file.stem}.{name}" not in SILENT_VERBS:
            assert called & RECORDING, f"{file.stem}.{name} writes and records nothing"


def test_no_verb_is_excused_that_is_not_there():
    assert set(SILENT) <= {file.name for file in RULES}
    there = {f"{file.stem}.{name}" for file, found in ALL_VERBS.items() for name in found}
    assert set(SILENT_VERBS) <= there


def recorded_kinds():
    """Every kind of event the rules name."""
    text = "\n".join(file.read_text() for file in RULES)
    nouns = {kind.split(".")[0] for kind in KINDS} | set(NOUNS)
    kinds = {kind for kind in re.findall(r'"([a-z_]+\.[a-z_]+)"', text) if kind.split(".")[0] in nouns}
    for tail in re.findall(r'f"\{noun\}\.([a-z_]+)"', text):  # organisations.py: one verb for both
        kinds |= {f"customer.{tail}", f"organisation.{tail}"}
    for start in re.findall(r'"(incident\.[a-z_]*file)"', text):  # files.py: one verb for every channel
        kinds = kinds - {start} | {f"{start}_removed"}
    return kinds


def test_every_kind_that_is_recorded_has_its_words_and_no_other():
    assert recorded_kinds() == set(KINDS)


def test_every_kind_somebody_is_told_of_is_recorded(app):
    assert set(journal.TELLS) <= set(KINDS)


def test_every_letter_that_is_written_exists(app):
    written = {told.letter for told in sum(journal.TELLS.values(), ()) if told.letter}
    written |= {name for file in RULES for name in re.findall(r'journal\.write\(\s*"(\w+)"', file.read_text())}
    assert written <= LETTERS


@pytest.mark.parametrize("letter", sorted(LETTERS - {"_frame"}))
def test_every_letter_has_a_subject_and_a_body(app, letter):
    assert {"subject", "body"} <= set(app.jinja_env.get_template(f"mail/{letter}.txt").blocks)


def test_everybody_told_by_a_drawer_is_told_in_words(world, app):
    """Each kind reads as a sentence without gaps, whatever the event happens to keep."""
    with app.test_request_context():
        for kind in KINDS:
            event = Event(kind=kind, subject_kind="contract", subject=world.contract.id, shown_at=NOON.at, by=None)
            line = telling.line(event, world.diane, to=lambda *a, **k: "/")
            assert line.title and line.text and "%" not in line.text and line.by == "the portal"


# --- recording ---------------------------------------------------------------------------------


def record(world, kind="contract.changed", by=None, **kept):
    return journal.record(kind, world.contract, by or world.diane, NOON, **kept)


def test_an_event_is_in_real_utc_and_shown_on_the_business_clock(world):  # R9
    at = NOON.__class__(NOON.day, NOON.at, NOON.utc + timedelta(days=100))
    event = journal.record("contract.changed", world.contract, world.diane, at)
    assert (event.at, event.shown_at) == (at.utc, at.at)


def test_who_hears_of_it_hears_of_it_once_and_not_of_what_they_did(world, monkeypatch):
    everybody = Tell(lambda c, e: [world.remi, world.remi, world.diane], letter="event")
    monkeypatch.setitem(journal.TELLS, "contract.changed", (everybody, Tell(lambda c, e: [world.remi])))
    record(world)
    assert [n.user for n in Notification.select()] == [world.remi]
    assert [m.user for m in Mail.select()] == [world.remi]


def test_whoever_may_not_log_in_any_more_hears_of_nothing(world, monkeypatch):
    monkeypatch.setitem(journal.TELLS, "contract.changed", (Tell(lambda c, e: [world.remi], letter="event"),))
    with tx():
        world.remi.active = False
        world.remi.save()
    record(world)
    assert not Notification.select().exists() and not Mail.select().exists()


def test_the_person_acting_need_not_see_whom_the_house_tells(world, monkeypatch):
    monkeypatch.setitem(journal.TELLS, "contract.changed", (Tell(journal.distributor_administrators),))
    with scope(world.alpha.scope):
        record(world, by=world.remi)
    assert {n.user_id for n in Notification.select()} == {world.diane.id, world.ines.id}


# --- the chain (safety.md 49) --------------------------------------------------------------------


@pytest.fixture
def chain(world):
    return [record(world, after={"articles": [f"é{n}"], "left": n}) for n in range(5)]


def test_a_whole_chain_holds(chain):
    assert journal.first_broken_link() is None


@pytest.mark.parametrize("column", ["kind", "subject_kind", "subject", "by", "at", "shown_at", "before", "after"])
def test_a_row_changed_behind_our_back_is_found(world, chain, column):
    changed = {"subject": 7, "by": world.remi, "at": NOON.utc - timedelta(1), "shown_at": NOON.utc - timedelta(1)}
    changed |= {"before": {"left": 9}, "after": {"left": 9}}
    with tx():
        Event.update({getattr(Event, column): changed.get(column, "other")}).where(Event.id == chain[2].id).execute()
    assert journal.first_broken_link() == chain[2]


def test_a_row_taken_out_is_found(chain):
    with tx():
        Event.delete().where(Event.id == chain[2].id).execute()
    assert journal.first_broken_link() == chain[3]


def test_rows_that_changed_places_are_found(chain):
    db.execute_sql("UPDATE event SET id = -1 WHERE id = 3")
    db.execute_sql("UPDATE event SET id = 3 WHERE id = 4")
    db.execute_sql("UPDATE event SET id = 4 WHERE id = -1")
    assert journal.first_broken_link().id == 3


# --- how an event reads --------------------------------------------------------------------------


def test_values_are_shown_the_readers_way(world, app):  # R10
    event = record(world, after={"net_cents": 211200, "currency": "EUR", "ends_on": "2030-12-31", "count": 1234})
    values = telling.Values(event, world.contract, world.diane)
    with app.test_request_context(), force_locale("fr"):
        assert values["net_cents"].replace("\u202f", " ").replace("\xa0", " ") == "2 112,00 €"
        assert values["ends_on"] == "31/12/2030" and values["by"] == "Diane Garnier"
        assert values["count"].replace("\u202f", " ").replace("\xa0", " ") == "1 234"
        assert values["customer"] == "Client Test" and values["no_such_thing"] == ""
        assert values.shown("contract_number", 29962) == values.shown("subscription", 29962) == "29962"  # no amount
        assert values.shown("on", "2026-12-01") == "01/12/2026"


def test_a_line_leads_only_where_its_reader_may_go(world, app):
    event = journal.record("product.made", world.completo, world.diane, NOON)
    noun = NOUNS["product"]
    with app.test_request_context():
        for reader in (world.remi, world.claire):
            if noun.endpoint(world.completo) in app.view_functions:
                assert telling.line(event, reader).url is None
        assert telling.line(event, world.remi).thing == "Gestão Completo"


def test_every_line_leads_to_a_screen_there_is(world, app):
    things = {
        "order": [], "contract": [world.contract], "product": [world.completo], "price_list": [world.europe],
        "organisation": [world.house, world.alpha, world.client], "terms": [Terms.get()],
    }  # fmt: skip
    for name, noun in NOUNS.items():
        assert not isinstance(noun.screen, str) or noun.screen in app.view_functions
        for thing in things.get(name, ()):
            with app.test_request_context():
                assert telling.address(noun, thing, guard.role(world.diane)).startswith("/")


def test_what_is_out_of_scope_is_not_told(world, app):
    event = journal.record("contract.extended", world.betas, world.anne, NOON, after={"ends_on": "2030-01-01"})
    with app.test_request_context(), scope(world.alpha.scope):
        line = telling.line(event, world.remi)
        assert line.url is None and line.subject is None
        assert not any("30001" in str(getattr(line, f.name)) or "2030" in str(getattr(line, f.name))
                       for f in fields(line) if f.name != "event")  # fmt: skip


def test_a_person_of_another_company_is_not_named(world, app):
    event = journal.record("contract.customer_given", world.contract, world.anne, NOON, after={"customer": "Client"})
    with app.test_request_context(), scope(world.alpha.scope):
        line = telling.line(event, world.remi)
        assert line.text == "Given to Client by somebody else."


def test_reading_many_lines_asks_the_database_little(world, app):
    events = [record(world) for _ in range(30)]
    asked = []
    with app.test_request_context():
        original = db.execute_sql
        db.execute_sql = lambda *a, **k: asked.append(a) or original(*a, **k)
        try:
            telling.lines(events, world.diane)
        finally:
            db.execute_sql = original
    assert len(asked) <= 4


def test_nothing_is_told_outside_a_scope(world):
    with scope(NOBODY), pytest.raises(Exception, match="Organisation|User|Contract"):
        Organisation.get()


@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_a_letter_about_any_event_composes_in_any_language(world, app, language):
    with tx():
        world.remi.language = language
        world.remi.save()
    event = journal.record("contract.recorded", world.contract, world.diane, NOON)
    with tx():
        letter = journal.write("event", world.remi, NOON, event=event)
    with scope(EVERYBODY):
        assert "29962" in mail.compose(app, letter, NOON).subject
