"""What was ordered before the visitor came: stock, an extension, what waits (demo.md); by the rules' own verbs."""

from lic.rules import activations, cart, orders


def load(d):
    _extension(d)
    _stock_of_revendeur(d)
    _stock_of_parceiro(d)
    ordered(d.revendeur, d.ago(3), (d.light, 2))  # waits for the approver: reads (PEND)


def ordered(by, at, *wanted, **given):
    """The order of these (product, quantity), placed by this person at that moment."""
    for product, quantity in wanted:
        cart.add(product, quantity, by=by, at=at, **given)
    mine = cart.of(by)
    agreed = cart.terms([line.product for line in cart.lines(mine)], at.day)
    return orders.place(by, at, f"demonstration {at.day}", [row.id for row in agreed], orders.totals(mine).seen)


def _extension(d):
    """Taken ten days before the warranty ended (002-15)."""
    order = ordered(d.revendeur, d.ago(190), (d.extension, 1), contract=d.to_extend)
    orders.approve(order, by=d.distributeur, at=d.ago(189))


def _stock_of_revendeur(d):
    order = ordered(d.revendeur, d.ago(47), (d.completo, 5))
    orders.approve(order, by=d.distributeur, at=d.ago(46))


def _stock_of_parceiro(d):
    """Four and two, confirmed by a second person and approved; one of them in use by the clinic."""
    order = ordered(d.parceiro, d.ago(40), (d.completo, 4), (d.light, 2))
    orders.confirm(order, by=d.parceira, at=d.ago(39))
    orders.approve(order, by=d.distributeur, at=d.ago(38))
    given = {"by": d.parceiro, "at": d.ago(37), "observation": "Matriz"}
    activations.activate(d.partner, d.completo, d.clinica, **given)
