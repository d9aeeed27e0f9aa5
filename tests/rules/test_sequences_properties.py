"""Whatever is done after whatever else: the seats one holds are those one paid for, and those one was shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lic.models import (
    ChangeState,
    Charge,
    Invoice,
    Operation,
    Order,
    OrderState,
    Plan,
    ScheduledChange,
    Seats,
    Subscription,
)
from lic.rules import (
    Refused,
    billing,
    cart,
    holdings,
    invoices,
    orders,
    parts,
    renewals,
    returns,
    subscriptions,
    wishes,
)
from lic.rules.asked import is_once
from lic.rules.calendar import next_first
from lic.rules.parts import Kind
from tests.conftest import on
from tests.ordering import terms
from tests.rules.test_previews_properties import undone
from tests.subscriptions import ANNUAL, MONTHLY, sold

SEATS = [kind.value for kind in (Kind.SEATS, Kind.ADDED, Kind.ANNUAL, Kind.RENEWAL, Kind.ALIGNED)]
MODULE = Kind.MODULE.value
STARTS = st.sampled_from([date(2026, 11, 10), date(2027, 1, 31), date(2026, 12, 1), date(2028, 2, 29)])
LATER = st.sampled_from(["now", "now", "now", "tomorrow", "a week", "the first", "to decrease", "last month", "after"])
DONE = st.sampled_from(
    ["more", "more", "less", "less", "type", "product", "renew", "renew", "cancel", "keep", "drop", "by itself"]
    + ["back", "back", "back", "assure", "upgrade", "module", "module", "wait", "align"]
)


UNITS = {
    ("IMP-DWA", MONTHLY): "4",
    ("IMP-DWA", ANNUAL): "36",
    ("OFF-ENT", MONTHLY): "9.80",
    ("OFF-ENT", ANNUAL): "105.60",
}


class Story:
    """One subscription and what its owner was shown, operation after operation."""

    def __init__(self, w, data, type=None, product=None):
        self.w, self.data, self.day = w, data, data.draw(STARTS, "first day")
        self.type = type or data.draw(st.sampled_from([MONTHLY, ANNUAL, ANNUAL]), "type")
        self.given_back = []  # (the last day they were held, how many, the charges that had paid for them)
        product = product or data.draw(st.sampled_from([w.dwa, w.dwa, w.office]), "product")
        more = {"plan": Plan.STANDARD, "assurance_months": 14} if product == w.dwa and data.draw(st.booleans()) else {}
        asked = {"product": product, "type": self.type, "quantity": data.draw(st.integers(3, 20), "seats")}
        self.order(Operation.SUBSCRIBE, **asked, **more)
        self.id = Subscription.get().id

    @property
    def one(self):
        return Subscription.get_by_id(self.id)

    @property
    def held(self):
        return holdings.held(self.one)

    def draw(self, few, many, what):
        return self.data.draw(st.integers(few, many), what)

    # --- what is done ---------------------------------------------------------------------------

    def order(self, operation, waits=False, **inputs):
        """Previewed, ordered, approved: charged is what was shown, and held what was shown."""
        at, before = on(self.day), {charge.id for charge in Charge.select()}
        several = {"subscriptions": [inputs["subscription"]]} if operation is Operation.COTERMINATE else {}
        asked = {name: value for name, value in inputs.items() if name != "subscription" or not several} | several
        found = wishes.preview(self.w.remi, operation, self.day, **asked)
        key, seen = f"key {Order.select().count()}", wishes.totals_of(found, self.w.alpha).seen
        if operation is Operation.UPGRADE_ASSURANCE:
            placed = wishes.order_now(operation, self.w.remi, at, key, terms(), seen, **asked)
        else:
            wishes.add(operation, self.w.remi, at, **asked)
            placed = orders.place(self.w.remi, at, key, terms(), seen)
        if waits:
            self.meddle()
        orders.approve(placed, self.w.diane, at)
        charged = sorted(charge.net_cents for charge in Charge.select() if charge.id not in before)
        once = [item.line.net_cents for item in found.items if is_once(item) and not item.owed]
        assert charged == sorted(cents for cents in once if cents) and placed.again().net_cents == sum(once)
        return found

    def meddle(self):
        """While an order waits nothing else changes it (000-25)."""
        one, at, remi = self.one, on(self.day), self.w.remi
        verbs = [lambda: subscriptions.remove_seats(one, 1, remi, at), lambda: subscriptions.cancel(one, remi, at)]
        verbs += [lambda: subscriptions.auto_renew(one, not one.auto_renew, remi, at)]
        verbs += [lambda: subscriptions.keep(one, remi, at), lambda: subscriptions.become_monthly(one, remi, at)]
        verbs += [lambda change=change: subscriptions.drop(change, remi, at) for change in holdings.scheduled(one)]
        lines = [purchase.line for purchase in returns.of(one, self.day)]
        verbs += [lambda line=line: returns.give_back(line, 1, remi, at) for line in lines]
        for verb in verbs:
            with pytest.raises(Refused):
                verb()

    def less(self):
        quantity = self.draw(1, 6, "less")
        found = subscriptions.preview_remove_seats(self.one, quantity, self.day)
        subscriptions.remove_seats(self.one, quantity, self.w.remi, on(self.day), seen=found.seen)
        assert self.held.next_quantity() == found.quantity

    def drop(self):
        planned = holdings.scheduled(self.one)
        if planned:
            subscriptions.drop(self.data.draw(st.sampled_from(planned), "dropped"), self.w.remi, on(self.day))

    def back(self):
        found = returns.of(self.one, self.day)
        if not found:
            return
        purchase = self.data.draw(st.sampled_from(found), "given back")
        seats = self.draw(1, purchase.seats, "seats given back")
        shown = returns.preview(purchase.line, seats, self.day)
        before = {charge.id for charge in Charge.select()}
        returns.give_back(purchase.line, seats, self.w.remi, on(self.day), seen=shown.seen)
        refunds = [charge.net_cents for charge in Charge.select() if charge.id not in before]
        assert sorted(refunds) == sorted(item.line.net_cents for item in shown.items)
        if not purchase.is_whole and purchase.line.operation is not Operation.ADD_MODULE:
            paid = [part.charge.id for part in purchase.parts if part.charge and part.charge.kind in (*SEATS, MODULE)]
            self.given_back.append((self.day, seats, paid))

    def do(self, name):
        one, at, remi = self.one, on(self.day), self.w.remi
        other = self.w.office if one.product == self.w.dwa else self.w.dwa
        what = {
            "more": lambda: self.order(Operation.ADD_SEATS, subscription=one, quantity=self.draw(1, 5, "more")),
            "wait": lambda: self.order(Operation.ADD_SEATS, waits=True, subscription=one, quantity=2),
            "less": self.less,
            "type": lambda: (
                self.order(Operation.CHANGE_TYPE, waits=True, subscription=one, type=ANNUAL)
                if one.type is MONTHLY
                else subscriptions.become_monthly(one, remi, at)
            ),
            "product": lambda: self.order(Operation.CHANGE_TYPE, subscription=one, product=other),
            "renew": lambda: self.order(Operation.RENEW, subscription=one),
            "align": lambda: self.order(
                Operation.COTERMINATE, subscription=one, ends_on=self.held.last.to_on + timedelta(40)
            ),
            "assure": lambda: self.order(Operation.ASSURANCE, subscription=one, plan=Plan.STANDARD, months=5),
            "upgrade": lambda: self.order(Operation.UPGRADE_ASSURANCE, subscription=one, plan=Plan.PREMIUM_PLUS),
            "module": lambda: self.order(Operation.ADD_MODULE, subscription=one, product=self.w.cpm),
            "cancel": lambda: subscriptions.cancel(one, remi, at),
            "keep": lambda: subscriptions.keep(one, remi, at),
            "drop": self.drop,
            "back": self.back,
            "by itself": lambda: subscriptions.auto_renew(one, self.data.draw(st.booleans(), "by itself"), remi, at),
        }
        try:
            what[name]()
        except Refused:
            cart.empty(remi)
        self.holds()

    # --- what must hold ---------------------------------------------------------------------------

    def wait(self, days):
        """Day by day, as the portal is run; what becomes of it by itself is what was scheduled."""
        end = self.held.last.to_on
        for _ in range(days):
            self.day += timedelta(1)
            if self.day.day == 1 or days < 40 or abs((end - self.day).days) < 3:
                before = self.planned()
                renewals.run(on(self.day))
                self.came(before)
                end = self.held.last.to_on
        billing.run(on(self.day))
        for invoice in Invoice.select().where(Invoice.paid_on.is_null(), Invoice.net_cents > 0):
            invoices.pay(invoice, self.day, self.w.diane, on(self.day))
        self.holds()

    def days(self, later):
        """How many days until something may be done that could not be before."""
        end = self.held.last.to_on
        when = {
            "tomorrow": self.day + timedelta(1),
            "a week": self.day + timedelta(7),
            "the first": next_first(self.day),
            "to decrease": end - timedelta(80),
            "last month": end - timedelta(12),
            "after": end + timedelta(1),
        }.get(later, self.day)
        return max((when - self.day).days, 0)

    def planned(self):
        """What is to come next, and how many seats there are then."""
        held = self.held
        return [(change, held.next_quantity(), held.cancelled) for change in
                holdings.scheduled(self.one) if change.effective_on == self.day]  # fmt: skip

    def came(self, before):
        """What an order had counted on came; what was dropped could not come, because nothing goes on."""
        for was, left, cancelled in before:
            change = was.again()
            if change.inputs.get("order_line"):
                assert change.state is ChangeState.DONE
            if change.state is ChangeState.DONE and change.kind != "change_product":
                assert self.held.quantity(self.day) == left
            assert change.state is not ChangeState.DROPPED or cancelled or change.kind == "change_type"

    def holds(self):
        """On every day that is paid ahead as many seats are held as were paid for, and modules have as many."""
        one, held = self.one, self.held
        if one.cancelled_on and one.cancelled_on == one.ends_on:
            return  # given back, all of it
        for whole in held.periods:
            for day in {whole.from_on, max(whole.from_on, min(self.day + timedelta(1), whole.to_on)), whole.to_on}:
                if day > self.day and self.is_paid_ahead(whole):
                    assert self.paid(one, day) == held.quantity(day), (day, whole)
                for module in held.modules:
                    if day > self.day and module.first.from_on <= day:
                        assert module.quantity(day) == held.quantity(day)
                        assert not self.is_paid_ahead(whole) or self.paid_module(module, day) == module.quantity(day)
        for module in Subscription.select().where(Subscription.base == one.id, Subscription.cancelled_on == self.day):
            for charge in Charge.select().where(self.of_module(module), Charge.to_on > self.day, Charge.net_cents > 0):
                self.is_refunded(charge)
        if not parts.why_not_settled(held, self.day):  # what was given back is that to the end of the day
            assert {block.unit for block in held.rows(self.day)} == {Decimal(UNITS[one.product.reference, one.type])}
        fewer = ScheduledChange.select().where(ScheduledChange.state == ChangeState.SCHEDULED)
        assert held.next_quantity() >= 1 or not fewer.exists()

    def is_paid_ahead(self, whole):
        rows = [row for row in holdings.periods(self.one) if row.starts_on == whole.from_on]
        return rows[0].type is ANNUAL

    def paid(self, one, day):
        return self.paid_by((Charge.subscription == one.id) & Charge.kind.in_(SEATS), day)

    def paid_module(self, module, day):
        return self.paid_by(self.of_module(module), day)

    def of_module(self, module):
        """Its first charge is written with its base."""
        begun = Seats.select(Seats.order_line).where(Seats.subscription == module.id)
        first = (Charge.subscription == self.id) & (Charge.kind == MODULE) & Charge.order_line.in_(begun)
        return ((Charge.subscription == module.id) | first) & Charge.refunds.is_null()

    def is_refunded(self, charge):
        """Of a module that was given back nothing is kept but the days it was used."""
        back = -sum(one.net_cents for one in Charge.select().where(Charge.refunds == charge.id))
        days = (charge.to_on - charge.from_on).days + 1
        unused = min((charge.to_on - self.day).days, days)
        assert charge.net_cents * unused / days - 2 <= back <= charge.net_cents, (charge.label, back)

    def paid_by(self, mine, day):
        covers = Charge.from_on <= day, Charge.to_on >= day, Charge.refunds.is_null()
        charges = list(Charge.select().where(*covers, mine))
        ids = {charge.id for charge in charges}
        back = sum(seats for since, seats, paid in self.given_back if day > since and ids & set(paid))
        return sum(charge.quantity for charge in charges) - back


@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: shrinking one would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_after_any_sequence_held_is_what_was_paid_for_and_shown(world, data):  # issue 3, rules.md S, R5, 000-25
    w = sold(world)

    def example():
        story = Story(w, data)
        for name in data.draw(st.lists(DONE, min_size=2, max_size=7), "operations"):
            story.wait(story.days(data.draw(LATER, "later")))
            story.do(name)
        story.wait(40)
        story.wait(data.draw(st.sampled_from([0, 30, 366]), "at last"))
        waiting = orders.placed().where(Order.state == OrderState.SUBMITTED)
        assert not waiting.exists()

    undone(example)


@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_is_given_back_of_a_year_with_a_module_what_stays_is_paid_for(world, data):  # O, 000-36
    w = sold(world)

    def example():
        story = Story(w, data, ANNUAL, w.dwa)
        story.day += timedelta(story.days("to decrease"))  # nothing happens by itself until then
        story.wait(1)
        some = st.lists(st.sampled_from(["more", "module", "renew", "back", "back"]), min_size=3, max_size=6)
        for name in ["more", "module", *data.draw(some, "operations"), "back"]:
            story.do(name)
            story.wait(data.draw(st.sampled_from([0, 0, 1]), "days"))
        story.day += timedelta(max(story.days("after") - 1, 0))
        story.wait(1)
        story.do("back")

    undone(example)
