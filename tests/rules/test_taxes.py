"""Tax numbers are checked by country and shown as people there write them (rules.md Q)."""

import pytest

from lic.rules import taxes

GOOD = [
    ("FR", "732829320", "SIREN", "732829320", "732 829 320"),
    ("FR", "552 100 554", "SIREN", "552100554", "552 100 554"),
    ("FR", "404.833.048", "SIREN", "404833048", "404 833 048"),
    ("FR", "732 829 320 00074", "SIRET", "73282932000074", "732 829 320 00074"),
    ("FR", "fr 83 404 833 048", "TVA", "FR83404833048", "FR 83 404 833 048"),
    ("FR", "83404833048", "TVA", "FR83404833048", "FR 83 404 833 048"),
    ("FR", "FRK7399859412", "TVA", "FRK7399859412", "FR K7 399 859 412"),
    ("PT", "501964843", "NIF", "501964843", "501 964 843"),
    ("PT", "PT 501 964 843", "NIF", "501964843", "501 964 843"),
    ("BR", "11.222.333/0001-81", "CNPJ", "11222333000181", "11.222.333/0001-81"),
    ("BR", "12.abc.345/01de-35", "CNPJ", "12ABC34501DE35", "12.ABC.345/01DE-35"),  # letters since July 2026
    ("BR", "529.982.247-25", "CPF", "52998224725", "529.982.247-25"),
]


@pytest.mark.parametrize("country, typed, kind, stored, shown", GOOD)
def test_a_number_is_known_stored_bare_and_shown_in_its_usual_form(country, typed, kind, stored, shown):
    assert taxes.why_not(country, typed) is None
    assert taxes.kind(country, typed) == kind
    assert taxes.compact(country, typed) == stored
    assert taxes.shown(country, stored) == shown
    assert taxes.compact(country, shown) == stored


@pytest.mark.parametrize("country, typed, kind, stored, shown", GOOD)
def test_one_wrong_check_digit_is_noticed(country, typed, kind, stored, shown):
    wrong = stored[:-1] + str((int(stored[-1]) + 1) % 10)
    assert "mistyped" in taxes.why_not(country, wrong).message


@pytest.mark.parametrize(
    "country, typed",
    [
        ("FR", "000000000"), ("FR", "12"), ("FR", "DE123456789"), ("FR", "<b>"), ("PT", "000000000"),
        ("BR", "111.111.111-11111"), ("BR", "00000000000000"), ("BR", "111.111.111-11"), ("BR", "12.ABC.345/01DE-3X"),
        ("BR", "٥٢٩٩٨٢٢٤٧٢٥"),
        ("DE", "1"), ("DE", "1" * 31), ("DE", "12; 34"), ("FR", "🙂" * 9),
    ],
)  # fmt: skip
def test_what_is_no_number_of_that_country_is_refused(country, typed):
    assert taxes.why_not(country, typed)


@pytest.mark.parametrize("country", ["FR", "PT", "BR", "DE"])
def test_no_number_at_all_is_allowed(country):
    assert taxes.why_not(country, "") is None
    assert taxes.shown(country, "") == ""


def test_an_activation_accepts_a_cnpj_and_a_cpf_only():  # Q, 001-30
    assert taxes.why_not("BR", "529.982.247-25", ("CNPJ", "CPF")) is None
    assert taxes.why_not("BR", "529.982.247-25", ("CNPJ",))


def test_a_masked_number_is_shown_as_it_is():  # 001-06
    assert taxes.shown("BR", "***********181") == "***********181"
