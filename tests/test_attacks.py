"""What attackers try, tried (safety.md, "Who might try what"); more of it in screens/test_session_safety.py."""

import ast
import hashlib
import http.client
import io
import json
import logging
import re
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lic import create_app, server
from lic.models import Address, Organisation, Throttle, User
from lic.rules import contracts, files, throttle
from lic.web import clock, exports
from lic.web.headers import POLICY
from lic.web.logs import Lines
from tests.conftest import a_browser
from tests.incidents import TEXT, an_incident, post
from tests.letters import letters
from tests.screens.conftest import PASSWORD, with_password
from tests.serving import serving

HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # of version 4.0.1, as its makers gave it out

NOTICES = "__Host-lic_notice"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "css/../../app.py", ".", "%00", "a%00.css", "a" * 300, "a/" * 3000],
    ids=lambda name: name[:20],
)
def test_a_static_file_is_one_of_ours_or_none(app, name):  # 37
    assert a_browser(app).get(f"/static/{name}").status_code == 404


def test_a_failure_says_nothing_of_the_inside(world, visit, app, monkeypatch, caplog):  # 46
    """But a number, under which the log has all of it."""

    def fail(*_):
        raise RuntimeError("the inside: /srv/portal")

    monkeypatch.setitem(app.config, "TELL_ERRORS", True)
    monkeypatch.setattr(contracts, "numbered", fail)
    answer = visit(world.remi).get("/contracts/29962")
    assert answer.status_code == 500 and "Something went wrong on our side." in answer.text
    assert not any(word in answer.text for word in ("inside", "Traceback", "RuntimeError"))
    (number,) = re.findall(r"tell support this number: (\w+)", answer.text)
    assert f"request {number} failed" in caplog.text and "the inside" in caplog.text


def test_every_answer_says_what_may_be_done_with_it(app, settings, monkeypatch):  # 31, 38, 47
    """And on https that nothing but https leads here."""
    monkeypatch.setattr(clock, "settings", clock.settings)  # another portal sets its own
    https = create_app(replace(settings, base_url="https://localhost"), SECRET_KEY="tests", TESTING=True).test_client()
    for path in ("/", "/login", "/healthz", "/static/icon.svg", "/nowhere", "/api/v1/nowhere", "/%00"):
        headers = https.get(path, base_url="https://localhost").headers
        assert HEADERS.items() <= dict(headers).items(), path
        assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(headers.keys()), path


def test_the_content_policy_lets_nothing_run_that_is_not_a_file_of_ours():  # 31
    said = dict(one.strip().split(" ", 1) for one in POLICY.split(";"))
    assert said["default-src"] == said["base-uri"] == said["frame-ancestors"] == "'none'"
    assert said["script-src"] == said["style-src"] == said["connect-src"] == said["form-action"] == "'self'"
    assert said.keys() & {"object-src", "worker-src", "frame-src"} == set() and "unsafe" not in POLICY


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND"])
def test_a_method_nobody_uses_does_nothing(world, visit, method):
    assert visit(world.remi).open("/contracts", method=method).status_code in (403, 405)


def test_one_request_is_one_request(app, settings):
    """However its length is told: a second one hidden in its body is not answered."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    both = head + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(hidden)) + hidden
    twice = head + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden
    odd = head + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden
    spaced = head + b"Content-Length : %d\r\n\r\n" % len(hidden) + hidden
    with serving(app, settings) as address:
        for sent in (both, twice, odd, spaced):
            with closing(socket.create_connection(address, 20)) as connection:
                connection.sendall(sent)
                answered = b"".join(iter(lambda connection=connection: connection.recv(65536), b""))
            assert len(re.findall(rb"HTTP/1\.[01] [0-9]{3}", answered)) == 1 and b"ok\n" not in answered


def test_the_script_is_the_one_its_makers_gave_out():  # 54
    assert hashlib.sha256(Path("static/htmx-4.0.1.min.js").read_bytes()).hexdigest() == HTMX


# --- who is asking -------------------------------------------------------------------------------


def ask(address, method, path, form=None, **headers):
    """The answer to one request, over a real connection."""
    with closing(http.client.HTTPConnection(*address, timeout=20)) as connection:
        typed = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://{}:{}".format(*address)}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, urlencode(form or {}), typed | named)
        return connection.getresponse()


@pytest.mark.parametrize(
    ("proxy", "said", "believed"),
    [
        (False, "203.0.113.7", "127.0.0.1"),
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the first was there before the proxy's
        (True, "198.51.100.1, nonsense", "?"),
    ],
)
def test_an_address_is_who_connected_or_what_the_proxy_says(app, world, settings, proxy, said, believed):  # 35
    """Else each guess at a password would come from another place."""
    with serving(app, settings, proxy=proxy) as address:
        form = {"identifier": "remi", "password": "a wrong password"}
        assert ask(address, "POST", "/login", form, X_Forwarded_For=said).status == 422
    keys = {row.key for row in Throttle.select()}
    assert throttle._key(throttle.LOGIN_FROM, believed) in keys and len(keys) == 2


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),  # one line has so many addresses to choose from
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_who_guesses_is_counted_by_where_they_are(address, place):  # 20
    assert throttle.place(address) == place


def test_the_proxy_says_for_which_host_by_host_alone(app, world, settings):  # 34
    with serving(app, settings, proxy=True) as address:
        answer = ask(address, "GET", "/login", X_Forwarded_Host="evil.example")
        assert answer.status == 200 and answer.getheader("Server") is None
        answer = ask(address, "GET", "/login", Host="evil.example", X_Forwarded_Host="localhost")
        assert answer.status == 400 and b"evil" not in answer.read()


def test_guessing_the_own_password_again_gets_slower(world, visit):  # 20: somebody sits at another's open session
    with_password(world.remi)
    browser = visit(world.remi)
    for _ in range(5):
        answer = browser.post("/settings/password", data={"current": "a guess", "new": "four words are long"})
        assert answer.status_code == 422 and "not your current password" in answer.text
    right = browser.post("/settings/password", data={"current": PASSWORD, "new": "four words are long"})
    assert right.status_code == 422 and "Too many attempts" in right.text


def test_another_address_for_ones_letters_needs_the_password(world, visit):  # 7.5.1 of the ASVS
    with_password(world.remi)
    given = {"first_name": "Rémi", "last_name": "Durand", "identifier": "remi", "language": "en", "theme": ""}
    browser, other = visit(world.remi), {"email": "thief@example.com"}
    for guess in ({}, {"current_password": ""}, {"current_password": "a guess"}):
        answer = browser.post("/settings/profile", data=given | other | guess)
        assert answer.status_code == 422 and "not your current password" in answer.text
    assert (
        letters() == []
        and browser.post("/settings/profile", data=given | {"email": world.remi.email}).status_code == 303
    )


def test_every_cookie_is_for_this_site_and_no_script(world, visit, app, settings, monkeypatch):
    with_password(world.remi)
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, base_url="https://localhost"))
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)  # as create_app does for such an address
    monkeypatch.setitem(app.config, "SESSION_COOKIE_NAME", NOTICES)
    browser, https = visit(), {"base_url": "https://localhost"}
    said = [browser.post("/language", data={"language": "fr"}, **https)]
    said.append(browser.post("/login", data={"identifier": "remi", "password": PASSWORD, "remember": "y"}, **https))
    said.append(browser.post("/logout", **https))
    cookies = [line for answer in said for line in answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in cookies} == {"__Host-lic_language", "__Host-lic", NOTICES}
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert all(flag in line for line in cookies), flag


def test_a_session_opens_no_door_for_programs(world, visit):  # 10
    answer = visit(world.remi).post("/api/v1/order-previews", data="{}", content_type="text/plain")
    assert answer.status_code == 401


# --- what is sent --------------------------------------------------------------------------------


def test_more_fields_than_a_form_has_change_nothing(world, visit):  # 6, 7, 8
    """Whose it is and what it may do is never read from a form."""
    browser, person = visit(world.remi), {"first_name": "Nora", "last_name": "Neuve", "email": "nora@example.com"}
    given = {"identifier": "nora", "type": "basic", "organisation": world.beta.id, "password": "x", "active": "1"}
    assert browser.post("/settings/users/new", data=person | given).status_code == 303
    nora = User.get(User.identifier == "nora")
    assert (nora.organisation, nora.password) == (world.alpha, None)
    company = {"name": "Neuf", "email": "neuf@example.com", "phone": "0472000000", "country": "FR", "language": "fr"}
    more = {"kind": "distributor", "reseller": world.beta.id, "direct": "1", "price_list": world.brasil.id, "id": "1"}
    browser.post("/customers/new", data=company | more)
    made = Organisation.get(Organisation.name == "Neuf")
    assert (made.kind.value, made.reseller, made.direct, made.price_list) == ("customer", world.alpha, False, None)


def test_a_files_name_breaks_no_header_and_leaves_no_folder(world, visit, settings):  # 37
    browser, incident = visit(world.claire), an_incident(world)
    names = 'a"; filename*=b.log', "../../x.log", "é\u202egol.txt", "a\\..\\b.txt"
    for name in names:
        form = {"key": str(names.index(name)), "file": (io.BytesIO(TEXT + name.encode()), name)}
        assert post(browser, f"/incidents/{incident.number}/files", form).status_code == 303
    kept = files.of(incident.again(), world.claire)
    answers = [browser.get(f"/incidents/{incident.number}/files/{file.id}") for some in kept.values() for file in some]
    assert len(answers) == 4
    for answer in answers:
        said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment; filename=") and "/" not in said and "\u202e" not in said
        assert answer.mimetype == "text/plain" and answer.headers["X-Content-Type-Options"] == "nosniff"
    inside = [path for path in settings.data.rglob("*") if path.is_file() and "files" in path.parts]
    assert all(re.fullmatch(r"[0-9a-f]{64}", path.name) for path in inside)


@pytest.mark.parametrize(
    "parts",
    [[("label", "x")] * 201, [("label", "x" * 500_001)]],
    ids=["many", "one that is long"],
)
def test_a_form_with_parts_has_so_many_and_so_much(world, visit, parts):  # 39
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(head % (name.encode(), value.encode()) for name, value in parts)
    sent = {"data": body + b"--b--\r\n", "content_type": "multipart/form-data; boundary=b"}
    answer = visit(world.remi).post("/settings/addresses/new", **sent)
    assert answer.status_code == 413 and "too large" in answer.text and not Address.select().exists()


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_spreadsheet_takes_no_text_for_a_formula(app, first):  # 41: the wide ones too, which some read alike
    assert exports._said(f"{first}HYPERLINK(1)") == f"'{first}HYPERLINK(1)"


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_nothing_that_runs_or_unpacks_is_at_hand():
    """No command, no code from text, no archive, no picture, no XML that is read (Factur-X is only written)."""
    never = {"subprocess", "pickle", "marshal", "shelve", "zipfile", "tarfile", "lzma", "bz2", "PIL", "lxml", "yaml"}
    for file in Path("lic").rglob("*.py"):
        names = set(imported(file))
        if str(file) == "lic/web/late.py":  # the failure alone: of our own templates, which the library keeps compiled
            names -= {"pickle", "pickle.UnpicklingError"}
        assert not never & {name.partition(".")[0] for name in names}, file
        calls = [
            node.func for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ]
        named = {call.id for call in calls if isinstance(call, ast.Name)} | {
            f"{call.value.id}.{call.attr}"
            for call in calls
            if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)
        }
        dangerous = {"eval", "exec", "compile", "os.system", "os.popen", "ElementTree.fromstring", "ElementTree.parse"}
        assert not named & dangerous, (file, named & dangerous)


def test_it_connects_to_nobody_else_than_the_servers_it_was_given():
    """No address a person types is ever fetched."""
    network = ("socket", "http.client", "urllib.request", "ssl", "smtplib", "imaplib", "ftplib", "requests", "httpx")
    files = {str(file) for file in Path("lic").rglob("*.py") if set(network) & set(imported(file))}
    assert files == {"lic/mail.py", "lic/incoming.py", "lic/scanner.py"}


def test_who_makes_large_files_leaves_threads_to_everybody_else(world, visit, monkeypatch):  # 44
    """Four exports of a hundred thousand contracts at once would have kept the portal silent for a minute."""
    monkeypatch.setattr(exports, "PATIENCE", 0.01)
    browser = visit(world.remi)
    with exports._turn(), exports._turn():
        answer = browser.get("/contracts/export.csv")
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "10"
        assert "try again in a moment" in answer.text and browser.get("/contracts").status_code == 200
    assert browser.get("/contracts/export.csv").status_code == 200
    assert server.TUNED["threads"] > exports.AT_ONCE
    monkeypatch.setattr(exports, "_csv", lambda *_: 1 / 0)
    for _ in range(exports.AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            browser.get("/contracts/export.csv")  # what fails gives its turn back


# --- what is left behind -------------------------------------------------------------------------


def test_the_log_holds_nothing_that_opens_a_door(world, visit, caplog):  # 50
    caplog.set_level("INFO")
    with_password(world.remi)
    secret, browser = "s3cr3t-of-somebody", visit()
    browser.get(f"/nowhere/{secret}?token={secret}", headers={"Referer": f"http://localhost/{secret}"})
    browser.post("/login", data={"identifier": secret, "password": secret})
    browser.post("/password-resets", data={"who": secret})
    browser.get("/contracts", headers={"Cookie": f"lic={secret}"})
    for path in ("/password-resets", "/invitations", "/approvals", "/setup", "/settings/profile/email"):
        browser.get(f"{path}/{secret}")
        browser.post(f"{path}/{secret}", data={"password": secret})
    body, headers = json.dumps({"operation": secret}), {"Authorization": f"Bearer lic_{secret}"}
    browser.post("/api/v1/order-previews", data=body, headers=headers)
    visit(world.remi).post("/settings/password", data={"current": secret, "new": secret})
    assert len(caplog.records) >= 14
    assert not [record for record in caplog.records if secret in str(record.__dict__)]


def test_a_line_of_the_log_is_one_whatever_is_in_it():  # 50
    forged = logging.LogRecord("portal", logging.INFO, "", 1, 'x"}\n{"at": "now", "says": "%s"}', ("\r\n\u2028",), None)
    line = Lines().format(forged)
    assert "\n" not in line and "\r" not in line
    assert json.loads(line)["says"].startswith('x"}\n')
