"""People at work for hours on the real server: memory, threads, open files, WAL and answers stay as they are.

    python -m bench.soak --minutes 5       # a look
    python -m bench.soak --minutes 1440    # the day and night safety.md asks for (row 30)

Twenty requests a second: lists, records, searches, exports, polling and mistakes; logins, messages, orders and their
approval, with the invoices and letters of each. What was acknowledged is counted, and looked for in the end. The
demonstration's own day stands still (LIC_TODAY), so that its daily jobs run once.

The slope of memory is that of its own, warm: after a third of the run. Until then what is remembered of pages, names
and amounts fills up to its bounds; at twenty requests a second that takes half an hour, and some 20 MB. Below six hours
the slope is told and not judged: it would judge chance, for one login takes 19 MB for a moment.
"""

import argparse
import itertools
import random
import re
import sqlite3
import tempfile
import threading
import time
import urllib.error
from collections import Counter
from contextlib import closing
from pathlib import Path
from statistics import linear_regression, quantiles

from bench.orders import PRODUCT
from tests.running import PASSWORD, Visitor, app_py, running

RATE, HANDS, AN_ACT = 20, 8, 1.9  # requests a second; threads that send them; requests of what people do, about
JUDGED = 360  # minutes from which on a slope of 1 MB an hour can be told from chance
WAL, SLOPE, LONGEST = 64, 1.0, 5.0  # MB, MB an hour, seconds
UNJUDGED = "too short to judge"
MB = 1 << 20
BUYERS = ("revendeur", "autre_revendeur", "gestionnaire", "parceiro")
PEOPLE = (*BUYERS, "distributeur", "distributeur_basique", "revendeur_basique", "client_test", "utilisateur")
LISTS = (
    *("/contracts", "/orders", "/customers", "/stock", "/activations", "/incidents"),
    *("/subscriptions", "/invoices", "/notifications"),
)
WORDS = ("dupont", "ts-453", "2026", "clinica", "garnier", "sy-ds9", "zzz")
FINE = {
    200,
    204,
    303,
    403,
    404,
    422,
}  # what people may be answered: a customer has no orders


class Person(Visitor):
    """One at a time, as a browser with one page; every answer is counted, whatever it is."""

    def __init__(self, address, who, team):
        super().__init__(address)
        self.who, self.team, self.turn = who, team, threading.Lock()

    def ask(self, path, form=None):
        began = time.perf_counter()
        try:
            answer = super().ask(path, form)
        except urllib.error.HTTPError as error:
            answer = error
        self.team.answered(answer.status, time.perf_counter() - began)
        return answer


class Team:
    def __init__(self, address):
        self.lock, self.answers, self.waits, self.quantities = threading.Lock(), Counter(), [], itertools.count(1)
        self.ordered, self.failed = set(), []
        self.people = {who: Person(address, who, self).log_in(who) for who in PEOPLE}

    def answered(self, status, seconds):
        with self.lock:
            self.answers[status] += 1
            self.waits.append(seconds)

    def act(self, chance):
        kinds = {look: 40, search: 14, poll: 20, export: 2, err: 4, log_in: 1, say: 4, order: 5, approve: 4}
        person = self.people[chance.choice(PEOPLE)]
        with person.turn:
            try:
                chance.choices(list(kinds), list(kinds.values()))[0](person, chance)
            except (OSError, AssertionError, StopIteration) as error:
                self.failed.append(f"{person.who}: {type(error).__name__} {error}")


# --- what people do ------------------------------------------------------------------------------


def look(person, chance):
    path = chance.choice(LISTS)
    if rows := re.findall(rf'href="({path}/[0-9]+)"', person.get(path)):
        person.get(chance.choice(rows))


def search(person, chance):
    word = chance.choice(WORDS)
    for letters in range(1, 5):
        person.get(f"/contracts?q={word[:letters]}")


def poll(person, chance):
    person.get(f"/notifications/unread?shown={chance.randint(0, 9)}")


def export(person, chance):
    with person.ask(f"/contracts/export.{chance.choice(('csv', 'xlsx'))}") as answer:
        answer.read()


def err(person, chance):
    person.get("/contracts/999999999")
    person.post("/cart/lines", product=PRODUCT, quantity=chance.choice(("0", "-1", "abc")))


def log_in(person, chance):
    person.post("/logout")
    assert person.post("/login", identifier=person.who, password=PASSWORD) == 303


def say(person, chance):
    rows = re.findall(r'href="(/incidents/[0-9]+)"', person.get("/incidents"))
    channel = "customer" if person.who in ("client_test", "gestionnaire") else "distributor"
    if rows:
        given = {f"{channel}-body": "It beeps.", f"{channel}-key": f"{chance.random()}"}
        person.post(f"{chance.choice(rows)}/messages/{channel}", **given)


def order(person, chance):
    """Of a quantity of its own each, so that it is found again."""
    if person.who in BUYERS:
        quantity = next(person.team.quantities)
        person.order(PRODUCT, quantity)
        person.team.ordered.add(quantity)


def approve(person, chance):
    chief = person.team.people["distributeur"]
    if person is not chief and not chief.turn.acquire(timeout=60):
        raise AssertionError("nobody could approve")
    try:
        if rows := re.findall(r'action="(/orders/[0-9]+/approval)"', chief.get("/approvals")):
            chief.post(chance.choice(rows))
    finally:
        if person is not chief:
            chief.turn.release()


# --- what is watched -----------------------------------------------------------------------------


def measured(process, data):
    """The server's (memory of its own in MB, resident MB, threads, open files, WAL in MB)."""
    of = Path(f"/proc/{process.pid}")
    rolled = dict(line.split(":", 1) for line in (of / "smaps_rollup").read_text().splitlines()[1:])
    status = dict(line.split(":", 1) for line in (of / "status").read_text().splitlines())
    own, resident = (int(rolled[name].split()[0]) / 1024 for name in ("Anonymous", "Rss"))
    files = len(list((of / "fd").iterdir()))
    return own, resident, int(status["Threads"]), files, (data / "portal.db-wal").stat().st_size / MB


def work(team, until, rate):
    """Each hand takes the next moment of one timetable; when the server is slow the moments wait in line."""
    start, moments = time.monotonic(), itertools.count()

    def hand(chance):
        while (due := start + next(moments) * AN_ACT / rate) < until:
            time.sleep(max(0, due - time.monotonic()))
            team.act(chance)

    hands = [threading.Thread(target=hand, args=[random.Random(time.time_ns())]) for _ in range(HANDS)]
    for one in hands:
        one.start()
    return hands


def watch(team, portal, data, until, every):
    """A line each so often; (seconds, *measured) of each."""
    began, rows = time.monotonic(), []
    print(f"{'min':>6} {'own MB':>7} {'RSS MB':>7} {'threads':>7} {'files':>6} {'WAL MB':>7}  p99 s  max s  answers")
    while time.monotonic() < until and portal.process.poll() is None:
        time.sleep(max(0, min(every, until - time.monotonic())))
        with team.lock:
            waits, team.waits, told = team.waits, [], dict(sorted(team.answers.items()))
        spent = time.monotonic() - began
        rows.append((spent, *measured(portal.process, data), max(waits)))
        own, resident, threads, files, wal = rows[-1][1:6]
        print(
            f"{spent / 60:6.1f} {own:7.1f} {resident:7.1f} {threads:7} {files:6} {wal:7.1f}"
            f" {quantiles(waits, n=100)[98]:6.2f} {max(waits):6.2f}  {told}",
            flush=True,
        )
    return rows


def main(minutes, rate, every):
    with tempfile.TemporaryDirectory(prefix="portal-soak-") as folder:
        data = Path(folder) / "data"
        with running(data, "demo"):
            pass
        with running(data, log=Path(folder) / "log") as portal:  # what made the demonstration took its memory along
            team, until = Team(portal.address), time.monotonic() + minutes * 60
            hands = work(team, until, rate)
            rows = watch(team, portal, data, until, every)
            for one in hands:
                one.join()
        checked = app_py(data, "check").stdout
        with closing(sqlite3.connect(data / "portal.db")) as connection:
            found = {quantity for (quantity,) in connection.execute("SELECT quantity FROM order_line")}
    return verdict(team, rows, checked, team.ordered - found, minutes)


def verdict(team, rows, checked, lost, minutes):
    """Prints each bar; whether all are held."""
    warm = [row for row in rows if row[0] >= minutes * 20]
    slope = linear_regression([row[0] / 3600 for row in warm], [row[1] for row in warm]).slope
    first, longest = warm[0], max(row[6] for row in rows)
    strange = {status: count for status, count in team.answers.items() if status not in FINE}
    judged = minutes >= JUDGED
    found = [
        (f"{sum(team.answers.values())} answers, strange ones", strange or 0, "0", not strange),
        ("what failed", team.failed[:3] or 0, "0", not team.failed),
        (f"of {len(team.ordered)} acknowledged orders lost", len(lost), "0", not lost),
        ("afterwards, `app.py check`", checked.strip(), "", checked == "Everything holds together.\n"),
        ("WAL at most, MB", f"{max(row[5] for row in rows):.1f}", f"< {WAL}", max(row[5] for row in rows) < WAL),
        ("longest wait, seconds", f"{longest:.2f}", f"< {LONGEST}", longest < LONGEST),
        ("threads, warm and at the end", f"{first[3]}, {rows[-1][3]}", "the same", first[3] == rows[-1][3]),
        ("open files, warm at most and at the end", f"{max(r[4] for r in warm)}, {rows[-1][4]}", "flat", flat(warm)),
        (
            f"memory, MB an hour, after {first[0] / 60:.0f} minutes of warm-up",
            *(f"{slope:+.2f}", f"< {SLOPE}" if judged else f"< {SLOPE}, {UNJUDGED}", slope < SLOPE),
        ),
    ]
    for what, figure, bar, held in found:
        sign = "-   " if bar.endswith(UNJUDGED) else "ok  " if held else "MISS"
        print(f"{sign}  {what}: {figure}   {bar}")
    return all(held for _, _, bar, held in found if not bar.endswith(UNJUDGED))


def flat(warm):
    """Files come and go with requests under way; the least of the last third is no more than of the first."""
    third = max(1, len(warm) // 3)
    return min(row[4] for row in warm[-third:]) <= min(row[4] for row in warm[:third]) + 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--every", type=float, default=60, help="seconds between two lines")
    given = parser.parse_args()
    raise SystemExit(not main(given.minutes, given.rate, given.every))
