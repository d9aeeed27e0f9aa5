"""What must be done before licences of a service are given up, confirmed step by step (004-17, 004-19)."""

from lic.models import N_
from lic.rules import Reason, refuse_if

ENGLISH = "en"


def steps(product, language):
    """The steps in a language, none for most products."""
    told = product.checklist or {}
    return list(told.get(language) or told.get(ENGLISH) or next(iter(told.values()), ()))


def why_not_done(product, done):
    """Why licences of this product are not given up yet, or None. done: the places of the steps that were ticked."""
    if set(range(len(steps(product, ENGLISH)))) <= set(done):
        return None
    return Reason(N_("Tick what must be done first: every box of the list."), rule="004-19")


def confirmed(product, done, by):
    """What the journal keeps of it; refuses what is not done."""
    refuse_if(why_not_done(product, done))
    told = steps(product, by.language)
    return {"checklist": told} if told else {}
