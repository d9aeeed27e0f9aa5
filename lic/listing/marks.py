"""What was searched for, marked in a text; accents and case do not hide it."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from lic.search import folded

FOREIGN = re.compile(r"[^\x00-\x7f]")


@lru_cache(maxsize=4096)
def _letter(sign):
    """A letter as it is searched; two signs for one that folds to none or to several, so that the length tells."""
    letter = " " if sign.isspace() else folded(sign)
    return letter if len(letter) == 1 else "\0\0"


def plain(text):
    """A text as it is searched, letter by letter; longer than the text where that cannot be."""
    text = text.lower()
    if not text.isascii():
        for sign in set(FOREIGN.findall(text)):
            text = text.replace(sign, _letter(sign))
    return text


_escaped = lru_cache(maxsize=2048)(escape)  # the same references and customers, page after page


def marked(text, sought):
    """The text with each of these folded words in <mark>."""
    letters, places = plain(text), None
    if len(letters) != len(text):
        letters, places = _apart(text)
    for word in sought:
        if word in letters:
            break
    else:  # most cells
        return text if text.isalnum() else _escaped(text)
    there = found(letters, sought)
    if places:
        there = [(places[start], places[end]) for start, end in there]
    return _with_marks(text, there)


def _apart(text):
    """The folded letters of a text, and where in it each stands."""
    letters, places = [], []
    for place, sign in enumerate(text):
        for letter in folded(sign) or (" " if sign.isspace() else ""):
            letters.append(letter)
            places.append(place)
    return "".join(letters), [*places, len(text)]


def found(letters, sought):
    """Where in a folded text the words stand: (start, end), in order and apart."""
    there = []
    for word in sought:
        start = letters.find(word)
        while start >= 0:
            if len(word) > 2 or start == 0 or not letters[start - 1].isalnum():
                there.append((start, start + len(word)))
            start = letters.find(word, start + 1)
    if len(there) < 2:
        return there
    apart = []
    for start, end in sorted(there):
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
