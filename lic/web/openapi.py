"""What the interface for programs says of itself: OpenAPI 3.1, complete and public (issue 3, point 7)."""

from lic.rules import order_previews

DATE = {"type": "string", "format": "date"}
AMOUNT = {"type": "string", "pattern": r"^-?\d+\.\d{2}$", "description": "A decimal amount, in the currency given."}
TYPE = {"type": "string", "enum": ["monthly", "annual", "term"]}
PLAN = {"type": "string", "enum": ["standard", "premium", "premium_plus"]}
QUANTITY = {"type": "integer", "minimum": 1, "maximum": 100000}
MONTHS = {"type": "integer", "minimum": 1, "maximum": 120}


def _or_null(schema):
    return {"anyOf": [schema, {"type": "null"}]}


def _object(required=(), **properties):
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


def _told(text, **schema):
    return schema | {"description": text}


SUPPOSED = _object(
    ("product", "type", "quantity", "starts_on"),
    product=_told("A product's reference.", type="string"),
    type=TYPE,
    quantity=QUANTITY,
    starts_on=DATE,
    ends_on=_told("Its last day; of an annual one a year after it began, if absent.", **DATE),
    months=_told("Of a term, instead of ends_on.", **MONTHS),
    plan=_told("The software assurance it is under, to the same end.", **PLAN),
)
ONE = {
    "oneOf": [{"type": "integer", "description": "The number of a subscription of yours."}, SUPPOSED],
}
CENTRES = {
    "type": "array", "minItems": 1, "maxItems": 100,
    "description": "Billing centres with their seats, which sum to those paid for: the added ones, else all of them.",
    "items": _object(("name", "seats"), name={"type": "string"}, seats={"type": "integer", "minimum": 0}),
}  # fmt: skip
REQUEST = _object(
    ("operation",),
    operation={"type": "string", "enum": list(order_previews.OPERATIONS)},
    product=_told("The reference of what is ordered; of change_type, what it becomes.", type="string"),
    type=_told("Of a new subscription; of change_type, what it becomes.", **TYPE),
    quantity=_told("Seats or licences: new, more, or less; of a renewal, how many are renewed.", **QUANTITY),
    on=_told("The day asked for: today if absent; of a new one, starts_on if that is earlier.", **DATE),
    starts_on=_told("Of a new subscription, if it begins later than `on`.", **DATE),
    ends_on=_told("Of a term, new or renewed; the common end; of an extension, the warranty's last day.", **DATE),
    months=_told("Of a term, instead of ends_on; else of the software assurance.", **MONTHS),
    assurance_months=_told("Of a new subscription's assurance; its own length if absent.", **MONTHS),
    plan=_told("The software assurance wanted.", **PLAN),
    subscription=ONE,
    subscriptions={"type": "array", "items": ONE, "minItems": 1, "maxItems": 50, "description": "Of coterminate."},
    contract=_told("Of extend: the number of a contract of yours, instead of ends_on.", type="integer"),
    centres=CENTRES,
    price_list=_told("The name of a list; for the distributor's people, who must give it.", type="string"),
)
LINE = _object(
    ("label", "product", "from", "to", "quantity", "unit_price", "fraction", "discount", "net"),
    label={"type": "string"},
    product={"type": "string"},
    **{"from": _or_null(DATE), "to": _or_null(DATE)},
    quantity={"type": "integer"},
    unit_price=AMOUNT,
    fraction=_told(
        "[numerator, denominator]: net = quantity × unit_price × fraction × (1 − discount), rounded once.",
        type="array",
        items={"type": "integer"},
        minItems=2,
        maxItems=2,
    ),
    discount=_told("A part of 1, like 0.05.", type="string"),
    net=AMOUNT,
    centres=_told("Its net split over `centres`, in their order.", type="array", items=AMOUNT),
    at_once=_told("Charged at approval; else on the 1st after its days, or on which it begins.", type="boolean"),
    owed_anyway=_told("Charged whether or not this is ordered: it stands on the same invoice.", type="boolean"),
)
PREVIEW = _object(
    ("lines", "net", "vat", "gross", "currency", "effective_on", "ends_on"),
    operation={"type": "string"},
    lines={"type": "array", "items": LINE},
    net=_told("The sum of the lines.", **{k: v for k, v in AMOUNT.items() if k != "description"}),
    vat=AMOUNT,
    gross=AMOUNT,
    currency=_told("ISO 4217.", type="string"),
    monthly=_told("What each full month costs from then on, without VAT.", type="string"),
    quantity=_told("Seats afterwards; licences with their bonus.", type="integer"),
    effective_on=DATE,
    ends_on=_or_null(DATE),
    centres=_told(
        "The billing centres asked about, each with its part of the net: largest remainder, line by line.",
        type="array",
        items=_object(("name", "seats", "net"), name={"type": "string"}, seats={"type": "integer"}, net=AMOUNT),
    ),
    notes=_told("What stays scheduled.", type="array", items={"type": "string"}),
)
REFUSED = _object(
    ("refused", "rule", "possible_from"),
    refused=_told("Why, in the language of the token's person.", type="string"),
    rule=_or_null({"type": "string"}),
    possible_from=_or_null(DATE),
)
ERROR = _object(
    ("error",),
    error=_told(
        "What is wrong, in the language of the token's person; without one as Accept-Language says.", type="string"
    ),
    field=_told("Of a malformed body.", type="string"),
    request=_or_null(_told("The number of the request, for support.", type="string")),
)
EXAMPLE = {
    "operation": "add_seats",
    "quantity": 5,
    "on": "2026-11-02",
    "subscription": {
        "product": "IMP-DWA", "type": "annual", "quantity": 20, "starts_on": "2026-03-15", "ends_on": "2027-03-14",
    },
}  # fmt: skip


def _answer(text, schema):
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def described(server):
    """The whole document. server: the address of this portal."""
    errors = {
        "400": "The body is no JSON object, or a field is no such thing.",
        "401": "No valid token.",
        "403": "This person sees no prices.",
        "404": "No such subscription or contract, or not yours.",
        "413": "More than 64 KiB.",
        "429": "More than 120 requests a minute; Retry-After says how long to wait.",
        "503": "The portal is busy.",
    }
    answers = {"200": _answer("Exactly what ordering this would cost and change.", "Preview")}
    answers["422"] = _answer("The rules refuse it, and say why.", "Refused")
    answers |= {status: _answer(text, "Error") for status, text in errors.items()}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}, "example": EXAMPLE}}
    preview = {
        "summary": "What an operation would cost and change; nothing is ordered.",
        "operationId": "previewOrder",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": body},
        "responses": dict(sorted(answers.items())),
    }
    this = {
        "summary": "This document.",
        "operationId": "describe",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {}}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Partner portal", "version": "1.0.0"},
        "servers": [{"url": server}],
        "paths": {"/api/v1/order-previews": {"post": preview}, "/api/v1/openapi.json": {"get": this}},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made and revoked in /settings/tokens."}
            },
            "schemas": {"Request": REQUEST, "Preview": PREVIEW, "Refused": REFUSED, "Error": ERROR},
        },
    }
