"""Files: sent ahead of their form, added to an incident, downloaded, shown and deleted (002-37, 002-47, X14)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from lic.rules import Refused, files, incidents, refuse_if
from lic.web import clock, errors, incident_page, words
from lic.web.guard import ADMINISTRATORS, EVERYONE, allow
from lic.web.incident_forms import FilesForm
from lic.web.incident_page import find, found_to_act
from lic.web.uploads import Uploads, forget, send, takes_files

bp = Blueprint("files", __name__)


# --- ahead of a form ---------------------------------------------------------------------------


@bp.post("/files")
@allow(ADMINISTRATORS, also=incidents.may_act)
@takes_files
def stage():
    """One file of a form that is still being filled in, as the line it becomes there."""
    uploads = Uploads()
    if uploads.error or not uploads.waiting:
        return render_template("shared/_upload_refused.html", reason=uploads.error), uploads.status
    return render_template("shared/_upload.html", file=uploads.waiting[-1]), 201


@bp.get("/files")
@allow(ADMINISTRATORS, also=incidents.may_act)
def waiting():
    """Those of a form that was left: a page that is loaded again asks for the ones it named."""
    lines = [render_template("shared/_upload.html", file=file) for file in Uploads(request.args).waiting]
    return "".join(lines)


@bp.delete("/files/<number:number>")
@allow(ADMINISTRATORS, also=incidents.may_act)
def unstage(number):
    forget(files.unstage(number, current_user))
    return "", 204


# --- in an incident ----------------------------------------------------------------------------


@bp.post("/incidents/<number:number>/files")
@allow(ADMINISTRATORS, also=incidents.may_act)
@takes_files
def add(number):
    incident = found_to_act(number)
    form = FilesForm.asked()
    if not form.validate():
        return incident_page.show(incident, form=form)
    files.add(incident, form.uploads.waiting, by=current_user, at=clock.now(), key=form.key.data)
    return redirect(url_for("incidents.show", number=number, _anchor="files"), 303)


@bp.errorhandler(Refused)
def refused(error):
    """What was refused keeps its page, and the files that were to go with it."""
    said = words.tell(error.reason)
    if request.endpoint != "files.add":
        return errors.tell(422, said)
    return incident_page.show(find(request.view_args["number"]), form=FilesForm.asked(), refused=said)


@bp.get("/incidents/<number:number>/files/<number:file>")
@allow(EVERYONE)
def show(number, file):
    return send(files.find(find(number), file, current_user))


@bp.get("/incidents/<number:number>/files/<number:file>/preview")
@allow(EVERYONE)
def preview(number, file):
    return send(files.find(find(number), file, current_user), inline=True)


@bp.route("/incidents/<number:number>/files/<number:file>/removal", methods=["GET", "POST"])
@allow(ADMINISTRATORS, also=incidents.may_act)
def remove(number, file):
    incident = found_to_act(number)
    attachment = files.find(incident, file, current_user)
    refuse_if(files.why_not_remove(attachment, incident, current_user))
    if request.method == "GET":
        return render_template("incidents/remove_file.html", incident=incident, file=attachment)
    files.remove(attachment, by=current_user, at=clock.now())
    forget(attachment.sha256)
    flash(_("%(name)s is deleted.", name=attachment.name))
    return redirect(url_for("incidents.show", number=number, _anchor="files"), 303)
