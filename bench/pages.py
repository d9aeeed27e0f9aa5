"""The pages of the demonstration, and what each costs: seen again, and drawn anew."""

from statistics import median

from bench.portal import once, statements

PAGES = {
    "distributeur": "/dashboard /mails /contracts /orders /orders/PENDING /approvals /stock /stock/PLACE"
    " /customers /invoices /incidents /subscriptions /products /price-lists /price-lists/1"
    " /price-lists/1/parameters /parameters /resellers /terms /audit /notifications"
    " /settings/users /catalogue /contracts/30004 /contracts/18026 /incidents/26112102"
    " /incidents/26111701 /renewals /renewals/50001 /renewals/50003 /renewals/contracts /quotes"
    " /quotes/1001 /subscriptions/50003 /subscriptions/50006 /subscriptions/50009",
    "revendeur": "/contracts /contracts/29962 /orders /orders/PENDING /orders/DONE /cart /orders/new?consent=1"
    " /catalogue /stock /stock/PLACE /activations /activations/new /customers /projects"
    " /subscriptions /incidents /invoices /statements /notifications /settings/profile"
    " /settings/addresses /settings/users /contracts/30004 /contracts/18026 /incidents/26112201"
    " /incidents/26111001 /quotes /quotes/1001 /projects/20001 /projects/20001/details"
    " /projects/20001/orders /subscriptions/50001/seats/new /subscriptions/50004/renewal/new"
    " /subscriptions/50001/cancellation/new /subscriptions/50004/module/new"
    " /subscriptions/alignment"
    " /subscriptions/alignment/new?subscription=50001&subscription=50002&subscription=50004"
    " /subscriptions/50001 /subscriptions/50003 /subscriptions/50004 /subscriptions/50006",
    "client_test": "/contracts /subscriptions /activations /incidents /notifications /settings/users"
    " /contracts/29962 /incidents/26111001 /subscriptions/50006",
    "gestionnaire": "/contracts /catalogue /orders /subscriptions /invoices /statements /notifications"
    " /subscriptions/50009",
}


def rows_named(at):
    """{name: number} of the rows that addresses name, once there is something in Rémi's cart; inside a scope."""
    from lic.models import Balance, Order, OrderState, Product, User
    from lic.rules import cart

    remi = User.get(User.identifier == "revendeur")
    for reference, quantity in (("GES-COMPLETO", 10), ("GES-LIGHT", 2)):
        cart.add(Product.get(Product.reference == reference), quantity, remi, at)
    mine = Order.select().where(Order.buyer == remi.organisation_id).order_by(Order.id.desc())
    return {
        "PENDING": mine.where(Order.state == OrderState.SUBMITTED).get().number,
        "DONE": mine.where(Order.state == OrderState.COMPLETED).get().number,
        "PLACE": Balance.get(Balance.holder == remi.organisation_id).id,
    }


def named(path, rows):
    for name, number in rows.items():
        path = path.replace(name, str(number))
    return path


def by_turns(nothing, ask):
    """(how many times as long as nothing at all, milliseconds)."""
    turns = [(once(nothing), once(ask)) for _ in range(9)]
    bare, spent = (median(spent) for spent in zip(*turns, strict=True))
    return spent / bare, spent


def main(say, portal, nothing):
    """Each page as it is found again, and as it is first drawn; each by turns with a route that does nothing."""
    from lic.models import EVERYBODY, scope
    from lic.web import clock, kept

    with scope(EVERYBODY):
        rows = rows_named(clock.now())
    drawn = []
    for who in PAGES:
        portal.log_in(who)
    for who, path in [(who, named(path, rows)) for who, paths in PAGES.items() for path in paths.split()]:

        def again(who=who, path=path):
            return portal.get(path, who, {})

        def anew(again=again):
            """Nobody has seen it since the last commit; what lies below it is known."""
            kept._pages.now().clear()
            return again()

        status, _ = again()
        assert status == 200, (who, path, status)
        asked = statements(anew)
        (seen, _), (first, spent) = by_turns(nothing, again), by_turns(nothing, anew)
        drawn.append(first)
        told = f"{seen:.0f} x, anew {first:.0f} x ({spent:.1f} ms), {asked} q"
        held = seen <= 25 and asked <= 12
        say(f"page {path.split('?')[0]} of {who}", told, "<= 25 x, <= 12 queries", held)
    within = 100 * sum(ratio <= 25 for ratio in drawn) / len(drawn)
    say("pages drawn anew: median", f"{median(drawn):.0f} x", "<= 25 x", median(drawn) <= 25)
    print(
        f"      of {len(drawn)} pages drawn anew {within:.0f} % are within 25 x; the costliest takes {max(drawn):.0f} x"
    )
