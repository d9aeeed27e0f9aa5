"""Somebody who follows every link they are shown, without a browser."""

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

START = ("/contracts", "/settings/profile")


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


def walk(browser, adapter, of_each_kind):
    """Each (path, answer) within reach, so many of each route; `adapter` is the routes bound to localhost."""
    waiting, seen, opened_of = [*START], set(), Counter()
    while waiting:
        path = waiting.pop(0)
        endpoint, values = adapter.match(urlsplit(path).path)
        kind = values.get("filename") or endpoint
        if opened_of[kind] == of_each_kind:
            continue
        opened_of[kind] += 1
        answer = browser.get(path)
        yield path, answer
        if answer.mimetype != "text/html":
            continue
        for link in Links(answer.get_data(as_text=True)).found + [answer.location or path]:
            parts = urlsplit(urljoin(f"http://localhost{path}", link))
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc == "localhost" and parts.scheme == "http" and address not in seen:
                seen.add(address)
                waiting.append(address)
    assert len(opened_of) >= 8, f"only {sorted(opened_of)} can be reached"
