"""How links are written: a list has a hundred of them, and each is always written alike."""

from flask import Flask, has_request_context, request

MOST, SHORT = 2000, 200  # that are kept, of so many letters: a stranger asks for the longest, to be led back to them
PLAIN = {int, str, type(None)}
ELSEWHERE = {"_external", "_scheme", "_method"}  # what depends on more than the address itself


class Linking(Flask):
    """An application that writes each address once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._written = {}

    def url_for(self, /, endpoint, **values):
        asked = request._get_current_object() if has_request_context() else None
        if asked is None or any([_is_unusual(*pair) for pair in values.items()]):
            return super().url_for(endpoint, **values)
        if endpoint[0] == ".":
            endpoint = (asked.blueprint or "") + endpoint
        key = asked.environ.get("SCRIPT_NAME"), endpoint, *values.items()
        found = self._written.get(key)
        if found is None:
            found = super().url_for(endpoint, **values)
            if len(found) <= SHORT:
                if len(self._written) >= MOST:
                    self._written.clear()
                self._written[key] = found
        return found


def _is_unusual(name, value):
    """Whether more is asked than an address of this request's; Flask's own function names ELSEWHERE, and nothing."""
    return type(value) not in PLAIN or (value is not None and name in ELSEWHERE)
