"""Files of incidents: who sees them, how large they are, and what deleting one leaves behind (X14, Q, 002-37, 002-47).

The bytes are lic/files.py's; here is what is known of them. A file is sent ahead and waits (`StagedFile`) until the
form it belongs to is accepted: a wrong field never costs an upload.
"""

import unicodedata
from datetime import timedelta
from pathlib import PurePosixPath

from peewee import JOIN, fn

from lic.models import (
    EVERYBODY,
    N_,
    Attachment,
    Channel,
    CustomerMessage,
    Incident,
    IncomingMail,
    IncomingState,
    Invoice,
    Quarantined,
    StagedFile,
    Turn,
    User,
    read_once,
    scope,
    tx,
)
from lic.rules import Reason, damage, incidents, journal, refuse_if
from lic.rules.file_types import why_not_type

MB = 1_048_576
LIMIT, INCIDENT_LIMIT, STAGED_LIMIT = 20 * MB, 100 * MB, 200 * MB
OWNER_LIMIT = 20 * 1024 * MB  # of a customer's incidents, or of a reseller's with its customers' (safety.md 40)
STAGED_FOR = timedelta(days=1)
LONGEST = 120  # characters of a name

EVENTS = {  # a channel's events stay in that channel, and name no file: the journal is read by the distributor
    Channel.DECLARATION: "incident.file",
    Channel.CUSTOMER: "incident.customer_file",
    Channel.DISTRIBUTOR: "incident.distributor_file",
}
journal.tells("incident.file_added", journal.Tell(incidents.concerned))
journal.tells("user.sent_virus", journal.Tell(journal.distributor_administrators))

NOT_LOOKED_AT = Reason(N_("Files cannot be taken just now. Your words are kept: try again later."), rule="ASVS 5.4.3")


# --- taking one --------------------------------------------------------------------------------


def clean(name):
    """A file's name as it is kept: no folders, nothing invisible, and not too long; its ending stays."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")).strip(" .")
    path = PurePosixPath(name or "file")
    ending = path.suffix[:20]
    return path.name.removesuffix(path.suffix)[: LONGEST - len(ending)] + ending


def too_large():
    return Reason(N_("A file may have at most %(count)s MB."), count=LIMIT // MB, rule="X14")


def why_not_take(file):
    """Why a file that has arrived is not taken, or None. `file` is what lic/files.py received."""
    if file.size > LIMIT:
        return Reason(N_("%(name)s is too large: at most %(count)s MB."), name=file.name, count=LIMIT // MB, rule="X14")
    if file.no_room:
        return no_room()
    if not file.size:
        return Reason(N_("%(name)s is empty."), name=file.name, rule="X14")
    return why_not_type(file.name, file.type) or _why_not_clean(file)


def _why_not_clean(file):
    """What the virus scanner has against a file; one that nobody could look at is not taken either (ASVS 5.4.3)."""
    if file.look.is_away:
        return NOT_LOOKED_AT
    if virus := file.look.virus:
        return Reason(N_("%(name)s is not accepted: it has a virus (%(virus)s)."), name=file.name, virus=virus)
    return None


def no_room():
    return Reason(N_("There is no room for files just now. Nothing is lost: try again later."), rule="safety 40")


def admit(file, by, at, without_viruses=False):
    """Refuse a file that is not taken; the distributor's administrators hear of a virus, and of no name or word.

    without_viruses: a file that has one is no reason to refuse what it came with. Returns its virus.
    """
    why = why_not_take(file)
    virus = why and why.values.get("virus")
    if virus and not (without_viruses and _is_quarantined(file.sha256)):  # told already: the letter is read again
        journal.record("user.sent_virus", by.again(), by=by, at=at, after={"virus": virus})
    refuse_if(why if not (virus and without_viruses) else None)
    return virus


def stage(file, by, at, without_viruses=False):
    """Keep a file until its form is accepted; `without_viruses`: of one that has one, its name only."""
    virus = admit(file, by, at, without_viruses)
    with tx(counts=False):
        sent = StagedFile.select(fn.COALESCE(fn.SUM(StagedFile.size), 0)).where(StagedFile.by == by.id).scalar()
        if sent + file.size > STAGED_LIMIT:
            refuse_if(Reason(N_("Send the files you have added first, or remove some."), rule="X14"))
        if virus:
            _quarantine(file.sha256, virus, at)
        else:
            file.keep()  # in its place before any row names it
        return StagedFile.create(
            by=by.id, name=file.name, size=file.size, type=file.type, sha256=file.sha256, at=at.utc
        )


def staged(user, numbers):
    """Those of a person's own waiting files that a form names, in the order they came."""
    query = StagedFile.select().where(StagedFile.by == user.id, StagedFile.id.in_(numbers))
    return list(query.order_by(StagedFile.id))


def unstage(number, user):
    """The person does not want to send it after all; returns its hash."""
    with tx(counts=False):
        file = StagedFile.get(StagedFile.id == number, StagedFile.by == user.id)
        file.delete_instance()
        return file.sha256


# --- in an incident ----------------------------------------------------------------------------


def why_not_add(incident, waiting):
    """Why these waiting files do not fit into an incident any more; None for a new one that is not there yet."""
    there = 0
    if incident:
        there = (
            Attachment.select(fn.COALESCE(fn.SUM(Attachment.size), 0))
            .where(Attachment.incident == incident, Attachment.removed_at.is_null())
            .scalar()
        )
    if there + sum(file.size for file in waiting) > INCIDENT_LIMIT:
        return Reason(
            N_("The files of an incident may have at most %(count)s MB together."),
            count=INCIDENT_LIMIT // MB,
            rule="X14",
        )
    return None


def _why_not_hold(owner, waiting):
    """Why an organisation's incidents hold no more files, or None."""
    mine = [getattr(Attachment, name) == number for name, number in owner.items() if number]
    held = Attachment.select(fn.COALESCE(fn.SUM(Attachment.size), 0)).where(*mine, Attachment.removed_at.is_null())
    if held.scalar() + sum(file.size for file in waiting) > OWNER_LIMIT:
        return Reason(N_("The files of all your incidents take too much room. Delete some first."), rule="safety 40")
    return None


def none():
    return Reason(N_("Choose a file first."), rule="002-37")


def gone():
    return Reason(N_("A file you had added is not here any more. Add it again."), rule="X14")


def put(incident, channel, waiting, by, at, key=None, **message):
    """The waiting files become the incident's, within the caller's transaction."""
    owner = {"reseller": incident.reseller_id, "customer": incident.customer_id}
    with scope(EVERYBODY):  # the limits count all files, also those in a channel this person does not see
        refuse_if(why_not_add(incident, waiting) or _why_not_hold(owner, waiting))
    for place, file in enumerate(waiting):
        Attachment.create(
            **owner,
            idempotency=key and f"{key}:{place}",
            incident=incident,
            channel=channel,
            name=file.name,
            size=file.size,
            type=file.type,
            sha256=file.sha256,
            by=by.id,
            at=at.at,
            **message,
        )
        file.delete_instance()


def _added_with(key):
    """What came with a form before: {(name, hash)}. Another file under its key is no repetition."""
    found = Attachment.select().where(Attachment.idempotency.startswith(f"{key}:"))
    return {(file.name, file.sha256) for file in found}


def sent_before(by, key):
    """Whether a form of this person brought its files already; no form of ours has a key longer than this."""
    return 0 < len(key) <= 64 and bool(_added_with(f"{by.id}:{key}"))


def add(incident, waiting, by, at, key=None):
    """Add files for everybody who takes part; `key` adds those of a form sent twice once."""
    key = f"{by.id}:{key}" if key else None
    with tx():
        incident, waiting = incident.again(), staged(by, [file.id for file in waiting])
        if key and (added := _added_with(key)):
            again = [file for file in waiting if (file.name, file.sha256) in added]
            waiting, key = [file for file in waiting if file not in again], None
            for file in again:
                file.delete_instance()
        refuse_if(incidents.why_not_reply(incident, by, at.day))
        if incident.state in incidents.OVER:
            refuse_if(Reason(N_("This incident is over. A reply opens it again."), rule="S INCIDENT"))
        put(incident, Channel.DECLARATION, waiting, by, at, key)
        for file in waiting:
            journal.record("incident.file_added", incident, by=by, at=at, after={"name": file.name})


def of(incident, user):
    """The files of an incident this person sees, the removed ones too, oldest first: {channel: files}."""
    channels = (Channel.DECLARATION, *incidents.channels_of(incident, user))
    return read_once(incident, ("files", channels), lambda: _of(incident, channels))


def _of(incident, channels):
    seen = {channel: [] for channel in channels}
    query = Attachment.select(Attachment, User, Quarantined.virus)
    query = query.join(User, on=(Attachment.by == User.id), attr="by").switch(Attachment)
    query = query.join(Quarantined, JOIN.LEFT_OUTER, on=(Quarantined.sha256 == Attachment.sha256), attr="held")
    query = query.where(Attachment.incident == incident, Attachment.channel.in_(channels))
    for file in query.order_by(Attachment.id):
        seen[file.channel].append(file)
    return seen


def brought(message):
    """The names of the files that came with a message and are still there."""
    field = Attachment.customer_message if isinstance(message, CustomerMessage) else Attachment.distributor_message
    query = Attachment.select().where(field == message, Attachment.removed_at.is_null())
    return [file.name for file in query.order_by(Attachment.id) if not _is_quarantined(file.sha256)]


def find(incident, number, user):
    """A file of an incident this person sees and that is still there; any other does not exist."""
    seen = [Channel.DECLARATION, *incidents.channels_of(incident, user)]
    return Attachment.get(
        Attachment.id == number,
        Attachment.incident == incident,
        Attachment.channel.in_(seen),
        Attachment.removed_at.is_null(),
    )


def why_not_remove(file, incident, user):
    """Why this person cannot delete a file, or None: its author or an administrator may, while the incident is open."""
    if incident.state in incidents.OVER:
        return Reason(N_("The files of an incident that is over stay."), rule="002-47")
    if file.by_id == user.id:
        return None
    with scope(EVERYBODY):  # who sent it may be out of the reader's sight by now
        theirs = file.by.organisation_id == user.organisation_id
    serving = incidents.serves(incident, user) or incidents.side(user) is Turn.DISTRIBUTOR
    if user.is_administrator and (theirs or serving):
        return None
    return Reason(N_("Who sent a file deletes it, or an administrator."), rule="002-47")


def remove(file, by, at):
    """Delete a file; its name stays, with who deleted it and when."""
    with tx():
        file, incident = file.again(), file.incident.again()
        if file.removed_at:
            return
        refuse_if(why_not_remove(file, incident, by))
        file.removed_at, file.removed_by = at.at, by.id
        file.save()
        after = {"name": file.name} if file.channel is Channel.DECLARATION else {"file": file.id}
        journal.record(f"{EVENTS[file.channel]}_removed", incident, by=by, at=at, after=after)


# --- viruses -----------------------------------------------------------------------------------


def _is_quarantined(sha256):
    return Quarantined.select().where(Quarantined.sha256 == sha256).exists()


def why_not_give(sha256, name):
    """Why nobody gets a file that is there, or None."""
    if _is_quarantined(sha256):
        return Reason(N_("%(name)s is not given out: a virus was found in it."), name=name, rule="ASVS 5.4.3")
    return None


def _quarantine(sha256, virus, at):
    Quarantined.insert(sha256=sha256, virus=virus, at=at.at).on_conflict_replace().execute()


def quarantined():
    """The hashes of those in quarantine."""
    return {one.sha256 for one in Quarantined.select(Quarantined.sha256)}


def places(sha256):
    """Where people get these bytes, in words for whoever runs the machine; none of them names a file."""
    with scope(EVERYBODY):  # the nightly look is at everybody's
        held = Attachment.select(Incident.number).join(Incident)
        held = held.where(Attachment.sha256 == sha256, Attachment.removed_at.is_null()).distinct()
        certified = Invoice.select().where(Invoice.certified_sha256 == sha256)
        named = [f"a file of incident no. {number}" for (number,) in held.tuples()]
        return named + [f"the certified document of invoice {invoice.name}" for invoice in certified]


def judge(looks, at):
    """{hash: virus or None} of files looked at again: what has one is given to nobody, until it has none."""
    with tx():
        before, found = quarantined(), []
        for sha256, virus in looks.items():
            if virus:
                _quarantine(sha256, virus, at)
                new = places(sha256) if sha256 not in before else ()
                found += [f"{place} has a virus ({virus}): it is not given out any more" for place in new]
            elif sha256 in before:
                Quarantined.delete().where(Quarantined.sha256 == sha256).execute()
        if found:
            damage.report(found, at)
        return found


# --- what may go -------------------------------------------------------------------------------


def is_wanted(sha256):
    """Whether anything still names these bytes."""
    with scope(EVERYBODY):  # the same file may be another's too
        held = Attachment.select().where(Attachment.sha256 == sha256, Attachment.removed_at.is_null())
        waits = StagedFile.select().where(StagedFile.sha256 == sha256)
        certified = Invoice.select().where(Invoice.certified_sha256 == sha256)
        letter = IncomingMail.select().where(IncomingMail.sha256 == sha256, IncomingMail.state == IncomingState.KEPT)
        return held.exists() or waits.exists() or certified.exists() or letter.exists()


def forget_staged(at):
    """Files sent ahead a day ago whose form never came are not wanted any more."""
    with tx(counts=False):
        StagedFile.delete().where(StagedFile.at < at.utc - STAGED_FOR).execute()
