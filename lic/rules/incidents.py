"""Incidents: who takes part, whose turn it is, and how their state changes (rules.md S, Q; 002-42 to 002-49).

Three sides may take part: the customer, its reseller and the distributor; a direct customer has the distributor only.
Administrators act for their side, and so do basic users who may declare incidents; a technical administrator does for
the service that is theirs. Everybody else reads.
"""

from datetime import timedelta

from lic.models import (
    EVERYBODY,
    N_,
    Channel,
    ConcernedArticle,
    CustomerMessage,
    DistributorMessage,
    Incident,
    IncidentState,
    Organisation,
    OrganisationKind,
    TechnicalAdministrator,
    Turn,
    User,
    UserType,
    read_once,
    scope,
    tx,
)
from lic.rules import Reason, desks, journal, refuse_if
from lic.rules.apart import Apart

CLOSES_AFTER, REOPENS_WITHIN = timedelta(days=14), timedelta(days=30)
OPEN, IN_PROGRESS, RESOLVED, CLOSED = (
    *(IncidentState.OPEN, IncidentState.IN_PROGRESS),
    *(IncidentState.RESOLVED, IncidentState.CLOSED),
)
WAITING_CUSTOMER, WAITING_DISTRIBUTOR = IncidentState.WAITING_CUSTOMER, IncidentState.WAITING_DISTRIBUTOR
OVER = (RESOLVED, CLOSED)
AT_WORK = tuple(state for state in IncidentState if state not in OVER)


# --- who is who --------------------------------------------------------------------------------


def numbered(number):
    """The incident of this number, with whose it is and who declared it at hand."""
    found = Incident.with_owners(User).join(User, on=(Incident.declared_by == User.id), attr="declared_by")
    return found.where(Incident.number == number).get()


def side(user):
    """The side of an incident this person stands on."""
    organisation = user.organisation
    if organisation.is_distributor:
        return Turn.DISTRIBUTOR
    return Turn.RESELLER if organisation.is_reseller else Turn.CUSTOMER


def is_direct(incident):
    """Whether the distributor itself serves this customer: then the two channels are one (Q)."""
    return organisation_of(incident, Turn.RESELLER).is_distributor


def organisation_of(incident, which):
    """The organisation on a side. An incident stays with whom it was made, also after its customer has moved on."""
    if which is Turn.DISTRIBUTOR:
        return read_once(incident, "house", _house)
    with scope(EVERYBODY):  # each side may know who the others are
        return incident.reseller if which is Turn.RESELLER else incident.customer


def _house():
    with scope(EVERYBODY):  # everybody may know whose portal this is
        return Organisation.get(Organisation.kind == OrganisationKind.DISTRIBUTOR)


def channels(incident):
    """The channels an incident has: two, but one for a direct customer or where there is no customer (002-46)."""
    if is_direct(incident):
        return (Channel.CUSTOMER,)
    return (Channel.CUSTOMER, Channel.DISTRIBUTOR) if incident.customer_id else (Channel.DISTRIBUTOR,)


def channels_of(incident, user):
    """The channels this person reads: those their side is party to, never another (002-46)."""
    party = side(user)
    if party is Turn.CUSTOMER:
        mine = (Channel.CUSTOMER,)
    elif party is Turn.DISTRIBUTOR and not is_direct(incident):
        mine = (Channel.DISTRIBUTOR,)
    else:
        mine = tuple(Channel)
    return tuple(channel for channel in channels(incident) if channel in mine)


def across(incident, channel, user):
    """The side a message goes to."""
    if channel is Channel.CUSTOMER and side(user) is not Turn.CUSTOMER:
        return Turn.CUSTOMER
    if channel is Channel.DISTRIBUTOR and side(user) is Turn.DISTRIBUTOR:
        return Turn.RESELLER
    return Turn.DISTRIBUTOR if channel is Channel.DISTRIBUTOR or is_direct(incident) else Turn.RESELLER


def may_act(user, subscription=None):
    """Whether this person declares and answers incidents; with a subscription, those about it."""
    if user.is_administrator or user.may_declare:
        return True
    mine = TechnicalAdministrator.user == user.id
    if subscription:
        mine &= TechnicalAdministrator.subscription == subscription
    return TechnicalAdministrator.select().where(mine).exists()


def acts_on(incident, user):
    """Whether this person may write in an incident of their scope."""
    if user.is_administrator or user.may_declare:
        return True
    return bool(incident.subscription_id) and may_act(user, incident.subscription_id)


def service(incident):
    """The product of a support request, or None; the service may have been transferred since."""
    return read_once(incident, "service", lambda: _service(incident)) if incident.subscription_id else None


def _service(incident):
    with scope(EVERYBODY):  # who answers for it does so whoever asks
        return incident.subscription.product


def people(incident, which):
    """Who hears of an incident on a side: the administrators, and those who declared it or wrote in it.

    Of the distributor's those who answer for the service instead of its administrators, where it has such (004-27).
    """
    organisation = organisation_of(incident, which)
    return read_once(incident, ("people", which), lambda: _people(incident, organisation)) if organisation else []


def _people(incident, organisation):
    product = service(incident) if organisation.is_distributor else None
    desk = desks.of(product) if product else []
    answers = User.id.in_([user.id for user in desk]) if desk else User.type == UserType.ADMINISTRATOR
    takes_part = answers | (User.id == incident.declared_by_id)
    with scope(EVERYBODY):  # the house tells all of them
        for table in (CustomerMessage, DistributorMessage):
            takes_part |= User.id.in_(table.select(table.by).where(table.incident == incident))
        found = User.select().where(User.organisation == organisation, User.active == True, takes_part)  # noqa: E712
        return sorted(found, key=lambda user: (not user.is_administrator, user.id))


# --- who is told (002-54) ----------------------------------------------------------------------


def sides(incident):
    """The sides an incident has."""
    if is_direct(incident):
        return (Turn.CUSTOMER, Turn.DISTRIBUTOR)
    if not incident.customer_id:
        return (Turn.RESELLER, Turn.DISTRIBUTOR)
    return (Turn.CUSTOMER, Turn.RESELLER, Turn.DISTRIBUTOR)


def everyone(incident, event=None):
    return [user for which in sides(incident) for user in people(incident, which)]


def concerned(incident, event):
    """Those a new state concerns: the distributor only when it serves, is asked, or has been."""
    asked = (event.after or {}).get("state") == WAITING_DISTRIBUTOR.value or is_direct(incident)
    asked = asked or DistributorMessage.select().where(DistributorMessage.incident == incident).exists()
    return [
        user for which in sides(incident) if which is not Turn.DISTRIBUTOR or asked for user in people(incident, which)
    ]


def at_once(who):
    """Those of them who want each letter at once; the others get one a day (`send_daily`)."""
    return lambda incident, event: [user for user in who(incident, event) if not user.daily_mail]


def _not_told_by_message(incident, event):
    """A message that changes the state is told by one letter, its own."""
    return [] if (event.after or {}).get("by_message") else at_once(concerned)(incident, event)


journal.tells(
    "incident.declared",
    journal.Tell(everyone),
    journal.Tell(at_once(everyone), letter="incident_declared", drawer=False),
)
MOVES = {  # the event that says an incident is now in a state
    IN_PROGRESS: "incident.in_progress",
    WAITING_CUSTOMER: "incident.waiting_customer",
    WAITING_DISTRIBUTOR: "incident.waiting_distributor",
    RESOLVED: "incident.resolved",
    CLOSED: "incident.closed",
}
for _kind in (*MOVES.values(), "incident.reopened"):
    journal.tells(
        _kind,
        journal.Tell(concerned),
        journal.Tell(_not_told_by_message, letter="incident_state", drawer=False),
    )


# --- states (rules.md S) -------------------------------------------------------------------------


def turn(incident, state):
    """Who is asked to act while an incident is in this state."""
    if state in OVER:
        return Turn.NOBODY
    if state is WAITING_CUSTOMER:
        return Turn.CUSTOMER
    return Turn.DISTRIBUTOR if state is WAITING_DISTRIBUTOR or is_direct(incident) else Turn.RESELLER


def serves(incident, user):
    """Whether this person's side serves the customer: its reseller, or the distributor for a direct one."""
    return side(user) is (Turn.DISTRIBUTOR if is_direct(incident) else Turn.RESELLER)


def why_not_move(incident, state, user):
    """Why this person cannot put the incident into this state, or None."""
    if not acts_on(incident, user):
        return Reason(N_("Your account does not allow this."), rule="002-60")
    if state not in (IN_PROGRESS, WAITING_CUSTOMER, WAITING_DISTRIBUTOR, RESOLVED):
        return Reason(N_("An incident gets this state by itself."), rule="S INCIDENT")
    if incident.state in OVER:
        return Reason(N_("This incident is over. A reply opens it again."), rule="S INCIDENT")
    if incident.state is state:
        return Reason(N_("This incident is in that state already."), rule="S INCIDENT")
    if state is WAITING_DISTRIBUTOR and Channel.DISTRIBUTOR not in channels(incident):
        return Reason(N_("The distributor serves this customer itself."), rule="Q")
    if state is WAITING_CUSTOMER and (reason := why_not_wait(incident)):
        return reason
    allowed = serves(incident, user) or state is RESOLVED
    if side(user) is Turn.DISTRIBUTOR and state is not WAITING_CUSTOMER:
        allowed = True
    if not allowed:
        return Reason(N_("Who serves the customer says so."), rule="S INCIDENT")
    return None


def why_not_wait(incident):
    """Why an incident cannot wait for its customer, or None: somebody there must be told (002-46)."""
    if Channel.CUSTOMER not in channels(incident):
        return Reason(N_("This incident has no customer."), rule="Q")
    if not people(incident, Turn.CUSTOMER):
        name = organisation_of(incident, Turn.CUSTOMER).name
        return Reason(N_("%(name)s has no administrator yet who could answer. Invite one first."), name=name, rule="Q")
    return None


def move(incident, state, by, at):
    """Somebody says where an incident stands."""
    with tx():
        incident = incident.again()
        refuse_if(why_not_move(incident, state, by))
        return become(incident, state, by, at)


def become(incident, state, by, at, kind=None, **kept):
    """The incident is in this state now; the caller has seen to it that it may."""
    before, incident.state, incident.turn = incident.state, state, turn(incident, state)
    if state is CLOSED:
        incident.closed_on = at.day
    else:
        incident.closed_on = None
        incident.resolved_on = at.day if state is RESOLVED else None
    incident.save()
    journal.record(
        *(kind or MOVES[state], incident, by, at),
        before={"state": before.value},
        after={"state": state.value, **kept},
    )
    return incident


def why_not_reply(incident, user, today):
    """Why nothing more can be said in an incident, or None. A reply to one that is over opens it again."""
    if not acts_on(incident, user):
        return Reason(N_("Your account does not allow this."), rule="002-60")
    if incident.closed_on and today - incident.closed_on >= REOPENS_WITHIN:
        return Reason(
            N_("This incident was closed on %(day)s. Declare a new one."), day=incident.closed_on, rule="S INCIDENT"
        )
    return None


def replied(incident, channel, by, at, wait=False, due_at=None):
    """What a message in a channel does to the state; `wait`: the customer is asked to answer it.

    One that opens the incident again is a new call, to be handled by `due_at` (X17).
    The customer's answer, and the distributor's, make it the reseller's turn; a question to the distributor makes it
    the distributor's. A word to the customer leaves things as they are, unless nobody had answered yet.
    """
    if incident.state in OVER:
        incident.due_at = due_at
        return become(incident, IN_PROGRESS, by, at, kind="incident.reopened", by_message=True)
    now, party = incident.state, side(by)
    if channel is Channel.DISTRIBUTOR:
        after = IN_PROGRESS if party is Turn.DISTRIBUTOR else WAITING_DISTRIBUTOR
        if party is Turn.DISTRIBUTOR and now is WAITING_CUSTOMER:
            after = now
    elif party is Turn.CUSTOMER:
        after = IN_PROGRESS if now is WAITING_CUSTOMER else now
    elif wait:
        after = WAITING_CUSTOMER
    else:
        after = IN_PROGRESS if now is OPEN else now
    return incident if after is now else become(incident, after, by, at, by_message=True)


def close_resolved(at):
    """Close what has been resolved for 14 days; returns how many. Run twice, it closes nothing more."""
    closed = 0
    with scope(EVERYBODY), Apart() as each:  # the portal itself closes them
        due = Incident.select().where(Incident.state == RESOLVED, Incident.resolved_on <= at.day - CLOSES_AFTER)
        for incident in list(due):
            with each.one(), tx():
                if incident.again().state is RESOLVED:  # nobody has opened it again meanwhile
                    become(incident, CLOSED, None, at)
                    closed += 1
    return closed


# --- what is known of an incident --------------------------------------------------------------


def is_overdue(incident, now):
    """Whether it should have been handled by now (X17); waiting for the customer is nobody's delay."""
    late = incident.due_at is not None and incident.due_at < now
    return late and incident.state in (OPEN, IN_PROGRESS, WAITING_DISTRIBUTOR)


def articles(incident):
    """What an incident is about, as the contract says it today."""
    return [row.article for row in ConcernedArticle.select().where(ConcernedArticle.incident == incident)]


def history(incident, user):
    """What happened, newest first, as far as this person's side is party to it: a channel's events stay in it."""
    closed = [c.value for c in (Channel.CUSTOMER, Channel.DISTRIBUTOR) if c not in channels_of(incident, user)]
    hidden = tuple(f"incident.{channel}_" for channel in closed)
    return [event for event in journal.history(incident) if not event.kind.startswith(hidden)]


def waiting(user):
    """How many incidents wait for this person's side."""
    return Incident.select().where(Incident.turn == side(user)).count()
