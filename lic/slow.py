"""Clients that send or read a little at a time, to keep everybody else out (safety.md 44).

By itself the server closes a connection that says nothing for a while, and takes no more once it has as many as it may:
one client that sends a byte now and then on each of a thousand would be all it ever hears.
"""

import time

from waitress.channel import HTTPChannel

HEAD = 20  # seconds a request's head may take, and its body before its speed counts
LEAST = 1024  # bytes a second of a body, on average
CROWDED = 0.9  # of all connections there may be: from then on each new one takes the place of another


class Channel(HTTPChannel):
    """One connection."""

    began = None  # when the request that is arriving did
    arrived = 0  # when the last whole one had

    def add_channel(self, map=None):
        super().add_channel(map)
        if len(self.server.active_channels) > self.adj.connection_limit * CROWDED:
            self._make_room()

    def _make_room(self):
        """Whoever has waited longest to say what they want goes, then who has been sending or reading longest."""
        waiting = [one for one in list(self.server.active_channels.values()) if one is not self and one.may_go()]
        if waiting:
            min(waiting, key=lambda one: (one.is_told(), one.since())).will_close = True

    def may_go(self):
        return not self.requests and not self.will_close

    def is_told(self):
        """Whether it is known what is asked for: a body is arriving, or an answer is under way."""
        return bool(self.total_outbufs_len or (self.request and self.request.headers_finished))

    def since(self):
        return self.began or max(self.arrived, self.creation_time)

    def handle_read(self):
        super().handle_read()
        if self.request is None:  # it has arrived, or the next one has not begun to
            self.began, self.arrived = None, self.last_activity
        elif self.began is None:
            self.began = self.last_activity
        elif self._is_too_slow(time.time() - self.began):
            self.will_close = True

    def _is_too_slow(self, seconds):
        return seconds > HEAD + self.request.body_bytes_received / LEAST
