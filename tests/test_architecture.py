"""The shape of the code, kept by a test: arrows go one way, and no file grows past a screenful of ideas."""

import ast
import re
from pathlib import Path

LIC = Path("lic")
# These put parts together.
ABOVE = {"jobs", "mail", "cli", "server", "demo", "bulk", "backups", "files", "scanner"}
ABOVE |= {"database", "settings", "catalogues"}
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
BLUEPRINTS = [file for file in FILES if file.parts[1] == "blueprints"]
BULK = {"lic/bulk.py", *(str(file) for file in (LIC / "search").glob("*.py"))}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "lic":
            yield from (f"lic.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def holding(words, files):
    """The files that contain one of these, and which."""
    return [(str(file), word) for file in files for word in words if word in file.read_text(encoding="utf-8")]


def test_arrows_go_one_way():
    wrong = []
    for file in LAYERED:
        layer = file.relative_to(LIC).parts[0].removesuffix(".py")
        for module in imported(file):
            if module.startswith("lic.") and module.split(".")[1] not in MAY_IMPORT[layer]:
                wrong.append(f"{file} imports {module}")
            if layer in ("schema", "rules", "search") and module.split(".")[0] in NO_WEB:
                wrong.append(f"{file} knows about the web")
    assert not wrong


def test_only_the_clock_knows_the_time():
    wrong = []
    for file in FILES:
        text = re.sub(r"clock\.(today|now|utcnow)\(\)", "", file.read_text(encoding="utf-8"))
        asking = ("date.today()", "datetime.now(", "datetime.utcnow(", ".today()")
        wrong += [f"{file} asks for {one}" for one in asking if one in text and file.name != "clock.py"]
    assert not wrong


def test_no_query_escapes_the_scope():
    """Ways round `Scoped`: raw SQL and bulk statements belong to search and the bulk loader, which take the scope."""
    allowed = BULK | {"lic/database.py", "lic/backups.py"}  # these two know no rows, only the file
    ways_out = ("execute_sql(", ".raw(", "insert_many(", "insert_from(", ".orwhere(", "Model.select(")
    assert not holding(ways_out, [file for file in FILES if str(file) not in allowed])


def test_screens_do_not_widen_the_scope_by_themselves():
    """Only pages that nobody is logged in for may look at everything, and each is named here with why."""
    named = {
        "password_resets.py": "the person is not known yet",
        "invitations.py": "the link says who",
        "registrations.py": "the link says who",
        "setup.py": "nobody exists yet",
        "approvals.py": "the mailed link says who",
    }
    assert not holding(["EVERYBODY"], [file for file in BLUEPRINTS if file.name not in named])


def test_handlers_contain_no_try():
    assert not [
        str(file)
        for file in BLUEPRINTS
        if any(isinstance(node, ast.Try) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    ]


def test_every_write_goes_through_tx():
    assert not holding([".atomic("], [file for file in FILES if file.name != "base.py"])


def test_files_stay_short():
    ours = [
        file
        for folder in ("lic", "tests", "bench", "templates", "static")
        for file in Path(folder).rglob("*.*")
        if file.suffix in (".py", ".html", ".css", ".js") and "htmx-" not in file.name
        if "migrations" not in file.parts
    ]
    assert len(ours) > 300
    lengths = [(str(file), len(file.read_text(encoding="utf-8").splitlines())) for file in ours]
    assert not [(name, length) for name, length in lengths if length > 400]


def test_a_module_opens_with_what_it_is_for():
    described = [file for file in FILES if file != LIC / "__init__.py"]
    assert not [str(f) for f in described if not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))]
