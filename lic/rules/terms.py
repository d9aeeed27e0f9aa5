"""Terms of sale in versions: what somebody accepted is never changed, a new version is made (004-07)."""

from peewee import JOIN, fn

from lic.models import N_, Consent, Product, Terms, tx
from lic.rules import Reason, journal, refuse_if

GENERAL, PARTICULAR, PRODUCT = "general", "particular", "product"
LABELS = {
    GENERAL: N_("General terms"),
    PARTICULAR: N_("Particular terms"),
    PRODUCT: N_("Terms of use of a product"),
}


def all_of_them():
    """Every version, the newest of each first."""
    query = Terms.select(Terms, Product).join(Product, JOIN.LEFT_OUTER)
    return list(query.order_by(Terms.code, Terms.product, Terms.valid_from.desc(), Terms.id.desc()))


def why_not_version(code, product, version, terms=None):
    """Why there cannot be this version of these terms."""
    if (code == PRODUCT) != (product is not None):
        return Reason(N_("Terms of use belong to a product, the others to none."), rule="004-07")
    same = Terms.select().where(
        Terms.code == code,
        Terms.product == product if product else Terms.product.is_null(),
        fn.lower(Terms.version) == version.lower(),
    )
    if any(terms is None or other.id != terms.id for other in same):
        return Reason(N_("There is already a version %(version)s of these terms."), version=version, rule="004-07")
    return None


def why_not_change(terms):
    """Why a version stays as it is: somebody agreed to exactly these words."""
    with_it = Consent.select().where(Consent.terms == terms.id).count()
    if with_it:
        return Reason(N_("This version was accepted with an order; make a new version instead."), rule="004-07")
    return None


def new(by, at, **given):
    """given: code, product, version, valid_from, title and body in each language."""
    with tx():
        refuse_if(why_not_version(given["code"], given["product"], given["version"]))
        terms = Terms.create(**given)
        journal.record("terms.made", terms, by=by, at=at, after=told(terms))
    return terms


def change(terms, by, at, **given):
    with tx():
        terms = terms.again()
        refuse_if(why_not_change(terms))
        before = told(terms)
        for name, value in given.items():
            setattr(terms, name, value)
        refuse_if(why_not_version(terms.code, terms.product, terms.version, terms))
        terms.save()
        journal.record("terms.changed", terms, by=by, at=at, before=before, after=told(terms))
    return terms


def told(terms):
    """What the audit trail keeps."""
    return {
        "code": terms.code,
        "product": terms.product and terms.product.reference,
        "version": terms.version,
        "from_on": terms.valid_from.isoformat(),
        "title": terms.title,
        "body": terms.body,
    }
