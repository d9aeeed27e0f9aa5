"""What letters about incidents quote: words of channels their reader is party to, and no others (002-46, 002-54)."""

from dataclasses import dataclass

from flask_babel import gettext

from lic.models import Turn
from lic.rules import digests, files, incidents, messages, replies
from lic.web import telling, words

LONGEST = 2_000  # characters of one message in a letter that tells of many


@dataclass(frozen=True)
class Told:
    """One event in a letter."""

    line: telling.Line
    words: str = ""  # as they were written
    files: tuple = ()  # names of those that came with them

    @property
    def beginning(self):
        return self.words if len(self.words) <= LONGEST else f"{self.words[:LONGEST]}…"


def told(line, reader):
    """An event with what was written, if this reader is party to its channel."""
    event = line.event
    if event.kind == "incident.declared":
        return Told(line, line.subject.description, tuple(event.after["files"]))
    said = messages.told_by(event, reader)
    return Told(line, said.body, tuple(files.brought(said))) if said else Told(line)


def readers(incident, channel, user):
    """Who gets a message of this person, by name; the distributor's people answer as its support."""
    to = incidents.across(incident, channel, user)
    if to is not Turn.DISTRIBUTOR:
        return [reader.name for reader in messages.recipients(incident, channel, user)]
    product = incidents.service(incident)
    own = product and words.word(product.support_route)  # of some services, another (004-27)
    return [own or gettext("Support of %(name)s", name=incidents.organisation_of(incident, to).name)]


def answer_goes_to(line, reader):
    """Who gets the answer to a letter: the reseller's two letters look alike, and its answers do not mix (002-46)."""
    return ", ".join(readers(line.subject, replies.channel_of(line.event, line.subject, reader), reader))


def news(values, reader, url):
    """What a daily letter tells."""
    lines = telling.lines(digests.told_to(reader, values), reader, url)
    return [told(line, reader) for line in lines]
