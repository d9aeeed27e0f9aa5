"""What was searched for is marked wherever it stands."""

from hypothesis import given
from hypothesis import strategies as st

from lic.listing import marks

TEXTS = st.text("ab1-_ .éß²ا", max_size=24)
WORDS = st.text("ab1-_.éß²ا", min_size=1, max_size=5)


def covered(letters, words):
    """The places of the letters that belong to a word, looked for one by one."""
    for word in words:
        for start in range(len(letters) - len(word) + 1):
            begins = start == 0 or not letters[start - 1].isalnum()
            if letters.startswith(word, start) and (begins or len(word) > 2):
                yield from range(start, start + len(word))


@given(TEXTS, st.lists(WORDS, min_size=1, max_size=3, unique=True))
def test_every_letter_of_a_word_is_marked_and_no_other(letters, words):  # 002-16
    found = marks.found(letters, words)
    assert [place for start, end in found for place in range(start, end)] == sorted(set(covered(letters, words)))
    assert all(end < start for (_, end), (start, _) in zip(found, found[1:], strict=False))
