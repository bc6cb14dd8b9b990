"""The members of a collection and their roles there, and whose release it asks for."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from library import audit
from library.access import Viewer, require_admin, require_curator
from library.errors import InvalidInputError, NotFoundError
from library.holdings import nesting
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
    """A collection's members, by name.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
    """
    require_curator(db, viewer, collection.id)
    return db.scalars(
        select(CollectionMember)
        .join(Person, Person.id == CollectionMember.person_id)
        .where(CollectionMember.collection_id == collection.id)
        .order_by(func.lower(Person.name), Person.id)
        .options(joinedload(CollectionMember.person))
    ).all()


def put_member(
    db: Transaction,
    viewer: Viewer,
    collection: Collection,
    person_id: int,
    role: CollectionRole,
) -> None:
    """Make somebody a member, or give them another role.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
        InvalidInputError: nobody with an account has this number.
    """
    require_curator(db, viewer, collection.id)
    person = db.get(Person, person_id)
    if person is None or person.email is None:
        raise InvalidInputError("Choose somebody who has an account here.")
    db.merge(CollectionMember(collection_id=collection.id, person_id=person_id, role=role))
    db.flush()
    _record(db, viewer, "member.put", collection, {"person": person_id, "role": role.value})


def take_member(db: Transaction, viewer: Viewer, collection: Collection, person_id: int) -> None:
    """Let somebody be a member no longer.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
        NotFoundError: they are none.
    """
    require_curator(db, viewer, collection.id)
    member = db.get(CollectionMember, (collection.id, person_id))
    if member is None:
        raise NotFoundError("This is nobody who is a member of the collection.")
    db.delete(member)
    db.flush()
    _record(db, viewer, "member.take", collection, {"person": person_id})


def set_rule(db: Transaction, viewer: Viewer, collection: Collection, rule: ReleaseRule) -> None:
    """Say whose release the sessions of a collection need.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    if collection.release_rule is rule:
        return
    collection.release_rule = rule
    db.flush()
    _record(db, viewer, "collection.release-rule", collection, {"rule": rule.value})
    nesting.settle_inside(db, collection.id, may_close=rule is not ReleaseRule.MENTORS)


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
