"""Rows of a list drawn once, kept as HTML until a commit, and marked with what was searched for.

Beside the HTML of a row lies its shadow, as long to the letter: the row's texts as they are searched, and nothing where
the HTML is no text. Words are found in the shadow and marked in the HTML, a whole page at once.
Kept is what everybody sees alike who may see the row; whose rows are shown was decided before.
"""

from markupsafe import Markup, escape

from lic.listing import marks
from lic.models import Generation
from lic.web import clock, words

KEPT = 2000  # rows in one language, of 1.5 KB each
NOTHING, BETWEEN = "\0", "\n"  # in a shadow, between texts; nobody can type them
SIGNS = "&<>\"'"  # longer in HTML than they are typed
WIDE = {sign: NOTHING * len(escape(sign)) for sign in SIGNS}


class Drawn:
    """`draw(rows)` gives the pieces of each row: HTML and text by turns, beginning and ending with HTML."""

    def __init__(self, draw):
        self.draw, self._kept = draw, (None, {})

    def html(self, page):
        """The rows of a page; the words of its search are marked."""
        sought = page.sought
        found = self._found(page.rows)
        shadows = [shadow for _, shadow in found]
        if sought and (None in shadows or any(sign in word for word in sought for sign in SIGNS)):
            return Markup("").join(self._slowly(pieces, sought) for pieces in self.draw(page.rows))
        html = "".join([html for html, _ in found])
        if sought:
            html = _marked(html, marks.found("".join(shadows), sought))
        return Markup(html)  # noqa: S704 (every text was escaped)

    def _found(self, rows):
        """(HTML, shadow) of each row."""
        kept = self._kept_now()
        found = {number: kept.get(number) for number in rows.numbers}
        if missing := [number for number, known in found.items() if known is None]:
            if len(kept) > KEPT:
                kept.clear()
            some = rows.some(missing)
            for row, known in zip(some, _with_shadows(list(self.draw(some))), strict=True):
                found[row.number] = kept[row.number] = known
        return [known for known in found.values() if known]

    def _kept_now(self):
        """What is kept of this language on this day; what was read before a commit is never found after it."""
        generation, (known, kept) = (Generation.number, clock.today()), self._kept
        if known != generation:
            kept = {}
            self._kept = generation, kept
        return kept.setdefault(words.language(), {})

    def _slowly(self, pieces, sought):
        """A row with signs that search differently from how they look, cell by cell."""
        return Markup("").join(
            marks.marked(piece, sought) if place % 2 else Markup(piece)  # noqa: S704 (HTML of our own)
            for place, piece in enumerate(pieces)
        )


def _with_shadows(rows):
    """(HTML, shadow) of each row; no shadow where letters are searched that stand for several, or for none."""
    texts = [text for pieces in rows for text in pieces[1::2]]
    whole = BETWEEN.join(texts)
    letters, escaped = marks.plain(whole).split(BETWEEN), str(escape(whole)).split(BETWEEN)
    if not len(letters) == len(escaped) == len(texts):  # a text holds what stands between them
        letters, escaped = [marks.plain(text) for text in texts], [str(escape(text)) for text in texts]
    place = 0
    for pieces in rows:
        end = place + len(pieces) // 2
        html, shadow, searched = list(pieces), list(pieces), letters[place:end]
        html[1::2], shadow[1::2] = escaped[place:end], searched
        shadow[::2] = [NOTHING * len(piece) for piece in pieces[::2]]
        html, shadow = "".join(html), "".join(shadow)
        if sum(map(len, searched)) != sum(map(len, texts[place:end])):
            shadow = None
        elif len(html) != len(shadow):
            shadow = _widened(pieces, searched)
        yield html, shadow
        place = end


def _widened(pieces, letters):
    """The shadow of a row some of whose signs are longer in HTML."""
    shadow = []
    for around, text, searched in zip(pieces[::2], (*pieces[1::2], ""), (*letters, ""), strict=True):
        shadow += NOTHING * len(around), *[WIDE.get(sign, letter) for sign, letter in zip(text, searched, strict=True)]
    return "".join(shadow)


def _marked(html, found):
    parts, done = [], 0
    for start, end in found:
        parts.append(f"{html[done:start]}<mark>{html[start:end]}</mark>")
        done = end
    return "".join([*parts, html[done:]])
