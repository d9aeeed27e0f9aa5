"""The screens of activations: activate, look, cancel, replace; and cancelling a client."""

import re
from datetime import datetime

import pytest

from lic.models import Activation, tx
from lic.rules import activations, cancellations, customers, stock
from tests.conftest import HTMX, NOON, a_user
from tests.screens.test_contract import text


@pytest.fixture(autouse=True)
def stocked(world):
    world.client.tax_number = "732829320"
    world.client.save()
    stock.adjust(world.alpha, world.completo, 5, "first stock", world.diane, NOON)


def made(world, quantity=1, **given):
    return activations.activate(world.alpha, world.completo, world.client, world.remi, NOON, quantity, **given)[0]


def typed(world, **changes):
    return {
        "customer": world.client.id,
        "product": world.completo.id,
        "quantity": "1",
        "tax_number": "",
        "observation": "poste 1",
    } | changes


def test_a_licence_is_activated_for_a_customer(world, visit):  # 001-08, 001-28, 001-30
    browser = visit(world.remi)
    page = text(browser.get("/activations/new"))
    assert "Gestão Completo (5 in stock)" in page and "Client Test (732 829 320)" in page and "Voisin" not in page
    answer = browser.post("/activations/new", data=typed(world))
    activation = Activation.get()
    assert answer.location == f"/activations/{activation.id}"
    page = text(browser.get(answer.location))
    for said in (activation.code, activation.key, "poste 1", "Rémi Durand", "732 829 320", "22/11/2026"):
        assert said in page


def test_a_form_sent_twice_activates_once_even_the_last_ones(world, visit):  # safety.md 28
    browser = visit(world.remi)
    key = re.search(r'name="key"[^>]*value="([^"]+)"', browser.get("/activations/new").text)[1]
    given = typed(world, quantity="5", key=key)
    answers = [browser.post("/activations/new", data=given) for _ in range(2)]
    assert [answer.location for answer in answers] == ["/activations", "/activations"]
    assert stock.balance(world.alpha, world.completo) == 0 and Activation.select().count() == 5
    assert visit(world.diane).post("/activations/new", data=given).status_code == 403
    one_more = browser.post("/activations/new", data=typed(world, key="k" * 64))
    assert one_more.status_code == 422 and Activation.select().count() == 5


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Request-Type": "partial"}])
def test_a_key_no_page_of_ours_makes_is_told_as_a_form_that_is_not_ours(world, visit, headers):  # safety.md 28
    answer = visit(world.remi).post("/activations/new", data=typed(world, key="k" * 65), headers=headers)
    assert answer.status_code == 422 and "is not one of the portal" in text(answer) and "Key" not in text(answer)
    assert not Activation.select().count()


def test_the_key_of_a_form_is_each_persons_own(world, visit):
    for person in (world.remi, a_user(world.alpha, "Remy Autre")):
        assert visit(person).post("/activations/new", data=typed(world, key="same")).status_code == 303
    assert Activation.select().count() == 2


def test_several_are_activated_at_once(world, visit):
    answer = visit(world.remi).post("/activations/new", data=typed(world, quantity="3"))
    assert answer.location == "/activations" and stock.balance(world.alpha, world.completo) == 2


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"quantity": "6"}, "Only 5 Gestão Completo are left in stock."),
        ({"quantity": "0"}, "Activate at least 1."),
        ({"quantity": "-1"}, "Activate at least 1."),
        ({"quantity": "1000000000"}, "Only 5 Gestão Completo are left in stock."),
        ({"quantity": "abc"}, "This is not a whole number."),
        ({"customer": ""}, "This field is required."),
        ({"product": ""}, "This field is required."),
        ({"customer": "5 or 1"}, "This is not one of the choices."),
        ({"product": "99999999999999999999"}, "This is not one of the choices."),
        ({"observation": "x" * 501}, "At most 500 characters."),
        ({"tax_number": "552100554"}, "already has the tax number"),
        ({"tax_number": "12"}, "SIREN"),
    ],
)
def test_what_cannot_be_activated_is_told_and_nothing_typed_is_lost(world, visit, changes, said):
    answer = visit(world.remi).post("/activations/new", data=typed(world, **changes))
    assert answer.status_code == 422 and said in text(answer)
    assert "poste 1" in text(answer) or "observation" in changes
    assert not Activation.select().exists()


def test_somebody_elses_customer_is_not_one_of_the_choices(world, visit):  # safety.md 7
    answer = visit(world.remi).post("/activations/new", data=typed(world, customer=world.voisin.id))
    assert answer.status_code == 422 and not Activation.select().exists()


def test_without_stock_the_page_says_what_to_do(world, visit):
    assert "There is no licence in stock: order one first." in text(visit(world.anne).get("/activations/new"))


def test_a_customer_sees_its_own_with_the_key_and_changes_nothing(world, visit):  # screens.md, People
    activation = made(world)
    browser = visit(world.claire)
    page = text(browser.get(f"/activations/{activation.id}"))
    assert activation.key in page and "Cancel activation" not in page and "Replace" not in page
    assert browser.post(f"/activations/{activation.id}/cancellation").status_code == 403
    assert visit(world.victor).get(f"/activations/{activation.id}").status_code == 404


def test_cancelling_says_first_what_returns_to_stock(world, visit):  # 001-10
    activation = made(world)
    browser, url = visit(world.remi), f"/activations/{activation.id}/cancellation"
    assert "1 licence returns to stock: 5 in stock afterwards." in text(browser.get(f"{url}/new"))
    assert activation.again().ended_at is None  # a GET changes nothing
    assert browser.post(url).status_code == 303
    assert stock.balance(world.alpha, world.completo) == 5
    assert browser.post(url).status_code == 422
    assert "This activation ended on" in text(browser.get(f"{url}/new"))
    assert "Ended on" in text(browser.get(f"/activations/{activation.id}"))


def test_what_stands_on_a_licence_is_one_click_away(world, visit):  # 001-13
    stock.adjust(world.alpha, world.sped, 1, "first stock", world.diane, NOON)
    base = made(world)
    (sped,) = activations.activate(world.alpha, world.sped, world.client, world.remi, NOON, 1)
    page = visit(world.remi).get(f"/activations/{base.id}/cancellation/new").text
    assert f'href="/activations/{sped.id}/cancellation/new"' in page and "What happens" not in page


def test_replacing_leads_to_the_new_one(world, visit):  # 001-11
    activation = made(world)
    browser, url = visit(world.remi), f"/activations/{activation.id}/replacement"
    assert "new code and key" in text(browser.get(f"{url}/new"))
    assert browser.post(url, data={"observation": "x" * 501}).status_code == 422
    answer = browser.post(url, data={"observation": "nouveau poste"})
    new = Activation.select().order_by(Activation.id.desc()).get()
    assert answer.location == f"/activations/{new.id}"
    page = text(browser.get(answer.location))
    assert new.key in page and activation.code in page and "nouveau poste" in page
    assert new.code in text(browser.get(f"/activations/{activation.id}"))


def test_a_basic_person_sees_no_button_that_writes(world, visit):  # X15
    activation = made(world)
    page = text(visit(world.lea).get(f"/activations/{activation.id}"))
    assert "Cancel activation" not in page and "Replace" not in page
    assert visit(world.lea).get("/activations/new").status_code == 403


def test_the_list_finds_by_name_tax_number_and_key(world, visit):  # 001-07, 001-08, 001-09
    activation = made(world, observation="poste 1")
    browser = visit(world.remi)
    for words in (
        "",
        "client test",
        "TEST cli",
        "732829320",
        "732 829",
        activation.key,
        activation.key[:7].lower(),
        "completo",
    ):
        page = re.sub("</?mark>", "", text(browser.get("/activations", query_string={"q": words})))
        for said in (activation.code, "Gestão Completo", "22/11/2026", "Rémi Durand", "poste 1"):
            assert said in page, words
    for words in ("voisin", "zzz", "552100554", "%", "_", "'"):
        assert activation.code not in text(browser.get("/activations", query_string={"q": words})), words
    assert activation.code not in text(visit(world.anne).get("/activations"))
    assert activation.code in text(visit(world.claire).get("/activations"))


def test_the_list_finds_a_brazilian_number_as_it_is_written(world, visit):  # 001-09
    world.client.country, world.client.tax_number = "BR", "11222333000181"
    world.client.save()
    activation = made(world)
    for typed in ("11.222.333/0001-81", "11222333000181", "11.222"):
        assert activation.code in text(visit(world.remi).get("/activations", query_string={"q": typed})), typed


def test_a_moment_is_found_as_it_is_shown_where_the_business_is(world, visit):  # 001-06: no other day at night
    night = made(world)
    with tx():
        night.at = datetime(2026, 11, 21, 23, 30)  # UTC
        night.save()
    browser = visit(world.remi)
    assert "22/11/2026 00:30" in text(browser.get(f"/activations/{night.id}"))
    assert night.code in text(browser.get("/activations?q=22/11/2026 00:30"))
    assert night.code not in text(browser.get("/activations?q=21/11/2026"))


def test_the_list_is_filtered_and_typed_in_by_fragments(world, visit):
    ended, active = made(world), made(world)
    activations.cancel(ended, world.remi, NOON)
    browser = visit(world.remi)
    page = text(browser.get("/activations?state=ended", headers=HTMX))
    assert ended.code in page and active.code not in page and "<html" not in page
    assert "Nothing fits" in text(browser.get("/activations?q=zzz", headers=HTMX))
    assert browser.get("/activations?state=nobody").status_code == 400
    assert browser.get("/activations?sort=holder").status_code == 400


def test_what_is_found_is_a_file_too(world, visit):
    activation = made(world, observation="=1+1")
    answer = visit(world.remi).get("/activations/export.csv?q=completo")
    assert answer.status_code == 200 and activation.key in text(answer) and "'=1+1" in text(answer)
    assert activation.key not in text(visit(world.anne).get("/activations/export.csv"))
    assert visit(world.remi).get("/activations/export.pdf").status_code == 404


def test_a_cancelled_clients_activations_leave_the_list(world, visit):  # 001-04
    activation = made(world)
    activations.cancel(activation, world.remi, NOON)
    browser = visit(world.remi)
    assert activation.code in text(browser.get("/activations")) and "Ended" in text(browser.get("/activations"))
    cancellations.cancel(world.client, world.remi, NOON)
    assert activation.code not in text(browser.get("/activations"))


# --- cancelling a client -------------------------------------------------------------------------


def test_cancelling_a_client_counts_what_it_ends_then_does_it(world, visit):  # 001-03, 001-04, 001-06
    made(world, 3)
    browser, url = visit(world.remi), f"/customers/{world.client.id}/cancellation"
    row = f'href="{url}/new" title="Cancel this customer"><svg'
    assert row in browser.get("/customers").text and "#close" in browser.get("/customers").text
    assert row not in visit(world.lea).get("/customers").text
    page = text(browser.get(f"{url}/new"))
    for said in (
        "3 activations end.",
        "3 licences of Gestão Completo return to stock.",
        "1 contract stays, without a customer.",
        "2 people lose access at once.",
    ):
        assert said in page
    assert world.client.again().cancelled_at is None
    assert browser.post(url).status_code == 303
    assert world.client.again().cancelled_at and stock.balance(world.alpha, world.completo) == 5
    assert browser.post(url).status_code == 422


def test_nobody_cancels_a_neighbours_client_or_a_reseller(world, visit):
    assert visit(world.anne).post(f"/customers/{world.client.id}/cancellation").status_code == 404
    assert visit(world.diane).post(f"/customers/{world.alpha.id}/cancellation").status_code == 404
    assert visit(world.lea).post(f"/customers/{world.client.id}/cancellation").status_code == 403


def test_what_is_wrong_is_said_beside_the_field_it_is_about(world, visit, stocked):  # 001-13, 001-30
    stock.adjust(world.alpha, world.sped, 1, "first stock", world.diane, NOON)
    world.client.tax_number = ""
    world.client.save()
    page = visit(world.remi).post("/activations/new", data=typed(world, product=world.sped.id, tax_number="")).text
    assert 'id="tax_number-error"' in page and 'id="product-error"' in page and 'id="quantity-error"' not in page


# --- the customers and what they have ------------------------------------------------------------


def test_customers_and_their_licences_stand_in_one_list(world, visit):  # 001-01
    made(world, 2)
    browser = visit(world.remi)
    row = browser.get("/customers").text.partition("Client Test")[2].partition("</tr>")[0]
    assert "1 active contract" in row and "2 activated licences" in row
    activations.cancel(Activation.get(), world.remi, NOON)
    assert "1 activated licence<" in browser.get("/customers").text
    page = text(browser.get(f"/customers/{world.client.id}"))  # and what it owns, by serial number
    assert "TS-131K-1TIW" in page and "Q207B17555" in page


def test_customers_are_searched_and_filtered(world, visit):  # 001-02
    made(world, 2)
    customers.new(world.alpha, world.remi, NOON, name="Autre", country="FR")
    browser = visit(world.remi)
    names = lambda query: re.findall(r'<a href="/customers/\d+">(.*?)</a>', browser.get(f"/customers?{query}").text)  # noqa: E731
    assert names("") == ["Autre", "Client Test"]
    assert names("equipped=yes") == ["Client Test"] and names("equipped=no") == ["Autre"]
    assert names("equipped=no&q=client") == [] and len(names("equipped=yes&q=732829320")) == 1
    assert browser.get("/customers?equipped=perhaps").status_code == 400
    for activation in Activation.select():
        activations.cancel(activation, world.remi, NOON)
    assert names("equipped=yes") == []
