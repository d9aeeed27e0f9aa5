"""What somebody wrote in a letter, without what they answer to: quoted text and signatures are cut (004-26).

Where an answer stands between the lines it quotes, nothing is cut: better too much than half an answer.
"""

import re

NAME = r"[^\n]{1,300}?"
INTRODUCES = (  # the line a mail program writes above what it quotes; it may be broken over two or three
    rf"On\s{NAME}\swrote\s*:",
    rf"Le\s{NAME}\sa\s+écrit\s*:",
    rf"Em\s{NAME}\s(?:escreveu|escribió)\s*:",
    rf"A\s{NAME}\sescreveu\s*:",
    rf"{NAME}\s<[^<>\s]+@[^<>\s]+>\s(?:wrote|a\s+écrit|escreveu)\s*:",
    r"\d{4}-\d\d-\d\d\s[^\n]{1,200}<[^<>\s]+@[^<>\s]+>\s*:",
)
BREAKS = (  # what stands above a whole letter that follows
    r"-{2,}\s*(?:Original Message|Message d'origine|Message d’origine|Message original|Mensagem original)\s*-{2,}",
    r"-{2,}\s*(?:Forwarded message|Message transféré|Mensagem encaminhada|Mensagem reencaminhada)\s*-{2,}",
    r"_{20,}",
)
HEAD = {  # the first lines of the letter below, as Outlook and Apple write them: From, then at least two more
    "from": ("from", "de", "expéditeur"),
    "more": (
        *("sent", "date", "to", "cc", "subject"),
        *("envoyé", "envoyé le", "à", "objet", "répondre à"),
        *("enviado", "enviada em", "enviado em", "enviada", "data", "para", "assunto"),
    ),
}
SENT_FROM = re.compile(
    r"(?:Sent from my|Envoyé de mon|Envoyé depuis mon|Envoyé à partir de|Enviado do meu|Enviado a partir do|"
    r"Get Outlook for|Obtenir Outlook pour|Obter o Outlook)\b.{0,80}",
    re.IGNORECASE,
)
INTRODUCTION = re.compile("|".join(f"(?:{one})" for one in INTRODUCES), re.IGNORECASE)
BREAK = re.compile("|".join(f"(?:{one})" for one in BREAKS), re.IGNORECASE)
MOST = 3  # lines an introduction is broken over
LONGEST = 1_000  # characters of a line that may be one; longer ones would be compared for minutes


def own_words(text):
    """The part of a letter its sender wrote, without signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    start, after = _quote(lines)
    own = lines[:start]
    if after is not None and _is_answered_below(lines[after:]):
        own = lines  # it answers between the lines
    return "\n".join(_without_signature(own)).strip()


def _quote(lines):
    """Where what is quoted begins, and where its own lines do where an answer may stand among them (else None)."""
    for at, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if BREAK.fullmatch(text) or _is_head(lines, at):
            return at, None
        if text.startswith(">"):
            return at, at
        if count := _introduces(lines[at : at + MOST]):
            rest = [other.strip() for other in lines[at + count :] if other.strip()]
            quotes = bool(rest) and rest[0].startswith(">")
            return at, at + count if quotes else None
    return len(lines), None


def _introduces(lines):
    """How many of these lines are the one above a quote; never one before it that says something itself."""
    for count in range(1, len(lines) + 1):
        parts = [part.strip() for part in lines[:count]]
        if not all(parts) or sum(map(len, parts)) > LONGEST:
            return 0
        if INTRODUCTION.fullmatch(" ".join(parts)):
            shorter = any(INTRODUCTION.fullmatch(" ".join(parts[start:])) for start in range(1, count))
            return 0 if shorter else count
    return 0


def _is_head(lines, at):
    """Whether a letter's first lines stand here: De : …, Envoyé : …, À : …, Objet : …"""
    names = [_name_of(line) for line in lines[at : at + 8] if line.strip()][:5]
    return bool(names) and names[0] in HEAD["from"] and sum(name in HEAD["more"] for name in names[1:]) >= 2


def _name_of(line):
    name, colon, value = line.strip().strip("*> ").partition(":")
    return name.strip(" *").casefold() if colon and len(name) < 20 else ""


def _is_answered_below(lines):
    """Whether something is written after the first quoted line: an answer between the lines, or below them."""
    own = [line for line in _without_signature(lines) if line.strip() and not line.lstrip().startswith(">")]
    return any(not _wraps(line) for line in own)


def _wraps(line):
    """What a mail program adds below what it quotes."""
    if len(line) > LONGEST:
        return False
    return bool(SENT_FROM.fullmatch(line.strip()) or INTRODUCTION.fullmatch(line.strip()))


def _without_signature(lines):
    for at, line in enumerate(lines):
        if line.rstrip() == "--" and not line.startswith(">"):
            lines = lines[:at]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or SENT_FROM.fullmatch(lines[end - 1].strip())):
        end -= 1
    return lines[:end]
