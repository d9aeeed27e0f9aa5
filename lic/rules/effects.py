"""What approving an order line about a subscription does, as sentences with its exact dates (000-23, rules.md X)."""

from lic.models import EVERYBODY, N_, NN_, Operation, Subscription, scope
from lic.rules import Money, Reason, asked
from lic.rules.pricing import ZERO, net


def of(line, found):
    """One sentence; found: the preview of that day."""
    values = {"count": found.quantity, "product": line.product, "start": found.effective_on, "end": found.ends_on}
    if line.operation is Operation.SUBSCRIBE:
        return Reason(*_NEW[found.ends_on is None], **values)
    with scope(EVERYBODY):  # the order shows whom it is for, also to an approver
        number = Subscription.get_by_id(line.subscription).number
    to_product = line.operation is Operation.CHANGE_TYPE and line.inputs.get("product")
    values |= {"number": number, "operation": Reason(N_("Change of product")) if to_product else line.operation}
    return Reason(*_CHANGED[found.ends_on is None], **values)


_NEW = {
    False: (
        NN_(
            "%(count)s seat of %(product)s from %(start)s to %(end)s.",
            "%(count)s seats of %(product)s from %(start)s to %(end)s.",
        ),
    ),
    True: (
        NN_(
            "%(count)s seat of %(product)s from %(start)s, month by month.",
            "%(count)s seats of %(product)s from %(start)s, month by month.",
        ),
    ),
}
_CHANGED = {
    False: (
        NN_(
            "Subscription no. %(number)s, %(operation)s from %(start)s: %(count)s seat, until %(end)s.",
            "Subscription no. %(number)s, %(operation)s from %(start)s: %(count)s seats, until %(end)s.",
        ),
    ),
    True: (
        NN_(
            "Subscription no. %(number)s, %(operation)s from %(start)s: %(count)s seat, month by month.",
            "Subscription no. %(number)s, %(operation)s from %(start)s: %(count)s seats, month by month.",
        ),
    ),
}


def monthly(previews, currency):
    """What the first days and then each month of what is billed monthly cost, as sentences."""
    going_on, ending = ([found for found in previews if bool(found.monthly) is goes_on] for goes_on in (True, False))
    return [reason for reason in (_monthly(going_on, currency), _last_days(ending, currency)) if reason]


def _monthly(previews, currency):
    if not (items := _by_day(previews)):
        return None
    return Reason(
        N_("%(first)s for the days from %(start)s to %(end)s, then %(monthly)s each month."),
        **_days(items, currency),
        monthly=Money(sum((item.line.quantity * item.line.unit for item in items), ZERO), currency),
    )


def _last_days(previews, currency):
    """Of what ends with its month, or becomes annual then, nothing follows."""
    if not (items := _by_day(previews)):
        return None
    return Reason(N_("%(first)s for the days from %(start)s to %(end)s."), **_days(items, currency))


def _by_day(previews):
    return [item for found in previews for item in found.items if not item.owed and not asked.is_once(item)]


def _days(items, currency):
    return {
        "first": Money(net(item.line for item in items), currency),
        "start": min(item.line.from_on for item in items),
        "end": max(item.line.to_on for item in items),
    }
