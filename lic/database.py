"""The data folder and the database in it: made with private permissions, migrated at start."""

import os
import secrets
from pathlib import Path

from playhouse.migrations import Runner

from lic.models import db

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(settings):
    """Make the folder if need be, connect and bring the tables up to date; returns the applied migrations."""
    os.umask(0o077)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.data / "files").mkdir(exist_ok=True, mode=0o700)
    connect(settings.database)
    return Runner(db, str(MIGRATIONS)).up()


def connect(path):
    if not db.is_closed():
        db.close()
    db.init(str(path))
    db.connect()


def secret_key(settings):
    """The key that signs the notices' cookie; made once, readable by this user only."""
    path = settings.data / "secret_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()
