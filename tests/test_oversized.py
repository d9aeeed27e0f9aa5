"""A body larger than the server takes: the file in it is cut, the form around it is read (X14)."""

import io
import random

import pytest
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from werkzeug.formparser import parse_form_data

from lic import oversized
from lic.rules import files
from lic.server import TUNED
from lic.web import errors

MB = 1_048_576
HEAD = "POST /files HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
FORM = "multipart/form-data; boundary=--b"


def part(name, content, file=None):
    named = f'name="{name}"' + (f'; filename="{file}"' if file else "")
    return f"----b\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode() + content + b"\r\n"


def a_form(*parts):
    return b"".join((*parts, b"----b--\r\n"))


def arrive(body, kind=FORM, seed=1, least=4_000):
    """The request as the server has read it from a connection that gives it in pieces of any size."""
    chance, parser = random.Random(seed), oversized.channel(lambda: "too large").parser_class(Adjustments(**TUNED))
    data = memoryview(HEAD.format(kind=kind, length=len(body)).encode() + body)
    while data and not parser.completed:
        data = data[parser.received(bytes(data[: chance.randint(least, 8_192)])) :]
    return parser


def fields(parser):
    environ = {
        "wsgi.input": parser.get_body_stream(),
        "CONTENT_TYPE": parser.headers["CONTENT_TYPE"],
        "CONTENT_LENGTH": parser.headers["CONTENT_LENGTH"],
        "REQUEST_METHOD": "POST",
    }
    _, form, sent = parse_form_data(environ)
    return form.to_dict(), {name: file.stream.seek(0, io.SEEK_END) for name, file in sent.items()}


@pytest.mark.parametrize("size", [23, 64])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_typed_comes_through_and_the_file_is_still_too_large(size, seed):
    body = a_form(part("title", b"My NAS"), part("file", b"x\r\n--" * (size * MB // 5), "a.log"), part("last", b"L"))
    parser = arrive(body, seed=seed)
    assert parser.error is None and int(parser.headers["CONTENT_LENGTH"]) < 21 * MB
    typed, sent = fields(parser)
    assert typed == {"title": "My NAS", "last": "L"} and files.LIMIT < sent["file"] <= oversized.PART
    parser.close()


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 1000])
def test_a_border_is_found_wherever_it_is_torn(monkeypatch, step):
    monkeypatch.setattr(oversized, "PART", 100)
    body = a_form(part("title", b"My NAS"), part("file", b"\r\n----\r\n--" * 100, "a"), part("last", b"\r\n--"))
    cut = oversized.Cut(OverflowableBuffer(1_000_000), b"--b")
    for place in range(0, len(body), step):
        cut.append(body[place : place + step])
    cut.end()
    kept = cut.buf.getfile().read()
    first, last = body.partition(b"\r\n----b\r\n")[0], body[body.rindex(b"\r\n----b\r\n") :]
    assert kept.startswith(first) and kept.endswith(last)
    assert len(kept) == len(first) + 100 + len(last)


def test_many_large_parts_together_stay_below_the_limit_of_the_server():
    parser = arrive(a_form(*(part("file", b"x" * (15 * MB), "a.log") for _ in range(3))))
    assert 21 * MB < int(parser.headers["CONTENT_LENGTH"]) <= TUNED["max_request_body_size"]
    parser.close()


@pytest.mark.parametrize(
    "kind, length",
    [(FORM, oversized.READ + 1), ("application/octet-stream", 23 * MB), ("multipart/form-data", 23 * MB)],
)
def test_what_is_not_read_is_refused_at_once_in_plain_words(kind, length):
    parser = oversized.channel(lambda: "20 Mo au plus").parser_class(Adjustments(**TUNED))
    parser.received(HEAD.format(kind=kind, length=length).encode())
    assert parser.completed and parser.error.to_response()[0] == "413 Request Entity Too Large"
    assert parser.error.to_response()[2] == b"20 Mo au plus"


def test_a_film_is_read_to_its_end_so_that_a_browser_shows_what_is_said():
    """Refused while it is still being sent, a browser without scripts shows a torn connection."""
    parser = oversized.channel(str).parser_class(Adjustments(**TUNED))
    parser.received(HEAD.format(kind=FORM, length=2048 * MB).encode())
    assert not parser.completed and parser.error is None and parser.cut is not None
    for _ in range(200):
        parser.received(b"x" * MB)
    assert not parser.completed and len(parser.cut) <= oversized.PART
    parser.close()


def test_a_body_the_server_takes_is_left_as_it_is():
    body = a_form(part("title", b"My NAS"), part("file", b"x" * files.LIMIT, "a.log"))
    parser = arrive(body)
    assert parser.get_body_stream().read() == body
    parser.close()


def test_the_servers_own_words_are_in_every_language(app):
    said = errors.in_every_language(app, 413)
    assert len(said.splitlines()) == 3 and said.count("20") == 3 and "Mo" in said
