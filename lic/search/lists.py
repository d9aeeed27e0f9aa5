"""What each list searches: its columns, and whose changes reach its rows. Another list is another `Index` here."""

from lic.models import (
    Activation,
    ActivationState,
    Article,
    Contract,
    Coverage,
    Incident,
    IncidentState,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Product,
    Turn,
    User,
)
from lic.search.index import DAY, NUMBER, TIME, WORD, Index, Key, Person


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

CUSTOMERS = Index(
    "customer",
    Organisation,
    row="t.id",
    join="JOIN organisation r ON r.id = t.reseller_id",
    where="t.kind = 'customer' AND t.cancelled_at IS NULL",
    keys=(
        Key("name", "t.name"),
        Key("phone", "t.phone"),
        Key("email", "t.email"),
    ),
    also=("t.tax_number", _as_written("t")),
    live={  # those in force today (002-51)
        "contracts": "(SELECT count(*) FROM contract c WHERE c.customer_id = t.id"
        " AND c.starts_on <= :today AND c.ends_on >= :today)"
    },
    extra={"country": "t.country", "tax_number": "t.tax_number", "direct": "t.direct", "reseller_name": "r.name"},
    reseller="t.reseller_id",
    customer="t.id",
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
        Key("total", "t.net_cents + t.monthly_cents", NUMBER),
    ),
    also=(
        "printf('%.2f', (t.net_cents + t.monthly_cents) / 100.0)",
        "replace(printf('%.2f', (t.net_cents + t.monthly_cents) / 100.0), '.', ',')",
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
        Key("turn", "t.turn", WORD, Turn),
        Person("declarer", "t.declared_by_id", WORD),
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
    follows={Organisation: ("t.customer_id = ?", "id")},
)
