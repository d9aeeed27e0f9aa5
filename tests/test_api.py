"""The interface for programs: the worked examples with an amount, who may ask, what is told to whoever errs."""

import json

import pytest
from flask_babel import force_locale, gettext
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from lic.cli import main
from lic.models import ApiToken, Event, Plan, Subscription, User, UserType, tx
from lic.rules import tokens, users
from lic.web import logs, openapi, programs
from tests.conftest import NOON, a_user
from tests.rules.test_subscriptions import bought
from tests.subscriptions import sold

ANNUAL_A = {
    "product": "IMP-DWA", "type": "annual", "quantity": 20, "starts_on": "2026-03-15", "ends_on": "2027-03-14",
}  # fmt: skip
MONTHLY = {"product": "IMP-DWA", "type": "monthly", "quantity": 10, "starts_on": "2026-11-10"}


@pytest.fixture
def w(world):
    programs.forget()
    return sold(world)


@pytest.fixture
def ask(app, w):
    """POST a body with a token of Rémi's, without any cookie."""
    secrets, described = {}, app.test_client().get("/api/v1/openapi.json").json

    def post(user=None, status=200, **body):
        user = user or w.remi
        if user.id not in secrets:
            secrets[user.id] = tokens.make(user, "tests", None, NOON)[1]
        headers = {"Authorization": f"Bearer {secrets[user.id]}"}
        answer = app.test_client().post("/api/v1/order-previews", json=body, headers=headers)
        assert answer.status_code == status, answer.json
        keeps_to(described, {200: "Preview", 422: "Refused"}.get(status, "Error"), answer.json)
        if status == 200:
            keeps_to(described, "Request", body)
        return answer.json

    return post


def keeps_to(described, name, value):
    """A body is as the description says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    OAS31Validator(schema).validate(value)


def nets(answer):
    return [line["net"] for line in answer["lines"]]


# --- the worked examples -------------------------------------------------------------------------


def test_x1_the_first_month_of_a_monthly_subscription(ask):  # X1
    asked = {"operation": "subscribe", "product": "IMP-DWA", "type": "monthly", "quantity": 10}
    for when in ({"starts_on": "2026-11-10"}, {"on": "2026-11-10"}):
        answer = ask(**asked, **when)
        assert nets(answer) == ["28.00"] and answer["lines"][0]["fraction"] == [21, 30]
        assert answer["effective_on"] == "2026-11-10" and answer["ends_on"] is None


def test_x2_seats_added_within_the_month(ask):  # X2
    answer = ask(operation="add_seats", quantity=5, on="2026-11-18", subscription=MONTHLY)
    assert nets(answer) == ["28.00", "8.67"] and answer["lines"][1]["fraction"] == [13, 30]
    assert (answer["net"], answer["vat"], answer["gross"]) == ("36.67", "7.33", "44.00")


def test_x3_seats_added_to_annual_a(ask, w):  # X3
    answer = ask(operation="add_seats", quantity=5, on="2026-11-02", subscription=ANNUAL_A)
    assert nets(answer) == ["75.00"] and answer["lines"][0]["fraction"] == [5, 12]
    w.europe.parameters = {"annual_addon": "day"}
    w.europe.save()
    answer = ask(operation="add_seats", quantity=5, on="2026-11-02", subscription=ANNUAL_A)
    assert answer["net"] == "65.59" and answer["lines"][0]["fraction"] == [133, 365]


def test_x4_annual_to_monthly_says_from_when(ask):  # X4
    asked = {"operation": "change_type", "type": "monthly", "subscription": ANNUAL_A}
    answer = ask(status=422, on="2027-02-14", **asked)
    assert answer["rule"] == "000-45" and answer["possible_from"] == "2027-02-15"
    assert "15/02/2027" in answer["refused"]
    assert ask(on="2027-02-15", **asked)["effective_on"] == "2027-03-15"


def test_x5_renewed_in_grace_and_lapsed(ask):  # X5
    answer = ask(operation="renew", on="2027-03-20", subscription=ANNUAL_A)
    assert (answer["effective_on"], answer["ends_on"], answer["net"]) == ("2027-03-15", "2028-03-14", "720.00")
    assert ask(status=422, operation="renew", on="2027-03-25", subscription=ANNUAL_A)["rule"] == "003-18"


def test_x6_a_term_of_eighteen_months(ask):  # X6
    asked = {"operation": "subscribe", "product": "IMP-DWA", "type": "term", "quantity": 10, "starts_on": "2026-12-01"}
    for end in ({"months": 18}, {"ends_on": "2028-05-31"}):
        answer = ask(**asked, **end)
        assert (answer["net"], answer["ends_on"], answer["lines"][0]["discount"]) == ("684.00", "2028-05-31", "0.05")


def test_x7_an_assurance_upgrade(ask):  # X7
    held = ANNUAL_A | {"plan": "standard"}
    answer = ask(operation="upgrade_assurance", plan="premium", on="2026-11-02", subscription=held)
    assert answer["net"] == "30.00"
    held = ANNUAL_A | {"plan": "premium"}
    lower = ask(status=422, operation="upgrade_assurance", plan="standard", on="2026-11-02", subscription=held)
    assert lower["rule"] == "000-56" and lower["possible_from"] is None


def test_x10_what_each_billing_centre_bears(ask):  # X10, 004-20
    asked = {"operation": "subscribe", "product": "IMP-DWA", "type": "annual", "quantity": 25}
    centres = [{"name": name, "seats": seats} for name, seats in (("A", 10), ("B", 8), ("C", 7))]
    answer = ask(centres=centres, **asked)
    assert answer["net"] == "900.00"
    assert [one["net"] for one in answer["centres"]] == ["360.00", "288.00", "252.00"]
    assert answer["lines"][0]["centres"] == ["360.00", "288.00", "252.00"]
    assert ask(status=422, centres=centres[:2], **asked)["rule"] == "004-21"  # they sum to the quantity
    more = ask(
        operation="add_seats", quantity=5, on="2026-11-02", subscription=ANNUAL_A, centres=[centres[0] | {"seats": 5}]
    )
    assert more["centres"] == [{"name": "A", "seats": 5, "net": "75.00"}]


def test_x12_licences_with_their_bonus_and_set_up(ask, w):  # X12
    answer = ask(w.diane, operation="buy", product="GES-COMPLETO", quantity=10, price_list="Brasil")
    assert (answer["net"], answer["monthly"], answer["quantity"]) == ("2099.00", "599.00", 11)
    assert answer["currency"] == "BRL"


def test_x13_a_warranty_extension(ask):  # X13
    asked = {"operation": "extend", "product": "CL-SV-E3TS131K"}
    assert ask(ends_on="2026-12-09", **asked)["ends_on"] == "2028-12-09"
    assert ask(ends_on="2024-02-29", on="2024-02-20", status=422, **asked)["rule"] == "001-16"  # no price then


def test_several_and_modules_and_ends(ask):  # O
    other = {"product": "IMP-DWA", "type": "annual", "quantity": 10, "starts_on": "2026-07-01"}
    both = ask(operation="coterminate", subscriptions=[ANNUAL_A, other])
    assert both["ends_on"] == "2027-06-30" and both["net"] == "212.46"
    assert ask(operation="add_module", product="IMP-CPM", on="2026-11-02", subscription=ANNUAL_A)["net"] == "125.00"
    assert ask(operation="cancel", status=422, subscription=ANNUAL_A)["possible_from"] == "2027-02-15"
    assert ask(operation="remove_seats", quantity=4, subscription=MONTHLY)["effective_on"] == "2026-12-01"
    changed = ask(operation="change_type", product="OFF-ENT", on="2026-11-02", subscription=ANNUAL_A)
    assert changed["net"] == "580.00"


def test_a_stored_subscription_gives_the_same_as_a_supposed_one(ask, w):  # issue 3, point 7
    stored = bought(w, plan=Plan.STANDARD)
    supposed = ANNUAL_A | {"plan": "standard"}
    for asked in ({"operation": "add_seats", "quantity": 5}, {"operation": "renew", "on": "2027-03-20"}):
        assert ask(subscription=stored.number, **asked) == ask(subscription=supposed, **asked)


# --- who may -------------------------------------------------------------------------------------


def test_only_a_valid_token_lets_anybody_in(app, w, visit, ask):
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "monthly", "quantity": 1}
    for answer in (
        app.test_client().post("/api/v1/order-previews", json=body),
        visit(w.remi).post("/api/v1/order-previews", json=body),  # a cookie counts for nothing
        app.test_client().post("/api/v1/order-previews", json=body, headers={"Authorization": "Bearer wrong"}),
    ):
        assert answer.status_code == 401 and "error" in answer.json and not answer.headers.getlist("Set-Cookie")
    ask(**body)
    tokens.revoke(ApiToken.get(), w.remi, NOON)
    ask(status=401, **body)


def test_a_person_who_may_not_log_in_any_more_has_no_token_either(ask, w):
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "monthly", "quantity": 1}
    ask(w.lea, **body)  # basic users read
    with tx():
        w.lea.active = False
        w.lea.save()
    ask(w.lea, status=401, **body)


def test_another_s_subscription_does_not_exist(ask, w):  # X15
    stored = bought(w)
    assert "error" in ask(w.anne, status=404, operation="renew", subscription=stored.number)
    ask(w.diane, operation="renew", on="2027-03-20", subscription=stored.number)


def test_those_who_see_no_prices_get_no_token(w, visit):  # Q
    assert tokens.why_not_make(w.claire, "x")
    assert visit(w.claire).get("/settings/tokens").status_code == 403
    assert "tokens" not in visit(w.claire).get("/settings/profile").text


def test_only_the_distributor_chooses_a_list(ask, w):
    body = {"operation": "buy", "product": "GES-COMPLETO", "quantity": 1}
    assert ask(status=422, price_list="Brasil", **body)["rule"] == "001-16"
    assert ask(w.diane, status=400, **body)["field"] == "price_list"
    assert ask(w.diane, status=422, price_list="Nowhere", **body)["rule"] == "001-16"


def test_what_there_is_is_asked_about_in_its_own_currency(ask, w):
    stored = bought(w)
    aligned = {"operation": "coterminate", "subscriptions": [stored.number], "ends_on": "2027-12-31"}
    for body in ({"operation": "renew", "subscription": stored.number}, aligned):
        ask(w.diane, price_list="Europe", on="2027-03-01", **body)
        assert ask(w.diane, status=422, price_list="Brasil", on="2027-03-01", **body)["rule"] == "001-16"


def test_a_subscription_ends_with_others_once(ask, w):
    stored = bought(w)
    body = {"operation": "coterminate", "ends_on": "2028-12-31"}
    assert ask(status=422, subscriptions=[stored.number, stored.number], **body)["rule"] == "003-26"


# --- asked wrongly -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("operation", {}),
        ("operation", {"operation": "steal"}),
        ("operation", {"operation": ["renew"]}),
        ("subscription", {"operation": "renew"}),
        ("subscription", {"operation": "renew", "subscription": "1"}),
        ("subscription.type", {"operation": "renew", "subscription": ANNUAL_A | {"type": "weekly"}}),
        ("subscription.starts_on", {"operation": "renew", "subscription": ANNUAL_A | {"starts_on": "15/03/2026"}}),
        ("subscription.ends_on", {"operation": "renew", "subscription": ANNUAL_A | {"ends_on": "2026-03-14"}}),
        ("quantity", {"operation": "add_seats", "subscription": ANNUAL_A, "quantity": True}),
        ("quantity", {"operation": "add_seats", "subscription": ANNUAL_A, "quantity": 1.5}),
        ("on", {"operation": "renew", "subscription": ANNUAL_A, "on": "9999-12-31"}),
        ("on", {"operation": "renew", "subscription": ANNUAL_A, "on": "2026-02-30"}),
        ("on", {"operation": "renew", "subscription": ANNUAL_A, "on": "2026-W47-1"}),
        ("colour", {"operation": "renew", "colour": "red"}),
        ("subscriptions", {"operation": "coterminate", "subscriptions": []}),
        ("subscriptions[0].product", {"operation": "coterminate", "subscriptions": [{}]}),
        ("ends_on", {**ANNUAL_A, "operation": "subscribe"}),
        ("centres", {"operation": "renew", "subscription": ANNUAL_A, "centres": {}}),
        ("centres[0].seats", {"operation": "renew", "subscription": ANNUAL_A, "centres": [{"name": "A"}]}),
        ("centres.seats", {"operation": "renew", "subscription": ANNUAL_A, "centres": [{"name": "A", "seats": -1}]}),
    ],
)  # fmt: skip
def test_a_malformed_field_is_named(ask, field, body):
    assert ask(status=400, **body)["field"] == field


@pytest.mark.parametrize("language", ["fr", "pt"])
def test_failures_speak_the_readers_language(app, ask, w, language):
    headers, client = {"Accept-Language": language}, app.test_client()
    with app.test_request_context(headers=headers), force_locale(language):
        said = {
            text: gettext(text)
            for text in ("A valid token is needed: Authorization: Bearer …", "This field is missing.")
        }
        assert all(text != other for text, other in said.items())
    unknown = client.post("/api/v1/order-previews", json={}, headers=headers)
    assert unknown.json["error"] == said["A valid token is needed: Authorization: Bearer …"]
    user = a_user(w.alpha, "Fanny Durand", UserType.BASIC, language=language)
    assert said["This field is missing."] in ask(user, status=400, operation="renew")["error"]  # whatever it accepts


def test_nonsense_amounts_are_refused(ask):
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "annual"}
    for quantity in (0, -5, 100_001, 10**9):
        assert ask(status=422, quantity=quantity, **body)["rule"] == "000-15"
    assert ask(status=422, quantity=1, **(body | {"product": "NOTHING"}))["rule"] == "001-13"
    assert ask(status=422, operation="renew", subscription=ANNUAL_A | {"quantity": 0})["rule"] == "000-15"


def test_failures_of_the_interface_are_json(app, w, ask):
    headers = {"Authorization": f"Bearer {tokens.make(w.remi, 'x', w.remi, NOON)[1]}"}
    client = app.test_client()
    deep = b"[" * 60_000
    arrays, objects = b"[" * 30_000 + b"]" * 30_000, b'{"a":' * 8_000 + b"1" + b"}" * 8_000
    named = b'{"operation":' + b"[" * 700 + b"]" * 700 + b"}"
    wrong = (b"\xff", b"\x00", b"nul", b"1" * 6_000, b"NaN", b'{"a":1}{"a":1}')
    for body in (b"", b"[]", b'"x"', b"{", deep, arrays, objects, named, *wrong):
        answer = client.post("/api/v1/order-previews", data=body, headers=headers)
        assert (answer.status_code, answer.json["field"]) == (400, "body"), body[:20]
    for body in (b'{"a": 1e999}', b'{"\\u0000": 1}'):
        assert client.post("/api/v1/order-previews", data=body, headers=headers).status_code in (400, 422)
    large = json.dumps({"operation": "x" * programs.LARGEST}).encode()
    answer = client.post("/api/v1/order-previews", data=large, headers=headers)
    assert answer.status_code == 413 and "64" in answer.json["error"]
    for path, status in (("/api/v1/order-previews", 405), ("/api/v1/nothing", 404)):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status and "error" in answer.json


def test_a_program_that_asks_too_much_waits(ask, monkeypatch):
    monkeypatch.setattr(programs, "MOST_A_MINUTE", 2)
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "monthly", "quantity": 1}
    for status in (200, 200, 429):
        ask(status=status, **body)


# --- tokens and the description --------------------------------------------------------------------


def test_tokens_are_made_and_revoked_on_a_page_and_shown_once(w, visit):
    browser = visit(w.remi)
    page = browser.post("/settings/tokens", data={"name": "ERP"}).text
    secret = page.split('<code id="secret">')[1].split("<")[0]
    assert tokens.owner(secret)[1] == w.remi and secret not in browser.get("/settings/tokens").text
    assert ApiToken.get().sha256 != secret
    assert visit(w.anne).post(f"/settings/tokens/{ApiToken.get().id}/revocation").status_code == 404
    assert browser.post(f"/settings/tokens/{ApiToken.get().id}/revocation").status_code == 303
    assert tokens.owner(secret) is None
    kinds = [event.kind for event in Event.select().where(Event.kind.startswith("user.token"))]
    assert kinds == ["user.token_made", "user.token_revoked"]


def test_a_token_is_made_once_however_often_its_form_is_sent(w, visit):  # safety.md 28
    browser, form = visit(w.remi), {"name": "ERP", "key": "abc"}
    assert 'id="secret"' in browser.post("/settings/tokens", data=form).text
    assert browser.post("/settings/tokens", data=form).status_code == 303
    assert ApiToken.select().count() == 1
    assert 'id="secret"' in browser.post("/settings/tokens", data={"name": "Another", "key": "abc"}).text


def test_basic_users_make_no_token_and_lose_theirs(ask, w, visit):  # X15: they write nothing
    assert visit(w.lea).get("/settings/tokens").status_code == 403
    assert visit(w.lea).post("/settings/tokens", data={"name": "ERP"}).status_code == 403
    assert "/settings/tokens" not in visit(w.lea).get("/settings/profile").text
    assert tokens.why_not_make(w.lea, "ERP", by=w.lea).rule == "X15"
    former = a_user(w.alpha, "Anna Durand", UserType.ADMINISTRATOR)
    with tx():
        User.update(password="x").where(User.id == w.remi.id).execute()  # somebody else administers
    body = {"operation": "subscribe", "product": "IMP-DWA", "type": "monthly", "quantity": 1}
    ask(former, **body)
    users.change(former, w.remi, NOON, type=UserType.BASIC)
    ask(former, status=401, **body)


def test_the_command_line_prints_a_token(w, settings, monkeypatch, capsys):
    monkeypatch.setenv("LIC_DATA", str(settings.data))
    monkeypatch.setattr(logs, "to_stderr", lambda: None)  # the tests after it would log to what is closed by then
    assert main(["token", "remi"]) == 0
    assert tokens.owner(capsys.readouterr().out.strip())[1] == w.remi
    assert main(["token", "nobody"]) == 1


def test_the_description_is_valid_openapi_and_so_is_its_example(app, ask):
    described = app.test_client().get("/api/v1/openapi.json").json
    validate(described)
    request = described["paths"]["/api/v1/order-previews"]["post"]["requestBody"]["content"]["application/json"]
    assert ask(**request["example"])["net"] == "75.00"  # X3
    for status, name in (("400", "Error"), ("401", "Error"), ("429", "Error"), ("422", "Refused")):
        answer = described["paths"]["/api/v1/order-previews"]["post"]["responses"][status]
        assert answer["content"]["application/json"]["schema"]["$ref"].endswith(name)


def test_the_description_is_public_and_names_every_field_and_operation(app):
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200 and answer.json["openapi"] == "3.1.0"
    schemas = answer.json["components"]["schemas"]
    from lic.rules import order_previews

    assert set(schemas["Request"]["properties"]) == set(order_previews.FIELDS)
    assert schemas["Request"]["properties"]["operation"]["enum"] == list(order_previews.OPERATIONS)
    assert set(openapi.SUPPOSED["properties"]) == set(order_previews.SUPPOSED)


def test_answers_have_exactly_the_fields_described(ask):
    answer = ask(operation="add_seats", quantity=5, on="2026-11-02", subscription=ANNUAL_A)
    assert set(answer) == set(openapi.PREVIEW["properties"])
    assert set(answer["lines"][0]) == set(openapi.LINE["properties"])
    refused = ask(status=422, operation="cancel", subscription=ANNUAL_A)
    assert set(refused) == set(openapi.REFUSED["properties"])


def test_the_sentence_is_in_the_person_s_language(ask, w):
    french = a_user(w.alpha, "Fanny Durand", UserType.BASIC, language="fr")
    assert ask(french, status=422, operation="cancel", subscription=ANNUAL_A)["possible_from"] == "2027-02-15"
    assert Subscription.select().count() == 0
