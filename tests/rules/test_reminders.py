"""Reminders of the end: on the chosen days, one letter a person, once; never of what was renewed, cancelled or held."""

from datetime import date, timedelta

import pytest

from lic import jobs
from lic.mail import compose
from lic.models import Event, Mail, Notification, Operation, Reminder, Subscription, tx
from lic.rules import Refused, cart, orders, reminders, subscriptions, wishes
from tests.conftest import a_user, on
from tests.subscribed import approved, bought
from tests.subscriptions import MONTHLY, TERM, sold

END = date(2027, 3, 14)  # of Annual A


@pytest.fixture
def w(world):
    return sold(world)


@pytest.fixture
def annual_a(w):
    return bought(w, customer=w.client)


def day(offset):
    return on(END + timedelta(offset))


def letters():
    return list(Mail.select().where(Mail.letter == "renewals").order_by(Mail.id))


def told():
    return [(row.subscription.number, row.days, row.to) for row in Reminder.select().order_by(Reminder.id)]


def test_it_reminds_on_the_chosen_days_and_on_no_other(w, annual_a):  # O, Reminders
    sent = [offset for offset in range(-130, 15) if reminders.run(day(offset))]
    assert sent == [-90, -30, -7, 0, 5]
    assert [days for _, days, _ in told()] == sent


def test_each_sending_is_recorded_once_however_often_it_runs(w, annual_a):  # O
    for _ in range(3):
        reminders.run(day(-30))
    assert told() == [(annual_a.number, -30, "remi@example.com")]
    assert len(letters()) == 1
    event = Event.get(Event.kind == "subscription.reminded")
    assert event.after["to"] == ["remi@example.com"] and event.after["days"] == -30
    assert Notification.select().where(Notification.event == event.id).count() == 1
    [(row, mail)] = reminders.proofs(annual_a)
    assert row.message_id == mail.message_id == letters()[0].message_id


def test_one_letter_a_person_names_all_that_ends(w, annual_a):  # O, one digest per person
    other = bought(w, quantity=3, start=date(2026, 3, 16))
    second = a_user(w.alpha, "Nora Blanc")
    assert reminders.run(day(-29)) == 2  # the portal was off the day before
    assert {mail.to for mail in letters()} == {w.remi.email, second.email}
    for mail in letters():
        assert [row["number"] for row in mail.values["reminders"]] == [annual_a.number, other.number]


def test_the_letter_says_what_ends_and_when_in_its_readers_language(app, w, annual_a):
    with tx():
        w.remi.language = "en"
        w.remi.save()
    reminders.run(day(-30))
    letter = compose(app, letters()[0], day(-30))
    assert letter.subject == "1 subscription to renew"
    assert f"Subscription no. {annual_a.number}" in letter.body and "Client Test" in letter.body
    assert "It ends on 14/03/2027, in 30 days. It can be renewed until 24/03/2027." in letter.body
    assert f"/subscriptions/{annual_a.number}" in letter.body
    assert "EUR" not in letter.body and "€" not in letter.body


def test_a_neighbour_is_told_of_its_own_only(w, annual_a):  # closed access
    own = bought(w, by=w.anne)
    reminders.run(day(-7))
    assert sorted(told()) == sorted([(annual_a.number, -7, "remi@example.com"), (own.number, -7, w.anne.email)])


def test_nobody_is_reminded_of_what_was_renewed(w, annual_a):  # they stop when renewed
    wishes.add(Operation.RENEW, w.remi, day(-60), subscription=annual_a)
    approved(w, w.remi, day(-60))
    assert [offset for offset in range(-59, 11) if reminders.run(day(offset))] == []


def test_nobody_is_reminded_of_what_was_cancelled(w, annual_a):  # they stop when cancelled
    subscriptions.cancel(annual_a, w.remi, day(-10))
    assert [offset for offset in range(-9, 11) if reminders.run(day(offset))] == []


def test_nobody_is_reminded_while_an_order_for_it_waits(w, annual_a):
    wishes.add(Operation.RENEW, w.remi, day(-8), subscription=annual_a)
    accepted, seen = [1, 2], orders.totals(cart.of(w.remi)).seen
    order = orders.place(w.remi, day(-8), "renewal", accepted, seen)
    assert reminders.run(day(-7)) == 0
    orders.reject(order, "Not like this.", w.diane, day(-6))
    assert reminders.run(day(-6)) == 1


def test_reminders_on_hold_are_sent_again_once_resumed(w, annual_a):  # hold and resume
    reminders.hold(annual_a, w.remi, day(-40))
    assert reminders.run(day(-30)) == 0
    with pytest.raises(Refused):
        reminders.hold(annual_a, w.remi, day(-20))
    reminders.resume(annual_a, w.diane, day(-20))  # the distributor's administrators may too
    assert reminders.run(day(-20)) == 0  # the day that was missed on purpose stays missed
    assert reminders.run(day(-7)) == 1
    with pytest.raises(Refused):
        reminders.resume(annual_a, w.remi, day(-6))


@pytest.mark.parametrize("who", ["lea", "anne", "claire", "paul"])
def test_only_its_buyer_and_the_distributor_hold_reminders(w, annual_a, who):  # 003-17
    with pytest.raises(Refused):
        reminders.hold(annual_a, getattr(w, who), day(-40))
    assert not annual_a.again().reminders_held


def test_what_renews_itself_or_is_renewed_elsewhere_is_left_alone(w, annual_a):  # 000-38, 003-13
    bought(w, MONTHLY, start=date(2026, 3, 16))
    elsewhere = bought(w, start=date(2026, 3, 17))
    with tx():
        elsewhere.sold_by = "Somebody"
        elsewhere.save()
    subscriptions.auto_renew(annual_a, True, w.remi, day(-100))
    assert [offset for offset in range(-100, 1) if reminders.run(day(offset))] == []


def test_a_reminder_comes_late_after_a_downtime_but_never_long_after_its_day(w, annual_a):
    assert reminders.run(day(-87)) == 1
    assert told()[0][1] == -90
    assert reminders.run(day(-23)) == 0  # too late for -30; the next is on -7
    assert reminders.run(day(-7)) == 1


def test_a_short_term_is_not_reminded_of_days_before_it_began(w):
    begun = END - timedelta(58)
    bought(w, TERM, months=2, start=begun)
    for offset in range(80):
        reminders.run(on(begun + timedelta(offset)))
    assert [days for _, days, _ in told()] == [-30, -7, 0, 5]


def test_lapsed_without_days_of_grace_there_is_no_reminder_after_the_end(w, annual_a):  # 003-18
    with tx():
        Subscription.update(parameters={"grace_days": 3}).execute()  # as it was ordered
    assert [offset for offset in range(15) if reminders.run(day(offset))] == [0]


def test_a_price_list_has_days_of_its_own(w, annual_a):  # P, reminders
    with tx():
        w.europe.parameters = {"reminders": [-45]}
        w.europe.save()
    assert [offset for offset in range(-130, 15) if reminders.run(day(offset))] == [-45]


def test_the_job_of_the_day_reminds_after_what_renews_itself_was_renewed(w, annual_a):
    names = list(jobs.JOBS)
    assert names.index("move_subscriptions") < names.index("remind")
    jobs.run_due(day(-30))
    jobs.run_due(day(-30))
    assert len(letters()) == 1 and Subscription.select().count() == 1
