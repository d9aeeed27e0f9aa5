"""Giving back what was just bought, as it is asked and shown before it is done (O, Cooling-off)."""

from functools import cached_property

from lic.models import Operation
from lic.rules import Reason, Refused, checklists, returns
from lic.web import words
from lic.web.asking import Asked
from lic.web.wishing import ticked, why_not_agreed


class Return:
    """So many seats of one order line; `preview` is the refund, or `why` says why there is none."""

    def __init__(self, subscription, line, given, today):
        self.subscription, self.line, self.today, self.given = subscription, line, today, given
        self.form = Asked(given or None, data={"quantity": self.purchase.seats if self.purchase else line.quantity})
        asked = () if self.is_whole else ("quantity",)
        for name in [name for name in self.form._fields if name not in asked]:
            del self.form[name]

    @property
    def quantity(self):
        return self.purchase.seats if self.is_whole else self.form.quantity.data

    @property
    def is_whole(self):
        """Whether it is given back as a whole: nothing is asked then."""
        if self.purchase is None:
            return False
        return self.purchase.is_whole or self.line.operation is Operation.ADD_MODULE

    @cached_property
    def _found(self):
        """(what was bought, or None; why it is not given back any more, or None)."""
        try:
            return returns.find(self.line, self.subscription, self.today), None
        except Refused as refused:
            return None, refused.reason

    @property
    def purchase(self):
        return self._found[0]

    @cached_property
    def _outcome(self):
        if self.purchase is None:
            return None, self._found[1]
        if not self.form.validate():
            return None, None
        try:
            return returns.preview(self.line, self.quantity, self.today), None
        except Refused as refused:
            return None, refused.reason

    @property
    def preview(self):
        return self._outcome[0]

    @property
    def why(self) -> Reason | None:
        return self._outcome[1]

    @property
    def window(self):
        """The days in which it can be given back."""
        return self.purchase and self.purchase.window

    @property
    def checklist(self):
        """What must be ticked before licences are given up (004-17, 004-19)."""
        if self.purchase is None or self.purchase.is_whole:
            return []
        return checklists.steps(self.subscription.product, words.language())

    @property
    def done(self):
        return ticked(self.given)

    @property
    def seen(self):
        return self.preview.seen

    def why_not_agreed(self, seen):
        return why_not_agreed(self, seen)
