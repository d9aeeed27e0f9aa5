"""Letters read piece by piece (004-26): the same as whole, with little in memory, in bounded time whatever comes."""

import email
import tracemalloc
from email import policy
from email.message import EmailMessage
from io import BytesIO
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lic.rules import envelopes, letters

HEAD = b"From: a@b.example\r\nTo: reply@house.example\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"


def read(raw):
    return letters.read(BytesIO(raw))


def contents(raw):
    """[(type, decoded bytes)] as the portal finds them."""
    _, parts, _ = envelopes.opened(BytesIO(raw))
    return [(part.head.get_content_type(), b"".join(part.pieces())) for part in parts]


def by_the_library(raw):
    """The same by the standard library, which has all of it in memory."""
    found = email.message_from_bytes(raw, policy=policy.compat32)
    leaves = [part for part in found.walk() if not part.is_multipart()]
    return [(part.get_content_type(), part.get_payload(decode=True)) for part in leaves]


# --- the same as whole -------------------------------------------------------------------------

FILES = st.tuples(st.sampled_from(["base64", "quoted-printable"]), st.binary(max_size=400))


@given(st.text("aé€\n=.>- ", max_size=200), st.booleans(), st.lists(FILES, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_every_part_is_what_was_put_into_it(text, page, files, ending):
    letter = EmailMessage(policy=policy.SMTP.clone(linesep=ending))
    letter["From"], letter["Subject"] = "a@b.example", "é"
    letter.set_content(text)
    if page:
        letter.add_alternative(f"<p>{text}</p>", subtype="html")
    for how, content in files:
        letter.add_attachment(content, maintype="application", subtype="octet-stream", filename="a.bin", cte=how)
    raw = letter.as_bytes()
    assert contents(raw) == by_the_library(raw)


@pytest.mark.parametrize("piece", [3, 7, 64])
def test_pieces_may_end_anywhere(monkeypatch, piece):
    letter = EmailMessage(policy=policy.SMTP)
    letter.set_content("Ça va ? =3D\n" * 40, cte="quoted-printable")
    letter.add_attachment(bytes(range(256)) * 5, maintype="application", subtype="octet-stream", filename="a.bin")
    raw = letter.as_bytes()
    expected = by_the_library(raw)
    monkeypatch.setattr(envelopes, "PIECE", piece)
    monkeypatch.setattr(envelopes, "LINE", max(piece, 40))
    assert contents(raw) == expected


def test_parts_within_parts_end_with_the_one_around_them():
    raw = HEAD + (
        b"Content-Type: multipart/mixed; boundary=out\r\n\r\nnobody reads this\r\n--out\r\n"
        b"Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\none\r\n--in\r\n"
        b"Content-Type: text/html\r\n\r\n<p>two\r\n--out\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n"
        b"--out--\r\nnor this"
    )
    assert contents(raw) == [("text/plain", b"one"), ("text/html", b"<p>two"), ("application/pdf", b"%PDF")]


def test_a_letter_that_is_attached_is_one_file():
    raw = HEAD + (
        b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n"
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nhello\r\n--c--\r\n--b--\r\n"
    )
    ((kind, content),) = contents(raw)
    assert kind == "message/rfc822" and content.startswith(b"Subject: x") and content.endswith(b"--c--")


def test_parts_that_are_promised_and_missing_lose_nothing():
    assert contents(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nwords") == [("multipart/mixed", b"words")]


FLOWED = [
    ("", "It is \r\nred, and \r\nit beeps.\r\n\r\nToday.", "It is red, and it beeps.\n\nToday."),
    ("; delsp=yes", "It be \r\neps.", "It beeps."),
    ("", "Red.\r\n> Which colour \r\n> is it? \r\nnone", "Red.\n> Which colour \n> is it? \nnone"),
    ("", " From here \r\n> on", "From here"),
    ("", "Red. \r\n-- \r\nClaire", "Red."),
]


@pytest.mark.parametrize("more, typed, read_as", FLOWED)
def test_lines_broken_for_their_width_are_put_together(more, typed, read_as):
    kind = f"Content-Type: text/plain; format=flowed{more}\r\n\r\n".encode()
    assert read(HEAD + kind + typed.encode()).text == read_as


# --- little memory, little time -------------------------------------------------------------------


def test_a_file_is_never_whole_in_memory():  # X14, 002-37
    line = b"QUJD" * 19 + b"\r\n"
    raw = (
        HEAD + b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * 90_000
    )
    source = BytesIO(raw)
    tracemalloc.start()
    try:
        (file,) = letters.read(source).files
        for _ in file.pieces():
            pass
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.size == 57 * 90_000 and most < 3_000_000


HOSTILE = {
    "tags that close others": b"Content-Type: text/html\r\n\r\n" + b"<b>" * 20_000 + b"</i>" * 20_000,
    "tags that never end": b"Content-Type: text/html\r\n\r\n" + b"<a " * 60_000,
    "declarations that never end": b"Content-Type: text/html\r\n\r\n" + b"<!" * 60_000 + b"<!--" * 60_000,
    "quotation marks": b"Content-Type: text/html\r\n\r\n" + b"<a \"'" * 60_000,
    "one line of at signs": b"\r\nx <" + b"@" * 200_000,
    "parentheses": b"Cc: " + b"(" * 100_000 + b"\r\n\r\nhi",
    "commas": b"Cc: " + b"," * 400_000 + b"\r\n\r\nhi",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\nhi",
    "parameters": b'Content-Type: text/plain; a="' + b";" * 200_000 + b"\r\n\r\nhi",
    "a charset that is none": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 400_000,
    "lines that go on": b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"x \n" * 200_000,
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000)
    ),
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "pages": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>" * 20_000 + b"\r\n") * 99,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_letter_keeps_the_portal_busy(name, monkeypatch):
    """Most of these took from half a minute to hours; some of them while nothing else was answered."""
    monkeypatch.setattr(letters, "TEXT", 300_000)
    begun = process_time()
    read(HEAD + HOSTILE[name])
    assert process_time() - begun < 10


def test_what_is_cut_is_not_whole():
    assert read(HEAD + b"\r\nhi").whole
    assert not read(HEAD + b"\r\n" + b"words " * 200_000).whole
    page = b"\r\n--b\r\nContent-Type: text/html\r\n\r\n" + b"words " * 200_000
    both = read(HEAD + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhi" + page)
    assert both.whole and both.text == "hi"  # it says the same
    assert not read(HEAD + b"Cc: " + b"a@b.example, " * 60 + b"c@d.example\r\n\r\nhi").whole
    assert not read(HEAD + HOSTILE["parts"]).whole
