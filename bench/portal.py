"""A demonstration to measure: in this process through WSGI, and as a server of its own."""

import io
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
TODAY = "2026-11-22"
PASSWORD = "demo-Portail-2026"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def environment(data, port):
    ours = {"LIC_DATA": str(data), "LIC_PORT": str(port), "LIC_TODAY": TODAY, "LIC_BASE_URL": ""}
    return {**os.environ, **ours, "PYTHONDONTWRITEBYTECODE": ""}  # Python keeps what it compiled, as it does by default


@contextmanager
def server(data, port, *arguments):
    """`python app.py …` until the block ends; gives the process and how long its first answer took, in seconds."""
    began = time.perf_counter()
    with (Path(data).parent / f"{Path(data).name}.log").open("ab") as log:
        command = [sys.executable, "app.py", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(data, port), stdout=log, stderr=log)
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit(f"the server ended: see {log.name}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
                break
            except OSError:
                time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


class Visitor:
    """Somebody logged in, over HTTP."""

    def __init__(self, port, identifier):
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.addheaders = [("Sec-Fetch-Site", "same-origin"), ("Accept-Encoding", "gzip")]
        self.opener.open(f"{self.base}/login", urlencode({"identifier": identifier, "password": PASSWORD}).encode())

    def get(self, path, headers=None):
        return self.opener.open(urllib.request.Request(self.base + path, headers=headers or {})).read()


class InProcess:
    """The application called through WSGI, without a server or a test client around it."""

    def __init__(self, data):
        from lic import create_app, database, settings
        from lic.web.guard import ANYONE, allow

        chosen = settings.read({"LIC_DATA": str(data), "LIC_TODAY": TODAY})
        database.connect(chosen.database)
        self.app = create_app(chosen, SECRET_KEY="bench")
        self.app.add_url_rule("/bare", "bare", allow(ANYONE)(lambda: "ok"))
        self.cookies = {}

    def log_in(self, identifier):
        from lic.models import EVERYBODY, SignIn, User, scope, tx
        from lic.web import clock, session

        with scope(EVERYBODY), tx():
            user, now = User.get(User.identifier == identifier), clock.utcnow()
            secret = f"bench {identifier} {time.time_ns()}"
            SignIn.create(user=user, sha256=session.hashed(secret), made_at=now, seen_at=now, fresh_at=now)
        self.cookies[identifier] = f"lic={secret.replace(' ', '-')}"
        with scope(EVERYBODY), tx():
            hashed = session.hashed(secret.replace(" ", "-"))
            SignIn.update(sha256=hashed).where(SignIn.sha256 == session.hashed(secret)).execute()
        return self

    def get(self, path, identifier=None, headers=PARTIAL):
        """The status and body of one request."""
        path, _, query = path.partition("?")
        environ = {
            **{"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": ""},
            **{"SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"},
            **{"SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO()},
            **{"wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True},
            **{"wsgi.multiprocess": False, "wsgi.run_once": False},
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        if identifier:
            environ["HTTP_COOKIE"] = self.cookies[identifier]
        status = []
        body = b"".join(self.app(environ, lambda code, headers, error=None: status.append(code)))
        return int(status[0][:3]), body


def once(ask, clock=time.thread_time):
    """How long it takes, in milliseconds."""
    began = clock()
    ask()
    return (clock() - began) * 1000


def statements(ask):
    """How many are put to the database meanwhile; not those its full text index puts to itself."""
    from lic.models import db

    seen = []
    db.connection().set_trace_callback(seen.append)
    ask()
    db.connection().set_trace_callback(None)
    return sum("_words_" not in text and not text.startswith(("--", "PRAGMA")) for text in seen)
