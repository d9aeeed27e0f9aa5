"""Somebody who follows every link they are shown, without a browser."""

from collections import Counter
from urllib.parse import urljoin, urlsplit

from lxml import html

START = ("/contracts", "/settings/profile")


def links(page):
    """The addresses a page leads to."""
    return html.fromstring(page).xpath("//a/@href | //link/@href | //script/@src")


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
        for link in [*links(answer.text), answer.location or path]:
            parts = urlsplit(urljoin(f"http://localhost{path}", link))
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc == "localhost" and parts.scheme == "http" and address not in seen:
                seen.add(address)
                waiting.append(address)
    assert len(opened_of) >= 8, f"only {sorted(opened_of)} can be reached"
