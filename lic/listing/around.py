"""What stands around the rows of a list: drawn once for each address but for what is typed, kept until a commit.

While somebody types, only the rows, the count and the words themselves change; the rest is three quarters of the work.
"""

import re
from dataclasses import replace
from urllib.parse import quote_plus

from flask import current_app
from flask_login import current_user
from markupsafe import escape

from lic.models import Generation
from lic.web import clock, words
from lic.web.screen import screen

TYPED, COUNT, ROWS = "\ue0f0", "\ue0f1", "\ue0f2"  # where they go; letters nobody types, and if so no harm is done
SLOTS = re.compile(f"({TYPED}|{re.escape(quote_plus(TYPED))}|{COUNT}|{ROWS})")
KEPT = 200

_kept = {}


def assembled(template, page, **context):
    """The list of a page, as its block of the template would draw it."""
    around = {name: value for name, value in page.asked.items() if name != "q"}
    key = (
        *(Generation.number, template, current_user.get_id(), words.language(), clock.today()),
        *(tuple(around.items()), "q" in page.asked, page.is_narrowed, bool(page.rows)),
    )
    if key not in _kept:
        if len(_kept) > KEPT:
            _kept.clear()
        _kept[key] = SLOTS.split(_drawn(template, page, context))
    typed = page.asked.get("q", "")
    filled = {
        TYPED: escape(typed),
        quote_plus(TYPED): quote_plus(typed),
        COUNT: escape(page.said),
        ROWS: screen(template, "rows", page=page, **context) if page.rows else "",
    }
    return "".join([filled.get(piece, piece) for piece in _kept[key]])


def _drawn(template, page, context):
    asked = page.asked | ({"q": TYPED} if "q" in page.asked else {})
    context = context | {"page": replace(page, asked=asked, said_count=COUNT)}
    current_app.update_template_context(context)
    template = current_app.jinja_env.get_template(template)
    drawing = template.new_context(context)
    drawing.blocks["rows"] = [lambda _: iter([ROWS])]
    return "".join(template.blocks["list"](drawing))
