"""The renewal board's other half: warranties that end, what extending them costs, won or lost and why (002-27, 003-14).

There may be hundreds of thousands of them: they are sorted, narrowed and paged by the database.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from peewee import JOIN, SQL, Case, fn

from lic.models import (
    N_,
    Article,
    Contract,
    Coverage,
    Fit,
    OrderLine,
    Organisation,
    PriceList,
    Product,
    ProductKind,
    Renewal,
    User,
    fold,
)
from lic.rules import Reason, board, parameters
from lic.rules.board import LATE, Outcome
from lic.rules.calendar import grace_end
from lic.rules.prices import Book

FEW = 500  # ends of contracts that others sold
Seller, Customer, Next = Organisation.alias(), Organisation.alias(), Coverage.alias()
WHO = [one for who in (Seller, Customer) for one in (who.id, who.name, who.direct, who.price_list)]  # no more is asked


@dataclass(frozen=True)
class Row:
    """One end of one contract's coverage; `cents` is the dearest extension it can have, None where it has none."""

    id: int
    contract: Contract
    ends_on: date
    outcome: Outcome
    cents: int | None
    currency: str
    keeper: User | None = None
    why: object = ""

    @property
    def number(self):
        return self.contract.number

    @property
    def buyer(self):
        return self.contract.buyer


# --- which ----------------------------------------------------------------------------------------


def ends(today, words=(), outcomes=None):
    """The ends from J-120 on, and those lost or won lately, as a query; words: folded, of a search.

    What is joined by LEFT OUTER JOIN the database leaves out where nothing is asked of it: when they are counted.
    """
    graces = _graces()
    longest = timedelta(max(graces.values()))
    so, earliest = _outcome(today, graces), today - (longest if outcomes == (Outcome.OPEN,) else max(LATE, longest))
    query = (
        Coverage.select(Coverage, Contract, *WHO, Next.order_line.alias("taken"), so.alias("so"))
        .join(Contract, JOIN.LEFT_OUTER)
        .join(Seller, JOIN.LEFT_OUTER, on=(Contract.reseller == Seller.id), attr="seller")
        .switch(Contract)
        .join(Customer, JOIN.LEFT_OUTER, on=(Contract.customer == Customer.id), attr="owner")
        .switch(Coverage)
        .join(Next, JOIN.LEFT_OUTER, on=((Next.contract == Contract.id) & (Next.starts_on == _after())), attr="next")
        .where(Coverage.ends_on.between(earliest, today + board.window()), _ours())
    )
    if earliest < today - LATE:
        query = query.where((Coverage.ends_on >= today - LATE) | (so == Outcome.OPEN.value))
    for word in words:
        query = query.where(_has(word))
    return query.where(so.in_([one.value for one in outcomes])) if outcomes else query


def _ours():
    """Whether this distributor sold the contract; most portals know of few others, and need not look at each."""
    theirs = Coverage.select(Coverage.id).join(Contract).where(Contract.sold_by != "").limit(FEW + 1)
    others = [row.id for row in theirs]
    return Coverage.id.not_in(others) if len(others) <= FEW else Contract.sold_by == ""


def _after():
    return fn.date(Coverage.ends_on, "+1 day")


def _has(word):
    """Whether a row says a word in one of its columns; names are folded once a company, not once a row and query."""
    so_called = Organisation.select(Organisation.id).where(fn.fold(Organisation.name).contains(word)).tuples()
    called = SQL("(SELECT value FROM json_each(?))", (json.dumps([number for (number,) in so_called]),))
    number, day = Contract.number.cast("text"), fn.strftime("%d/%m/%Y", Coverage.ends_on)
    return (
        number.startswith(word)
        | day.contains(word)
        | Contract.product_reference.contains(word)
        | Contract.serial.contains(word)
        | Contract.reseller.in_(called)
        | Contract.customer.in_(called)
    )


def _graces():
    """{price list id: days of grace} and that of who has none."""
    found = {row.id: parameters.of(row).grace_days for row in PriceList.select()}
    return found | {None: parameters.of().grace_days}


def _outcome(today, graces):
    """As SQL, the same as `row` says; the buyer is the direct customer, else who sells (rules.md Q)."""
    buys_by = Case(None, ((Customer.direct == True, Customer.price_list),), Seller.price_list)  # noqa: E712
    last = [(buys_by == number, (today - timedelta(days)).isoformat()) for number, days in graces.items() if number]
    other = (today - timedelta(graces[None])).isoformat()
    first = Case(None, tuple(last), other) if last else other
    lost = fn.EXISTS(
        Renewal.select(Renewal.id).where(
            Renewal.contract == Contract.id, Renewal.ends_on == Coverage.ends_on, Renewal.lost_why != ""
        )
    )
    return Case(
        None,
        (
            (Next.id.is_null(False), Outcome.WON.value),
            (lost, Outcome.LOST.value),
            (Coverage.ends_on < first, Outcome.LOST.value),
        ),
        Outcome.OPEN.value,
    )


# --- the rows of a page ------------------------------------------------------------------------------


def rows(found, today):
    """Rows of these coverages, in a few queries whatever their number."""
    contracts = {coverage.contract_id for coverage in found}
    notes = {(note.contract_id, note.ends_on): note for note in board.noted().where(Renewal.contract.in_(contracts))}
    taken = {_taken(coverage) for coverage in found} - {None}
    paid = dict(OrderLine.select(OrderLine.id, OrderLine.net_cents).where(OrderLine.id.in_(taken)).tuples())
    worth = _Worth(contracts, today)
    return [
        _row(coverage, today, notes.get((coverage.contract_id, coverage.ends_on)), paid, worth) for coverage in found
    ]


def _taken(coverage):
    """The order line of the extension that follows, if one was ordered."""
    following = getattr(coverage, "next", None)
    return following and following.taken


def _row(coverage, today, note, paid, worth):
    contract = coverage.contract
    contract.buyer = contract.owner if contract.customer_id and contract.owner.direct else contract.seller
    outcome, price_list = Outcome(coverage.so), worth.list_of(contract.buyer)
    cents = worth.of(contract) if price_list else None
    if outcome is Outcome.WON:
        cents = paid.get(_taken(coverage), cents)  # what was recorded without an order: as it costs today
    why = note.lost_why if note and outcome is Outcome.LOST else ""
    if outcome is Outcome.LOST and not why:
        until = grace_end(coverage.ends_on, parameters.of(price_list).grace_days)
        why = Reason(N_("Nobody extended it by %(day)s."), day=until)
    keeper = note.keeper if note and note.keeper_id else None
    about = coverage.id, contract, coverage.ends_on, outcome, cents
    return Row(*about, price_list.currency if price_list else "", keeper, why)


class _Worth:
    """What extending contracts costs: the extensions made for their main article, on their buyers' lists."""

    def __init__(self, contracts, today):
        main = Article.select(Article.contract, Article.reference).where(Article.contract.in_(contracts))
        self.references = dict(main.where(Article.main == True).tuples())  # noqa: E712
        self.lists = {row.id: row for row in PriceList.select()}
        self.books = {number: Book(row, today) for number, row in self.lists.items()}
        self.fitting = {}
        kept = Fit.select(Fit, Product).join(Product, on=(Fit.product == Product.id), attr="product")
        for fit in kept.where(Fit.for_reference.in_(set(self.references.values()))):
            if fit.product.kind is ProductKind.EXTENSION:
                self.fitting.setdefault(fit.for_reference, []).append(fit.product)

    def list_of(self, buyer):
        return self.lists.get(buyer.price_list_id)

    def of(self, contract):
        """In cents, or None where nothing is offered."""
        book = self.books[contract.buyer.price_list_id]
        offers = [book.offer(product) for product in self.fitting.get(self.references.get(contract.id), [])]
        return max((offer.unit_cents for offer in offers if offer), default=None)


def of(contract, today):
    """The row of the end that is followed now, or None."""
    found = list(ends(today).where(Coverage.contract == contract.id).order_by(Coverage.ends_on.desc()).limit(1))
    return rows(found, today)[0] if found else None


def folded(text):
    """The words of a search."""
    return fold(text).split()[:8]
