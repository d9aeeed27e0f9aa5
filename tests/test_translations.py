"""French and Portuguese are complete, and say what the labels of the portal must say."""

import ast
import csv
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lic import catalogues

LANGUAGES = ("fr", "pt")
PLACEHOLDER = r"%\((\w+)\)[sd]"


@pytest.fixture(scope="module")
def extracted():
    return catalogues.extracted()


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request):
    return catalogues.read(request.param)


def key(message):
    one = message.id[0] if isinstance(message.id, tuple) else message.id
    return message.context, one


def texts(message):
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def test_nothing_is_untranslated_or_unsure(catalogue, extracted):
    translated = {key(m): m for m in catalogue if m.id}
    missing = [key(m) for m in extracted if m.id and key(m) not in translated]
    assert not missing
    assert not [k for k, m in translated.items() if m.fuzzy or not all(t.strip() for t in texts(m))]


def test_two_that_start_at_once_both_find_the_words(tmp_path, monkeypatch):
    """A fresh clone has none compiled, and its tests start several portals together."""
    for language in LANGUAGES:
        (tmp_path / language / "LC_MESSAGES").mkdir(parents=True)
        shutil.copy(catalogues.path(language), tmp_path / language / "LC_MESSAGES")
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    with ThreadPoolExecutor(4) as pool:
        assert all(made is not None for made in pool.map(lambda _: catalogues.compile_all(), range(4)))
    left = {path.name for path in tmp_path.rglob("*.*")}
    assert left == {"messages.mo", "messages.po"}


def test_whatever_a_module_calls_gettext_is_extracted():
    named = re.compile(r"import \w*gettext as (\w+)")
    names = {name for path in Path("lic").rglob("*.py") for name in named.findall(path.read_text(encoding="utf-8"))}
    assert names <= catalogues.KEYWORDS.keys()


def test_nothing_is_translated_that_nobody_reads(catalogue, extracted):
    used = {key(m) for m in extracted if m.id}
    assert not [key(m) for m in catalogue if m.id and key(m) not in used]


def test_values_keep_their_names(catalogue):
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            asked = set().union(*(re.findall(PLACEHOLDER, text) for text in ids))
            for text in texts(message):
                found = set(re.findall(PLACEHOLDER, text))
                assert found <= asked, (key(message), text)
                if len(ids) == 1:
                    assert found == asked, (key(message), text)
            assert "%" not in re.sub(PLACEHOLDER + "|%%", "", texts(message)[0]) or "%" in ids[0]


def test_plurals_have_every_form(catalogue):
    for message in catalogue:
        if isinstance(message.id, tuple):
            assert len(texts(message)) == catalogue.num_plurals, key(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_read_exactly_as_agreed(language):
    """The table of screens.md, kept in tests/labels.csv: en, fr, pt and the message's context where it has one."""
    catalogue = catalogues.read(language)
    wrong = []
    for row in csv.DictReader(Path("tests/labels.csv").read_text(encoding="utf-8").splitlines()):
        message = catalogue.get(row["en"], context=row["context"] or None)
        if message is not None and texts(message)[0] != row[language]:
            wrong.append((row["en"], texts(message)[0], row[language]))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_apostrophe_is_the_same_everywhere(language):
    """Labels are searched for by people and tests: one kind of apostrophe, and French spaces before : ? ! ;"""
    for message in filter(lambda message: message.id, catalogues.read(language)):
        for text in texts(message):
            assert "’" not in text, text
            if language == "fr":
                assert not re.search(r"[\w)»][?!;](\s|$)", text), text


def test_no_word_hides_in_an_f_string():
    """What is extracted with Python 3.11 does not look into them: such a word would never be translated."""
    asks = {"_", "gettext", "ngettext", "pgettext", "N_"}
    hidden = [
        f"{file}:{call.lineno}"
        for file in Path("lic").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in asks
        if isinstance(call.args[0], ast.Constant)
    ]
    assert not hidden
