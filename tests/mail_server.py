"""A mail server on this machine for tests, and a portal that is told of it."""

import email
import email.policy
import socket
import time
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller

from lic.web import clock


class Mailbox:
    """A mail server's other end: keeps what arrived; `answers` are given before it accepts anything."""

    def __init__(self):
        self.arrived, self.answers, self.pause = [], [], 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        time.sleep(self.pause)
        self.arrived.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    @property
    def subjects(self):
        return [letter["Subject"] for letter in self.arrived]


def a_free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def port():
    return a_free_port()


@pytest.fixture
def mailbox(port):
    box = Mailbox()
    box.server = Controller(box, hostname="127.0.0.1", port=port)
    box.server.start()
    yield box
    if box.server.loop.is_running():
        box.server.stop()


@pytest.fixture
def portal_with_mail(app, settings, port, monkeypatch):
    """The application, told of a mail server at `port`, and with a letter everybody may write: a test's own."""
    chosen = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", base_url="https://portal.example")
    monkeypatch.setitem(app.config, "SETTINGS", chosen)
    monkeypatch.setattr(clock, "settings", chosen)
    return app
