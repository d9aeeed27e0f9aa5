"""Clients that send or read a byte now and then: everybody else is answered all the same (safety.md 44)."""

import socket
import threading
import time
import urllib.request
from contextlib import ExitStack, closing

import pytest

from lic import server, slow
from lic.files import Store
from lic.models import Attachment
from tests.conftest import a_browser
from tests.incidents import a_staged_file, an_incident
from tests.serving import serving

LIMIT, MANY = 60, 100  # connections the server may have here, and those of one who wants it for himself
HEAD = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
PATIENCE = 20  # seconds until we believe that nobody answers


@pytest.fixture
def address(app, settings, monkeypatch):
    """The portal's own server, with room for few."""
    monkeypatch.setitem(server.TUNED, "connection_limit", LIMIT)
    with serving(app, settings) as where:
        yield where


@pytest.fixture
def slowly(address):
    """`slowly(100, HEAD, b"x")`: so many connections that begin like this, and then drip."""
    with ExitStack() as held:
        stopping = threading.Event()

        def begin(count, beginning, drop=b""):
            sockets = []
            for _ in range(count):
                sockets.append(held.enter_context(closing(socket.create_connection(address, PATIENCE))))
                sockets[-1].sendall(beginning)
            thread = threading.Thread(target=drip, args=(sockets, drop))
            held.callback(lambda: (stopping.set(), thread.join()))
            thread.start()
            return sockets

        def drip(sockets, drop):
            while drop and not stopping.wait(0.1):
                for one in sockets:
                    try:
                        one.send(drop)
                    except OSError:  # it was turned away
                        continue

        yield begin


def is_answered(address):
    with urllib.request.urlopen("http://{}:{}/login".format(*address), timeout=PATIENCE) as answer:
        return answer.status == 200


def is_closed(one):
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True


def test_who_opens_every_connection_there_is_keeps_nobody_out(address, slowly):
    slowly(MANY, HEAD, b"x")
    assert all(is_answered(address) for _ in range(5))


def test_a_head_takes_no_longer_than_it_may(address, slowly, monkeypatch):
    monkeypatch.setattr(slow, "HEAD", 0.5)
    (one,) = slowly(1, HEAD, b"x")
    assert is_closed(one)


def test_a_body_that_hardly_comes_is_not_waited_for(address, slowly, monkeypatch):
    monkeypatch.setattr(slow, "HEAD", 0.5)
    (one,) = slowly(1, BODY + b"Content-Length: 100000\r\n\r\n", b"x")
    assert is_closed(one)


def test_a_slow_line_may_take_its_time(address, monkeypatch):
    """More than what is asked for a second, for longer than a head may take."""
    monkeypatch.setattr(slow, "HEAD", 0.5)
    monkeypatch.setattr(slow, "LEAST", 256)
    with closing(socket.create_connection(address, PATIENCE)) as one:
        one.sendall(BODY + b"Content-Length: %d\r\n\r\n" % (8 * slow.LEAST))
        for _ in range(8):
            one.sendall(b"x" * slow.LEAST)
            time.sleep(0.125)
        assert one.recv(100).startswith(b"HTTP/1.1 403")  # no page of ours sent it


def test_uploads_that_dawdle_hold_up_nobody(address, slowly):
    slowly(50, BODY + b"Content-Length: 1000000\r\n\r\nidentifier=", b"x")
    assert all(is_answered(address) for _ in range(5))


def test_who_asks_for_large_files_and_reads_nothing_holds_up_nobody(address, slowly, world, app, settings):
    large = b"large\n" * 1_500_000
    incident = an_incident(world, waiting=[a_staged_file(world.claire, content=large)])
    file = Attachment.get()
    path = Store.of(settings).path(file.sha256)
    path.parent.mkdir()
    path.write_bytes(large)
    a_browser(app, world.claire)
    asked = f"GET /incidents/{incident.number}/files/{file.id} HTTP/1.1\r\nHost: localhost\r\n"
    waiting = slowly(20, f"{asked}Cookie: lic=secret-{world.claire.id}\r\n\r\n".encode())
    assert all(is_answered(address) for _ in range(5))
    assert all(one.recv(12) == b"HTTP/1.1 200" for one in waiting)


@pytest.mark.parametrize(
    ("least", "most", "then"), [(256, 10_000, 4000), (256, 1024, 1024), (256, -1, 4000), (8000, 9000, None)]
)
def test_as_many_files_may_be_open_as_there_may_be_connections(monkeypatch, least, most, then):
    asked = []
    monkeypatch.setattr(server.resource, "getrlimit", lambda _: (least, most))
    monkeypatch.setattr(server.resource, "setrlimit", lambda _, limits: asked.append(limits))
    monkeypatch.setitem(server.TUNED, "connection_limit", 1000)
    server._hold_many_files()
    assert asked == ([(then, most)] if then else [])
