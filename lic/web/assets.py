"""Static files: from memory, compressed once, under an address that changes with their content."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import abort, make_response, request, url_for

STYLESHEET = "portal.css"  # the layers of static/css/, in this order, as one file
LAYERS = ("tokens", "base", "layout", "components", "screens")
TEXT = {"text/css", "text/javascript", "image/svg+xml", "text/plain", "text/html", "application/json"}
LEAST = 800  # bytes: below this, compressing costs more than it saves


@dataclass(frozen=True)
class Asset:
    body: bytes
    packed: bytes | None
    type: str
    hash: str


class Assets:
    def __init__(self, folder):
        self.folder, self.known, self.urls = Path(folder), {}, {}

    def __getitem__(self, name):
        if name not in self.known:
            self.known[name] = self._read(name)
        return self.known[name]

    def _read(self, name):
        if name == STYLESHEET:
            body = b"\n".join((self.folder / "css" / f"{layer}.css").read_bytes() for layer in LAYERS)
        else:
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
                raise KeyError(name)
            body = path.read_bytes()
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        packed = gzip.compress(body, 9) if kind in TEXT and len(body) > LEAST else None
        return Asset(body, packed, kind, hashlib.sha256(body).hexdigest()[:12])

    def url(self, name):
        if name not in self.urls:  # asked for with every icon of every row
            self.urls[name] = url_for("static", filename=name, v=self[name].hash)
        return self.urls[name]

    def send(self, filename):
        try:
            asset = self[filename]
        except (KeyError, ValueError, OSError):  # no such name; one with a NUL in it, or longer than any
            abort(404)
        packed = asset.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        response = make_response(packed or asset.body)
        response.headers["Content-Type"] = asset.type + ("; charset=utf-8" if asset.type in TEXT else "")
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        fixed = request.args.get("v") == asset.hash
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "public, max-age=60"
        return response


def init(app):
    assets = Assets(Path(app.root_path) / "static")
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=assets.send)
    app.jinja_env.globals["asset"] = assets.url

    @app.after_request
    def pack(response):
        """Pages travel compressed; nothing secret repeats what a stranger sent, so length tells nothing."""
        if (
            response.mimetype in TEXT
            and not response.is_streamed
            and not response.direct_passthrough  # a file goes from the disk as it is
            and "Content-Encoding" not in response.headers
            and "gzip" in request.headers.get("Accept-Encoding", "")
            and len(response.get_data()) > LEAST
        ):
            response.set_data(gzip.compress(response.get_data(), 1))
            headers = response.headers
            headers["Content-Encoding"] = "gzip"
            headers["Vary"] = f"{headers['Vary']}, Accept-Encoding" if "Vary" in headers else "Accept-Encoding"
        return response
