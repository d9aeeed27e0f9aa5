"""Giving back what was just bought, as it is asked and shown before it is done (O, Cooling-off)."""

from functools import cached_property

from lic.rules import Reason, Refused, returns
from lic.web.wishing import Asked, shown_as, why_not_agreed


class Return:
    """So many seats of one order line; `preview` is the refund, or `why` says why there is none."""

    def __init__(self, subscription, line, given, today):
        self.subscription, self.line, self.today = subscription, line, today
        self.form = Asked(given or None, data={"quantity": line.quantity})
        for name in [name for name in self.form._fields if name != "quantity"]:
            del self.form[name]

    @property
    def quantity(self):
        return self.form.quantity.data

    @cached_property
    def _outcome(self):
        if not self.form.validate():
            return None, None
        try:
            self.purchase = returns.find(self.line, self.subscription, self.today)
            return returns.preview(self.line, self.quantity, self.today), None
        except Refused as refused:
            return None, refused.reason

    purchase = None

    @property
    def preview(self):
        return self._outcome[0]

    @property
    def why(self) -> Reason | None:
        return self._outcome[1]

    @property
    def window(self):
        """The days in which it can be given back."""
        return self._outcome and self.purchase and self.purchase.window

    @property
    def seen(self):
        return shown_as(self.preview)

    def why_not_agreed(self, seen):
        return why_not_agreed(self, seen)
