"""Whether what is stored still holds together (`app.py check`; the nightly job asks too)."""

from peewee import JOIN, DatabaseError, fn, sqlite3

from lic import database
from lic.backups import sha256
from lic.files import Store
from lic.models import EVERYBODY, Balance, Contract, Ending, Invoice, StockMovement, scope
from lic.rules import invoices, journal


def problems(settings):
    """Everything that is wrong, as sentences for whoever runs the machine."""
    parts = (
        _database,
        _ends,
        _stock,
        _audit_trail,
        _invoices,
        lambda: _files(settings.data / "files"),
        lambda: _room(settings),
    )
    with scope(EVERYBODY):  # the whole portal's
        return [line for part in parts for line in _found(part)]


def _found(part):
    """What one part of the look finds; where it cannot even be read, that is what is wrong."""
    try:
        return list(part())
    except (DatabaseError, sqlite3.Error, OSError) as error:  # SQLite's own, while rows are fetched
        return [f"what is stored cannot be read: {error}"]


def _database():
    yield from (f"the database is damaged: {line}" for line in database.damage())
    yield from database.check_structure()


def _ends():
    """As many contracts are counted for a day as end on it."""
    counted = set(Ending.select(Ending.day, Ending.contracts).where(Ending.contracts != 0).tuples())
    there = set(Contract.select(Contract.ends_on, fn.COUNT(Contract.id)).group_by(Contract.ends_on).tuples())
    days = sorted({day for day, _ in counted ^ there})
    return [f"the contracts that end on {day} are not as many as are counted" for day in days]


def _stock():
    """The balances are what the ledger adds up to (001-29)."""
    same = (StockMovement.holder == Balance.holder) & (StockMovement.product == Balance.product)
    told = fn.COALESCE(fn.SUM(StockMovement.quantity), 0)
    wrong = Balance.select(Balance).join(StockMovement, JOIN.LEFT_OUTER, on=same).group_by(Balance.id)
    return [
        f"the stock of {place.product.reference} of {place.holder.name} is not what its ledger says"
        for place in wrong.having(told != Balance.quantity)
    ]


def _audit_trail():
    broken = journal.first_broken_link()
    return [f"the audit trail was changed at event {broken.id} of {broken.at:%Y-%m-%d %H:%M} UTC"] if broken else []


def _invoices():
    """No number is missing, and none says anything else than when it was issued (R8)."""
    changed = [invoice.name for invoice in Invoice.select().order_by(Invoice.id) if not invoices.is_untouched(invoice)]
    gaps = invoices.missing_numbers()
    missing = [
        f"invoice {first} is missing" if first == last else f"invoices {first} to {last} are missing"
        for first, last in gaps
    ]
    return [*missing, *(f"invoice {name} was changed after it was issued" for name in changed)]


def _files(folder):
    """A file's name is the hash of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".part")
    return [f"file {path.name} is damaged" for path in files if sha256(path) != path.name]


def _room(settings):
    """While there is still some, somebody can make more (safety.md 40)."""
    return [] if Store.of(settings).has_room() else ["less than 500 MB are free: files are no longer taken"]
