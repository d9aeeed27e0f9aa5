"""Settings, Security: one's own second factor, and where one is logged in (ASVS 6.3.3, 7.5.2)."""

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from lic.rules import second_factors
from lic.web import clock, session, words
from lic.web.forms import Form, Line
from lic.web.guard import EVERYONE, allow, house

bp = Blueprint("security", __name__, url_prefix="/settings/security")


class FirstCodeForm(Form):
    code = Line(_("Code"), 20)


@bp.get("")
@allow(EVERYONE)
def index():
    return render_template("settings/security.html", **shown())


def shown():
    user = current_user._get_current_object()
    return {
        "factor": second_factors.of(user),
        "codes_left": second_factors.codes_left(user),
        "must": second_factors.must(user),
        "why_not_off": second_factors.why_not_turn_off(user),
        "sessions": session.of(user),
        "this": g.sign_in.id,
    }


# --- the second factor -------------------------------------------------------------------------


@bp.get("/second-factor")
@allow(EVERYONE, fresh=True, without_factor=True)
def second_factor():
    """What is offered to the app; for whoever must have one and has none, the one page there is."""
    return offer_page(FirstCodeForm())


@bp.post("/second-factor/offer")
@allow(EVERYONE, fresh=True, without_factor=True)
def offer():
    second_factors.offer(current_user, clock.now(), to=g.sign_in)
    return redirect(url_for(".second_factor"), 303)


@bp.post("/second-factor")
@allow(EVERYONE, fresh=True, without_factor=True)
def turn_on():
    form, alone = FirstCodeForm(request.form), second_factors.is_missing(current_user)
    if not form.validate():
        return offer_page(form, status=422)
    codes = second_factors.turn_on(current_user, form.code.data, clock.now(), but=g.sign_in)
    return render_template("settings/recovery_codes.html", codes=codes, alone=alone, begun=True)


@bp.post("/second-factor/removal")
@allow(EVERYONE, fresh=True)
def turn_off():
    second_factors.turn_off(current_user, clock.now(), but=g.sign_in)
    flash(gettext("The second factor is off: your password alone lets you in. You are logged out everywhere else."))
    return redirect(url_for(".index"), 303)


@bp.post("/recovery-codes")
@allow(EVERYONE, fresh=True)
def renew_codes():
    codes = second_factors.renew_codes(current_user, clock.now())
    page = render_template("settings/recovery_codes.html", codes=codes)
    return page, {"HX-Push-Url": url_for(".index")}  # loaded again, it makes no others


def offer_page(form, refused=None, status=200):
    user = current_user._get_current_object()
    secret = second_factors.offered(user, clock.now(), to=g.sign_in)
    shown = {"secret": secret, "form": form, "refused": refused, "factor": second_factors.of(user)}
    if secret:
        qr = segno.make(second_factors.address(secret, user, house().name), error="m")
        shown |= {"in_fours": second_factors.in_fours(secret), "qr": qr.svg_data_uri(scale=4, light="#fff")}
    return render_template("settings/second_factor.html", alone=second_factors.is_missing(user), **shown), status


@bp.errorhandler(second_factors.WrongFirst)
def not_the_first_code(error):
    return offer_page(FirstCodeForm(), words.tell(error.reason), 422)


# --- where one is logged in --------------------------------------------------------------------


@bp.post("/sessions/<number:number>/end")
@allow(EVERYONE, fresh=True)
def end_session(number):
    session.end(current_user, number)
    flash(gettext("That session has ended."))
    return redirect(url_for(".index"), 303)


@bp.post("/sessions/end")
@allow(EVERYONE, fresh=True)
def end_other_sessions():
    ended = session.end_others(current_user)
    flash(ngettext("%(num)s session has ended.", "%(num)s sessions have ended.", ended))
    return redirect(url_for(".index"), 303)
