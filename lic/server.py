"""The portal as a running process: one on a folder, its threads, and a server that slow clients cannot stop."""

import atexit
import ctypes
import gc
import resource
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from functools import partial

import waitress
from waitress.server import BaseWSGIServer

from lic import create_app, database, jobs, mail, oversized, scanner
from lic.database import CannotStart
from lic.models import db, watch
from lic.settings import WrongSetting
from lic.web import errors

CHECKPOINT_EVERY = 300  # seconds
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # malloc.h
TUNED = {  # safety.md, Server: its defaults stop at 100 connections and spool 1 GB of a stranger's POST to disk
    "threads": 4,
    "ident": None,
    "connection_limit": 1000,
    "channel_timeout": 20,
    "cleanup_interval": 5,
    "asyncore_use_poll": True,
    "max_request_body_size": 22 << 20,
    "max_request_header_size": 32768,
    "clear_untrusted_proxy_headers": True,
}
BEHIND_A_PROXY = {
    "trusted_proxy": "127.0.0.1",
    "trusted_proxy_count": 1,
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
}


def serve(settings, greeting):
    """Answer until told to stop; the caller holds the folder's lock and has opened the database.

    The caller's connection stays open and idle meanwhile: without one, every quiet moment would delete the WAL.
    greeting: () -> the text printed once the portal listens.
    """
    app = create_app(settings)
    _spare_memory()
    _hold_many_files()
    server = listen(app, settings)
    stopping = threading.Event()
    threads = _start_threads(app, stopping)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(greeting(), flush=True)
    try:
        server.run()
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=15)
        watch.stop()  # whoever closes last tidies up, and it may not write
        database.checkpoint()
        db.close()


def application(settings):
    """The same for a server of somebody else's choosing (`app:app`); in one process, for it holds the folder's lock."""
    held = ExitStack()
    held.enter_context(database.only_one(settings.data))
    atexit.register(held.close)
    database.open_database(settings)
    app = create_app(settings)
    _spare_memory()
    _start_threads(app, threading.Event())
    return app


def _spare_memory():
    """What is there now stays and need not be looked through, not even once; what was needed once is given back."""
    gc.freeze()
    gc.enable()
    with suppress(OSError, AttributeError):  # only the GNU library has it, and keeps 20 MB for the next without
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, 128 * 1024)
        library.mallopt(M_ARENA_MAX, 1)
    _give_back()


def _give_back():
    """Pages of memory with nothing on them any more, the system's again: in months they would become many."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _hold_many_files():
    """As many connections as there may be, each with a file or two: some systems give a process 256 or 1,024."""
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * TUNED["connection_limit"]
    if least != resource.RLIM_INFINITY and least < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most) if most > 0 else wanted, most))


def listen(app, settings):
    proxy = BEHIND_A_PROXY if settings.proxy else {}
    waiting = {"threads": TUNED["threads"] + scanner.AT_ONCE} if settings.clamd else {}  # who waits for it holds one
    BaseWSGIServer.channel_class = oversized.channel(partial(errors.in_every_language, app, 413))
    try:
        return waitress.create_server(app, host=settings.host, port=settings.port, **TUNED | proxy | waiting)
    except OSError as error:
        raise CannotStart(f"LIC_HOST, LIC_PORT: {settings.host} port {settings.port}: {error.strerror}") from None
    except ValueError:  # waitress, of a name that leads nowhere
        raise WrongSetting(f"LIC_HOST: {settings.host!r} is not a name this machine knows") from None


def _start_threads(app, stopping):
    runs = {
        "checkpoint": lambda: _checkpoint(stopping),
        "outbox": mail.Outbox(app, stopping).run,
        "jobs": lambda: jobs.run(stopping),
    }
    if app.config["SETTINGS"].imap_url:
        from lic import incoming  # here: few have one, and it needs a mail client

        runs["mailbox"] = incoming.Reader(app, stopping).run
    threads = [threading.Thread(target=run, name=name, daemon=True) for name, run in runs.items()]
    for thread in threads:
        thread.start()
    return threads


def _checkpoint(stopping):
    """Bring the WAL into the database and cut it short, now and then, and give memory back."""
    while not stopping.wait(CHECKPOINT_EVERY):
        with db.connection_context():
            database.checkpoint()
        _give_back()
