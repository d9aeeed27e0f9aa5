"""The words of events: what each kind of event says, and what the things are called that they happen to.

A sentence may name `by`, any value the event keeps, or a field of the record (web/telling.py fills it in).
A kind that no verb records, or one recorded that is not here, fails tests/test_journal.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext

from lic.models import N_
from lic.web import words

STATUS = N_("New status")


@dataclass(frozen=True)
class Kind:
    says: str  # one sentence
    tag: str | None = None  # what stands in brackets before the thing: [New status] Order no. 10479
    quote: str | None = None  # the value holding what the person wrote
    icon: str | None = None  # the thing's own, unless told otherwise


KINDS = {
    # orders (000-17..27, 001-23..28)
    "order.to_confirm": Kind(N_("Placed by %(by)s, to be confirmed by another administrator."), STATUS, icon="order"),
    "order.submitted": Kind(N_("Submitted by %(by)s: it waits for approval."), STATUS, icon="order"),
    "order.info_requested": Kind(N_("Information requested by %(by)s."), STATUS, "text", icon="question"),
    "order.answered": Kind(N_("Answered by %(by)s."), STATUS, "text", icon="chat"),
    "order.approved": Kind(N_("Approved by %(by)s."), STATUS, icon="check"),
    "order.rejected": Kind(N_("Rejected by %(by)s."), STATUS, "text", icon="stop"),
    "order.cancelled": Kind(N_("Cancelled by %(by)s."), STATUS, icon="none"),
    "order.expired": Kind(N_("Expired: nobody decided in time."), STATUS, icon="clock"),
    "order.reminded": Kind(N_("Approval mail sent again by %(by)s."), icon="send"),
    # contracts
    "contract.recorded": Kind(N_("Recorded by %(by)s."), N_("New contract")),
    "contract.extended": Kind(N_("Extended: protected until %(ends_on)s."), N_("Extension")),
    "contract.customer_given": Kind(N_("Given to its customer by %(by)s."), N_("Customer")),
    "contract.changed": Kind(N_("Articles corrected by %(by)s."), icon="edit"),
    "contract.extension_asked": Kind(N_("%(by)s asks for the extension %(product)s."), N_("Request"), icon="question"),
    # licences
    "activation.made": Kind(N_("%(product)s activated for %(customer)s by %(by)s."), N_("Activation")),
    "activation.cancelled": Kind(N_("%(product)s of %(customer)s cancelled by %(by)s."), N_("Activation"), icon="stop"),
    "activation.ended": Kind(N_("Ended with its customer by %(by)s."), icon="stop"),
    "stock.purchased": Kind(N_("%(quantity)s in stock, from an approved order.")),
    "stock.adjusted": Kind(N_("Corrected by %(quantity)s, by %(by)s."), N_("Licence stock"), "reason"),
    "stock.given_back": Kind(N_("%(quantity)s given back by %(by)s."), N_("Licence stock"), "reason"),
    # organisations and people
    "customer.made": Kind(N_("Recorded by %(by)s.")),
    "customer.cancelled": Kind(
        N_("Cancelled by %(by)s: licences back in stock: %(activations)s."), N_("Cancelled customer"), icon="stop"
    ),
    "customer.changed": Kind(N_("Changed by %(by)s."), icon="edit"),
    "organisation.made": Kind(N_("Recorded by %(by)s.")),
    "organisation.changed": Kind(N_("Changed by %(by)s."), icon="edit"),
    "address.made": Kind(N_("Added by %(by)s."), icon="plus"),
    "address.changed": Kind(N_("Changed by %(by)s."), icon="edit"),
    "address.removed": Kind(N_("Removed by %(by)s."), icon="trash"),
    "user.made": Kind(N_("Added by %(by)s."), icon="plus"),
    "user.invited": Kind(N_("Invited by %(by)s."), icon="send"),
    "user.logged_in": Kind(N_("Logged in."), icon="ok"),
    "user.guessed_at": Kind(
        N_("Somebody typed a wrong password for this username %(failures)s times."), N_("Access"), icon="warn"
    ),
    "user.password_changed": Kind(N_("The password was changed."), N_("Access"), icon="lock"),
    "registration.asked": Kind(N_("Asks for an account; the e-mail address is confirmed."), N_("Account creation")),
    "registration.accepted": Kind(N_("Accepted by %(by)s."), icon="ok"),
    "registration.refused": Kind(N_("Rejected by %(by)s."), icon="stop"),
    "user.joined": Kind(N_("Chose a password and can log in."), icon="ok"),
    "user.changed": Kind(N_("Changed by %(by)s."), icon="edit"),
    "user.deactivated": Kind(N_("Access closed by %(by)s."), icon="stop"),
    "user.reactivated": Kind(N_("Access opened again by %(by)s."), icon="ok"),
    # letters
    "mail.sent_again": Kind(N_("To be sent again, says %(by)s."), icon="send"),
    "mail.opened": Kind(N_("Read here by %(by)s."), icon="info"),
}


@dataclass(frozen=True)
class Noun:
    label: str  # as a choice in the journal
    icon: str
    called: Callable  # record -> what it is called, in the reader's language
    screen: Callable | str | None = None  # the endpoint that shows it; record -> endpoint where that differs
    argument: Callable = lambda record: {"number": record.number}  # record -> the values of its address

    def endpoint(self, record):
        return self.screen(record) if callable(self.screen) else self.screen


def _numbered(name):
    """Order no. 10479: the number as it is, in every language."""
    return lambda record: gettext(name) % {"number": record.number}


def _id(name="number"):
    return lambda record: {name: record.get_id()}


def _nothing(record):
    return {}


def _named(record):
    return record.name


def _order(record):
    return gettext("Order no. %(number)s") % {"number": record.number} if record.number else gettext("Cart")


def _product(record):
    return words.word(record)


def _of_product(record):
    return words.word(record.product)


def _organisation_screen(organisation):
    if organisation.is_customer:
        return "customers.show"
    return "resellers.show" if organisation.is_reseller else "settings.company"


def _organisation_argument(organisation):
    return {} if organisation.is_distributor else {"number": organisation.id}


NOUNS = {
    "order": Noun(N_("Orders"), "order", _order, "orders.show"),
    "contract": Noun(N_("Contracts"), "contract", _numbered(N_("Contract no. %(number)s")), "contract.show"),
    "project": Noun(N_("Projects"), "project", _named, "projects.show"),
    "subscription": Noun(
        N_("Subscriptions"), "subscription", _numbered(N_("Subscription no. %(number)s")), "subscriptions.show"
    ),
    "incident": Noun(N_("Incidents"), "incident", _numbered(N_("Incident no. %(number)s")), "incidents.show"),
    "activation": Noun(N_("Activations"), "licence", _of_product, "activations.show", _id()),
    "stock_movement": Noun(N_("Licence stock"), "licence", _of_product, "stock.index", _nothing),
    "organisation": Noun(N_("Companies"), "client", _named, _organisation_screen, _organisation_argument),
    "user": Noun(N_("Users"), "client", _named, "settings.users", _nothing),
    "address": Noun(N_("Delivery addresses"), "send", lambda record: record.label, "settings.addresses", _nothing),
    "registration": Noun(
        *(N_("Account creations"), "client", lambda r: f"{r.first_name} {r.last_name}".strip()),
        *("registrations.show", _id()),
    ),
    "product": Noun(N_("Products"), "catalogue", _product, "products.show", _id()),
    "price_list": Noun(N_("Price lists"), "price", _named, "price_lists.show", _id()),
    "price": Noun(N_("Prices"), "price", _of_product),
    "terms": Noun(N_("Terms"), "file", lambda terms: words.word(terms.title)),
    "mail": Noun(
        N_("Letters"), "send", lambda mail: gettext("Letter to %(name)s") % {"name": mail.to}, "mails.show", _id()
    ),
    "setting": Noun(N_("Settings"), "settings", _named),
}
