"""An incident as one person sees it: the parts of its page, with the channels they are party to only (002-45)."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from flask import abort, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from lic.models import EVERYBODY, Channel, Contract, Incident, IncidentState, Subscription, Turn, scope
from lic.rules import files, incidents, messages, organisations
from lic.web import clock, incident_letters
from lic.web.guard import SELLER_ADMINISTRATORS, is_allowed
from lic.web.incident_forms import FilesForm, MessageForm

MOVES = {  # what the button of a new state says
    IncidentState.IN_PROGRESS: _l("Take in hand"),
    IncidentState.WAITING_CUSTOMER: _l("Wait for the customer"),
    IncidentState.WAITING_DISTRIBUTOR: _l("Wait for the distributor"),
    IncidentState.RESOLVED: _l("Mark as resolved"),
}


def find(number):
    return incidents.numbered(number)


def found_to_act(number):
    """The incident, for somebody who may write in it; a technical administrator only in those of the own services."""
    incident = find(number)
    if not incidents.acts_on(incident, current_user):
        abort(403)
    return incident


@dataclass(frozen=True)
class Conversation:
    """One channel of an incident, seen from this person's side."""

    incident: Incident
    channel: Channel
    form: MessageForm = None  # what is being written; a refused one keeps its words and files
    attached: dict = field(default_factory=dict)  # {message's id: its files, the removed ones too}

    @property
    def name(self):
        return self.channel.value

    @cached_property
    def messages(self):
        return messages.of(self.incident, self.channel, current_user)

    @property
    def to(self):
        """The side a message goes to."""
        return incidents.across(self.incident, self.channel, current_user)

    @property
    def them(self):
        return incidents.organisation_of(self.incident, self.to)

    @cached_property
    def recipients(self):
        """Who really gets it, by name."""
        return incident_letters.readers(self.incident, self.channel, current_user)

    @property
    def title(self):
        if self.to is Turn.DISTRIBUTOR or self.channel is Channel.DISTRIBUTOR:
            return _("Messages (distributor)")
        return _("Messages (customer)")

    @property
    def between(self):
        if self.to is Turn.CUSTOMER:
            return _("Between you and your customer")
        if self.to is Turn.DISTRIBUTOR:
            return _("Between you and the support of %(name)s", name=self.them.name)
        return _("Between you and %(name)s", name=self.them.name)

    @property
    def not_read(self):
        """Who never reads these messages, said beside the recipients (002-46)."""
        if incidents.is_direct(self.incident):
            return None
        if self.channel is Channel.CUSTOMER:
            return _("The distributor does not read these messages.")
        return _("The customer never sees these messages.")

    @property
    def invites(self):
        """Whether this person may invite the first who could read them."""
        own = current_user.organisation
        serves = own.is_distributor or self.them.reseller_id == own.id  # it may have moved on since
        return serves and is_allowed(SELLER_ADMINISTRATORS) and not organisations.why_not_change(self.them)

    @property
    def label(self):
        """What the box itself is called."""
        if self.to is Turn.CUSTOMER:
            return _("Message to the customer")
        if self.to is Turn.DISTRIBUTOR:
            return _("Message to the distributor")
        return _("Message to %(name)s", name=self.them.name)

    @property
    def may_wait(self):
        """Whether one may ask the customer for an answer with the message."""
        waits = self.incident.state is IncidentState.WAITING_CUSTOMER
        return self.to is Turn.CUSTOMER and bool(self.recipients) and not waits

    @property
    def why_not(self):
        return messages.why_not_say(self.incident, self.channel, current_user, clock.today())


def conversation(incident, channel, form=None):
    attached = {}
    for file in files.of(incident, current_user)[channel]:
        attached.setdefault(getattr(file, f"{channel.value}_message_id"), []).append(file)
    return Conversation(incident, channel, form or MessageForm.blank(prefix=channel.value), attached)


SHOW = "incidents/show.html"


def show(incident, channel=None, form=None, refused=None):
    """The page of an incident; `form`: one of it that was refused (of a channel, else of the files), `refused`: why."""
    return render_template(SHOW, **shown(incident, channel, form, refused)), _status(form, refused)


def shown(incident, channel=None, form=None, refused=None):
    """What is on the page."""
    mine = incidents.channels_of(incident, current_user)
    talks = [conversation(incident, c, form if c is channel else None) for c in mine]
    return dict(
        incident=incident,
        called=_("Incident no. %(number)s", number=incident.number),
        declared_by=_by(incident),
        customer=incidents.organisation_of(incident, Turn.CUSTOMER),
        contract=_contract(incident),
        subscription=_subscription(incident),
        conversations=talks,
        form=form if form and not channel else FilesForm.blank(),
        refused=refused,
        **follow(incident, {talk.channel: talk.messages for talk in talks}),
    )


def news(incident, channel, shown):
    """What an open page asks by itself: all that is not what it shows, or nothing; `shown` is what it was told last."""
    said = {c: messages.of(incident, c, current_user) for c in incidents.channels_of(incident, current_user)}
    events = incidents.history(incident, current_user)
    if shown == mark(said[channel], events):
        return "", 204
    talk = conversation(incident, channel)
    known = {"incident": incident, "talk": talk, "said": talk.messages, "out_of_band": True}
    return render_template("incidents/_news.html", **known, **follow(incident, said, events))


def mark(said, events):
    """Which messages and events a page shows: it asks for others than these."""
    return f"{len(said)}-{events[0].id if events else 0}"


def follow(incident, said, events=None):
    """The parts of the page that change while it is open; said: {channel: its messages} of this person's."""
    return {
        "files": files.of(incident, current_user)[Channel.DECLARATION],
        "moves": [(s, label) for s, label in MOVES.items() if not incidents.why_not_move(incident, s, current_user)],
        "acts": incidents.acts_on(incident, current_user),
        "reply_refused": incidents.why_not_reply(incident, current_user, clock.today()),
        "events": incidents.history(incident, current_user) if events is None else events,
        "may_remove": remover(incident),
        "mark": mark,
        "answer_in": messages.to_answer(incident, current_user, said) if said else None,
        **standing(incident),
    }


def _status(form, refused):
    return 422 if refused else form.status if form else 200


def remover(incident):
    """Whether this person may delete a file of the incident."""
    return lambda file: not files.why_not_remove(file, incident, current_user)


def standing(incident):
    """Where an incident stands and whose turn it is, for its banner."""
    closes = incident.resolved_on and incident.resolved_on + incidents.CLOSES_AFTER
    reopens = incident.closed_on and incident.closed_on + incidents.REOPENS_WITHIN - timedelta(days=1)
    return {
        "my_turn": incident.turn is incidents.side(current_user),
        "unheard": incident.turn is Turn.CUSTOMER and incidents.why_not_wait(incident),
        "theirs": _organisation(incident),
        "overdue": incidents.is_overdue(incident, clock.now().at),
        "closes_on": closes,
        "reopens_until": reopens,
    }


def _organisation(incident):
    return None if incident.turn is Turn.NOBODY else incidents.organisation_of(incident, incident.turn)


def _by(incident):
    with scope(EVERYBODY):  # who declared it is named on its page
        return incident.declared_by.name


def _contract(incident):
    """Its contract, while that is in sight: a contract may have been transferred since."""
    return incident.contract_id and Contract.get_or_none(Contract.id == incident.contract_id)


def _subscription(incident):
    return incident.subscription_id and Subscription.get_or_none(Subscription.id == incident.subscription_id)
