"""Templates speak htmx 4 under a strict policy, compile, and never in one language only."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("file", TEMPLATES, ids=str)
@pytest.mark.parametrize("pattern", FORBIDDEN, ids=FORBIDDEN.values())
def test_nothing_forbidden(file, pattern):
    assert not re.search(pattern, file.read_text())


@pytest.mark.parametrize("file", TEMPLATES + LETTERS, ids=str)
def test_every_word_a_reader_sees_can_be_translated(file):
    assert not visible(file.read_text()), visible(file.read_text())


@pytest.mark.parametrize("file", TEMPLATES, ids=str)
def test_words_in_attributes_can_be_translated_too(file):
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
    for said in re.findall(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"', text):
        assert not re.search(r"[^\W\d_]{2,}", said), said


@pytest.mark.parametrize("file", TEMPLATES + LETTERS, ids=str)
def test_every_template_compiles(app, file):
    assert app.jinja_env.get_template(str(file.relative_to("templates")))


@pytest.mark.parametrize("file", [f for f in TEMPLATES if f.name != "ui.html"], ids=str)
def test_forms_that_write_post(file):
    for method in re.findall(r"<form[^>]*\smethod=\"(\w+)\"", file.read_text()):
        assert method == "post"


@pytest.mark.parametrize("file", TEMPLATES, ids=str)
def test_a_link_to_a_file_is_a_download(file):
    """A boosted link would swap the file into the page."""
    for link in re.findall(r"<a\b[^>]*>", file.read_text()):
        if re.search(r"\.(csv|xlsx|pdf)\b|export|format=", link):
            assert " download" in link, link
