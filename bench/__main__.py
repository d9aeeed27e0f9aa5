"""Prints each bar of the design beside its figure: `make bench`, or `python -m bench 100000` for fewer contracts."""

import logging
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from bench.portal import InProcess, Visitor, milliseconds, server
from bench.searches import asked_at_random, resellers

logging.disable(logging.CRITICAL)
SMALL = 10_000
PAGES = (
    ("distributeur", "/approvals"),
    ("revendeur", "/contracts/29962"),
    ("revendeur", "/catalogue"),
    ("revendeur", "/cart"),
    ("revendeur", "/orders"),
    ("revendeur", "/stock"),
    ("revendeur", "/activations"),
    ("revendeur", "/customers"),
    ("revendeur", "/subscriptions"),
    ("revendeur", "/projects"),
    ("revendeur", "/incidents"),
    ("revendeur", "/notifications"),
    ("revendeur", "/settings/users"),
)
TYPED = ("", "d", "du", "dup", "dupo", "dupon", "dupont", "2026", "ts-4", "sarl", "zzz")


def say(what, figure, bar, held):
    print(f"{'ok  ' if held else 'MISS'}  {what:78} {figure:>22}   bar {bar}", flush=True)


def main(contracts):
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        big, small = folder / "big", folder / "small"
        print(f"{contracts:,} contracts; a loaded machine slows all of it, ratios less.\n")
        with server(big, 8791, "demo", "--contracts", str(contracts)) as (_, loading):
            say("load with `demo`, seconds", f"{loading:.0f}", "< 120 (at 1,000,000)", loading < 120)
        with server(big, 8791) as (process, cold):
            say("cold start to the first answer, seconds", f"{cold:.2f}", "<= 0.8", cold <= 0.8)
            over_http = typing_over_http(8791)
            wire(8791)
            memory(process.pid)
        with server(small, 8791, "demo", "--contracts", str(min(SMALL, contracts))):
            ratio = over_http / typing_over_http(8791)
        say(f"growth from {SMALL:,} contracts, default sort over HTTP", f"{ratio:.2f} x", "<= 2 x", ratio <= 2)
        within(big, contracts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def typing_over_http(port):
    visitor = Visitor(port, "distributeur")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    spent = [milliseconds(lambda n, q=q: visitor.get(f"/contracts?q={q}&n={n}", headers), 9) for q in TYPED]
    return median(spent)


def wire(port):
    """What the first page costs over the wire, compressed, with everything it loads."""
    visitor = Visitor(port, "revendeur")
    names = ("portal.css", "portal.js", "htmx-4.0.1.min.js", "icons.svg", "icon.svg")
    size = len(visitor.get("/contracts")) + sum(len(visitor.get(f"/static/{name}")) for name in names)
    say("first page with all it loads, KB over the wire", f"{size / 1024:.0f}", "<= 60", size <= 60 * 1024)


def memory(pid):
    facts = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    own = int(facts["Anonymous"].split()[0]) / 1024
    every = int(facts["Rss"].split()[0]) / 1024
    say("memory of the process's own after searching, MB", f"{own:.0f}", "<= 45", own <= 45)
    say("resident, with the pages of the database the system lends, MB", f"{every:.0f}", "<= 125", every <= 125)


def within(data, contracts):
    """In this process: no network, no server, the whole request all the same."""
    portal = InProcess(data)
    big, small = resellers()
    for who in ("distributeur", "revendeur", big, small):
        portal.log_in(who)
    bare = milliseconds(lambda n: portal.get("/bare"), 300)
    print(
        f"\nbare route through everything each request passes: {bare:.2f} ms; the same for nothing but Flask: ", end=""
    )
    nothing = nothing_but_flask()
    print(f"{nothing:.2f} ms (the bars' unit)")
    for who, bar, name in (
        ("distributeur", 6, "the distributor"),
        (small, 15, "a reseller with 3,000 per million"),
        (big, 15, "a reseller with a tenth"),
    ):
        worst = [milliseconds(lambda n, q=q, who=who: portal.get(f"/contracts?q={q}&n={n}", who)) for q in TYPED]
        ratio = median(worst) / nothing
        say(
            f"live search, whole request, {name}: median of {len(TYPED)} typings",
            f"{ratio:.1f} x ({median(worst):.1f} ms)",
            f"<= {bar} x",
            ratio <= bar,
        )
    spent, again = asked_at_random(3000 if contracts > 100_000 else 600, random.Random(time.time_ns()))
    cuts = quantiles(spent, n=100)
    under = 100 * sum(one < 10 for one in spent) / len(spent)
    say("searches at random, SQL and fetch: median, ms", f"{cuts[49]:.2f}", "<= 2", cuts[49] <= 2)
    say("... 95 %", f"{cuts[94]:.1f}", "<= 12", cuts[94] <= 12)
    say("... 99 %", f"{cuts[98]:.1f}", "<= 40", cuts[98] <= 40)
    say("... under 10 ms", f"{under:.1f} %", ">= 93 %", under >= 93)
    say("... a page asked for again: median, ms", f"{median(again):.3f}", "<= 1", median(again) <= 1)
    for who, page in PAGES:
        spent_here = milliseconds(lambda n, who=who, page=page: portal.get(page, who, {}), 9)
        ratio = spent_here / nothing
        say(f"page {page} of {who}", f"{ratio:.0f} x ({spent_here:.1f} ms)", "<= 25 x", ratio <= 25)
    size_of_index(contracts)


def nothing_but_flask():
    from flask import Flask

    app = Flask("bare")
    app.add_url_rule("/", "bare", lambda: "ok")
    portal = InProcess.__new__(InProcess)
    portal.app = app
    return milliseconds(lambda n: portal.get("/", headers={}), 500)


def size_of_index(contracts):
    from lic.models import db

    try:
        rows = db.execute_sql(
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND (name LIKE 'contract_keys%'"
            " OR name LIKE 'contract_words%')"
        ).fetchone()
    except Exception as error:
        print(f"      the size of the index cannot be told here: {error}")
        return
    each = rows[0] / contracts
    say("index and sort keys, bytes a contract", f"{each:.0f}", "<= 400", each <= 400)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
