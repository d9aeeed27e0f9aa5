"""tests/asvs.md names tests that are there: a requirement whose test was renamed or taken out is noticed."""

import re
from pathlib import Path

import pytest

ROWS = [line for line in Path("tests/asvs.md").read_text().splitlines() if re.match(r"\| \d", line)]
NAMED = re.compile(r"([\w/]+\.py)|`([^`]*…[^`]*)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_the_tests_beside_a_requirement_are_there(row):
    requirement, what, beside = (cell.strip() for cell in row.strip("|").split("|"))
    assert requirement and what and beside
    file = None
    for path, name in NAMED.findall(beside):
        if path:
            file = Path(path) if path.startswith("lic/") else Path("tests") / path
            assert file.is_file(), f"{requirement}: {path} is not there"
        else:
            tests = re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
            parts = [part.strip() for part in name.split("…") if part.strip()]
            assert any(all(part in test for part in parts) for test in tests), f"{requirement}: {file} has no {name}"


def test_the_whole_table_is_looked_at():
    assert len(ROWS) > 45
