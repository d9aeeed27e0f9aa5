"""asvs.md and faults.md name tests that are there and assert something: one that was renamed or emptied is noticed."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest


def rows(text):
    return [line for line in text.splitlines() if re.match(r"\| \d", line)]


HELD, _, LEFT = Path("tests/asvs.md").read_text().partition("## Not held")
FAULTS, _, ATTACKS = Path("tests/faults.md").read_text().partition("## Who might try what")
ROWS, NOT_HELD = rows(HELD), rows(LEFT)
BENCH = re.compile(r"bench/\w+\.py")
NAMED = re.compile(r"([\w/]+\.py)|`([^`]*…[^`]*)`")
WITHOUT = {"6.2.10", "6.4.2"}  # there is nothing to test: no such column, no such questions


@cache
def found_in(file):
    """{name: whether it asserts anything} of the tests in a file."""
    found = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
    return {node.name: asserts(node) for node in found if node.name.startswith("test_")}


def asserts(node):
    """By itself, by what must be raised or come to show, or by an `ask(status=…)`, which looks at the answer."""
    inside = list(ast.walk(node))
    said = {one.attr for one in inside if isinstance(one, ast.Attribute)}
    told = {one.arg for one in inside if isinstance(one, ast.keyword)}
    return any(isinstance(one, ast.Assert) for one in inside) or bool(
        said & {"raises", "wait_for_url"} or "status" in told
    )


@pytest.mark.parametrize("row", [*ROWS, *rows(FAULTS), *rows(ATTACKS)], ids=lambda row: row.split("|")[1].strip())
def test_the_tests_beside_a_requirement_are_there(row):
    requirement, what, beside = (cell.strip() for cell in row.strip("|").split("|"))
    assert requirement and what and beside
    assert NAMED.search(beside) or requirement in WITHOUT
    file = None
    assert all(Path(bench).is_file() for bench in BENCH.findall(beside))
    for path, name in NAMED.findall(BENCH.sub("", beside)):
        if path:
            file = Path("tests") / path
            assert found_in(file), f"{requirement}: {path} has no tests"
        else:
            parts = [part.strip() for part in name.split("…") if part.strip()]
            found = [test for test in found_in(file) if all(part in test for part in parts)]
            assert found, f"{requirement}: {file} has no {name}"
            assert all(found_in(file)[test] for test in found), f"{requirement}: {found} asserts nothing"


def test_the_whole_table_is_looked_at():
    numbers = [row.split("|")[1].strip() for row in (*ROWS, *NOT_HELD)]
    assert len(ROWS) > 75 and len(NOT_HELD) == 2
    assert all(re.fullmatch(r"\d+\.\d+\.\d+(\.\.\d+)?(, \d+\.\d+\.\d+(\.\.\d+)?)*", number) for number in numbers)


def test_every_fault_and_every_attack_of_the_design_is_looked_at():
    """1 to 30 and 1 to 55, but for what the portal does not have."""
    for table, last, without in ((FAULTS, 30, {26, 27}), (ATTACKS, 55, set())):
        numbers = [int(number) for row in rows(table) for number in row.split("|")[1].split(",")]
        assert sorted(numbers) == [number for number in range(1, last + 1) if number not in without]
