"""`python app.py …` is the command line, `app:app` the WSGI application."""

import sys


def __getattr__(name):
    if name == "app":
        from lic import create_app, database, settings

        chosen = settings.read()
        database.open_database(chosen)
        return create_app(chosen)
    raise AttributeError(name)


if __name__ == "__main__":
    from lic.cli import main

    sys.exit(main())
