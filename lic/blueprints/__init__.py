"""One noun each: its list, its forms, its handlers."""

import importlib
import pkgutil


def all_of_them():
    """Every blueprint of this folder: a module that defines `bp` is on the map."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        found = importlib.import_module(f"{__name__}.{module.name}")
        if bp := getattr(found, "bp", None):
            yield bp
