"""The portal's words in other languages: compiled where the source is newer, extracted for the translators."""

from pathlib import Path
from tempfile import NamedTemporaryFile

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "translations"
LANGUAGES = ("fr", "pt")
METHODS = [("lic/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {
    **{"_": None, "_l": None, "lazy": None, "gettext": None, "lazy_gettext": None, "N_": None},
    **{"ngettext": (1, 2), "lazy_ngettext": (1, 2), "NN_": (1, 2)},
    **{"NC_": ((1, "c"), 2)},
    **{"pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2)},
}


def path(language):
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language):
    from babel.messages.pofile import read_po  # here, as below: most starts find all compiled

    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def compile_all():
    """Make each .mo that is missing or older than its .po; returns the languages compiled."""
    made = []
    for language in LANGUAGES:
        source, compiled = path(language), path(language).with_suffix(".mo")
        if not source.exists() or (compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime):
            continue
        from babel.messages.mofile import write_mo

        with NamedTemporaryFile(dir=compiled.parent, suffix=".part", delete=False) as part:
            write_mo(part, read(language))
        made_now = Path(part.name)
        made_now.chmod(0o644)  # such files are their maker's alone otherwise
        made_now.replace(compiled)  # another process may be reading it, or making it as well
        made.append(language)
    return made


def extracted():
    """Every message of the code and the templates, as a catalogue without translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    catalogue = Catalog(project="portal", fuzzy=False)
    found = extract_from_dir(ROOT, METHODS, keywords=KEYWORDS, directory_filter=_ours)
    for filename, _line, message, comments, context in found:
        catalogue.add(message, None, [(filename, None)], auto_comments=comments, context=context)
    return catalogue


def _ours(folder):
    """Only our own sources: not the virtual environment, not data."""
    first = Path(folder).relative_to(ROOT).parts[:1]
    return not first or first[0] in ("lic", "templates")


def update():
    """Bring every catalogue up to date with the code; new messages come without translation, old ones go."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    template = extracted()
    for language in LANGUAGES:
        catalogue = read(language) if path(language).exists() else Catalog(locale=language, fuzzy=False)
        made_on = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.creation_date = made_on  # else every update would change the file
        path(language).parent.mkdir(parents=True, exist_ok=True)
        with path(language).open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, omit_header=False, include_lineno=False)
