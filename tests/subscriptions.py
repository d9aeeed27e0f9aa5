"""What subscription tests share: the products of the worked examples, and Annual A."""

from datetime import date

from lic.models import Basis, Plan, Price, Product, ProductKind, SubscriptionType, tx
from lic.rules import holdings, previews

MONTHLY, ANNUAL, TERM = SubscriptionType
SINCE = date(2020, 1, 1)


def sold(world):
    """`world` with IMP-DWA, its module and its assurance on price list Europe, at the prices of rules.md X."""
    if hasattr(world, "dwa"):
        return world
    with tx():
        kind = ProductKind.SUBSCRIPTION
        world.dwa = _sold(world, "IMP-DWA", kind, {Basis.MONTHLY: 400, Basis.ANNUAL: 3600, Basis.TERM_MONTH: 400})
        bases = {Basis.MONTHLY: 150, Basis.ANNUAL: 1500, Basis.TERM_MONTH: 150}
        world.cpm = _sold(world, "IMP-CPM", ProductKind.MODULE, bases, base=world.dwa)
        bases = {Basis.MONTHLY: 980, Basis.ANNUAL: 10560}
        world.office = _sold(world, "OFF-ENT", kind, bases, is_service=True, grace_days=30)
        world.plans = {
            plan: _sold(
                *(world, f"IMP-{plan.value}", ProductKind.ASSURANCE, {Basis.ASSURANCE_MONTH: cents}),
                **{"base": world.dwa, "plan": plan},
            )
            for plan, cents in zip(Plan, (50, 80, 120), strict=True)
        }
    return world


def _sold(world, reference, kind, cents, **given):
    given |= {"title": {"en": reference}, "kind": kind}
    product, _ = Product.get_or_create(reference=reference, defaults=given)  # tests/billing.py may have made it
    for basis, amount in cents.items():
        row = {"price_list": world.europe, "product": product, "basis": basis, "valid_from": SINCE}
        Price.get_or_create(**row, defaults={"cents": amount})
    return product


def annual_a(world, prices, **given):
    """20 seats from 15/03/2026 to 14/03/2027."""
    values = {"quantity": 20, "starts_on": date(2026, 3, 15), "ends_on": date(2027, 3, 14)} | given
    return holdings.supposed(prices, world.dwa, ANNUAL, **values)


def charged(preview):
    return [str(item.line.net) for item in preview.items]


__all__ = ["ANNUAL", "MONTHLY", "TERM", "annual_a", "charged", "previews", "sold"]
