"""Sixteen threads write at once: how long the unluckiest wait, with the portal's one queue and without (safety.md 9).

python -m bench.writers
"""

import tempfile
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from statistics import median, quantiles

from peewee import OperationalError

from lic import database
from lic.models import EVERYBODY, Setting, db, scope, tx
from lic.schema import base
from lic.settings import read

THREADS, EACH = 16, 60


def write(name, waits):
    for number in range(EACH):
        began = time.perf_counter()
        with suppress(OperationalError), tx():  # without the queue some find the database locked for too long
            Setting.create(name=f"{name} {number}", value=number)
            waits.append(began)
        if waits and waits[-1] == began:
            waits[-1] = time.perf_counter() - began


def together(run):
    """Every wait of all threads, in seconds."""
    waits = [[] for _ in range(THREADS)]

    def one(place):
        db.connect(reuse_if_open=True)
        try:
            with scope(EVERYBODY):
                write(f"{run} {place}", waits[place])
        finally:
            db.close()

    threads = [threading.Thread(target=one, args=[place]) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(wait for mine in waits for wait in mine)


def main(say):
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        database.open_database(read({"LIC_DATA": str(Path(folder) / "data")}))
        alone = []
        with scope(EVERYBODY):
            write("alone", alone)
        queued, lock = together("queued"), base._writing
        base._writing = nullcontext()
        try:
            unqueued = together("unqueued")
        finally:
            base._writing = lock
            db.close()
    p99, longest = quantiles(queued, n=100)[98], (queued[-1], unqueued[-1])
    failed = [THREADS * EACH - len(waits) for waits in (queued, unqueued)]
    told = f"{p99 * 1000:.0f} ms ({median(alone) * 1000:.1f} alone)"
    say(f"{THREADS} threads write: 99 % wait at most", told, "37 ms first measured; it orients", True)
    told = f"{longest[0] * 1000:.0f}, {longest[1] * 1000:.0f} ms"
    say("... the longest, with the one queue and without", told, "<= half of it", longest[0] <= longest[1] / 2)
    say("... failed, with it and without", f"{failed[0]}, {failed[1]} of {THREADS * EACH}", "0 with", not failed[0])


if __name__ == "__main__":
    from bench.__main__ import say as shown

    main(shown)
