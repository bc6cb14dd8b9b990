"""The members of a collection, for its curators; and whose release it asks for."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_curator
from library.accounts import people
from library.curating import review_switch
from library.errors import InvalidInputError
from library.holdings import collections, members
from library.models import CollectionRole, ReleaseRule
from web import parameters, release_words
from web.context import library, viewer

bp = Blueprint("members", __name__, url_prefix="/collections/<int:collection_id>/members")

ROLES = {
    CollectionRole.VIEWER: "Viewer: sees what is for members of the collection",
    CollectionRole.CONTRIBUTOR: "Contributor: puts own sessions in as well",
    CollectionRole.CURATOR: "Curator: arranges it and chooses its members as well",
}


@bp.get("")
def page(collection_id: int) -> str:
    """Who is a member, in which role."""
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
            roles=[(role.value, text) for role, text in ROLES.items()],
        )


@bp.post("")
def change(collection_id: int) -> ResponseReturnValue:
    """Make somebody a member, give them another role, or let them go."""
    person_id = parameters.identifier(request.form, "person")
    if person_id is None:
        raise InvalidInputError("Choose somebody who has an account here.")
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        collection = collections.get(db, collection_id)
        if request.form.get("do") == "take":
            members.take_member(db, viewer(), collection, person_id)
        else:
            role = parameters.choice(request.form, "role", CollectionRole)
            members.put_member(db, viewer(), collection, person_id, role or CollectionRole.VIEWER)
    flash("The members are saved.")
    return redirect(url_for("members.page", collection_id=collection_id))


@bp.post("/review")
def set_review(collection_id: int) -> ResponseReturnValue:
    """Say whether its sessions are reviewed before others find them; for administrators."""
    on = request.form.get("on") == "1"
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        review_switch.collection(db, viewer(), collections.get(db, collection_id), on=on)
        later = release_words.still_to_settle(db)
    flash("Saved. What others find now they go on finding." + later)
    return redirect(url_for("members.page", collection_id=collection_id))


@bp.post("/rule")
def set_rule(collection_id: int) -> ResponseReturnValue:
    """Say whose release its sessions need; for administrators."""
    rule = parameters.choice(request.form, "rule", ReleaseRule)
    if rule is None:
        raise InvalidInputError("Say whose release the sessions need.")
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        members.set_rule(db, viewer(), collections.get(db, collection_id), rule)
        later = release_words.still_to_settle(db)
    flash("Saved. It holds also for the sessions that are in it already." + later)
    return redirect(url_for("members.page", collection_id=collection_id))
