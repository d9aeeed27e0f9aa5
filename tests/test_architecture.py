"""The shape of the code, kept by a test: arrows go one way, and no file grows past a screenful of ideas."""

import ast
import re
from pathlib import Path

import pytest

LIC = Path("lic")
ABOVE = {"jobs", "mail", "cli", "server", "demo", "bulk", "backups", "files", "database", "settings", "catalogues"}  # put parts together
MAY_IMPORT = {  # layer: the layers below it
    "schema": {"schema"},
    "models": {"schema"},
    "rules": {"models", "rules"},
    "search": {"models", "search"},
    "listing": {"models", "search", "rules", "web", "listing"},
    "web": {"models", "rules", "web", "settings", "files"},
    "documents": {"models", "rules", "web", "documents"},
    "blueprints": {"models", "rules", "listing", "search", "web", "documents", "mail", "jobs"},
}
NO_WEB = ("flask", "wtforms", "flask_babel", "werkzeug", "jinja2")
FILES = sorted(file for file in LIC.rglob("*.py") if "migrations" not in file.parts)
LAYERED = [f for f in FILES if f.relative_to(LIC).parts[0].removesuffix(".py") in MAY_IMPORT]
BULK = {"lic/bulk.py", *(str(file) for file in (LIC / "search").glob("*.py"))}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "lic":
            yield from (f"lic.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("file", LAYERED, ids=str)
def test_arrows_go_one_way(file):
    layer = file.relative_to(LIC).parts[0].removesuffix(".py")
    for module in imported(file):
        if module.startswith("lic."):
            assert module.split(".")[1] in MAY_IMPORT[layer], f"{file} imports {module}"
        if layer in ("schema", "rules", "search"):
            assert module.split(".")[0] not in NO_WEB, f"{file} knows about the web"


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "clock.py"], ids=str)
def test_only_the_clock_knows_the_time(file):
    text = re.sub(r"clock\.(today|now|utcnow)\(\)", "", file.read_text())
    for asking in ("date.today()", "datetime.now(", "datetime.utcnow(", ".today()"):
        assert asking not in text, f"{file} asks for {asking}"


@pytest.mark.parametrize("file", [f for f in FILES if str(f) not in BULK], ids=str)
def test_no_query_escapes_the_scope(file):
    """Ways round `Scoped`: raw SQL and bulk statements belong to search and the bulk loader, which take the scope."""
    allowed = {"lic/database.py", "lic/backups.py"}  # they know no rows, only the file
    for way_out in ("execute_sql(", ".raw(", "insert_many(", "insert_from(", ".orwhere(", "Model.select("):
        if str(file) not in allowed:
            assert way_out not in file.read_text(), f"{file} uses {way_out}"


@pytest.mark.parametrize("file", [f for f in FILES if f.parts[1] in ("blueprints",)], ids=str)
def test_screens_do_not_widen_the_scope_by_themselves(file):
    """Only pages that nobody is logged in for may look at everything, and each is named here with why."""
    named = {
        "password_resets.py": "the person is not known yet",
        "invitations.py": "the link says who",
        "registrations.py": "the link says who",
        "setup.py": "nobody exists yet",
        "approvals.py": "the mailed link says who",
    }
    if "EVERYBODY" in file.read_text():
        assert file.name in named, f"{file} opens everything"


@pytest.mark.parametrize("file", [f for f in FILES if f.parts[1] == "blueprints"], ids=str)
def test_handlers_contain_no_try(file):
    assert not any(isinstance(node, ast.Try) for node in ast.walk(ast.parse(file.read_text())))


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "base.py"], ids=str)
def test_every_write_goes_through_tx(file):
    assert ".atomic(" not in file.read_text()


@pytest.mark.parametrize(
    "file", [f for ext in ("py", "html", "css", "js") for d in ("lic", "tests", "bench", "templates", "static")
             for f in sorted(Path(d).rglob(f"*.{ext}")) if "htmx-" not in f.name and "migrations" not in f.parts],
    ids=str,
)  # fmt: skip
def test_files_stay_short(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "__init__.py" or f.parent != LIC], ids=str)
def test_a_module_opens_with_what_it_is_for(file):
    assert ast.get_docstring(ast.parse(file.read_text())), f"{file} does not say what it is for"
