"""A reseller's customers: made, and how many of their contracts are in force (002-50, 002-51)."""

from peewee import fn

from lic.models import Contract, Organisation, OrganisationKind, tx
from lic.rules import journal, organisations


def new(reseller, by, at, **given):
    """A customer of this reseller; a direct customer is made by `buyers.new`."""
    with tx():
        customer = Organisation(kind=OrganisationKind.CUSTOMER, reseller=reseller, **given)
        organisations.check(customer)
        customer.save()
        journal.record("customer.made", customer, by=by, at=at, after=organisations.told(customer))
    return customer


def contracts_in_force(customers, today):
    """{customer's id: number of its contracts in force that day}, for the rows of one page (002-51)."""
    ids = [customer.id for customer in customers]
    counted = (
        Contract.select(Contract.customer, fn.COUNT(Contract.id).alias("count"))
        .where(Contract.customer.in_(ids), Contract.starts_on <= today, Contract.ends_on >= today)
        .group_by(Contract.customer)
    )
    return {row.customer_id: row.count for row in counted} if ids else {}
