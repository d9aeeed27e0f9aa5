"""Where things are delivered: an organisation's addresses, kept after they are removed (002-58, 002-39)."""

import re

from lic.models import N_, Address, fold, tx
from lic.rules import Reason, journal, organisations, refuse_if

POSTCODES = {"FR": (r"\d{5}", "69001"), "PT": (r"\d{4}-\d{3}", "1000-205"), "BR": (r"\d{5}-?\d{3}", "01310-100")}
WITH_REGION = frozenset(
    ("AR", "AU", "BR", "CA", "CN", "CO", "ID", "IN", "JP", "KR", "MX", "MY", "PE", "PH", "TH", "UA", "US", "VE", "VN")
)  # and districts
KEPT = ("label", "street", "complement", "district", "city", "region", "postcode", "country", "email", "phone")


def of(organisation):
    """The addresses in use, oldest first: the first is what a form proposes."""
    return list(
        Address.select()
        .where(Address.organisation == organisation.id, Address.removed_at.is_null())
        .order_by(Address.id)
    )


def why_not_postcode(country, postcode):
    shape, example = POSTCODES.get(country, (r"[\w -]+", ""))
    if re.fullmatch(shape, postcode, re.ASCII):
        return None
    if not example:
        return Reason(N_("A postcode has letters, digits and spaces only."), rule="002-39")
    return Reason(N_("A postcode of this country looks like %(example)s."), example=example, rule="002-39")


def why_not_label(organisation, label, address=None):
    """Why this organisation cannot have one more address of this name: a form sent twice makes one (002-58)."""
    twins = [other for other in of(organisation) if fold(other.label) == fold(label)]
    if any(address is None or other.id != address.id for other in twins):
        return Reason(N_("There is already an address called “%(label)s”."), label=label, rule="002-58")
    return None


def new(organisation, by, at, **given):
    with tx():
        refuse_if(organisations.why_not_change(organisation))
        refuse_if(why_not_label(organisation, given["label"]))
        refuse_if(why_not_postcode(given["country"], given["postcode"]))
        address = Address.create(organisation=organisation, **organisation.owner, **given)
        journal.record("address.made", address, by=by, at=at, after=told(address))
    return address


def why_not_change(address):
    if address.removed_at:
        return Reason(N_("This address was removed on %(moment)s."), moment=address.removed_at, rule="002-58")
    return None


def change(address, by, at, **given):
    """Change an address from now on; incidents declared before keep their copy."""
    with tx():
        address = address.again()
        refuse_if(why_not_change(address))
        before = told(address)
        for name, value in given.items():
            setattr(address, name, value)
        refuse_if(why_not_label(address.organisation, address.label, address))
        refuse_if(why_not_postcode(address.country, address.postcode))
        if told(address) != before:
            address.save()
            journal.record("address.changed", address, by=by, at=at, before=before, after=told(address))
    return address


def remove(address, by, at):
    """Out of every list; what was sent there still names it."""
    with tx():
        address = address.again()
        if address.removed_at:
            return
        address.removed_at = at.at
        address.save()
        journal.record("address.removed", address, by=by, at=at, before=told(address))


def told(address):
    return {name: getattr(address, name) for name in KEPT}
