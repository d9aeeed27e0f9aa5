"""The power goes at any moment: what was acknowledged is on the disk, whole, and the file is sound (safety.md 2, 3).

Elsewhere: the process is killed (test_durability.py), every connection is a careful one (test_synchronous.py).
"""

import io
import os
import random
import time
from contextlib import closing

import pytest
from peewee import sqlite3

from lic import database
from lic.files import Store
from lic.models import Order, Setting, StagedFile, Terms, db, tx
from lic.rules import cart
from tests.power import ENDINGS, SYNC, Disk
from tests.test_durability import HALF_WRITTEN

ACKNOWLEDGED, FSYNC = "acknowledged", "fsync"
ORDERS, CUTS = 6, 300
WAL = "portal.db-wal"


@pytest.fixture
def disk(world, settings):
    """The portal's database lies on a disk that forgets, opened as the portal opens it."""
    database.checkpoint()
    db.close()
    disk = Disk()
    with disk.plugged_in(settings.database):
        database.connect(settings.database)
        yield disk
        db.close()
        database.connect(settings.database)  # lets go of what watched the file


@pytest.fixture
def chance():
    seed = time.time_ns()
    print(f"random.Random({seed})")  # shown when the test fails
    return random.Random(seed)


def order_some(disk, world, visit):
    """Each order has a quantity of its own; now and then what the WAL holds comes into the database."""
    browser = visit(world.remi)
    for quantity in range(1, ORDERS + 1):
        order(browser, world, quantity)
        disk.note(ACKNOWLEDGED, quantity)
        if quantity % 2 == 0:
            database.checkpoint()
    assert Order.select().where(Order.number.is_null(False)).count() == ORDERS


def order(browser, world, quantity):
    assert browser.post("/cart/lines", data={"product": world.light.id, "quantity": quantity}).status_code == 303
    lines = cart.lines(cart.of(world.remi))
    given = {"key": f"key {quantity}", "seen": cart.Totals.of(lines).seen, "line": [str(line.id) for line in lines]}
    given["terms"] = [str(row.id) for row in Terms.select()]
    assert browser.post("/orders", data=given).location == "/orders"


def some_cuts(disk, chance, folder, share):
    """(how it ended, what was acknowledged before, what is found then, what is wrong with it) of a share of all."""
    for place, ending, files in disk.cuts(share, chance):
        told = {quantity for what, _, quantity, _ in disk.happened[:place] if what == ACKNOWLEDGED}
        here = folder / f"{place}-{ending}"
        here.mkdir()
        for name, content in files.items():
            (here / name).write_bytes(content)
        yield ending, told, *look(here / "portal.db")


def look(path):
    """(the quantities of the orders in this file, what is wrong with it)"""
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute("PRAGMA synchronous = OFF")  # nobody cuts the power twice
            ordered = connection.execute(
                'SELECT line.quantity FROM order_line line JOIN "order" ON "order".id = line.order_id'
                " WHERE number IS NOT NULL"
            )
            found = {quantity for (quantity,) in ordered}
            wrong = [*connection.execute(HALF_WRITTEN), *connection.execute("PRAGMA integrity_check(1)")]
        except sqlite3.DatabaseError as error:
            return set(), [str(error)]
    return found, [row for row in wrong if row != ("ok",)]


def test_an_acknowledged_order_survives_a_power_cut_whole(disk, world, visit, chance, tmp_path):  # 2
    """Killed between a write and its sync, without what was not synced, and with some sectors of it."""
    order_some(disk, world, visit)
    share = CUTS / len(disk.happened) / len(ENDINGS)
    endings = []
    for ending, told, found, wrong in some_cuts(disk, chance, tmp_path, share):
        assert told <= found and not wrong, (ending, told, found, wrong)
        endings.append(ending)
    assert len(endings) > CUTS * 2 / 3 and set(endings) == set(ENDINGS)


def test_a_careless_connection_would_be_noticed(disk, world, visit, chance, tmp_path):  # 3
    db.execute_sql("PRAGMA synchronous = NORMAL")
    order_some(disk, world, visit)
    assert any(wrong or not told <= found for _, told, found, wrong in some_cuts(disk, chance, tmp_path, 0.1))


def test_each_commit_is_synced_before_anybody_is_told(disk):  # 3; NORMAL would come to about 8
    for number in range(100):
        with tx():
            Setting.create(name=f"commit {number}", value=number)
        assert disk.unsynced() == 0
    assert sum(name == WAL and what == SYNC for name, what, *_ in disk.happened) >= 100
    assert not {("NO_SYNC",), ("NO_SYNC=1",)} & set(db.execute_sql("PRAGMA compile_options"))


def test_a_file_is_on_the_disk_before_a_row_names_it(disk, world, visit, settings, monkeypatch):  # X14
    browser, really = visit(world.claire), os.fsync
    disk.happened.clear()
    monkeypatch.setattr(os, "fsync", lambda number: (disk.note(FSYNC, os.fstat(number).st_ino), really(number)))
    assert browser.post("/files", data={"file": (io.BytesIO(b"a log\n"), "a.log")}).status_code == 201
    path = Store.of(settings).path(StagedFile.get().sha256)
    inodes = [one.stat().st_ino for one in (path, path.parent, path.parent.parent)]
    steps = [inodes.index(number) for what, _, number, _ in disk.happened if what == FSYNC]
    assert steps == [0, 1, 2]  # its content, then its name, then its folder's
    last = max(place for place, (what, *_) in enumerate(disk.happened) if what == FSYNC)
    assert WAL not in {name for name, *_ in disk.happened[:last]}
    assert (WAL, SYNC) in {(name, what) for name, what, *_ in disk.happened[last:]}
