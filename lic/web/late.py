"""What is made when it is first needed, so that the portal answers soon after it is started."""

from contextlib import suppress
from pickle import UnpicklingError

import jinja2
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule


class LateRule(Rule):
    """An address of the portal's, which learns how it is written when the first link to it is asked for."""

    def _compile_builder(self, append_unknown=True):
        def build(self, /, **values):
            made = super(LateRule, self)._compile_builder(append_unknown).__get__(self, None)
            setattr(self, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)

        return build


class LateModule:
    """The macros of a template, which is compiled when the first of them is used."""

    def __init__(self, environment, name):
        self._environment, self._name = environment, name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        macro = getattr(self._environment.get_template(self._name).module, name)
        setattr(self, name, macro)
        return macro


class Compiled(FileSystemBytecodeCache):
    """Templates once compiled lie beside their sources, as Python keeps its modules: the first page comes the sooner.

    Where nothing may be written they are compiled at each start.
    """

    def __init__(self, environment, templates):
        super().__init__(str(templates / "__pycache__"), "%s.jinja")
        how = [environment.trim_blocks, environment.lstrip_blocks, *sorted(environment.extensions)]
        self._how = repr([jinja2.__version__, environment.code_generator_class.__qualname__, *how])
        with suppress(OSError):
            (templates / "__pycache__").mkdir(exist_ok=True)

    def get_source_checksum(self, source):
        """What is kept is of this source, compiled this way, or not used."""
        return super().get_source_checksum(self._how + source)

    def load_bytecode(self, bucket):
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, UnpicklingError):  # damaged: it is compiled again
            bucket.reset()

    def dump_bytecode(self, bucket):
        with suppress(OSError):
            super().dump_bytecode(bucket)
