"""Our own letters are recognised within others, however these come (002-46)."""

import pytest

from lic.rules.traces import Traces, codes

CODE = "26112201.c.7.abcdefghijklmnopq234"
ADDRESS = f"reply+{CODE}@house.example".encode()
NUMBER = "0123456789abcdef" * 2


def found(*pieces):
    traces = Traces()
    assert b"".join(traces.of(pieces)) == b"".join(pieces)  # it is passed on as it is
    return traces.codes, traces.numbers


@pytest.mark.parametrize("cut", range(1, len(ADDRESS)))
def test_a_piece_may_end_anywhere(cut):
    assert found(ADDRESS[:cut], ADDRESS[cut:]) == ({CODE}, set())


@pytest.mark.parametrize("size", [1, 7, 64])
def test_pieces_may_be_small(size):
    letter = b"x" * 90 + ADDRESS + b" <" + NUMBER.encode() + b"@localhost> " * 2
    assert found(*(letter[at : at + size] for at in range(0, len(letter), size))) == ({CODE}, {NUMBER})


@pytest.mark.parametrize("written", [ADDRESS.upper(), ADDRESS.replace(b"+", b"%2B"), ADDRESS.replace(b"+", b"&#43;")])
def test_however_a_mail_program_writes_it(written):
    assert found(b"mailto:" + written) == ({CODE}, set())


@pytest.mark.parametrize("other", [b"claire@example.com", b"a.b@c", b"reply+1.x.2@house.example", b"@", b"@" * 300])
def test_other_addresses_are_not_ours(other):
    assert found(other) == (set(), set())


def test_of_addresses_only_ours_have_a_code():
    assert codes(["claire@example.com", ADDRESS.decode(), "x@y"]) == {CODE}
