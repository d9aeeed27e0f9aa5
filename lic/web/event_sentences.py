"""Sentences of events that depend on what the event keeps; web/events.py has all the others."""

from lic.models import N_


def submitted(event):
    return N_("Confirmed by %(by)s.") if event.before else N_("Placed by %(by)s.")


def asked(event):
    if "text" in (event.after or {}):
        return N_("Information requested by %(by)s.")
    return N_("Its total would rise: %(by)s asks for a new consent.")


def approved(event):
    if "by_itself" in (event.after or {}):
        return N_("Approved automatically, in the name of %(by)s: its total is within the limit.")
    if "instead_of" in (event.after or {}):
        return N_("Approved by %(by)s, instead of %(instead_of)s.")
    return N_("Approved by %(by)s.")


def rejected(event):
    if "instead_of" in (event.after or {}):
        return N_("Rejected by %(by)s, instead of %(instead_of)s.")
    return N_("Rejected by %(by)s.")


def wanted(event):
    wanted = (event.after or {}).get("wanted")
    if wanted == "renewal":
        return N_("%(by)s asks for its renewal.")
    return N_("%(by)s asks for more seats.") if wanted == "seats" else N_("%(by)s asks for a change.")


def scheduled(event):
    """What is scheduled, as far as the event keeps it."""
    kept = event.after or {}
    if kept.get("kind") == "remove_seats":
        return N_("%(by)s scheduled fewer seats: %(quantity)s less from %(on)s.")
    if kept.get("product"):
        return N_("%(by)s scheduled the change to %(product)s.")
    if kept.get("type"):
        return N_("%(by)s scheduled the change to %(type)s.")
    return N_("A change is scheduled by %(by)s.")


def renews_itself(event):
    if (event.after or {}).get("auto_renew"):
        return N_("%(by)s switched its automatic renewal on.")
    return N_("%(by)s switched its automatic renewal off.")


def reminded(event):
    """`days` from its end, negative before it."""
    if (event.after or {}).get("days", 0) > 0:
        return N_("It ended on %(ends_on)s and can still be renewed.")
    return N_("It ends on %(ends_on)s.")
