"""Numbers and dates in addresses: those the database can hold; anything else names nothing."""

import re
from datetime import date

from flask import abort
from werkzeug.routing import IntegerConverter

LARGEST = 2**63 - 1


class NumberConverter(IntegerConverter):
    regex = "[0-9]+"  # the digits of every script would do else

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
        day = date.fromisoformat(text) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else abort(400)
    except ValueError:
        abort(400)
    return day if 1900 <= day.year <= 2999 else abort(400)


def init(app):
    app.url_map.converters["number"] = NumberConverter
