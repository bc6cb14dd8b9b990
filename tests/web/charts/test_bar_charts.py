"""Tests of bar charts with names, values and links.

Covers: bars, svg.
"""

from lxml import html

from library.overview.topic_coverage import TopicSize, TopicSpeaker
from search.overview.gaps import Gap
from web.charts import bar_charts, bars, svg
from web.charts.bars import Bar


def test_a_chart_has_a_title_a_description_and_a_link_for_each_bar(app):
    """The drawings for desktop and phone have a title, a description and the links of the bars.

    All text is escaped. Without bars, nothing is drawn.
    """
    rows = [
        Bar(name="A <b>", length=1.0, says="3 of 4", address="/a"),
        Bar(name="B", length=0.5, says="2"),
    ]

    drawn = html.fromstring(f"<div>{bars.drawn(rows, title='Numbers', about='Two bars')}</div>")

    pictures = drawn.findall("svg")
    assert len(pictures) == 2
    for picture in pictures:
        assert "Numbers" in picture.text_content()
        assert "Two bars" in picture.text_content()
        assert [link.get("href") for link in picture.iter("a")] == ["/a"]
    assert not drawn.findall(".//b")
    assert bars.drawn([], title="", about="") == ""


def test_a_long_name_is_shortened():
    """In a chart, a name over the given length is cut and ends with an ellipsis."""
    assert bars.cut("feedback", 8) == "feedback"
    assert bars.cut("feedback early", 10) == "feedback…"


def test_topics_show_sessions_and_speakers(app):
    """The largest topics are drawn with sessions and speakers.

    The description counts all topics.
    """
    speaker = TopicSpeaker(person_id=1, name="Ada", sessions=1)
    topics = [
        TopicSize(topic_id=n, label=f"Topic {n}", sessions=99 - n, seconds=1.0, holders=[speaker])
        for n in range(bar_charts.MOST + 5)
    ]
    with app.test_request_context("/"):
        drawn = bar_charts.topics_chart(topics, lambda topic: f"/topics/{topic.topic_id}")
        gaps = bar_charts.gaps_chart([Gap(people=3, question="Why?", words=())], lambda _: "/gap")

    assert "99 sessions, 1 speaker" in drawn
    assert f"{bar_charts.MOST} of {bar_charts.MOST + 5} topics" in drawn
    assert f"Topic {bar_charts.MOST}:" not in drawn
    assert "3 people asked" in gaps


def test_a_scale_ends_at_a_round_number():
    """A chart's scale ends at a tick that is not below the highest value."""
    scale = svg.scale_to(7.3, 100, 0)

    assert scale.top >= 7.3
    assert scale.place(0) == 100
    assert scale.place(scale.top) == 0
    assert scale.ticks[-1] == scale.top
