"""How a quote stands, as a badge: louder where somebody must act (003-19)."""

from lic.models import QuoteState
from lic.web import words

TONES = {
    QuoteState.OPEN: ("warn", "wait"),
    QuoteState.ORDERED: ("ok", "ok"),
    QuoteState.REFUSED: ("danger", "stop"),
    QuoteState.EXPIRED: ("", "clock"),
}


def badge(state):
    """(tone, words, shape)"""
    tone, shape = TONES.get(state, ("", "none"))
    return tone, words.word(state), shape
