"""The question who a speaker is whose name several people have, and its answer."""

from library.access import Viewer
from library.consent import release, release_holds
from library.editing import speaker_naming
from library.editing.speaker_names import people_of
from library.errors import ConflictError
from library.models import HoldKind, MentoringSession
from library.store import Transaction


def choose(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: tuple[int, str],
    person_id: int | None,
) -> None:
    """Record which of several people of a name a speaker (source id, label) is; ask them.

    Args:
        db: the transaction.
        viewer: who may change the session.
        session: in which the speaker speaks.
        place: source id and label.
        person_id: one of `speaker_names.question_of`; None: a person whom the library does not
            know yet.

    Raises:
        ConflictError: the name is not a question any more.
        InvalidInputError: this is not a person whom *viewer* knows by that name.
    """
    asked = {
        (hold.source_id, hold.label)
        for hold in release_holds.holds_of(db, session)
        if hold.kind is HoldKind.AMBIGUOUS_NAME
    }
    if place not in asked:
        raise ConflictError(f"Who “{place[1]}” is was chosen meanwhile. Reload the page.")
    meant = people_of(db, session, [place[1]], choices={place[1]: person_id}, asker=viewer)
    chosen = meant[place[1]]
    for source_id, label in asked:
        if label == place[1] and source_id is not None and chosen is not None:
            speaker_naming.assign(db, viewer, session, (source_id, label), chosen)
    release.settle(db, session)
