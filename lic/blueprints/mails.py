"""Outgoing mail: what waits, what was given up, and the letters kept here where there is no mail server."""

from dataclasses import dataclass

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from peewee import fn

from lic import mail as letters
from lic.listing import Choice, Column, Filter, Kept, Listing
from lic.models import N_, NC_, NN_, Mail, MailState
from lic.rules import mails
from lic.web import clock, telling
from lic.web.guard import DISTRIBUTOR_ADMINISTRATORS, allow

bp = Blueprint("mails", __name__, url_prefix="/mails")


def _are(*states):
    return lambda today: {"only": (("state", states),)}


@dataclass(frozen=True)
class Letter:
    """One letter with the line of its event as the reader reads it, or None where it follows from none."""

    mail: Mail
    line: telling.Line | None

    @property
    def title(self):
        return self.line.title if self.line else _(mails.TITLES.get(self.mail.letter, self.mail.letter))


def _letters(found):
    told = [mail.event for mail in found if mail.event_id]
    lines = {line.event.id: line for line in telling.lines(told, current_user)}
    return [Letter(mail, lines.get(mail.event_id)) for mail in found]


SEVERAL = {
    MailState.SENT: NC_("letters", "Sent"),
    MailState.KEPT: NC_("letters", "Kept here"),
    MailState.DEAD: NC_("letters", "Given up"),
}
LIST = Listing(
    "mails",
    Kept(
        lambda asked: mails.find(request.args.get("q", "")[:200], **dict(asked.only), spoken=telling.called_so),
        Mail.id,
        {
            "at": Mail.made_at.converter(str),
            "letter": Mail.letter,
            "to": fn.LOWER(Mail.to),
            "state": Mail.state.cast("text"),
        },
        _letters,
    ),
    columns=(
        Column("letter", N_("Letter"), value=lambda row: row.title),
        Column("to", N_("To"), value=lambda row: row.mail.to),
        Column("at", N_("Written"), value=lambda row: row.mail.made_at),
        Column("state", N_("State"), value=lambda row: row.mail.state),
    ),
    sort="-at",
    also=(Column("error", N_("Answer of the mail server"), value=lambda row: row.mail.error),),
    counted=NN_("%(count)s letter", "%(count)s letters"),
    filters=(
        Filter(
            "state",
            N_("State"),
            (
                Choice("", N_("Not sent"), _are(*(state for state in MailState if state is not MailState.SENT))),
                *(
                    Choice(state.value, SEVERAL.get(state, state.label), _are(state))
                    for state in MailState
                    if state is not MailState.SENDING
                ),
            ),
        ),
    ),
)


@bp.get("")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def index():
    return LIST.screen("mails/index.html", sends=_sends())


@bp.get("/export.<kind>")
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def export(kind):
    return LIST.export(kind)


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
    why_not_send, why_not_open = mails.why_not_send_again(mail, _sends()), mails.why_not_open(mail, clock.now())
    return render_template(
        "mails/show.html",
        mail=mail,
        letter=_letters([mail])[0],
        composed=composed,
        why_not_send=why_not_send,
        why_not_open=why_not_open,
    )


def _sends():
    return bool(current_app.config["SETTINGS"].smtp_url)
