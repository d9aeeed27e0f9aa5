"""The portal: how its parts are put together."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import request
from flask_babel import Babel
from werkzeug.exceptions import SecurityError

from lic import settings as environment
from lic.models import NOBODY, db, scope, watch
from lic.web.links import Linking

ROOT = Path(__file__).parent.parent


class Portal(Linking):
    def wsgi_app(self, environ, start_response):
        """Each thread keeps its connection; each request starts with nobody's rows until the guard says whose."""
        db.connect(reuse_if_open=True)
        watch.look(db.database)  # what the command line, or anybody else, has committed meanwhile
        with scope(NOBODY):
            return super().wsgi_app(environ, start_response)

    def ensure_sync(self, func):
        """No view waits for others, so none is asked whether it does, a dozen times a request."""
        return func


def create_app(settings=None, **config):
    """The WSGI application over a database that `database.open_database` has made ready."""
    # here, so that `lic.models` can be used without the web
    from lic import blueprints, catalogues, database, search  # noqa: I001 (else one line a name)
    from lic.web import assets, calls, clock, csrf, errors, frame, guard, headers, kept, logs, notices, nothing_yet
    from lic.web import late, numbers, room, screen, session, telling, texts, uploads, words

    settings = settings or environment.read()
    app = Portal("lic", root_path=ROOT, static_folder=None)
    app.url_rule_class = late.LateRule
    app.config.from_mapping(
        SETTINGS=settings,
        SECRET_KEY=config.pop("SECRET_KEY", None) or database.secret_key(settings),
        SESSION_COOKIE_NAME="__Host-lic_notice" if settings.https else "lic_notice",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        REMEMBER_COOKIE_NAME="lic_unused",
        MAX_CONTENT_LENGTH=21 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=trusted_hosts(settings),
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        **config,
    )
    clock.settings = settings
    search.in_zone(settings.timezone)
    catalogues.compile_all()
    Babel(app, locale_selector=guard.language)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.before_request(only_by_our_names)
    first = (kept, logs, notices, numbers, csrf, guard, texts, room)  # in this order, before every request
    for part in (*first, calls, session, screen, words, telling, frame, errors, headers, uploads, assets, nothing_yet):
        part.init(app)
    for blueprint in blueprints.all_of_them():
        app.register_blueprint(blueprint)
    app.jinja_env.bytecode_cache = late.Compiled(app.jinja_env, ROOT / "templates")
    app.jinja_env.globals["ui"] = late.LateModule(app.jinja_env, "ui.html")
    app.jinja_env.globals["lists"] = late.LateModule(app.jinja_env, "shared/_listing.html")
    return app


def only_by_our_names():
    """A request for another host ends before anything builds a link, which it could not (safety.md 34)."""
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception


def trusted_hosts(settings):
    """The names this portal answers to; a Host header nobody gave it poisons no link (safety.md 34)."""
    host = urlsplit(settings.base_url).hostname
    if host in environment.LOCAL:
        return ["localhost", "127.0.0.1", "[::1]"]
    return [host, "localhost", "127.0.0.1"]
