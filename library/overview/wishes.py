"""Asking for a recording: a question script on what is missing, and who could answer it."""

from library.access import Viewer
from library.capture import scripts
from library.models import QuestionScript
from library.store import Transaction

ON_A_TOPIC = (
    "How did you come to {about}?",
    "What did you get wrong at first, and how did you notice?",
    "What do you do now, step by step? Take one real case.",
    "When would you do it differently?",
    "What do you ask somebody who begins with it?",
    "Whom else should we ask, and where can one read on?",
)
ON_A_QUESTION = (
    "{about}",
    "Tell of one time when you faced this. What did you do first?",
    "What would you do differently today?",
    "What should somebody know who asks this for the first time?",
)


def wish(db: Transaction, viewer: Viewer, about: str, *, question: bool) -> QuestionScript:
    """The script for a recording on a topic, or on a question; the one that there is already.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: there is nothing to ask about.
    """
    title = about if question else f"What is known of {about}"
    same = next((s for s in scripts.everything(db) if s.title == title[:200]), None)
    if same is not None:
        return same
    prompts = ON_A_QUESTION if question else ON_A_TOPIC
    return scripts.save(
        db,
        viewer,
        None,
        title=title,
        introduction="The library holds too little of this. Ten minutes are enough.",
        prompts=[prompt.format(about=about) for prompt in prompts],
    )
