"""What was acknowledged is there afterwards: after kill -9, and after a restored backup but for what came later."""

import shutil
import sqlite3
import threading
import time
import urllib.error
from contextlib import closing

import pytest

from tests.running import Visitor, app_py, running

SHOPPERS = ("revendeur", "autre_revendeur", "gestionnaire")  # a cart is one person's, so each orders alone


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    data = tmp_path_factory.mktemp("durable") / "data"
    with running(data, "demo"):
        pass
    return data


@pytest.fixture
def data(demonstration, tmp_path):
    return shutil.copytree(demonstration, tmp_path / "data")


class Shopping:
    """Several people order at once until the portal is gone; each order's quantity is a number nobody else uses."""

    def __init__(self, address, first=1):
        self.acknowledged, self.wrong, self.stopping = [], [], threading.Event()
        self.threads = [
            threading.Thread(target=self._shop, args=(Visitor(address).log_in(who), first + place))
            for place, who in enumerate(SHOPPERS)
        ]
        for thread in self.threads:
            thread.start()

    def _shop(self, visitor, quantity):
        while not self.stopping.is_set():
            try:
                visitor.order(LIGHT, quantity)
            except (urllib.error.HTTPError, AssertionError) as error:
                self.wrong.append(error)
                return
            except OSError:  # killed meanwhile: it may have been written, or not; nobody was told so
                return
            self.acknowledged.append(quantity)
            quantity += len(SHOPPERS)

    def until(self, orders):
        """Wait for so many orders."""
        end = time.monotonic() + 60
        while len(self.acknowledged) < orders and time.monotonic() < end and not self.wrong:
            time.sleep(0.01)
        assert len(self.acknowledged) >= orders, self.wrong

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        assert not self.wrong, self.wrong


LIGHT = 2  # Gestão Light, the second product of the demonstration


def rows(data, sql):
    with closing(sqlite3.connect(f"file:{data / 'portal.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def ordered(data):
    """The quantities of the orders on disk that the shoppers placed."""
    return [
        quantity
        for (quantity,) in rows(
            data,
            'SELECT line.quantity FROM order_line line JOIN "order" ON "order".id = line.order_id'
            ' WHERE number IS NOT NULL AND "order".idempotency NOT LIKE \'%demonstration%\'',
        )
    ]


# Orders without their lines, their consents or their event.
HALF_WRITTEN = (
    'SELECT number FROM "order" o WHERE number IS NOT NULL AND ('
    " NOT EXISTS (SELECT 1 FROM order_line WHERE order_id = o.id)"
    " OR NOT EXISTS (SELECT 1 FROM consent WHERE order_id = o.id)"
    " OR NOT EXISTS (SELECT 1 FROM event WHERE subject_kind = 'order' AND subject = o.id))"
)


def test_an_acknowledged_order_survives_kill_9(data):  # safety.md 1
    first = 1
    for _ in range(3):
        with running(data) as portal:
            shopping = Shopping(portal.address, first)
            shopping.until(orders=12)
            portal.kill()
            shopping.stop()
        with running(data) as portal:
            Visitor(portal.address).log_in("revendeur").get("/orders")
        found = ordered(data)
        assert set(shopping.acknowledged) <= set(found)
        assert len(found) == len(set(found)), "an order was placed twice"
        assert rows(data, HALF_WRITTEN) == []
        first = max(found) + 1 + len(SHOPPERS)
    assert app_py(data, "check").stdout == "Everything holds together.\n"


def test_a_second_server_on_the_folder_says_whose_it_is(data):  # safety.md 25
    with running(data) as portal:
        for command in ([], ["demo"], ["demo", "--reset"], ["migrate"]):
            second = app_py(data, *command)
            assert (
                second.returncode == 1
                and second.stderr == f"LIC_DATA: {data} is in use by process {portal.process.pid}\n"
            )
        assert Visitor(portal.address).get("/healthz") == "ok\n"


def test_a_backup_under_load_can_be_restored(data, tmp_path):  # safety.md 14, 16
    kept = tmp_path / "kept"
    with running(data) as portal:
        shopping = Shopping(portal.address)
        shopping.until(orders=9)
        before = list(shopping.acknowledged)
        done = app_py(data, "backup", str(kept))
        assert done.returncode == 0, done.stderr
        shopping.until(orders=len(shopping.acknowledged) + 6)
        refused = app_py(data, "restore", str(kept))
        assert refused.returncode == 1 and "in use" in refused.stderr
        portal.kill()
        shopping.stop()
    shutil.rmtree(data)
    done = app_py(data, "restore", str(kept))
    assert done.returncode == 0, done.stderr
    with running(data) as portal:
        Visitor(portal.address).log_in("revendeur").get("/orders")
    found = ordered(data)
    assert set(before) <= set(found) and rows(data, HALF_WRITTEN) == []
    assert set(found) < set(shopping.acknowledged)  # what came after the backup is not in it, and restore says so
    assert "What happened after that backup is not in it." in done.stdout
    assert app_py(data, "check").stdout == "Everything holds together.\n"
