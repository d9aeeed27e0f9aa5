"""The cast every test plays with, on a database copied per test; the day is 22 November 2026."""

import pickle
import shutil
from contextlib import contextmanager
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from lic import create_app, database
from lic.models import (
    EVERYBODY,
    Article,
    Basis,
    Contract,
    Coverage,
    Fit,
    Moment,
    Organisation,
    OrganisationKind,
    Price,
    PriceList,
    Product,
    ProductKind,
    Registration,
    SignIn,
    Terms,
    User,
    UserType,
    db,
    scope,
    tx,
)
from lic.rules import Refused, throttle
from lic.settings import read
from lic.web import clock, session

pytest_plugins = ["tests.mail_server"]
TODAY = date(2026, 11, 22)
NOON = Moment(TODAY, datetime(2026, 11, 22, 11, 0), datetime(2026, 11, 22, 11, 0))


def on(day, hour=11):
    """That moment of another day, on both clocks."""
    at = datetime.combine(day, datetime.min.time()).replace(hour=hour)
    return Moment(day, at, at)


@pytest.fixture(scope="session")
def blank(tmp_path_factory):
    """A portal with its tables and nothing in them, made once by the migrations themselves."""
    settings = read({"LIC_DATA": str(tmp_path_factory.mktemp("blank"))})
    database.open_database(settings)
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return settings.database


@pytest.fixture
def settings(request, tmp_path, blank):
    peopled = request.getfixturevalue("cast").path if "cast" in request.fixturenames else blank
    return a_portal(tmp_path, peopled)


def a_portal(folder, blank):
    """Settings of an empty portal in this folder, on 22 November 2026."""
    data = folder / "data"
    (data / "files").mkdir(parents=True)
    shutil.copy(blank, data / "portal.db")
    return read({"LIC_DATA": str(data), "LIC_TODAY": TODAY.isoformat(), "LIC_BASE_URL": "http://localhost"})


@pytest.fixture(scope="session")
def portal(blank):
    """The application, put together once: templates compile once for all tests of a worker."""
    return create_app(read({"LIC_DATA": str(blank.parent)}), SECRET_KEY="tests", TESTING=True)


@pytest.fixture
def app(portal, settings):
    """The application on this test's own copy of the database."""
    with opened(portal, settings):
        yield portal


@contextmanager
def opened(portal, settings):
    database.connect(settings.database)
    db.execute_sql("PRAGMA synchronous=OFF")  # nobody pulls the plug here: tests/test_durability.py does
    session._known.clear()
    throttle.start_afresh()
    portal.config["SETTINGS"] = clock.settings = settings
    with scope(EVERYBODY):
        yield portal
    db.close()


def a_user(organisation, name, type=UserType.ADMINISTRATOR, **given):
    first, last = name.split(" ", 1)
    values = {"identifier": first.lower(), "email": f"{first.lower()}@example.com", "language": "en"} | given
    return User.create(organisation=organisation, first_name=first, last_name=last, type=type, **values)


def a_contract(reseller, customer=None, number=None, **given):
    """A contract over one article, from 1 January 2026 for three years unless told otherwise."""
    number = number or (Contract.select().count() + 1000)
    values = {
        "product_reference": "TS-131K-1TIW",
        "serial": f"Q{number}",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2028, 12, 31),
    } | given
    with tx():
        owner = {"reseller": reseller, "customer": customer}
        contract = Contract.create(**owner, number=number, **values)
        reference = given.get("main_reference", "TS-131K")
        Article.create(
            **owner, contract=contract, reference=reference, serial=values["serial"], title="NAS QNAP", main=True
        )
        Coverage.create(**owner, contract=contract, starts_on=values["starts_on"], ends_on=values["ends_on"])
    return contract


@pytest.fixture(scope="session")
def cast(blank, portal, tmp_path_factory):
    """The file of a portal with the cast in it, and who they are: made once, copied per test."""
    settings = a_portal(tmp_path_factory.mktemp("cast"), blank)
    with opened(portal, settings):
        world = the_cast()
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return SimpleNamespace(path=settings.database, world=pickle.dumps(world))


@pytest.fixture
def world(cast, app):
    """Rémi's Alpha and Anne's Béta are neighbours: neither may see anything of the other."""
    return pickle.loads(cast.world)  # a copy, in a quarter of the time copy.deepcopy takes


def the_cast():
    with tx():
        return _cast()


def _cast():
    w = SimpleNamespace()
    w.europe = PriceList.create(name="Europe", currency="EUR")
    w.brasil = PriceList.create(name="Brasil", currency="BRL")
    w.house = Organisation.create(kind=OrganisationKind.DISTRIBUTOR, name="Distributeur", country="FR", phone="0472")
    w.diane = a_user(w.house, "Diane Garnier")
    w.ines = a_user(w.house, "Inès Robert", identifier="ines", email="ines@example.com")
    w.paul = a_user(w.house, "Paul Lemoine", UserType.BASIC)
    buyer = {"price_list": w.europe, "approver": w.diane, "tax_rate_bp": 2000, "country": "FR"}
    w.alpha = Organisation.create(kind=OrganisationKind.RESELLER, name="Alpha", **buyer)
    w.remi = a_user(w.alpha, "Rémi Durand", identifier="remi", email="remi@example.com")
    w.lea = a_user(w.alpha, "Léa Petit", UserType.BASIC, identifier="lea", email="lea@example.com")
    w.beta = Organisation.create(kind=OrganisationKind.RESELLER, name="Béta", **buyer)
    w.anne = a_user(w.beta, "Anne Morel")
    customer = {"kind": OrganisationKind.CUSTOMER, "country": "FR"}
    w.client = Organisation.create(name="Client Test", reseller=w.alpha, email="client@example.com", **customer)
    w.claire = a_user(w.client, "Claire Test")
    w.cleo = a_user(w.client, "Cléo Testeuse", UserType.BASIC, identifier="cleo", email="cleo@example.com")
    w.voisin = Organisation.create(name="Voisin", reseller=w.beta, **customer)
    w.victor = a_user(w.voisin, "Victor Voisin")
    w.atelier = Organisation.create(
        kind=OrganisationKind.CUSTOMER, name="Atelier Direct", reseller=w.house, direct=True, **buyer
    )
    w.marc = a_user(w.atelier, "Marc Fabre")
    w.jean = a_user(w.atelier, "Jean Colin", UserType.BASIC)
    w.users = [w.diane, w.ines, w.paul, w.remi, w.lea, w.anne, w.claire, w.cleo, w.victor, w.marc, w.jean]

    licence = {"kind": ProductKind.LICENCE, "family": {"en": "Management", "fr": "Gestion", "pt": "Gestão"}}
    w.completo = Product.create(reference="GES-COMPLETO", title={"en": "Gestão Completo"}, users_per_unit=3, **licence)
    w.light = Product.create(reference="GES-LIGHT", title={"en": "Gestão Light"}, users_per_unit=1, **licence)
    w.sped = Product.create(reference="GES-SPED", title={"en": "Módulo SPED"}, requires=w.completo, **licence)
    w.extra = Product.create(
        reference="GES-USER", title={"en": "Additional users"}, family=licence["family"], kind=ProductKind.USERS
    )
    w.extension = Product.create(
        reference="CL-SV-E3TS131K", title={"en": "Extension 2 years"}, kind=ProductKind.EXTENSION, months=24
    )
    for product in (w.completo, w.light):
        Fit.create(product=w.extra, for_product=product)
    Fit.create(product=w.extension, for_reference="TS-131K")
    prices = [
        (w.europe, w.completo, Basis.LICENCE_MONTH, 2490, 10),
        (w.europe, w.completo, Basis.SETUP, 6000, None),
        (w.europe, w.light, Basis.LICENCE_MONTH, 1290, None),
        (w.europe, w.light, Basis.SETUP, 3000, None),
        (w.europe, w.extra, Basis.LICENCE_MONTH, 390, None),
        (w.europe, w.extension, Basis.ONCE, 8900, None),
        (w.brasil, w.completo, Basis.LICENCE_MONTH, 5990, 10),
        (w.brasil, w.completo, Basis.SETUP, 15000, None),
    ]
    for price_list, product, basis, cents, bonus in prices:
        Price.create(
            price_list=price_list,
            product=product,
            basis=basis,
            cents=cents,
            bonus_every=bonus,
            valid_from=date(2026, 1, 1),
        )
    for code in ("general", "particular"):
        Terms.create(
            code=code,
            version="1.0",
            valid_from=date(2026, 1, 1),
            title={"en": f"{code} terms"},
            body={"en": "Be kind."},
        )
    w.registration = Registration.create(
        **w.client.owner,
        organisation=w.client,
        contract_number=29962,
        first_name="Nina",
        last_name="Neuve",
        identifier="nina",
        email="nina@example.com",
        language="fr",
        made_at=NOON.at,
    )
    w.contract = a_contract(w.alpha, w.client, number=29962, serial="Q207B17555")
    w.betas = a_contract(w.beta, w.voisin, number=30001, serial="BETA1")
    w.nobodys = a_contract(w.alpha, None, number=24086, serial="WCC4M4LYXCFJ")
    return w


@pytest.fixture
def visit(app):
    """A browser of somebody who is logged in: `visit(world.remi).get("/contracts")`; None is a stranger."""
    return lambda user=None: a_browser(app, user)


def a_browser(app, user=None):
    browser = app.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    if user:
        now, secret = clock.utcnow(), f"secret-{user.id}"
        if not SignIn.get_or_none(SignIn.sha256 == session.hashed(secret)):
            with tx(counts=False):
                SignIn.create(user=user, sha256=session.hashed(secret), made_at=now, seen_at=now, fresh_at=now)
        browser.set_cookie("lic", secret)
    return browser


HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def refused(do, *args, **given):
    """Why a rule does not do that."""
    with pytest.raises(Refused) as error:
        do(*args, **given)
    return error.value.reason
