"""Parceiro Demo's project and subscriptions, in reais, and its order that waits (demo.md, Parceiro Demo)."""

from lic.demo import orders, subscriptions
from lic.models import Operation, Plan, SubscriptionType
from lic.rules import projects, renewals
from lic.rules.calendar import add_months

MONTHLY, ANNUAL, TERM = SubscriptionType


def load(d):
    _printing_of_the_bakery(d, _at(d, -9))
    _office_of_the_clinic(d, _at(d, -2))
    renewals.run(d.at)  # the months since
    orders.ordered(d.parceiro, d.ago(1), (d.light, 5))  # waits for a second person of the reseller: reads (PEND)


def _at(d, months):
    return d.ago((d.today - add_months(d.today, months)).days)


def _ordered(d, at, product, **inputs):
    """Confirmed by the second administrator and approved on the same day."""
    by = {"approver": d.distributeur, "second": d.parceira}
    return subscriptions.ordered(d.parceiro, at, Operation.SUBSCRIBE, **by, product=product, **inputs)


def _printing_of_the_bakery(d, at):
    """A project of six annual licences with their assurance, to be renewed in the next months."""
    project = projects.new(
        d.parceiro,
        at,
        customer=d.padaria,
        subscription_type=ANNUAL,
        assurance_plan=Plan.STANDARD,
        channel="Revendas",
        name="Padaria Estrela - impressão",
        tenant_name="Padaria Estrela",
        tenant_domain="padariaestrela.example",
        tenant_country="BR",
        admin_first_name="Lúcia",
        admin_last_name="Ferreira",
        admin_email=d.padaria.email,
        admin_phone=d.padaria.phone,
        description="Caixas e escritório da loja",
    )
    _ordered(d, at, d.dwa, project=project, quantity=6)


def _office_of_the_clinic(d, at):
    _ordered(d, at, d.office, customer=d.clinica, type=MONTHLY, quantity=5)
