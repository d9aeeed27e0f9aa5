"""The people and addresses of another organisation, as those who serve it keep them (002-08, 002-50)."""

from flask import Blueprint, url_for

from lic.listing import people as lists
from lic.web import people
from lic.web.guard import DISTRIBUTOR_ADMINISTRATORS, SELLER_ADMINISTRATORS, SELLERS, allow

bp = Blueprint("people", __name__, url_prefix="/organisations/<number:number>")


@bp.get("/users", endpoint="users")
@allow(SELLERS)
def user_list(number):
    company = people.kept(number)
    return lists.users(company).screen("people/users.html", organisation=company, back=people.home_of(company))


@bp.get("/users/export.<kind>")
@allow(SELLERS)
def export_users(number, kind):
    return lists.users(people.kept(number)).export(kind)


@bp.route("/users/new", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS, fresh=True)
def new_user(number):
    company = people.kept(number)
    return people.new_user(company, "people/user.html", people.home_of(company))


@bp.route("/users/<number:user>", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS, fresh=True)
def user(number, user):
    company = people.kept(number)
    return people.change_user(company, people.user_of(company, user), "people/user.html", people.home_of(company))


@bp.post("/users/<number:user>/invitation")
@allow(SELLER_ADMINISTRATORS, fresh=True)
def invite(number, user):
    company = people.kept(number)
    return people.invite(people.user_of(company, user), people.home_of(company))


@bp.post("/users/<number:user>/deactivation")
@allow(SELLER_ADMINISTRATORS, fresh=True)
def deactivate(number, user):
    company = people.kept(number)
    return people.deactivate(people.user_of(company, user), people.home_of(company))


@bp.post("/users/<number:user>/reactivation")
@allow(SELLER_ADMINISTRATORS, fresh=True)
def reactivate(number, user):
    company = people.kept(number)
    return people.reactivate(people.user_of(company, user), people.home_of(company))


@bp.post("/users/<number:user>/second-factor-removal")
@allow(DISTRIBUTOR_ADMINISTRATORS, fresh=True)
def remove_second_factor(number, user):
    company = people.kept(number)
    return people.remove_second_factor(people.user_of(company, user), url_for(".user", number=number, user=user))


@bp.get("/addresses", endpoint="addresses")
@allow(SELLERS)
def address_list(number):
    company = people.kept(number)
    shown = {"organisation": company, "back": people.home_of(company), "said": lists.in_one_line}
    return lists.addresses(company).screen("people/addresses.html", **shown)


@bp.get("/addresses/export.<kind>")
@allow(SELLERS)
def export_addresses(number, kind):
    return lists.addresses(people.kept(number)).export(kind)


@bp.route("/addresses/new", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS)
def new_address(number):
    company = people.kept(number)
    return people.new_address(company, "people/address.html", people.home_of(company))


@bp.route("/addresses/<number:address>", methods=["GET", "POST"])
@allow(SELLER_ADMINISTRATORS)
def address(number, address):
    company = people.kept(number)
    found = people.address_of(company, address)
    return people.change_address(company, found, "people/address.html", people.home_of(company))


@bp.post("/addresses/<number:address>/removal")
@allow(SELLER_ADMINISTRATORS)
def remove_address(number, address):
    company = people.kept(number)
    return people.remove_address(people.address_of(company, address), people.home_of(company))
