"""What a file is, by its content and never by its name alone (X14, safety.md 36)."""

from lic.models import N_
from lic.rules import Reason

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # those a browser shows; the page may preview them
MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
)
PHOTOS = (b"heic", b"heix", b"mif1", b"heif")  # a telephone's own format
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORK = {  # the main part of an older office document; other OLE files may be installers
    "WordDocument".encode("utf-16-le"): "application/msword",
    "Workbook".encode("utf-16-le"): "application/vnd.ms-excel",
    "PowerPoint Document".encode("utf-16-le"): "application/vnd.ms-powerpoint",
}
LONGEST = max(map(len, WORK))
TEXT = "text/plain"
TEXTUAL = bytes({*range(32, 127), *range(128, 256), 9, 10, 12, 13, 27})  # ESC: logs have colours
OPENXML = "application/vnd.openxmlformats-officedocument."
OFFICE = {
    "docx": f"{OPENXML}wordprocessingml.document",
    "xlsx": f"{OPENXML}spreadsheetml.sheet",
    "pptx": f"{OPENXML}presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
CLAIMS = {  # what a name promises; the content keeps it
    "image/": ("png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "heic", "heif"),
    "application/pdf": ("pdf",),
    "application/zip": ("zip",),
    "application/gzip": ("gz", "tgz"),
    "application/vnd.": ("docx", "xlsx", "pptx", "odt", "ods", "odp", "xls", "ppt"),
    "application/msword": ("doc",),
}
RUNS = {  # a double click on these does something, whatever is inside
    *("exe", "dll", "com", "scr", "msi", "msp", "cpl", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "mjs"),
    *("wsf", "wsh", "hta", "lnk", "url", "reg", "jar", "sh", "bash", "command", "desktop", "app", "apk", "deb", "rpm"),
    *("html", "htm", "xhtml", "svg", "mht", "mhtml", "chm", "iso", "img", "docm", "xlsm", "pptm", "py", "pl", "php"),
}


class Recogniser:
    """Told a file piece by piece, it knows what the whole is; it keeps but its first bytes."""

    def __init__(self):
        self.head, self.is_text, self.work, self._rest = b"", True, None, b""

    def feed(self, piece):
        if len(self.head) < 64:
            self.head += piece[: 64 - len(self.head)]
        if self.is_text and piece.translate(None, TEXTUAL):
            self.is_text = False
        if self.work is None and self.head.startswith(OLE):
            seen = self._rest + piece
            self.work = next((kind for name, kind in WORK.items() if name in seen), None)
            self._rest = seen[-LONGEST:]

    def type(self, name):
        """The type of a file of this name, or None for what is not accepted."""
        head = self.head
        found = next((kind for magic, kind in MAGIC if head.startswith(magic)), None)
        if found == "application/zip":
            return OFFICE.get(extension(name), found)
        if found:
            return found
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return "image/webp"
        if head[4:8] == b"ftyp" and head[8:12] in PHOTOS:
            return "image/heic"
        if head.startswith(OLE):
            return self.work
        wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))  # a log of Windows, in UTF-16
        return TEXT if (self.is_text or wide) and not head.startswith(b"#!") else None


def extension(name):
    return name.rpartition(".")[2].lower() if "." in name else ""


def why_not_type(name, kind):
    """Why a file of this name and content is not accepted, or None."""
    ending = extension(name)
    if kind is None or ending in RUNS:
        return Reason(
            N_("%(name)s is not accepted: only images, PDF, text and log files, ZIP and office documents are."),
            name=name,
            rule="X14",
        )
    promised = next((prefix for prefix, endings in CLAIMS.items() if ending in endings), None)
    if promised and not kind.startswith(promised):
        return Reason(N_("%(name)s is not accepted: it is not what its name says."), name=name, rule="X14")
    return None
