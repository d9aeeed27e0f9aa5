"""What was searched for, marked in a text; accents and case do not hide it."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from lic.search import folded

CELL, ROW, BEGIN, END = "\x01", "\x02", "\x03", "\x04"  # between what is looked through at once
FOREIGN = re.compile(r"[^\x00-\x7f]")


@lru_cache(maxsize=4096)
def _letter(sign):
    """A letter as it is searched; two signs for one that folds to none or to several, so that the length tells."""
    letter = " " if sign.isspace() else folded(sign)
    return letter if len(letter) == 1 else "\0\0"


def _plain(text):
    """A text as it is searched, letter by letter; longer than the text where that cannot be."""
    text = text.lower()
    if not text.isascii():
        for sign in set(FOREIGN.findall(text)):
            text = text.replace(sign, _letter(sign))
    return text


_escaped = lru_cache(maxsize=8192)(escape)  # the same references and customers, page after page


def marked(text, sought):
    """The text with each of these folded words in <mark>."""
    plain, places = _plain(text), None
    if len(plain) != len(text):
        plain, places = _apart(text)
    for word in sought:
        if word in plain:
            break
    else:  # most cells
        return text if text.isalnum() else _escaped(text)
    found = _found(plain, sought)
    if places:
        found = [(places[start], places[end]) for start, end in found]
    return _with_marks(text, found)


def marked_rows(rows, sought):
    """The same for all cells of some rows at once, as HTML: one look through a whole page instead of hundreds."""
    whole = ROW.join([CELL.join(cells) for cells in rows])
    plain = _plain(whole)
    strange = len(plain) != len(whole) or BEGIN in whole or END in whole
    if strange or (rows and whole.count(CELL) + whole.count(ROW) != len(rows) * len(rows[0]) - 1):
        return [[marked(text, sought) for text in cells] for cells in rows]
    parts, done = [], 0
    for start, end in _found(plain, sought):
        parts += (whole[done:start], BEGIN, whole[start:end], END)
        done = end
    text = str(escape("".join([*parts, whole[done:]]))).replace(BEGIN, "<mark>").replace(END, "</mark>")
    return [row.split(CELL) for row in text.split(ROW)] if rows else []


def _apart(text):
    """The folded letters of a text, and where in it each stands."""
    plain, places = [], []
    for place, sign in enumerate(text):
        for letter in folded(sign) or (" " if sign.isspace() else ""):
            plain.append(letter)
            places.append(place)
    return "".join(plain), [*places, len(text)]


def _found(plain, sought):
    """Where in a folded text the words stand: (start, end), in order and apart."""
    found = []
    for word in sought:
        start = plain.find(word)
        while start >= 0:
            if len(word) > 2 or start == 0 or not plain[start - 1].isalnum():
                found.append((start, start + len(word)))
            start = plain.find(word, start + 1)
    if len(found) < 2:
        return found
    apart = []
    for start, end in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def _with_marks(text, found):
    parts, done = [], 0
    for start, end in found:
        parts += (_escaped(text[done:start]), "<mark>", _escaped(text[start:end]), "</mark>")
        done = end
    parts.append(_escaped(text[done:]))
    return Markup("".join(parts))  # noqa: S704 (every piece was escaped)
