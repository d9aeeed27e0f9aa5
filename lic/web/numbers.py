"""Numbers in addresses: whole, positive, and no larger than the database can hold; else there is nothing there."""

from werkzeug.routing import IntegerConverter


class NumberConverter(IntegerConverter):
    def __init__(self, url_map):
        super().__init__(url_map, max=2**63 - 1)


def init(app):
    app.url_map.converters["number"] = NumberConverter
