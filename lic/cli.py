"""The command line: `python app.py …`; without a command it serves the portal."""

import argparse
import gc
import getpass
import os
import sys
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from lic import backups, catalogues, checks, create_app, database, settings
from lic.database import CannotStart
from lic.models import EVERYBODY, LinkKind, Organisation, OrganisationKind, User, UserType, scope
from lic.rules import Refused, journal, links, second_factors, setup, tokens, users
from lic.web import clock, logs

WRONG_USE, FAILED = 2, 1


def main(arguments=None):
    """Run one command; returns the exit code. What is wrong is told in one line, never as a traceback."""
    options = _parser().parse_args(arguments)
    logs.to_stderr()
    if options.run is not serve:  # which does when all is there that stays
        gc.enable()
    os.umask(0o077)  # what is written is for this user's eyes only
    try:
        return options.run(options) or 0
    except settings.WrongSetting as error:
        return _fail(error, WRONG_USE)
    except CannotStart as error:
        return _fail(error, FAILED)
    except Refused as error:
        return _fail(_in_english(error.reason), FAILED)
    except KeyboardInterrupt:
        return FAILED


def _fail(error, code):
    print(error, file=sys.stderr)
    return code


def _in_english(reason):
    """A rule's sentence for whoever runs the machine."""
    values = {name: getattr(value, "name", value) for name, value in reason.values.items()}
    message = reason.message if isinstance(reason.message, str) else reason.message[reason.values["count"] != 1]
    return message % values


# --- the commands ------------------------------------------------------------------------------


def serve(options):
    """Serve the portal."""
    chosen = _chosen(port=options.port)
    with database.only_one(chosen.data):
        _open(chosen)
        from lic import server

        server.serve(chosen, lambda: f"The portal answers at {chosen.base_url}{_set_up(chosen)}")


def _set_up(chosen):
    """An empty portal says where its first administrator is made (safety.md 52)."""
    if setup.why_not_set_up():
        return ""
    path = links.path(LinkKind.SETUP, links.make(LinkKind.SETUP, at=clock.now()))
    return (
        f"\nNobody is in it yet. Make its first administrator, within the hour, at\n  {chosen.base_url}{path}"
        "\nor with: python app.py user add IDENTIFIER --help"
    )


def demo(options):
    """Serve the demonstration, in a folder of its own."""
    chosen = _chosen(port=options.port, data=os.environ.get("LIC_DATA") or "demo-data")
    with database.only_one(chosen.data):
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        from lic import demo, server

        clock.settings = chosen
        if options.reset:
            demo.forget(chosen)
        if options.contracts:  # in a process of its own, which takes with it all the memory that needs
            with ProcessPoolExecutor(1, get_context("spawn")) as apart:
                apart.submit(_load, chosen, options.contracts).result()
        _open(chosen)
        demo.load(0, clock.now(), say=print)
        server.serve(chosen, lambda: demo.greeting(chosen))


def _load(chosen, contracts):
    from lic import demo

    os.umask(0o077)
    _open(chosen)
    demo.load(contracts, clock.now(), say=print)
    database.checkpoint()


def migrate(options):
    """Bring the database up to date, after a backup; `serve` does it too."""
    chosen = _chosen()
    with database.only_one(chosen.data):
        applied = _open(chosen)
    print(f"Applied: {', '.join(applied)}." if applied else "The database is up to date.")


def backup(options):
    """Write a backup; the portal may be running."""
    print(f"Backup: {backups.back_up(_read_only(), options.folder)}")


def restore(options):
    """Put a backup back; the portal must not be running."""
    chosen = _chosen()
    clock.settings = chosen
    with database.only_one(chosen.data):
        aside = backups.restore(chosen, options.folder)
        _open(chosen)
    print(f"Restored: {options.folder}. Everybody must log in again; links mailed before no longer work.")
    print("What happened after that backup is not in it." + (f" What was here is in {aside}." if aside else ""))


def user(options):
    """Add a person: the first administrator of an empty portal, or anybody, who is then invited; or help one in."""
    given = _person(options)
    chosen = _up_to_date()
    if setup.why_not_set_up():
        return _invite(chosen, options, given)
    if not options.company:
        raise CannotStart("--company: the portal is empty; give the name of the distributor's company")
    company = {"name": options.company, "country": chosen.country, "language": options.language or "fr"}
    setup.set_up(company, given, _password(), clock.now())
    print(f"{options.identifier} can log in at {chosen.base_url}")
    return None


def without_second_factor(options):
    """Take the second factor away from a person who lost the telephone and the recovery codes."""
    _up_to_date()
    with scope(EVERYBODY):  # whoever runs the machine may let anybody in
        person = _who(options.identifier)
        second_factors.take_away(person, by=None, at=clock.now())
    print(f"{person.identifier} logs in with the password alone now, and is told so by mail.")


def token(options):
    """Print a new token for programs, which acts for a person."""
    _up_to_date()
    with scope(EVERYBODY):  # whoever runs the machine may act for anybody
        print(tokens.make(_who(options.user), "app.py token", by=None, at=clock.now())[1])


def _who(identifier):
    person = User.get_or_none(User.identifier == identifier)
    if person is None:
        raise CannotStart(f"{identifier!r}: nobody logs in with that")
    return person


def _person(options):
    """What every person has; what no form would take is not taken here either."""
    given = {name: getattr(options, name).strip() for name in setup.NAMED}
    for name in ("first_name", "last_name"):
        if not 1 <= len(given[name]) <= 120 or not given[name].isprintable():
            raise CannotStart(f"--{name.replace('_', '-')}: a name has 1 to 120 characters, on one line")
    try:
        validate_email(given["email"], check_deliverability=False)
    except EmailNotValidError:
        raise CannotStart(f"--email: {given['email']!r} is not a complete address, like name@example.com") from None
    return given


def _password():
    """Typed twice, never shown; or one line of the standard input, for scripts."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        raise CannotStart("The two passwords differ.")
    return typed


def _invite(chosen, options, given):
    with scope(EVERYBODY):  # whoever runs the machine may add anybody anywhere
        wanted = Organisation.kind == OrganisationKind.DISTRIBUTOR
        organisation = Organisation.get_or_none(Organisation.name == options.company if options.company else wanted)
        if organisation is None:
            raise CannotStart(f"--company: there is no {options.company!r}")
        given["language"] = options.language or organisation.language
        person = users.new(organisation, by=None, at=clock.now(), type=UserType(options.type), **given)
        secret = links.make(LinkKind.INVITATION, user=person, at=clock.now())
    print(f"{person.name} is invited by mail. The same by hand, for 48 hours and once:")
    print(f"  {chosen.base_url}{links.path(LinkKind.INVITATION, secret)}")


def jobs(options):
    """Run what is due today; `serve` does it by itself, so it is for whoever cannot wait."""
    from lic import jobs as daily

    chosen = _up_to_date()
    create_app(chosen)  # the jobs of every part are known once it is put together
    done, failed = daily.run_due(clock.now())
    print(f"Done: {', '.join(done) or 'nothing was left to do'}.")
    if failed:
        raise CannotStart(f"Failed: {', '.join(failed)}; the log says why.")


def audit(options):
    """Verify that nobody changed the audit trail behind the portal's back."""
    _read_only()
    with scope(EVERYBODY):  # the whole trail
        broken = journal.first_broken_link()
    if broken:
        raise CannotStart(f"The audit trail was changed at event {broken.id}, of {broken.at:%Y-%m-%d %H:%M} UTC.")
    print("The audit trail is whole.")


def check(options):
    """Look for damage: database, references, stock, audit trail, files."""
    found = checks.problems(_read_only())
    if found:
        raise CannotStart("\n".join(found))
    print("Everything holds together.")


def _up_to_date():
    """The settings, with the database open and its tables as they should be; a server may be running."""
    chosen = clock.settings = _chosen()
    try:
        with database.only_one(chosen.data):
            database.open_database(chosen)
    except database.InUse:  # a server brought them up to date when it started
        database.connect(chosen.database)
    return chosen


def _read_only():
    """The settings, with the database open as it is: nothing is migrated, a server may be running."""
    chosen = _chosen()
    if not chosen.database.exists():
        raise CannotStart(f"LIC_DATA: {chosen.data} holds no portal")
    database.connect(chosen.database)
    clock.settings = chosen
    return chosen


def translations(options):
    """Compile the translations; --update brings them up to date with the code first."""
    if options.update:
        catalogues.update()
    print(f"Compiled: {', '.join(catalogues.compile_all()) or 'nothing, all are up to date'}.")


def _chosen(**given):
    return settings.read(**given)


def _open(chosen):
    clock.settings = chosen
    return database.open_database(chosen)


# --- what they are told ------------------------------------------------------------------------


def _parser():
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description=f"The partner portal. {serve.__doc__}",
        epilog=_settings_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=serve, port=None)
    commands = parser.add_subparsers(metavar="COMMAND", title="commands (serve when none is given)")

    _command(commands, serve).add_argument("--port", type=int, metavar="P", help="instead of LIC_PORT")
    command = _command(commands, demo)
    command.add_argument("--contracts", type=_count, metavar="N", help="add N generated contracts")
    command.add_argument("--reset", action="store_true", help="start over")
    command.add_argument("--port", type=int, metavar="P", help="instead of LIC_PORT")
    _command(commands, migrate)
    command = _command(commands, backup)
    command.add_argument("folder", nargs="?", type=Path, help="a folder to make; LIC_DATA/backups/… if none is given")
    _command(commands, restore).add_argument("folder", type=Path, help="a backup's folder")
    _user(_command(commands, user))
    _command(commands, token).add_argument("user", metavar="USER", help="what the person logs in with")
    _command(commands, jobs)
    _command(commands, audit).add_argument("verify", choices=["verify"])
    _command(commands, check)
    _command(commands, translations).add_argument("--update", action="store_true", help="extract new words first")
    return parser


def _user(command):
    actions = command.add_subparsers(metavar="ACTION", title="actions", required=True)
    lost = actions.add_parser("without-second-factor", help=without_second_factor.__doc__)
    lost.add_argument("identifier", help="what the person logs in with")
    lost.set_defaults(run=without_second_factor)
    command = actions.add_parser("add", help="Add a person.")
    command.add_argument("identifier", help="what the person logs in with")
    for name in ("first-name", "last-name", "email"):
        command.add_argument(f"--{name}", required=True)
    command.add_argument("--company", help="whose; the distributor's if none is given")
    command.add_argument("--type", choices=[type.value for type in UserType], default=UserType.ADMINISTRATOR.value)
    command.add_argument("--language", choices=["fr", "pt", "en"])


def _command(commands, run):
    command = commands.add_parser(run.__name__, help=run.__doc__.splitlines()[0], description=run.__doc__)
    command.set_defaults(run=run)
    return command


def _count(text):
    if not text.isascii() or not text.isdigit() or int(text) > 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of contracts up to 10,000,000")
    return int(text)


def _settings_help():
    lines = (
        f"  {name:13} {why}{f' ({default})' if default else ''}" for name, (default, why) in settings.SETTINGS.items()
    )
    return "settings, from the environment:\n" + "\n".join(lines)
