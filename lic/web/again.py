"""The password asked for over a form that was sent: what was typed waits in that page only, and is sent on from it.

A form left open too long would else be lost: its session has ended, or what it does wants the password typed lately.
The page names, signed, the person whose form it is; nobody else's password sends it on. Whoever has a second factor
types its code too, even where the session goes on: what wants the password typed lately could else turn that factor
off for whoever has found the password and an open page.
"""

from datetime import timedelta

from flask import current_app, g, make_response, render_template, request
from flask_babel import force_locale
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import PasswordField

from lic.models import EVERYBODY, User, scope
from lic.rules import Refused, people, second_factors
from lic.rules.throttle import TooMany
from lic.web import clock, programs, session, texts, words
from lic.web.forms import Form

WHO, PASSWORD, CODE = "again-who", "again-password", "again-code"
ENCODED = "application/x-www-form-urlencoded"
WAITS = timedelta(hours=12)


def concerns():
    """Whether this request is a form whose sender is known and only has to prove it."""
    if request.method != "POST" or request.endpoint is None or programs.is_one():
        return False
    return current_user.is_authenticated or "ended" in g


def ask():
    """The page that asks, with the form in it, but for its passwords and files."""
    if current_user.is_authenticated:
        return _page(current_user, g.sign_in.long)
    return _page(*g.ended)


def _page(who, long, refused=None, status=401, headers=None):
    texts.refuse_unreadable()
    with force_locale(who.language):
        page = render_template(
            "session/again.html",
            who=_signer().dumps([who.id, long]),
            identifier=who.identifier,
            ended=not current_user.is_authenticated,
            asks_code=second_factors.of(who) is not None,
            typed=_carried(),
            files=any(file.filename for file in request.files.values()),
            refused=refused and words.tell(refused),
        )
    answer = make_response(page, status)
    answer.headers.extend({"HX-Retarget": "body", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"} | (headers or {}))
    return answer


def _carried():
    """(name, value) of every field as it came; passwords are typed anew."""
    secret = secret_names()
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.rpartition("-")[2] not in secret and not name.startswith("again-")
    ]


def secret_names():
    """What the password fields of all forms are called."""
    forms, names = [Form], set()
    for form in forms:
        forms += form.__subclasses__()
        fields = ((name, getattr(form, name)) for name in dir(form))
        names |= {name for name, field in fields if _is_password(field)}
    return names


def _is_password(field):
    made = getattr(field, "field_class", None)
    return isinstance(made, type) and issubclass(made, PasswordField)


# --- the answer --------------------------------------------------------------------------------


def take():
    """Where the form comes with its person's password, let them in; the page that asks, where it is the wrong one."""
    found = _named()
    if found is None:
        return None
    who, long = found
    password = request.form.get(PASSWORD, "")[:300]
    try:
        user = people.who_logs_in(who.identifier, password, request.remote_addr, clock.now())
        if asked := second_factors.of(user):
            people.prove(user, request.form.get(CODE, "")[:100], clock.now())
        session.load()  # the session before this one ends with it
        session.sign_in(user, long=long, proved=bool(asked))
    except TooMany as error:
        return _page(who, long, error.reason, 429, {"Retry-After": str(error.seconds)})
    except Refused as error:
        return _page(who, long, error.reason, 422)
    current_app.login_manager._update_request_context_with_user(user)
    _forget_the_question()
    return None


def _named():
    """(person, whether they are remembered) that the page named; None where no such page sent this, or long ago."""
    if request.method != "POST" or request.mimetype != ENCODED or WHO not in request.form:
        return None
    try:
        number, long = _signer().loads(request.form[WHO], max_age=WAITS.total_seconds())
    except BadSignature:
        return None
    with scope(EVERYBODY):  # before we know who is asking
        who = User.get_or_none(User.id == number)
    return who and (who, long)


def _forget_the_question():
    """The view sees the form as it was sent at first."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if not name.startswith("again-")]
    request.__dict__["form"] = ImmutableMultiDict(kept)


def _signer():
    return URLSafeTimedSerializer(current_app.secret_key, salt="again")
