"""Outgoing mail: what waits, what was given up, and the letters kept here where there is no mail server."""

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import mail as letters
from lic.models import Mail, MailState
from lic.rules import mails
from lic.web import clock, telling
from lic.web.guard import DISTRIBUTOR_ADMINISTRATORS, allow
from lic.web.numbers import number_in

bp = Blueprint("mails", __name__, url_prefix="/mails")
PAGE = 50


@bp.get("")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def index():
    state = next((s for s in MailState if s.value == request.args.get("state")), None)
    found = mails.in_state(state, number_in(request.args, "before"), PAGE + 1)
    page, more = found[:PAGE], len(found) > PAGE
    rows = zip(page, _lines(page), strict=True)
    return render_template(
        "mails/index.html", rows=list(rows), state=state, states=MailState, more=more, sends=_sends()
    )


@bp.get("/<number:number>")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def show(number):
    return _page(Mail.get_by_id(number))


@bp.post("/<number:number>/reading")
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def read(number):
    """The letter as it would be sent, with links that work: on record, and never at an address one comes back to."""
    kept = mails.open_kept(Mail.get_by_id(number), by=current_user, at=clock.now())
    composed = letters.compose(current_app._get_current_object(), kept, clock.now())
    answer = make_response(_page(kept, composed))
    answer.headers["HX-Push-Url"] = "false"
    return answer


@bp.post("/<number:number>/sending")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def send_again(number):
    mails.send_again(Mail.get_by_id(number), _sends(), by=current_user, at=clock.now())
    flash(_("The letter will be sent again."))
    return redirect(url_for(".show", number=number), 303)


def _page(mail, composed=None):
    why_not_send, why_not_open = mails.why_not_send_again(mail, _sends()), mails.why_not_open(mail)
    return render_template(
        "mails/show.html",
        mail=mail,
        line=_lines([mail])[0],
        composed=composed,
        why_not_send=why_not_send,
        why_not_open=why_not_open,
    )


def _lines(page):
    """What each letter is about: its event as the reader reads it, or None where it follows from none."""
    told = [mail.event for mail in page if mail.event_id]
    lines = {line.event.id: line for line in telling.lines(told, current_user)}
    return [lines.get(mail.event_id) for mail in page]


def _sends():
    return bool(current_app.config["SETTINGS"].smtp_url)
