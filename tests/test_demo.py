"""The demonstration holds what demo.md says, whatever the day it is shown on."""

from collections import Counter
from datetime import date, timedelta

import pytest

from lic import demo
from lic.files import Store
from lic.models import (
    EVERYBODY,
    Activation,
    Address,
    Article,
    Balance,
    Basis,
    Channel,
    Contract,
    Coverage,
    Event,
    Incident,
    IncidentState,
    IncomingMail,
    IncomingState,
    Invoice,
    Mail,
    MailState,
    MovementKind,
    Notification,
    Order,
    OrderState,
    Organisation,
    Price,
    Product,
    StockMovement,
    Terms,
    User,
    UserType,
    db,
    scope,
)
from lic.rules import billing, contracts, files, incidents, invoices, journal, passwords, stock, taxes
from lic.web import clock, words
from tests.conftest import NOON, TODAY, a_portal, on, opened

PEOPLE = """
distributeur          | Diane Garnier    | Distributeur Démo | distributor | administrator | fr
distributrice         | Inès Robert      | Distributeur Démo | distributor | administrator | fr
distributeur_basique  | Paul Lemoine     | Distributeur Démo | distributor | basic         | fr
revendeur             | Rémi Durand      | Revendeur Démo    | reseller    | administrator | fr
revendeur_basique     | Léa Petit        | Revendeur Démo    | reseller    | basic         | fr
autre_revendeur       | Anne Morel       | Autre Revendeur   | reseller    | administrator | fr
parceiro              | João Souza       | Parceiro Demo     | reseller    | administrator | pt
parceira              | Beatriz Lima     | Parceiro Demo     | reseller    | administrator | pt
parceiro_basico       | Rui Alves        | Parceiro Demo     | reseller    | basic         | pt
client_test           | Client Test      | Client Test       | customer    | administrator | fr
cliente_testeuse      | Cliente Testeuse | Client Test       | customer    | basic         | fr
gestionnaire          | Marc Fabre       | Atelier Direct    | customer    | administrator | fr
admin_technique       | Sofia Nunes      | Atelier Direct    | customer    | basic         | pt
utilisateur           | Jean Colin       | Atelier Direct    | customer    | basic         | fr
"""
OTHER_DAYS = (date(2023, 6, 1), date(2024, 2, 29), date(2030, 12, 31))


@pytest.fixture(scope="module")
def loaded(portal, blank, tmp_path_factory):
    """The demonstration of 22 November 2026; nothing here changes it."""
    with opened(portal, a_portal(tmp_path_factory.mktemp("demo"), blank)):
        demo.load(0, NOON)
        yield portal


def named(name):
    return Organisation.get(Organisation.name == name)


def seen_by(identifier, model):
    with scope(User.get(User.identifier == identifier).organisation.scope):
        return model.select().count()


def test_everybody_is_there_with_the_password_that_is_printed(loaded):
    wanted = [tuple(cell.strip() for cell in line.split("|")) for line in PEOPLE.strip().splitlines()]
    found = [
        (u.identifier, u.name, u.organisation.name, u.organisation.kind.value, u.type.value, u.language)
        for u in User.select()
    ]
    assert sorted(found) == sorted(wanted)
    assert all(passwords.HASHER.verify(user.password, "demo-Portail-2026") for user in User.select().limit(1))
    assert User.select(User.password).distinct().count() == 1


def test_organisations_are_as_agreed(loaded):
    house, reseller, other, partner = map(
        named, ("Distributeur Démo", "Revendeur Démo", "Autre Revendeur", "Parceiro Demo")
    )
    assert [o.tax_number for o in (house, reseller, other)] == ["732829320", "552100554", "404833048"]
    assert other.channel is None and reseller.channel  # 000-09
    assert partner.reseller_approval and not reseller.reseller_approval
    direct, client = named("Atelier Direct"), named("Client Test")
    assert direct.direct and direct.reseller == house and client.reseller == reseller and not client.direct
    for buyer in (reseller, other, direct):
        assert (buyer.price_list.name, buyer.price_list.currency, buyer.tax_rate_bp) == ("Europe", "EUR", 2000)
    assert (partner.price_list.name, partner.price_list.currency, partner.tax_rate_bp) == ("Brasil", "BRL", None)
    assert {b.approver.identifier for b in (reseller, other, direct, partner)} == {"distributeur"}
    for organisation in Organisation.select():
        assert taxes.why_not(organisation.country, organisation.tax_number) is None
        administrators = User.select().where(User.organisation == organisation, User.type == UserType.ADMINISTRATOR)
        assert administrators.exists() or organisation.is_customer


@pytest.mark.parametrize(
    "number, reference, serial, customer, ends_on",
    [
        (29962, "TS-131K-1TIW", "Q207B17555", "Client Test", date(2023, 12, 9)),
        (24086, "BTO", "WCC4M4LYXCFJ", None, date(2023, 12, 20)),
        (18027, "SY-RS2416RP+48TNS", "1640NCN124600", "Client Test", date(2021, 10, 13)),
        (18026, "TS-231-2TRED", "Q147B07782", None, date(2019, 10, 14)),
    ],
)
def test_the_contracts_of_the_manual_are_there(loaded, number, reference, serial, customer, ends_on):  # 002-11, 002-12
    contract = Contract.get(Contract.number == number)
    assert (contract.product_reference, contract.serial, contract.ends_on) == (reference, serial, ends_on)
    assert contract.reseller == named("Revendeur Démo")
    assert (contract.customer and contract.customer.name) == customer


def test_contract_29962_covers_two_articles(loaded):  # 002-24 to 002-26
    contract = Contract.get(Contract.number == 29962)
    nas, disk = Article.select().where(Article.contract == contract).order_by(Article.id)
    assert (nas.reference, nas.serial, nas.main) == ("TS-131K", "Q207B17555", True)
    assert nas.title == "NAS QNAP Tour TS-131K - Boitier nu - 1 baie - Adaptateur secteur"
    assert (disk.reference, disk.serial, disk.main) == ("ST1000VN002", "Z9CBPM5M", False)
    assert disk.title == 'Disque dur 3,5" 1TB - 5900rpm - SATA 6Gbps - 64MB - Seagate IronWolf NAS'
    assert nas.data_sheet.startswith("https://") and disk.data_sheet.startswith("https://")


def around_today():
    """The contracts of both French resellers, but for the manual's."""
    both = [named("Revendeur Démo").id, named("Autre Revendeur").id]
    return list(Contract.select().where(Contract.reseller.in_(both), Contract.number > 29962))


def test_every_filter_shows_something_to_both_resellers(loaded):  # 002-18
    assert 38 <= len(around_today()) <= 42
    for reseller in (named("Revendeur Démo"), named("Autre Revendeur")):
        ends = [contract.ends_on for contract in around_today() if contract.reseller_id == reseller.id]
        left = [(end - TODAY).days for end in ends]
        assert [n for n in left if n > 120] and [n for n in left if 30 <= n <= 120] and [n for n in left if 0 <= n < 30]
        assert [n for n in left if -10 <= n < 0] and [n for n in left if n < -10]


def test_six_are_ts_131k_and_one_is_extended(loaded):  # 002-15, 002-27
    mine = [c for c in around_today() if contracts.main_article(c).reference == "TS-131K"]
    assert len(mine) == 6
    soon = [c for c in mine if TODAY <= c.ends_on < TODAY + timedelta(30)]
    assert len(soon) == 2
    for contract in soon:
        (offer,) = contracts.offers(contract, TODAY)
        assert (offer.product.reference, offer.unit_cents, offer.currency) == ("CL-SV-E3TS131K", 8900, "EUR")
    (extended,) = [c for c in Contract.select() if c.extended_months]
    assert extended in mine and extended.extended_months == 24
    assert Coverage.select().where(Coverage.contract == extended).count() == 2


def test_four_have_no_customer_and_one_was_sold_elsewhere(loaded):  # 002-12, 003-13
    assert len([c for c in around_today() if c.customer_id is None]) == 4
    (elsewhere,) = [c for c in around_today() if c.sold_by]
    assert elsewhere.sold_by_contact


def test_each_sees_exactly_what_is_theirs(loaded):  # 002-09, 002-10
    every = Contract.select().count()
    assert seen_by("distributeur", Contract) == every == 4 + len(around_today()) + 8
    assert (
        seen_by("revendeur", Contract) + seen_by("autre_revendeur", Contract) + seen_by("parceiro", Contract) == every
    )
    assert seen_by("parceiro", Contract) == 8
    assert seen_by("gestionnaire", Contract) == 0
    assert (
        seen_by("client_test", Contract) == Contract.select().where(Contract.customer == named("Client Test")).count()
    )


@pytest.mark.parametrize(
    "reference, basis, europe, brasil",
    [
        ("GES-COMPLETO", Basis.LICENCE_MONTH, 2490, 5990),
        ("GES-COMPLETO", Basis.SETUP, 6000, 15000),
        ("GES-LIGHT", Basis.LICENCE_MONTH, 1290, 2990),
        ("GES-LIGHT", Basis.SETUP, 3000, 8000),
        ("GES-SPED", Basis.LICENCE_MONTH, None, 1990),
        ("GES-USER", Basis.LICENCE_MONTH, 390, 890),
        ("IMP-DWA", Basis.MONTHLY, 400, 2200),
        ("IMP-DWA", Basis.ANNUAL, 3600, 19800),
        ("IMP-DWA", Basis.TERM_MONTH, 400, 2200),
        ("IMP-CPM", Basis.MONTHLY, 150, 800),
        ("IMP-CPM", Basis.ANNUAL, 1500, 8280),
        ("IMP-CPM", Basis.TERM_MONTH, 150, 800),
        ("OFF-ENT", Basis.MONTHLY, 980, 5400),
        ("OFF-ENT", Basis.ANNUAL, 10560, 58320),
        ("STO-PART", Basis.MONTHLY, 250, 1400),
        ("STO-PART", Basis.ANNUAL, 2700, 15120),
        ("EMM-STD", Basis.MONTHLY, 320, 1760),
        ("EMM-STD", Basis.ANNUAL, 3480, 19200),
        ("DNS-DOM", Basis.ANNUAL, 1200, 6000),
        ("DNS-DOM", Basis.MONTHLY, None, None),
        ("CL-SV-E3TS131K", Basis.ONCE, 8900, 49000),
    ],
)
def test_prices_are_those_of_both_lists(loaded, reference, basis, europe, brasil):
    product = Product.get(Product.reference == reference)
    found = {p.price_list.name: p for p in Price.select().where(Price.product == product, Price.basis == basis)}
    assert {name: price.cents for name, price in found.items()} == {
        name: cents for name, cents in (("Europe", europe), ("Brasil", brasil)) if cents is not None
    }
    bonus = 10 if (reference, basis) == ("GES-COMPLETO", Basis.LICENCE_MONTH) else None
    assert {price.bonus_every for price in found.values()} <= {bonus}


def test_assurance_has_a_price_for_each_plan(loaded):
    rows = Price.select(Price, Product).join(Product).where(Price.basis == Basis.ASSURANCE_MONTH)
    found = Counter((p.price_list.name, p.product.plan.value, p.product.base.reference, p.cents) for p in rows)
    plans = ("standard", "premium", "premium_plus")
    assert set(found) == {
        (name, plan, "IMP-DWA", cents)
        for name, prices in (("Europe", (50, 80, 120)), ("Brasil", (250, 400, 600)))
        for plan, cents in zip(plans, prices, strict=True)
    }


def test_products_say_what_they_are(loaded):
    product = {p.reference: p for p in Product.select()}
    assert product["GES-COMPLETO"].users_per_unit == 3 and product["GES-LIGHT"].users_per_unit == 1
    assert product["GES-SPED"].requires == product["GES-COMPLETO"]
    assert stock.licences_with_users(product["GES-USER"]) == [product["GES-COMPLETO"], product["GES-LIGHT"]]
    assert product["OFF-ENT"].grace_days == 30
    assert {reference for reference, p in product.items() if p.is_service} == {"OFF-ENT", "STO-PART", "EMM-STD"}
    assert product["EMM-STD"].checklist and product["EMM-STD"].support_route
    assert product["IMP-CPM"].base == product["IMP-DWA"] and product["CL-SV-E3TS131K"].months == 24
    assert product["CL-SV-E3TS131K"].title["fr"].startswith("Extension 2 ans - Chassis uniquement - Envoi express J+1")
    for text in (*(p.title for p in product.values()), *(p.family for p in product.values())):
        assert {"en", "fr", "pt"} <= text.keys()
    for terms in Terms.select():
        assert {"en", "fr", "pt"} <= terms.title.keys() and {"en", "fr", "pt"} <= terms.body.keys()


def test_stock_is_its_ledger(loaded):  # 001-29
    holders = {(b.holder.name, b.product.reference): b.quantity for b in Balance.select()}
    assert holders == {
        ("Revendeur Démo", "GES-COMPLETO"): 5,
        ("Parceiro Demo", "GES-COMPLETO"): 3,
        ("Parceiro Demo", "GES-LIGHT"): 2,
    }
    for place in Balance.select():
        assert sum(movement.quantity for movement in stock.ledger(place)) == place.quantity
    (movement,) = StockMovement.select().where(StockMovement.holder == named("Revendeur Démo"))
    assert movement.kind is MovementKind.PURCHASE and movement.order_line.order.state is OrderState.COMPLETED


def test_an_order_waits_in_each_kind_of_house(loaded):  # 000-23, 001-24
    waiting = {o.buyer.name: o.state for o in Order.select() if o.state.is_pending}
    assert waiting == {"Revendeur Démo": OrderState.SUBMITTED, "Parceiro Demo": OrderState.TO_CONFIRM}
    assert {o.approver.identifier for o in Order.select()} == {"distributeur"}
    assert not Order.select().where(Order.state == OrderState.CART).exists()


def test_parceiro_has_two_customers_with_addresses_and_four_contracts_each(loaded):
    for name, number in (("Padaria Estrela Ltda", "11.222.333/0001-81"), ("Clínica São José", "12.ABC.345/01DE-35")):
        customer = named(name)
        assert taxes.shown("BR", customer.tax_number) == number
        assert Address.select().where(Address.organisation == customer).count() == 1
        assert Contract.select().where(Contract.customer == customer).count() == 4
    assert Activation.select().where(Activation.ended_at.is_null()).exists()  # 001-07


def test_client_test_is_reached_as_the_manual_says(loaded):  # 002-58, 002-64
    client = named("Client Test")
    (address,) = Address.select().where(Address.organisation == client)
    assert (client.phone, client.email) == ("0123456789", "client_test@sqp.example")
    assert (address.label, address.street, address.postcode) == ("Adresse principale", "123 rue des tests", "69001")
    assert (address.city.upper(), address.country) == ("LYON", "FR")


def test_the_journal_tells_of_it_and_nobody_is_written_to(loaded):
    assert journal.first_broken_link() is None
    assert Notification.select().exists()
    assert {mail.state for mail in Mail.select()} == {MailState.KEPT}
    assert not db.execute_sql("PRAGMA foreign_key_check").fetchall()


def test_everything_is_invoiced_in_the_order_of_its_days_and_one_is_paid(loaded):  # demo.md, R8
    made = list(Invoice.select().order_by(Invoice.id))
    assert [invoice.issued_on for invoice in made] == sorted(invoice.issued_on for invoice in made)
    assert invoices.missing_numbers() == [] and all(map(invoices.is_untouched, made))
    (paid,) = [invoice for invoice in made if invoice.paid_on]
    assert paid.bill_to == named("Revendeur Démo") and paid.paid_on <= TODAY
    kinds = {invoice.bill_to.name: invoice.kind.is_fiscal for invoice in made}
    assert kinds["Revendeur Démo"] and not kinds["Parceiro Demo"]  # Q: Brazil's are issued elsewhere
    assert billing.run(NOON) == []


@pytest.mark.parametrize("day", OTHER_DAYS, ids=str)
def test_it_can_be_shown_on_another_day(app, day):
    demo.load(0, on(day))
    left = [(c.ends_on - day).days for c in around_today()]
    assert min(left) < -10 < 0 <= max(left) and 0 in left
    if day < date(2023, 12, 9):  # the manual's own day: protected, and its extension is offered
        (offer,) = contracts.offers(Contract.get(Contract.number == 29962), day)
        assert offer.ends_on == date(2025, 12, 9)  # X13


def test_the_manuals_incident_is_there_as_the_manual_shows_it(loaded):  # 002-44, 002-48, 002-54
    incident = Incident.get(Incident.number == 20122301)
    assert (incident.title, incident.state.value) == ("Problème avec mon NAS", "resolved")
    assert incident.contract.number == 29962 and len(incidents.articles(incident)) == 2
    (file,) = files.of(incident, User.get(User.identifier == "client_test"))[Channel.DECLARATION]
    assert file.name == "document.txt"
    assert Store.of(clock.settings).path(file.sha256).stat().st_size == file.size
    told = Notification.select().join(Event).where(Event.kind == "incident.resolved", Event.subject == incident.id)
    assert words.moment(told.get().event.shown_at) == "23/12/2020 18:27"
    assert incidents.close_resolved(NOON) == 0  # it stays so, and the others are where they should be


def test_an_answer_by_mail_waits_for_the_distributor(loaded):  # 004-26
    kept = IncomingMail.get()
    assert kept.state is IncomingState.KEPT and kept.subject == "Boîtier arrivé enfoncé"
    assert files.is_wanted(kept.sha256)


def test_incidents_stand_in_every_state(loaded):
    states = Counter(incident.state for incident in Incident.select())
    assert set(states) == set(IncidentState) and sum(states.values()) >= 12
    assert all(incident.address["postcode"] for incident in Incident.select() if incident.contract_id)
    waiting = [i for i in Incident.select() if i.state is IncidentState.WAITING_CUSTOMER]
    assert waiting and not any(map(incidents.why_not_wait, waiting))  # somebody there is told (002-46)


def test_it_is_loaded_once_and_never_into_a_real_portal(app):
    demo.load(0, NOON)
    with scope(EVERYBODY):
        before = Contract.select().count()
        demo.load(0, on(TODAY + timedelta(3)))
        assert Contract.select().count() == before


def test_generated_contracts_are_added_up_to_the_number_wanted(app):
    demo.load(300, NOON)
    own = Contract.select().where(Contract.number < 100_000).count()
    assert Contract.select().count() == own + 300
    demo.load(300, NOON)
    assert Contract.select().count() == own + 300
    demo.load(400, NOON)
    assert Contract.select().count() == own + 400


def test_a_real_portal_is_left_alone(app, world):
    with pytest.raises(demo.CannotStart, match="real portal"):
        demo.load(0, NOON)
    with pytest.raises(demo.CannotStart, match="no demonstration"):
        demo.forget(app.config["SETTINGS"])
    assert app.config["SETTINGS"].database.exists()
