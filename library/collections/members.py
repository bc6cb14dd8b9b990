"""Members of a collection, their roles, and the consent rule of the collection."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from library import audit
from library.access import Viewer, require_admin, require_curator
from library.collections import tree
from library.errors import InvalidInputError, NotFoundError
from library.models import (
    Collection,
    CollectionMember,
    CollectionRole,
    Person,
    ReleaseRule,
)
from library.store import Transaction


def members_of(
    db: Transaction, viewer: Viewer, collection: Collection
) -> Sequence[CollectionMember]:
    """Return a collection's members, by name.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
    """
    require_curator(db, viewer, collection.id)
    return db.scalars(
        select(CollectionMember)
        .join(Person, Person.id == CollectionMember.person_id)
        .where(CollectionMember.collection_id == collection.id)
        .order_by(func.lower(Person.name), Person.id)
        .options(joinedload(CollectionMember.person))
    ).all()


def set_member(
    db: Transaction,
    viewer: Viewer,
    collection: Collection,
    person_id: int,
    role: CollectionRole,
) -> None:
    """Add a member to a collection, or change the role of a member.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
        InvalidInputError: the person has no account.
    """
    require_curator(db, viewer, collection.id)
    person = db.get(Person, person_id)
    if person is None or person.email is None:
        raise InvalidInputError("Choose a person who has an account here.")
    db.merge(CollectionMember(collection_id=collection.id, person_id=person_id, role=role))
    db.flush()
    _record(db, viewer, "member.put", collection, {"person": person_id, "role": role.value})


def remove_member(db: Transaction, viewer: Viewer, collection: Collection, person_id: int) -> None:
    """Remove a member from a collection.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
        NotFoundError: the person is not a member.
    """
    require_curator(db, viewer, collection.id)
    member = db.get(CollectionMember, (collection.id, person_id))
    if member is None:
        raise NotFoundError("This person is not a member of the collection. Reload the page.")
    db.delete(member)
    db.flush()
    _record(db, viewer, "member.take", collection, {"person": person_id})


def set_rule(db: Transaction, viewer: Viewer, collection: Collection, rule: ReleaseRule) -> None:
    """Set whose consent the sessions of a collection need.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    if collection.release_rule is rule:
        return
    collection.release_rule = rule
    db.flush()
    _record(db, viewer, "collection.release-rule", collection, {"rule": rule.value})
    tree.update_release_below(db, collection.id, may_close=rule is not ReleaseRule.MENTORS)


def _record(
    db: Transaction, viewer: Viewer, action: str, collection: Collection, detail: dict[str, object]
) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("collection", collection.id),
        detail=detail,
        address=viewer.address,
    )
