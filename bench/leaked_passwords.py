"""Make lic/rules/leaked_passwords.bloom from a list of leaked passwords, one a line, the most used first.

    python bench/leaked_passwords.py common-credentials-1M.txt

Only what is long enough to be chosen at all goes in, and the most used short ones repeated until they are long enough.
The list is the one of a million in SecLists (MIT, see lic/rules/leaked_passwords-LICENSE.txt).
"""

import sys
from pathlib import Path

from lic.rules.passwords import HASHES, LEAKED, LEAST, normal, places

REPEATED = 100_000
BITS = 29  # a password: HASHES / ln 2


def long_enough(lines):
    for rank, line in enumerate(lines):
        password = normal(line.strip("\r\n")).casefold()
        if len(password) >= LEAST:
            yield password
        elif password and rank < REPEATED:
            for times in range(2, LEAST + 1):
                if LEAST <= len(password) * times < LEAST * 2:
                    yield password * times


def main(source):
    passwords = set(long_enough(Path(source).read_text(encoding="utf-8", errors="replace").split("\n")))
    bits = bytearray(len(passwords) * BITS // 8 + 1)
    for password in passwords:
        for place in places(password, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    LEAKED.write_bytes(bits)
    print(f"{len(passwords)} passwords, {HASHES} hashes, {len(bits)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
