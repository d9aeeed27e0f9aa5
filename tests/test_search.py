"""What is found is what a person looking through every row would find; the index follows every change."""

import unicodedata
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest

from lic import search
from lic.models import (
    EVERYBODY,
    NOBODY,
    Article,
    Contract,
    Organisation,
    OrganisationKind,
    OutOfScope,
    Scope,
    db,
    scope,
    tx,
)
from lic.search import finding, query
from tests.conftest import TODAY, a_contract

NAMES = [
    *(
        "Société Générale",
        "Ateliers Çelik",
        "L’Étoile d'Or",
        "PADARIA São João Ltda",
        "Le Goff & Fils",
        "Évora_Sul S.A.",
    ),
    *("Straße 12", "Ωmega", "ﬁnances ™", "Niño 7-Áreas", "société", "d’Ys (Quéré)", "مكتب", "a b c"),
]
REFERENCES = ["TS-131K-1TIW", "ts-131k", "SY-RS2416RP+48TNS", "BTO", "TR-004.24/TRED", "Éa-1", "100%", "_x_"]
WORDS = [
    *(
        "so",
        "soc",
        "géné",
        "GENERALE",
        "s",
        "ç",
        "cel",
        "etoile",
        "d'",
        "or",
        "&",
        "le",
        "goff",
        "s.a.",
        "_s",
        "sul",
        "a",
    ),
    *(
        "str",
        "strasse",
        "ω",
        "ωme",
        "fin",
        "tm",
        "12",
        "131",
        "1k-1",
        "ts-",
        "t",
        "+48",
        "48",
        "+",
        "tns",
        "100%",
        "0%",
    ),
    *(
        "/2026",
        "26",
        "2026",
        "11/2026",
        "1/2",
        "01",
        "z9",
        "z9c",
        "bpm",
        "7-a",
        "areas",
        "(",
        "quere",
        "x_",
        "_",
        '"',
        "*",
        "zzz",
        "مكت",
        "b",
    ),
]
FILTERS = {
    None: (),
    "active": (("ends", TODAY, None),),
    "soon": (("ends", TODAY, TODAY + timedelta(30)),),
    "expired": (("ends", None, TODAY - timedelta(1)),),
    "spring": (("ends", date(2026, 2, 17), date(2026, 5, 3)),),
    "never": (("ends", date(2031, 1, 1), date(2031, 1, 31)),),
}


def plain(text):
    """Folded once more, by hand."""
    for _ in range(2):
        text = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return text.casefold()


def has(text, word):
    """Any part from three letters on; before that, what begins a word: after a space, or a letter after a sign."""
    if len(word) > 2:
        return word in text
    for place in range(len(text)):
        before = text[place - 1] if place else " "
        begins = before.isspace() or (text[place].isalnum() and not before.isalnum())
        if begins and text.startswith(word, place):
            return True
    return False


def looked_through(rows, seen, asked):
    """What a patient person would find among the rows, in order, as (number, value of the sort key)."""
    found = []
    for row in rows:
        if not (
            seen.everything or (row["customer"] == seen.customer if seen.customer else row["reseller"] == seen.reseller)
        ):
            continue
        if any((first and row[key] < first) or (last and row[key] > last) for key, first, last in asked.spans):
            continue
        texts = [row["reference"], row["serial"], row["customer_name"], *row["inside"]]
        texts = [plain(text) for text in texts] + [str(row["number"]), row["ends"].strftime("%d/%m/%Y")]
        said = {word for word, _, months in asked.spoken if row["extensions"] in months}
        if all(any(has(t, word) for t in texts) or word in said for word in asked.words):
            value = row[asked.sort]
            value = plain(value) if isinstance(value, str) else value
            found.append((row["number"], (value - date(1970, 1, 1)).days if isinstance(value, date) else value))
    return sorted(found, key=lambda key: (key[1], key[0]), reverse=asked.down)


def all_rows():
    """Every contract as it is stored, read without the index."""
    with scope(EVERYBODY):
        inside = {}
        for article in Article.select():
            inside.setdefault(article.contract_id, []).append(article.serial)
        names = {organisation.id: organisation.name for organisation in Organisation.select()}
        return [
            {
                "number": contract.number,
                "reseller": contract.reseller_id,
                "customer": contract.customer_id,
                "reference": contract.product_reference,
                "serial": contract.serial,
                "customer_name": names.get(contract.customer_id, ""),
                "ends": contract.ends_on,
                "extensions": contract.extended_months,
                "inside": inside.get(contract.id, []),
            }
            for contract in Contract.select()
        ]


def pages(asked, size):
    """All pages in turn, as (rows, count); no page is ever short."""
    rows, after = [], None
    while True:
        page = search.find(search.CONTRACTS, asked, after, size)
        rows += page.rows
        if not page.more:
            return rows, page
        assert len(page.rows) == size
        after = (page.rows[-1][1], page.rows[-1][0])


@pytest.fixture
def busy(app):
    """Three resellers, customers with awkward names, 240 contracts in every state."""
    r = Random(7)
    with tx():
        house = Organisation.create(kind=OrganisationKind.DISTRIBUTOR, name="House", country="FR")
        resellers = [Organisation.create(kind=OrganisationKind.RESELLER, name=n, country="FR") for n in "ABC"]
        customers = [
            Organisation.create(kind=OrganisationKind.CUSTOMER, name=name, country="FR", reseller=r.choice(resellers))
            for name in NAMES
        ]
        for number in r.sample(range(1, 3000), 240):
            customer = r.choice([None, *customers])
            a_random_contract(r, number, customer.reseller if customer else r.choice(resellers), customer)
    return house, resellers, customers


def a_random_contract(r, number, reseller, customer):
    ends = TODAY + timedelta(days=r.choice([0, 30, 31, -1, r.randint(-900, 900)]))
    contract = a_contract(
        reseller,
        customer,
        number,
        product_reference=r.choice(REFERENCES),
        serial="".join(r.choices("Q0179ÉéZ-/", k=6)),
        starts_on=date(2020, 1, 1),
        ends_on=ends,
        extended_months=r.choice([0, 0, 12, 24]),
    )
    owner = {"reseller": reseller, "customer": customer, "contract": contract}
    for _ in range(r.choice([0, 0, 1, 3])):
        serial = "Z9C" + "".join(r.choices("BPM59", k=4))
        Article.create(**owner, reference="ST1000", serial=serial, title="Disque")
    return contract


def scopes(resellers, customers):
    yield EVERYBODY
    yield from (Scope(reseller=reseller.id) for reseller in resellers)
    yield from (Scope(reseller=customer.reseller_id, customer=customer.id) for customer in customers[:3])
    yield Scope(reseller=99_999)


PLANS = {  # so small that each way of finding rows has its turn
    "as it is": {},
    "stretches": {"CAP": 3, "FEW": 4},
    "small stretches, short looks": {"CAP": 3, "FEW": 0, "A_LOOK": 5},
    "small stretches, long looks": {"CAP": 3, "FEW": 0, "IN_VAIN": 3},
    "gathers after all": {"CAP": 3, "FEW": 1, "MOST_LOOKS": 4},
}


@pytest.mark.parametrize("plan", PLANS)
def test_it_finds_what_one_finds_by_looking_through_every_row(busy, monkeypatch, plan):  # 002-10, 002-16 to 002-20
    _, resellers, customers = busy
    r = Random(plan)
    for name, value in PLANS[plan].items():
        monkeypatch.setattr(finding, name, value)
    monkeypatch.setattr(query, "SAMPLE", 2)
    cap, rows = finding.CAP, all_rows()
    sorts = ["number", "reference", "serial", "customer_name", "ends", "extensions"]
    for seen, sort, down in product(scopes(resellers, customers), sorts, (False, True)):
        for _ in range(6):
            words = tuple(dict.fromkeys(search.folded(word) for word in r.choices(WORDS, k=r.choice([0, 1, 1, 2]))))
            spoken = tuple((word, "extensions", (m,)) for word in words for m in (12, 0) if r.random() < 0.15)
            days = FILTERS[r.choice(list(FILTERS))]
            asked = search.Query(words, sort, down, spans=days, spoken=spoken, today=TODAY)
            with scope(seen):
                found, last = pages(asked, r.choice([1, 7, 50]) if len(rows) < 100 else r.choice([7, 50]))
                everything = list(search.every(search.CONTRACTS, asked))
            expected = looked_through(rows, seen, asked)
            assert found == expected, (seen, asked)
            assert (last.count, last.over) == (min(len(expected), cap), len(expected) > cap), (seen, asked)
            assert everything == [number for number, _ in expected]


def contents():
    """All an index holds: the keys, and how many rows have each token."""
    held = []
    for index in search.indexes:
        db.execute_sql(f"CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, {index.words}, row)")
        held.append(db.execute_sql(f"SELECT * FROM {index.table} ORDER BY id").fetchall())
        held.append(db.execute_sql("SELECT term, doc FROM temp.held ORDER BY term").fetchall())
        db.execute_sql("DROP TABLE temp.held")
    return held


def test_the_index_follows_every_change_to_the_letter(busy):
    """New, changed, renamed, moved, deleted: afterwards it is as if it were made anew."""
    _, resellers, customers = busy
    r = Random(11)
    for step in range(60):
        with tx():
            contract = Contract.get_by_id(r.choice([c.id for c in Contract.select(Contract.id)]))
            match step % 6:
                case 0:
                    customer = r.choice([None, *customers])
                    a_random_contract(r, 5000 + step, customer.reseller if customer else resellers[0], customer)
                case 1:
                    customer = r.choice(customers).again()
                    customer.name = r.choice(NAMES) + r.choice(["", " II", " é"])
                    customer.save()
                case 2:
                    contract.serial, contract.ends_on = f"NEW{step}", TODAY + timedelta(days=r.randint(0, 99))
                    contract.save()
                case 3:
                    contract.customer = r.choice([None, *customers])
                    contract.save()
                case 4:
                    article = Article.get(Article.contract == contract)
                    article.serial = f"Z{step}"
                    article.save()
                case 5:
                    extra = Article.select().where(~Article.main).first()
                    extra.delete_instance()
    live = contents()
    with tx():
        for index in search.indexes:
            index.fill()
    assert contents() == live
    test_rows = all_rows()
    asked = search.Query(("new",), today=TODAY)
    assert pages(asked, 50)[0] == looked_through(test_rows, EVERYBODY, asked)


def test_a_customer_that_changes_its_reseller_is_found_by_the_new_one_only(busy):
    _, resellers, customers = busy
    customer = next(c for c in customers if c.reseller_id == resellers[0].id)
    mine = [row["number"] for row in all_rows() if row["customer"] == customer.id]
    assert mine
    with tx():
        customer.reseller = resellers[1]
        customer.save()
        Contract.update(reseller=resellers[1]).where(Contract.customer == customer).execute()
    with scope(resellers[0].scope):
        assert not set(mine) & set(search.every(search.CONTRACTS, search.Query(today=TODAY)))
    with scope(resellers[1].scope):
        assert set(mine) <= set(search.every(search.CONTRACTS, search.Query(today=TODAY)))


def test_nothing_is_found_outside_a_scope(busy):
    with scope(NOBODY):
        for asking in (search.find, search.every):
            with pytest.raises(OutOfScope):
                asking(search.CONTRACTS, search.Query(today=TODAY))


def test_what_was_undone_is_not_found(busy):
    asked = search.Query(("undone",), today=TODAY)
    with pytest.raises(ZeroDivisionError), tx():
        contract = Contract.select().first()
        contract.serial = "UNDONE1"
        contract.save()
        raise ZeroDivisionError
    assert search.find(search.CONTRACTS, asked).rows == []


def test_an_answer_is_forgotten_when_something_is_committed(busy):
    asked = search.Query(("fresh",), today=TODAY)
    assert search.find(search.CONTRACTS, asked).count == 0
    with tx():
        contract = Contract.select().first()
        contract.serial = "FRESH1"
        contract.save()
    assert search.find(search.CONTRACTS, asked).rows == [(contract.number, contract.number)]


def test_rows_come_as_they_are_shown(world):
    row = search.CONTRACTS.rows([24086, 29962, 123], TODAY)[0]
    assert (row.number, row.customer_name, row.ends, row.extensions) == (24086, None, date(2028, 12, 31), 0)


def test_the_tables_are_those_of_the_migrations(app):
    made = {name: sql for name, sql in db.execute_sql("SELECT name, sql FROM sqlite_master").fetchall()}
    for statement in search.ddl():
        assert statement in made.values()
