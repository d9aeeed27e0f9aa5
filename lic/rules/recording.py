"""The distributor records a contract, and with the first one its reseller (002-08); later it corrects the articles."""

from dataclasses import asdict, dataclass
from datetime import date

from lic.models import N_, Article, Contract, Coverage, Organisation, fold, tx
from lic.rules import Reason, Refused, buyers, contracts, customers, journal, refuse_if, taxes
from lic.rules.calendar import period_end
from lic.rules.numbers import next_number

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
MOST_MONTHS = 240
MOST_ARTICLES = 40
HIGHEST = 999_999_999


@dataclass(frozen=True)
class Covered:
    """One article as it is typed."""

    reference: str
    serial: str
    title: str
    data_sheet: str = ""


# --- recording -----------------------------------------------------------------------------------


def why_not_number(number):
    """Why a contract cannot bear this number, or None if it can; no number means the next one."""
    if number is None:
        return None
    if not 1 <= number <= HIGHEST:
        return Reason(N_("A contract number is from 1 to 999,999,999."))
    if Contract.select(Contract.id).where(Contract.number == number).exists():
        return Reason(N_("There is already a contract no. %(number)s."), rule="R8", number=number)
    return None


def why_not_dates(starts_on, ends_on, months):
    """Why a contract cannot run from and to these days; its end is a date, or so many months (R2)."""
    if (ends_on is None) == (months is None):
        return Reason(N_("Give either the number of months or the last day."))
    if months is not None and not 1 <= months <= MOST_MONTHS:
        return Reason(N_("A contract has 1 to %(most)s months."), most=MOST_MONTHS)
    if not FIRST_DAY <= starts_on <= LAST_DAY:
        return Reason(N_("The first day is between %(first)s and %(last)s."), first=FIRST_DAY, last=LAST_DAY)
    if ends_on is not None and not starts_on <= ends_on <= LAST_DAY:
        return Reason(N_("The last day is between %(first)s and %(last)s."), first=starts_on, last=LAST_DAY)
    return None


def why_not_cover(covered):
    """Why these cannot be the articles of a contract, the main unit first; or None if they can."""
    if not covered:
        return Reason(N_("A contract covers at least one article."), rule="002-26")
    if len(covered) > MOST_ARTICLES:
        return Reason(N_("A contract covers at most %(most)s articles."), most=MOST_ARTICLES)
    if any(not (article.reference and article.serial and article.title) for article in covered):
        return Reason(N_("Every article has a title, a reference and a serial number."), rule="002-24")
    if len({article.serial.upper() for article in covered}) < len(covered):
        return Reason(N_("Two articles have the same serial number."), rule="002-24")
    if any(not is_safe(article.data_sheet) for article in covered):
        return Reason(N_("A data sheet is an address beginning with https:// or http://."), rule="002-25")
    return None


def is_safe(link):
    """Whether a data sheet can be linked to: an address of the web, or none at all (002-25)."""
    return not link or link.lower().startswith(("https://", "http://"))


def record(reseller, covered, starts_on, by, at, ends_on=None, months=None, number=None, customer=None, **given):
    """A new contract. reseller: an Organisation; customer: one or None.

    given: `product_reference` (else the main article's), `sold_by` and `sold_by_contact` when not sold here (003-12).
    """
    with tx():
        refuse_if(why_not_number(number))
        refuse_if(why_not_dates(starts_on, ends_on, months))
        refuse_if(why_not_cover(covered))
        owner = {"reseller": reseller, "customer": customer}
        contract = Contract.create(
            **owner,
            number=number or _next_number(),
            product_reference=given.pop("product_reference", "") or covered[0].reference,
            serial=covered[0].serial,
            starts_on=starts_on,
            ends_on=ends_on or period_end(starts_on, months),
            made_at=at.at,
            **given,
        )
        for place, article in enumerate(covered):
            Article.create(**owner, contract=contract, main=place == 0, **asdict(article))
        Coverage.create(**owner, contract=contract, starts_on=contract.starts_on, ends_on=contract.ends_on)
        journal.record("contract.recorded", contract, by, at, after=_facts(contract, covered))
        return contract


def _next_number():
    number = next_number("contract")
    while Contract.select(Contract.id).where(Contract.number == number).exists():
        number = next_number("contract")
    return number


def _facts(contract, covered):
    return {
        "reseller": contract.reseller.name,
        "customer": contract.customer.name if contract.customer_id else None,
        "ends_on": contract.ends_on.isoformat(),
        "articles": [f"{article.reference} {article.serial}" for article in covered],
    }


def record_first(reseller, administrator, by, at, **contract):
    """The first contract of an unknown reseller makes it, and invites its first administrator (002-08).

    reseller: the fields of an organisation; administrator: the fields of a user.
    """
    with tx():
        made = buyers.new(False, by.organisation, administrator, by, at, **reseller)
        name = contract.pop("customer_name", "")
        customer = customer_named(made, name, contract.pop("customer_tax_number", ""), by, at) if name else None
        return record(made, by=by, at=at, customer=customer, **contract)


def record_for(reseller, by, at, customer_name="", customer_tax_number="", **contract):
    """A contract of a reseller we know, for a customer known or new, or for none yet (002-12)."""
    with tx():
        number = customer_tax_number
        customer = customer_named(reseller, customer_name, number, by, at) if customer_name else None
        return record(reseller, by=by, at=at, customer=customer, **contract)


def doubts(reseller, covered, customer_name="", customer_tax_number=""):
    """What is asked once more before a contract is recorded: a customer nobody knew, a serial that stands elsewhere.

    reseller: an Organisation, or None where it is made with the contract.
    """
    serials = {form for article in covered for form in (article.serial, article.serial.upper())}
    twice = Article.select(Article, Contract).join(Contract).where(Article.serial.in_(serials)).order_by(Article.id)
    said = [
        Reason(
            N_("The serial number %(serial)s stands on contract no. %(number)s already."),
            rule="002-13",
            serial=row.serial,
            number=row.contract.number,
        )
        for row in twice.limit(MOST_ARTICLES)
    ]
    if (
        customer_name
        and reseller
        and not reseller.is_distributor
        and not _named(reseller, customer_name, customer_tax_number)
    ):
        said.append(
            Reason(
                N_("%(reseller)s has no customer called %(name)s: a new customer is made."),
                rule="002-12",
                reseller=reseller,
                name=customer_name,
            )
        )
    return said


def known_customers(reseller, typed, most=20):
    """The customers of a reseller whose name contains what was typed, to choose from."""
    found = _customers(reseller).where(Organisation.name.contains(typed)) if typed else _customers(reseller)
    return list(found.order_by(Organisation.name).limit(most))


def _named(reseller, name, tax_number):
    """Its customers of this name; where a tax number is given, those that have it or none yet."""
    found = [row for row in _customers(reseller) if fold(row.name) == fold(name)]
    stored = taxes.compact(reseller.country, tax_number) if tax_number else None
    return [row for row in found if not stored or not row.tax_number or row.tax_number == stored]


def customer_named(reseller, name, tax_number, by, at):
    """The customer of this name, and tax number where two share the name; made when there is none.

    What the distributor sells itself is for direct customers, who are made with a price list first (rules.md Q).
    """
    found = _named(reseller, name, tax_number)
    if len(found) > 1:
        raise Refused(Reason(N_("Several customers are called %(name)s: give the tax number too."), name=name))
    if found:
        return found[0]
    if reseller.is_distributor:
        raise Refused(Reason(N_("%(name)s is not one of your direct customers."), rule="Q", name=name))
    own = {"name": name, "tax_number": tax_number, "country": reseller.country, "language": reseller.language}
    return customers.new(reseller, by, at, **own)


def _customers(reseller):
    return Organisation.select().where(Organisation.reseller == reseller, Organisation.cancelled_at.is_null())


# --- correcting ----------------------------------------------------------------------------------


def correct(contract, covered, by, at):
    """The distributor corrects what a contract covers. Rows keep their place: an incident may point at them."""
    with tx():
        contract = contract.again()
        rows = contracts.articles(contract)
        refuse_if(why_not_cover(covered) or why_not_fewer(rows, covered))
        before = [f"{row.reference} {row.serial}" for row in rows]
        owner = {"reseller": contract.reseller_id, "customer": contract.customer_id}
        for place, article in enumerate(covered):
            row = rows[place] if place < len(rows) else Article(**owner, contract=contract)
            for name, value in asdict(article).items():
                setattr(row, name, value)
            row.save()
        contract.serial = covered[0].serial
        contract.save()
        after = {"articles": [f"{article.reference} {article.serial}" for article in covered]}
        journal.record("contract.changed", contract, by, at, before={"articles": before}, after=after)
        return contract


def why_not_fewer(rows, covered):
    """Articles are corrected and added; none is taken away, since incidents may be about it."""
    if len(covered) < len(rows):
        return Reason(N_("An article is corrected, not taken away: fill in every row there was."))
    return None
