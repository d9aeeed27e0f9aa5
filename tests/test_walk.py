"""Everybody of the demonstration follows every link they are shown: none is dead, none fails, none is not theirs."""

import re
from html import unescape
from urllib.parse import urljoin

import pytest
from lxml import html

from lic import catalogues, demo
from lic.models import User
from lic.web import session
from tests.conftest import NOON, a_browser, a_portal, opened
from tests.walking import walk

PEOPLE = [
    *("distributeur", "distributrice", "distributeur_basique", "revendeur", "revendeur_basique", "autre_revendeur"),
    *("parceiro", "parceira", "parceiro_basico", "client_test", "cliente_testeuse", "gestionnaire"),
    *("admin_technique", "utilisateur"),
]
ONE_OF_EACH = ["distributeur", "revendeur", "revendeur_basique", "client_test", "gestionnaire", "utilisateur"]
READ_OUT = ("aria-label", "placeholder", "title", "data-label", "alt", "data-copied")


@pytest.fixture(scope="module")
def demonstration(portal, blank, tmp_path_factory):
    with opened(portal, a_portal(tmp_path_factory.mktemp("walk"), blank)):
        demo.load(0, NOON)
        yield portal


@pytest.mark.parametrize("who", PEOPLE)
def test_no_link_is_dead(demonstration, who):
    browser = a_browser(demonstration, User.get(User.identifier == who))
    for path, answer in walk(browser, demonstration.url_map.bind("localhost"), of_each_kind=4):
        assert answer.status_code in (200, 302, 303), f"{who}: {path} answers {answer.status_code}"


@pytest.mark.parametrize("who", ["distributeur", "revendeur"])
def test_every_list_is_sorted_by_every_header(demonstration, who):  # 002-19
    browser = a_browser(demonstration, User.get(User.identifier == who))
    menu = re.findall(r'<li><a href="([^"]+)"', browser.get("/contracts").text)
    heads = {
        urljoin(one, unescape(head))
        for one in menu
        for head in re.findall(r'href="([^"]*[?&;]sort=[^"]*)"', browser.get(one).text)
    }
    assert len(heads) > 15
    assert not {head for head in heads if browser.get(head).status_code != 200}


# --- words -------------------------------------------------------------------------------------


def texts(page):
    """What a page says: its text nodes, and what its attributes say to who looks or listens."""
    whole = html.fromstring(page)
    said = whole.xpath("//text()[not(parent::script or parent::style)]")
    heard = whole.xpath(" | ".join(f"//@{name}" for name in READ_OUT))
    return {" ".join(text.split()) for text in said} | {text.strip() for text in heard}


def english(language):
    """Matches what is said in English although the language has words for it: whole texts, values left open."""
    ids, said = set(), set()
    for message in catalogues.read(language):
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        said |= set(message.string if isinstance(message.string, tuple) else (message.string,))
        ids |= {one for one in forms if len(re.sub(r"%\(\w+\)s|\W", "", one)) > 3}
    counted = [re.sub(r"%\\\((?:count|num)\\\)s", r"[\\d\\W]+", re.escape(one)) for one in sorted(ids - said)]
    wanted = [re.sub(r"%\\\(\w+\\\)s", ".+", one) for one in counted]
    return re.compile("|".join(wanted))


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize("who", ONE_OF_EACH)
def test_no_page_says_anything_in_english(demonstration, who, language):
    User.update(language=language).where(User.identifier == who).execute()
    session._known.clear()
    browser = a_browser(demonstration, User.get(User.identifier == who))
    leaks, wrong = english(language), {}
    for path, answer in walk(browser, demonstration.url_map.bind("localhost"), of_each_kind=2):
        if answer.mimetype == "text/html":
            assert f'<html lang="{language}"' in answer.text
            found = sorted(text for text in texts(answer.text) if leaks.fullmatch(text))
            wrong |= {path: found} if found else {}
    assert not wrong


def test_english_is_noticed_where_there_are_words_for_it():
    leaks = english("fr")
    assert leaks.fullmatch("Declare an incident") and leaks.fullmatch("Order no. 12 is approved.")
    assert not leaks.fullmatch("Déclarer un incident") and not leaks.fullmatch("Description of something else")
