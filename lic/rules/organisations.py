"""What an organisation says of itself: its name, its contact, its tax number (002-57)."""

from peewee import fn

from lic.models import N_, Organisation, fold, tx
from lic.rules import Reason, journal, refuse_if, taxes

KEPT = ("name", "email", "phone", "country", "tax_number", "language")


def why_not_change(organisation):
    """Why nothing of an organisation changes any more, nor of its people and addresses (001-04)."""
    if organisation.cancelled_at:
        return Reason(
            N_("%(company)s was cancelled on %(moment)s."), company=organisation, moment=organisation.cancelled_at
        )
    return None


def why_not_again(organisation):
    """Why there is one like it already, among the customers of one reseller or among those the distributor serves.

    It also makes one of a form that was sent twice.
    """
    others = [other for other in _beside(organisation) if other.id != organisation.id]
    number = organisation.tax_number
    if twin := next((other for other in others if number and other.tax_number == number), None):
        return Reason(
            N_("%(company)s already has the tax number %(number)s."),
            company=twin,
            number=taxes.shown(twin.country, number),
            rule="002-50",
        )
    same_name = [other for other in others if fold(other.name) == fold(organisation.name)]
    if any(not number or not other.tax_number for other in same_name):
        return Reason(
            N_("There is already a “%(company)s”. A tax number on both tells them apart."),
            company=organisation.name,
            rule="002-50",
        )
    return None


def _beside(organisation):
    """Those it could be mistaken for: of the same name or tax number, and not cancelled."""
    same = fn.fold(Organisation.name) == fold(organisation.name)
    if organisation.tax_number:
        same |= Organisation.tax_number == organisation.tax_number
    kin = Organisation.select().where(Organisation.kind == organisation.kind, Organisation.cancelled_at.is_null(), same)
    return list(kin.where(Organisation.reseller == organisation.reseller_id) if organisation.is_customer else kin)


def check(organisation):
    """Refuse what cannot be kept; its tax number is in its stored form afterwards."""
    organisation.tax_number = taxes.compact(organisation.country, organisation.tax_number)
    refuse_if(taxes.why_not(organisation.country, organisation.tax_number))
    refuse_if(why_not_again(organisation))


def change(organisation, by, at, **given):
    """Change some of the fields of KEPT; the new name is found and shown everywhere at once."""
    with tx():
        organisation = organisation.again()
        refuse_if(why_not_change(organisation))
        before = told(organisation)
        for name, value in given.items():
            setattr(organisation, name, value)
        check(organisation)
        if told(organisation) != before:
            organisation.save()
            noun = "customer" if organisation.is_customer else "organisation"
            journal.record(f"{noun}.changed", organisation, by=by, at=at, before=before, after=told(organisation))
    return organisation


def told(organisation):
    """What the audit trail keeps."""
    return {name: getattr(organisation, name) for name in KEPT}
