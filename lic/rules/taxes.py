"""Tax numbers: text, checked by country, stored as letters and digits, shown in their usual form (rules.md Q)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stdnum.br import cnpj, cpf
from stdnum.fr import siren, siret, tva
from stdnum.pt import nif

from lic.models import N_
from lic.rules import Reason

LONGEST = 30  # of a number from a country we know no rule for


@dataclass(frozen=True)
class Kind:
    """One sort of number: the shape of its stored form, its check digits, and how it is grouped when shown."""

    name: str  # the same in every language
    shape: str
    checked: Callable
    groups: str  # one letter n for one character of the number

    def fits(self, stored):
        return re.fullmatch(self.shape, stored) is not None

    def holds(self, stored):
        return self.fits(stored) and not re.fullmatch(r"(.)\1+", stored) and self.checked(stored)

    def shown(self, stored):
        rest = iter(stored)
        return "".join(next(rest) if place == "n" else place for place in self.groups)


KINDS = {
    "FR": (
        Kind("SIREN", r"[0-9]{9}", siren.is_valid, "nnn nnn nnn"),
        Kind("SIRET", r"[0-9]{14}", siret.is_valid, "nnn nnn nnn nnnnn"),
        Kind("TVA", r"FR[0-9A-Z]{2}[0-9]{9}", tva.is_valid, "nn nn nnn nnn nnn"),
    ),
    "PT": (Kind("NIF", r"[0-9]{9}", nif.is_valid, "nnn nnn nnn"),),
    "BR": (
        Kind("CPF", r"[0-9]{11}", cpf.is_valid, "nnn.nnn.nnn-nn"),
        # letters since July 2026, but for the two check digits
        Kind("CNPJ", r"[0-9A-Z]{12}[0-9]{2}", cnpj.is_valid, "nn.nnn.nnn/nnnn-nn"),
    ),
}
LABELS = {"FR": N_("SIREN, SIRET or VAT number"), "PT": N_("NIF"), "BR": N_("CNPJ or CPF")}
EXAMPLES = {"FR": "732 829 320", "PT": "501 964 843", "BR": "11.222.333/0001-81"}


def label(country):
    """What a country calls it, to be translated."""
    return LABELS.get(country, N_("Tax number"))


def compact(country, number):
    """The form that is stored: capitals and digits, without the spaces and marks people type."""
    stored = re.sub(r"[\s.\-/\u2010-\u2015]", "", number or "").upper()
    if country == "PT":
        return stored.removeprefix("PT")
    if country == "FR" and re.fullmatch(r"[0-9A-Z]{2}[0-9]{9}", stored):
        return "FR" + stored  # a VAT number without its country
    return stored


def kind(country, number):
    """SIREN, SIRET, TVA, NIF, CPF or CNPJ; None for a number of no kind we check."""
    stored = compact(country, number)
    return next((kind.name for kind in KINDS.get(country, ()) if kind.fits(stored)), None)


def why_not(country, number, only=None):
    """Why this is no tax number of that country; none at all is allowed. `only`: the kinds accepted, as ("CNPJ",)."""
    stored = compact(country, number)
    if not stored:
        return None
    if country not in KINDS:
        if re.fullmatch(rf"[0-9A-Z]{{2,{LONGEST}}}", stored):
            return None
        return Reason(N_("A tax number has 2 to %(most)s letters and digits."), most=LONGEST, rule="Q")
    kinds = [kind for kind in KINDS[country] if not only or kind.name in only]
    if any(kind.holds(stored) for kind in kinds):
        return None
    names = " / ".join(kind.name for kind in kinds)
    if any(kind.fits(stored) for kind in kinds):
        return Reason(N_("This %(kinds)s is mistyped: its check digits do not agree."), kinds=names, rule="Q")
    wrong = N_("This is not a valid number (%(kinds)s), which looks like %(example)s.")
    return Reason(wrong, kinds=names, example=EXAMPLES[country], rule="Q")


def shown(country, number):
    """As people there write it; what is of no known shape (a masked number) stays as it is."""
    stored = number or ""
    return next((kind.shown(stored) for kind in KINDS.get(country, ()) if kind.fits(stored)), stored)
