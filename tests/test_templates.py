"""Templates speak htmx 4 under a strict policy, compile, and never in one language only."""

import re
from pathlib import Path

TEMPLATES = sorted(Path("templates").rglob("*.html"))
LETTERS = sorted(Path("templates").rglob("*.txt"))
FORBIDDEN = {
    r"\bhx-(vars|ext|params|disinherit|inherit|disabled-elt|request|history|prompt)\b": "gone in htmx 4",
    r"htmx:\w+[A-Z]": "an htmx 2 event name",
    r"\bhx-on\b|\bjs:|\s(on\w+)=\"|hx-trigger=\"[^\"]*\[": "script in an attribute, which the content policy blocks",
    r"\sstyle=": "style in an attribute, which the content policy blocks",
    r"<style|<script(?![^>]*\ssrc=)": "an inline script or style, which the content policy blocks",
    r"\|\s*safe\b": "unescaped text",
    r"autoescape\s+false": "unescaped text",
    r"https?://(?!www\.w3\.org)": "something from another site",
}
MARKUP = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<!?[^>]*>|&\w+;"


def visible(text):
    """What a reader would see that no translator ever sees."""
    return re.findall(r"[^\W\d_]{2,}", re.sub(MARKUP, " ", text, flags=re.DOTALL))


def texts(files=TEMPLATES):
    return [(str(file), file.read_text(encoding="utf-8")) for file in files]


def test_nothing_forbidden():
    assert not [(name, why) for name, text in texts() for pattern, why in FORBIDDEN.items() if re.search(pattern, text)]


def test_every_word_a_reader_sees_can_be_translated():
    assert not [(name, visible(text)) for name, text in texts(TEMPLATES + LETTERS) if visible(text)]


def test_words_in_attributes_can_be_translated_too():
    said = r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"'
    plain = [(name, re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)) for name, text in texts()]
    assert not [
        (name, words) for name, text in plain for words in re.findall(said, text) if re.search(r"[^\W\d_]{2,}", words)
    ]


def test_every_template_compiles(portal):
    for file in TEMPLATES + LETTERS:
        assert portal.jinja_env.get_template(str(file.relative_to("templates")))


def test_forms_that_write_post():
    others = [(name, text) for name, text in texts() if not name.endswith("ui.html")]
    assert {method for name, text in others for method in re.findall(r"<form[^>]*\smethod=\"(\w+)\"", text)} == {"post"}


def test_a_link_to_a_file_is_a_download():
    """A boosted link would swap the file into the page."""
    to_a_file = re.compile(r"\.(csv|xlsx|pdf)\b|export|format=")
    links = [(name, link) for name, text in texts() for link in re.findall(r"<a\b[^>]*>", text)]
    assert not [(name, link) for name, link in links if to_a_file.search(link) and " download" not in link]
