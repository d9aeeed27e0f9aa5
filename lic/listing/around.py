"""What stands around the rows of a list: drawn once for each address but for what is typed, kept until a commit.

While somebody types, only the rows, the count and the words themselves change; the rest is three quarters of the work.
"""

import re
from dataclasses import replace
from urllib.parse import quote_plus

from flask import current_app
from markupsafe import Markup, escape

from lic.web.kept import UntilCommit

# Where they go; letters nobody types, and if so no harm is done.
TYPED, COUNT, ROWS, AFTER = "\ue0f0", "\ue0f1", "\ue0f2", "\ue0f3"
TYPED_QUOTED, AFTER_QUOTED = quote_plus(TYPED), quote_plus(AFTER)
SLOTS = re.compile(f"({TYPED}|{re.escape(TYPED_QUOTED)}|{COUNT}|{ROWS}|{re.escape(AFTER_QUOTED)})")

_kept = UntilCommit(most=200)  # of 8 KB each
GIVEN = {"drawn": lambda page: Markup(ROWS)}  # noqa: S704 (a letter of ours)


def assembled(template, page, reader, drawn, **context):
    """The list of a page, as its block of the template would draw it; drawn(page) gives the rows.

    reader: who asks, in which language and on which day.
    """
    asked, kept = page.asked, _kept.now()
    key = (
        *(template, reader, "q" in asked, page.is_narrowed),
        *(bool(page.rows), page.after is None),
        tuple([(name, value) for name, value in asked.items() if name != "q"]),
    )
    pieces = kept.get(key)
    if pieces is None:
        pieces = kept[key] = SLOTS.split(_drawn(template, page, context | GIVEN))
    typed = asked.get("q", "")
    filled = {
        TYPED: str(escape(typed)),
        TYPED_QUOTED: quote_plus(typed),
        COUNT: str(escape(page.said)),
        ROWS: str(drawn(page)) if page.rows else "",
        AFTER_QUOTED: quote_plus(page.after or ""),
    }
    return "".join([filled.get(piece, piece) for piece in pieces])


def _drawn(template, page, context):
    asked = page.asked | ({"q": TYPED} if "q" in page.asked else {})
    page = replace(page, asked=asked, said_count=COUNT, after=page.after and AFTER)
    context = context | {"page": page}
    current_app.update_template_context(context)
    template = current_app.jinja_env.get_template(template)
    return "".join(template.blocks["list"](template.new_context(context)))
