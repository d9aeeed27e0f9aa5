"""The two channels of an incident never leak (002-46): a marker word stands in each, and everybody looks everywhere.

Every kind of person follows every link they are shown, asks for every fragment, file, search and export, and reads
every letter written to them. Who is not party to a channel finds not one word of it.
"""

import html
import io
import re
import zipfile
from urllib.parse import urljoin

import pytest

from lic import mail
from lic.models import EVERYBODY, Attachment, Event, Mail, MailState, StagedFile, User, db, scope, tx
from lic.rules import digests, incidents, mails, messages
from tests.conftest import HTMX, NOON, a_browser, a_contract
from tests.incidents import an_incident

CUSTOMER, DISTRIBUTOR = "blaubeere", "himbeere"  # the words that stand in each channel
PARTY = {  # who reads which channel of an incident of Alpha's customer
    "claire": {CUSTOMER},
    "cleo": {CUSTOMER},
    "remi": {CUSTOMER, DISTRIBUTOR},
    "lea": {CUSTOMER, DISTRIBUTOR},
    "diane": {DISTRIBUTOR},
    "ines": {DISTRIBUTOR},
    "paul": {DISTRIBUTOR},
    "anne": set(),
    "victor": set(),
    "marc": set(),
    "jean": set(),
}
WORDS = (CUSTOMER, DISTRIBUTOR)
MOST_PAGES = 160  # twice that many answers: each as a page and as a fragment


def write(browser, incident, channel, word, name):
    """A message with a file, as a person writes it."""
    file = io.BytesIO(f"{word} in a file\n".encode())
    data = {f"{channel}-body": f"{word} says {name}", f"{channel}-key": word, "file": (file, f"{word}.txt")}
    answer = browser.post(f"/incidents/{incident.number}/messages/{channel}", data=data)
    assert answer.status_code == 303


@pytest.fixture
def incident(world, app):
    """An incident where both sides have talked, in both channels."""
    with tx():
        for user in (world.claire, world.ines):
            user.daily_mail = True
            user.save()
    made = an_incident(world, by=world.remi)
    for person, channel, word in (
        *((world.claire, "customer", CUSTOMER), (world.remi, "customer", CUSTOMER)),
        *((world.remi, "distributor", DISTRIBUTOR), (world.diane, "distributor", DISTRIBUTOR)),
    ):
        write(a_browser(app, person), made, channel, word, person.first_name)
    incidents.move(made, incidents.RESOLVED, world.remi, NOON)
    digests.send_daily(NOON)
    assert not StagedFile.select().exists()
    return made.again()


def text_of(answer):
    """All a person could read in an answer, spreadsheets too."""
    body = answer.get_data()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b" ".join(archive.read(name) for name in archive.namelist())
    return body.decode("utf-8", "replace") if answer.status_code == 200 else ""


def words_in(text):
    return {word for word in WORDS if word in text.lower()}


def links_in(answer):
    if not answer.mimetype.endswith("html"):
        return set()
    found = re.findall(r'(?:href|src|hx-get)="([^"#]+)', answer.text)
    return {link for link in map(html.unescape, found) if not re.match(r"/static|[a-z]+:|//", link)}


def everything(browser):
    """Every page, fragment and file this person can come to from where they land: {address: text}."""
    seen = {}
    ahead = ["/contracts", "/incidents", "/notifications", "/settings/profile", "/audit", "/mails", "/dashboard"]
    while ahead and len(seen) < MOST_PAGES:
        url = ahead.pop(0)
        if url in seen:
            continue
        answer = browser.get(url)
        fragment = browser.get(url, headers=HTMX)
        seen[url], seen[f"{url} (fragment)"] = text_of(answer), text_of(fragment)
        ahead += sorted({urljoin(url, link) for link in links_in(answer) | links_in(fragment)} - set(seen))
    return seen


# --- what people see ---------------------------------------------------------------------------


@pytest.mark.parametrize("person", PARTY)
def test_who_follows_every_link_reads_the_own_channels_only(incident, world, visit, person):
    found = {url: words_in(text) for url, text in everything(visit(getattr(world, person))).items()}
    assert not {url: words - PARTY[person] for url, words in found.items() if words - PARTY[person]}
    page = found.get(f"/incidents/{incident.number}", set())
    assert page == PARTY[person]


@pytest.mark.parametrize("person", PARTY)
def test_who_asks_for_a_channel_by_its_address_gets_the_own_only(incident, world, visit, person):
    browser = visit(getattr(world, person))
    for channel, word in (("customer", CUSTOMER), ("distributor", DISTRIBUTOR)):
        answer = browser.get(f"/incidents/{incident.number}/messages/{channel}", headers=HTMX)
        assert answer.status_code == (200 if word in PARTY[person] else 404)
        assert words_in(answer.text) == ({word} & PARTY[person])


@pytest.mark.parametrize("person", PARTY)
def test_a_file_of_a_channel_is_its_own_only(incident, world, visit, person):
    browser = visit(getattr(world, person))
    with scope(EVERYBODY):
        files = list(Attachment.select())
    assert {file.name for file in files} == {f"{word}.txt" for word in WORDS}
    for file in files:
        word = file.name.removesuffix(".txt")
        for tail in ("", "/preview", "/removal"):
            answer = browser.get(f"/incidents/{incident.number}/files/{file.id}{tail}")
            assert words_in(answer.text) <= PARTY[person]
            if word not in PARTY[person]:
                assert answer.status_code in (403, 404)


@pytest.mark.parametrize("person", PARTY)
def test_nobody_writes_or_deletes_in_a_channel_of_others(incident, world, visit, person):
    browser, who = visit(getattr(world, person)), getattr(world, person)
    for channel, word in (("customer", CUSTOMER), ("distributor", DISTRIBUTOR)):
        answer = browser.post(f"/incidents/{incident.number}/messages/{channel}", data={f"{channel}-body": "x"})
        may = word in PARTY[person] and who.is_administrator
        assert answer.status_code == (303 if may else answer.status_code) and (may or answer.status_code in (403, 404))
        assert words_in(answer.text) <= PARTY[person]


@pytest.mark.parametrize("person", PARTY)
@pytest.mark.parametrize("word", WORDS)
def test_a_search_finds_no_word_of_a_message(incident, world, visit, person, word):
    browser = visit(getattr(world, person))
    for url in ("/incidents", "/search", "/contracts", "/notifications", "/audit", "/mails", "/mails/incoming"):
        for headers in ({}, HTMX):
            answer = browser.get(url, query_string={"q": word}, headers=headers)
            assert "26112201" not in answer.text or url == "/notifications"  # which searches nothing
            shown = answer.text.replace(f'value="{word}"', "").replace(f"“{word}”", "").replace(f"q={word}", "")
            assert not words_in(shown), url  # but what was asked


@pytest.mark.parametrize("person", PARTY)
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_export_holds_no_word_of_a_message(incident, world, visit, person, format):
    for list in ("incidents", "contracts", "mails", "mails/incoming", "audit"):
        answer = visit(getattr(world, person)).get(f"/{list}/export.{format}")
        assert answer.status_code == 200 or list not in ("incidents", "contracts")
        assert not words_in(text_of(answer))


# --- what people are told ----------------------------------------------------------------------


@pytest.mark.parametrize("person", PARTY)
def test_no_letter_carries_a_word_to_the_wrong_side(incident, world, app, person):
    user = getattr(world, person)
    for letter in Mail.select().where(Mail.user == user.id):
        told = mail.compose(app, letter, NOON)
        sent = mail.message(app, letter, told)  # its headers too
        assert words_in(f"{sent.items()} {sent.get_content()}") <= PARTY[person], letter.letter
        assert not words_in(f"{sent.items()} {letter.values} {letter.error}")


def test_each_side_gets_what_was_written_to_it_by_letter(incident, world, app):  # 004-26, 002-54
    written = {}
    for letter in Mail.select().where(Mail.letter == "incident_message"):
        written.setdefault(letter.user.identifier, []).append(mail.compose(app, letter, NOON).body)
    assert set(written) == {"remi", "diane"}  # Claire and Inès have theirs once a day
    assert words_in(" ".join(written["remi"])) == {CUSTOMER, DISTRIBUTOR}
    assert words_in(" ".join(written["diane"])) == {DISTRIBUTOR}
    assert all("Message from Rémi Durand. — 22/11/2026 " in body for body in written["diane"])


def test_a_daily_letter_says_all_that_was_written_to_its_reader_and_when(incident, world, app):  # 002-54
    told = {}
    for letter in Mail.select().where(Mail.letter == "incident_digest"):
        told[letter.user.identifier] = mail.compose(app, letter, NOON).body
    assert {who: words_in(text) for who, text in told.items()} == {"claire": {CUSTOMER}, "ines": {DISTRIBUTOR}}
    assert "[New message] Incident no. 26112201 — Message from Rémi Durand. — 22/11/2026 " in told["claire"]
    assert "blaubeere says Rémi" in told["claire"] and "Files: blaubeere.txt" in told["claire"]
    assert "[New status] Incident no. 26112201 — This incident has been resolved. — 22/11/2026 12:00" in told["claire"]
    assert "It stops by itself." in told["claire"] and f"/incidents/{incident.number}" in told["claire"]


def test_a_daily_letter_to_somebody_who_changed_sides_names_nothing_of_the_other(incident, world, app):
    with tx():
        world.ines.organisation = world.beta
        world.ines.save()
    (letter,) = Mail.select().where(Mail.letter == "incident_digest", Mail.user == world.ines.id)
    body = mail.compose(app, letter, NOON).body
    assert not words_in(body) and "26112201" not in body and "My NAS" not in body


def test_a_letter_that_went_to_somebody_who_changed_sides_says_nothing(incident, world, app):
    """The letter is composed when it is sent, for who the reader is by then."""
    with tx():
        world.diane.organisation = world.client
        world.diane.save()
    for letter in Mail.select().where(Mail.user == world.diane.id):
        assert words_in(mail.compose(app, letter, NOON).body) <= {CUSTOMER}


def test_the_journal_keeps_that_somebody_wrote_and_never_what(incident):
    for event in Event.select():
        assert not words_in(f"{event.before} {event.after}")


def test_no_index_holds_a_word_of_a_message(incident):
    for table in ("incident_keys", "contract_keys"):
        for row in db.execute_sql(f"SELECT * FROM {table}").fetchall():
            assert not words_in(str(row))


def test_a_kept_letter_between_customer_and_reseller_is_not_the_distributors_to_open(incident, world, visit, app):
    with tx():
        Mail.update(state=MailState.KEPT).execute()
    browser = visit(world.diane)
    for letter in Mail.select().where(Mail.letter.startswith("incident_")):
        answer = browser.post(f"/mails/{letter.id}/reading")
        assert words_in(answer.text) <= PARTY["diane"]
        private = CUSTOMER in mail.compose(app, letter, NOON).body
        assert bool(mails.why_not_open(letter, NOON)) == private == (answer.status_code == 422)


# --- below the pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["claire", "cleo", "victor", "marc"])
def test_a_customers_scope_holds_no_row_of_the_distributors_channel(incident, world, person):
    """Even code that forgot to ask whose it is sees nothing."""
    user = getattr(world, person)
    with scope(user.organisation.scope):
        assert messages.DistributorMessage.select().count() == 0
        assert Attachment.select().where(Attachment.channel == messages.Channel.DISTRIBUTOR).count() == 0


def test_the_people_named_above_the_box_are_those_who_are_told(incident, world, visit):
    page = visit(world.remi).get(f"/incidents/{incident.number}").text
    assert "Claire Test" in page and "Support of Distributeur" in page
    assert "The customer never sees these messages." in page
    assert page.count("Send</button>") == 2  # screens.md, labels


def test_for_a_direct_customer_there_is_one_channel(world, visit):  # Q
    made = an_incident(world, a_contract(world.house, world.atelier), by=world.marc)
    for person in (world.marc, world.diane):
        write(visit(person), made, "customer", CUSTOMER, person.first_name)
    for person in (world.marc, world.jean, world.diane, world.paul):
        page = visit(person).get(f"/incidents/{made.number}").text
        assert words_in(page) == {CUSTOMER} and 'id="distributor"' not in page
    assert visit(world.diane).get(f"/incidents/{made.number}/messages/distributor").status_code == 404
    for person in (world.remi, world.claire, world.victor):
        assert visit(person).get(f"/incidents/{made.number}").status_code == 404


def test_a_basic_user_of_each_side_reads_what_its_side_reads(incident, world):
    for name, words in PARTY.items():
        user = User.get_by_id(getattr(world, name).id)
        with scope(EVERYBODY):
            seen = {c.value for c in incidents.channels_of(incident, user)}
        if words:
            assert seen == {"customer" if word == CUSTOMER else "distributor" for word in words}
