"""Subscriptions: the list with its views, one subscription, and what is done with it without an order (003-26..28)."""

import json
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic import search
from lic.listing import Choice, Column, Filter, Large, Listing
from lic.models import N_, NC_, NN_, Course, ScheduledChange, SubscriptionType
from lic.rules import requests, subscriptions, wishes
from lic.rules.calendar import status
from lic.web import clock, frame, kept, people_page, subscription_page, words
from lic.web.guard import (
    BUYER_ADMINISTRATORS,
    BUYERS,
    CUSTOMER_ADMINISTRATORS,
    DISTRIBUTOR_ADMINISTRATORS,
    EVERYONE,
    allow,
    is_allowed,
)

bp = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")

ONE_DAY = timedelta(days=1)


def _ready(today):
    """Its days to renew have come, it still runs, and nobody renews it but a person (003-14, Q)."""
    return {"only": (("course", (Course.OPEN,)),), "spans": (("opens", None, today), ("ends", today, None))}


def _expired(today):
    """Within its days of grace (003-15, Q)."""
    return {"spans": (("ends", None, today - ONE_DAY), ("until", today, None))}


def _inventory(today):
    """What is there: it runs, will run, or is in its days of grace (003-26)."""
    return {"spans": (("until", today, None),)}


LIST = Listing(
    "subscriptions",
    Large(search.SUBSCRIPTIONS),
    columns=(
        Column("number", N_("#")),
        Column("product", N_("Product"), value=lambda row: f"{row.product}, {words.word(_title(row))}"),
        Column("customer_name", N_("Customer")),
        Column("project", N_("Project")),
        Column("type", N_("Type")),
        Column("seats", N_("Seats"), end=True),
        Column("ends", N_("End")),
    ),
    sort="-number",
    counted=NN_("%(count)s subscription", "%(count)s subscriptions"),
    filters=(
        Filter(
            "view",
            N_("View"),
            (
                Choice("", NC_("subscriptions", "All")),
                Choice("ready", N_("Ready to renew"), _ready),
                Choice("expired", N_("Recently expired"), _expired),
                Choice("inventory", N_("Inventory"), _inventory),
            ),
        ),
        Filter.of("type", N_("Type"), list(SubscriptionType), N_("All types")),
    ),
)


@frame.counted("renewals")
def renewals():
    """Those to renew now."""
    if not is_allowed(BUYERS):
        return 0
    today = clock.today()
    return search.find(search.SUBSCRIPTIONS, search.Query(**_ready(today), today=today), limit=1).count


@bp.get("")
@allow(EVERYONE)
def index():
    shown = {"standing": _standing, "title": _title, "renews": _renews}
    return LIST.screen("subscriptions/index.html", **shown, waiting=wishes.waiting)


@bp.get("/export.<kind>")
@allow(EVERYONE)
def export(kind):
    return LIST.export(kind)


def _title(row):
    """The product's name, in every language."""
    return json.loads(row.title)


def _standing(row):
    """(tone, words, shape) of a row's badge: what its own page says."""
    today = clock.today()
    now = status(date.fromisoformat(row.starts), row.ends, row.grace_days, today, row.course is Course.CANCELLED)
    return subscription_page.badge(now, row.ends, row.grace_days, today, bool(row.suspended))


def _renews(row):
    """Whether the row has a button to renew: what renews itself, is cancelled, sold elsewhere or lapsed has none."""
    return row.course is Course.OPEN and not row.sold_by and row.opens <= clock.today() <= row.until


@bp.get("/alignment")
@allow(BUYER_ADMINISTRATORS)
def choose():
    """Which subscriptions are to end together: several in one order (O, Co-termination)."""
    return kept.page("subscriptions/alignment.html", lambda: subscription_page.alignable(clock.today()))


# --- one -------------------------------------------------------------------------------------------


@bp.get("/<number:number>")
@allow(EVERYONE)
def show(number):
    return kept.page("subscriptions/show.html", lambda: _shown(subscriptions.numbered(number), clock.today()))


def _shown(subscription, today):
    people = people_page.of(subscription, current_user, today, request.args.get("who", ""))
    return subscription_page.of(subscription, current_user, today) | {"people": people}


@bp.post("/<number:number>/requests")
@allow(CUSTOMER_ADMINISTRATORS)
def ask(number):
    subscription = subscriptions.numbered(number)
    wanted = {one.value: one for one in requests.Wanted}.get(request.form.get("wanted")) or abort(400)
    requests.ask(subscription, wanted, current_user, clock.now())
    flash(_("Your reseller has been told and will get in touch with you."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/automatic-renewal")
@allow(BUYER_ADMINISTRATORS)
def auto_renew(number):
    subscription = subscriptions.numbered(number)
    wanted = {"yes": True, "no": False}.get(request.form.get("wanted"))
    if wanted is None:
        abort(400)
    subscriptions.auto_renew(subscription, wanted, current_user, clock.now())
    flash(_("It renews itself from now on.") if wanted else _("It ends unless somebody renews it."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/cancellation/withdrawal")
@allow(BUYER_ADMINISTRATORS)
def keep(number):
    subscriptions.keep(subscriptions.numbered(number), current_user, clock.now())
    flash(_("The cancellation is withdrawn."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/changes/<number:change>/withdrawal")
@allow(BUYER_ADMINISTRATORS)
def drop(number, change):
    subscription = subscriptions.numbered(number)
    planned = ScheduledChange.get(ScheduledChange.id == change, ScheduledChange.subscription == subscription.id)
    subscriptions.drop(planned, current_user, clock.now())
    flash(_("The scheduled change is withdrawn."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/suspension")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def suspend(number):
    subscriptions.suspend(subscriptions.numbered(number), request.form.get("text", ""), current_user, clock.now())
    flash(_("The subscription is suspended."))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number:number>/suspension/end")
@allow(DISTRIBUTOR_ADMINISTRATORS)
def resume(number):
    subscriptions.resume(subscriptions.numbered(number), current_user, clock.now())
    flash(_("The suspension is over."))
    return redirect(url_for(".show", number=number), 303)
