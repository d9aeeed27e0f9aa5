"""What each list searches: its columns, and whose changes reach its rows. Another list is another `Index` here."""

from dataclasses import dataclass

from lic.models import (
    Activation,
    ActivationState,
    Article,
    Charge,
    Contract,
    Coverage,
    Equipped,
    Incident,
    IncidentState,
    Invoice,
    InvoiceState,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Product,
    Quote,
    QuoteState,
    Subscription,
    Turn,
    User,
)
from lic.search.index import Index, Key, Person
from lic.search.texts import DAY, NUMBER, TIME, WORD


def _as_written(row):
    """A Brazilian tax number with the signs people type it with."""
    number, marks = f"{row}.tax_number", {14: (2, ".", 3, ".", 3, "/", 4, "-", 2), 11: (3, ".", 3, ".", 3, "-", 2)}
    cases = []
    for length, parts in marks.items():
        start, pieces = 1, []
        for part in parts:
            pieces.append(f"'{part}'" if isinstance(part, str) else f"substr({number}, {start}, {part})")
            start += part if isinstance(part, int) else 0
        cases.append(f"WHEN length({number}) = {length} THEN {' || '.join(pieces)}")
    return f"CASE WHEN {row}.country <> 'BR' THEN NULL {' '.join(cases)} END"


@dataclass(frozen=True)
class Unsaid(Key):
    """A member of an enum by which rows are chosen and which no column shows: its name is not searched."""

    members: type = None

    def stored(self, value):
        return self.place(self.members(value))

    def place(self, member):
        return list(self.members).index(member)

    def shown(self, value):
        return self.members(value)


CONTRACTS = Index(
    "contract",
    Contract,
    row="t.number",
    join="LEFT JOIN organisation o ON o.id = t.customer_id",  # a contract may have no customer yet (002-12)
    keys=(
        Key("reference", "t.product_reference"),
        Key("serial", "t.serial"),
        Key("customer_name", "o.name"),
        Key("ends", "t.ends_on", DAY),
        Key("extensions", "t.extended_months", NUMBER),
    ),
    also=("(SELECT group_concat(a.serial, ' ') FROM article a WHERE a.contract_id = t.id AND a.serial <> t.serial)",),
    extra={"starts": "t.starts_on"},
    follows={
        Article: ("t.id = ?", "contract_id"),
        Coverage: ("t.id = ?", "contract_id"),
        Organisation: ("t.customer_id = ?", "id"),
    },
)

_IN_USE = "FROM activation a WHERE a.customer_id = t.id AND a.ended_at IS NULL"

CUSTOMERS = Index(
    "customer",
    Organisation,
    row="t.id",
    join="JOIN organisation r ON r.id = t.reseller_id",
    where="t.kind = 'customer' AND t.cancelled_at IS NULL",
    keys=(
        Key("name", "t.name"),
        Key("reseller_name", "CASE WHEN t.direct THEN '' ELSE r.name END"),
        Key("phone", "t.phone"),
        Key("email", "t.email"),
        Unsaid("equipped", f"CASE WHEN EXISTS (SELECT 1 {_IN_USE}) THEN 'yes' ELSE 'no' END", WORD, members=Equipped),
    ),
    also=("t.tax_number", _as_written("t")),
    live={  # those in force today (002-51)
        "contracts": "(SELECT count(*) FROM contract c WHERE c.customer_id = t.id"
        " AND c.starts_on <= :today AND c.ends_on >= :today)"
    },
    extra={
        "country": "t.country",
        "tax_number": "t.tax_number",
        "direct": "t.direct",
        "licences": f"(SELECT count(*) {_IN_USE})",
    },
    follows={Organisation: ("t.reseller_id = ?", "id"), Activation: ("t.id = ?", "customer_id")},
    reseller="t.reseller_id",
    customer="t.id",
)

_WORTH = (  # once, and the first month: of a month that is not followed by others, its days (001-21)
    "(t.net_cents + t.monthly_cents + (SELECT coalesce(sum(json_extract(d.inputs, '$.days')), 0)"
    " FROM order_line d WHERE d.order_id = t.id))"
)
ORDERS = Index(
    "order",
    Order,
    row="t.number",
    join="JOIN organisation o ON o.id = t.buyer_id",
    where="t.number IS NOT NULL",  # a cart is not an order yet
    keys=(
        Key("buyer", "o.name"),
        Key("state", "t.state", WORD, OrderState),
        Key("submitted", "t.submitted_on", DAY),
        Key("total", _WORTH, NUMBER),
    ),
    also=(
        f"printf('%.2f', {_WORTH} / 100.0)",
        f"replace(printf('%.2f', {_WORTH} / 100.0), '.', ',')",
        "(SELECT group_concat(p.reference, ' ') FROM order_line l JOIN product p ON p.id = l.product_id"
        " WHERE l.order_id = t.id)",
    ),
    extra={"id": "t.id", "currency": "t.currency", "placed_by": "t.placed_by_id"},
    follows={OrderLine: ("t.id = ?", "order_id"), Organisation: ("t.buyer_id = ?", "id")},
)

ACTIVATIONS = Index(
    "activation",
    Activation,
    row="t.id",
    join="JOIN organisation o ON o.id = t.customer_id JOIN product p ON p.id = t.product_id"
    ' JOIN "user" u ON u.id = t.by_id',
    where="o.cancelled_at IS NULL",  # a cancelled client leaves every list (001-04)
    keys=(
        Key("product", "p.reference"),
        Key("customer_name", "o.name"),
        Key("code", "t.code"),
        Key("key", "t.key"),
        Key("at", "t.at", TIME),
        Key("who", "u.first_name || ' ' || u.last_name"),
        Key("observation", "t.observation"),
        Key("state", "CASE WHEN t.ended_at IS NULL THEN 'active' ELSE 'ended' END", WORD, ActivationState),
    ),
    also=(
        "o.tax_number",
        _as_written("o"),
        "(SELECT group_concat(value, ' ') FROM json_each(p.title))",
    ),
    extra={"tax_number": "o.tax_number", "country": "o.country"},
    follows={
        Organisation: ("t.customer_id = ?", "id"),
        Product: ("t.product_id = ?", "id"),
        User: ("t.by_id = ?", "id"),
    },
)

# No word of a message is in it: what one side writes to another is found by nobody else (002-46).
INCIDENTS = Index(
    "incident",
    Incident,
    row="t.number",
    join="LEFT JOIN organisation o ON o.id = t.customer_id",
    keys=(
        Key("title", "t.title"),
        Key("reference", "json_extract(t.declaration, '$.reference')"),
        Key("customer_name", "coalesce(o.name, json_extract(t.declaration, '$.customer'))"),
        Key("state", "t.state", WORD, IncidentState),
        Unsaid("turn", "t.turn", WORD, members=Turn),
        Person("declarer", "t.declared_by_id", WORD),
        Person("service", "(SELECT s.product_id FROM subscription s WHERE s.id = t.subscription_id)", WORD),
        Key("due_at", "t.due_at", TIME),
        Key("declared_at", "t.declared_at", TIME),
        # what is due first comes first, then what waits for the customer, then what is over, newest first
        Key(
            "urgency",
            "CASE WHEN t.turn = 'nobody' THEN 20000000000 - strftime('%s', t.declared_at)"
            " ELSE strftime('%s', coalesce(t.due_at, t.declared_at)) + 5000000000 * (t.turn = 'customer') END",
            NUMBER,
        ),
    ),
    also=(
        "json_extract(t.declaration, '$.serial')",
        "(SELECT group_concat(json_extract(a.value, '$.reference') || ' ' || json_extract(a.value, '$.serial'), ' ')"
        " FROM json_each(t.declaration, '$.articles') a)",
    ),
    extra={"serial": "json_extract(t.declaration, '$.serial')"},
    follows={Organisation: ("t.customer_id = ?", "id"), Subscription: ("t.subscription_id = ?", "id")},
)

_NUMBERED = "ltrim({0}.series || '-' || {0}.year || '-' || printf('%06d', {0}.number), '-')"  # 2026-000123 (R8)


def _amounts(cents):
    """An amount as people type it, with a point or a comma."""
    return f"printf('%.2f', {cents} / 100.0)", f"replace(printf('%.2f', {cents} / 100.0), '.', ',')"


INVOICES = Index(
    "invoice",
    Invoice,
    row="t.id",
    join="JOIN organisation o ON o.id = t.bill_to_id",
    keys=(
        Key("name", _NUMBERED.format("t")),
        Key("buyer", "o.name"),
        Key(
            "state",
            "CASE WHEN t.kind IN ('credit_note', 'refund') THEN 'credit' WHEN t.paid_on IS NULL THEN 'open'"
            " ELSE 'paid' END",
            WORD,
            InvoiceState,
        ),
        Key("issued", "t.issued_on", DAY),
        Key("net", "t.net_cents", NUMBER),
        Key("gross", "t.gross_cents", NUMBER),
    ),
    also=(
        *_amounts("t.gross_cents"),
        '(SELECT CAST(number AS TEXT) FROM "order" r WHERE r.id = t.order_id)',
        "(SELECT group_concat(value, ' ') FROM (SELECT DISTINCT l.value FROM charge c, json_each(c.label) l"
        " WHERE c.invoice_id = t.id))",
    ),
    extra={
        "kind": "t.kind",
        "currency": "t.currency",
        "vat": "t.vat_cents",
        "due": "t.due_on",
        "paid": "t.paid_on",
        "certified": "t.certified_sha256",
    },
    follows={Charge: ("t.id = ?", "invoice_id"), Organisation: ("t.bill_to_id = ?", "id")},
)

CHARGES = Index(
    "charge",
    Charge,
    row="t.id",
    join="JOIN organisation o ON o.id = t.bill_to_id LEFT JOIN invoice i ON i.id = t.invoice_id"
    " LEFT JOIN subscription s ON s.id = t.subscription_id",
    keys=(
        Key("buyer", "o.name"),
        Key("product", "coalesce(json_extract(t.label, '$.fr'), json_extract(t.label, '$.en'))"),
        Key("starts", "t.from_on", DAY),
        Key("quantity", "t.quantity", NUMBER),
        Key("unit", "t.unit_cents", NUMBER),
        Key("net", "t.net_cents", NUMBER),
        Key("invoice", f"CASE WHEN i.id IS NULL THEN NULL ELSE {_NUMBERED.format('i')} END"),
    ),
    also=(
        "CAST(s.number AS TEXT)",
        "(SELECT group_concat(value, ' ') FROM json_each(t.label))",
        *_amounts("t.net_cents"),
    ),
    extra={
        "label": "t.label",
        "kind": "t.kind",
        "ends": "t.to_on",
        "numerator": "t.numerator",
        "denominator": "t.denominator",
        "discount": "t.discount_bp",
        "currency": "t.currency",
        "subscription": "s.number",
    },
    follows={Invoice: ("t.invoice_id = ?", "id"), Organisation: ("t.bill_to_id = ?", "id")},
)

QUOTES = Index(
    "quote",
    Quote,
    row="t.number",
    join="JOIN subscription s ON s.id = t.subscription_id JOIN organisation o ON o.id = s.holder_id"
    " JOIN product p ON p.id = s.product_id",
    keys=(
        Key("buyer", "o.name"),
        Key("product", "p.reference"),
        Key("about", "CAST(s.number AS TEXT)"),
        Key(
            "state",
            "CASE WHEN t.order_line_id IS NOT NULL THEN 'ordered' WHEN t.withdrawn_at IS NOT NULL THEN 'withdrawn'"
            " WHEN t.refused_at IS NOT NULL THEN 'refused' ELSE 'open' END",
            WORD,
            QuoteState,
        ),
        Key("sent", "t.made_at", TIME),
        Key("valid", "t.valid_until", DAY),
        Key("net", "t.net_cents", NUMBER),
    ),
    also=(*_amounts("t.net_cents"), "(SELECT group_concat(value, ' ') FROM json_each(p.title))"),
    extra={"currency": "t.currency", "title": "p.title", "why": "t.refused_why"},
    follows={
        Subscription: ("t.subscription_id = ?", "id"),
        Organisation: ("t.subscription_id IN (SELECT id FROM subscription WHERE holder_id = ?)", "id"),
    },
)
