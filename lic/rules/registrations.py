"""An end customer makes an account with a contract and a serial number in hand (002-06, 002-07, rules.md Q).

Nothing here tells a stranger whether a contract exists: every answer is the same, and a mail goes only to somebody
who knows both numbers. What was typed waits in that mail's link until the address is confirmed.
"""

from peewee import JOIN

from lic.models import (
    EVERYBODY,
    N_,
    Article,
    Contract,
    Organisation,
    OrganisationKind,
    Registration,
    RegistrationState,
    User,
    UserType,
    scope,
    tx,
)
from lic.rules import Reason, Refused, contracts, customers, journal, links, organisations, refuse_if, throttle, users
from lic.rules.journal import Tell, tells

PERSON = ("first_name", "last_name", "email", "phone")
GONE = Reason(N_("An account can no longer be made with this contract. Ask the company that sold it."), rule="002-07")


# --- asking ------------------------------------------------------------------------------------


def ask(asked, language, address, at):
    """Somebody wants an account. asked: contract (a number), serial, company, identifier and PERSON, as typed."""
    place = throttle.place(address)
    throttle.refuse_if_waiting(at, REGISTRATION_FROM=place, REGISTRATION=str(asked["contract"]))
    with tx():  # the same writes whether there is such a contract or not
        throttle.count(throttle.REGISTRATION_FROM, place, at)
        throttle.count(throttle.REGISTRATION, str(asked["contract"]), at)
        if _contract_of(asked):
            journal.write("registration_confirm", asked["email"], at, language=language, **asked)


def _contract_of(asked):
    """The contract with this number that covers a thing with this serial number, or None."""
    with scope(EVERYBODY):  # nobody is logged in yet
        rows = list(
            Contract.select(Contract, Article.serial.alias("covered"))
            .join(Article, JOIN.LEFT_OUTER, on=(Article.contract == Contract.id))
            .where(Contract.number == asked["contract"])
            .objects()
        )
        serials = {_plain(serial) for row in rows for serial in (row.serial, row.covered) if serial}
        if _plain(asked["serial"]) not in serials - {""}:
            return None
        customer = rows[0].customer
        return None if customer and customer.cancelled_at else rows[0].again()


def _plain(serial):
    return "".join(c for c in serial.upper() if c.isalnum())


# --- confirming the address --------------------------------------------------------------------


def confirm(link, identifier, at):
    """The mail's link was followed. Returns the new customer's User, or the Registration that waits for an answer."""
    asked = link.subject | {"identifier": identifier}
    refuse_if(why_not_identifier(link, identifier, at))
    with tx(), scope(EVERYBODY):  # nobody is logged in: the link says who it is
        links.use(link, at)
        contract = _contract_of(asked)
        if contract is None:
            raise Refused(GONE)
        if contract.customer_id is None:
            return _new_customer(contract, asked, link, at)
        return _wait(contract, asked, link, at)


def why_not_identifier(link, identifier, at):
    """Only here, behind a confirmed address, is it told that a username is taken; and not for a whole list of them."""
    throttle.refuse_if_waiting(at, CONFIRMATION=str(link.id))
    reason = users.why_not_identifier(identifier, None, link.subject["first_name"], link.subject["last_name"])
    if reason:
        throttle.count(throttle.CONFIRMATION, str(link.id), at)
    return reason


def _new_customer(contract, asked, link, at):
    """A contract nobody has: its owner becomes a customer of the reseller, the person its administrator."""
    reseller = contract.reseller
    given = {"name": asked["company"], "country": reseller.country, "language": _language(link, reseller)}
    if organisations.why_not_again(Organisation(kind=OrganisationKind.CUSTOMER, reseller=reseller, **given)):
        given["name"] = f"{asked['company']} ({contract.number})"  # nobody joins a company by knowing its name
    customer = customers.new(reseller, by=None, at=at, email=asked["email"], phone=asked["phone"], **given)
    user = User.create(
        organisation=customer,
        identifier=asked["identifier"],
        type=UserType.ADMINISTRATOR,
        language=given["language"],
        **{name: asked[name] for name in PERSON},
    )
    journal.record("user.made", user, by=user, at=at, after=users.told(user))
    contracts.give(contract, customer, by=user, at=at)
    return user


def _wait(contract, asked, link, at):
    """A contract that is somebody's: those who keep that company's users are asked."""
    customer = contract.customer
    waiting = Registration.get_or_none(
        Registration.organisation == customer,
        Registration.email == asked["email"],
        Registration.state == RegistrationState.CONFIRMED,
    )
    if waiting:
        return waiting
    registration = Registration.create(
        **customer.owner,
        organisation=customer,
        contract_number=contract.number,
        identifier=asked["identifier"],
        language=_language(link, customer),
        made_at=at.at,
        **{name: asked[name] for name in PERSON},
    )
    journal.record("registration.asked", registration, by=None, at=at)
    return registration


def _language(link, organisation):
    return link.subject.get("language") or organisation.language


# --- answering ---------------------------------------------------------------------------------


def deciders(registration, event=None):
    """Who is asked: the company's administrators; where none has come yet its reseller's, else the distributor's."""
    for organisation in (registration.organisation, registration.reseller):
        if found := [user for user in journal.administrators(organisation) if user.password]:
            return found
    return journal.distributor_administrators()


def why_not_decide(registration):
    if registration.state is not RegistrationState.CONFIRMED:
        return Reason(
            N_("%(name)s has already answered: %(state)s."), name=registration.decided_by, state=registration.state
        )
    return organisations.why_not_change(registration.organisation)


def type_of(registration):
    """What the person would be: a company's first user must be able to let the others in."""
    has_administrator = journal.administrators(registration.organisation)
    return UserType.BASIC if has_administrator else UserType.ADMINISTRATOR


def accept(registration, by, at):
    """The person becomes a user of the company and is invited to choose a password."""
    with tx():
        registration = _decide(registration, RegistrationState.ACCEPTED, by)
        names = registration.first_name, registration.last_name
        identifier = registration.identifier
        if users.why_not_identifier(identifier, None, *names):  # taken since
            identifier = users.free_identifier(*names, identifier)
        journal.record("registration.accepted", registration, by=by, at=at)
        return users.new(
            registration.organisation,
            by=by,
            at=at,
            identifier=identifier,
            type=type_of(registration),
            language=registration.language,
            **{name: getattr(registration, name) for name in PERSON},
        )


def refuse(registration, by, at):
    """The person is told, and nothing more."""
    with tx():
        registration = _decide(registration, RegistrationState.REFUSED, by)
        journal.record("registration.refused", registration, by=by, at=at)
        journal.write("registration_refused", registration.email, at, language=registration.language)


def _decide(registration, state, by):
    registration = registration.again()
    refuse_if(why_not_decide(registration))
    registration.state, registration.decided_by = state, by.id
    registration.save()
    return registration


def waiting():
    """Those in the reader's scope who wait for an answer, the first come first."""
    return list(
        Registration.select().where(Registration.state == RegistrationState.CONFIRMED).order_by(Registration.id)
    )


tells("registration.asked", Tell(deciders, letter="registration_asked"))
