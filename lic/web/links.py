"""How links are written: a list has a hundred of them, and each is always written alike."""

from flask import Flask, has_request_context, request

MOST = 5000
PLAIN = {int, str, type(None)}
ELSEWHERE = {"_external", "_scheme", "_method"}  # what depends on more than the address itself


class Linking(Flask):
    """An application that writes each address once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._written = {}

    def url_for(self, /, endpoint, **values):
        if not has_request_context() or not {*map(type, values.values())} <= PLAIN or _depends(values):
            return super().url_for(endpoint, **values)
        if endpoint[0] == ".":
            endpoint = (request.blueprint or "") + endpoint
        key = request.environ.get("SCRIPT_NAME"), endpoint, *values.items()
        if key not in self._written:
            if len(self._written) > MOST:
                self._written.clear()
            self._written[key] = super().url_for(endpoint, **values)
        return self._written[key]


def _depends(values):
    """Whether it is asked for with what depends on more than the address; Flask's own function names it without it."""
    return any([values.get(name) is not None for name in ELSEWHERE])
