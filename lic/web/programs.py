"""Requests of programs: who a token acts for, how much they may ask, and failures told as JSON (issue 3, point 7)."""

import json
import threading
import time
from collections import deque

from flask import current_app, g, jsonify, request
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from lic.rules import tokens
from lic.web import words

LARGEST = 64 * 1024  # bytes of a body
DEEPEST = 20  # lists and objects within each other
A_MINUTE, MOST_A_MINUTE = 60, 120  # seconds; requests of one token

_asked, _counting = {}, threading.Lock()


def is_one():
    """Whether this request belongs to the interface for programs, an address there is or not."""
    return request.path.startswith("/api/")


def wants_token():
    """Whether the view asked for lets nobody in but with a token: cookies count for nothing there."""
    return getattr(current_app.view_functions.get(request.endpoint), "token", False)


def load():
    """The person the token of this request acts for, or None."""
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    found = tokens.owner(secret.strip()) if kind.lower() == "bearer" and secret else None
    g.token = found and found[0]
    return found and found[1]


def seconds_to_wait():
    """How long the token of this request has to wait; 0 when it need not."""
    now = time.monotonic()
    with _counting:
        times = _asked.setdefault(g.token.id, deque())
        while times and now - times[0] >= A_MINUTE:
            times.popleft()
        if len(times) >= MOST_A_MINUTE:
            return int(A_MINUTE - (now - times[0])) + 1
        times.append(now)
    return 0


def forget():
    """Start counting anew."""
    with _counting:
        _asked.clear()


def read():
    """The JSON of a request; None of what is none, or is nested deeper than anything that could be asked."""
    if request.content_length and request.content_length > LARGEST:
        raise RequestEntityTooLarge
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(body) else body


def _is_deep(body):
    level, depth = [body], 0
    while level:
        if (depth := depth + 1) > DEEPEST:
            return True
        level = [part for one in level if isinstance(one, dict | list) for part in _parts(one)]
    return False


def _parts(value):
    return value.values() if isinstance(value, dict) else value


def too_large():
    return gettext("A request has at most %(count)s KiB.", count=LARGEST // 1024)


def tell(status, message, headers=None, **more):
    response = jsonify({"error": message} | more)
    response.status_code = status
    response.headers.extend(headers or {})
    return response


def refused(reason):
    """422: the sentence in the person's language, the rule, and when it would be possible."""
    possible = reason.values.get("possible_from")
    body = {"refused": words.tell(reason), "rule": reason.rule, "possible_from": possible and possible.isoformat()}
    return jsonify(body), 422


def unknown():
    said = gettext("A valid token is needed: Authorization: Bearer …")  # nobody is known: as Accept-Language says
    return tell(401, said, {"WWW-Authenticate": "Bearer"})
