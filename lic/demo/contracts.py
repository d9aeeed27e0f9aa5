"""Contracts: the four of the manual, and some for every filter on whatever day it is (demo.md)."""

from datetime import date, timedelta

from lic.models import Article, Contract, Coverage
from lic.rules import numbers
from lic.rules.calendar import add_months

NAS = "NAS QNAP Tour TS-131K - Boitier nu - 1 baie - Adaptateur secteur"
DISK = 'Disque dur 3,5" 1TB - 5900rpm - SATA 6Gbps - 64MB - Seagate IronWolf NAS'
PORTUGUESE = (
    *(("Disque dur", "Disco rígido"), ("baies", "baias"), ("1 baie", "1 baia"), ("8 Go", "8 GB"), ("32 Go", "32 GB")),
    *(("Boitier nu", "Sem discos"), ("Adaptateur secteur", "Fonte de alimentação")),
)
SHEETS = "https://fiches.sqp.example"
NEWEST = 30_000  # the others of this demonstration are numbered after the manual's

MODELS = {  # product reference: (main article's reference, its title, its serial's beginning)
    "TS-131K": ("TS-131K", NAS, "Q207B"),
    "TS-131K-1TIW": ("TS-131K", NAS, "Q207B"),
    "TS-231-2TRED": ("TS-231", "NAS QNAP Tour TS-231 - 2 baies", "Q147B"),
    "TS-453E-8G": ("TS-453E", "NAS QNAP Tour TS-453E - 4 baies - 8 Go", "Q231I"),
    "SY-DS923+16TNS": ("DS923+", "NAS Synology DiskStation DS923+ - 4 baies", "2250SBR"),
    "SY-RS2416RP+48TNS": ("RS2416RP+", "NAS Synology RackStation RS2416RP+ - 12 baies", "1640NCN"),
    "TVS-H674-32G": ("TVS-H674", "NAS QNAP Tour TVS-h674 - 6 baies - 32 Go", "Q225X"),
}

# (days from today to the last day, product reference, customer by place or None), newest first
REVENDEUR = (
    *((1420, "TS-453E-8G", 1), (1203, "SY-DS923+16TNS", 2), (1088, "TS-131K", 3), (1010, "TVS-H674-32G", 4)),
    *((960, "SY-RS2416RP+48TNS", 5), (872, "TS-453E-8G", None), (730, "TS-231-2TRED", 0), (655, "SY-DS923+16TNS", 1)),
    *((540, "TVS-H674-32G", 2), (468, "TS-453E-8G", 3), (365, "SY-DS923+16TNS", 0), (301, "TS-131K-1TIW", None)),
    *((214, "TS-231-2TRED", 4), (168, "SY-RS2416RP+48TNS", 5), (118, "TS-453E-8G", 1), (96, "SY-DS923+16TNS", 2)),
    *((61, "TS-131K", 0), (45, "TVS-H674-32G", 3), (27, "TS-231-2TRED", None), (24, "TS-131K-1TIW", 0)),
    *((12, "TS-131K", 1), (6, "SY-DS923+16TNS", 4), (0, "TS-453E-8G", 5), (-3, "TVS-H674-32G", 2)),
    *((-8, "TS-231-2TRED", 3), (-35, "SY-RS2416RP+48TNS", 1), (-190, "TS-453E-8G", None), (-610, "SY-DS923+16TNS", 4)),
)
AUTRE = (
    *((1290, "TS-453E-8G", 0), (701, "SY-DS923+16TNS", 1), (402, "TVS-H674-32G", 2), (233, "TS-231-2TRED", 0)),
    *((103, "SY-RS2416RP+48TNS", 1), (57, "TS-453E-8G", 2), (19, "SY-DS923+16TNS", 0), (9, "TVS-H674-32G", 1)),
    *((-5, "TS-231-2TRED", 2), (-82, "TS-453E-8G", 0), (-480, "SY-DS923+16TNS", 1)),
)
PARCEIRO = ((890, "TS-453E-8G"), (77, "SY-DS923+16TNS"), (15, "TS-231-2TRED"), (-150, "TVS-H674-32G"))
EXTENDED_IN = 180  # days from today: when the warranty of the sixth TS-131K ended before it was extended


def load(d):
    _of_the_manual(d)
    numbers.next_number("contract", first=NEWEST)  # so that the next is one more
    wanted = [(days, d.reseller, _at(d.customers, place), reference) for days, reference, place in REVENDEUR]
    wanted += [(days, d.other, _at(d.others, place), reference) for days, reference, place in AUTRE]
    wanted += [(days, d.partner, customer, model) for customer in (d.padaria, d.clinica) for days, model in PARCEIRO]
    wanted.append((-EXTENDED_IN, d.reseller, d.customers[2], "TS-131K-1TIW"))
    wanted.sort(key=lambda one: one[0])
    made = {}
    for days, seller, customer, reference in wanted:
        made[days, seller.id] = _around_today(d, days, seller, customer, reference)
    d.to_extend = made[-EXTENDED_IN, d.reseller.id]
    _sold_elsewhere(made[6, d.reseller.id])


def _at(customers, place):
    return None if place is None else customers[place]


def _sold_elsewhere(contract):
    contract.sold_by = "Négoce Informatique du Rhône"
    contract.sold_by_contact = "renouvellements@negoce-rhone.example"
    contract.save()


def _of_the_manual(d):
    client, day = d.client, date
    disks = (
        (("ST1000VN002", "Z9CBPM5M", DISK),),
        (("ST1000VN002", "Z9C1TRED", DISK), ("ST1000VN002", "Z9C2TRED", DISK)),
    )
    bto = ("BTO", "Serveur assemblé sur mesure")
    _contract(d, 18026, None, "TS-231-2TRED", "Q147B07782", day(2016, 10, 15), day(2019, 10, 14), disks[1])
    _contract(d, 18027, client, "SY-RS2416RP+48TNS", "1640NCN124600", day(2016, 10, 14), day(2021, 10, 13))
    _contract(d, 24086, None, "BTO", "WCC4M4LYXCFJ", day(2018, 12, 21), day(2023, 12, 20), main=bto)
    _contract(d, 29962, client, "TS-131K-1TIW", "Q207B17555", day(2020, 12, 10), day(2023, 12, 9), disks[0])


def _around_today(d, days, seller, customer, reference):
    """A contract of three years whose last day is so many days from today."""
    number = numbers.next_number("contract")
    ends_on = d.today + timedelta(days)
    serial = f"{MODELS[reference][2]}{number * 7 % 100_000:05d}"
    disks = (
        (("ST4000VN006", f"Z{number * 11:X}", 'Disque dur 3,5" 4TB - Seagate IronWolf NAS'),) if number % 3 == 0 else ()
    )
    starts_on = add_months(ends_on + timedelta(1), -36)
    return _contract(d, number, customer, reference, serial, starts_on, ends_on, disks, seller=seller)


def _titled(title, language):
    """What an article is called where its seller reads Portuguese; references and brands stay."""
    for french, portuguese in PORTUGUESE if language == "pt" else ():
        title = title.replace(french, portuguese)
    return title


def _contract(d, number, customer, reference, serial, starts_on, ends_on, disks=(), main=None, seller=None):
    owner = {"reseller": seller or d.reseller, "customer": customer}
    reference_of_main, title = main or MODELS[reference][:2]
    contract = Contract.create(
        **owner,
        number=number,
        product_reference=reference,
        serial=serial,
        starts_on=starts_on,
        ends_on=ends_on,
        made_at=d.at_start_of(starts_on),
    )
    articles = ((reference_of_main, serial, title), *disks)
    for place, (article, its_serial, its_title) in enumerate(articles):
        Article.create(
            **owner,
            contract=contract,
            reference=article,
            serial=its_serial,
            title=_titled(its_title, owner["reseller"].language),
            data_sheet=f"{SHEETS}/{article.replace('+', '-plus')}",
            main=place == 0,
        )
    Coverage.create(**owner, contract=contract, starts_on=starts_on, ends_on=ends_on)
    return contract
