"""Texts and values as an index searches them: folded, in tokens of a few letters, and in stretches of values."""

import re
from functools import lru_cache, wraps
from typing import NamedTuple

from lic.models import fold

TEXT, NUMBER, DAY, TIME, WORD = "text", "number", "day", "time", "word"
# Tokens never meet those of another kind: word beginnings have one or two letters, parts of words three, marks more.
SIGNS = [c for c in range(33, 127) if not chr(c).isalnum()]
SAFE = {c: 0x80 + place for place, c in enumerate(SIGNS)} | {32: 0xA0}  # FTS5 would split words at them
# A key's value stands in a large stretch of values, that in smaller ones: letters it begins with, or so many values.
STRETCHES = {
    TEXT: (2, 4, 6),
    NUMBER: (1_000_000, 1000, 1),
    DAY: (1024, 256, 64, 16),
    TIME: tuple(86400 * days for days in (1024, 256, 64, 16)),
    WORD: (1,),
}
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f]")
AFTER_A_SIGN = re.compile(r"(?<=[\W_])(?=[^\W_])")
MOST, SHORT = 1024, 100  # answers of each kind that are remembered; letters


def remembered(make):
    """Names come again and again, numbers and long texts do not: what is made of the last short ones is kept.

    All of it here is full within half an hour of work and then stays at a few megabytes: tests/test_memory.py.
    """
    known = lru_cache(MOST)(make)

    @wraps(make)
    def answer(text):
        return make(text) if text and len(text) > SHORT else known(text)

    answer.cache_clear = known.cache_clear
    return answer


def forget():
    """After very many at once."""
    for one in (folded, subwords, _tokens, begins, stretches, tokens_of):
        one.cache_clear()


@remembered
def folded(text):
    """Text as it is searched and sorted: no case, no accents, single spaces, nothing unseen."""
    text = fold(fold(text))  # twice: what a compatibility sign stands for may have case again
    return " ".join(UNSEEN.sub(" ", text).split())


@remembered
def subwords(word):
    """The ends of a word that begin after a sign, where it is found too: 231K-1TIW and 1TIW of TS-231K-1TIW."""
    return [word[found.start() :] for found in AFTER_A_SIGN.finditer(word)]


@remembered
def _tokens(word):
    word = word.translate(SAFE)
    return " ".join([word[0], word[:2], *[word[i : i + 3] for i in range(len(word) - 2)]])


@remembered
def begins(word):
    word = word.translate(SAFE)
    return f"{word[0]} {word[:2]}"


def tokens(text):
    """The tokens of a folded text, as FTS5 is given them; one that stands there twice counts once."""
    return " ".join(map(_tokens, text.split()))


class Stretch(NamedTuple):
    """The values of one key from `low` to just before `high`, and the token of the rows that have one of them."""

    token: str
    low: int | str
    high: int | str

    @property
    def is_one_value(self):
        return self.high == (f"{self.low}\0" if isinstance(self.low, str) else self.low + 1)


@lru_cache(MOST)
def stretches(key, kind, value):
    """Those a value of a key is in, from the largest to the smallest."""
    if kind != TEXT:
        return [
            Stretch(f"{key}{size}x{value // size}".translate(SAFE), value // size * size, (value // size + 1) * size)
            for size in STRETCHES[kind]
        ]
    return [_beginning(key, length, value[:length]) for length in STRETCHES[TEXT]]


@lru_cache(MOST)
def tokens_of(key, kind, value):
    """The tokens of all stretches a value is in."""
    if kind == TEXT:
        key, value = key.translate(SAFE), value.translate(SAFE)
        return " ".join([f"{key}{length}x{value[:length]}" for length in STRETCHES[TEXT]])
    return " ".join([stretch.token for stretch in stretches(key, kind, value)])


def _beginning(key, length, letters):
    """The texts that begin with these letters; of one that is shorter, it alone."""
    after = ord(letters[-1]) + 1 if len(letters) == length else 0
    high = letters[:-1] + chr(0xE000 if after == 0xD800 else after) if after else letters + "\0"
    return Stretch(f"{key}{length}x{letters}".translate(SAFE), letters, high)
