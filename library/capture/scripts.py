"""Question scripts: prompts that guide a recording; administrators write them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from library.access import Viewer, require_admin
from library.errors import InvalidInputError, NotFoundError
from library.models import QuestionScript
from library.store import Transaction

MOST_PROMPTS = 100
LONGEST_TITLE = 200  # characters
LONGEST_INTRODUCTION = 2000
LONGEST_PROMPT = 300  # characters: a prompt becomes the title of a chapter


def everything(db: Transaction) -> Sequence[QuestionScript]:
    """All scripts by title."""
    by_title = func.lower(QuestionScript.title)
    return db.scalars(select(QuestionScript).order_by(by_title, QuestionScript.id)).all()


def get(db: Transaction, script_id: int) -> QuestionScript:
    """The script with this id.

    Raises:
        NotFoundError: there is none.
    """
    if (script := db.get(QuestionScript, script_id)) is None:
        raise NotFoundError("There is no such question script.")
    return script


def save(
    db: Transaction,
    viewer: Viewer,
    script: QuestionScript | None,
    *,
    title: str,
    introduction: str,
    prompts: Sequence[str],
) -> QuestionScript:
    """Write a script, a new one where *script* is None.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: it has no title or no prompt, or too many of them.
    """
    require_admin(viewer)
    asked = [" ".join(prompt.split())[:LONGEST_PROMPT] for prompt in prompts if prompt.strip()]
    if not (clean := " ".join(title.split())):
        raise InvalidInputError("Give the script a title.")
    if not asked:
        raise InvalidInputError("Write at least one prompt, each on a line of its own.")
    if len(asked) > MOST_PROMPTS:
        raise InvalidInputError(f"A script has at most {MOST_PROMPTS} prompts; split it in two.")
    script = script or QuestionScript()
    script.title, script.introduction, script.prompts = (
        clean[:LONGEST_TITLE],
        introduction.strip(),
        asked,
    )
    db.add(script)
    db.flush()
    return script


def remove(db: Transaction, viewer: Viewer, script: QuestionScript) -> None:
    """Remove a script; chapters that were made by it stay.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    db.delete(script)
