"""Who may open what. A view opens for no one until it says who it is for."""

from urllib.parse import urlsplit

from flask import abort, current_app, g, make_response, redirect, request, url_for
from flask_login import LoginManager, current_user

from lic.models import EVERYBODY, Organisation, OrganisationKind, open_scope, scope
from lic.rules import second_factors
from lic.web import again, programs, session, words
from lic.web.kept import UntilCommit


class Logins(LoginManager):
    def _load_user(self):
        """Sessions are ours alone: of cookies of the library's own nothing is believed, nor looked at."""
        self._update_request_context_with_user(programs.load() if programs.wants_token() else session.load())

    def _update_remember_cookie(self, response):
        return response


login = Logins()

ADMINISTRATOR, BASIC = "administrator", "basic"


def _both(kind):
    return {f"{kind}:{ADMINISTRATOR}", f"{kind}:{BASIC}"}


ANYONE = frozenset()  # also signed out
DISTRIBUTOR = frozenset(_both("distributor"))
DISTRIBUTOR_ADMINISTRATORS = frozenset({"distributor:administrator"})
RESELLERS = frozenset(_both("reseller"))
RESELLER_ADMINISTRATORS = frozenset({"reseller:administrator"})
DIRECT = frozenset(_both("direct"))
CUSTOMERS = frozenset(_both("customer"))  # of a reseller: never a price
CUSTOMER_ADMINISTRATORS = frozenset({"customer:administrator"})
BUYERS = RESELLERS | DIRECT
BUYER_ADMINISTRATORS = frozenset({"reseller:administrator", "direct:administrator"})
HOLDER_ADMINISTRATORS = BUYER_ADMINISTRATORS | CUSTOMER_ADMINISTRATORS  # of who buys it, and of who uses it
PRICED = DISTRIBUTOR | BUYERS  # those who see prices
ORDER_ADMINISTRATORS = DISTRIBUTOR_ADMINISTRATORS | BUYER_ADMINISTRATORS
SELLERS = DISTRIBUTOR | RESELLERS  # those with customers
SELLER_ADMINISTRATORS = DISTRIBUTOR_ADMINISTRATORS | RESELLER_ADMINISTRATORS
EVERYONE = DISTRIBUTOR | RESELLERS | DIRECT | CUSTOMERS
ADMINISTRATORS = frozenset(role for role in EVERYONE if role.endswith(":administrator"))


def kind(user):
    """What this person's organisation is: distributor, reseller, direct (customer) or customer."""
    organisation = user.organisation
    return "direct" if organisation.direct else organisation.kind.value


def role(user):
    """This person's role: the kind of organisation, and the type within it."""
    return f"{kind(user)}:{user.type.value}"


def allow(roles, fresh=False, background=False, also=None, token=False, without_factor=False):
    """Open this view to these roles. ANYONE needs no sign-in; `fresh` wants the password typed lately.

    `background` is for what a page asks by itself: it keeps no session alive and never leads away from the page.
    `token`: for programs, which come with a token instead of a session.
    `also`: user -> whether a right of their own opens it to them besides their role (002-60).
    `without_factor`: also for whoever must have a second factor and has none yet.
    """

    def mark(view):
        view.allowed, view.fresh, view.background, view.also = roles, fresh, background, also
        view.token, view.without_factor = token, without_factor
        return view

    return mark


def is_background():
    """Whether the page asks by itself, without anybody having done anything."""
    return getattr(current_app.view_functions.get(request.endpoint), "background", False)


def may(endpoint):
    """Whether the person asking may open this view: what is shown as a button follows what the guard allows."""
    view = current_app.view_functions[endpoint]
    return view.allowed is ANYONE or _opens(view, current_user._get_current_object())


def _opens(view, user):
    """Whether a view is open to this person, by role or by a right of their own."""
    return user.is_authenticated and (role(user) in view.allowed or bool(view.also and view.also(user)))


def is_framed():
    """Whether the menu is around a page: not for strangers, nor for whom nothing opens before a second factor."""
    user = current_user._get_current_object()
    return user.is_authenticated and not second_factors.is_missing(user)


def is_allowed(roles):
    user = current_user._get_current_object()
    return user.is_authenticated and role(user) in roles


def init(app):
    login.init_app(app)
    app.jinja_env.globals |= {"may": may, "home": home, "is_framed": is_framed}

    @app.before_request
    def guard():
        if request.endpoint == "static":
            return None
        if (asked := again.take()) is not None:
            return asked
        user = current_user._get_current_object()
        if user.is_authenticated:
            open_scope(user.organisation.scope)
        if request.endpoint is None and programs.is_one():
            return None
        if request.endpoint is None:  # no such address: a stranger learns nothing, the rest is 404
            return None if user.is_authenticated else sign_in_first()
        view = app.view_functions[request.endpoint]
        allowed = getattr(view, "allowed", None)
        if allowed is None:
            abort(403)
        if allowed is ANYONE:
            return None
        if view.token and not user.is_authenticated:
            return programs.unknown()
        if not user.is_authenticated:
            quiet = view.background and "HX-Request" in request.headers  # what is typed on that page stays
            return ("", 204) if quiet else sign_in_first()
        if not _opens(view, user):
            abort(403)
        if not (view.token or view.without_factor) and second_factors.is_missing(user):
            return ("", 204) if view.background else lead_to(url_for("security.second_factor"))
        if view.fresh and not session.is_fresh():
            return sign_in_first(anew=True)
        return None


def sign_in_first(anew=False):
    """To the login page, and back afterwards; a form waits there to be sent on."""
    if again.concerns():
        return again.ask()
    back = request.full_path.rstrip("?") if request.method == "GET" else _current_path()
    lost = 1 if not anew and session.was_known() else None
    return lead_to(url_for("session.new", next=back or None, again=1 if anew else None, lost=lost))


def lead_to(url):
    """Another page first, for the whole window."""
    if "HX-Request" not in request.headers:
        return redirect(url, 303)
    response = make_response("", 401)
    response.headers["HX-Redirect"] = url
    return response


def _current_path():
    """The page htmx is on, when that is one of ours."""
    asked = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if asked.netloc != request.host:
        return None
    return asked.path + (f"?{asked.query}" if asked.query else "")


def safe_next(path):
    """Where to go after login: an address of this site, never another's (safety.md 33)."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    return None if any(ord(c) < 33 for c in path) else path


def home():
    """Everybody lands on the contracts (002-09)."""
    return url_for("contracts.index")


def house():
    """The distributor's organisation; None in an installation nobody has set up yet."""
    if "house" not in g:
        known = _house.now()
        if "house" not in known:
            with scope(EVERYBODY):  # everybody may know whose portal this is
                known["house"] = Organisation.get_or_none(Organisation.kind == OrganisationKind.DISTRIBUTOR)
        g.house = known["house"] and session.copied(known["house"])
    return g.house


_house = UntilCommit(most=1)


def language():
    """The person's own, else the one chosen on the login page, else the browser's."""
    user = current_user and current_user._get_current_object()
    if user and user.is_authenticated:
        return user.language
    chosen = request.cookies.get(session.cookie_name("lic_language"))
    if chosen in words.LANGUAGES:
        return chosen
    return request.accept_languages.best_match(words.LANGUAGES) or "en"
