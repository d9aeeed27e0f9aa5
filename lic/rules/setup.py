"""An empty portal gets its distributor and the first administrator: there are no default users (safety.md 52)."""

from lic.models import EVERYBODY, N_, Organisation, OrganisationKind, User, UserType, scope, tx
from lic.rules import Reason, journal, links, organisations, passwords, refuse_if, users

NAMED = ("first_name", "last_name", "identifier", "email")  # what every person has


def why_not_set_up():
    """Why nobody can set this portal up (any more), or None while it is empty."""
    with scope(EVERYBODY):  # everybody may know whether there is anybody
        if Organisation.select().where(Organisation.kind == OrganisationKind.DISTRIBUTOR).exists():
            return Reason(N_("This portal is already set up."), rule="002-01")
    return None


def set_up(company, person, password, at, link=None):
    """Make the distributor and its first administrator; returns the User. Once, whoever asks at the same time.

    company: name, country, and perhaps tax_number, email, phone, language; person: first_name, last_name, identifier,
    email, and perhaps phone; link: the one that was printed where the portal was started, None for the command line.
    """
    own = (*passwords.of_person(*(person[name] for name in NAMED)), company["name"])
    refuse_if(passwords.why_not(password, own=own))
    made = passwords.hashed(password)  # before the transaction: it takes long
    with tx(), scope(EVERYBODY):  # there is nobody yet
        refuse_if(why_not_set_up())
        if link:
            links.use(link, at)
        refuse_if(users.why_not_identifier(person["identifier"], None, person["first_name"], person["last_name"]))
        house = Organisation(kind=OrganisationKind.DISTRIBUTOR, **company)
        organisations.check(house)
        house.save()
        user = User.create(
            organisation=house, type=UserType.ADMINISTRATOR, language=house.language, password=made, **person
        )
        journal.record("organisation.made", house, by=user, at=at, after=organisations.told(house))
        journal.record("user.made", user, by=user, at=at, after=users.told(user))
    return user
