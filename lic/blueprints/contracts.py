"""Contracts: the list."""

from flask import Blueprint

from lic.web.guard import EVERYONE, allow

bp = Blueprint("contracts", __name__, url_prefix="/contracts")


@bp.get("")
@allow(EVERYONE)
def index():
    return "contracts"
