"""What was made for a page and holds until the next commit, of this process or another."""

import re
from functools import partial

from flask import current_app, g, render_template, request
from flask_login import current_user
from markupsafe import escape

from lic.models import Generation, current_scope
from lic.web import clock, words


class UntilCommit:
    """Things by their keys. `now()` before anything is read: what was read earlier is never found later."""

    def __init__(self, most):
        self.most, self._kept = most, (None, {})

    def now(self):
        since, things = self._kept
        if since != Generation.number or len(things) > self.most:
            things = {}
            self._kept = Generation.number, things
        return things


_pages = UntilCommit(most=100)
FRAME = "base.html"
FIRST = 0xE100  # letters nobody types, one for each thing said anew on every page


def page(template, find, *also, anew=()):
    """A whole page; its own blocks are drawn once for a person at an address, until a commit or the next day.

    `find()` gives what it shows; `also` is what else that depends on: the time of day. Around its blocks all is drawn
    anew, and within them what the functions of these names say.
    """
    if request.method not in ("GET", "HEAD"):
        return render_template(template, **find())
    key = (*asked(), template, also)
    slots = {chr(FIRST + place): name for place, name in enumerate(anew)}
    if key in g.pages:
        whole = _around(g.pages[key])
    else:
        whole, g.pages[key] = _drawn(template, find() | {name: partial(str, slot) for slot, name in slots.items()})
    for slot, name in slots.items():
        say = current_app.jinja_env.globals[name]
        whole = re.sub(slot, lambda found, say=say: str(escape(say())), whole)
    return whole


def asked():
    """Who asks what, in which language and on which day: with what is in the database, all that a page depends on."""
    asks = request.environ
    person = current_user.get_id(), current_scope(), words.language()
    return (*person, clock.today(), asks["SCRIPT_NAME"], asks["PATH_INFO"], asks["QUERY_STRING"])


def _drawn(template, context):
    """(The page, {name: HTML} of its own blocks)."""
    found = {}
    page, context = _begun(template, context)

    def kept(name, block):
        def draw(context):
            found[name] = "".join(block(context))
            return (found[name],)

        return draw

    for name in current_app.jinja_env.get_template(FRAME).blocks:
        if name in context.blocks:
            context.blocks[name] = [kept(name, context.blocks[name][0])]
    return "".join(page.root_render_func(context)), found


def _around(blocks):
    page, context = _begun(FRAME, {})
    for name, html in blocks.items():
        context.blocks[name] = [lambda context, html=html: (html,)]
    return "".join(page.root_render_func(context))


def _begun(template, context):
    current_app.update_template_context(context)
    page = current_app.jinja_env.get_template(template)
    return page, page.new_context(context)


def init(app):
    @app.before_request
    def begin():
        """Before anything is read, by the guard too."""
        g.pages = _pages.now()
