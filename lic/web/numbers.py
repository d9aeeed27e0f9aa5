"""Numbers in addresses: whole, positive, and no larger than the database can hold; else there is nothing there."""

from flask import abort
from werkzeug.routing import IntegerConverter

LARGEST = 2**63 - 1


class NumberConverter(IntegerConverter):
    def __init__(self, url_map):
        super().__init__(url_map, max=LARGEST)


def number_in(values, name):
    """A number of the query string or of a form; None where there is none, 400 for what no row can have."""
    text = values.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST):
        abort(400)
    return int(text)


def init(app):
    app.url_map.converters["number"] = NumberConverter
