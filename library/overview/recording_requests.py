"""Recording requests: question scripts about topics and about unanswered questions."""

from library.access import Viewer
from library.capture import question_scripts
from library.models import QuestionScript
from library.store import Transaction
from library.translation import gettext, mark

ON_A_TOPIC = (
    mark("How did you come to %(about)s?"),
    mark("What did you get wrong at first, and how did you notice?"),
    mark("What do you do now, step by step? Take one real case."),
    mark("When would you do it differently?"),
    mark("What do you ask a person who is new to it?"),
    mark("Who else should we ask, and where can we read more?"),
)
ON_A_QUESTION = (
    mark("Describe one time when you faced this. What did you do first?"),
    mark("What would you do differently today?"),
    mark("What should a person know who asks this for the first time?"),
)


def request(db: Transaction, viewer: Viewer, about: str, *, question: bool) -> QuestionScript:
    """Return the question script about a topic or a question. Create it if none exists.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the topic or question is empty.
    """
    title = about if question else gettext("What is known of %(about)s", about=about)
    same = next((s for s in question_scripts.everything(db) if s.title == title[:200]), None)
    if same is not None:
        return same
    prompts = [gettext(one, about=about) for one in (ON_A_QUESTION if question else ON_A_TOPIC)]
    return question_scripts.save(
        db,
        viewer,
        None,
        title=title,
        introduction=gettext(
            "The library has too little about this subject. A recording of ten minutes is enough."
        ),
        prompts=[about, *prompts] if question else prompts,
    )
