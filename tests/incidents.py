"""Builders of incidents, their files and what is said in them."""

from hashlib import sha256
from types import SimpleNamespace
from uuid import uuid4

from lic.models import Article, Attachment, Channel, Incident, IncidentNature, tx
from lic.rules import declarations, files, messages
from lic.scanner import Look
from tests.conftest import NOON

HOME = {"street": "123 rue des tests", "city": "Lyon", "postcode": "69001", "country": "FR", "phone": "0123456789"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
TEXT = b"2026-11-22 disk error\n"
NEW_ON = "/contracts/29962/incidents/new"
TYPED = {
    "address": "new",
    "new-label": "Main",
    "new-street": "123 rue des tests",
    "new-postcode": "69001",
    "new-city": "Lyon",
    "new-country": "FR",
    "new-email": "a@example.com",
    "new-phone": "0123456789",
}


def an_incident(world, contract=None, by=None, at=NOON, **given):
    contract = contract or world.contract
    values = {
        "title": "My NAS stops",
        "nature": IncidentNature.DEFECTIVE,
        "description": "It stops by itself.",
        "articles": list(Article.select().where(Article.contract == contract)),
        "address": {**HOME, "label": f"Main {uuid4()}", "email": "a@example.com"},
    }
    return declarations.declare(contract, by or world.claire, at, **values | given)


def a_staged_file(by, name="document.txt", content=TEXT, at=NOON):
    """A file that waits for its form, without its bytes."""
    file = SimpleNamespace(name=name, size=len(content), sha256=sha256(content).hexdigest(), type="text/plain")
    file.no_room, file.keep, file.look = False, lambda: None, Look()
    return files.stage(file, by, at)


def a_message(incident, channel, by, body="a word", at=NOON, **given):
    return messages.say(incident, channel, body, by, at, **given)


def the_incident(world):
    """One of Alpha's with a file, the same each time it is asked for."""
    incident = Incident.get_or_none(Incident.title == "The incident")
    if incident is None:
        with tx():
            waiting = [a_staged_file(world.claire)]
            incident = an_incident(world, title="The incident", waiting=waiting)
    incident.file = Attachment.get(Attachment.incident == incident, Attachment.channel == Channel.DECLARATION)
    return incident


def post(browser, url, data):
    """As a form with files sends it."""
    return browser.post(url, data=data, content_type="multipart/form-data")
