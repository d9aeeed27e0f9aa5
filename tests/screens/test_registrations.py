"""An end customer makes an account with a contract in hand (002-06, 002-07, 002-08, rules.md Q)."""

import pytest

from lic.models import (
    Article,
    Contract,
    Mail,
    Notification,
    Organisation,
    OrganisationKind,
    Registration,
    RegistrationState,
    User,
    UserType,
    tx,
)
from lic.rules import users
from lic.web import clock
from tests.conftest import a_contract
from tests.letters import letters, link_in, read
from tests.screens.conftest import with_password

PAUL = {
    "company": "Boulangerie Martin",
    "first_name": "Paule",
    "last_name": "Martin",
    "email": "paule@example.com",
    "phone": "04 72 00 00 00",
    "identifier": "paule.martin",
}
NOBODYS = {"contract": "24086", "serial": "WCC4M4LYXCFJ"} | PAUL  # of Alpha, without customer
CLIENTS = {"contract": "29962", "serial": "Q207B17555"} | PAUL  # of Client Test, which has users


def register(visit, asked):
    return visit().post("/registrations", data=asked)


def the_link(app, visit, asked):
    assert register(visit, asked).location == "/registrations/sent"
    return link_in(app, letters(letter="registration_confirm")[-1])


def confirm(app, visit, asked, **given):
    path = the_link(app, visit, asked)
    return visit().post(path, data={"identifier": asked["identifier"]} | given)


def test_resellers_are_told_whom_to_ask(world, visit):  # 002-08
    page = visit().get("/registrations").text
    assert "first contract" in page and "sales contact" in page and "0472" in page


def test_only_an_end_customer_makes_its_own_account(app, world, visit):  # 002-07
    assert "For end customers." in visit().get("/registrations").text
    confirm(app, visit, NOBODYS | {"kind": "reseller", "direct": "1", "organisation": world.alpha.id})
    made = User.get(User.identifier == "paule.martin").organisation
    assert (made.kind, made.direct, made.reseller) == (OrganisationKind.CUSTOMER, False, world.alpha)


# --- nothing tells a stranger whether a number exists --------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        NOBODYS,
        CLIENTS,
        NOBODYS | {"serial": "WRONG"},
        NOBODYS | {"contract": "999999"},
        NOBODYS | {"identifier": "remi"},  # taken
        NOBODYS | {"email": "remi@example.com"},
        NOBODYS | {"contract": "9" * 18},
    ],
)
def test_every_answer_is_the_same(world, visit, asked):
    answer, usual = register(visit, asked), register(visit, NOBODYS)
    assert (answer.status_code, answer.location, answer.data) == (usual.status_code, usual.location, usual.data)


@pytest.mark.parametrize("wrong", [{"serial": "WRONG"}, {"serial": "BETA1"}, {"contract": "999999"}, {"serial": "---"}])
def test_a_mail_goes_only_to_who_knows_both_numbers(world, visit, wrong):
    register(visit, NOBODYS | wrong)
    assert not Mail.select().exists()


@pytest.mark.parametrize("serial", ["WCC4M4LYXCFJ", "wcc4m4lyxcfj", " WCC4 M4LY-XCFJ ", "DISK-1"])
def test_any_serial_of_the_contract_will_do_however_it_is_typed(world, visit, serial):
    owner = {"reseller": world.alpha, "customer": None}
    with tx():
        Article.create(**owner, contract=world.nobodys, reference="ST1000", serial="DISK1", title="Disk")
    register(visit, NOBODYS | {"serial": serial})
    assert [mail.to for mail in letters()] == ["paule@example.com"]


def test_the_contract_of_a_cancelled_customer_makes_no_account(world, visit):
    with tx():
        Organisation.update(cancelled_at=clock.utcnow()).where(Organisation.id == world.client.id).execute()
    register(visit, CLIENTS)
    assert not Mail.select().exists()


def test_guessing_serials_of_a_contract_gets_slower(world, visit):
    for number in range(5):
        register(visit, NOBODYS | {"serial": f"GUESS{number}"})
    answer = register(visit, NOBODYS)
    assert answer.status_code == 429 and answer.headers["Retry-After"] and not Mail.select().exists()
    assert "Boulangerie Martin" in answer.text  # nothing typed is lost


@pytest.mark.parametrize(
    "bad",
    [
        {"contract": "abc"},
        {"contract": "-1"},
        {"contract": "9" * 30},
        {"contract": "²"},
        {"email": "paule"},
        {"email": "p@example.com\r\nBcc: x@example.com"},
        {"company": "x" * 300},
        {"first_name": ""},
        {"first_name": "Pa\u202eule"},
        {"identifier": "é"},
        {"phone": "call me"},
    ],
)
def test_bad_input_gets_a_message_and_nothing_is_lost(world, visit, bad):
    answer = register(visit, NOBODYS | bad)
    assert answer.status_code == 422 and "field__error" in answer.text and 'value="Martin"' in answer.text
    assert not Mail.select().exists()


# --- after the address is confirmed ---------------------------------------------------------------


def test_nothing_is_made_before_the_address_is_confirmed(app, world, visit):
    people, companies = User.select().count(), Organisation.select().count()
    path = the_link(app, visit, NOBODYS)
    for _ in range(2):
        page = visit().get(path).text
    assert "Paule Martin" in page and "24086" in page and 'value="paule.martin"' in page
    assert (User.select().count(), Organisation.select().count()) == (people, companies)


def test_a_contract_without_customer_makes_one_under_its_reseller(app, world, visit):
    answer = confirm(app, visit, NOBODYS)
    assert answer.status_code == 303 and answer.location.startswith("/invitations/")
    paule = User.get(User.identifier == "paule.martin")
    assert paule.type is UserType.ADMINISTRATOR and paule.email == "paule@example.com" and paule.language == "en"
    customer = paule.organisation
    assert (customer.name, customer.reseller_id, customer.country) == ("Boulangerie Martin", world.alpha.id, "FR")
    contract = world.nobodys.again()
    assert contract.customer_id == customer.id
    assert {article.customer_id for article in Article.select().where(Article.contract == contract)} == {customer.id}
    browser = visit()
    browser.post(answer.location, data={"password": "a brand new plum cake"})
    assert browser.get("/contracts/24086").status_code == 200
    assert browser.get("/contracts/29962").status_code == 404
    assert world.remi.id in {n.user_id for n in Notification.select()}  # the reseller hears of it
    assert world.anne.id not in {n.user_id for n in Notification.select()}


def test_a_name_a_customer_already_has_lets_nobody_into_it(app, world, visit):
    confirm(app, visit, NOBODYS | {"company": "Client Test"})
    paule = User.get(User.identifier == "paule.martin")
    assert paule.organisation_id != world.client.id and paule.organisation.name == "Client Test (24086)"


def test_a_customer_with_users_is_asked_and_the_person_waits(app, world, visit):
    with_password(world.claire)
    answer = confirm(app, visit, CLIENTS)
    assert answer.location == "/registrations/confirmations/waiting"
    assert "Client Test" not in visit().get(answer.location).text  # nor whose contract it is
    waiting = Registration.get(Registration.identifier == "paule.martin")
    assert (waiting.organisation_id, waiting.contract_number) == (world.client.id, 29962)
    assert {n.user_id for n in Notification.select()} == {world.claire.id}
    (asked,) = letters(letter="registration_asked")
    assert asked.to == "claire@example.com" and f"/registrations/{waiting.id}" in read(app, asked).body
    assert not User.select().where(User.identifier == "paule.martin").exists()


def test_a_customer_without_users_has_its_reseller_asked(app, world, visit):
    with_password(world.remi)
    with tx():
        lonely = Organisation.create(kind=world.client.kind, name="Seul", country="FR", reseller=world.alpha)
        a_contract(world.alpha, lonely, number=31000, serial="SEUL1")
    confirm(app, visit, PAUL | {"contract": "31000", "serial": "SEUL1"})
    assert {n.user_id for n in Notification.select()} == {world.remi.id}
    waiting = Registration.get(Registration.identifier == "paule.martin")
    visit(world.remi).post(f"/registrations/{waiting.id}/acceptance")
    paule = User.get(User.identifier == "paule.martin")
    assert paule.organisation_id == lonely.id and paule.type is UserType.ADMINISTRATOR  # the first one lets others in


def test_a_reseller_without_administrators_has_the_distributor_asked(app, world, visit):
    confirm(app, visit, CLIENTS)  # nobody of the cast has come yet
    assert {n.user_id for n in Notification.select()} == {world.diane.id, world.ines.id}


def test_asking_twice_waits_once(app, world, visit):
    confirm(app, visit, CLIENTS)
    confirm(app, visit, CLIENTS)
    assert Registration.select().where(Registration.email == "paule@example.com").count() == 1


def test_a_confirmation_works_once_and_for_48_hours(app, world, visit, later):
    path = the_link(app, visit, NOBODYS)
    assert visit().post(path, data={"identifier": "paule.martin"}).status_code == 303
    assert "already used" in visit().post(path, data={"identifier": "paule2"}).text
    other = the_link(app, visit, CLIENTS)
    later(hours=48, minutes=1)
    assert "expired" in visit().get(other).text


def test_a_username_that_is_taken_is_told_only_behind_the_mail(app, world, visit):
    path = the_link(app, visit, NOBODYS | {"identifier": "remi"})
    answer = visit().post(path, data={"identifier": "remi"})
    assert answer.status_code == 422 and "already taken" in answer.text
    assert visit().post(path, data={"identifier": "paule"}).status_code == 303


def test_nobody_asks_for_a_list_of_usernames(app, world, visit):
    path = the_link(app, visit, NOBODYS)
    for _ in range(10):
        assert visit().post(path, data={"identifier": "remi"}).status_code == 422
    answer = visit().post(path, data={"identifier": "remi"})
    assert "Too many attempts" in answer.text and "already taken" not in answer.text


def test_a_contract_given_away_meanwhile_has_its_new_owner_asked(app, world, visit):
    path = the_link(app, visit, NOBODYS)
    with tx():
        Contract.update(customer=world.client).where(Contract.id == world.nobodys.id).execute()
    assert visit().post(path, data={"identifier": "paule"}).location == "/registrations/confirmations/waiting"


# --- whoever is asked -----------------------------------------------------------------------------


@pytest.fixture
def asks(app, world, visit):
    with_password(world.claire)
    confirm(app, visit, CLIENTS)
    return Registration.get(Registration.identifier == "paule.martin")


def test_an_administrator_sees_who_asks_and_lets_the_person_in(app, world, visit, asks):
    claire = visit(world.claire)
    page = claire.get(f"/registrations/{asks.id}").text
    for said in ("Paule Martin", "paule@example.com", "29962", "Basic"):
        assert said in page
    assert claire.post(f"/registrations/{asks.id}/acceptance").status_code == 303
    paule = User.get(User.identifier == "paule.martin")
    assert (paule.organisation_id, paule.type, paule.language) == (world.client.id, UserType.BASIC, "en")
    browser = visit()
    path = link_in(app, letters(to="paule@example.com", letter="invitation")[0])
    browser.post(path, data={"password": "a brand new plum cake"})
    assert browser.get("/contracts").status_code == 200
    assert "already answered" in claire.get(f"/registrations/{asks.id}").text


def test_letting_somebody_in_asks_for_the_password_once_more(world, visit, later, asks):
    claire = visit(world.claire)
    later(minutes=16)
    answer = claire.post(f"/registrations/{asks.id}/acceptance")
    assert answer.status_code == 401 and "once more" in answer.text
    assert asks.again().state is RegistrationState.CONFIRMED


def test_an_administrator_refuses_and_the_person_hears_of_it(app, world, visit, asks):
    visit(world.claire).post(f"/registrations/{asks.id}/refusal")
    assert asks.again().state is RegistrationState.REFUSED
    (told,) = letters(letter="registration_refused")
    assert told.to == "paule@example.com" and "did not accept" in read(app, told).body
    assert not User.select().where(User.identifier == "paule.martin").exists()


def test_it_is_answered_once(world, visit, asks):
    visit(world.claire).post(f"/registrations/{asks.id}/refusal")
    answer = visit(world.remi).post(f"/registrations/{asks.id}/acceptance")
    assert answer.status_code == 422 and "already answered" in answer.text
    assert not User.select().where(User.identifier == "paule.martin").exists()


def test_a_username_taken_meanwhile_is_replaced_by_a_free_one(world, visit, asks):
    with tx():
        User.update(identifier="paule.martin").where(User.id == world.anne.id).execute()
    visit(world.claire).post(f"/registrations/{asks.id}/acceptance")
    assert User.get(User.email == "paule@example.com").identifier not in ("", "paule.martin")


def test_neighbours_and_basic_users_answer_nobody(world, visit, asks):  # X15
    for path in ("acceptance", "refusal"):
        assert visit(world.cleo).post(f"/registrations/{asks.id}/{path}").status_code == 403
        assert visit(world.anne).post(f"/registrations/{asks.id}/{path}").status_code == 404
    assert visit(world.anne).get(f"/registrations/{asks.id}").status_code == 404
    assert asks.again().state is RegistrationState.CONFIRMED
    assert users.why_not_identifier("paule.martin") is None
