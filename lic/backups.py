"""Backups: a consistent copy of database and files with the hash of each, and the way back."""

import hashlib
import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import peewee

from lic import database
from lic.database import CannotStart
from lic.models import EVERYBODY, ApiToken, HalfSignIn, MailedLink, SignIn, db, scope, tx
from lic.web import clock

MANIFEST, DATABASE, FILES = "manifest.json", "portal.db", "files"


# --- making one --------------------------------------------------------------------------------


def back_up(settings, folder=None, name=None):
    """Write a backup beside the running portal; returns its folder.

    A backup has its name only once it is whole and on the disk: one that was cut short is never mistaken for one.
    """
    stamp = f"{clock.utcnow():%Y%m%d-%H%M%S-%f}"
    target = Path(folder) if folder else settings.data / "backups" / (f"{name}-{stamp}" if name else stamp)
    if target.exists():
        raise CannotStart(f"{target} exists already; a backup overwrites nothing")
    part = target.with_name(f".{target.name}.part")
    try:
        (part / FILES).mkdir(parents=True, mode=0o700)
        db.execute_sql("VACUUM INTO ?", (str(part / DATABASE),))  # copying the file would miss what is in the WAL
        _copy_files(settings.data / FILES, part / FILES)
        _write_manifest(part)
        part.rename(target)
        _sync(target.parent)
    except (OSError, peewee.OperationalError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise CannotStart(f"{target}: {getattr(error, 'strerror', None) or error}; no backup was made") from error
    return target


def _copy_files(source, target):
    """After the database, so that every file it names is there; a file's name is its hash, so it never changes."""
    for path in sorted(source.rglob("*")):
        if not path.is_file() or path.suffix == ".part":
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:  # deleted a moment ago, as its incident allows
            continue


def _write_manifest(folder):
    hashes = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        _sync(path)
        hashes[path.relative_to(folder).as_posix()] = sha256(path)
    manifest = {"made_at": clock.utcnow().isoformat(), "migrations": _migrations(folder / DATABASE), "sha256": hashes}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    _sync(folder / MANIFEST)
    _sync(folder)


def _migrations(path):
    with closing(peewee.sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        if found := copy.execute("PRAGMA quick_check").fetchone()[0].removeprefix("ok"):
            raise CannotStart(f"the database is damaged: {found}")
        return [name for (name,) in copy.execute(f"SELECT name FROM {database.HISTORY} ORDER BY name")]  # noqa: S608


def _sync(path):
    """What was written is on the disk before anybody is told so."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- the way back ------------------------------------------------------------------------------


def verify(folder):
    """Refuse a folder that is not a whole backup, byte for byte as it was made; returns its manifest."""
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        expected = manifest["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotStart(f"{folder} is not a backup: it has no manifest") from None
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name in sorted(present ^ expected.keys()):
        raise CannotStart(f"{folder}: {name} is {'not in the manifest' if name in present else 'missing'}")
    for name, value in expected.items():
        if sha256(folder / name) != value:
            raise CannotStart(f"{folder}: {name} is damaged")
    return manifest


def restore(settings, folder):
    """Put a backup back; the caller holds the folder's lock. Returns where what was there now is, or None.

    Sessions, mailed links and tokens all end: one revoked since the backup would come back to life (safety.md 19).
    """
    data, folder = settings.data, Path(folder).resolve()
    verify(folder)
    known = {path.stem for path in database.MIGRATIONS.glob("[0-9]*.py")}
    if newer := [name for name in verify(folder)["migrations"] if name not in known]:
        raise CannotStart(f"{folder} was made by a newer version of the portal ({', '.join(newer)})")
    ready = data / "ready-to-restore"
    shutil.rmtree(ready, ignore_errors=True)
    shutil.copytree(folder, ready, copy_function=shutil.copyfile)
    verify(ready)
    _end_everything(ready / DATABASE)
    return _swap(data, ready)


def _end_everything(path):
    database.connect(path)
    with scope(EVERYBODY), tx():  # everybody's sessions
        for table in (SignIn, HalfSignIn, MailedLink):
            table.delete().execute()
        ApiToken.update(revoked_at=clock.utcnow()).where(ApiToken.revoked_at.is_null()).execute()
    database.checkpoint()
    db.close()
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)


def _swap(data, ready):
    """What was there goes aside, what was restored takes its place; in between no server starts."""
    mark, aside = data / "restoring", data / f"replaced-{clock.utcnow():%Y%m%d-%H%M%S-%f}"
    mark.touch(mode=0o600)
    _sync(data)
    there = [data / (DATABASE + end) for end in ("", "-wal", "-shm")] + [data / FILES]
    if there := [path for path in there if path.exists()]:
        aside.mkdir(mode=0o700)
        for path in there:
            path.rename(aside / path.name)
    for name in (DATABASE, FILES):
        _sync(ready / name)
        (ready / name).rename(data / name)
    shutil.rmtree(ready)
    mark.unlink()
    _sync(data)
    return aside if there else None
