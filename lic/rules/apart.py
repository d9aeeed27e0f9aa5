"""What the portal does for one after the other: where it fails for one, all others still get theirs.

    with Apart() as each:
        for buyer in buyers:
            with each.one(), tx():
                ...
"""

from contextlib import contextmanager

from peewee import OperationalError


class Apart:
    """Raises what failed, all of it in one ExceptionGroup, once everybody had their turn."""

    def __init__(self):
        self.failed = []

    def __enter__(self):
        return self

    @contextmanager
    def one(self):
        """One's turn. A full disk and a busy database fail for everybody: they end the round at once."""
        try:
            yield
        except OperationalError:
            raise
        except Exception as error:
            self.failed.append(error)

    def __exit__(self, kind, error, traceback):
        if error is None and self.failed:
            raise ExceptionGroup("the others got theirs", self.failed)
