"""Incidents: numbers, states and whose turn it is, who may say and do what, when they close (rules.md S, R8, X17)."""

from datetime import date, datetime, timedelta
from threading import Thread

import pytest

from lic import search
from lic.models import (
    EVERYBODY,
    Address,
    Article,
    Channel,
    CustomerMessage,
    Incident,
    IncidentState,
    Mail,
    Notification,
    TechnicalAdministrator,
    Turn,
    db,
    scope,
    tx,
)
from lic.rules import Refused, calendar, declarations, digests, incidents, messages
from tests.conftest import NOON, a_contract, on
from tests.incidents import an_incident

S = IncidentState


@pytest.fixture
def direct(world):
    """A contract of the direct customer."""
    return an_incident(world, a_contract(world.house, world.atelier), by=world.marc)


def say(incident, channel, by, at=NOON, **given):
    messages.say(incident, channel, "a word", by, at, **given)
    return incident.again().state


CUSTOMER, DISTRIBUTOR = Channel.CUSTOMER, Channel.DISTRIBUTOR


# --- declaring ---------------------------------------------------------------------------------


def test_numbers_are_the_day_and_a_sequence(world):  # 002-44, R8
    numbers = [an_incident(world).number for _ in range(3)]
    assert numbers == [26112201, 26112202, 26112203]
    assert an_incident(world, at=on(date(2026, 11, 23))).number == 26112301


def test_a_day_of_more_than_99_incidents_widens_its_numbers(world):  # R8
    first = an_incident(world)
    with tx():
        first.sequence, first.number = 99, declarations.number(NOON.day, 99)
        first.save()
    assert an_incident(world).number == 261122100


def test_incidents_declared_at_once_never_share_a_number(world):  # R8
    made, article = [], Article.get(Article.contract == world.contract)

    def declare():
        with scope(EVERYBODY):
            made.append(an_incident(world, articles=[article]).number)
        db.close()

    threads = [Thread(target=declare) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(26112201, 26112209))


def test_a_declaration_sent_twice_is_one_incident(world):  # safety.md 28
    assert an_incident(world, key="k").id == an_incident(world, key="k").id
    assert an_incident(world, key="k", by=world.remi).id != an_incident(world, key="k").id
    assert Incident.select().count() == 2


def test_a_contract_without_a_customer_asks_for_one_first(world):  # 002-12, 002-30
    with pytest.raises(Refused) as refused:
        an_incident(world, world.nobodys, by=world.remi)
    assert "customer" in refused.value.reason.message


def test_who_declares(world):  # 002-30, 002-31, 002-60
    assert declarations.why_not_declare(world.contract, world.cleo)
    world.cleo.may_declare = True
    for user in (world.cleo, world.claire, world.remi, world.diane):
        assert not declarations.why_not_declare(world.contract, user)


def test_at_least_one_product_of_the_contract_is_concerned(world):  # 002-35
    betas = list(Article.select().where(Article.contract == world.betas))
    for articles in ([], betas):
        with pytest.raises(Refused):
            an_incident(world, articles=articles)
    assert Incident.select().count() == 0 and Address.select().count() == 0


def test_the_declaration_and_its_address_stay_as_first_declared(world):  # 002-49, 002-40
    incident = an_incident(world)
    with tx():
        address = Address.get()
        address.street = "elsewhere"
        address.save()
        world.contract.serial = "CHANGED"
        world.contract.save()
    incident = incident.again()
    assert incident.address["street"] == "123 rue des tests"
    assert incident.declaration["serial"] == "Q207B17555"


@pytest.mark.parametrize(
    "at, due",
    [
        (datetime(2026, 11, 20, 15, 59), date(2026, 11, 23)),
        (datetime(2026, 11, 20, 16, 0), date(2026, 11, 24)),
        (datetime(2026, 11, 10, 10, 0), date(2026, 11, 12)),  # the 11th is a holiday in France
    ],
)
def test_a_call_before_16_is_due_the_next_business_day(at, due):  # X17
    assert calendar.next_day_due(at, "FR") == due


def test_it_is_overdue_after_its_day_unless_the_customer_is_waited_for(world):  # X17
    due = datetime(2026, 11, 23, 22, 59)
    incident = an_incident(world, due_at=due)
    assert not incidents.is_overdue(incident, due - timedelta(minutes=1))
    assert incidents.is_overdue(incident, due + timedelta(minutes=1))
    say(incident, CUSTOMER, world.remi, wait=True)
    assert not incidents.is_overdue(incident.again(), due + timedelta(minutes=1))


# --- channels (002-46) -------------------------------------------------------------------------


def test_each_side_reads_its_own_channels_only(world):
    incident = an_incident(world)
    assert incidents.channels_of(incident, world.claire) == (CUSTOMER,)
    assert incidents.channels_of(incident, world.remi) == (CUSTOMER, DISTRIBUTOR)
    assert incidents.channels_of(incident, world.diane) == (DISTRIBUTOR,)


def test_for_a_direct_customer_the_two_are_one(world, direct):  # Q
    for user in (world.marc, world.diane):
        assert incidents.channels_of(direct, user) == (CUSTOMER,)


@pytest.mark.parametrize("who, channel", [("claire", DISTRIBUTOR), ("diane", CUSTOMER)])
def test_nobody_writes_in_a_channel_of_others(world, who, channel):
    incident = an_incident(world)
    with pytest.raises(Refused):
        say(incident, channel, getattr(world, who))
    assert messages.of(incident, channel, getattr(world, who)) == []


def test_a_double_click_sends_one_message(world):
    incident = an_incident(world)
    for _ in range(2):
        say(incident, CUSTOMER, world.remi, key="once")
    assert CustomerMessage.select().count() == 1


def test_who_may_only_read_writes_nothing(world):  # X15
    incident = an_incident(world)
    for user in (world.cleo, world.lea, world.paul):
        for channel in incidents.channels_of(incident, user):
            with pytest.raises(Refused):
                say(incident, channel, user)
        with pytest.raises(Refused):
            incidents.move(incident, S.RESOLVED, user, NOON)


def test_a_technical_administrator_acts_on_the_own_service_only(world):  # screens.md, People
    assert not incidents.may_act(world.jean)
    incident = an_incident(world)
    assert not incidents.acts_on(incident, world.jean)
    assert not TechnicalAdministrator.select().exists()


# --- states (rules.md S) -------------------------------------------------------------------------


def test_a_new_incident_is_open_and_the_resellers_turn(world):
    incident = an_incident(world)
    assert (incident.state, incident.turn) == (S.OPEN, Turn.RESELLER)


def test_for_a_direct_customer_it_is_the_distributors_turn(world, direct):
    assert direct.turn is Turn.DISTRIBUTOR
    assert say(direct, CUSTOMER, world.marc) is S.OPEN
    assert say(direct, CUSTOMER, world.diane, wait=True) is S.WAITING_CUSTOMER
    assert say(direct, CUSTOMER, world.marc) is S.IN_PROGRESS
    assert direct.again().turn is Turn.DISTRIBUTOR


def test_answers_pass_the_turn_on(world):
    incident = an_incident(world)
    assert say(incident, CUSTOMER, world.claire) is S.OPEN
    assert say(incident, CUSTOMER, world.remi) is S.IN_PROGRESS
    assert say(incident, DISTRIBUTOR, world.remi) is S.WAITING_DISTRIBUTOR
    assert incident.again().turn is Turn.DISTRIBUTOR
    assert say(incident, CUSTOMER, world.remi) is S.WAITING_DISTRIBUTOR
    assert say(incident, DISTRIBUTOR, world.diane) is S.IN_PROGRESS
    assert say(incident, CUSTOMER, world.remi, wait=True) is S.WAITING_CUSTOMER
    assert say(incident, CUSTOMER, world.claire) is S.IN_PROGRESS


MAY = {  # who may put an open incident of a reseller's customer into which state
    S.IN_PROGRESS: {"remi", "diane"},
    S.WAITING_CUSTOMER: {"remi"},
    S.WAITING_DISTRIBUTOR: {"remi", "diane"},
    S.RESOLVED: {"remi", "diane", "claire"},
    S.CLOSED: set(),
    S.OPEN: set(),
}


@pytest.mark.parametrize("state", MAY)
def test_who_may_change_what(world, state):
    incident = an_incident(world)
    allowed = {n for n in ("remi", "diane", "claire") if not incidents.why_not_move(incident, state, getattr(world, n))}
    assert allowed == MAY[state]


def test_a_direct_customer_has_no_distributor_to_wait_for(world, direct):  # Q
    assert incidents.why_not_move(direct, S.WAITING_DISTRIBUTOR, world.diane)
    assert not incidents.why_not_move(direct, S.WAITING_CUSTOMER, world.diane)


def test_resolved_closes_after_14_days_by_itself_and_once(world):
    incident = an_incident(world)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    assert incidents.close_resolved(on(NOON.day + timedelta(days=13))) == 0
    closing = on(NOON.day + timedelta(days=14))
    assert (incidents.close_resolved(closing), incidents.close_resolved(closing)) == (1, 0)
    incident = incident.again()
    assert (incident.state, incident.closed_on) == (S.CLOSED, closing.day)


@pytest.mark.parametrize("days, reopens", [(0, True), (29, True), (30, False)])
def test_a_reply_opens_it_again_within_30_days_of_closing(world, days, reopens):
    incident = an_incident(world)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    closed = on(NOON.day + timedelta(days=14))
    incidents.close_resolved(closed)
    later = on(closed.day + timedelta(days=days))
    if not reopens:
        with pytest.raises(Refused):
            say(incident, CUSTOMER, world.claire, later)
        return
    assert say(incident, CUSTOMER, world.claire, later) is S.IN_PROGRESS
    incident = incident.again()
    assert incident.closed_on is None and incident.resolved_on is None


def test_a_reply_opens_a_resolved_one_again(world):
    incident = an_incident(world)
    incidents.move(incident, S.RESOLVED, world.diane, NOON)
    assert incidents.why_not_move(incident.again(), S.IN_PROGRESS, world.remi)
    assert say(incident, DISTRIBUTOR, world.remi) is S.IN_PROGRESS


# --- who is told (002-54) ----------------------------------------------------------------------


def told(kind):
    with scope(EVERYBODY):
        return {n.user.identifier for n in Notification.select() if n.event.kind == kind}


def letters(letter):
    return {mail.user.identifier for mail in Mail.select().where(Mail.letter == letter)}


def test_everybody_concerned_is_told_of_a_new_incident(world):
    an_incident(world)
    assert told("incident.declared") == {"remi", "diane", "ines"} == letters("incident_declared")


def test_a_message_tells_the_other_side_only(world):
    incident = an_incident(world)
    say(incident, CUSTOMER, world.remi)
    assert told("incident.customer_message") == {"claire"} == letters("incident_message")
    say(incident, DISTRIBUTOR, world.remi)
    assert told("incident.distributor_message") == {"diane", "ines"}


def test_a_new_state_tells_everybody_concerned(world):
    incident = an_incident(world)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    assert told("incident.resolved") == {"claire"} == letters("incident_state")


def test_the_distributor_hears_of_states_once_it_was_asked(world):
    incident = an_incident(world)
    say(incident, DISTRIBUTOR, world.remi)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    assert told("incident.resolved") == {"claire", "diane", "ines"}


def test_who_wants_one_letter_a_day_gets_one(world):
    with tx():
        world.claire.daily_mail = True
        world.claire.save()
    incident = an_incident(world, by=world.remi)
    say(incident, CUSTOMER, world.remi)
    incidents.move(incident, S.RESOLVED, world.remi, NOON)
    assert "claire" not in letters("incident_declared") | letters("incident_message") | letters("incident_state")
    assert (digests.send_daily(NOON), digests.send_daily(NOON)) == (1, 0)
    (daily,) = Mail.select().where(Mail.letter == "incident_digest")
    kinds = [event.kind for event in digests.events_of(daily.values)]
    assert daily.user.id == world.claire.id
    assert kinds == ["incident.declared", "incident.customer_message", "incident.in_progress", "incident.resolved"]


def test_an_incident_is_in_the_index_as_it_is_listed(world):  # 002-43
    incident = an_incident(world)
    (row,) = search.INCIDENTS.rows([incident.number], NOON.day)
    assert (row.title, row.reference, row.serial) == ("My NAS stops", "TS-131K-1TIW", "Q207B17555")
    assert (row.customer_name, row.declarer) == ("Client Test", world.claire.id)
    assert (row.state, row.turn) == (S.OPEN, Turn.RESELLER)
    text = db.execute_sql("SELECT text FROM incident_keys").fetchone()[0]
    assert "ts-131k" in text and "q207b17555" in text


def test_what_is_due_first_comes_first_and_what_is_over_last(world):  # X17
    later = an_incident(world, due_at=datetime(2026, 11, 24, 22, 59))
    sooner = an_incident(world, due_at=datetime(2026, 11, 23, 22, 59))
    asked = an_incident(world, due_at=datetime(2026, 11, 20, 22, 59))
    over = an_incident(world, due_at=datetime(2026, 11, 20, 22, 59))
    say(asked, CUSTOMER, world.remi, wait=True)
    incidents.move(over, S.RESOLVED, world.remi, NOON)
    rows = db.execute_sql("SELECT id FROM incident_keys ORDER BY urgency").fetchall()
    assert [number for (number,) in rows] == [i.number for i in (sooner, later, asked, over)]


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Bonjour\u00a0: 20\u202fMo", "Bonjour\u00a0: 20\u202fMo"),
        ("\u202etxet\x1b[31m\0 \u200b", "txet[31m"),
        ("👩\u200d🔧\r\n\tok", "👩\u200d🔧\r\n\tok"),
        (" \u00a0\u200d\u200b ", ""),
    ],
)
def test_words_keep_their_spaces_and_lose_what_nobody_sees(typed, kept):  # 002-36, 002-46
    assert messages.visible(typed) == kept
