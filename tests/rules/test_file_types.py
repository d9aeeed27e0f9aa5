"""What a file is, by its content: what is taken, and what is refused whatever its name (X14, safety.md 36, 37)."""

import io
import zipfile

import pytest

from lic.rules import files
from lic.rules.file_types import Recogniser, why_not_type
from tests.incidents import PNG, TEXT

MZ, ELF = b"MZ\x90\x00" + b"\0" * 60, b"\x7fELF" + b"\0" * 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500


def a_zip(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


TAKEN = {
    "a.png": PNG,
    "photo.JPG": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "a.gif": b"GIF89a" + b"\0" * 20,
    "a.webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "IMG_1.HEIC": b"\0\0\0\x18ftypheic" + b"\0" * 20,
    "a.pdf": b"%PDF-1.7\n%\xe2\xe3",
    "syslog.1": TEXT,
    "log": "é à ü\n".encode(),
    "old.log": "caf\xe9\n".encode("latin-1"),
    "windows.log": "\ufefflog\r\n".encode("utf-16-le"),
    "colours.log": b"\x1b[31mred\x1b[0m\n",
    "logs.zip": a_zip(a="b"),
    "logs.gz": b"\x1f\x8b\x08\0" + b"\0" * 20,
    "a.docx": a_zip(a="b"),
    "a.doc": OLE + "WordDocument".encode("utf-16-le"),
    "a.xls": OLE + "Workbook".encode("utf-16-le"),
}
REFUSED = {
    "virus.pdf": MZ,  # an executable named .pdf
    "virus.png": ELF,
    "virus.txt": MZ,
    "script.log": b"#!/bin/sh\nrm -rf /\n",
    "page.pdf": b"<html><script>alert(1)</script>",
    "page.html": b"<html>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "run.bat": b"echo\r\n",
    "run.js": b"alert(1)",
    "setup.msi": OLE,
    "setup.doc": OLE,
    "image.jpg": b"%PDF-1.7",
    "picture.pdf": PNG,
    "data.bin": bytes(range(256)),
    "archive.jar": a_zip(a="b"),
}


def recognised(content, name, step=None):
    recogniser = Recogniser()
    for start in range(0, len(content), step or len(content)):
        recogniser.feed(content[start : start + (step or len(content))])
    return recogniser.type(name)


@pytest.mark.parametrize("step", [None, 7], ids=["at once", "piece by piece"])
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(name, step):  # 002-37
    assert not why_not_type(name, recognised(TAKEN[name], name, step))


@pytest.mark.parametrize("step", [None, 7], ids=["at once", "piece by piece"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_whatever_its_name(name, step):  # X14, safety.md 36
    assert why_not_type(name, recognised(REFUSED[name], name, step))


@pytest.mark.parametrize(
    "given, name",
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\voyant.jpg", "voyant.jpg"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("..", "file"),
        ("é" * 300 + ".txt", "é" * 116 + ".txt"),
    ],
)
def test_a_name_is_only_a_name(given, name):  # safety.md 37
    assert files.clean(given) == name
