"""A letter that is a page, as plain text (004-26): what it quotes has a > before each line, as in other letters.

Every step forward is one over the text, however broken the page is: a stranger writes it.
"""

import re
from collections import Counter
from html import unescape

BLOCKS = {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "pre", "section", "article", "hr"}
VOID = {"br", "img", "hr", "meta", "link", "input", "wbr", "col", "base", "area", "source"}
UNSEEN = {"head", "template"}
RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script", "title")}  # no tags in them
QUOTES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote")  # classes of what is quoted
HEADS = ("divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container")  # ids: Outlook's letter below
TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s<>/]{0,50})((?:[^<>"']++|"[^"]{0,2000}+"|'[^']{0,2000}+'){0,200}+)>"""
    r"""|<(/?)([a-zA-Z][^\s<>/]{0,50})([^<>]{0,200000}+)>"""  # with a quotation mark too few
)
NAMED = re.compile(r"""\b(id|class)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def text_of_page(page):
    """An HTML letter as plain text."""
    return _Reader().read(page)


class _Reader:
    def __init__(self):
        self.lines, self.line = [], []
        self.open, self.inside = [], Counter()  # tags that are open, and how many of each name
        self.hidden, self.quoted, self.below = 0, 0, False

    def read(self, page):
        at = 0
        while at < len(page) and not self.below:
            at = self.step(page, at)
        self.end_line()
        return "\n".join(self.lines)

    def step(self, page, at):
        """Read what begins here; returns where the next begins."""
        if page[at] != "<":
            end = page.find("<", at)
            end = len(page) if end < 0 else end
            self.text(page[at:end])
            return end
        for mark, closing in (("<!--", "-->"), ("<!", ">"), ("<?", ">")):
            if page.startswith(mark, at):
                end = page.find(closing, at)
                return len(page) if end < 0 else end + len(closing)
        tag = TAG.match(page, at)
        if tag is None:
            self.text("<")
            return at + 1
        closes, name, rest = (given for given in tag.groups() if given is not None)
        name = name.lower()
        if not closes and name in RAW:
            end = RAW[name].search(page, tag.end())
            return end.start() if end else len(page)
        self.ends(name) if closes else self.begins(name, rest)
        return tag.end()

    def begins(self, name, rest):
        given = {key.lower(): a or b or c for key, a, b, c in NAMED.findall(rest[:2_000])}
        if name in BLOCKS or name in ("br", "blockquote"):
            self.end_line(always=name == "br")
        if given.get("id") in HEADS:
            self.end_line()
            self.below = True
        if name in VOID:
            return
        quotes = name == "blockquote" or any(one in given.get("class", "") for one in QUOTES)
        self.open.append((name, name in UNSEEN, quotes))
        self.inside[name] += 1
        self.hidden += name in UNSEEN
        self.quoted += quotes

    def ends(self, name):
        if name in BLOCKS or name == "blockquote":
            self.end_line()
        while self.inside[name]:
            last, hidden, quotes = self.open.pop()
            self.inside[last] -= 1
            self.hidden -= hidden
            self.quoted -= quotes
            if last == name:
                return

    def text(self, text):
        if not self.hidden:
            self.line.append(re.sub(r"[\s\u200b]+", " ", unescape(text)))

    def end_line(self, always=False):
        text = re.sub("  +", " ", "".join(self.line)).strip()
        if text or always:
            self.lines.append(f"> {text}" if self.quoted else text)
        self.line = []
