"""The words of events: what each kind of event says, and what the things are called that they happen to.

A sentence may name `by`, any value the event keeps, or a field of the record (web/telling.py fills it in).
A kind that no verb records, or one recorded that is not here, fails tests/test_journal.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext

from lic.models import N_
from lic.web import event_sentences, words
from lic.web.parameter_words import LABELS


@dataclass(frozen=True)
class Kind:
    says: str | Callable  # one sentence, or event -> the sentence
    tag: str | None = None  # what stands in brackets before the thing: [New status] Order no. 10479
    quote: str | None = None  # the value holding what the person wrote
    icon: str | None = None  # the thing's own, unless told otherwise

    def sentence(self, event):
        return self.says(event) if callable(self.says) else self.says


STATUS, LICENCES, MESSAGE = N_("New status"), N_("Licence stock"), N_("New message")
MADE, CHANGED, REMOVED = N_("Added by %(by)s."), N_("Changed by %(by)s."), N_("Removed by %(by)s.")
SIGN_IN = N_("Logging in")
CHANGE, ASSURANCE = N_("Scheduled change"), N_("Software assurance")

KINDS = {
    # orders (000-17..27, 001-23..28, 003-02..04)
    "order.to_confirm": Kind(N_("Placed by %(by)s; a second administrator confirms it."), STATUS, icon="wait"),
    "order.submitted": Kind(event_sentences.submitted, STATUS),
    "order.info_requested": Kind(event_sentences.asked, STATUS, "text", icon="question"),
    "order.answered": Kind(N_("Answered by %(by)s."), STATUS, "text", icon="chat"),
    "order.approved": Kind(event_sentences.approved, STATUS, icon="ok"),
    "order.rejected": Kind(event_sentences.rejected, STATUS, "text", icon="stop"),
    "order.cancelled": Kind(N_("Cancelled by %(by)s."), STATUS, icon="none"),
    "order.expired": Kind(N_("Expired: nobody decided in time."), STATUS, icon="clock"),
    "order.reminded": Kind(N_("%(by)s had the approval mail sent again."), icon="send"),
    # contracts (002-08, 002-12, 002-28)
    "contract.recorded": Kind(N_("Recorded by %(by)s."), N_("New contract")),
    "contract.changed": Kind(N_("Its articles were changed by %(by)s."), icon="edit"),
    "contract.extended": Kind(N_("Extended: protected until %(ends_on)s."), N_("Extension"), icon="ok"),
    "contract.extension_asked": Kind(
        N_("%(by)s asks for the extension %(product)s."), N_("Extension"), icon="question"
    ),
    "contract.taken_back": Kind(N_("Taken back from %(customer)s by %(by)s."), N_("Customer"), icon="client"),
    "contract.customer_given": Kind(N_("Given to %(customer)s by %(by)s."), N_("Customer"), icon="client"),
    # licences (001-01..11, 001-28)
    "stock.purchased": Kind(N_("%(quantity)s came into stock with an order."), icon="plus"),
    "stock.adjusted": Kind(N_("Corrected by %(quantity)s: %(left)s in stock, says %(by)s."), LICENCES, "reason"),
    "stock.given_back": Kind(N_("%(by)s gives %(quantity)s back."), LICENCES, "reason"),
    "activation.made": Kind(N_("Activated for %(customer)s by %(by)s."), N_("Activation"), icon="ok"),
    "activation.cancelled": Kind(N_("Activation for %(customer)s cancelled by %(by)s."), N_("Activation"), icon="none"),
    "activation.ended": Kind(N_("Ended with its customer, by %(by)s."), icon="none"),
    "subscription.asked": Kind(event_sentences.wanted, N_("Request"), icon="question"),
    # projects and subscriptions (000-03..58, 003-12..19)
    "project.made": Kind(MADE, N_("New project"), icon="plus"),
    "project.changed": Kind(CHANGED, icon="edit"),
    "project.group_added": Kind(N_("%(by)s added the licence group %(product)s."), icon="plus"),
    "subscription.begun": Kind(N_("It begins on %(from_on)s with %(quantity)s seats."), N_("New subscription")),
    "subscription.seats_added": Kind(
        N_("%(added)s seats more from %(from_on)s: %(quantity)s in all."), N_("Added seats"), icon="plus"
    ),
    "subscription.seats_removed": Kind(N_("%(quantity)s seats less since %(on)s."), N_("Fewer seats")),
    "subscription.renewed": Kind(N_("Renewed from %(from_on)s to %(ends_on)s."), N_("Renewal"), icon="ok"),
    "subscription.aligned": Kind(N_("Brought to the common end, %(ends_on)s."), N_("Co-termination"), icon="ok"),
    "subscription.product_changed": Kind(N_("Its product is %(product)s now."), CHANGE, icon="edit"),
    "subscription.assured": Kind(N_("Under software assurance until %(ends_on)s."), ASSURANCE, icon="ok"),
    "subscription.assurance_upgraded": Kind(
        N_("Its software assurance is of a higher plan now."), ASSURANCE, icon="ok"
    ),
    "subscription.change_scheduled": Kind(event_sentences.scheduled, CHANGE, icon="clock"),
    "subscription.change_done": Kind(N_("The change scheduled for %(on)s was carried out."), CHANGE, icon="ok"),
    "subscription.change_dropped": Kind(N_("The change scheduled for %(on)s was dropped."), CHANGE, icon="warn"),
    "subscription.given_back": Kind(N_("%(by)s gave %(seats)s seats back."), N_("Refund"), icon="none"),
    "subscription.change_given_back": Kind(N_("%(by)s gave the other product back."), N_("Refund"), icon="none"),
    "subscription.assurance_given_back": Kind(N_("%(by)s gave the assurance back."), N_("Refund"), icon="none"),
    "subscription.assigned": Kind(N_("%(email)s has a licence now."), N_("Licence"), icon="plus"),
    "subscription.unassigned": Kind(N_("%(email)s has no licence any more."), N_("Licence"), icon="minus"),
    "subscription.auto_renewal": Kind(event_sentences.renews_itself, icon="edit"),
    "subscription.cancelled": Kind(
        N_("Cancelled by %(by)s: it works until %(ends_on)s."), N_("Cancellation"), icon="none"
    ),
    "subscription.kept": Kind(N_("%(by)s withdrew the cancellation."), N_("Cancellation"), icon="ok"),
    "subscription.suspended": Kind(N_("Suspended by %(by)s."), STATUS, "why", icon="stop"),
    "subscription.resumed": Kind(N_("No longer suspended."), STATUS, icon="ok"),
    "subscription.reminded": Kind(event_sentences.reminded, N_("To renew"), icon="clock"),
    "subscription.reminders_held": Kind(N_("%(by)s put its reminders on hold."), icon="stop"),
    "subscription.reminders_resumed": Kind(N_("%(by)s resumed its reminders."), icon="ok"),
    "subscription.allocated": Kind(N_("%(by)s divided its seats: %(centres)s."), N_("Billing centres"), icon="invoice"),
    "billing_centre.made": Kind(MADE, icon="plus"),
    "billing_centre.changed": Kind(CHANGED, icon="edit"),
    "billing_centre.made_default": Kind(N_("New seats go here since %(by)s said so."), icon="ok"),
    "billing_centre.retired": Kind(N_("%(by)s stopped using it."), icon="stop"),
    "quote.sent": Kind(
        N_("Renewal of subscription no. %(subscription)s: %(net_cents)s without VAT, valid until %(valid_on)s."),
        N_("Quote"),
        icon="send",
    ),
    "organisation.quote_asked": Kind(N_("%(by)s asks for a quote."), N_("Quote"), "text", icon="question"),
    "quote.withdrawn": Kind(N_("Withdrawn: it can no longer be ordered."), N_("Quote"), icon="none"),
    "quote.refused": Kind(N_("%(by)s does not want it."), N_("Quote"), "why", icon="stop"),
    "quote.ordered": Kind(N_("%(by)s ordered it."), icon="ok"),
    "renewal.taken": Kind(N_("%(by)s noted its owner: %(name)s."), N_("To renew"), icon="clock"),
    "renewal.lost": Kind(N_("%(by)s noted it as lost."), None, "why", icon="none"),
    "renewal.reopened": Kind(N_("%(by)s opened it again."), icon="ok"),
    "subscription.lapsed": Kind(N_("Its days of grace are over: a new one must be bought."), STATUS, icon="warn"),
    "subscription.ended": Kind(N_("It has ended, as cancelled."), STATUS, icon="none"),
    "subscription.not_renewed": Kind(N_("It could not renew itself: renew it by hand."), N_("Renewal"), icon="warn"),
    # organisations and people (002-06..08, 002-50, 002-55..61)
    "customer.made": Kind(MADE, icon="plus"),
    "customer.changed": Kind(CHANGED, icon="edit"),
    "customer.cancelled": Kind(N_("Cancelled by %(by)s: its activations ended."), N_("Customer"), icon="none"),
    "organisation.made": Kind(MADE, icon="plus"),
    "organisation.changed": Kind(CHANGED, icon="edit"),
    "organisation.damaged": Kind(N_("The nightly check found damage."), N_("Warning"), quote="text", icon="warn"),
    "address.made": Kind(MADE, icon="plus"),
    "address.changed": Kind(CHANGED, icon="edit"),
    "address.removed": Kind(REMOVED, icon="trash"),
    "user.made": Kind(MADE, icon="plus"),
    "user.invited": Kind(N_("Invited by %(by)s."), icon="send"),
    "user.joined": Kind(N_("Chose a password and can log in."), icon="ok"),
    "user.changed": Kind(CHANGED, icon="edit"),
    "user.password_changed": Kind(N_("The password was changed by %(by)s."), icon="lock"),
    "user.guessed_at": Kind(N_("%(failures)s wrong passwords in a row."), N_("Warning"), icon="warn"),
    "user.second_factor_on": Kind(N_("The second factor is on."), SIGN_IN, icon="lock"),
    "user.second_factor_off": Kind(N_("The second factor is off."), SIGN_IN, icon="warn"),
    "user.second_factor_taken": Kind(N_("%(by)s took the second factor away."), SIGN_IN, icon="warn"),
    "user.recovery_codes_made": Kind(N_("New recovery codes were made: the old ones no longer work."), SIGN_IN),
    "user.recovery_code_used": Kind(N_("A recovery code was used. Left: %(left)s."), SIGN_IN, icon="lock"),
    "user.codes_guessed": Kind(N_("%(failures)s wrong codes in a row after the password."), N_("Warning"), icon="warn"),
    "user.sent_virus": Kind(
        N_("A file of %(by)s was not taken: it has a virus (%(virus)s)."), N_("Warning"), icon="warn"
    ),
    "user.logged_in": Kind(N_("Logged in."), icon="ok"),
    "user.deactivated": Kind(N_("Access closed by %(by)s."), icon="stop"),
    "user.reactivated": Kind(N_("Access opened again by %(by)s."), icon="ok"),
    "user.token_made": Kind(N_("%(by)s made the token %(name)s for programs."), N_("Token"), icon="lock"),
    "user.token_revoked": Kind(N_("%(by)s revoked the token %(name)s."), icon="lock"),
    "registration.asked": Kind(N_("Asks for an account, with contract no. %(contract_number)s."), N_("New account")),
    "registration.accepted": Kind(N_("Accepted by %(by)s."), icon="ok"),
    "registration.refused": Kind(N_("Rejected by %(by)s."), icon="stop"),
    # catalogue
    "product.made": Kind(MADE, icon="plus"),
    "product.changed": Kind(CHANGED, icon="edit"),
    "price_list.made": Kind(MADE, icon="plus"),
    "price_list.changed": Kind(CHANGED, icon="edit"),
    "price.set": Kind(N_("Price of %(product)s set by %(by)s."), icon="price"),
    "price.withdrawn": Kind(N_("Price of %(product)s withdrawn by %(by)s."), icon="price"),
    "terms.made": Kind(MADE, icon="plus"),
    "terms.changed": Kind(CHANGED, icon="edit"),
    # incidents (002-45..49, 002-54)
    "incident.declared": Kind(N_("Declared by %(by)s."), N_("New incident")),
    "incident.in_progress": Kind(N_("This incident is being handled."), STATUS, icon="now"),
    "incident.waiting_customer": Kind(N_("This incident waits for the customer."), STATUS, icon="wait"),
    "incident.waiting_distributor": Kind(N_("This incident waits for the distributor."), STATUS, icon="wait"),
    "incident.resolved": Kind(N_("This incident has been resolved."), STATUS, icon="ok"),
    "incident.closed": Kind(N_("This incident has been closed."), STATUS, icon="none"),
    "incident.reopened": Kind(N_("This incident has been opened again."), STATUS),
    "incident.file_added": Kind(N_("%(by)s added the file %(name)s."), N_("New file"), icon="file"),
    "incident.file_removed": Kind(N_("%(by)s removed the file %(name)s."), icon="trash"),
    "incident.customer_file_removed": Kind(N_("%(by)s removed a file."), icon="trash"),
    "incident.distributor_file_removed": Kind(N_("%(by)s removed a file."), icon="trash"),
    "incident.customer_message": Kind(N_("Message from %(by)s."), MESSAGE, icon="chat"),
    "incident.distributor_message": Kind(N_("Message from %(by)s."), MESSAGE, icon="headset"),
    # invoices (R8, Q)
    "invoice.issued": Kind(N_("Issued: %(gross_cents)s, to be read and downloaded here."), N_("New invoice")),
    "invoice.paid": Kind(N_("Paid on %(paid_on)s."), N_("Payment"), icon="ok"),
    "invoice.unpaid": Kind(N_("%(by)s marked it as not paid."), icon="none"),
    "setting.changed": Kind(CHANGED, icon="edit"),
    "invoice.certified": Kind(N_("The certified document %(file)s was attached."), N_("Invoice"), icon="file"),
    # letters
    "mail.sent_again": Kind(N_("%(by)s had it sent again."), icon="send"),
    "mail.opened": Kind(N_("%(by)s read it here."), icon="info"),
    "incoming_mail.kept": Kind(N_("It waits for somebody to say where it goes."), N_("Kept aside"), icon="wait"),
    "incoming_mail.put": Kind(N_("%(by)s put it into incident no. %(number)s."), icon="ok"),
    "incoming_mail.discarded": Kind(N_("Discarded by %(by)s."), None, "reason", icon="trash"),
}


FIELDS = LABELS | {  # the values events keep, as the journal names them
    "account_manager": N_("Account manager"),
    "activations": N_("Activations"),
    "active": N_("Active"),
    "amount_cents": N_("Amount"),
    "approver": N_("Approver"),
    "articles": N_("Articles"),
    "base": N_("Base product"),
    "basis": N_("Basis"),
    "by_itself": N_("Automatically"),
    "bonus_every": N_("Bonus: one per"),
    "centres": N_("Billing centres"),
    "channel": N_("Channel"),
    "checklist": N_("Before it is cancelled"),
    "city": N_("City"),
    "code": N_("Code"),
    "company": N_("Company"),
    "complement": N_("Complement"),
    "contract": N_("Contract"),
    "contracts": N_("Contracts"),
    "country": N_("Country"),
    "currency": N_("Currency"),
    "customer": N_("Customer"),
    "data_sheet": N_("Data sheet"),
    "days": N_("Days"),
    "district": N_("District"),
    "email": N_("E-mail"),
    "ends_on": N_("Last day"),
    "failures": N_("Failures"),
    "family": N_("Family"),
    "file": N_("File"),
    "files": N_("Files"),
    "first_name": N_("First name"),
    "fits": N_("Goes with"),
    "fits_references": N_("Goes with the references"),
    "from_on": N_("First day"),
    "gross_cents": N_("Total with VAT"),
    "holder": N_("Stock of"),
    "iban": N_("IBAN"),
    "identifier": N_("Username"),
    "instead_of": N_("Instead of"),
    "is_service": N_("Is a service"),
    "kind": N_("Kind"),
    "label": N_("Label"),
    "language": N_("Language"),
    "last_name": N_("Last name"),
    "left": N_("Left in stock"),
    "letter": N_("Letter"),
    "may_declare": N_("May declare incidents"),
    "message": N_("Message"),
    "months": N_("Months"),
    "monthly_cents": N_("Monthly total"),
    "name": N_("Name"),
    "net_cents": N_("Total"),
    "number": N_("Number"),
    "observation": N_("Observation"),
    "on": N_("Date"),
    "phone": N_("Telephone"),
    "plan": N_("Plan"),
    "postcode": N_("Postcode"),
    "price_list": N_("Price list"),
    "procedure": N_("How it is activated"),
    "product": N_("Product"),
    "paid_on": N_("Paid on"),
    "quantity": N_("Quantity"),
    "reason": N_("Reason"),
    "reference": N_("Product reference"),
    "refund_cents": N_("Refund"),
    "region": N_("Region"),
    "replaces": N_("Replaces"),
    "requires": N_("Requires"),
    "reseller": N_("Reseller"),
    "seats": N_("Seats"),
    "sha256": N_("Fingerprint"),
    "state": N_("State"),
    "street": N_("Street"),
    "support_people": N_("Who answers requests"),
    "support_route": N_("Support"),
    "tax_code": N_("Tax category"),
    "tax_note": N_("Tax note"),
    "tax_number": N_("Tax number"),
    "tax_rate_bp": N_("VAT rate"),
    "terms": N_("Terms"),
    "text": N_("Text"),
    "title": N_("Title"),
    "to": N_("To"),
    "type": N_("Type"),
    "users": N_("Users"),
    "users_per_unit": N_("Users per licence"),
    "version": N_("Version"),
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


SETTINGS = {  # as the journal calls them
    "iban": N_("Payment details"),
    "parameters": N_("Parameters"),
    "second_factor": N_("Second factor"),
}


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


def _invoice(invoice):
    """Invoice 2026-000123, Credit note AV-2026-000004."""
    return f"{words.word(invoice.kind)} {invoice.name}"


def _product(record):
    return words.word(record)


def _of_product(record):
    return words.word(record.product)


def _renewal(renewal):
    contract, subscription = N_("Renewal of contract no. %(number)s"), N_("Renewal of subscription no. %(number)s")
    return gettext(contract if renewal.contract_id else subscription) % {"number": renewal.number}


def _renewal_screen(renewal):
    return "warranties.show" if renewal.contract_id else "renewals.show"


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
    "quote": Noun(N_("Quotes"), "file", _numbered(N_("Quote no. %(number)s")), "quotes.show"),
    "renewal": Noun(N_("Renewals"), "clock", _renewal, _renewal_screen),
    "incident": Noun(N_("Incidents"), "incident", _numbered(N_("Incident no. %(number)s")), "incidents.show"),
    "activation": Noun(N_("Activations"), "licence", _of_product, "activations.show", _id()),
    "stock_movement": Noun(N_("Licence stock"), "licence", _of_product, "stock.index", _nothing),
    "organisation": Noun(N_("Companies"), "client", _named, _organisation_screen, _organisation_argument),
    "user": Noun(N_("Users"), "client", _named),
    "address": Noun(N_("Delivery addresses"), "send", lambda record: record.label),
    "billing_centre": Noun(N_("Billing centres"), "invoice", _named, "billing_centres.edit", _id()),
    "registration": Noun(
        *(N_("Account creations"), "client", lambda r: f"{r.first_name} {r.last_name}".strip()),
        *("registrations.show", _id()),
    ),
    "product": Noun(N_("Products"), "catalogue", _product, "products.edit", _id()),
    "price_list": Noun(N_("Price lists"), "price", _named, "price_lists.show", _id()),
    "price": Noun(N_("Prices"), "price", _of_product),
    "terms": Noun(N_("Terms"), "file", lambda terms: words.word(terms.title), "terms.show", _id()),
    "invoice": Noun(
        *(N_("Invoices"), "invoice", _invoice, "invoices.show", lambda invoice: {"name": invoice.name}),
    ),
    "mail": Noun(
        N_("Letters"), "send", lambda mail: gettext("Letter to %(name)s") % {"name": mail.to}, "mails.show", _id()
    ),
    "incoming_mail": Noun(
        *(N_("Incoming mail"), "chat", lambda mail: gettext("Letter of %(name)s") % {"name": mail.sender or "?"}),
        *("incoming.show", _id()),
    ),
    "setting": Noun(N_("Settings"), "settings", lambda kept: gettext(SETTINGS.get(kept.name, kept.name))),
}
