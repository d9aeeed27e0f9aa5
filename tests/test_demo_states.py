"""What a list chooses and what a page says agree: every subscription of the demonstration, every viewer, every day."""

from datetime import date, timedelta

import pytest

from lic import demo, search
from lic.blueprints import subscriptions as screens
from lic.models import EVERYBODY, PriceList, Product, Scope, Setting, Subscription, SubscriptionType, User, scope, tx
from lic.rules import holdings, parameters, renewals, subscriptions
from lic.rules.calendar import Status, renewal_window
from lic.search.held import DEFAULTS
from lic.web import session
from tests.conftest import NOON, TODAY, a_portal, on, opened

DAYS = [TODAY + timedelta(days=number) for number in range(-200, 200)]
VIEWERS = ("distributeur", "revendeur", "parceiro", "client_test", "gestionnaire")


@pytest.fixture(scope="module")
def portal_of_the_day(portal, blank, tmp_path_factory):
    with opened(portal, a_portal(tmp_path_factory.mktemp("states"), blank)), scope(EVERYBODY):
        demo.load(0, NOON)
        yield


def seen_by(identifier):
    user = User.get(User.identifier == identifier)
    organisation = user.organisation
    if organisation.is_distributor:
        return EVERYBODY
    customer = organisation.id if organisation.is_customer else None
    return Scope(reseller=organisation.reseller_id if customer else organisation.id, customer=customer)


def chosen(asks, day):
    """The numbers a view of the list shows on a day."""
    return set(search.every(search.SUBSCRIPTIONS, search.Query(**asks(day), today=day)))


def opens(one, held, given, day):
    """Whether the page has its renewal button, but for who may press it: its days have come, and it still runs."""
    window = renewal_window(held.last.to_on, given.renew_window_days, given.grace_days)
    by_hand = one.base_id is None and not (one.type is SubscriptionType.MONTHLY and one.auto_renew)
    works = held.status(day, given.grace_days) in (Status.ACTIVE, Status.EXPIRING, Status.SCHEDULED)
    return by_hand and not held.cancelled and works and window.from_on <= day


def agree(viewer, days):
    with scope(seen_by(viewer)):
        mine = [(one, holdings.held(one), subscriptions.parameters(one)) for one in Subscription.select()]
        for day in days:
            states = [(one, held.status(day, given.grace_days)) for one, held, given in mine]
            ready = {one.number for one, held, given in mine if opens(one, held, given, day)}
            assert chosen(screens._ready, day) == ready, day
            assert chosen(screens._expired, day) == {one.number for one, now in states if now is Status.GRACE}, day
            there = {one.number for one, now in states if now.works or now is Status.SCHEDULED}
            assert chosen(screens._inventory, day) == there, day
        rows = search.SUBSCRIPTIONS.rows([one.number for one, *_ in mine], TODAY)
        for row, (one, held, given) in zip(rows, mine, strict=True):
            said = date.fromisoformat(row.starts), row.ends, row.grace_days, row.seats
            assert said == (held.first.from_on, held.last.to_on, given.grace_days, held.quantity(TODAY)), one.number


@pytest.mark.parametrize("viewer", VIEWERS)
def test_views_of_the_list_are_what_the_pages_say_over_four_hundred_days(portal_of_the_day, viewer):  # 003-14, 003-15
    agree(viewer, DAYS)


def test_some_are_ready_some_in_grace_and_more_so_with_thirty_days(portal_of_the_day):  # 003-28, OFF-ENT
    office = Subscription.select().join(Product).where(Product.reference == "OFF-ENT").get()
    end = holdings.held(office).last.to_on
    for late, there in ((1, True), (30, True), (31, False)):
        assert (office.number in chosen(screens._expired, end + timedelta(days=late))) == there
    assert chosen(screens._ready, TODAY) and chosen(screens._expired, TODAY)


def test_what_is_set_anew_reaches_the_lists_at_once(portal_of_the_day):  # rules.md P
    with tx():
        Subscription.update(parameters=None).execute()
        europe = PriceList.get(PriceList.name == "Europe")
        europe.parameters = {"grace_days": 45, "renew_window_days": 60}
        europe.save()
    agree("revendeur", DAYS[::7])
    with tx():
        Setting.create(name=parameters.SETTING, value={"grace_days": 3, "renew_window_days": 200})
        europe.parameters = {}
        europe.save()
    session._known.clear()
    agree("distributeur", DAYS[::7])
    with tx():
        dwa = Product.get(Product.reference == "IMP-DWA")
        dwa.parameters = {"grace_days": 5, "renew_window_days": 30}
        dwa.save()
    agree("revendeur", DAYS[::7])


def test_days_go_by_and_they_still_agree(portal_of_the_day):  # rules.md S
    for number in range(0, 120, 9):
        day = TODAY + timedelta(days=number)
        renewals.run(on(day))
        agree("distributeur", [day - timedelta(days=1), day, day + timedelta(days=1)])


def test_the_numbers_of_days_are_those_of_the_rules():
    assert {name: getattr(parameters.Parameters(), name) for name in DEFAULTS} == DEFAULTS
