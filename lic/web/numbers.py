"""Numbers and dates in addresses: those the database can hold; anything else names nothing."""

from datetime import date

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


def day_in(values, name):
    """A date as a browser's date field sends it; None where there is none, 400 for what is none."""
    text = values.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(400)
    return day if 1900 <= day.year <= 2999 else abort(400)


def init(app):
    app.url_map.converters["number"] = NumberConverter
