"""Support requests: asked for a service, answered among the incidents (004-23 to 004-28)."""

import io
from datetime import date

import pytest

from lic.models import (
    Event,
    Incident,
    IncidentKind,
    Mail,
    Notification,
    Period,
    Product,
    ProductKind,
    Subscription,
    SubscriptionType,
    TechnicalAdministrator,
    Turn,
    User,
    tx,
)
from lic.rules import Refused, declarations, desks, files, incidents
from tests.conftest import NOON
from tests.incidents import TEXT, a_staged_file


def post(browser, url, data):
    return browser.post(url, data=data, content_type="multipart/form-data")


@pytest.fixture
def service(world):
    """A service of the direct customer, with a support path of its own."""
    with tx():
        product = Product.create(
            reference="EMM-STD",
            title={"en": "Mobility (EMM)"},
            kind=ProductKind.SUBSCRIPTION,
            is_service=True,
            support_route={"en": "Mobility support: 0800 000 000"},
        )
        return Subscription.create(
            **world.atelier.owner,
            number=7,
            holder=world.atelier,
            product=product,
            type=SubscriptionType.MONTHLY,
            starts_on=date(2026, 1, 1),
        )


def asked(service, **given):
    return {"kind": "information", "service": str(service.id), "title": "How?", "description": "To enrol"} | given


def test_support_is_asked_for_a_service_and_lives_among_the_incidents(world, visit, service):  # 004-23, 004-25, 004-28
    browser = visit(world.marc)
    page = browser.get("/support-requests/new").text
    assert "Type of resource" in page and "Mobility (EMM)" in page and "Mobility support: 0800 000 000" in page
    answer = post(browser, "/support-requests/new", asked(service, file=(io.BytesIO(TEXT), "a.log")))
    assert answer.location == "/incidents/26112201"
    made = Incident.get()
    assert (made.kind, made.subscription, made.customer) == (IncidentKind.INFORMATION, service, world.atelier)
    page = browser.get("/incidents/26112201").text
    assert "Technical information" in page and "a.log" in page and "Mobility (EMM)" in page
    assert "26112201" in visit(world.diane).get("/incidents?which=waiting").text
    assert {mail.user.identifier for mail in Mail.select()} == {"diane", "ines"}


def test_the_page_of_a_service_leads_to_a_request_about_it(world, visit, service):  # 004-23, 004-24, 004-27
    with tx():
        product = Product.create(
            reference="OFF", title={"en": "Office"}, kind=ProductKind.SUBSCRIPTION, is_service=True
        )
        values = {"holder": world.atelier, "type": SubscriptionType.MONTHLY, "starts_on": date(2026, 1, 1)}
        for number in (8, 9):
            Subscription.create(**world.atelier.owner, number=number, product=product, **values)
        month = {"type": SubscriptionType.MONTHLY, "starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}
        Period.create(**world.atelier.owner, subscription=service, **month)
    page = visit(world.marc).get("/subscriptions/7").text
    assert "/support-requests/new?service=7" in page and "Mobility support: 0800 000 000" in page
    assert "/support-requests/new" not in visit(world.jean).get("/subscriptions/7").text.partition("<main")[2]
    for asked, chosen in ((7, service.id), (9, Subscription.get(number=9).id)):
        page = visit(world.marc).get(f"/support-requests/new?service={asked}").text
        assert f'<option selected value="{chosen}">' in page and page.count("Mobility support: 0800 000 000") == 1
        assert f'-request-service-{asked}"' in page  # a draft of another page chooses nothing here
    assert visit(world.marc).get("/support-requests/new?service=x").status_code == 200


def test_a_service_with_people_of_its_own_is_routed_to_them(world, visit, service):  # 004-27
    with tx():
        product = service.product.again()
        desks.keep(product, [world.ines])
        office = Product.create(reference="OFF", title={"en": "Office"}, kind=ProductKind.SUBSCRIPTION, is_service=True)
        values = {"holder": world.atelier, "type": SubscriptionType.MONTHLY, "starts_on": date(2026, 1, 1)}
        other = Subscription.create(**world.atelier.owner, number=8, product=office, **values)
    post(visit(world.marc), "/support-requests/new", asked(service))
    assert {mail.user_id for mail in Mail.select()} == {world.ines.id}  # and nobody else is told of it
    assert {told.user_id for told in Notification.select()} == {world.ines.id}
    page = visit(world.marc).get("/incidents/26112201").text
    assert '<span class="person">Mobility support: 0800 000 000</span>' in page  # named above the box
    post(visit(world.marc), "/support-requests/new", asked(other))
    assert {mail.user_id for mail in Mail.select().where(Mail.id > 1)} == {world.diane.id, world.ines.id}
    queues = {who: visit(getattr(world, who)).get("/incidents?which=routed").text for who in ("ines", "diane")}
    assert "26112201" in queues["ines"] and "26112202" not in queues["ines"]
    assert "26112201" not in queues["diane"] and "26112202" not in queues["diane"]
    assert "26112201" in visit(world.diane).get("/incidents").text  # all of them see all of it
    post(visit(world.diane), "/incidents/26112201/messages/customer", {"customer-body": "I help"})
    post(visit(world.marc), "/incidents/26112201/messages/customer", {"customer-body": "Thank you"})
    told = Notification.select().join(Event).where(Event.kind == "incident.customer_message")
    assert {one.user_id for one in told} == {world.ines.id, world.diane.id, world.marc.id}  # who wrote takes part
    assert visit(world.marc).get("/incidents?which=routed").status_code == 400  # the distributor's own


def test_a_reseller_asks_the_people_of_a_service_for_its_customer(world, visit, service):  # 004-27, 002-46
    with tx():
        desks.keep(service.product.again(), [world.ines])
        mine = Subscription.create(
            **world.client.owner,
            number=9,
            holder=world.alpha,
            product=service.product,
            type=SubscriptionType.MONTHLY,
            starts_on=date(2026, 1, 1),
        )
    post(visit(world.claire), "/support-requests/new", asked(mine))
    post(visit(world.remi), "/incidents/26112201/messages/distributor", {"distributor-body": "Please help"})
    told = Notification.select().join(Event).where(Event.kind == "incident.distributor_message")
    assert [one.user_id for one in told] == [world.ines.id]
    pages = {name: visit(getattr(world, name)).get("/incidents/26112201").text for name in ("remi", "claire")}
    assert '<span class="person">Mobility support: 0800 000 000</span>' in pages["remi"]
    assert "Please help" not in pages["claire"] and '<span class="person">Rémi Durand</span>' in pages["claire"]


def test_whose_people_are_gone_every_administrator_answers(world, service):  # 004-27
    with tx():
        desks.keep(service.product, [world.ines])
        User.update(active=False).where(User.id == world.ines.id).execute()
    made = declarations.request(
        service, world.marc, NOON, kind=IncidentKind.INCIDENT, title="Down", description="It is."
    )
    assert incidents.people(made, Turn.DISTRIBUTOR) == [world.diane]


def test_only_who_may_answer_is_chosen_for_a_service(world, service):  # 004-27
    for user in (world.remi, world.marc, world.paul):
        with pytest.raises(Refused):
            desks.keep(service.product, [user])
    assert desks.of(service.product) == []


def test_no_service_is_chosen_for_the_person(world, visit, service):  # 004-24
    with tx():
        values = {"holder": world.atelier, "type": SubscriptionType.MONTHLY, "starts_on": date(2026, 1, 1)}
        Subscription.create(**world.atelier.owner, number=8, product=service.product, **values)
    page = visit(world.marc).get("/support-requests/new").text
    assert '<option value="">Choose…</option>' in page
    assert post(visit(world.marc), "/support-requests/new", asked(service) | {"service": ""}).status_code == 422
    assert "An incident on hardware is declared from its contract." in page


def test_the_answer_comes_in_the_portal_and_by_mail(world, visit, service):  # 004-26
    post(visit(world.marc), "/support-requests/new", asked(service))
    post(visit(world.diane), "/incidents/26112201/messages/customer", {"customer-body": "Like this"})
    assert "Like this" in visit(world.marc).get("/incidents/26112201").text
    assert Mail.get(Mail.letter == "incident_message").user == world.marc


@pytest.mark.parametrize("name, value", [("kind", "x"), ("service", "999"), ("title", ""), ("description", "")])
def test_a_wrong_request_says_so(world, visit, service, name, value):
    answer = post(visit(world.marc), "/support-requests/new", asked(service) | {name: value})
    assert answer.status_code == 422 and not Incident.select().exists()


def test_a_request_the_rules_refuse_keeps_what_was_typed(world, visit, service, monkeypatch):
    monkeypatch.setattr(files, "INCIDENT_LIMIT", 1)
    answer = post(visit(world.marc), "/support-requests/new", asked(service, uploads=a_staged_file(world.marc).id))
    assert answer.status_code == 422 and "MB together" in answer.text and "To enrol" in answer.text


def test_a_technical_administrator_asks_for_the_own_service(world, visit, service):  # screens.md, People
    assert visit(world.jean).get("/support-requests/new").status_code == 403
    with tx():
        TechnicalAdministrator.create(**world.atelier.owner, user=world.jean, subscription=service)
    assert post(visit(world.jean), "/support-requests/new", asked(service)).status_code == 303
    other = an_incident_of_another_service(world, service)
    assert post(visit(world.jean), "/incidents/26112201/messages/customer", {"customer-body": "x"}).status_code == 303
    assert post(visit(world.jean), f"/incidents/{other}/messages/customer", {"customer-body": "x"}).status_code == 403


def an_incident_of_another_service(world, service):
    with tx():
        other = Subscription.create(
            **world.atelier.owner,
            number=8,
            holder=world.atelier,
            product=service.product,
            type=SubscriptionType.MONTHLY,
            starts_on=date(2026, 1, 1),
        )
    values = {"kind": IncidentKind.INCIDENT, "title": "t", "description": "d"}
    return declarations.request(other, world.marc, NOON, **values).number


def test_who_has_no_service_is_told_where_to_go(world, visit):
    page = visit(world.claire).get("/support-requests/new").text
    assert "There is no service to ask about." in page and "/contracts" in page
