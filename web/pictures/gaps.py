"""What several people asked and found little on, by how many they are."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from search.gaps import Gap
from web.pictures import bars
from web.pictures.bars import Bar

MOST = 15  # in the picture; the list has all of them


def drawn(gaps: Sequence[Gap], address: Callable[[Gap], str]) -> Markup:
    """The picture for a desk and for a phone; nothing where nothing is missing."""
    shown = gaps[:MOST]
    largest = max((gap.people for gap in shown), default=1)
    return bars.drawn(
        [
            Bar(
                name=gap.about,
                length=gap.people / largest,
                says=f"{gap.people} people asked",
                address=address(gap),
            )
            for gap in shown
        ],
        title="What several people asked and found little on",
        about=f"{len(shown)} of {len(gaps)}, those of most people first; the list below says more.",
    )
