"""What was ordered, changed and given back is what a year of daily jobs bills, once and to the cent."""

from collections import Counter
from datetime import date, timedelta

import pytest

from lic import jobs
from lic.models import Charge, Invoice, Operation, Order, Subscription
from lic.rules import cart, invoices, orders, returns, subscriptions, wishes
from lic.rules.calendar import month_of
from lic.rules.pricing import Line, from_cents
from tests.conftest import on
from tests.subscriptions import ANNUAL, MONTHLY, TERM, sold

NOV_10, NOV_18 = date(2026, 11, 10), date(2026, 11, 18)


@pytest.fixture
def w(app, world):
    return sold(world)


def ordered(w, operation, at, **inputs):
    wishes.add(operation, w.remi, at, **inputs)
    terms = [row.id for row in cart.terms([line.product for line in cart.lines(cart.of(w.remi))], at.day)]
    seen = orders.totals(cart.of(w.remi)).seen
    return orders.approve(orders.place(w.remi, at, f"{Order.select().count()}", terms, seen), w.diane, at)


def bought(w, type, quantity, at, **inputs):
    order = ordered(w, Operation.SUBSCRIBE, at, product=w.dwa, type=type, quantity=quantity, **inputs)
    return order, Subscription.select().order_by(Subscription.id.desc()).get()


def days(first, last, off=()):
    """Each day the portal runs, its jobs started twice on some."""
    day = first
    while day <= last:
        if day not in off:
            yield day
        day += timedelta(1)


def run(first, last, off=()):
    for day in days(first, last, off):
        assert jobs.run_due(on(day))[1] == []
        jobs.run_due(on(day, 22))


def of(subscription, **narrowed):
    lines = Charge.select().where(Charge.subscription == subscription).order_by(Charge.id)
    return [line for line in lines if all(getattr(line, name) == value for name, value in narrowed.items())]


def test_the_first_invoice_of_a_monthly_one_is_the_worked_example(w):  # X1, X2, 000-38, 000-40
    _, m = bought(w, MONTHLY, 10, on(NOV_10))
    run(NOV_10, date(2026, 11, 17))
    ordered(w, Operation.ADD_SEATS, on(NOV_18), subscription=m, quantity=5)
    assert not Invoice.select().exists()
    run(NOV_18, date(2026, 12, 1))
    (invoice,) = Invoice.select()
    assert (invoice.issued_on, invoice.net_cents, invoice.vat_cents, invoice.gross_cents) == (
        *(date(2026, 12, 1), 3667, 733),
        4400,
    )


def test_an_order_is_invoiced_for_what_its_preview_said(w):  # X6: a person is charged what was shown
    preview = wishes.preview(w.remi, Operation.SUBSCRIBE, NOV_10, product=w.dwa, type=TERM, quantity=10, months=18)
    order, _ = bought(w, TERM, 10, on(NOV_10), months=18)
    (invoice,) = invoices.of_order(order)
    assert from_cents(invoice.net_cents) == preview.totals.net and invoice.net_cents == 68400
    assert from_cents(invoice.gross_cents) == preview.totals.gross
    (line,) = invoices.lines_of(invoice)
    assert (line.quantity, line.unit_cents, line.numerator, line.denominator, line.discount_bp) == (10, 400, 18, 1, 500)


def test_what_is_given_back_is_a_credit_note_of_its_invoice(w):  # O Cooling-off
    order, a = bought(w, ANNUAL, 20, on(NOV_10))
    at = on(date(2026, 11, 12))
    returns.give_back(cart.lines(order)[0], 5, w.remi, at)
    jobs.run_due(at)
    made = Invoice.select().order_by(Invoice.id)
    assert [invoice.name for invoice in made] == ["2026-000001", "AV-2026-000001"]
    assert made[1].corrects == made[0]
    assert made[1].net_cents == -Line(1, from_cents(72000), 5 * 362, 20 * 365).net_cents  # three days used


def test_monthly_to_annual_is_billed_with_the_last_months_arrears(w):  # 000-41
    _, m = bought(w, MONTHLY, 10, on(NOV_10))
    ordered(w, Operation.CHANGE_TYPE, on(NOV_18), subscription=m, type=ANNUAL)
    run(NOV_18, date(2027, 2, 2))
    (invoice,) = Invoice.select()
    assert invoice.issued_on == date(2026, 12, 1)
    assert sorted(line.net_cents for line in invoices.lines_of(invoice)) == [2800, 36000]


def test_a_year_of_jobs_bills_every_period_once(w):  # issue 3: a year simulated day by day
    _, m = bought(w, MONTHLY, 10, on(NOV_10))
    _, a = bought(w, ANNUAL, 20, on(NOV_10))
    _, ends = bought(w, MONTHLY, 4, on(NOV_10))
    subscriptions.auto_renew(a, True, w.remi, on(NOV_10))
    subscriptions.remove_seats(m, 3, w.remi, on(NOV_18))  # from December on
    run(NOV_10, date(2027, 2, 14))
    subscriptions.cancel(ends, w.remi, on(date(2027, 2, 14)))  # to the end of February
    run(date(2027, 2, 15), date(2027, 6, 9), off={date(2027, 4, 1), date(2027, 4, 2)})
    ordered(w, Operation.ADD_SEATS, on(date(2027, 6, 10)), subscription=m, quantity=2)
    run(date(2027, 6, 10), date(2027, 12, 3), off=set(days(date(2027, 8, 20), date(2027, 9, 10))))

    assert not Charge.select().where(Charge.invoice.is_null()).exists()
    months = Counter(line.from_on.replace(day=1) for line in of(m))
    assert len(months) == 13 and months == Counter(dict.fromkeys(months, 1)) | Counter({date(2027, 6, 1): 2})
    expected = 2800 + 12 * 2800 + Line(2, from_cents(400), 21, 30).net_cents + 5 * 800
    assert sum(line.net_cents for line in of(m)) == expected
    assert [line.net_cents for line in of(ends)] == [1120, 1600, 1600, 1600]
    assert {month_of(line.from_on).to_on for line in of(ends)} == {line.to_on for line in of(ends)}
    assert [(line.from_on, line.net_cents) for line in of(a)] == [(NOV_10, 72000), (date(2027, 11, 10), 72000)]
    made = list(Invoice.select().order_by(Invoice.id))
    assert sum(invoice.net_cents for invoice in made) == sum(line.net_cents for line in Charge.select())
    assert invoices.missing_numbers() == [] and all(map(invoices.is_untouched, made))
    assert date(2027, 9, 11) in {invoice.issued_on for invoice in made}  # August, when it was on again
