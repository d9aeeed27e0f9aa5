"""The portal's own server within a test: its sockets and threads are real, its database is the test's."""

import threading
from contextlib import contextmanager
from dataclasses import replace

from waitress import wasyncore

from lic import server
from tests.running import a_free_port


@contextmanager
def serving(app, settings, **other):
    """It answers at this (host, port) within the block; `other`: settings that differ."""
    port, stopping = a_free_port(), threading.Event()
    listening = server.listen(app, replace(settings, port=port, **other))

    def run():
        while not stopping.is_set():
            listening.asyncore.loop(timeout=0.1, map=listening._map, use_poll=True, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield "127.0.0.1", port
    finally:
        stopping.set()
        thread.join()
        listening.task_dispatcher.shutdown()
        wasyncore.close_all(listening._map)
