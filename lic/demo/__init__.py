"""The demonstration: what a visitor sees, the same on whatever day it is loaded (spec: demo.md).

Each part is a module with `load(d)`, in the order they build on each other; `d` carries what the parts make.
"""

from datetime import UTC, datetime, time, timedelta
from shutil import rmtree

from peewee import DatabaseError

from lic import bulk, database
from lic.database import CannotStart
from lic.demo import catalogue, contracts, incidents, invoices, orders, partner, people, subscriptions
from lic.models import EVERYBODY, Mail, MailState, Moment, Setting, db, scope, tx
from lic.rules import billing
from lic.web import clock

PARTS = (catalogue, people, contracts, subscriptions, orders, partner, incidents)
MARK = "demonstration"  # the Setting that tells a demonstration from a real portal
ACCOUNTS = (
    ("distributeur", "the distributor's administrator, approver of all orders"),
    ("revendeur", "a reseller's administrator"),
    ("client_test", "a customer of that reseller"),
    ("gestionnaire", "a direct customer's administrator"),
    ("parceiro", "a Brazilian reseller's administrator, in Portuguese"),
)


class Demonstration:
    """What the parts have made so far, and the moments it happened at."""

    def __init__(self, at):
        self.at, self.today = at, at.day

    def ago(self, days):
        """That many days before the demonstration's day, at the same time."""
        before = timedelta(days)
        return Moment(self.at.day - before, self.at.at - before, self.at.utc - before)

    def at_start_of(self, day):
        """Ten in the morning of a day, as the columns *_at hold it."""
        ten = datetime.combine(day, time(10), clock.settings.timezone)
        return ten.astimezone(UTC).replace(tzinfo=None)


def load(contracts_wanted, at, say=lambda text: None):
    """Fill an empty portal, and bring its generated contracts to the number wanted; what is there is kept."""
    with scope(EVERYBODY):  # a demonstration is of everybody's
        mark = Setting.get_or_none(Setting.name == MARK)
        if mark is None:
            _refuse_if_used()
            with tx():  # all of it or nothing
                load_parts(Demonstration(at))
                mark = Setting.create(name=MARK, value={"contracts": 0})
        missing = contracts_wanted - mark.value["contracts"]
        if missing > 0:
            say(f"Adding {missing} contracts …")
            bulk.load(missing, at.day)
            with tx():
                mark.value = {"contracts": contracts_wanted}
                mark.save()


def load_parts(d):
    with billing.later():  # the parts go back and forth in time, invoices do not
        for part in PARTS:
            part.load(d)
    invoices.load(d)
    Mail.update(state=MailState.KEPT).execute()  # nobody is written to about what never happened
    return d


def _refuse_if_used():
    """A demonstration never mixes with a real portal's data."""
    from lic.models import Organisation

    if Organisation.select().exists():
        raise CannotStart(f"{db.database} holds a real portal; give the demonstration another LIC_DATA")


def forget(settings):
    """Delete a demonstration's data, and nothing else's; the caller holds the folder's lock."""
    if not settings.database.exists():
        return
    database.connect(settings.database)
    try:
        marked = Setting.get_or_none(Setting.name == MARK)
    except DatabaseError:
        marked = None
    db.close()
    if marked is None:
        raise CannotStart(f"{settings.database} is no demonstration; nothing was deleted")
    for end in ("", "-wal", "-shm"):
        settings.database.with_name(settings.database.name + end).unlink(missing_ok=True)
    for folder in ("files", "backups"):
        rmtree(settings.data / folder, ignore_errors=True)


def greeting(settings):
    """The address and who may log in there."""
    lines = [f"  {identifier:13} {who}" for identifier, who in ACCOUNTS]
    return "\n".join(
        [
            f"\nThe demonstration answers at {settings.base_url}",
            f"Log in with the password {people.PASSWORD} as",
            *lines,
            "Ctrl-C stops it; starting it again keeps what was done, --reset starts over.\n",
        ]
    )
