"""The distributor records contracts, and with the first one their reseller."""

from datetime import date

import pytest

from lic.models import Contract, LinkKind, Mail, MailedLink, Notification, Organisation, User, db
from lic.rules import Refused, contracts, recording
from lic.rules.recording import Covered
from tests.conftest import NOON

NAS = Covered("TS-131K", "Q24CB17582", "NAS QNAP Tour TS-131K", "https://example.com/ts-131k")
DISK = Covered("ST1000VN002", "Z9CBPM5M", "Disque dur 1TB")
START = date(2026, 11, 1)


def recorded(world, **given):
    values = {"reseller": world.alpha, "covered": [NAS, DISK], "starts_on": START, "months": 36} | given
    return recording.record_for(by=world.diane, at=NOON, **values)


def test_a_contract_covers_its_articles_to_the_last_day(world):  # 002-14, 002-24, 002-26
    contract = recorded(world, product_reference="TS-131K-1TIW", customer_name="Client Test").again()
    assert (contract.starts_on, contract.ends_on) == (START, date(2029, 10, 31))
    assert (contract.product_reference, contract.serial) == ("TS-131K-1TIW", "Q24CB17582")
    assert [(row.reference, row.main) for row in contracts.articles(contract)] == [
        ("TS-131K", True),
        ("ST1000VN002", False),
    ]
    (coverage,) = contracts.coverages(contract)
    assert (coverage.starts_on, coverage.ends_on, coverage.order_line) == (START, date(2029, 10, 31), None)
    assert contract.customer == world.client and coverage.customer == world.client
    assert Notification.select().where(Notification.user == world.remi).count() == 1


def test_a_number_is_given_or_the_next_that_is_free(world):  # R8
    Contract.update(number=2).where(Contract.id == world.nobodys.id).execute()
    assert recorded(world, number=41873).number == 41873
    assert [recorded(world).number for _ in range(2)] == [1, 3]
    for number in (41873, 0, -1, 10**18):
        with pytest.raises(Refused):
            recorded(world, number=number)


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": None},
        {"months": 0},
        {"months": 10**9},
        {"ends_on": date(2027, 1, 1)},
        {"months": None, "ends_on": date(2026, 10, 31)},
        {"starts_on": date(1, 1, 1)},
        {"starts_on": date(9999, 1, 1)},
        {"covered": []},
        {"covered": [NAS, NAS]},
        {"covered": [Covered("TS-131K", "", "NAS")]},
        {"covered": [Covered("TS-131K", "S", "NAS", "javascript:alert(1)")]},
    ],
)
def test_what_makes_no_sense_is_refused_and_records_nothing(world, wrong):
    with pytest.raises(Refused):
        recorded(world, **wrong)
    assert Contract.select().count() == 3


def test_a_customer_is_found_by_name_or_made(world):
    assert recorded(world, customer_name="client TEST").customer == world.client
    made = recorded(world, customer_name="Nouveau", customer_tax_number="732 829 320").customer
    assert (made.name, made.tax_number, made.reseller) == ("Nouveau", "732829320", world.alpha)
    assert recorded(world).customer is None
    assert recorded(world, reseller=world.house, customer_name="Atelier Direct").customer == world.atelier
    with pytest.raises(Refused):
        recorded(world, reseller=world.house, customer_name="Nobody")


def test_the_first_contract_of_an_unknown_reseller_makes_and_invites_it(world):  # 002-08
    contract = recording.record_first(
        {"name": "Gamma", "country": "FR", "email": "gamma@example.com", "tax_number": "", "language": "fr"},
        {"first_name": "Gaëlle", "last_name": "Morin", "identifier": "gaelle", "email": "gaelle@example.com"},
        by=world.diane,
        at=NOON,
        covered=[NAS],
        starts_on=START,
        months=12,
        customer_name="Premier client",
    )
    gamma = Organisation.get(Organisation.name == "Gamma")
    assert gamma.is_reseller and contract.reseller == gamma and contract.customer.reseller == gamma
    gaelle = User.get(User.organisation == gamma)
    assert gaelle.is_administrator and gaelle.password is None
    assert Mail.select().where(Mail.user == gaelle).exists()


def test_a_reseller_is_not_made_for_a_contract_that_is_refused(world):
    with pytest.raises(Refused):
        recording.record_first(
            {"name": "Gamma", "country": "FR", "email": "gamma@example.com"},
            {"first_name": "G", "last_name": "M", "identifier": "gaelle", "email": "gaelle@example.com"},
            by=world.diane,
            at=NOON,
            covered=[],
            starts_on=START,
            months=12,
        )
    assert not Organisation.select().where(Organisation.name == "Gamma").exists()
    assert not MailedLink.select().where(MailedLink.kind == LinkKind.INVITATION).exists()


def test_articles_are_corrected_and_added_never_taken_away(world):
    contract = recorded(world)
    first, second = contracts.articles(contract)
    better = Covered("TS-131K", "NEWSERIAL", "NAS")
    third = Covered("X", "Y", "Z")
    contract = recording.correct(contract, [better, DISK, third], world.diane, NOON)
    assert contract.serial == "NEWSERIAL"
    assert [row.serial for row in contracts.articles(contract)] == ["NEWSERIAL", "Z9CBPM5M", "Y"]
    assert contracts.articles(contract)[:2] == [first, second]
    with pytest.raises(Refused):
        recording.correct(contract, [better], world.diane, NOON)


def test_a_serial_that_stands_elsewhere_is_found_without_reading_every_article(world):  # 002-13
    asked = []
    db.connection().set_trace_callback(asked.append)
    told = recording.doubts(world.alpha, [Covered("TS-131K", world.contract.serial.lower(), "NAS")])
    db.connection().set_trace_callback(None)
    assert [reason.values["number"] for reason in told] == [world.contract.number]
    (query,) = [text for text in asked if '"article"' in text]
    plan = " ".join(row[-1] for row in db.execute_sql(f"EXPLAIN QUERY PLAN {query}").fetchall())
    assert "USING INDEX article_serial" in plan and "SCAN" not in plan
