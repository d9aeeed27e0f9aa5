"""Projects: made in two steps, their groups, and the lock while one of their orders waits."""

from datetime import date

import pytest

from lic.models import Event, Invoice, Operation, OrderLine, Plan, Project, Subscription, Terms
from lic.rules import cart, invoices, orders, projects, wishes
from tests.conftest import NOON, TODAY, refused
from tests.subscriptions import ANNUAL, MONTHLY, sold

FORM = {
    "name": "Client Test - impression",
    "tenant_name": "Client Test",
    "tenant_domain": "client-test.example",
    "tenant_country": "FR",
    "admin_first_name": "Claire",
    "admin_last_name": "Test",
    "admin_email": "claire@example.com",
    "admin_phone": "0123456789",
}


@pytest.fixture
def w(world):
    world.alpha.channel = "Print"
    world.alpha.save()
    return sold(world)


def made(w, **given):
    values = {"customer": w.client, "subscription_type": ANNUAL, "assurance_plan": Plan.STANDARD, "channel": "Print"}
    return projects.new(w.remi, NOON, **(values | FORM | given))


def placed(w, key="key"):
    terms = [row.id for row in Terms.select()]
    return orders.place(w.remi, NOON, key, terms, orders.totals(cart.of(w.remi)).seen)


def test_a_project_is_for_one_customer_of_one_type_and_plan(w):  # 000-04 to 000-08
    project = made(w)
    assert project.number == 20001 and project.customer == w.client and project.reseller == w.alpha
    assert refused(made, w, customer=w.voisin).rule == "000-04"
    assert refused(made, w, channel="Web").rule == "000-08"
    assert Event.select().where(Event.kind == "project.made").count() == 1


def test_the_description_alone_is_optional(w):  # 000-11
    assert made(w, description="").description == ""
    for name in FORM:
        assert refused(made, w, **{name: "  "}).rule == "000-11"
    assert refused(made, w, admin_email="nobody").rule == "000-10"
    assert Project.select().count() == 1


def test_without_a_channel_the_account_manager_is_named(w):  # 000-09
    w.alpha.channel, w.alpha.account_manager = None, w.ines
    w.alpha.save()
    w.remi = w.remi.again()
    assert refused(made, w).values["name"] == w.ines
    assert projects.channels(w.alpha) == []


def test_details_are_edited_by_the_buyer_s_administrators(w):  # 000-28
    project = projects.edit(made(w), w.remi, NOON, name="Impression", description="Two floors")
    assert (project.name, project.description, project.channel) == ("Impression", "Two floors", "Print")
    assert refused(projects.edit, project, w.lea, NOON, name="No").rule == "000-28"
    assert refused(projects.edit, project, w.anne, NOON, name="No").rule == "000-28"
    assert refused(projects.edit, project, w.remi, NOON, name="").rule == "000-11"


def test_groups_are_of_editions_offered_for_its_type(w):  # 000-13, 000-14
    project = made(w)
    assert projects.editions(project, TODAY) == [w.dwa, w.office]
    projects.add_group(project, w.dwa, w.remi, NOON)
    assert projects.editions(project, TODAY) == [w.office]
    assert [group.product for group in projects.groups(project)] == [w.dwa]
    assert refused(projects.add_group, project, w.cpm, w.remi, NOON).rule == "000-13"


def test_its_seats_come_with_its_type_its_plan_and_the_months_asked(w):  # 000-15, 000-16, 000-17
    project = made(w)
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, project=project, product=w.dwa, quantity=20, assurance_months=18)
    lines = cart.lines(cart.of(w.remi))
    assert [line.net_cents for line in lines] == [72000, 18000] and lines[1].product == w.plans[Plan.STANDARD]
    assert all(line.project == project for line in lines)


def test_a_waiting_order_locks_its_project_and_no_other(w):  # 000-25, X8
    project, other = made(w), made(w, name="Other")
    given = {"product": w.dwa, "quantity": 20}
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, project=project, **given)
    order = placed(w)
    why = wishes.why_not_add(w.remi, Operation.SUBSCRIBE, TODAY, project=project, **given)
    assert why.rule == "000-25" and why.values["number"] == order.number and projects.lock(project) == order
    assert wishes.why_not_add(w.remi, Operation.SUBSCRIBE, TODAY, project=other, **given) is None
    orders.reject(order, "Too many.", w.diane, NOON)
    assert wishes.why_not_add(w.remi, Operation.SUBSCRIBE, TODAY, project=project, **given) is None


def test_its_subscription_is_its_customer_s_and_stands_in_its_group(w):  # 000-12, 000-26
    project = made(w)
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, project=project, product=w.dwa, quantity=20)
    order = orders.approve(placed(w), w.diane, NOON)
    [group] = projects.groups(project)
    [subscription] = group.subscriptions
    assert subscription.customer == w.client and subscription.holder == w.alpha
    assert projects.orders_of(project) == [order]
    assert OrderLine.select().where(OrderLine.subscription == subscription.id).count() == 2


def test_modules_say_why_not_until_the_base_is_paid(w):  # 000-35, 000-36
    project = made(w)
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, project=project, product=w.dwa, quantity=20)
    orders.approve(placed(w), w.diane, NOON)
    base = Subscription.get()
    [(module, why)] = projects.modules_for(base, TODAY)
    assert module == w.cpm and why.rule == "000-35" and projects.with_paid_base(w.cpm, w.alpha) == []
    invoices.pay(Invoice.get(), TODAY, w.diane, NOON)
    assert projects.modules_for(base, TODAY) == [(w.cpm, None)]
    assert projects.with_paid_base(w.cpm, w.alpha) == [base]


def test_a_project_becomes_of_the_type_its_subscriptions_have(w):  # 000-06, 000-41
    from lic.rules import renewals
    from tests.conftest import on

    project = made(w, subscription_type=MONTHLY)
    given = {"product": w.office, "quantity": 5}
    wishes.add(Operation.SUBSCRIBE, w.remi, NOON, project=project, **given)
    orders.approve(placed(w), w.diane, NOON)
    base = Subscription.get()
    wishes.add(Operation.CHANGE_TYPE, w.remi, NOON, subscription=base, type=ANNUAL)
    orders.approve(placed(w, "second"), w.diane, NOON)
    renewals.run(on(date(2026, 12, 1)))
    assert project.again().subscription_type is ANNUAL
