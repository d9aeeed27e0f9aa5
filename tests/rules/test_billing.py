"""Every period is billed exactly once and to the cent (rules.md O Monthly billing, R4, R8, Q Invoices, X1, X2)."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lic import jobs
from lic.checks import problems
from lic.models import EVERYBODY, Charge, Event, Invoice, InvoiceKind, JobRun, Mail, Number, db, scope, tx
from lic.rules import Refused, arrears, billing, charges, invoices, pricing, stock
from lic.rules.calendar import month_of
from lic.rules.pricing import Line, from_cents
from lic.schema import base
from tests.billing import a_month, a_monthly, a_seat_product, add_seats, an_order_line, ordered
from tests.conftest import NOON, TODAY, on

NOV_10, NOV_18, DEC_1 = date(2026, 11, 10), date(2026, 11, 18), date(2026, 12, 1)


def amounts(invoice):
    return invoice.net_cents, invoice.vat_cents, invoice.gross_cents


def of_the_run(world, day):
    """The invoice of the run of a day, and its lines."""
    (invoice,) = billing.run(on(day))
    return invoice, invoices.lines_of(invoice)


# --- the examples --------------------------------------------------------------------------------


def test_a_month_begun_is_billed_by_day_on_the_first(world):  # X1
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    invoice, (line,) = of_the_run(world, DEC_1)
    assert (line.net_cents, line.numerator, line.denominator, line.quantity, line.unit_cents) == (2800, 21, 30, 10, 400)
    assert (line.from_on, line.to_on) == (NOV_10, date(2026, 11, 30))
    assert (invoice.name, invoice.issued_on, invoice.net_cents) == ("2026-000001", DEC_1, 2800)


def test_seats_added_within_the_month_are_a_line_of_their_own(world):  # X2, 000-40
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400), (NOV_18, None, 5, 400)])
    invoice, lines = of_the_run(world, DEC_1)
    assert [line.net_cents for line in lines] == [2800, 867]
    assert (lines[1].numerator, lines[1].denominator) == (13, 30)
    assert amounts(invoice) == (3667, 733, 4400)


def test_nothing_is_billed_before_the_month_is_over(world):  # 000-38
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    assert billing.run(on(date(2026, 11, 30))) == []
    assert not Charge.select().exists()


def test_vat_is_computed_on_the_sum_of_the_lines(world):  # R4
    for number in range(3):
        a_monthly(world.alpha, NOV_10, [(NOV_10, None, 1, 5)], number=600 + number)  # 3.5 cents each, rounded up
    invoice, lines = of_the_run(world, DEC_1)
    assert [line.net_cents for line in lines] == [4, 4, 4]
    assert amounts(invoice) == (12, 2, 14)  # 2.4: by line it would have been 3


# --- exactly once --------------------------------------------------------------------------------


def test_running_it_twice_bills_once(world):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    assert len(billing.run(on(DEC_1))) == 1
    assert billing.run(on(DEC_1)) == [] == billing.run(on(DEC_1, hour=20)) == billing.run(on(date(2026, 12, 2)))


def test_two_runs_at_once_bill_once(world, app):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    made = []

    def run():
        db.connect(reuse_if_open=True)
        with scope(EVERYBODY):
            made.extend(billing.run(on(DEC_1)))
        db.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 == Invoice.select().count()


def test_after_days_of_downtime_every_month_is_billed_once(world):
    subscription = a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    a_month(subscription, DEC_1)
    a_month(subscription, date(2027, 1, 1))
    invoice, lines = of_the_run(world, date(2027, 2, 9))
    assert [line.net_cents for line in lines] == [2800, 4000, 4000]
    assert (invoice.issued_on, invoice.name) == (date(2027, 2, 9), "2027-000001")  # never dated back
    assert billing.run(on(date(2027, 2, 10))) == []


def test_what_failed_half_way_goes_on_where_it_stopped(world, monkeypatch):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)], number=1)
    a_monthly(world.beta, NOV_10, [(NOV_10, None, 10, 400)], number=2)
    really, made = billing._make, []

    def breaks(*given):
        if made:
            raise SystemExit("the power went")
        made.append(really(*given))
        return made[-1]

    monkeypatch.setattr(billing, "_make", breaks)
    with pytest.raises(SystemExit):
        billing.run(on(DEC_1))
    monkeypatch.undo()
    (second,) = billing.run(on(DEC_1))
    assert {made[0].bill_to, second.bill_to} == {world.alpha, world.beta}
    assert {made[0].name, second.name} == {"2026-000001", "2026-000002"}


def test_somebody_who_writes_between_two_buyers_does_not_stop_the_run(world, monkeypatch):
    """No list of buyers is still being read when an invoice is written: SQLite would say it is locked."""
    for number, buyer in enumerate((world.alpha, world.beta, world.atelier)):
        a_monthly(buyer, NOV_10, [(NOV_10, None, 10, 400)], number=number)

    def write():
        db.connect(reuse_if_open=True)
        with tx(counts=False):
            Number.insert(series="another", last=1).on_conflict_ignore().execute()
            Number.update(last=Number.last + 1).where(Number.series == "another").execute()
        db.close()

    def somebody_writes():  # as the thread of the mails does after each commit
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    monkeypatch.setattr(base, "_listeners", [somebody_writes])
    assert len(billing.run(on(DEC_1))) == 3


def test_the_job_bills_on_the_business_date(app, world):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    jobs.run_due(on(date(2026, 11, 30)))
    assert not Invoice.select().exists()
    jobs.run_due(on(DEC_1))
    jobs.run_due(on(DEC_1, hour=23))
    assert JobRun.select().where(JobRun.job == "bill", JobRun.on == DEC_1).count() == 1
    assert Invoice.select().count() == 1


def test_a_year_day_by_day_bills_every_period_exactly_once_and_to_the_cent(world):
    """Stock bought and given back, seats added, one that ends, one that another sold; some days the portal is off."""
    start = date(2026, 12, 5)
    bought = on(start, 10)
    order = ordered(world.remi, world.completo, 20, bought, world.diane)  # 20 paid, 2 free, 24.90 a month, 60.00 once
    going = a_monthly(world.alpha, date(2026, 12, 10), [(date(2026, 12, 10), None, 10, 400)], number=1)
    ends = a_monthly(world.alpha, date(2026, 12, 1), [(date(2026, 12, 1), None, 3, 250)], number=2)
    a_monthly(world.alpha, date(2026, 12, 1), [(date(2026, 12, 1), None, 7, 400)], number=3, sold_by="Another")
    off = {date(2027, 3, 1), date(2027, 3, 2), date(2027, 3, 3), date(2027, 8, 1)}
    day, made = start, []
    while day <= date(2027, 12, 5):
        if day.day == 1:
            a_month(going, day)
            if day <= date(2027, 4, 1):
                a_month(ends, day)
        if day == date(2027, 5, 20):
            add_seats(going, day, 4, 450)
        if day == date(2027, 6, 15):
            stock.give_back(world.alpha, world.completo, 5, world.remi, on(day))
        if day not in off:
            made += billing.run(on(day))
            made += billing.run(on(day, 23)) if day.day % 7 == 1 else []
        day += timedelta(1)
    lines = list(Charge.select().order_by(Charge.id))
    assert all(line.invoice_id for line in lines)

    licences = {line.from_on: line for line in lines if line.kind == "licences"}
    assert len(licences) == 12 and sum(line.kind == "licences" for line in lines) == 12
    assert licences[start].net_cents == 43374  # 20 × 24.90 × 27 / 31 = 433.74…
    for first, line in licences.items():
        paid = 20 if first <= date(2027, 6, 1) else 15
        month = month_of(first)
        expected = Line(paid, Decimal("24.90"), (month.to_on - first).days + 1, month.days).net_cents
        assert (line.quantity, line.net_cents, line.to_on) == (paid, expected, month.to_on)
        assert line.order_line.order == order

    mine = [line for line in lines if line.subscription == going]
    months = {line.from_on.replace(day=1) for line in mine}
    assert months == {date(2026, 12, 1), *(date(2027, month, 1) for month in range(1, 12))}
    assert sum(line.net_cents for line in mine) == 2839 + 11 * 4000 + 697 + 6 * 1800  # 22/31 of 40; 12/31 of 18
    assert sum(line.net_cents for line in lines if line.subscription == ends) == 5 * 750
    assert sum(i.net_cents for i in Invoice.select()) == sum(line.net_cents for line in lines)
    assert [i.name for i in Invoice.select().where(Invoice.year == 2027).order_by(Invoice.id)] == [
        f"2027-{number:06d}" for number in range(1, 13)
    ]
    assert invoices.missing_numbers() == [] and all(map(invoices.is_untouched, Invoice.select()))
    march = [i for i in Invoice.select() if i.issued_on == date(2027, 3, 4)]
    assert len(march) == 1 and {line.to_on for line in invoices.lines_of(march[0])} == {date(2027, 2, 28)}


# --- at an approval ------------------------------------------------------------------------------


def test_an_approval_bills_the_set_up_at_once_and_the_month_on_the_first(world):  # rules.md O, Licences in stock
    order = ordered(world.remi, world.completo, 10, NOON, world.diane)
    (invoice,) = Invoice.select()
    assert (invoice.order, invoice.issued_on, invoice.due_on) == (order, TODAY, TODAY + timedelta(30))
    assert amounts(invoice) == (60000, 12000, 72000)
    run, (line,) = of_the_run(world, DEC_1)
    assert (line.kind, line.quantity, line.net_cents) == ("licences", 10, 7470)  # 9 of 30 days; the bonus is free
    assert (run.name, run.order) == ("2026-000002", None)


def test_an_approval_that_fails_bills_nothing(world, monkeypatch):
    monkeypatch.setattr(stock, "purchase", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ordered(world.remi, world.completo, 10, NOON, world.diane)
    assert not Charge.select().exists() and not Invoice.select().exists()


def test_licences_given_back_are_billed_to_the_end_of_the_month(world):
    ordered(world.remi, world.completo, 10, NOON, world.diane)
    stock.give_back(world.alpha, world.completo, 11, world.remi, NOON)
    assert [line.kind for line in of_the_run(world, DEC_1)[1]] == ["licences"]
    assert billing.run(on(date(2027, 1, 1))) == []


def test_a_bonus_is_never_billed(world):  # 001-19
    ordered(world.remi, world.completo, 10, NOON, world.diane)
    stock.give_back(world.alpha, world.completo, 10, world.remi, NOON)  # the bonus stays
    billing.run(on(DEC_1))
    assert stock.balance(world.alpha, world.completo) == 1
    assert billing.run(on(date(2027, 1, 1))) == []


def test_this_month_so_far_is_known_and_not_charged(world):  # 004-22
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    a_monthly(world.beta, NOV_10, [(NOV_10, None, 1, 400)], number=501)
    (owed,) = arrears.expected(world.alpha, TODAY)
    assert owed.net_cents == 2800
    assert not Charge.select().exists()


def test_a_free_first_month_costs_nothing_and_makes_no_invoice(world):  # rules.md P, monthly_first
    world.europe.parameters = {"monthly_first": "free"}
    world.europe.save()
    subscription = a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    assert billing.run(on(DEC_1)) == []
    a_month(subscription, DEC_1)
    _, lines = of_the_run(world, date(2027, 1, 1))
    assert [line.net_cents for line in lines] == [0, 4000]  # told with the next one


# --- what is given back ----------------------------------------------------------------------------


def paid_year(world, at=NOON, net=7200):
    """An annual charge of twenty seats, invoiced."""
    line = an_order_line(world.alpha, a_seat_product(), world.remi, 900)
    year = Line(20, from_cents(net // 20), from_on=at.day, to_on=date(2027, 11, 21))
    given = {"source_kind": "order_line", "source": line.id, "kind": "seats", "currency": "EUR", "order_line": line}
    with tx():
        charge = charges.write(world.alpha, year, label=line.product.title, tax_rate_bp=2000, at=at, **given)
        (invoice,) = billing.run(at)
    return charge.again(), invoice


def test_a_refund_is_a_credit_note_of_its_invoice(world):  # O Cooling-off, R8
    charge, invoice = paid_year(world)
    at = on(date(2026, 11, 25))
    back = pricing.refund(charges.line_of(charge), 5, at.day)
    charges.refund(charge, back, at)
    (credit,) = billing.run(at)
    assert (credit.name, credit.kind, credit.corrects) == ("AV-2026-000001", InvoiceKind.CREDIT_NOTE, invoice)
    assert credit.net_cents == -back.net_cents == -1780  # 72.00 × 5/20 × 361/365
    assert credit.due_on is None and credit.gross_cents == credit.net_cents + credit.vat_cents
    assert charges.refunded(charge) == back.net
    assert invoices.corrections(invoice) == [credit] and billing.run(at) == []


def test_a_refund_that_only_names_its_order_line_finds_its_invoice(world):
    charge, invoice = paid_year(world)
    back = Line(1, Decimal("-17.80"), from_on=TODAY, to_on=charge.to_on)
    given = {"source_kind": "order_line", "source": charge.source, "kind": "refund", "currency": "EUR"}
    with tx():
        charges.write(
            world.alpha, back, label=charge.label, tax_rate_bp=2000, at=NOON, order_line=charge.order_line, **given
        )
    (credit,) = billing.run(NOON)
    assert credit.corrects == invoice and credit.net_cents == -1780


def test_numbers_are_gapless_in_each_year_and_series(world):  # R8
    charge, _ = paid_year(world)
    for seats in (1, 2):
        charges.refund(charge, pricing.refund(charges.line_of(charge), seats, TODAY, charges.refunded(charge)), NOON)
        billing.run(NOON)
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    billing.run(on(date(2027, 1, 1)))
    names = [invoice.name for invoice in Invoice.select().order_by(Invoice.id)]
    assert names == ["2026-000001", "AV-2026-000001", "AV-2026-000002", "2027-000001"]
    assert invoices.missing_numbers() == []


# --- where others issue the fiscal document --------------------------------------------------------


def test_a_brazilian_buyer_gets_an_order_summary_with_numbers_of_its_own(world):  # Q, Brazil
    world.alpha.country, world.alpha.tax_rate_bp = "BR", None
    world.alpha.save()
    ordered(world.remi.again(), world.completo, 10, NOON, world.diane)
    (summary,) = Invoice.select()
    assert (summary.kind, summary.name) == (InvoiceKind.SUMMARY, "RP-2026-000001")
    assert amounts(summary) == (60000, 0, 60000)
    assert not summary.kind.is_fiscal


# --- paid, certified, proved -----------------------------------------------------------------------


def test_the_distributor_says_when_it_was_paid(world):
    _, invoice = paid_year(world)
    paid = invoices.pay(invoice, TODAY, world.diane, on(date(2026, 11, 25)))
    assert (paid.paid_on, paid.paid_by) == (TODAY, world.diane)
    assert "2026" in str(invoices.why_not_pay(paid, TODAY, TODAY).values["day"])
    assert invoices.unpay(paid, world.diane, NOON).paid_on is None
    kinds = [event.kind for event in Event.select().where(Event.subject_kind == "invoice")]
    assert kinds == ["invoice.issued", "invoice.paid", "invoice.unpaid"]


@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2026, 11, 23), None], ids=str)
def test_it_is_paid_neither_before_it_was_issued_nor_tomorrow(world, day):
    _, invoice = paid_year(world)
    with pytest.raises(Refused):
        invoices.pay(invoice, day, world.diane, NOON)


def test_a_credit_note_is_not_paid(world):
    charge, _ = paid_year(world)
    charges.refund(charge, pricing.refund(charges.line_of(charge), 5, TODAY), NOON)
    (credit,) = billing.run(NOON)
    with pytest.raises(Refused):
        invoices.pay(credit, TODAY, world.diane, NOON)


def test_its_administrators_are_told_of_the_run_once(world):
    a_monthly(world.alpha, NOV_10, [(NOV_10, None, 10, 400)])
    billing.run(on(DEC_1))
    assert [mail.user for mail in Mail.select()] == [world.remi]


def test_a_row_changed_behind_our_back_is_noticed(app, world):  # safety.md 18
    charge, invoice = paid_year(world)
    settings = app.config["SETTINGS"]
    assert problems(settings) == []
    Charge.update(net_cents=1).where(Charge.id == charge.id).execute()
    assert problems(settings) == [f"invoice {invoice.name} was changed after it was issued"]
    for number, missing in (
        (2, "invoice 2026-000001 is missing"),
        (7_000_000, "invoices 2026-000001 to 2026-6999999 are missing"),  # a line, not seven million
    ):
        with tx():
            Charge.update(invoice=None).execute()
            invoice.number = number
            invoice.save()
        assert missing in problems(settings)


def test_a_customers_later_name_does_not_reach_an_invoice(world):
    _, invoice = paid_year(world)
    world.alpha.name = "Alpha Neuve"
    world.alpha.save()
    again = invoice.again()
    assert again.details["buyer"]["name"] == "Alpha" and invoices.is_untouched(again)


def test_only_the_buyer_and_the_distributor_see_it(world):  # Q: a reseller's customer never sees a price
    paid_year(world)
    for user, sees in ((world.remi, 1), (world.diane, 1), (world.anne, 0), (world.claire, 0), (world.marc, 0)):
        with scope(user.organisation.scope):
            assert Invoice.select().count() == sees == Charge.select().count()
