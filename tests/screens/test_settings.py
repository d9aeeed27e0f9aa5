"""Settings: one's own profile, the company, its users and its addresses (002-55 to 002-62, 004-01)."""

import re
import threading

import pytest

from lic import mail
from lic.models import EVERYBODY, Address, Event, Mail, SignIn, User, UserType, db, scope, tx
from lic.rules import Refused, passwords, profiles, users
from tests.conftest import NOON, a_user

PASSWORD = "quatre mots bien rangés"
PROFILE = {
    "first_name": "Rémi", "last_name": "Durand", "email": "remi@example.com", "phone": "01 23 45 67 89",
    "identifier": "remi", "language": "en", "theme": "dark",
}  # fmt: skip
USER = {
    "first_name": "Lucas", "last_name": "Petit", "type": "basic", "phone": "", "email": "lucas@example.com",
    "identifier": "l.petit", "may_declare": "y",
}  # fmt: skip
ADDRESS = {
    "label": "Adresse principale", "street": "123 rue des tests", "complement": "", "district": "",
    "city": "Lyon", "region": "", "postcode": "69001", "country": "FR",
    "email": "ici@example.com", "phone": "0123456789",
}  # fmt: skip
COMPANY = {
    "name": "Alpha SARL", "email": "alpha@example.com", "phone": "0123456789", "country": "FR",
    "tax_number": "552 100 554", "language": "fr",
}  # fmt: skip


@pytest.fixture
def known(world):
    """Everybody of the cast has accepted the invitation."""
    kept = passwords.hashed(PASSWORD)
    with tx():
        User.update(password=kept).execute()
    return world


@pytest.mark.parametrize("tab", ["profile", "company", "users", "addresses"])
@pytest.mark.parametrize("who", ["remi", "lea", "diane", "paul", "claire", "cleo", "marc", "jean"])
def test_every_tab_opens_for_everybody(visit, world, tab, who):  # 002-55
    answer = visit(getattr(world, who)).get(f"/settings/{tab}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


# --- the profile -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["remi", "lea"])
def test_everybody_changes_the_own_profile(visit, known, who):  # 002-56, 004-01
    person = getattr(known, who)
    given = PROFILE | {"identifier": person.identifier, "email": person.email, "first_name": "Renée"}
    assert visit(person).post("/settings/profile", data=given).status_code == 303
    person = person.again()
    assert (person.first_name, person.theme, person.phone) == ("Renée", "dark", "01 23 45 67 89")


@pytest.mark.parametrize(
    "tab, fields",
    [
        ("profile", ["Prénom *", "Nom *", "Email *", "Téléphone", "Identifiant *"]),  # 002-56
        ("company", ["Nom / Raison sociale *", "Email *", "Téléphone *"]),  # 002-57
        ("users/new", ["Prénom *", "Nom *", "Type *", "Téléphone", "Email *", "Identifiant *"]),  # 002-61
    ],
)
def test_the_forms_ask_what_the_manual_asks(visit, known, tab, fields):
    with tx():
        known.remi.language = "fr"
        known.remi.save()
    main = visit(known.remi).get(f"/settings/{tab}").text.partition("<main")[2]
    labels = [re.sub(r"<[^>]+>", "", label).strip() for label in re.findall(r"<label for=.*?</label>", main)]
    assert labels[: len(fields)] == fields
    assert ("Enregistrer</button>" if tab == "users/new" else "Enregistrer les modifications</button>") in main


def test_a_profile_cannot_be_used_to_become_an_administrator(visit, known):  # X15
    given = PROFILE | {"identifier": "lea", "email": "lea@example.com", "type": "administrator", "may_declare": "y"}
    visit(known.lea).post("/settings/profile", data=given)
    lea = known.lea.again()
    assert lea.type is UserType.BASIC and not lea.may_declare


def test_a_new_identifier_needs_the_password_and_nothing_typed_is_lost(visit, known):  # 004-01
    browser = visit(known.remi)
    answer = browser.post("/settings/profile", data=PROFILE | {"identifier": "remi.durand"})
    assert answer.status_code == 422 and "not your current password" in answer.text and "remi.durand" in answer.text
    given = PROFILE | {"identifier": "remi.durand", "current_password": PASSWORD}
    assert browser.post("/settings/profile", data=given).status_code == 303
    assert known.remi.again().identifier == "remi.durand"
    assert browser.get("/settings/profile").status_code == 200  # the session that asked stays


def test_a_new_address_counts_once_its_link_is_followed(app, visit, known):  # 004-01
    browser = visit(known.remi)
    given = PROFILE | {"email": "new@example.com", "current_password": PASSWORD}
    browser.post("/settings/profile", data=given)
    assert known.remi.again().email == "remi@example.com"
    sent = {letter.letter: letter for letter in Mail.select()}
    assert sent["email_asked"].to == "remi@example.com" and sent["email_confirmation"].to == "new@example.com"

    body = mail.compose(app, sent["email_confirmation"], NOON).body
    path = re.search(r"http://localhost(/settings/profile/email/\S+)", body).group(1)
    stranger = visit()
    assert "new@example.com" in stranger.get(path).text
    assert known.remi.again().email == "remi@example.com"  # looking changes nothing
    assert stranger.post(path).status_code == 303
    assert known.remi.again().email == "new@example.com"
    assert Mail.get(Mail.letter == "email_changed").to == "remi@example.com"
    assert stranger.post(path).status_code == 410  # once


def test_one_changes_the_own_password_knowing_the_old_one(visit, known):  # 004-01
    browser, elsewhere = visit(known.lea), SignIn.select().where(SignIn.user == known.lea)
    wrong = {"current": "guess", "new": "encore quatre mots longs"}
    assert "not your current password" in browser.post("/settings/password", data=wrong).text
    short = {"current": PASSWORD, "new": "court"}
    assert "At least 12" in browser.post("/settings/password", data=short).text
    with tx():
        SignIn.create(user=known.lea, sha256="other", made_at=NOON.utc, seen_at=NOON.utc, fresh_at=NOON.utc)
    right = {"current": PASSWORD, "new": "encore quatre mots longs"}
    assert browser.post("/settings/password", data=right).status_code == 303
    assert passwords.is_right(known.lea.again().password, right["new"])
    assert "other" not in [row.sha256 for row in elsewhere]


# --- the company -------------------------------------------------------------------------------


def test_an_administrator_changes_the_company(visit, world):  # 002-57
    browser = visit(world.remi)
    assert browser.post("/settings/company", data=COMPANY).status_code == 303
    assert world.alpha.again().tax_number == "552100554"
    assert "552 100 554" in browser.get("/settings/company").text
    event = Event.get(Event.kind == "organisation.changed")
    assert (event.before["name"], event.after["name"]) == ("Alpha", "Alpha SARL")


@pytest.mark.parametrize(
    "wrong",
    [
        {"tax_number": "552100555"}, {"name": ""}, {"name": "x" * 300}, {"name": "a\nb"}, {"name": "a\u202eb"},
        {"email": "x@y"}, {"phone": "call me"}, {"country": "ZZ"}, {"language": "de"}, {"tax_number": "9" * 300},
    ],
)  # fmt: skip
def test_what_a_company_cannot_be_is_said_under_its_field(visit, world, wrong):
    answer = visit(world.remi).post("/settings/company", data=COMPANY | wrong)
    assert answer.status_code == 422 and "field__error" in answer.text
    assert world.alpha.again().name == "Alpha"


def test_a_name_may_be_in_any_script(visit, world):
    for name in ("Société Générale d’Été", "شركة ألفا", "株式会社アルファ", "Alpha 🚀"):
        assert visit(world.remi).post("/settings/company", data=COMPANY | {"name": name}).status_code == 303
        assert name in visit(world.remi).get("/settings/company").text


def test_a_kind_of_company_cannot_be_changed_by_a_form(visit, world):
    visit(world.remi).post("/settings/company", data=COMPANY | {"kind": "distributor", "price_list": world.brasil.id})
    alpha = world.alpha.again()
    assert alpha.is_reseller and alpha.price_list == world.europe


# --- users -------------------------------------------------------------------------------------


def test_a_new_user_is_invited_by_mail(visit, world):  # 002-59, 002-61, 004-13
    assert visit(world.remi).post("/settings/users/new", data=USER).status_code == 303
    lucas = User.get(User.identifier == "l.petit")
    assert lucas.organisation == world.alpha and lucas.type is UserType.BASIC and lucas.may_declare
    assert lucas.password is None
    assert [letter.to for letter in Mail.select().where(Mail.letter == "invitation")] == ["lucas@example.com"]
    listed = visit(world.remi).get("/settings/users").text
    assert "l.petit" in listed and "Invited" in listed and "Basic, incidents" in listed


def test_a_taken_identifier_is_refused_whatever_its_case_and_a_free_one_is_named(visit, world):  # 002-61
    with tx():
        a_user(world.beta, "Lou Petit", identifier="L.Petit", email="lou@example.com")
    answer = visit(world.remi).post("/settings/users/new", data=USER)
    assert answer.status_code == 422 and "lu.petit" in answer.text
    assert User.select().where(User.organisation == world.alpha).count() == 2


def test_the_form_sent_twice_makes_one_user(visit, world):
    browser = visit(world.remi)
    codes = [browser.post("/settings/users/new", data=USER).status_code for _ in range(2)]
    assert codes == [303, 422] and User.select().where(User.identifier == "l.petit").count() == 1


def test_an_invitation_is_sent_again_until_it_is_accepted(visit, known):  # 002-61
    browser = visit(known.remi)
    browser.post("/settings/users/new", data=USER)
    number = User.get(User.identifier == "l.petit").id
    assert browser.post(f"/settings/users/{number}/invitation").status_code == 303
    assert Mail.select().where(Mail.letter == "invitation").count() == 2
    assert browser.post(f"/settings/users/{known.lea.id}/invitation").status_code == 422


def test_a_changed_type_ends_the_sessions_of_that_person(visit, known):  # 002-60
    lea = visit(known.lea)
    assert lea.get("/settings/profile").status_code == 200
    given = USER | {"identifier": "lea", "type": "administrator"}
    assert visit(known.remi).post(f"/settings/users/{known.lea.id}", data=given).status_code == 303
    assert known.lea.again().is_administrator
    assert lea.get("/settings/profile").status_code == 303


def test_a_closed_access_ends_at_once_and_can_be_opened_again(visit, known):  # 002-60
    lea, remi = visit(known.lea), visit(known.remi)
    lea.get("/settings/profile")
    assert remi.post(f"/settings/users/{known.lea.id}/deactivation").status_code == 303
    assert lea.get("/settings/profile").status_code == 303
    assert "Without access" in remi.get("/settings/users").text
    assert remi.post(f"/settings/users/{known.lea.id}/reactivation").status_code == 303
    assert known.lea.again().active


def test_the_last_administrator_is_neither_demoted_nor_closed(visit, known):  # Q
    browser, path = visit(known.remi), f"/settings/users/{known.remi.id}"
    given = USER | {"identifier": "remi", "email": "remi@example.com", "type": "basic"}
    answer = browser.post(path, data=given)
    assert answer.status_code == 422 and "last administrator of Alpha" in answer.text
    assert browser.post(f"{path}/deactivation").status_code == 422
    assert known.remi.again().is_administrator and known.remi.again().active


def test_of_two_administrators_who_demote_each_other_at_once_one_stays(known):  # Q
    with tx():
        User.update(type=UserType.ADMINISTRATOR).where(User.id == known.lea.id).execute()
    pairs, refused = [(known.remi, known.lea), (known.lea, known.remi)], []
    start = threading.Barrier(2)

    def demote(by, other):
        with scope(EVERYBODY):
            start.wait()
            try:
                users.change(other, by=by, at=NOON, type=UserType.BASIC)
            except Refused as error:
                refused.append(error)
        db.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len([user for user in (known.remi, known.lea) if user.again().is_administrator]) == 1


@pytest.mark.parametrize("stranger", ["anne", "claire", "diane"])
def test_only_the_own_companys_users_are_found(visit, world, stranger):  # 002-59
    number = getattr(world, stranger).id
    for path in ("", "/deactivation", "/invitation", "/reactivation"):
        assert visit(world.remi).post(f"/settings/users/{number}{path}", data=USER).status_code == 404
    assert visit(world.remi).get(f"/settings/users/{number}").status_code == 404


# --- addresses ---------------------------------------------------------------------------------


def test_an_address_is_printed_with_its_country_in_capitals(visit, world):  # 002-58, 002-64
    browser = visit(world.remi)
    assert browser.post("/settings/addresses/new", data=ADDRESS).status_code == 303
    assert "69001 Lyon FRANCE" in browser.get("/settings/addresses").text
    address = Address.get()
    assert (address.reseller, address.customer) == (world.alpha, None)


def test_an_address_of_brazil_has_its_district_and_state(visit, world):  # 002-39
    brazil = {"country": "BR", "postcode": "01310-100", "city": "São Paulo", "region": "SP", "district": "Bela Vista"}
    given = ADDRESS | brazil
    browser = visit(world.remi)
    assert browser.post("/settings/addresses/new", data=given).status_code == 303
    shown = browser.get("/settings/addresses").text
    assert "Bela Vista" in shown and "01310-100 São Paulo - SP BRAZIL" in shown


@pytest.mark.parametrize("field", ["label", "street", "city", "postcode", "country", "email", "phone"])
def test_only_the_complement_is_optional(visit, world, field):  # 002-39
    answer = visit(world.remi).post("/settings/addresses/new", data=ADDRESS | {field: " "})
    assert answer.status_code == 422 and not Address.select().exists()


def test_a_removed_address_leaves_the_list_and_is_kept(visit, world):  # 002-58
    browser = visit(world.claire)
    browser.post("/settings/addresses/new", data=ADDRESS)
    assert browser.post("/settings/addresses/new", data=ADDRESS).status_code == 422  # sent twice
    address = Address.get()
    assert browser.post(f"/settings/addresses/{address.id}", data=ADDRESS | {"city": "Paris"}).status_code == 303
    assert visit(world.victor).get(f"/settings/addresses/{address.id}").status_code == 404
    assert browser.post(f"/settings/addresses/{address.id}/removal").status_code == 303
    browser.get("/settings/addresses")  # which says that it is removed
    assert "Adresse principale" not in browser.get("/settings/addresses").text
    assert address.again().city == "Paris" and address.again().removed_at
    assert browser.get(f"/settings/addresses/{address.id}").status_code == 404


# --- basic users -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["lea", "paul", "cleo", "jean"])
def test_a_basic_user_changes_nothing_but_the_own(visit, world, who):  # 002-60, X15
    browser = visit(getattr(world, who))
    remi = f"users/{world.remi.id}"
    for path in ("company", "users/new", remi, f"{remi}/deactivation", "addresses/new", "addresses/1"):
        assert browser.post(f"/settings/{path}", data=USER).status_code == 403
    for tab in ("company", "users", "addresses"):
        shown = browser.get(f"/settings/{tab}").text
        main = shown[shown.index("<main") :]
        assert 'method="post"' not in main and "btn--primary" not in main


def test_profiles_change_only_what_they_say(known):
    asked = profiles.change(known.lea, NOON, None, email="lea@example.com", first_name="Léonie")
    assert not asked and known.lea.again().first_name == "Léonie"
    assert Event.select().where(Event.kind == "user.changed").count() == 1
