"""Who may open what, as the owner of the portal said it: audience of lic/web/guard.py -> endpoints."""

from datetime import date

from lic.models import Activation, Balance, BillingCentre, Invoice, Order, Quote, SignIn, tx
from lic.rules import billing, journal
from tests.billing import a_monthly
from tests.conftest import NOON
from tests.incidents import the_incident
from tests.subscribed import a_subscription, the_project

AGREED = {
    "ANYONE": "email_confirmations.edit health.show api.describe session.new session.destroy session.speak"
    " login_codes.new"
    " password_resets.new password_resets.sent password_resets.edit invitations.edit setup.edit"
    " registrations.new registrations.sent confirmations.edit confirmations.waiting approvals.show"
    " approvals.approve approvals.reject",
    "EVERYONE": "everywhere.index subscriptions.index subscriptions.export subscriptions.show incidents.index"
    " incidents.export incidents.show incidents.read files.show files.preview session.root contracts.index"
    " contracts.export contract.show activations.index activations.export activations.show"
    " settings.profile settings.password settings.company settings.users settings.addresses"
    " settings.export_users settings.export_addresses security.index security.second_factor security.offer"
    " security.turn_on security.turn_off security.renew_codes security.end_session security.end_other_sessions"
    " notifications.index notifications.count"
    " notifications.read notifications.read_all",
    "BUYERS": "cart.index cart.count billing_centres.index billing_centres.export",
    "ORDER_ADMINISTRATORS": "orders.remind reminders.hold reminders.resume tokens.index tokens.create tokens.revoke",
    "PRICED": "quotes.index quotes.export quotes.show quotes.pdf api.order_previews_create projects.index"
    " projects.export projects.show projects.details projects.orders projects.plans invoices.index"
    " invoices.export invoices.show invoices.pdf invoices.lines invoices.certified statements.index"
    " statements.export catalogue.index catalogue.terms orders.index orders.export orders.show stock.index"
    " stock.export stock.show stock.export_movements",
    "CUSTOMER_ADMINISTRATORS": "contract.ask subscriptions.ask",
    "HOLDER_ADMINISTRATORS": "assignments.create assignments.end",
    "DISTRIBUTOR_ADMINISTRATORS": ""
    "invoices.pay invoices.unpay invoices.certify invoices.payment_details subscriptions.suspend"
    " subscriptions.resume renewals.take renewals.lose renewals.reopen warranties.take warranties.lose"
    " warranties.reopen quotes.create quotes.withdraw resellers.new resellers.edit products.new"
    " products.edit price_lists.new price_lists.set_price price_lists.withdraw terms.new terms.edit"
    " contract.new contract.edit stock.adjust parameters.change products.set_parameters"
    " price_lists.set_parameters orders.approve orders.ask orders.reject mails.index mails.export"
    " mails.show mails.read mails.send_again incoming.index incoming.export incoming.show incoming.put"
    " incoming.discard people.remove_second_factor parameters.require_second_factor",
    "SELLER_ADMINISTRATORS": ""
    "customers.new customers.edit people.new_user people.user people.invite people.deactivate"
    " people.reactivate people.new_address people.address people.remove_address contract.give_customer"
    " contract.take_back cancellations.new cancellations.create",
    "BUYER_ADMINISTRATORS": ""
    "billing_centres.new billing_centres.edit billing_centres.make_default billing_centres.retire"
    " allocations.edit allocations.update quotes.refuse quotes.new_request quotes.ask quotes.order"
    " subscriptions.choose subscriptions.auto_renew subscriptions.keep subscriptions.drop wishes.new"
    " wishes.create wishes.new_alignment wishes.align wishes.preview wishes.carry_out wishes.new_return"
    " wishes.give_back projects.choose projects.new projects.edit projects.add_group cart.add cart.remove"
    " cart.confirm_empty cart.empty orders.new orders.create orders.confirm orders.answer"
    " orders.confirm_cancel orders.cancel stock.confirm_return stock.give_back activations.new"
    " activations.confirm_cancellation activations.cancel activations.confirm_replacement"
    " activations.replace",
    "ADMINISTRATORS": "incidents.new incidents.say incidents.move support_requests.new files.stage files.unstage"
    " files.waiting files.add files.remove settings.change_company settings.new_user settings.user"
    " settings.invite settings.deactivate settings.reactivate settings.remove_second_factor"
    " settings.new_address settings.address"
    " settings.remove_address registrations.show registrations.accept registrations.refuse",
    "SELLERS": "customers.index customers.export customers.show people.users people.addresses people.export_users"
    " people.export_addresses",
    "DISTRIBUTOR": "warranties.index warranties.export warranties.show parameters.index products.parameters"
    " price_lists.parameters price_lists.export_prices dashboard.index renewals.index renewals.export"
    " renewals.show approvals.index resellers.index resellers.show products.index price_lists.index"
    " price_lists.show approvals.export resellers.export products.export price_lists.export terms.export"
    " terms.index terms.show audit.index audit.show audit.export",
}

# For routes that name a row: the arguments that name one of Alpha's, by endpoint or blueprint.
ROWS = {
    "customers": lambda w: {"number": w.client.id},
    "customers.export": lambda w: {"kind": "csv"},
    "resellers": lambda w: {"number": w.alpha.id},
    "products": lambda w: {"number": w.light.id},
    "price_lists": lambda w: {"number": w.europe.id, "price": 1, "kind": "csv"},
    "terms": lambda w: {"number": 1},
    "email_confirmations": lambda w: {"token": "nobody-made-this"},
    "people": lambda w: {"number": w.client.id, "user": w.cleo.id, "address": 1, "kind": "csv"},
    "settings": lambda w: {"number": w.lea.id, "kind": "csv"},
    "settings.address": lambda w: {"number": 1},
    "settings.remove_address": lambda w: {"number": 1},
    "security": lambda w: {"number": a_session(w).id},
    "tokens": lambda w: {"number": 1},
    "billing_centres": lambda w: {"number": a_centre(w).id},
    "billing_centres.export": lambda w: {"kind": "csv"},
    "allocations": lambda w: {"number": a_subscription(w).number},
    "assignments": lambda w: {"number": a_subscription(w).number, "assignment": 1},
    "notifications": lambda w: {"number": 1},
    "mails": lambda w: {"number": 1, "kind": "csv"},
    "incoming": lambda w: {"number": 1, "kind": "csv"},
    "audit": lambda w: {"number": 1, "kind": "csv"},
    "contract": lambda w: {"number": w.contract.number},
    "contracts": lambda w: {"kind": "csv"},
    "subscriptions": lambda w: {"number": a_subscription(w).number, "change": 1},
    "subscriptions.export": lambda w: {"kind": "csv"},
    "projects": lambda w: {"number": the_project(w).number},
    "projects.export": lambda w: {"kind": "csv"},
    "reminders": lambda w: {"number": a_subscription(w).number},
    "renewals": lambda w: {"number": a_subscription(w).number},
    "quotes": lambda w: {"number": a_quote(w).number},
    "quotes.export": lambda w: {"kind": "nothing"},
    "quotes.create": lambda w: {"number": a_subscription(w).number},
    "warranties": lambda w: {"number": w.contract.number},
    "warranties.export": lambda w: {"kind": "csv"},
    "renewals.export": lambda w: {"kind": "csv"},
    "wishes": lambda w: {"number": a_subscription(w).number, "action": "seats", "line": 1},
    "incidents": lambda w: {"number": the_incident(w).number, "channel": "customer"},
    "incidents.new": lambda w: {"number": w.contract.number},
    "incidents.export": lambda w: {"kind": "csv"},
    "files": lambda w: {"number": the_incident(w).number, "file": the_incident(w).file.id},
    "cancellations": lambda w: {"number": w.client.id},
    "stock": lambda w: {"number": a_balance(w).id, "kind": "csv"},
    "activations": lambda w: {"number": an_activation(w).id},
    "registrations": lambda w: {"number": w.registration.id},
    "orders": lambda w: {"number": an_order(w).number},
    **{
        f"{name}.export": lambda w: {"kind": "csv"}
        for name in ("approvals", "resellers", "products", "price_lists", "terms")
    },
    "orders.export": lambda w: {"kind": "csv"},
    "activations.export": lambda w: {"kind": "csv"},
    "invoices": lambda w: {"name": an_invoice(w).name, "kind": "csv"},
    "invoices.export": lambda w: {"kind": "nothing"},
    "statements": lambda w: {"kind": "nothing"},
    "cart": lambda w: {"number": 1},
    "catalogue": lambda w: {"number": 9999},  # terms are everybody's: this one is nobody's
    "approvals": lambda w: {"token": "nobody-made-this"},
    "password_resets": lambda w: {"token": "nobody-made-this"},
    "invitations": lambda w: {"token": "nobody-made-this"},
    "confirmations": lambda w: {"token": "nobody-made-this"},
    "setup": lambda w: {"token": "nobody-made-this"},
}


def a_centre(w):
    with tx():
        return BillingCentre.get_or_create(organisation=w.alpha, name="Siège", defaults=w.alpha.owner)[0]


def a_session(w):
    given = {"user": w.remi, "made_at": NOON.utc, "seen_at": NOON.utc, "fresh_at": NOON.utc}
    with tx():
        return SignIn.get_or_create(sha256="the session of another browser", defaults=given)[0]


def a_quote(w):
    subscription = a_subscription(w)
    given = {"subscription": subscription, "currency": "EUR", "net_cents": 0, "valid_until": NOON.day}
    parties = {"seller": billing.party(w.house), "buyer": billing.party(w.alpha)}
    given |= {"inputs": {"asked": {}, "prices": {}, "lines": [], "language": "en"} | parties, "made_at": NOON.at}
    with tx():
        return Quote.get_or_create(number=1001, defaults=w.alpha.owner | given)[0]


def a_balance(w):
    with tx():
        return Balance.get_or_create(holder=w.alpha, product=w.completo, defaults=w.alpha.owner)[0]


def an_activation(w):
    given = {"holder": w.alpha, "product": w.completo, "key": "K", "by": w.remi, "at": NOON.at}
    with tx():
        return Activation.get_or_create(code="A", defaults=w.client.owner | given)[0]


def an_order(w):
    given = {"buyer": w.alpha, "placed_by": w.remi, "price_list": w.europe, "currency": "EUR", "state": "submitted"}
    given |= {"made_at": NOON.at, "submitted_at": NOON.at, "submitted_on": NOON.day, "approver": w.diane}
    with tx():
        order, made = Order.get_or_create(number=7, defaults=w.alpha.owner | given)
        if made:
            journal.record("order.submitted", order, w.remi, NOON, after={"number": 7})
        return order


def an_invoice(w):
    found = Invoice.get_or_none(Invoice.bill_to == w.alpha)
    if found is None:
        a_monthly(w.alpha, date(2026, 10, 1), [(date(2026, 10, 1), None, 10, 400)], number=987)
        (found,) = billing.run(NOON)
    return found
