"""Templates speak htmx 4 under a strict policy, compile, and never in one language only."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from lic.web.late import Compiled

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


def drawn(folder, **settings):
    """A template as a portal that has just been started draws it."""
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, **settings)
    environment.bytecode_cache = Compiled(environment, folder)
    return environment.get_template("a.html").render(name="<Léa>")


def test_what_was_compiled_before_is_used_for_the_same_source_and_settings_only(tmp_path):
    (tmp_path / "a.html").write_text("{% if name %}\n1 {{ name }}{% endif %}")
    assert drawn(tmp_path) == "\n1 &lt;Léa&gt;" and drawn(tmp_path, trim_blocks=True) == "1 &lt;Léa&gt;"
    (kept,) = (tmp_path / "__pycache__").iterdir()
    compiled = kept.stat().st_mtime_ns
    assert drawn(tmp_path, trim_blocks=True) == "1 &lt;Léa&gt;" and kept.stat().st_mtime_ns == compiled
    (tmp_path / "a.html").write_text("2 {{ name }}")
    assert drawn(tmp_path) == "2 &lt;Léa&gt;"


@pytest.mark.parametrize("left", [b"", b"j2", 0.3, 0.9])
def test_a_damaged_one_is_compiled_again(tmp_path, left):
    (tmp_path / "a.html").write_text("1 {{ name }}")
    assert drawn(tmp_path) == "1 &lt;Léa&gt;"
    (kept,) = (tmp_path / "__pycache__").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(left if isinstance(left, bytes) else whole[: int(len(whole) * left)])
    assert drawn(tmp_path) == "1 &lt;Léa&gt;" and kept.read_bytes() == whole


def test_where_nothing_can_be_kept_they_are_compiled_each_time(tmp_path):
    (tmp_path / "a.html").write_text("1 {{ name }}")
    (tmp_path / "__pycache__").write_text("not a folder")
    assert drawn(tmp_path) == "1 &lt;Léa&gt;"
