"""What of our own letters lies within another, as in a bounce: addresses the portal gave and numbers of its letters."""

import re

CODE = re.compile(  # of the address an answer goes to (replies.py)
    rb"(?:\+|%2B|&#43;)(\d{1,12}\.[cd]\.\d{1,12}\.[a-z2-7]{20})\Z", re.IGNORECASE
)
SIGNATURE = re.compile(rb"[a-z2-7]{20}", re.IGNORECASE)  # its end
NUMBER = re.compile(rb"[0-9a-f]{32}", re.IGNORECASE)  # of a letter (journal.write)
AT = re.compile(rb"@")  # what follows both: looked for first, it is a hundred times as quick
LONGEST = 100  # bytes of one of them
MOST = 200  # of each that are remembered
SIGNS = 1_000_000  # at signs of a letter that are looked at


class Traces:
    """Told a letter piece by piece, it knows which of our own it holds."""

    def __init__(self):
        self.codes, self.numbers, self._signs = set(), set(), 0

    def of(self, pieces):
        """Look through one part of it, decoded; passes it on."""
        rest = b""
        for piece in pieces:
            seen = rest + piece
            for sign in AT.finditer(seen, len(rest)):
                self._signs += 1
                if self._signs > SIGNS:
                    break
                self._look(seen[max(0, sign.start() - LONGEST) : sign.start()])
            rest = seen[-LONGEST:]
            yield piece

    def _look(self, before):
        if NUMBER.fullmatch(before[-32:]) and len(self.numbers) < MOST:
            self.numbers.add(before[-32:].decode("ascii").lower())
        if SIGNATURE.fullmatch(before[-20:]) and (code := CODE.search(before)) and len(self.codes) < MOST:
            self.codes.add(code[1].decode("ascii").lower())


def codes(addresses):
    """The codes of those of these addresses that are ours."""
    found = Traces()
    for _ in found.of(f"{one}\n".encode("utf-8", "replace") for one in addresses):
        pass
    return found.codes
