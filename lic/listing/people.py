"""An organisation's people and addresses as lists, for itself and for those who serve it (002-58, 002-60)."""

from flask_babel import gettext, pgettext

from lic.listing.columns import Choice, Column, Filter
from lic.listing.pages import Listing
from lic.listing.rows import Small
from lic.models import N_, NC_, NN_, UserType
from lic.rules import addresses as kept
from lic.web import people, words


def _type(user):
    said = words.word(user.type)
    declares = gettext("incidents")
    return f"{said}, {declares}" if user.may_declare and not user.is_administrator else said


def _access(user):
    if not user.active:
        return pgettext("access", "Without access")
    return pgettext("access", "Active") if user.password else gettext("Invited")


def in_one_line(address):
    """As it is printed on a parcel, the country in capitals (002-64)."""
    place = f"{address.postcode} {address.city}{f' - {address.region}' if address.region else ''}"
    place = f"{place} {words.country(address.country).upper()}"
    return ", ".join(filter(None, (address.street, address.complement, address.district, place)))


USER = (
    Column("last_name", N_("Last name")),
    Column("first_name", N_("First name")),
    Column("type", N_("Type"), value=_type),
    Column("identifier", N_("Username")),
    Column("access", N_("Access"), value=_access),
)
REACHED = (Column("email", N_("Email")), Column("phone", N_("Phone")))
ADDRESS = (
    Column("label", N_("Label")),
    Column("address", N_("Address"), value=in_one_line),
    Column("phone", N_("Phone")),
    Column("email", N_("Email")),
)


def users(organisation):
    return Listing(
        "users",
        Small(lambda: people.users_of(organisation), (*USER, *REACHED)),
        USER,
        sort="last_name",
        counted=NN_("%(count)s user", "%(count)s users"),
        filters=(
            Filter(
                "access",
                N_("Access"),
                (
                    Choice("", NC_("users", "All")),
                    Choice("open", NC_("access", "With access"), lambda today: {"only": (("active", (True,)),)}),
                    Choice("closed", NC_("access", "Without access"), lambda today: {"only": (("active", (False,)),)}),
                ),
            ),
            Filter.of("type", N_("Type"), UserType, N_("Every type")),
        ),
        also=REACHED,
    )


def addresses(organisation):
    return Listing(
        "addresses",
        Small(lambda: kept.of(organisation), ADDRESS),
        ADDRESS,
        sort="label",
        counted=NN_("%(count)s address", "%(count)s addresses"),
    )
