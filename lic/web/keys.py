"""The key a form carries, so that what it asks for is done once however often it is sent (safety.md 28)."""

import hashlib
import secrets

from flask import request


def form_key():
    """What a form is known by; one that is shown again, with what is wrong in it, keeps it."""
    return request.form.get("key") or secrets.token_urlsafe(16)


def sent_key():
    """The key of the form that was sent, with what it says: filled in otherwise, a page asks for another thing."""
    key = request.form.get("key", "")[:64]
    said = sorted((name, value) for name, value in request.form.items(multi=True) if name != "key")
    return key and f"{key}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"
