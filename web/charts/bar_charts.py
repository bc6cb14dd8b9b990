"""Bar charts of unanswered questions and of topics."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from library.overview.topic_coverage import TopicSize
from library.translation import gettext, ngettext
from search.overview.gaps import Gap
from web.charts import bars
from web.charts.bars import Bar

MOST = 15  # maximum number of bars; the list or table below the chart has all rows


def gaps_chart(gaps: Sequence[Gap], address: Callable[[Gap], str]) -> Markup:
    """Return a chart of unanswered questions, as SVG for desktop and for phone; empty if none.

    *address* returns the URL to which the bar of a question links.
    """
    shown = gaps[:MOST]
    largest = max((gap.people for gap in shown), default=1)
    return bars.drawn(
        [
            Bar(
                name=gap.about,
                length=gap.people / largest,
                says=ngettext("%(num)s person asked", "%(num)s people asked", gap.people),
                address=address(gap),
            )
            for gap in shown
        ],
        title=gettext("Unanswered questions of several people"),
        about=gettext(
            "%(number)s of %(total)s questions. Those that most people asked come first. The list "
            "below has details.",
            number=len(shown),
            total=len(gaps),
        ),
    )


def topics_chart(topics: Sequence[TopicSize], address: Callable[[TopicSize], str]) -> Markup:
    """Return a chart of confirmed topics, as SVG for desktop and for phone; empty if none.

    *address* returns the URL to which the bar of a topic links.
    """
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
        title=gettext("Topics by sessions and number of speakers"),
        about=ngettext(
            "%(number)s of %(num)s topic, the largest first: a bar for the sessions, a dot for "
            "each person who speaks about it. The table below has the numbers.",
            "%(number)s of %(num)s topics, the largest first: a bar for the sessions, a dot for "
            "each person who speaks about it. The table below has the numbers.",
            len(topics),
            number=len(shown),
        ),
    )


def _says(topic: TopicSize) -> str:
    sessions = ngettext("%(num)s session", "%(num)s sessions", topic.sessions)
    speakers = ngettext("%(num)s speaker", "%(num)s speakers", len(topic.holders))
    return f"{sessions}, {speakers}"
