"""Who answers requests about a service: people of its own, or the distributor's administrators (004-27)."""

from lic.models import EVERYBODY, N_, Organisation, OrganisationKind, SupportPerson, User, UserType, scope
from lic.rules import Reason, refuse_if


def candidates():
    """The distributor's people who may answer incidents."""
    acts = (User.type == UserType.ADMINISTRATOR) | (User.may_declare == True)  # noqa: E712
    with scope(EVERYBODY):  # whoever writes to them
        house = Organisation.select(Organisation.id).where(Organisation.kind == OrganisationKind.DISTRIBUTOR)
        query = User.select().where(User.organisation.in_(house), User.active == True, acts)  # noqa: E712
        return list(query.order_by(User.id))


def of(product):
    """Those who answer for it; nobody: the distributor's administrators do."""
    chosen = {row.user_id for row in SupportPerson.select().where(SupportPerson.product == product.id)}
    return [user for user in candidates() if user.id in chosen] if chosen else []


def services(user):
    """The products this person answers for."""
    return tuple(row.product_id for row in SupportPerson.select().where(SupportPerson.user == user.id))


def keep(product, people):
    """These people answer for a product, within the caller's transaction."""
    if not {user.id for user in people} <= {user.id for user in candidates()}:
        refuse_if(Reason(N_("Only people of the distributor who may answer incidents can be chosen."), rule="004-27"))
    SupportPerson.delete().where(SupportPerson.product == product.id).execute()
    for user in people if product.is_service else ():
        SupportPerson.create(product=product, user=user)
