"""What the lines of a cart or an order come to (R4, 001-19..21)."""

from collections import Counter
from dataclasses import dataclass

from lic.rules import pricing, vat


@dataclass(frozen=True)
class Rate:
    rate_bp: int
    net_cents: int
    vat_cents: int


@dataclass(frozen=True)
class Totals:
    """In cents: once at approval, with its VAT, then every month without (R4).

    days_cents: of what is billed by day and then no more, without VAT.
    """

    net_cents: int
    vat_cents: int
    monthly_cents: int
    rates: tuple = ()  # of Rate: those with a VAT line
    later: tuple = ()  # (day, cents) of what is charged once, but not before that day (000-41)
    days_cents: int = 0
    sets_up: bool = False  # whether a set-up fee is among it

    @classmethod
    def of(cls, priced):
        found = pricing.totals((pricing.from_cents(line.net_cents), vat.kept(line)) for line in priced)
        rates = tuple(
            Rate(one.rate_bp, pricing.to_cents(one.net), pricing.to_cents(one.vat))
            for one in found.rates
            if one.rate_bp is not None
        )
        monthly = sum(line.monthly_cents for line in priced)
        later = Counter()
        for day, cents in (one for line in priced for one in getattr(line, "later", ())):
            later[day] += cents
        sums = pricing.to_cents(found.net), pricing.to_cents(found.vat), monthly
        days = sum((getattr(line, "inputs", None) or {}).get("days", 0) for line in priced)
        sets_up = any(getattr(line, "setup_cents", 0) for line in priced)
        return cls(*sums, rates, tuple(sorted(later.items())), days, sets_up)

    @property
    def gross_cents(self):
        return self.net_cents + self.vat_cents

    @property
    def at_once_cents(self):
        """Without VAT, what is charged when it is approved."""
        return self.net_cents - sum(cents for _day, cents in self.later)

    @property
    def with_setup_cents(self):
        """What an order is worth: once, and the first month (001-21)."""
        return self.net_cents + self.monthly_cents + self.days_cents

    def exceeds(self, agreed):
        """Whether more is asked than was agreed to, VAT included (R5)."""
        sums = ((one.net_cents, one.monthly_cents, one.days_cents, one.gross_cents) for one in (self, agreed))
        return any(now > then for now, then in zip(*sums, strict=True))

    @property
    def seen(self):
        """What a person agrees to, as a form carries it back."""
        days = (self.days_cents,) if self.days_cents else ()
        return "-".join(map(str, (self.net_cents, self.vat_cents, self.monthly_cents, *days)))
