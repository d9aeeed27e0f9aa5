"""Text nobody can read is refused before a view sees it: what is kept is what was typed, to the letter.

Bytes that are no UTF-8 would become question marks, a NUL ends a text early for some programs, and half a surrogate
pair cannot be written at all. None of them can be typed; a broken program sends them.
"""

import re
from urllib.parse import unquote_to_bytes

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import UnprocessableEntity

UNREADABLE = re.compile("[\0\ufffd\ud800-\udfff]")
ENCODED, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


def init(app):
    app.before_request(refuse_unreadable)  # after the guard: nobody's form is looked at whom the view is not for


def refuse_unreadable():
    if request.mimetype not in (ENCODED, PARTS):
        return
    if request.mimetype == ENCODED and not _is_text(request.get_data()):
        refuse()
    if not is_readable(request.form.to_dict(flat=False)):
        refuse()


def refuse():
    refused = UnprocessableEntity()
    refused.told = _("What was sent holds characters nobody can read. Nothing was changed; type them again.")
    raise refused


def _is_text(body):
    """Werkzeug would leave what is no UTF-8 as it came, %FF and all."""
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True


def is_readable(value):
    """Whether a text, or every text within a JSON value, is one people can read."""
    if isinstance(value, dict):
        return all(is_readable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(is_readable(part) for part in value)
    return not isinstance(value, str) or not UNREADABLE.search(value)
