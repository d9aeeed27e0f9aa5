"""Searches as people type them: prefixes of real values, any sort, any filter, any scope, a fresh seed each time."""

import time
from datetime import date, timedelta

from lic import search
from lic.models import EVERYBODY, Contract, Organisation, OrganisationKind, User, UserType, scope

TODAY = date(2026, 11, 22)
SPREAD = [(sort, down) for sort in ("number", "reference", "serial", "customer_name", "ends") for down in (True, False)]


def resellers():
    """Identifiers of somebody at the reseller with the most contracts, and at one with about 0.3 % of them."""
    with scope(EVERYBODY):
        counts = _counts()
        total = sum(count for _, count in counts)
        most = max(counts, key=lambda one: one[1])[0]
        few = min(counts, key=lambda one: abs(one[1] - 0.003 * total))[0]
        return _administrator(most), _administrator(few)


def _counts():
    from peewee import fn

    query = Contract.select(Contract.reseller, fn.count(Contract.id)).group_by(Contract.reseller).tuples()
    return list(query)


def _administrator(reseller):
    user = User.get_or_none(User.organisation == reseller)
    if user is None:
        user = User.create(
            **{"organisation": reseller, "first_name": "Bench", "last_name": str(reseller), "email": "b@example.com"},
            **{"identifier": f"bench{reseller}", "type": UserType.ADMINISTRATOR},
        )
    return user.identifier


def asked_at_random(many, r):
    """(milliseconds of each first answer, of each repeated one)."""
    index, spent, again = search.CONTRACTS, [], []
    with scope(EVERYBODY):
        scopes = [EVERYBODY] * 3 + [Organisation.get_by_id(id).scope for id, _ in r.choices(_counts(), k=12)]
        customers = Organisation.select().where(Organisation.kind == OrganisationKind.CUSTOMER).limit(400)
        scopes += [r.choice(list(customers)).scope for _ in range(4)]
        least, most = Contract.select(Contract.number).order_by(Contract.number).scalar(), _last()
    for _ in range(many):
        with scope(EVERYBODY):
            row = next(iter(index.rows([r.randint(least, most)], TODAY)), None)
        query = search.Query(
            words=_typed(row, r),
            sort=r.choice(["number", "number", "number", *index.key]),
            down=r.random() < 0.6,
            spans=_validity(r),
            today=TODAY,
        )
        with scope(r.choice(scopes)):
            for kept in (spent, again):
                began = time.thread_time()
                found = search.find(index, query)
                index.rows([number for number, _ in found.rows], TODAY)
                kept.append((time.thread_time() - began) * 1000)
    return spent, again


def typed(identifier, many, r):
    """Words of contracts this person may see, as their first letters are typed."""
    with scope(EVERYBODY):
        seen = User.get(User.identifier == identifier).organisation.scope
    with scope(seen):
        found = [
            search.find(search.CONTRACTS, search.Query(sort=sort, down=down, today=TODAY)) for sort, down in SPREAD
        ]
        numbers = [number for page in found for number, _ in page.rows]
        rows = search.CONTRACTS.rows(r.choices(numbers, k=many), TODAY)
    return [r.choice(_words(row)) for row in rows]


def _last():
    return Contract.select(Contract.number).order_by(Contract.number.desc()).scalar()


def _typed(row, r):
    """The beginning of something that stands in a row, as far as a person has typed it; sometimes two words."""
    if row is None or r.random() < 0.1:
        return ()
    words = _words(row)
    chosen = r.sample(words, min(len(words), 2 if r.random() < 0.25 else 1))
    return tuple(dict.fromkeys(word[: r.randint(1, 8)] for word in chosen))


def _words(row):
    texts = [row.reference, row.serial, row.customer_name or "", str(row.number), row.ends.strftime("%d/%m/%Y")]
    return search.folded(" ".join(texts)).split()


def _validity(r):
    span = r.choice([None, None, None, (0, None), (0, 29), (None, -1)])
    if span is None:
        return ()
    return (("ends", *(None if days is None else TODAY + timedelta(days=days) for days in span)),)
