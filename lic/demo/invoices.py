"""What was invoiced before the visitor came: every approval and every month that ended, in the order of their days."""

from datetime import timedelta

from lic.models import Charge, Invoice, Order, Project, Subscription, SubscriptionType
from lic.rules import billing, invoices

PAID_AFTER = 20  # days
IBAN = "FR76 3000 6000 0112 3456 7890 189"  # the one in every example
DAYS = 700  # ago: before anything was invoiced


def load(d):
    """The parts before have left their invoices to this one (`billing.later`)."""
    billing.change_iban(IBAN, by=d.distributeur, at=d.ago(DAYS))
    first = Charge.select().order_by(Charge.made_at).first()
    for ago in range((d.today - first.made_at.date()).days + 1, -1, -1):
        at = d.ago(ago)
        for order in Order.select().where(Order.decided_on == at.day).order_by(Order.decided_at, Order.id):
            billing.bill_order(order, at)
        if at.day.day == 1 or at.day == d.today:
            billing.run(at)
    _pay_annual_a(d)


def _pay_annual_a(d):
    """The one invoice that is paid: then a module may be added to it (demo.md, 000-35)."""
    paid = (
        Invoice.select()
        .join(Charge, on=(Charge.invoice == Invoice.id))
        .join(Subscription, on=(Charge.subscription == Subscription.id))
        .join(Project, on=(Subscription.project == Project.id))
        .where(Invoice.bill_to == d.reseller, Subscription.type == SubscriptionType.ANNUAL)
        .order_by(Invoice.id)
        .first()
    ) or Invoice.select().where(Invoice.bill_to == d.reseller).order_by(Invoice.id).first()
    on = min(paid.issued_on + timedelta(days=PAID_AFTER), d.today)
    invoices.pay(paid, on, by=d.distributeur, at=d.ago((d.today - on).days))
