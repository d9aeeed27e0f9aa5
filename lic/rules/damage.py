"""Damage found by the nightly look at everything that is kept, and who hears of it (safety.md 18)."""

from lic.models import Organisation, OrganisationKind
from lic.rules import journal

MOST = 20  # sentences in one letter

journal.tells("organisation.damaged", journal.Tell(journal.distributor_administrators, letter="event"))


def report(found, at):
    """Tell the house's administrators; `found` are sentences for whoever runs the machine."""
    house = Organisation.get_or_none(Organisation.kind == OrganisationKind.DISTRIBUTOR)
    if house is None:
        return
    more = [f"and {len(found) - MOST} more: python app.py check"] if len(found) > MOST else []
    journal.record("organisation.damaged", house, None, at, after={"text": "\n".join(found[:MOST] + more)})
