"""What nobody can read is refused with a sentence, and nothing is changed (issue 2, bad input)."""

import json

import pytest

from lic.models import Address, CustomerMessage
from lic.rules import tokens
from tests.conftest import NOON
from tests.incidents import an_incident

SENTENCE = "What was sent holds characters nobody can read."
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
BAD = {
    "Latin-1": b"caf\xe9",
    "half a character": b"caf\xc3",
    "a NUL": b"a\0b",
    "half a pair": "\ud800".encode(errors="surrogatepass"),
    "what became of one elsewhere": "caf\ufffd".encode(),
}
each = pytest.mark.parametrize("text", BAD.values(), ids=BAD)


def percent(text):
    return "".join(f"%{byte:02x}" for byte in text).encode()


def part(name, text):
    return b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n' % (name, text)


@each
def test_an_address_with_unreadable_text_is_refused_and_changes_nothing(world, visit, text):
    body = b"name=Alpha&street=" + percent(text)
    answer = visit(world.remi).post("/settings/addresses/new", data=body, content_type=FORM)
    assert answer.status_code == 422 and SENTENCE in answer.text
    assert not Address.select().exists()


@each
def test_bytes_sent_as_they_are_are_refused_too(world, visit, text):
    answer = visit(world.remi).post("/settings/addresses/new", data=b"name=" + text, content_type=FORM)
    assert answer.status_code == 422 and SENTENCE in answer.text


@each
def test_so_is_a_message_sent_with_files(world, visit, text):
    incident = an_incident(world)
    url = f"/incidents/{incident.number}/messages/customer"
    answer = visit(world.claire).post(url, data=part(b"customer-body", text), content_type=PARTS)
    assert answer.status_code == 422 and SENTENCE in answer.text
    assert not CustomerMessage.select().exists()


def test_a_name_of_a_field_is_text_too(world, visit):
    answer = visit(world.remi).post("/settings/addresses/new", data=b"%ff=x", content_type=FORM)
    assert answer.status_code == 422 and SENTENCE in answer.text


def test_every_script_people_write_is_welcome(world, visit):
    text = "é, 🙂, עברית, العربية, 日本語, e\u0301 & 100 %".encode()
    incident = an_incident(world)
    url = f"/incidents/{incident.number}/messages/customer"
    assert visit(world.claire).post(url, data=b"customer-body=" + percent(text), content_type=FORM).status_code == 303
    assert CustomerMessage.get().body == text.decode()


def test_a_stranger_is_asked_to_log_in_whatever_was_sent(world, visit):
    answer = visit().post("/settings/addresses/new", data=b"name=%ff", content_type=FORM)
    assert answer.status_code == 303


def test_the_sentence_stands_in_the_page_that_stays(world, visit):
    answer = visit(world.remi).post(
        "/settings/addresses/new", data=b"name=%ff", content_type=FORM, headers={"HX-Request": "true"}
    )
    assert answer.headers["HX-Retarget"] == "#notice" and SENTENCE in answer.text


@pytest.mark.parametrize("value", ["\ud800", "a\0", "\ufffd", ["\ud800"], {"\ud800": 1}])
def test_programs_are_told_the_same(world, visit, value):
    token = tokens.make(world.remi, "test", by=world.remi, at=NOON)[1]
    body = json.dumps({"operation": "license", "product": value})
    answer = visit().post(
        "/api/v1/order-previews",
        data=body,
        headers={"Authorization": f"Bearer {token}"},
        content_type="application/json",
    )
    assert answer.status_code == 422 and SENTENCE in answer.json["error"]


@pytest.mark.parametrize("body", [b"name=" + b"x" * 1_000_000, b"&".join([b"a="] * 5_001)], ids=["bytes", "fields"])
@pytest.mark.parametrize("path", ["/login", "/settings/addresses/new"])
def test_a_form_that_would_fill_the_memory_is_not_read(world, visit, path, body):  # safety.md 39
    answer = visit(world.remi).post(path, data=body, content_type=FORM)
    assert answer.status_code == 413 and "too large" in answer.text


def test_a_long_text_is_read_to_its_end(world, visit):
    answer = visit(world.remi).post("/settings/addresses/new", data=b"label=" + b"%c3%a9" * 160_000, content_type=FORM)
    assert answer.status_code == 422 and "At most 60 characters." in answer.text
