"""What was made for a page and holds until the next commit, of this process or another."""

from lic.models import Generation


class UntilCommit:
    """Things by their keys. `now()` before anything is read: what was read earlier is never found later."""

    def __init__(self, most):
        self.most, self._kept = most, (None, {})

    def now(self):
        since, things = self._kept
        if since != Generation.number or len(things) > self.most:
            things = {}
            self._kept = Generation.number, things
        return things
