"""Topics by the number of sessions, and by how many people speak about them."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from library.overview.topics import TopicSize
from web.pictures import bars
from web.pictures.bars import Bar

MOST = 15  # topics in the picture; the table has all of them


def drawn(topics: Sequence[TopicSize], address: Callable[[TopicSize], str]) -> Markup:
    """The picture for a desk and for a phone; nothing where nobody has confirmed a topic."""
    shown = topics[:MOST]
    largest = max((topic.sessions for topic in shown), default=1)
    rows = [
        Bar(
            name=topic.label,
            length=topic.sessions / largest,
            says=_says(topic),
            address=address(topic),
            dots=len(topic.holders),
        )
        for topic in shown
    ]
    return bars.drawn(
        rows,
        title="Topics by size and by number of voices",
        about=(
            f"{len(shown)} of {len(topics)} topics, the largest first: a bar for the sessions, and "
            "a dot for each person who speaks about it. The numbers stand in the table below."
        ),
    )


def _says(topic: TopicSize) -> str:
    voices = len(topic.holders)
    sessions = f"{topic.sessions} session{'' if topic.sessions == 1 else 's'}"
    return f"{sessions}, {voices} voice{'' if voices == 1 else 's'}"
