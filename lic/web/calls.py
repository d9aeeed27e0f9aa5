"""How templates call what they name: as Jinja does, but without asking of each thing anew what it wants to be given.

Hundreds of words, links and macros are called for a page, and the asking took longer than most of them.
"""

from functools import cache
from types import BuiltinMethodType, FunctionType, MethodType

from jinja2 import pass_eval_context
from jinja2.runtime import Context, Macro

PLAIN = {FunctionType, MethodType, BuiltinMethodType, type(cache(len))}
WANTS_EVAL = pass_eval_context(lambda: None).jinja_pass_arg


class Calls(Context):
    def call(self, called, /, *args, _block_vars=None, _loop_vars=None, **kwargs):
        kind = type(called)
        if kind is Macro:
            return called(self.eval_ctx, *args, **kwargs)
        if kind in PLAIN:
            wants = getattr(called, "jinja_pass_arg", None)
            if wants is None:
                return called(*args, **kwargs)
            if wants is WANTS_EVAL:
                return called(self.eval_ctx, *args, **kwargs)
        return super().call(called, *args, _block_vars=_block_vars, _loop_vars=_loop_vars, **kwargs)


def init(app):
    app.jinja_env.context_class = Calls
