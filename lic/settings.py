"""What the environment says; a wrong value is one line that names it."""

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SETTINGS = {  # name: (default, what it is for), as README and --help tell
    "LIC_DATA": ("data", "folder of the database, the files and the secret key"),
    "LIC_HOST": ("127.0.0.1", "address to listen on"),
    "LIC_PORT": ("8000", "port to listen on"),
    "LIC_TODAY": ("", "YYYY-MM-DD: another business date, for demonstrations"),
    "LIC_SMTP_URL": ("", "smtp://user:password@host:25 or smtps://…; without it letters are kept and shown"),
    "LIC_IMAP_URL": ("", "imaps://user:password@host/INBOX: the mailbox of answers to letters, the portal's own"),
    "LIC_REPLY_TO": ("", "the address of that mailbox; answers go to its name+…@: reply@ the house's mail domain"),
    "LIC_CLAMD": ("", "unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310: the virus scanner that looks at files"),
    "LIC_BASE_URL": ("", "the address people reach the portal at, for links in mails"),
    "LIC_TIMEZONE": ("Europe/Paris", "the business time zone"),
    "LIC_COUNTRY": ("FR", "the country of the public holidays: FR, PT or BR"),
    "LIC_PROXY": ("", "1 behind a reverse proxy on this machine that sets X-Forwarded-For and -Proto"),
}
LOCAL = {"localhost", "127.0.0.1", "::1"}
AT_HOME = (".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa", ".test")  # names no public server has


class WrongSetting(ValueError):
    """An environment variable nobody can work with."""


@dataclass(frozen=True)
class Settings:
    data: Path
    host: str
    port: int
    today: date | None
    smtp_url: str
    imap_url: str
    reply_to: str
    clamd: str
    base_url: str
    timezone: ZoneInfo
    country: str
    proxy: bool

    @property
    def https(self):
        return self.base_url.startswith("https:")

    @property
    def database(self):
        return self.data / "portal.db"


def read(environ=os.environ, **given):
    """The settings of this process; `given` (options of the command line) wins over the environment."""
    for name in environ:
        if name.startswith("LIC_") and name not in SETTINGS:  # misspelt, it would do nothing and nobody would know
            raise WrongSetting(f"{name}: there is no such setting; there are {', '.join(SETTINGS)}")
    values = {name: str(environ.get(name) or default) for name, (default, _) in SETTINGS.items()}
    values |= {f"LIC_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    port = _port(values["LIC_PORT"])
    host = _host(values["LIC_HOST"])
    shown = f"[{host}]" if ":" in host else host
    return Settings(
        data=Path(values["LIC_DATA"]).expanduser(),
        host=host,
        port=port,
        today=_date(values["LIC_TODAY"]),
        smtp_url=_smtp(values["LIC_SMTP_URL"]),
        imap_url=_imap(values["LIC_IMAP_URL"]),
        reply_to=_mail_address("LIC_REPLY_TO", values["LIC_REPLY_TO"]),
        clamd=_clamd(values["LIC_CLAMD"]),
        base_url=_base_url(values["LIC_BASE_URL"] or f"http://{shown}:{port}"),
        timezone=_zone(values["LIC_TIMEZONE"]),
        country=_one_of("LIC_COUNTRY", values["LIC_COUNTRY"].upper(), ("FR", "PT", "BR")),
        proxy=_one_of("LIC_PROXY", values["LIC_PROXY"], ("", "0", "1")) == "1",
    )


def _host(value):
    if not re.fullmatch(r"[A-Za-z0-9._:%-]{1,253}", value):
        raise WrongSetting(f"LIC_HOST: {value!r} is not an address like 127.0.0.1, nor a name")
    return value


def _port(value):
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise WrongSetting(f"LIC_PORT: {value!r} is not a port from 1 to 65535")
    return int(value)


def _date(value):
    """A day with years enough around it: contracts reach back, periods ahead."""
    try:
        day = date.fromisoformat(value) if value else None
        if day and not 2000 <= day.year <= 2999:
            raise ValueError(day)
    except ValueError:
        raise WrongSetting(f"LIC_TODAY: {value!r} is not a date like 2026-11-22") from None
    return day


def _smtp(value):
    try:
        parts = urlsplit(value)
        wrong = value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0)
    except ValueError:
        wrong = True
    if wrong:
        raise WrongSetting("LIC_SMTP_URL: not an address like smtp://user:password@host:25")
    return value


def _imap(value):
    try:
        parts = urlsplit(value)
        wrong = value and (parts.scheme not in ("imap", "imaps") or not parts.hostname or parts.port == 0)
        wrong = wrong or (value and not (parts.username and parts.password)) or '"' in unquote(parts.path)
    except ValueError:
        wrong = True
    if wrong:
        raise WrongSetting("LIC_IMAP_URL: not an address like imaps://user:password@host/INBOX")
    return value


def _mail_address(name, value):
    """What stands before the @ leaves room for the signature: 64 characters in all."""
    if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,16}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", value):
        raise WrongSetting(f"{name}: {value!r} is not an address like reply@house.example")
    return value


def _clamd(value):
    """A socket's path has at most 107 bytes."""
    path = value.removeprefix("unix:")
    try:
        parts = urlsplit(value)
        fits = parts.scheme == "tcp" and parts.hostname and parts.port and "@" not in value and value == f"tcp://{parts.netloc}"
    except ValueError:
        fits = False
    fits = fits or (value.startswith("unix:/") and 1 < len(os.fsencode(path)) <= 107 and "\0" not in path)
    if value and not fits:
        like = "unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310"
        raise WrongSetting(f"LIC_CLAMD: {value!r} is not an address like {like}")
    return value


def _base_url(value):
    try:
        parts = urlsplit(value)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise WrongSetting(f"LIC_BASE_URL: {value!r} is not an address like https://portal.example")
    if parts.scheme == "http" and not _is_private(parts.hostname):
        raise WrongSetting(f"LIC_BASE_URL: {value!r} would send passwords in the clear; it must begin with https://")
    return value.rstrip("/")


def _is_private(host):
    """This machine, or one that only its own network reaches."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host in LOCAL or "." not in host or host.endswith(AT_HOME)


def _zone(value):
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongSetting(f"LIC_TIMEZONE: {value!r} is not a time zone like Europe/Paris") from None


def _one_of(name, value, choices):
    if value not in choices:
        raise WrongSetting(f"{name}: {value!r} is not one of {', '.join(c for c in choices if c)}")
    return value
