"""Everybody of the demonstration follows every link they are shown: none is dead, none fails, none is not theirs."""

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from lic import demo
from lic.models import User
from tests.conftest import NOON, a_browser, a_portal, opened

OF_EACH_KIND = 4  # pages of one route that each person opens
PEOPLE = [
    *("distributeur", "distributrice", "distributeur_basique", "revendeur", "revendeur_basique", "autre_revendeur"),
    *("parceiro", "parceira", "parceiro_basico", "client_test", "cliente_testeuse", "gestionnaire"),
    *("admin_technique", "utilisateur"),
]


@pytest.fixture(scope="module")
def demonstration(portal, blank, tmp_path_factory):
    with opened(portal, a_portal(tmp_path_factory.mktemp("walk"), blank)):
        demo.load(0, NOON)
        yield portal


class Links(HTMLParser):
    """The addresses a page leads to."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.found.append(given["href"])
        if tag == "link" and given.get("href"):
            self.found.append(given["href"])
        if tag == "script" and given.get("src"):
            self.found.append(given["src"])


@pytest.mark.parametrize("who", PEOPLE)
def test_no_link_is_dead(demonstration, who):
    browser = a_browser(demonstration, User.get(User.identifier == who))
    adapter = demonstration.url_map.bind("localhost")
    waiting, seen, opened_of = ["/contracts", "/settings/profile"], set(), Counter()
    while waiting:
        path = waiting.pop(0)
        endpoint, values = adapter.match(urlsplit(path).path)
        kind = values.get("filename") or endpoint
        if opened_of[kind] == OF_EACH_KIND:
            continue
        opened_of[kind] += 1
        answer = browser.get(path)
        assert answer.status_code in (200, 302, 303), f"{who}: {path} answers {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        for link in Links(answer.get_data(as_text=True)).found + [answer.location or path]:
            parts = urlsplit(urljoin(f"http://localhost{path}", link))
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc == "localhost" and parts.scheme == "http" and address not in seen:
                seen.add(address)
                waiting.append(address)
    assert len(opened_of) >= 8, f"{who} sees only {sorted(opened_of)}"
