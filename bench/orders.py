"""Orders placed durably, beside what the disk itself can do, and with people writing and reading at once (speed.md).

python -m bench.orders
"""

import os
import tempfile
import threading
import time
from pathlib import Path

from lic import database
from lic.models import EVERYBODY, Product, Terms, User, db, scope
from lic.rules import cart, orders
from lic.settings import read
from lic.web import clock
from tests.running import TODAY, Visitor, running

PRODUCT = 2  # Gestão Light, the second of the demonstration
WRITERS = ("revendeur", "autre_revendeur", "gestionnaire", "parceiro")
READERS = 16
SECONDS = 8
LONGEST = 0.5


def synced(folder, seconds=2):
    """How often a second this disk takes 4 KiB for good."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def placed(data, times=200):
    """Orders a second, one after the other; what fills the cart is another transaction and does not count."""
    clock.settings = read({"LIC_DATA": str(data), "LIC_TODAY": TODAY})
    database.connect(clock.settings.database)
    spent = 0.0
    try:
        with scope(EVERYBODY):
            by = User.get(User.identifier == "autre_revendeur")
            product = Product.get_by_id(PRODUCT)
            terms = [row.id for row in Terms.select()]
            for number in range(times):
                at = clock.now()
                cart.add(product, 1, by, at)
                seen = orders.totals(cart.of(by)).seen
                began = time.perf_counter()
                orders.place(by, at, f"bench {number}", terms, seen)
                spent += time.perf_counter() - began
    finally:
        db.close()
    return times / spent


class Timed(Visitor):
    """A visitor that remembers how long each answer took, in seconds."""

    waits = ()

    def ask(self, *given, **fields):
        began = time.perf_counter()
        answer = super().ask(*given, **fields)
        self.waits = [*self.waits, time.perf_counter() - began]
        return answer


class Busy(threading.Thread):
    """Somebody who does one thing after the other until told to stop, and what failed meanwhile."""

    def __init__(self, visitor, stopping, task):
        super().__init__()
        self.visitor, self.stopping, self.task, self.failed, self.done = visitor, stopping, task, [], 0

    def run(self):
        while not self.stopping.is_set():
            try:
                self.task(self.visitor)
                self.done += 1
            except (OSError, AssertionError) as error:
                self.failed.append(error)


def together(data):
    """Four order and sixteen look things up at once, over HTTP: (orders, pages, longest wait in seconds, failures)."""
    with running(data) as portal:
        stopping = threading.Event()
        tasks = [(who, lambda visitor: visitor.order(PRODUCT, 1)) for who in WRITERS]
        tasks += [("distributeur", lambda visitor: visitor.get(f"/contracts?q={len(visitor.waits) % 900}"))] * READERS
        busy = [Busy(Timed(portal.address).log_in(who), stopping, task) for who, task in tasks]
        for one in busy:
            one.visitor.waits = []
            one.start()
        time.sleep(SECONDS)
        stopping.set()
        for one in busy:
            one.join()
    writers, readers = busy[: len(WRITERS)], busy[len(WRITERS) :]
    longest = max(wait for one in busy for wait in one.visitor.waits)
    failed = [error for one in busy for error in one.failed]
    return sum(one.done for one in writers), sum(one.done for one in readers), longest, failed


def main(say):
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        data = Path(folder) / "data"
        with running(data, "demo"):
            pass
        disk, rate = synced(folder), placed(data)
        share = 100 * rate / disk
        told = f"{rate:.0f} = {share:.0f} % of {disk:.0f} syncs"
        say("orders placed durably, a second", told, ">= 20 %", share >= 20)
        ordered, read_, longest, failed = together(data)
    say(f"{len(WRITERS)} who order and {READERS} who search at once: failures", f"{len(failed)}", "0", not failed)
    say("... longest wait, seconds", f"{longest:.2f} ({ordered} orders, {read_} pages)", "<= 0.5", longest <= LONGEST)


if __name__ == "__main__":
    from bench.__main__ import say as shown

    main(shown)
