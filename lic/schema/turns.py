"""One at a time, and nobody waits for ever: a lock of Python's may let the same thread in again and again.

Whoever asks while nobody is inside goes in at once, which is quickest for all; but from a moment's waiting on, the one
who waits longest is next.
"""

import threading
import time
from collections import deque

A_MOMENT = 0.02  # seconds


class Turns:
    """A context for one thread at a time; within it the same thread may enter again."""

    def __init__(self):
        self._lock, self._line = threading.Lock(), deque()
        self._whose, self._depth = None, 0

    def __enter__(self):
        me = threading.get_ident()
        if self._whose == me:
            self._depth += 1
            return
        with self._lock:
            if self._whose is None:
                self._whose, self._depth = me, 1
                return
            place = _Place(me)
            self._line.append(place)
        try:
            while not self._is_in(place):
                place.called.acquire()
        except BaseException:  # interrupted: nobody waits for one who has left
            self._leave(place)
            raise

    def _is_in(self, place):
        with self._lock:
            if self._whose is None:
                self._whose, self._depth = place.whose, 1
                self._line.remove(place)
            return self._whose == place.whose

    def __exit__(self, *_):
        self._depth -= 1
        if not self._depth:
            with self._lock:
                self._call()

    def _call(self):
        """Nobody is inside: the first in the line is told so, or let in before anybody else."""
        self._whose = None
        if self._line:
            first = self._line[0]
            if time.monotonic() - first.since > A_MOMENT:
                self._line.popleft()
                self._whose, self._depth = first.whose, 1
            first.called.release()

    def _leave(self, place):
        with self._lock:
            if place in self._line:
                self._line.remove(place)
            if self._whose in (place.whose, None):
                self._call()


class _Place:
    """Where somebody stands in the line."""

    def __init__(self, whose):
        self.whose, self.since, self.called = whose, time.monotonic(), threading.Semaphore(0)
