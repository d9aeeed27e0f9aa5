"""What letters about incidents quote: words of channels their reader is party to, and no others (002-46, 002-54)."""

from dataclasses import dataclass

from lic.rules import digests, files, messages
from lic.web import telling

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


def news(values, reader, url):
    """What a daily letter tells."""
    lines = telling.lines(digests.told_to(reader, values), reader, url)
    return [told(line, reader) for line in lines]
