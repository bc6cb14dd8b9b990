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
    """Return all scripts, by title."""
    by_title = func.lower(QuestionScript.title)
    return db.scalars(select(QuestionScript).order_by(by_title, QuestionScript.id)).all()


def get(db: Transaction, script_id: int) -> QuestionScript:
    """Return a question script.

    Raises:
        NotFoundError: the script does not exist.
    """
    if (script := db.get(QuestionScript, script_id)) is None:
        raise NotFoundError("This question script does not exist any more. Choose another one.")
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
    """Change a question script, or create one if *script* is None.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the title or the prompts are missing, or there are too many prompts.
    """
    require_admin(viewer)
    clean_prompts = [
        " ".join(prompt.split())[:LONGEST_PROMPT] for prompt in prompts if prompt.strip()
    ]
    if not (clean := " ".join(title.split())):
        raise InvalidInputError("Give the script a title.")
    if not clean_prompts:
        raise InvalidInputError("Write at least one question, each on its own line.")
    if len(clean_prompts) > MOST_PROMPTS:
        raise InvalidInputError(
            "A script has at most %(number)s questions. Split it into two scripts.",
            number=MOST_PROMPTS,
        )
    script = script or QuestionScript()
    script.title, script.introduction, script.prompts = (
        clean[:LONGEST_TITLE],
        introduction.strip(),
        clean_prompts,
    )
    db.add(script)
    db.flush()
    return script


def remove(db: Transaction, viewer: Viewer, script: QuestionScript) -> None:
    """Delete a question script. Chapters made from it stay.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    db.delete(script)
