"""Whether what is stored still holds together (`app.py check`; the nightly job asks too)."""

from peewee import JOIN, fn

from lic import database
from lic.backups import sha256
from lic.models import EVERYBODY, Balance, StockMovement, scope
from lic.rules import journal


def problems(settings):
    """Everything that is wrong, as sentences for whoever runs the machine."""
    with scope(EVERYBODY):  # the whole portal's
        damaged = [f"the database is damaged: {line}" for line in database.damage()]
        return [*damaged, *database.check_structure(), *_stock(), *_audit_trail(), *_files(settings.data / "files")]


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


def _files(folder):
    """A file's name is the hash of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".part")
    return [f"file {path.name} is damaged" for path in files if sha256(path) != path.name]
