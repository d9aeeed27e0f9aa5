"""The demonstration's bulk loader: a million contracts that look like life, the same ones every time."""

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import accumulate
from random import Random

from stdnum.br import cnpj
from stdnum.fr import siren
from stdnum.luhn import calc_check_digit as luhn
from stdnum.pt import nif

from lic import search
from lic.models import Number, OutOfScope, current_scope, db, tx
from lic.schema.base import PRAGMAS

FIRST = 100_001  # the demonstration's own contracts keep the small numbers
AT_ONCE = 20_000  # rows handed to the database together
BIG, SMALL = 0.10, 0.003  # of the contracts: what the first two resellers have

FR, PT, BR = "FR", "PT", "BR"
COUNTRIES = (FR, FR, FR, BR, BR, PT)
KINDS = {
    FR: "Société,Établissements,Boulangerie,Pâtisserie,Mairie de,Lycée,Hôpital,Cabinet,Étude,Garage,Menuiserie,"
    "Imprimerie,Transports,Ateliers,Domaine,Château,Fédération,Coopérative,Électricité,Plomberie,Pharmacie,Clinique",
    PT: "Clínica,Padaria,Construções,Câmara Municipal de,Escola Básica,Farmácia,Transportes,Quinta do,Herdade,Óptica,"
    "Engenharia,Serviços,Agência,Mecânica",
    BR: "Clínica,Padaria,Indústria,Construções,Comércio de,Engenharia,Informática,Contabilidade,Fundação,Associação,"
    "Distribuidora,Óptica,Agência,Mecânica,Vinícola",
}
NAMES = {
    FR: "Dupont,Lefèvre,Béranger,Hélène,Thérèse,Zoé,Maël,Garnier,Rousseau,Bérénice,Noël,François,Quéré,Le Goff,"
    "Kervella,Évrard,Müller,Delacroix,Étienne,Fontaine,Girard,Isidore,Jacquet,Klein,Moreau,Ouvrard,Renaud,Ulrich",
    PT: "Gonçalves,Conceição,Simões,Magalhães,Brandão,Leitão,Fernandes,Lourenço,Estêvão,Inês,Patrício,Falcão,Ávila,"
    "Íris,Vasconcelos,Úrsula,Henriques,Queirós,Saraiva,Tavares",
    BR: "Araújo,Assunção,Pereira,Oliveira,Rodrigues,Sá,Antunes,Mendonça,Teixeira,Ximenes,Ferreira da Silva,Nóbrega,"
    "Paixão,Zé,Almeida,Barbosa,Cardoso,Nascimento,Peixoto,Guimarães,Vieira",
}
CITIES = {
    FR: "Lyon,Besançon,Saint-Étienne,Orléans,Nîmes,Béziers,Marseille,Nantes,Angoulême,Châteauroux,Paris",
    PT: "Porto,Coimbra,Évora,Setúbal,Faro,Braga,Viseu,Lisboa,Guimarães",
    BR: "São Paulo,Brasília,Florianópolis,Belém,Goiânia,Niterói,Curitiba,Maceió,Vitória,Ribeirão Preto",
}
FORMS = {FR: "SARL,SAS,SA,et Fils,SCI,SNC", PT: "Lda,Unipessoal Lda,S.A.,& Filhos", BR: "Ltda,EIRELI,ME,S.A.,& Filhos"}
KINDS, NAMES, CITIES, FORMS = ({c: v.split(",") for c, v in d.items()} for d in (KINDS, NAMES, CITIES, FORMS))
SINGLE = ("QSW-M408S", "QSW-M2108-2C", "UNAS-PRO-28T", "TR-004-24TRED", "BTO", "TVS-h674-i5-32G", "TVS-872X-i3-8G")
DESKS = ("118", "216", "220+", "223", "418", "420+", "423+", "720+", "723+", "920+", "923+", "1522+", "1821+", "2422+")
RACKS = ("422+", "820RP+", "822RP+", "1221+", "1619xs+", "2416RP+", "2423RP+", "3618xs", "4021xs+")
LANGUAGES = {FR: "fr", PT: "pt", BR: "pt"}
PHONES = {FR: "04", PT: "21", BR: "1130"}
DISKS = ("ST1000VN002", "ST4000VN006", "ST8000VN004", "WD40EFPX", "WD80EFZZ", "HAT3300-4T", "HAT5310-18T")
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def load(n, today, say=lambda text: None):
    """Add `n` contracts with their resellers, customers, articles and coverages; all of them or, if it fails, none."""
    if not current_scope().everything:
        raise OutOfScope("bulk.load")
    r = Random(f"contracts {n}")  # noqa: S311 (a demonstration, not a secret)
    say("organisations")
    db.execute_sql("PRAGMA cache_size = -65536")  # what is sorted stays in memory
    with tx(), ProcessPoolExecutor(1) as helper:
        first = _take_numbers(n)
        resellers, customers = _organisations(r, n)
        with _without_indexes("contract", "article", "coverage", unless=n < _count("contract")):
            say("contracts")
            _contracts(r, n, first, resellers, customers, today)
            say("their indexes")
        _count_ends()
        say("search index")
        for index in (search.CUSTOMERS, search.CONTRACTS):
            index.fill(partial(_prepared_beside, helper) if n > AT_ONCE else None)
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # else all that follows reads file and log
    db.execute_sql(f"PRAGMA cache_size = {PRAGMAS['cache_size']}")
    db.execute_sql("PRAGMA shrink_memory")


def _take_numbers(n):
    """The first of `n` contract numbers, taken where new contracts take theirs."""
    series = Number.get_or_none(Number.series == "contract", Number.year == 0) or Number(series="contract", last=0)
    first = max(FIRST, series.last + 1)
    series.last = first + n - 1
    series.save()
    return first


# --- organisations -----------------------------------------------------------------------------


def _organisations(r, n):
    """Resellers as (id, share) and customer ids by reseller: a few large, many small."""
    many = max(5, min(300, round(n * 300 / 1_000_000)))
    tail = [1 / (k + 8) ** 0.85 for k in range(many - 2)]
    shares = [BIG, SMALL, *((1 - BIG - SMALL) * share / sum(tail) for share in tail)]
    quotas = [max(1, round(share * n / 20)) for share in shares]
    quotas[2] += n // 20 - sum(quotas)  # in all, one customer for twenty contracts
    id = db.execute_sql("SELECT coalesce(max(id), 0) FROM organisation").fetchone()[0]
    rows, customers, names = [], {}, set()
    for number in range(1, many + 1):
        id += 1
        country = COUNTRIES[number % len(COUNTRIES)]
        name = f"{r.choice(NAMES[country])} Informatique {number}"
        rows.append((id, "reseller", name, *_contact(r, id, name, country), country, *_taxed(r, country), None))
        reseller, customers[id] = id, []
    # customers after all resellers, so that ids do not betray whose they are
    owners = [owner for owner, quota in zip(customers, quotas, strict=True) for _ in range(max(quota, 1))]
    countries = {row[0]: row[5] for row in rows}
    r.shuffle(owners)
    for reseller in owners:
        id += 1
        country = countries[reseller]
        name = _company(r, country, names)
        rows.append((id, "customer", name, *_contact(r, id, name, country), country, *_taxed(r, country), reseller))
        customers[reseller].append(id)
    db.connection().executemany(
        "INSERT INTO organisation (id, kind, name, email, phone, country, tax_number, language, reseller_id, direct,"
        " reseller_approval, tax_code, tax_note) VALUES (?,?,?,?,?,?,?,?,?,0,0,'S','')",
        rows,
    )
    return list(zip(customers, shares, strict=True)), customers


def _company(r, country, names):
    while True:
        words = [r.choice(KINDS[country]), r.choice(NAMES[country])]
        chance = r.random()
        if chance < 0.4:
            words.append(r.choice(NAMES[country]))
        if chance > 0.35:
            words.append(r.choice(CITIES[country]))
        name = " ".join([*words, r.choice(FORMS[country])])
        if name in names:
            name += f" {r.randint(2, 999)}"
        if name not in names:
            names.add(name)
            return name


def _contact(r, id, name, country):
    return f"contact{id}@client.example", f"{PHONES[country]}{r.randint(10_000_000, 99_999_999)}"


def _taxed(r, country):
    """A tax number with its right check digits, and the language."""
    if country == FR:
        body = f"{r.randint(10_000_000, 99_999_999)}"
        number = siren.compact(body + luhn(body))
    elif country == PT:
        body = f"5{r.randint(0, 9_999_999):07d}"
        number = body + nif.calc_check_digit(body)
    else:
        body = f"{r.randint(10_000_000, 99_999_999)}0001"
        number = body + cnpj.calc_check_digits(body)
    return number, LANGUAGES[country]


# --- contracts ---------------------------------------------------------------------------------


def _contracts(r, n, first, resellers, customers, today):
    ids, weights = [id for id, _ in resellers], list(accumulate(share for _, share in resellers))
    owners = r.choices(ids, cum_weights=weights, k=n)
    references = _references(r)
    chosen = r.choices(references, weights=[1 / (k + 12) for k in range(len(references))], k=n)
    id = db.execute_sql("SELECT coalesce(max(id), 0) FROM contract").fetchone()[0]
    span = 12 * 365
    days = [(today - timedelta(days=span - k)) for k in range(span + 12 * 365)]
    iso = [day.isoformat() for day in days]
    random, connection = r.random, db.connection()
    contracts, articles, coverages = [], [], []

    def write():
        for statement, rows in ((CONTRACT, contracts), (ARTICLE, articles), (COVERAGE, coverages)):
            connection.executemany(statement, rows)
            rows.clear()

    for k in range(n):
        id += 1
        reseller, (reference, shape, title) = owners[k], chosen[k]
        mine, chance = customers[reseller], random()
        customer = mine[int(len(mine) * random() ** 1.6)] if chance > 0.02 else None
        start = min(span - 1, max(0, int(k * span / n + random() * 40 - 20)))
        years = 1 if chance < 0.45 else 2 if chance < 0.6 else 3 if chance < 0.85 else 5
        covered = end = start + years * 365 - 1
        serial = _serial(r, shape, iso[start])
        extended = 0
        if random() < 0.08:
            extended = 24 if random() < 0.7 else 12
            end += extended * 365 // 12
            coverages.append((reseller, customer, id, iso[covered + 1], iso[end]))
        coverages.append((reseller, customer, id, iso[start], iso[covered]))
        contracts.append((id, reseller, customer, first + k, reference, serial, iso[start], iso[end], extended))
        articles.append((reseller, customer, id, reference, serial, title, 1))
        if chance > 0.7:
            for _ in range(1 + int(random() * 3.4 * (chance - 0.5))):
                disk, number = DISKS[int(random() * len(DISKS))], int(random() * 36**7)
                articles.append((reseller, customer, id, disk, f"Z{_base36(number)}", f"Disque dur {disk}", 0))
        if len(contracts) >= AT_ONCE:
            write()
    write()


CONTRACT = (
    "INSERT INTO contract (id, reseller_id, customer_id, number, product_reference, serial, starts_on, ends_on,"
    " extended_months, sold_by, sold_by_contact) VALUES (?,?,?,?,?,?,?,?,?,'','')"
)
ARTICLE = (
    "INSERT INTO article (reseller_id, customer_id, contract_id, reference, serial, title, main, data_sheet)"
    " VALUES (?,?,?,?,?,?,?,'')"
)
COVERAGE = "INSERT INTO coverage (reseller_id, customer_id, contract_id, starts_on, ends_on) VALUES (?,?,?,?,?)"


def _references(r):
    """(reference, shape of its serial numbers, title), about a thousand, the usual ones first."""
    found = {}
    for bays in (1, 2, 4, 5, 6, 8, 9, 12, 16, 24):
        for series in ("31", "51", "53", "64", "73", "83", "31K", "53E", "h86", "64eU"):
            for kit in ("", "-8G", "-16G", "-1TIW", "-2TRED", "-4TRED", "-8TRED", "-12TIW"):
                if r.random() < 0.6:
                    reference = f"TS-{bays}{series}{kit}"
                    found[reference] = (reference, "Q", f"NAS QNAP Tour TS-{bays}{series} - {bays} baies")
    for model in DESKS:
        for kit in ("", "+2TNS", "+4TNS", "+16TNS", "+48TNS", "-8G"):
            reference = f"SY-DS{model}{kit}"
            found[reference] = (reference, "S", f"NAS Synology DiskStation DS{model}")
    for model in RACKS:
        for kit in ("", "+24TNS", "+48TNS", "+96TNS"):
            reference = f"SY-RS{model}{kit}"
            found[reference] = (reference, "S", f"NAS Synology RackStation RS{model}")
    for model in SINGLE:
        found[model] = (model, "W", f"Appareil {model}")
    references = list(found.values())
    r.shuffle(references)
    return references


def _serial(r, shape, iso):
    number, year, month = int(r.random() * 36**5), iso[2:4], "123456789ABC"[int(iso[5:7]) - 1]
    if shape == "Q":
        return f"Q{year}{month}{LETTERS[10 + number % 24]}{number % 100_000:05d}"
    if shape == "S":
        return f"{year}{month}0{_base36(number)[-3:]}{number % 1_000_000:06d}"
    return f"WCC{_base36(number)}{_base36(int(r.random() * 36**4))}"


def _base36(number):
    text = ""
    while number or not text:
        number, digit = divmod(number, 33)
        text = LETTERS[digit] + text
    return text


# --- tables ------------------------------------------------------------------------------------


def _count_ends():
    """At once, which is a fifth of the work."""
    db.execute_sql("DELETE FROM ending")
    db.execute_sql("INSERT INTO ending (day, contracts) SELECT ends_on, count(*) FROM contract GROUP BY ends_on")


def _prepared_beside(helper, name, chunks):
    """The tokens are made in another process while this one writes them."""
    waiting = deque()
    for chunk in chunks:
        waiting.append(helper.submit(_prepared, name, chunk))
        if len(waiting) > 2:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _prepared(name, chunk):
    return next(index for index in search.indexes if index.name == name).prepared(chunk)


def _count(table):
    return db.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


@contextmanager
def _without_indexes(*tables, unless):
    """Within the block these tables have no indexes and nothing is counted; once at the end, it costs a fraction."""
    marks = ",".join("?" * len(tables))
    found = db.execute_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql <> ''"
        f" AND tbl_name IN ({marks})",  # noqa: S608
        tables,
    ).fetchall()
    if unless:
        found = []
    for kind, name, _ in found:
        db.execute_sql(f'DROP {kind} "{name}"')
    yield
    for *_, sql in found:
        db.execute_sql(sql)
