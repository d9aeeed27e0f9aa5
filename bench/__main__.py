"""Prints each bar of the design beside its figure: `make bench`, or `python -m bench 100000` for fewer contracts.

Ratios count; milliseconds only orient. What happens in this process is told in its thread's processor time, which a
loaded machine lengthens least. Warm are the code, the database's pages in the system's memory and whoever is logged
in; nothing was typed before, but by those who type it here: rows and counts met for the second time may be remembered.
The unit is a route of Flask's that does nothing, called as the portal's are, through WSGI and without a server; by
turns with them, for the same route is twice as quick when nothing else has passed through the processor's caches.
"""

import argparse
import logging
import random
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from bench import orders, pages, uploads, writers
from bench.portal import InProcess, Visitor, once, server
from bench.searches import asked_at_random, resellers, typed

logging.disable(logging.CRITICAL)
SMALL = 10_000
LETTERS = range(7)  # so many are typed of a word
OVER_HTTP = ("dupont", "garnier", "2026", "ts-453", "sy-ds9", "clinica", "sarl", "q26", "moreau", "padaria", "zzz")


def say(what, figure, bar, held):
    print(f"{'ok  ' if held else 'MISS'}  {what:78} {figure:>22}   bar {bar}", flush=True)


def main(contracts, everything):
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        big, small = folder / "big", folder / "small"
        print(f"{contracts:,} contracts; a loaded machine slows all of it, ratios less.\n")
        with server(big, 8791, "demo", "--contracts", str(contracts)) as (process, loading):
            say("load with `demo`, seconds", f"{loading:.0f}", "< 120 (at 1,000,000)", loading < 120)
            memory(process.pid, "after it")
        with server(big, 8791) as (process, cold):
            say("cold start to the first answer, seconds", f"{cold:.2f}", "<= 0.8", cold <= 0.8)
            memory(process.pid, "after the start")
            over_http = typing_over_http(8791)
            wire(8791)
            memory(process.pid, "after searching")
        with server(small, 8791, "demo", "--contracts", str(min(SMALL, contracts))):
            ratio = over_http / typing_over_http(8791)
        say(f"growth from {SMALL:,} contracts, default sort over HTTP", f"{ratio:.2f} x", "<= 2 x", ratio <= 2)
        within(big, contracts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if everything:
        print()
        orders.main(say)
        writers.main(say)
        uploads.main()


def typing_over_http(port):
    """Words typed letter by letter, each once; wall time, of one after the other."""
    visitor = Visitor(port, "distributeur")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    visitor.get("/contracts", headers)
    asked = dict.fromkeys(word[:letters] for word in OVER_HTTP for letters in LETTERS)
    return median(once(lambda q=q: visitor.get(f"/contracts?q={q}", headers), time.perf_counter) for q in asked)


def wire(port):
    """What the first page costs over the wire, compressed, with everything it loads."""
    visitor = Visitor(port, "revendeur")
    names = ("portal.css", "portal.js", "htmx-4.0.1.min.js", "icons.svg", "icon.svg")
    size = len(visitor.get("/contracts")) + sum(len(visitor.get(f"/static/{name}")) for name in names)
    say("first page with all it loads, KB over the wire", f"{size / 1024:.0f}", "<= 60", size <= 60 * 1024)


def memory(pid, when):
    facts = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    own = int(facts["Anonymous"].split()[0]) / 1024
    every = int(facts["Rss"].split()[0]) / 1024
    say(f"memory of the process's own {when}, MB", f"{own:.0f}", "<= 45", own <= 45)
    say(f"... resident, with what the system lends it, {when}, MB", f"{every:.0f}", "<= 125", every <= 125)


def within(data, contracts):
    """In this process: no network, no server, the whole request all the same."""
    portal = InProcess(data)
    big, small = resellers()
    for who in ("distributeur", "revendeur", big, small):
        portal.log_in(who)
    nothing = nothing_but_flask()
    for who, bar, name in (
        ("distributeur", 6, "the distributor"),
        (small, 15, "a reseller with 3,000 per million"),
        (big, 15, "a reseller with a tenth"),
    ):
        typing(portal, who, bar, name, nothing)
    spent, again = asked_at_random(3000 if contracts > 100_000 else 600, random.Random(time.time_ns()))
    cuts = quantiles(spent, n=100)
    under = 100 * sum(one < 10 for one in spent) / len(spent)
    say("searches at random, SQL and fetch: median, ms", f"{cuts[49]:.2f}", "<= 2", cuts[49] <= 2)
    say("... 95 %", f"{cuts[94]:.1f}", "<= 12", cuts[94] <= 12)
    say("... 99 %", f"{cuts[98]:.1f}", "<= 40", cuts[98] <= 40)
    say("... under 10 ms", f"{under:.1f} %", ">= 93 %", under >= 93)
    say("... a page asked for again: median, ms", f"{median(again):.3f}", "<= 1", median(again) <= 1)
    pages.main(say, portal, nothing)
    size_of_index(data, contracts)


def typing(portal, who, bar, name, nothing):
    """Words from the reader's own contracts, typed letter by letter: what nobody typed before, and the same again."""
    known, first, again, units = set(), {letters: [] for letters in LETTERS}, [], []
    portal.get("/contracts?q=zzzz", who)
    for word in typed(who, 60, random.Random(time.time_ns())):
        for letters in LETTERS:
            path = f"/contracts?q={word[:letters]}"
            units.append(once(nothing))
            if path not in known and len(word) >= letters:
                known.add(path)
                first[letters].append(once(lambda path=path: portal.get(path, who)))
            again.append(once(lambda path=path: portal.get(path, who)))
    unit = median(units)
    for what, spent in (("first typed", [one for some in first.values() for one in some]), ("typed again", again)):
        ratio = median(spent) / unit
        told = f"{ratio:.1f} x ({median(spent):.2f} ms)"
        say(f"live search, whole request, {name}, {what}: median", told, f"<= {bar} x", ratio <= bar)
    by_length = ", ".join(f"{letters}: {median(spent) / unit:.0f} x" for letters, spent in first.items() if spent)
    print(f"      unit {unit:.3f} ms; first typed, by the number of letters: {by_length}")


def nothing_but_flask():
    """A function that asks for such a route."""
    from flask import Flask

    app = Flask("bare")
    app.add_url_rule("/", "bare", lambda: "ok")
    portal = InProcess.__new__(InProcess)
    portal.app = app
    return lambda: portal.get("/", headers={})


def size_of_index(data, contracts):
    """By the standard library's SQLite: the package's cannot tell."""
    database = sqlite3.connect(f"file:{data / 'portal.db'}?mode=ro", uri=True)
    try:
        (size,) = database.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE"
            " AND (name GLOB 'contract_keys*' OR name GLOB 'contract_words*')"
        ).fetchone()
    except sqlite3.OperationalError as error:
        print(f"      the size of the index cannot be told here: {error}")
        return
    finally:
        database.close()
    say("index and sort keys, bytes a contract", f"{size / contracts:.0f}", "<= 400", size / contracts <= 400)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("contracts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--lists-only", action="store_true", help="leave out orders placed and files sent")
    given = parser.parse_args()
    main(given.contracts, not given.lists_only)
