"""Tokens of colleagues: an operator makes one for who only reads; an administrator of theirs revokes it."""

from lic.models import ApiToken, Event
from lic.rules import tokens
from tests.conftest import NOON


def test_an_administrator_revokes_the_token_of_who_only_reads(world, visit):  # X15, issue 3
    made, secret = tokens.make(world.lea, "Nightly prices", by=None, at=NOON)  # python app.py token lea
    page = visit(world.remi).get("/settings/tokens").text
    assert "Tokens of your colleagues" in page and "Nightly prices" in page and "Léa Petit" in page
    assert visit(world.lea).post(f"/settings/tokens/{made.id}/revocation").status_code == 403
    assert tokens.owner(secret)[1] == world.lea
    assert visit(world.remi).post(f"/settings/tokens/{made.id}/revocation").status_code == 303
    assert tokens.owner(secret) is None
    (event,) = Event.select().where(Event.kind == "user.token_revoked")
    assert (event.by, event.subject) == (world.remi, world.lea.id)
    assert "Tokens of your colleagues" not in visit(world.remi).get("/settings/tokens").text


def test_nobody_elses_colleagues_are_among_them(world, visit):  # X15
    made, secret = tokens.make(world.lea, "Nightly prices", by=None, at=NOON)
    for neighbour in (world.anne, world.marc, world.diane):
        assert "Nightly prices" not in visit(neighbour).get("/settings/tokens").text
        assert visit(neighbour).post(f"/settings/tokens/{made.id}/revocation").status_code == 404
    assert tokens.owner(secret) and ApiToken.get_by_id(made.id).revoked_at is None
