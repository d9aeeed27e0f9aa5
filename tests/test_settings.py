"""What the environment says: everything has a default, and a wrong value is one line that names it."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from lic.settings import SETTINGS, WrongSetting, read

ROOT = Path(__file__).parent.parent


def test_nothing_needs_to_be_set():
    settings = read({})
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.today, settings.smtp_url, settings.country, settings.proxy) == (None, "", "FR", False)
    assert not settings.https


def test_every_setting_is_read():
    settings = read(
        {
            "LIC_DATA": "/srv/portal",
            "LIC_HOST": "::1",
            "LIC_PORT": "8443",
            "LIC_TODAY": "2026-11-22",
            "LIC_SMTP_URL": "smtps://me:secret@mail.example:465",
            "LIC_CLAMD": "tcp://127.0.0.1:3310",
            "LIC_BASE_URL": "https://portal.example/",
            "LIC_TIMEZONE": "America/Sao_Paulo",
            "LIC_COUNTRY": "br",
            "LIC_PROXY": "1",
        }
    )
    assert settings.database == Path("/srv/portal/portal.db") and settings.today == date(2026, 11, 22)
    assert (settings.base_url, settings.https, settings.proxy) == ("https://portal.example", True, True)
    assert (settings.timezone.key, settings.country) == ("America/Sao_Paulo", "BR")
    assert settings.clamd == "tcp://127.0.0.1:3310" and read({"LIC_CLAMD": "unix:/run/clamav/clamd.ctl"}).clamd


def test_an_option_of_the_command_line_wins_over_the_environment():
    assert read({"LIC_PORT": "9000"}, port=9001).port == 9001


@pytest.mark.parametrize(
    "name, value",
    [
        ("LIC_PORT", "http"),
        ("LIC_PORT", "0"),
        ("LIC_PORT", "65536"),
        ("LIC_PORT", "٣"),
        ("LIC_TODAY", "22/11/2026"),
        ("LIC_TODAY", "2026-02-30"),
        ("LIC_TODAY", "0001-01-01"),
        ("LIC_TODAY", "9999-12-31"),
        ("LIC_HOST", "a b"),
        ("LIC_HOST", "http://127.0.0.1"),
        ("LIC_SMTP_URL", "mail.example:25"),
        ("LIC_SMTP_URL", "smtp://mail.example:port"),
        ("LIC_IMAP_URL", "mail.example"),
        ("LIC_IMAP_URL", "imaps://mail.example/INBOX"),
        ("LIC_IMAP_URL", "pop3://me:secret@mail.example"),
        ("LIC_CLAMD", "/run/clamav/clamd.ctl"),
        ("LIC_CLAMD", "unix:clamd.ctl"),
        ("LIC_CLAMD", "unix:/" + "a" * 107),
        ("LIC_CLAMD", "tcp://127.0.0.1"),
        ("LIC_CLAMD", "tcp://127.0.0.1:port"),
        ("LIC_CLAMD", "tcp://127.0.0.1:3310/"),
        ("LIC_REPLY_TO", "house.example"),
        ("LIC_REPLY_TO", "a-name-that-leaves-no-room@house.example"),
        ("LIC_BASE_URL", "portal.example"),
        ("LIC_BASE_URL", "https://portal.example/under/here"),
        ("LIC_BASE_URL", "https://portal.example?next=/"),
        ("LIC_BASE_URL", "https://me:secret@portal.example"),
        ("LIC_BASE_URL", "http://portal.example"),
        ("LIC_BASE_URL", "http://93.184.216.34"),
        ("LIC_TIMEZONE", "Lyon"),
        ("LIC_TIMEZONE", "../etc/passwd"),
        ("LIC_COUNTRY", "DE"),
        ("LIC_PROXY", "yes"),
        ("LIC_SMTP", "smtp://mail.example"),  # misspelt
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(WrongSetting, match=f"^{name}: "):
        read({name: value})


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000", "http://192.168.1.20:8000", "http://[fd00::1]", "http://nas", "http://portal.lan"],
)
def test_http_is_good_enough_at_home(address):
    assert read({"LIC_BASE_URL": address}).base_url == address


@pytest.mark.parametrize(
    "name, value", [("LIC_PORT", "x"), ("LIC_TODAY", "tomorrow"), ("LIC_BASE_URL", "http://a.com")]
)
@pytest.mark.parametrize("command", [[], ["demo"], ["migrate"], ["check"]])
def test_a_wrong_setting_is_one_line_and_no_traceback(tmp_path, command, name, value):
    run = [sys.executable, "app.py", *command]
    env = {**os.environ, "LIC_DATA": str(tmp_path / "data"), name: value}
    done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"{name}: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_help_and_readme_tell_every_setting():
    run = [sys.executable, "app.py", "--help"]
    told = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout
    readme = (ROOT / "README.md").read_text()
    for name in SETTINGS:
        assert name in told and f"`{name}`" in readme
