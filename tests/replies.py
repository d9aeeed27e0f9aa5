"""Letters that come in: how tests write them, and what the portal does with them."""

from email.message import EmailMessage
from io import BytesIO

import pytest

from lic import files as disk
from lic import incoming
from lic.models import Channel, IncomingMail, IncomingState
from lic.rules import messages, replies
from tests.incidents import an_incident

KEY, BASE = "tests", "reply@house.example"
KEPT, LANDED, PUT = IncomingState.KEPT, IncomingState.LANDED, IncomingState.PUT
BODY = "The disk is red.\n\nOn Sun, 22 Nov 2026 at 12:00, Distributeur <portal@localhost> wrote:\n> Which colour?\n"


@pytest.fixture
def incident(world):
    return an_incident(world, by=world.claire)


@pytest.fixture
def store(settings):
    return disk.Store.of(settings)


@pytest.fixture
def arrive(store):
    """What the portal does with a letter; gives back its row."""

    def take(letter, whole=True):
        incoming.take(BytesIO(bytes(letter)), store, KEY, whole)
        return IncomingMail.select().order_by(IncomingMail.id.desc()).first()

    return take


def to(incident, channel, user):
    return replies.address(KEY, BASE, incident, channel, user)


def a_letter(sender, address, body=BODY, number="one", **headers):
    letter = EmailMessage()
    letter["From"] = f"{sender.name} <{sender.email}>" if hasattr(sender, "email") else sender
    letter["To"], letter["Subject"] = address, "Re: [New message] Incident no. 26112201"
    letter["Message-ID"] = f"<{number}@mail.example>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(body)
    return letter


def said(channel=Channel.CUSTOMER):
    return [(m.by_id, m.body) for m in messages.TABLES[channel].select().order_by("id")]


def with_files(letter, *given):
    for name, content in given:
        letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return letter
