"""Page on which curators edit the members of a collection and its consent rules."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_curator
from library.accounts import people
from library.collections import collections, members
from library.curation import review
from library.errors import InvalidInputError
from library.models import CollectionRole, ReleaseRule
from library.translation import gettext, mark
from web.http import params
from web.http.context import library, viewer
from web.rendering import release_state_text

bp = Blueprint("members", __name__, url_prefix="/collections/<int:collection_id>/members")

ROLES = {
    CollectionRole.VIEWER: mark("Viewer: sees sessions for members of the collection"),
    CollectionRole.CONTRIBUTOR: mark("Contributor: also adds own sessions"),
    CollectionRole.CURATOR: mark("Curator: also arranges the collection and chooses its members"),
}


@bp.get("")
def page(collection_id: int) -> str:
    """List the members of a collection with their roles."""
    with library().reading() as db:
        require_curator(db, viewer(), collection_id)
        collection = collections.get(db, collection_id)
        inside = members.members_of(db, viewer(), collection)
        here = {member.person_id for member in inside}
        return render_template(
            "collections/members.html",
            collection=collection,
            members=inside,
            others=[p for p in people.accounts(db) if p.id not in here and p.active],
            roles=[(role.value, gettext(text)) for role, text in ROLES.items()],
        )


@bp.post("")
def change(collection_id: int) -> ResponseReturnValue:
    """Add a member, change a member's role, or remove a member."""
    person_id = params.identifier(request.form, "person")
    if person_id is None:
        raise InvalidInputError("Choose a person with an account.")
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        collection = collections.get(db, collection_id)
        if request.form.get("do") == "take":
            members.remove_member(db, viewer(), collection, person_id)
        else:
            role = params.choice(request.form, "role", CollectionRole)
            members.set_member(db, viewer(), collection, person_id, role or CollectionRole.VIEWER)
    flash(gettext("The members are saved."))
    return redirect(url_for("members.page", collection_id=collection_id))


@bp.post("/review")
def set_review(collection_id: int) -> ResponseReturnValue:
    """Set whether the sessions of a collection are reviewed first. For administrators."""
    on = request.form.get("on") == "1"
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        review.collection(db, viewer(), collections.get(db, collection_id), on=on)
        later = release_state_text.pending_releases_sentence(db)
    flash(
        gettext(
            "The review setting is saved. Sessions that others can find now stay visible to them."
        )
        + later
    )
    return redirect(url_for("members.page", collection_id=collection_id))


@bp.post("/rule")
def set_rule(collection_id: int) -> ResponseReturnValue:
    """Set whose consent the sessions of a collection need. For administrators."""
    rule = params.choice(request.form, "rule", ReleaseRule)
    if rule is None:
        raise InvalidInputError("Choose whose consent the sessions need.")
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        members.set_rule(db, viewer(), collections.get(db, collection_id), rule)
        later = release_state_text.pending_releases_sentence(db)
    flash(
        gettext(
            "The consent rule is saved. It also applies to sessions that are in the collection "
            "already."
        )
        + later
    )
    return redirect(url_for("members.page", collection_id=collection_id))
