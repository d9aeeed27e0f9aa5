"""What is made when it is first needed, so that the portal answers soon after it is started."""

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
