"""Numbers that are given once (R8)."""

from lic.models import Number


def next_number(series, year=0, first=1):
    """The next number of a series, inside the transaction that uses it: two requests never get the same."""
    number = Number.get_or_none(Number.series == series, Number.year == year)
    if number is None:
        number = Number(series=series, year=year, last=first - 1)
    number.last += 1
    number.save()
    return number.last
