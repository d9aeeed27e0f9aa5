"""What was made for a page and holds until the next commit, of this process or another."""

from lic.models import Generation


class UntilCommit:
    """At most so many things by their keys; `now()` first, then look up and put, so that nothing old is put among new."""

    def __init__(self, most):
        self.most, self._kept = most, (None, {})

    def now(self):
        since, things = self._kept
        if since != Generation.number or len(things) > self.most:
            things = {}
            self._kept = Generation.number, things
        return things
