"""One template per screen: the whole page, or the one block of it that htmx asked for."""

from functools import lru_cache

from flask import current_app, render_template, request


def is_partial():
    """`HX-Request-Type: partial` is htmx replacing one element; anything else wants the page."""
    return request.headers.get("HX-Request-Type") == "partial"


def screen(template, block, **context):
    if not is_partial():
        return render_template(template, **context)
    current_app.update_template_context(context)
    page = current_app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(context)))


def form_page(template, form, **context):
    """A page with its form: 422 when the form was refused, so that htmx and programs know."""
    return render_template(template, form=form, **context), 422 if form.errors else 200


def init(app):
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["remembered"] = lru_cache(maxsize=500)  # a macro that says the same whoever reads it
