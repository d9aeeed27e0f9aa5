"""`python app.py …` is the command line, `app:app` the WSGI application."""

import gc
import os
import sys


def __getattr__(name):
    """Made when a server asks for it, once: it opens the database and starts the portal's threads."""
    if name == "app":
        from lic import server, settings

        globals()["app"] = server.application(settings.read())
        return globals()["app"]
    raise AttributeError(name)


if __name__ == "__main__":
    gc.disable()  # while only what stays is made
    os.environ.setdefault("TZ", "UTC")  # nothing here goes by the machine's own zone, which is slow to find
    from lic.cli import main

    sys.exit(main())
