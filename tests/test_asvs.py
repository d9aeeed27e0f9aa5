"""tests/asvs.md names tests that are there and assert something: one that was renamed or emptied is noticed."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HELD, _, LEFT = Path("tests/asvs.md").read_text().partition("## Not held")
ROWS = [line for line in HELD.splitlines() if re.match(r"\| \d", line)]
NOT_HELD = [line for line in LEFT.splitlines() if re.match(r"\| \d", line)]
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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_the_tests_beside_a_requirement_are_there(row):
    requirement, what, beside = (cell.strip() for cell in row.strip("|").split("|"))
    assert requirement and what and beside
    assert NAMED.search(beside) or requirement in WITHOUT
    file = None
    for path, name in NAMED.findall(beside):
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
    assert len(ROWS) > 75 and len(NOT_HELD) == 4
    assert all(re.fullmatch(r"\d+\.\d+\.\d+(\.\.\d+)?(, \d+\.\d+\.\d+(\.\.\d+)?)*", number) for number in numbers)
