"""What was searched for, marked in a text; accents and case do not hide it."""

from markupsafe import Markup, escape

from lic.search import folded


def marked(text, sought):
    """The text with each of these folded words in <mark>."""
    whole = folded(text)
    if not any(word in whole for word in sought):  # most cells: nothing to look for letter by letter
        return escape(text)
    plain, places = [], []
    for place, sign in enumerate(text):
        for letter in folded(sign) or (" " if sign.isspace() else ""):
            plain.append(letter)
            places.append(place)
    hit = _hits("".join(plain), sought)
    return _marks(text, {places[place] for place in hit}) if hit else escape(text)


def _hits(plain, sought):
    """The places in a folded text that a search found."""
    hit = set()
    for word in sought:
        start = plain.find(word)
        while start >= 0:
            begins = start == 0 or not plain[start - 1].isalnum()
            if len(word) > 2 or begins:
                hit.update(range(start, start + len(word)))
            start = plain.find(word, start + 1)
    return hit


def _marks(text, hit):
    parts, place = [], 0
    while place < len(text):
        inside, start = place in hit, place
        while place < len(text) and (place in hit) == inside:
            place += 1
        piece = escape(text[start:place])
        parts.append(f"<mark>{piece}</mark>" if inside else piece)
    return Markup("".join(parts))  # noqa: S704 (every piece was escaped)
