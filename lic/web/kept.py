"""What was made for a page and holds until the next commit, of this process or another."""

import re
import secrets

from flask import current_app, g, render_template, request
from flask_login import current_user

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


_pages = UntilCommit(most=100)  # of 20 KB each, the largest 70
FRAME = "base.html"
KEY = secrets.token_hex(16)  # where the key of a form goes; nobody can type it


class Unkept(Exception):
    """What is answered instead of a page that could be kept."""

    def __init__(self, answer):
        self.answer = answer


def page(template, find, *also):
    """A whole page; its own blocks are drawn once for a person at an address, until a commit or the next day.

    `find()` gives what it shows; `also` is what else that depends on: the time of day. Around its blocks all is drawn
    anew, and within them each form has a key of its own whenever it is shown.
    """
    if request.method not in ("GET", "HEAD"):
        return render_template(template, **find())
    key = (*asked(), template, also)
    if key in g.pages:
        whole = _around(g.pages[key])
    else:
        g.is_kept = True
        try:
            whole, g.pages[key] = _drawn(template, find())
        except Unkept as instead:
            return instead.answer
        finally:
            g.is_kept = False
    return re.sub(KEY, lambda found: _key(), whole)


def new_key():
    """A key no form has had yet; on a page that is kept, the place of one."""
    return KEY if g.get("is_kept") else _key()


def _key():
    return secrets.token_urlsafe(16)


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
