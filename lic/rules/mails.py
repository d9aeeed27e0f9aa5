"""Letters in the outbox: what the distributor's administrator may do with one that did not go."""

from peewee import JOIN

from lic.models import N_, Channel, Event, LinkKind, Mail, MailState, tx
from lic.rules import Reason, audit, digests, journal, links, messages, refuse_if, replies

TITLES = {  # of letters that follow from no event
    "password_reset": N_("Forgotten password"),
    "registration_confirm": N_("Account creation"),
    "registration_refused": N_("Account creation"),
    "email_asked": N_("New e-mail address"),
    "email_confirmation": N_("New e-mail address"),
    "email_changed": N_("New e-mail address"),
    "incident_digest": N_("News of your incidents"),
    "reply_refused": N_("Answer by mail"),
    "renewals": N_("Renewals"),
}

ENTRUSTED = {  # letters whose link lets its reader act as themselves: never twice, and not when its time is over
    "invitation": LinkKind.INVITATION,
    "password_reset": LinkKind.RESET,
    "registration_confirm": LinkKind.REGISTRATION,
    "email_confirmation": LinkKind.EMAIL,
}


def find(words, state, spoken):
    """Letters in one of these states with their events; each word is in one of a letter's columns or in its event.

    spoken: as for audit.Asked.
    """
    query = Mail.select(Mail, Event).join(Event, JOIN.LEFT_OUTER).where(Mail.state.in_(state))
    for word in words.split()[:8]:
        own = Mail.to.contains(word) | Mail.letter.contains(word) | Mail.error.contains(word)
        query = query.where(own | (Event.id.is_null(False) & audit.says(word, *spoken(word))))
    return query


def why_not_send_again(mail, can_send):
    """Why a letter cannot be sent again now; `can_send` says whether there is a mail server to give it to."""
    if mail.state in (MailState.SENT, MailState.SENDING):
        return Reason(N_("This letter has been sent."))
    if not can_send:
        return Reason(N_("No mail server is set up, so no letter can be sent."))
    return None


def send_again(mail, can_send, by, at):
    """The letter goes to the mail server as soon as it may, as if it were new."""
    with tx():
        mail = mail.again()
        refuse_if(why_not_send_again(mail, can_send))
        mail.state, mail.attempts, mail.next_at, mail.error = MailState.WAITING, 0, at.utc, ""
        mail.save()
        journal.record("mail.sent_again", mail, by=by, at=at, after={"letter": mail.letter, "to": mail.to})
    return mail


def why_not_open(mail, at):
    """Why a letter cannot be read here: one that went, or will go, is for its recipient only.

    Nor one whose link did what it was for: read again, it would let somebody else in (safety.md, Mailed links).
    """
    if mail.state is not MailState.KEPT:
        return Reason(N_("Only a letter that is kept here can be read here."))
    if _is_private(mail):
        return Reason(N_("Only a customer and its reseller read what they write to each other."), rule="002-46")
    return links.why_not_again(ENTRUSTED[mail.letter], mail, at) if mail.letter in ENTRUSTED else None


def _is_private(mail):
    """Whether a letter holds words the distributor is not party to (002-46)."""
    if mail.letter == "incident_digest":
        return any(messages.is_private(event) for event in digests.events_of(mail.values))
    if mail.letter == "reply_refused":
        return replies.is_between_others(mail.values["incident"], Channel(mail.values["channel"]))
    return bool(mail.event_id) and messages.is_private(mail.event)


def open_kept(mail, by, at):
    """Somebody reads a letter meant for another person, to pass it on; that is on record."""
    with tx():
        mail = mail.again()
        refuse_if(why_not_open(mail, at))
        if mail.letter in ENTRUSTED:
            links.forget_unused(ENTRUSTED[mail.letter], mail)
        journal.record("mail.opened", mail, by=by, at=at, after={"letter": mail.letter, "to": mail.to})
    return mail
