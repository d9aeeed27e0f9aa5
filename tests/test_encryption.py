"""Letters leave and arrive encrypted: certificates are looked at, and a wrong one gets neither letter nor password.

The certificates are of an authority made for these tests; who trusts it is said by SSL_CERT_FILE, as on any machine.
"""

import imaplib
import socketserver
import ssl
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from lic import incoming, mail
from lic.models import Mail, MailState, tx
from lic.rules import journal
from lic.web import clock
from tests import mailboxes
from tests.mail_server import Mailbox, a_free_port

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """From now on this machine trusts the authority."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def far_away(monkeypatch):
    """This machine is taken for another one: what goes there crosses a network."""
    monkeypatch.setattr(mail, "LOCAL", set())
    monkeypatch.setattr(incoming, "LOCAL", set())


def certified(authority, name=HERE):
    """What a server of this name shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


# --- letters that leave ------------------------------------------------------------------------


class Encrypted(Mailbox):
    """A mail server's other end that remembers whether what arrived was encrypted, and the passwords it was given."""

    def __init__(self):
        super().__init__()
        self.passwords, self.safe = [], []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.safe.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return await super().handle_DATA(server, session, envelope)

    def authenticate(self, server, session, envelope, mechanism, given):
        self.passwords.append(given.password)
        return AuthResult(success=True)


@pytest.fixture
def serve():
    """`serve(context, at_once=True)`: a mail server that speaks TLS from the first byte, or once it is asked to."""
    running = []

    def start(context, at_once):
        box = Encrypted()
        options = {"ssl_context": context} if at_once else {"tls_context": context}
        asks = {"authenticator": box.authenticate, "auth_require_tls": not at_once, "auth_required": True}
        box.server = Controller(box, hostname=HERE, port=a_free_port(), **options, **asks)
        box.server.start()
        running.append(box.server)
        return box

    yield start
    for server in running:
        server.stop()


def send(app, world, monkeypatch, box, scheme):
    """One letter through that server; what became of it."""
    url = f"{scheme}://portal:secret-of-the-portal@{HERE}:{box.server.port}"
    chosen = replace(app.config["SETTINGS"], smtp_url=url)
    monkeypatch.setitem(app.config, "SETTINGS", chosen)
    monkeypatch.setattr(clock, "settings", chosen)
    with tx():
        letter = journal.write("password_changed", world.remi, clock.now())
    mail.Outbox(app, threading.Event()).work()
    return letter.again()


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # within TLS from the first byte
SCHEMES = pytest.mark.parametrize("scheme", ["smtps", "smtp"], ids=["TLS at once", "STARTTLS"])


@SCHEMES
def test_a_letter_and_the_password_go_encrypted(app, world, serve, authority, trusted, far_away, monkeypatch, scheme):
    box = serve(certified(authority), scheme == "smtps")
    assert send(app, world, monkeypatch, box, scheme).state is MailState.SENT
    assert len(box.arrived) == 1 and box.safe == [True] and box.passwords == [b"secret-of-the-portal"]


@SCHEMES
@pytest.mark.parametrize("wrong", ["unknown authority", "another name", "out of date"])
def test_a_wrong_certificate_gets_neither_letter_nor_password(
    app, world, serve, authority, far_away, monkeypatch, request, scheme, wrong
):
    shown = certified(authority, "mail.example" if wrong == "another name" else HERE)
    if wrong != "unknown authority":
        request.getfixturevalue("trusted")
    if wrong == "out of date":
        shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HERE, not_after=datetime(2020, 1, 1)).configure_cert(shown)
    box = serve(shown, scheme == "smtps")
    letter = send(app, world, monkeypatch, box, scheme)
    assert (box.arrived, box.passwords) == ([], [])
    assert letter.state is MailState.WAITING and "CERTIFICATE_VERIFY_FAILED" in letter.error  # it is tried again
    assert Mail.select().count() == 1


# --- letters that arrive -------------------------------------------------------------------------


class Session(mailboxes._Session):
    """Our own mailbox, which can begin to encrypt when it is asked to."""

    def answer(self, tag, command, rest):
        if command == "STARTTLS":
            self.say(f"{tag} OK begin")
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
            self.setup()
            return True
        if command == "LOGIN":
            self.server.logins.append(isinstance(self.request, ssl.SSLSocket))
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1 STARTTLS MOVE")
            self.say(f"{tag} OK done")
            return True
        return super().answer(tag, command, rest)


class Server(mailboxes._Server):
    def __init__(self, context, at_once):
        socketserver.ThreadingTCPServer.__init__(self, (HERE, a_free_port()), Session)
        self.folders, self.deleted, self.last, self.moves = {"INBOX": {}}, set(), 0, True
        self.context, self.at_once, self.logins = context, at_once, []

    def finish_request(self, request, client_address):
        if self.at_once:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that turns away from a wrong certificate is what is wanted."""


@pytest.fixture
def mailbox_behind():
    running = []

    def start(context, at_once):
        server = Server(context, at_once)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def read(server):
    scheme, port = ("imaps" if server.at_once else "imap"), server.server_address[1]
    with incoming.connected(f"{scheme}://portal:{mailboxes.PASSWORD}@{HERE}:{port}/INBOX") as box:
        return box.uid("SEARCH", "UNDELETED")[0]


AT_ONCE = pytest.mark.parametrize("at_once", [True, False], ids=["TLS at once", "STARTTLS"])


@AT_ONCE
def test_the_mailbox_is_read_encrypted(mailbox_behind, authority, trusted, far_away, at_once):  # 004-26
    server = mailbox_behind(certified(authority), at_once)
    assert read(server) == "OK" and server.logins == [True]


@AT_ONCE
@pytest.mark.parametrize("wrong", ["unknown authority", "another name"])
def test_a_mailbox_with_a_wrong_certificate_gets_no_password(
    mailbox_behind, authority, far_away, request, at_once, wrong
):
    if wrong == "another name":
        request.getfixturevalue("trusted")
    server = mailbox_behind(certified(authority, "mail.example" if wrong == "another name" else HERE), at_once)
    with pytest.raises(ssl.SSLCertVerificationError):
        read(server)
    assert server.logins == []


def test_a_mailbox_that_cannot_encrypt_gets_no_password(far_away):
    serving = mailboxes.our_own()
    told = pytest.raises(imaplib.IMAP4.abort, match="TLS not supported")
    with closing(serving), told, incoming.connected(next(serving).url):
        raise AssertionError("it was let in")
