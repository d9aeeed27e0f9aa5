"""Who is in the demonstration: organisations, people, customers and their addresses (demo.md, Accounts)."""

from lic.models import Organisation, OrganisationKind, User, UserType
from lic.rules import addresses, customers, passwords

PASSWORD = "demo-Portail-2026"  # noqa: S105 (everybody's, and printed when the demonstration starts)


def load(d):
    d.hash = passwords.hashed(PASSWORD)  # once: it takes long on purpose, and here everybody has the same
    _house(d)
    _resellers(d)
    _direct(d)
    _customers(d)


def _person(organisation, identifier, name, type=UserType.ADMINISTRATOR, language="fr", **given):
    first, last = name.split(" ", 1)
    values = {"email": f"{identifier}@sqp.example", "language": language} | given
    return User.create(
        organisation=organisation, first_name=first, last_name=last, identifier=identifier, type=type, **values
    )


def _people(d, organisation, *people, language="fr"):
    """Each (identifier, name, type) becomes `d.<identifier>`."""
    for identifier, name, type in people:
        setattr(d, identifier, _person(organisation, identifier, name, type, language, password=d.hash))


ADMINISTRATOR, BASIC = UserType.ADMINISTRATOR, UserType.BASIC


def _house(d):
    d.house = Organisation.create(
        kind=OrganisationKind.DISTRIBUTOR,
        name="Distributeur Démo",
        email="contact@sqp.example",
        phone="0472000100",
        country="FR",
        tax_number="732829320",
    )
    _people(
        d,
        d.house,
        ("distributeur", "Diane Garnier", ADMINISTRATOR),
        ("distributrice", "Inès Robert", ADMINISTRATOR),
        ("distributeur_basique", "Paul Lemoine", BASIC),
    )
    _address(d.house, d, "Siège", "1 place Bellecour", "69002", "Lyon")


def _buyer(d, name, price_list, country="FR", **given):
    taxed = {"tax_rate_bp": 2000} if country == "FR" else {"tax_rate_bp": None}
    values = {"kind": OrganisationKind.RESELLER, "approver": d.distributeur, "account_manager": d.distributrice}
    return Organisation.create(name=name, price_list=price_list, country=country, **values | taxed | given)


def _resellers(d):
    d.reseller = _buyer(
        d,
        "Revendeur Démo",
        d.europe,
        email="contact@revendeur-demo.example",
        phone="0478123456",
        tax_number="552100554",
        channel="Intégrateurs",
    )
    _people(
        d,
        d.reseller,
        ("revendeur", "Rémi Durand", ADMINISTRATOR),
        ("revendeur_basique", "Léa Petit", BASIC),
    )
    _address(d.reseller, d, "Adresse principale", "8 rue de la République", "69001", "Lyon")
    d.other = _buyer(  # without a channel (000-09)
        d,
        "Autre Revendeur",
        d.europe,
        email="contact@autre-revendeur.example",
        phone="0556987654",
        tax_number="404833048",
    )
    _people(d, d.other, ("autre_revendeur", "Anne Morel", ADMINISTRATOR))
    d.partner = _buyer(
        d,
        "Parceiro Demo",
        d.brasil,
        "BR",
        email="contato@parceiro-demo.example",
        phone="1130001234",
        tax_number="22333445000126",
        language="pt",
        channel="Revendas",
        reseller_approval=True,
    )
    _people(
        d,
        d.partner,
        ("parceiro", "João Souza", ADMINISTRATOR),
        ("parceira", "Beatriz Lima", ADMINISTRATOR),
        ("parceiro_basico", "Rui Alves", BASIC),
        language="pt",
    )


def _direct(d):
    d.atelier = _buyer(
        d,
        "Atelier Direct",
        d.europe,
        kind=OrganisationKind.CUSTOMER,
        reseller=d.house,
        direct=True,
        email="contact@atelier-direct.example",
        phone="0140506070",
        tax_number="477001127",
    )
    _people(d, d.atelier, ("gestionnaire", "Marc Fabre", ADMINISTRATOR), ("utilisateur", "Jean Colin", BASIC))
    _people(d, d.atelier, ("admin_technique", "Sofia Nunes", BASIC), language="pt")
    _address(d.atelier, d, "Siège", "24 rue du Faubourg Saint-Antoine", "75012", "Paris")
    _address(d.atelier, d, "Atelier", "5 quai de la Gare", "94200", "Ivry-sur-Seine")


# --- customers ---------------------------------------------------------------------------------


def _customers(d):
    d.client = _customer(
        d,
        d.revendeur,
        "Client Test",
        "844555664",
        ("Adresse principale", "123 rue des tests", "69001", "Lyon"),
        email="client_test@sqp.example",
        phone="0123456789",
    )
    _people(d, d.client, ("client_test", "Client Test", ADMINISTRATOR), ("cliente_testeuse", "Cliente Testeuse", BASIC))
    mine = (
        ("Boulangerie Lefèvre", "512345679", "04 78 11 22 33", ("Magasin", "17 cours Lafayette", "69003", "Lyon")),
        ("Cabinet Béranger et Fils", "487654329", "04 78 22 33 44", ("Étude", "3 rue Mercière", "69002", "Lyon")),
        ("Clinique du Parc", "422109876", "04 78 33 44 55", ("Accueil", "86 boulevard Stalingrad", "69006", "Lyon")),
        ("Imprimerie Quéré", "398765438", "04 77 44 55 66", ("Atelier", "9 rue Gambetta", "42000", "Saint-Étienne")),
        ("Lycée Ampère", "444555668", "04 78 55 66 77", ("Intendance", "31 rue de la Bourse", "69002", "Lyon")),
    )
    theirs = (
        ("Château Brandon", "800123457", "05 56 11 22 33", ("Domaine", "2 route des Vignes", "33250", "Pauillac")),
        ("Garage Étienne", "812345098", "05 56 22 33 44", ("Garage", "40 cours de la Marne", "33800", "Bordeaux")),
        (
            "Mairie de Saint-Loubès",
            "499887768",
            "05 56 33 44 55",
            ("Mairie", "Place de la Mairie", "33450", "Saint-Loubès"),
        ),
    )
    d.customers = [d.client, *(_customer(d, d.revendeur, *given[:2], given[3], phone=given[2]) for given in mine)]
    d.others = [_customer(d, d.autre_revendeur, *given[:2], given[3], phone=given[2]) for given in theirs]
    d.padaria = _customer(
        d,
        d.parceiro,
        "Padaria Estrela Ltda",
        "11.222.333/0001-81",
        ("Loja", "Rua Augusta, 1500", "01304-001", "São Paulo", "Consolação", "SP"),
        phone="1131112222",
    )
    d.clinica = _customer(
        d,
        d.parceiro,
        "Clínica São José",
        "12.ABC.345/01DE-35",
        ("Recepção", "Avenida Brasil, 820", "13015-230", "Campinas", "Centro", "SP"),
        phone="1932223333",
    )


def _customer(d, by, name, tax_number, address, phone="", email=""):
    seller = by.organisation
    customer = customers.new(
        seller,
        by=by,
        at=d.ago(1100),
        name=name,
        email=email or f"{_plain(name)}@client.example",
        phone=phone.replace(" ", ""),
        country=seller.country,
        language=seller.language,
        tax_number=tax_number,
    )
    _address(customer, d, *address, by=by)
    return customer


def _address(organisation, d, label, street, postcode, city, district="", region="", by=None):
    addresses.new(
        organisation,
        by=by or d.distributeur,
        at=d.ago(1100),
        label=label,
        street=street,
        postcode=postcode,
        city=city,
        district=district,
        region=region,
        country=organisation.country,
        email=organisation.email,
        phone=organisation.phone,
    )


def _plain(name):
    from lic.models import fold

    return "".join(c for c in fold(name).split()[0] if c.isalnum())
