"""How templates call what they name and put what they say: as Jinja does, but without asking of each thing anew.

Hundreds of words, links and macros are called for a page, and the asking took longer than most of them.
"""

from functools import cache
from types import BuiltinMethodType, FunctionType, MethodType

from jinja2 import pass_eval_context
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape
from markupsafe import _escape_inner as _escaped

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


class Putting(CodeGenerator):
    """What is said between `{{` and `}}` is put by `put`."""

    def visit_Template(self, node, frame=None):  # noqa: N802 (the library's)
        self.writeline(f"from {__name__} import put")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node, frame, finalize):
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("put(")


def put(value):
    """As HTML, for a page: escaped, if it is not HTML yet."""
    kind = type(value)
    if kind is Markup:
        return value
    return _escaped(value) if kind is str else escape(value)


def init(app):
    app.jinja_env.code_generator_class = Putting
    app.jinja_env.context_class = Calls
