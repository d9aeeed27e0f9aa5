"""What a person finds in the mail: the letters of the outbox, composed as they are when they are sent."""

import re

from lic import mail
from lic.models import Mail
from lic.web import clock


def letters(to=None, letter=None):
    """The outbox's rows, the latest last."""
    query = Mail.select().order_by(Mail.id)
    query = query.where(Mail.to == to) if to else query
    return list(query.where(Mail.letter == letter) if letter else query)


def read(app, row):
    return mail.compose(app, row, clock.now())


def link_in(app, row):
    """The path of the one link in a letter."""
    (path,) = re.findall(r"http://localhost(/\S+/\S+)", read(app, row).body)
    return path
