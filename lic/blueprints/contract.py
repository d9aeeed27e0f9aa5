"""One contract: what it covers and until when, its extensions, its customer; and recording one (002-22..29, 002-08)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.models import Address, Contract, Organisation, Product
from lic.rules import Refused, cart, contracts, journal, recording
from lic.web import clock, errors, kept, words
from lic.web.contract_forms import ROWS, Articles, RecordingForm
from lic.web.guard import (
    BUYER_ADMINISTRATORS,
    CUSTOMER_ADMINISTRATORS,
    DISTRIBUTOR_ADMINISTRATORS,
    EVERYONE,
    PRICED,
    SELLER_ADMINISTRATORS,
    allow,
    is_allowed,
    may,
)
from lic.web.screen import is_partial, screen

bp = Blueprint("contract", __name__, url_prefix="/contracts")


# --- the page ------------------------------------------------------------------------------------


@bp.get("/<number:number>")
@allow(EVERYONE)
def show(number):
    return kept.page("contract/show.html", lambda: _shown(contracts.numbered(number), clock.today()))


def _shown(contract, today):
    return {
        "contract": contract,
        "state": contracts.state(contract, today),
        "progress": contracts.progress(contract, today),
        "until": contracts.extendable_until(contract),
        "articles": contracts.articles(contract),
        "coverages": contracts.coverages(contract),
        "address": _main_address(contract.customer_id),
        "offers": [(offer, *_action(contract, offer, today)) for offer in contracts.offers(contract, today)],
        "sees_prices": is_allowed(PRICED),
        "is_taken_back": may("contract.take_back") and not contracts.why_not_take_back(contract),
        "is_safe": recording.is_safe,
        "countries": words.countries(words.language()),
        "events": journal.history(contract),
    }


def _action(contract, offer, today):
    """What this person may do with an extension, and why not now: ("order" | "ask" | None, a Reason or None)."""
    if is_allowed(BUYER_ADMINISTRATORS):
        return "order", cart.why_not_add(current_user, offer.product, 1, today, contract=contract)
    if is_allowed(CUSTOMER_ADMINISTRATORS):
        return "ask", contracts.why_not_ask(contract, offer.product, today)
    return None, None


@bp.app_template_global("may_give")
def may_give(contract):
    """Whether this person gives the contract its customer."""
    return contract.customer_id is None and is_allowed(SELLER_ADMINISTRATORS)


@bp.app_template_global("candidates_for")
def candidates_for(contract):
    return contracts.candidates(contract)


def _main_address(customer):
    here = Address.select().where(Address.organisation == customer, Address.removed_at.is_null())
    return here.order_by(Address.id).first()


@bp.post("/<number:number>/customer")
@allow(SELLER_ADMINISTRATORS)
def give_customer(number):
    contract = Contract.get(Contract.number == number)
    customer = _asked(Organisation, "customer")
    contracts.give(contract, customer, by=current_user, at=clock.now())
    flash(_("The contract now belongs to %(name)s.", name=customer.name))
    then = "incidents.new" if request.form.get("then") == "incident" else ".show"  # what waited for it goes on (002-30)
    return redirect(url_for(then, number=number), 303)


@bp.post("/<number:number>/customer/withdrawal")
@allow(SELLER_ADMINISTRATORS)
def take_back(number):
    contracts.take_back(Contract.get(Contract.number == number), by=current_user, at=clock.now())
    flash(_("This contract has no customer any more; give it to the right one."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/extension-requests")
@allow(CUSTOMER_ADMINISTRATORS)
def ask(number):
    contract = Contract.get(Contract.number == number)
    contracts.ask(contract, _asked(Product, "product"), by=current_user, at=clock.now())
    flash(_("Your reseller has been told and will get in touch with you."))
    return redirect(url_for(".show", number=number), 303)


def _asked(model, name):
    """The record a form names by its id, within what this person may see."""
    text = request.form.get(name, "")
    return model.get(model.id == (int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0))


# --- recording and correcting --------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def new():
    form, articles = RecordingForm.asked(clock.today()), Articles.asked(ROWS)
    if request.method == "GET" and is_partial():
        return _known()
    if request.method != "POST" or articles.wants_more:
        return _recording(form, articles, 200)
    if not (form.validate() & articles.validate()):
        return _recording(form, articles, 422)
    doubts, sure = form.doubts(articles.covered)
    if doubts:
        return _recording(form, articles, 422, doubts=doubts, sure=sure)
    contract = form.record(articles.covered, by=current_user, at=clock.now())
    flash(_("Contract no. %(number)s is recorded.", number=contract.number))
    return redirect(url_for(".show", number=contract.number), 303)


def _recording(form, articles, status, refused=None, doubts=(), sure=""):
    given = {"refused": refused, "doubts": doubts, "sure": sure}
    return render_template("contract/new.html", form=form, articles=articles, **given), status


def _known():
    """The customers one may mean, as the name is typed (002-12)."""
    chosen, typed = request.args.get("reseller", ""), request.args.get("customer", "")
    known = chosen.isascii() and chosen.isdigit() and Organisation.get_or_none(Organisation.id == int(chosen[:18]))
    return screen("contract/new.html", "known", known=recording.known_customers(known, typed) if known else [])


@bp.route("/<number:number>/edit", methods=["GET", "POST"])
@allow(DISTRIBUTOR_ADMINISTRATORS)
def edit(number):
    contract = Contract.get(Contract.number == number)
    articles = Articles.asked(2, contracts.articles(contract))
    if request.method != "POST" or articles.wants_more:
        return _correcting(contract, articles, 200)
    if not articles.validate():
        return _correcting(contract, articles, 422)
    recording.correct(contract, articles.covered, by=current_user, at=clock.now())
    flash(_("The articles are corrected."))
    return redirect(url_for(".show", number=number), 303)


def _correcting(contract, articles, status, refused=None):
    return render_template("contract/edit.html", contract=contract, articles=articles, refused=refused), status


@bp.errorhandler(Refused)
def refused(error):
    """A form that was refused stays as it was typed, with the sentence on top."""
    said = words.tell(error.reason)
    if request.endpoint == "contract.new":
        return _recording(RecordingForm.asked(clock.today()), Articles.asked(ROWS), 422, said)
    if request.endpoint == "contract.edit":
        contract = Contract.get(Contract.number == request.view_args["number"])
        return _correcting(contract, Articles.asked(2, contracts.articles(contract)), 422, said)
    return errors.tell(422, said)
