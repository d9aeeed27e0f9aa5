"""A portal as a process of its own, as people run it, and somebody who talks to it over HTTP."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parent.parent
TODAY = "2026-11-22"
PASSWORD = "demo-Portail-2026"  # everybody's in the demonstration


class Portal:
    """One that is running: its address, its process, and what it has printed so far."""

    def __init__(self, address, process, log):
        self.address, self.process, self.log = address, process, log

    @property
    def printed(self):
        return self.log.read_text()

    def kill(self):
        """As the kernel does when memory runs out: nothing is finished, nothing is tidied up."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running(data, *command, log=None, **env):
    """A portal that serves this folder, as long as the block lasts; `command` as after `python app.py`."""
    port, log = a_free_port(), log or data.parent / f"{data.name}-{time.monotonic_ns()}.log"
    environment = {**os.environ, "LIC_SMTP_URL": "", "LIC_TODAY": TODAY, **env, "LIC_DATA": str(data)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "app.py", *command],
            cwd=ROOT,
            env=environment | {"LIC_PORT": str(port)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    portal = Portal(f"http://127.0.0.1:{port}", process, log)
    try:
        wait(portal)
        yield portal
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in portal.printed, portal.printed


def a_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(portal):
    for _ in range(1200):
        assert portal.process.poll() is None, portal.printed
        try:
            assert Visitor(portal.address).get("/healthz") == "ok\n"
            return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"no answer: {portal.printed}")


def app_py(data, *arguments, typed="", **env):
    """Run one command on a folder, to its end."""
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "LIC_TODAY": TODAY, **env, "LIC_DATA": str(data)},
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, request, answer, code, message, headers):
        return answer


class Visitor:
    """A browser without anything: it keeps its cookie and sends forms."""

    def __init__(self, address, timeout=30):
        self.address, self.timeout, self.cookie = address, timeout, ""
        self.opener = urllib.request.build_opener(_NoRedirect)

    def ask(self, path, form=None):
        """The answer, whose status may be a redirection; a failure raises."""
        data = None if form is None else urllib.parse.urlencode(form, doseq=True).encode()
        headers = {"Origin": self.address} | ({"Cookie": self.cookie} if self.cookie else {})
        answer = self.opener.open(urllib.request.Request(self.address + path, data, headers), timeout=self.timeout)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("lic="):
                self.cookie = cookie.partition(";")[0]
        return answer

    def get(self, path):
        with self.ask(path) as answer:
            return answer.read().decode()

    def post(self, path, **form):
        with self.ask(path, form) as answer:
            answer.read()
            return answer.status

    def log_in(self, who, password=PASSWORD):
        assert self.post("/login", identifier=who, password=password) == 303
        assert self.cookie
        return self

    def order(self, product, quantity):
        """Buy so many of a product (its number), from the cart to the confirmation; returns when it is acknowledged."""
        assert self.post("/cart/lines", product=product, quantity=quantity) == 303
        page = self.get("/orders/new?consent=1")
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        form = {name: [unescape(v) for n, v in hidden if n == name] for name, _ in hidden}
        assert self.post("/orders", **form) == 303
