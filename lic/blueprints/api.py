"""The interface for programs: order previews by the engine every screen uses, and its description."""

from flask import Blueprint, jsonify, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from lic.rules import order_previews, pricing
from lic.web import clock, openapi, programs, texts, words
from lic.web.guard import ANYONE, PRICED, allow

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.app_errorhandler(order_previews.Malformed)
def malformed(error):
    said = _("%(field)s: %(reason)s", field=error.field, reason=words.tell(error.reason))
    return programs.tell(400, said, field=error.field)


@bp.post("/order-previews")
@allow(PRICED, token=True)
def order_previews_create():
    request.max_content_length = programs.LARGEST
    if wait := programs.seconds_to_wait():
        said = ngettext("Too many requests: wait %(num)s second.", "Too many requests: wait %(num)s seconds.", wait)
        return programs.tell(429, said, {"Retry-After": str(wait)})
    body = programs.read()
    if not texts.is_readable(body):
        texts.refuse()
    return jsonify(_shown(order_previews.answer(current_user, body, clock.today())))


@bp.get("/openapi.json")
@allow(ANYONE)
def describe():
    return jsonify(openapi.described(request.host_url.rstrip("/")))


def _shown(answer):
    found, totals = answer.preview, answer.preview.totals
    return {
        "operation": found.operation,
        "lines": [_line(item, answer) for item in found.items],
        "net": str(totals.net),
        "vat": str(totals.vat),
        "gross": str(totals.gross),
        "currency": found.currency,
        "monthly": str(found.monthly),
        "quantity": found.quantity,
        "effective_on": found.effective_on.isoformat(),
        "ends_on": found.ends_on and found.ends_on.isoformat(),
        "centres": _centres(answer),
        "notes": [words.tell(note) for note in found.notes],
    }


def _centres(answer):
    """Each billing centre with its part of every line, summed."""
    parts = list(zip(*(answer.split(item.line) for item in answer.preview.items), strict=True))
    parts = parts or [()] * len(answer.centres)
    return [
        {"name": name, "seats": seats, "net": str(sum(nets, pricing.ZERO))}
        for (name, seats), nets in zip(answer.centres, parts, strict=True)
    ]


def _line(item, answer):
    line = item.line
    return {
        "label": f"{words.word(item.product)}: {words.word(item.kind)}",
        "product": item.product.reference,
        "from": line.from_on and line.from_on.isoformat(),
        "to": line.to_on and line.to_on.isoformat(),
        "quantity": line.quantity,
        "unit_price": str(line.unit),
        "fraction": [line.numerator, line.denominator],
        "discount": str(line.discount),
        "net": str(line.net),
        "centres": [str(net) for net in answer.split(line)],
        "at_once": item.at_once,
        "owed_anyway": item.owed,
    }
