"""What forms carry unseen: a key, so that each is carried out once (safety.md 28), and what a button is about."""

import hashlib

from flask import abort, current_app, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import HiddenField

from lic.web import kept

LONGEST = 64  # of a key


class KeyField(HiddenField):
    """The key of a form with fields. No page of ours makes one that is too long."""

    def __init__(self, **options):
        super().__init__(default=kept.new_key, **options)

    def process_formdata(self, values):
        super().process_formdata(values)
        if len(self.data or "") > LONGEST:
            abort(422)


def form_key():
    """What a form is known by; one that is shown again, with what is wrong in it, keeps it."""
    return request.form.get("key") or kept.new_key()


def sent_key():
    """The key of the form that was sent, with what it says: filled in otherwise, a page asks for another thing."""
    key = request.form.get("key", "")[:LONGEST]
    said = sorted((name, value) for name, value in request.form.items(multi=True) if name != "key")
    return key and f"{key}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def signed(shape):
    """What a button is about, as this person's page showed it; nobody can make one up."""
    return _signer().dumps([current_user.id, shape])


def shown():
    """The shape of what the page of the button showed; None where it is no button of this person's."""
    try:
        person, shape = _signer().loads(request.form.get("shown", ""))
    except BadSignature:
        return None
    return shape if person == current_user.id else None


def _signer():
    return URLSafeSerializer(current_app.secret_key, salt="shown")
