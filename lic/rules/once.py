"""A form is carried out once for each key it carries, however often it is sent (safety.md 28)."""

from lic.models import SentForm, tx


def answered(by, key):
    """What a form of this person with this key was answered with, or None as long as it is new."""
    return SentForm.get_or_none(SentForm.key == f"{by.id}:{key}") if key else None


def carry_out(by, key, at, verb):
    """The verb in one transaction with its key; returns the number of what it made, then and whenever it is sent again.

    A refusal leaves the key as it was: the form may be sent again.
    """
    with tx():
        if before := answered(by, key):
            return before.answer
        made = getattr(verb(), "number", None)
        if key:
            SentForm.create(key=f"{by.id}:{key}", answer=made, at=at.utc)
        return made
