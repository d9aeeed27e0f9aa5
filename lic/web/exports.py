"""Rows as a file for a spreadsheet, CSV or XLSX, in which nothing can run (safety.md 41)."""

import csv
import io
import tempfile
import threading
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice

from flask import send_file
from werkzeug.exceptions import ServiceUnavailable

from lic.web import clock, words

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet would take for the beginning of one
IN_MEMORY = 1 << 20
MOST_IN_A_CELL, MOST_IN_A_SHEET = 32767, 1_048_576  # letters, and rows with that of the headings: XLSX allows no more
AT_ONCE, PATIENCE, COME_AGAIN = 2, 1, 10  # files that are made; seconds a third one waits, and then another time
_turns = threading.BoundedSemaphore(AT_ONCE)


def send(kind, name, header, rows):
    """A download named `name` of these rows, written to the end within the request: scope and connection end with it.

    kind: csv or xlsx; values: text, numbers, dates, naive UTC moments, None.
    """
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed with the answer)
    with _turn():
        {"csv": _csv, "xlsx": _xlsx}[kind](file, header, rows)
    file.seek(0)
    return send_file(file, TYPES[kind], as_attachment=True, download_name=f"{name}.{kind}")


@contextmanager
def _turn():
    """Large files take long: while two are made, the other threads of the server answer everybody else."""
    if not _turns.acquire(timeout=PATIENCE):
        raise ServiceUnavailable(retry_after=COME_AGAIN)
    try:
        yield
    finally:
        _turns.release()


def _csv(file, header, rows):
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_said(value) for value in row])
    text.detach()


def _said(value):
    """A number stays one; text that looks like a formula gets a quote mark before it."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, int):
        return str(value)
    elif isinstance(value, Decimal):  # an amount or a percentage
        return f"{value:.2f}"
    else:
        text = words.word(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _xlsx(file, header, rows):
    from xlsxwriter import Workbook  # here: it is large, and rarely asked for

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options | {"strings_to_numbers": False}) as book:
        formats = {date: book.add_format({"num_format": "dd/mm/yyyy"}), "title": book.add_format({"bold": True})}
        formats[Decimal] = book.add_format({"num_format": "0.00"})
        formats[datetime] = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        left = iter(rows)
        _sheet(book, header, islice(left, MOST_IN_A_SHEET - 1), formats)
        for row in left:
            _sheet(book, header, chain([row], islice(left, MOST_IN_A_SHEET - 2)), formats)


def _sheet(book, header, rows, formats):
    """One more sheet of these rows, no more than it has room for."""
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, formats["title"])
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _cell(sheet, line, column, value, formats)


def _cell(sheet, line, column, value, formats):
    if isinstance(value, datetime):
        sheet.write_datetime(line, column, clock.local(value).replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, formats[date])
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        sheet.write_number(line, column, value, formats.get(type(value)))
    elif value is not None:
        sheet.write_string(line, column, words.word(value)[:MOST_IN_A_CELL])
