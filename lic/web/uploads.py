"""Files that come with a form: straight to the disk while they arrive, and kept for the form if it is refused (X14)."""

from flask import Request, abort, current_app, g, request, send_file
from flask_babel import gettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from lic.files import Incoming, Store, drop_unwanted
from lic.rules import Refused, files, refuse_if
from lic.rules.file_types import IMAGES
from lic.web import clock, words

POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
FIELD, WAITING = "file", "uploads"  # the file of a form, and the numbers of those sent ahead of it
MOST = 150  # files a form may name; it has at most 200 parts
TEXT = "application/x-www-form-urlencoded"
LONGEST, FIELDS = 1_000_000, 5_000  # bytes and fields of a form without files


def store():
    return Store.of(current_app.config["SETTINGS"])


class Nowhere:
    """What takes files nobody asked for: it counts nothing and keeps nothing."""

    def write(self, piece):
        return len(piece)

    def seek(self, *_):
        return 0

    def read(self, *_):
        return b""

    def close(self):
        pass


class PortalRequest(Request):
    """Files of forms that expect some go to the data folder; of any other, nowhere.

    Flask limits only the fields of forms with files; those without are one piece of text, and limited here.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.mimetype == TEXT:
            self.max_content_length = LONGEST

    def _load_form_data(self):
        if self.mimetype == TEXT and self.get_data().count(b"&") >= FIELDS:
            raise RequestEntityTooLarge
        super()._load_form_data()

    def _get_file_stream(self, total_content_length, content_type, filename=None, content_length=None):
        view = current_app.view_functions.get(self.endpoint)
        welcome = getattr(view, "takes_files", False) and current_user.is_authenticated
        if not welcome or not filename or len(g.setdefault("incoming", [])) >= 1:
            return Nowhere()
        g.incoming.append(Incoming(store(), filename))
        return g.incoming[-1]


def takes_files(view):
    """Mark a view whose form may bring a file."""
    view.takes_files = True
    return view


# --- what came with a form ---------------------------------------------------------------------


class Uploads:
    """The files of one form: those sent ahead, and the one that came with it.

    `error`: what is wrong with that one. `gone`: some it names were sent with it before, or waited for it too long.
    """

    def __init__(self, given=None):
        self.error, self.status = None, 422
        given = request.form if given is None else given
        named = {int(n) for n in given.getlist(WAITING)[:MOST] if n.isascii() and n.isdigit() and len(n) < 19}
        self.waiting = files.staged(current_user, list(named))
        self.gone = len(self.waiting) < len(named)
        file = request.files.get(FIELD)
        if file and file.filename and isinstance(file.stream, Incoming):
            self._take(file.stream)

    def _take(self, incoming):
        try:
            files.admit(incoming, current_user, clock.now())
        except Refused as refused:
            self.error = refused.reason
            self.status = 507 if incoming.no_room else 503 if self.error is files.NOT_LOOKED_AT else 422
        else:
            self.waiting.append(files.stage(incoming, current_user, clock.now()))
            self.error = files.why_not_add(None, self.waiting)

    @classmethod
    def none(cls):
        """Of a form that was not sent yet."""
        empty = cls.__new__(cls)
        empty.error, empty.status, empty.waiting, empty.gone = None, 200, [], False
        return empty


def forget(sha256):
    drop_unwanted(store(), sha256)


# --- what is sent ------------------------------------------------------------------------------


def send(attachment, inline=False):
    """A file as a download; a picture may also be shown. Nothing in it runs or is taken for a page (safety.md 38)."""
    refuse_if(files.why_not_give(attachment.sha256, attachment.name))
    if inline and attachment.type not in IMAGES:
        abort(404)
    try:
        answer = send_file(
            store().path(attachment.sha256).absolute(),
            mimetype=attachment.type,
            as_attachment=not inline,
            download_name=attachment.name,
            conditional=False,
            etag=False,
            last_modified=None,
        )
    except FileNotFoundError:  # deleted a moment ago; who has begun to read it reads on
        abort(404)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer


def size(count):
    """1.8 MB, 42 kB: a file's size, the reader's way."""
    if count >= files.MB:
        return gettext("%(size)s MB", size=words.number(round(count / files.MB, 1)))
    return gettext("%(size)s kB", size=words.number(max(1, round(count / 1024))))


def init(app):
    app.request_class = PortalRequest
    app.jinja_env.filters["filesize"] = size
    app.jinja_env.globals |= {"file_limit_mb": files.LIMIT // files.MB, "images": IMAGES}

    @app.teardown_request
    def discard(error):
        for incoming in g.pop("incoming", []):
            incoming.close()
