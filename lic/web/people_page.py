"""Who has a licence of a service, as the subscription's page shows it (004-16)."""

from lic.rules import holdings, services

MOST = 50  # people shown at once


def of(subscription, user, today, word=""):
    """What the panel shows, or None where licences are not given to people. word: who is searched for."""
    if not subscription.product.is_service or subscription.base_id:
        return None
    word = word.strip()[:200]
    found, used = services.assignments(subscription, word), holdings.held(subscription).used
    count = found.count() if word else used
    may = not services.why_not_manage(subscription, user)
    return {
        "rows": list(found.limit(MOST)),
        "more": max(count - MOST, 0),
        "most": MOST,
        "used": used,
        "free": services.free(subscription, today),
        "word": word,
        "may": may,
        "why": services.why_not_assign(subscription, user, today) if may else None,
        "known": services.candidates(subscription)[:200] if may else [],
    }
