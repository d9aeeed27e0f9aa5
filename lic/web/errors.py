"""How each failure is told to the person it happened to: once, in one place."""

import logging

from flask import g, make_response, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _
from peewee import DoesNotExist, OperationalError, sqlite3
from werkzeug.exceptions import HTTPException, SecurityError

from lic.rules import Refused, files
from lic.web import programs, words

log = logging.getLogger("portal")


def _sentences():
    return {
        400: _("This address or form is not one of the portal's. Go back and try again."),
        403: _("Your account does not allow this."),
        404: _("This page does not exist, or is not yours."),
        405: _("This address cannot be opened like that."),
        413: _("What was sent is too large: a file may have at most %(count)s MB.", count=files.LIMIT // files.MB),
        500: _("Something went wrong on our side. Nothing was changed."),
        503: _("The portal is busy. Nothing was changed; try again in a moment."),
    }


def in_every_language(app, status):
    """For a reader nobody knows: one line in each language."""
    said = []
    for language in words.LANGUAGES:
        with app.app_context(), force_locale(language):
            said.append(f"{_sentences()[status]}\n")
    return "".join(said)


def tell(status, message=None, headers=None, reason=None):
    """In the notice of the page htmx is on, or on a page of its own. The address stays where it was."""
    if status == 413 and programs.is_one():
        message = programs.too_large()
    message = message or _sentences().get(status) or _sentences()[400 if status < 500 else 500]
    if programs.is_one():
        return programs.tell(status, message, headers, request=g.get("request_number"))
    shown = {"message": message, "reason": reason}
    if "HX-Request" not in request.headers:
        body = render_template("error.html", status=status, **shown, request_number=g.get("request_number"))
        response = make_response(body, status)
    else:
        response = make_response(render_template("shared/_notice.html", status=status, **shown), status)
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML show:#notice:top"
        response.headers["HX-Push-Url"] = "false"
    response.headers.extend(headers or {})
    return response


def _all_that_happened(error):
    """What the error says, and those before it: a full disk ends the transaction, which then cannot be rolled back."""
    while error:
        yield str(error)
        error = error.__cause__ or error.__context__


def refused(error):
    if programs.is_one():
        return programs.refused(error.reason)
    return tell(422, words.tell(error.reason), reason=error.reason)


def init(app):
    app.register_error_handler(Refused, refused)

    @app.errorhandler(DoesNotExist)
    def missing(error):
        return tell(404)

    @app.errorhandler(HTTPException)
    def http(error):
        if isinstance(error, SecurityError):  # a name this portal does not answer to: no page could have links
            return make_response(_sentences()[400], 400, {"Content-Type": "text/plain; charset=utf-8"})
        if error.response is not None:  # abort(a_response) and redirects keep theirs
            return error.response
        told = getattr(error, "told", None)  # a sentence of ours, where one was given
        return tell(error.code, told, {n: v for n, v in error.get_headers() if n in ("Allow", "Retry-After")})

    @app.errorhandler(OperationalError)
    @app.errorhandler(sqlite3.OperationalError)  # its own, while rows are fetched
    def busy(error):
        """Locked for too long, or the disk is full: reads go on, writes may be tried again."""
        log.error("database: %s", error)
        if any(word in told for told in _all_that_happened(error) for word in ("locked", "busy", "full", "readonly")):
            return tell(503, headers={"Retry-After": "5"})
        return broken(error)

    @app.errorhandler(Exception)
    def broken(error):
        log.exception("request %s failed", g.get("request_number"))
        if app.testing and not app.config.get("TELL_ERRORS"):
            raise error
        return tell(500)

    @app.after_request
    def refused_posts_keep_their_address(response):
        """A POST-only address in the address bar would answer 405 to a reload."""
        if "HX-Request" in request.headers and response.status_code >= 400:
            response.headers.setdefault("HX-Push-Url", "false")
        return response
