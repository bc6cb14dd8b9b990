"""Explore page, topic map, unanswered questions and recording requests."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin, require_member
from library.accounts import people
from library.curation import pinned_answers
from library.errors import NotFoundError
from library.overview import growth, recording_requests, topic_coverage
from library.overview.topic_coverage import TopicSize
from library.sessions import passage_queries
from library.translation import gettext
from search.overview.gaps import Gap
from search.overview.topic_map import Group, MapLevel, MapPoint, Path
from web.charts import bar_charts
from web.charts import growth as growth_picture
from web.charts import topic_map as landscape_picture
from web.http import params
from web.http.context import engine, library, viewer
from web.mail import messages, sender
from web.rendering.template_filters import has_endpoint

bp = Blueprint("overview", __name__, url_prefix="/overview")

WAY = re.compile(r"(?:\d{1,3}(?:-\d{1,3}){0,7})?", re.ASCII)
SHOWN = 160  # maximum number of characters of a passage


@bp.before_request
def only_members() -> None:
    """Require a member.

    Raises:
        NotAllowedError: The viewer is a guest.
    """
    require_member(viewer())


@bp.get("")
def page() -> str:
    """Show the growth of the library, its topics, and the topics whose knowledge is at risk."""
    with library().reading() as db:
        months = growth.growth(db, viewer())
        sizes = topic_coverage.sizes(db, viewer())
    return render_template(
        "overview/page.html",
        months=growth_picture.spans(months),
        growth=growth_picture.drawn(months),
        named=growth_picture.named,
        hours=growth_picture.hours,
        sizes=sizes,
        topics=bar_charts.topics_chart(sizes, topic_address),
        topic_address=topic_address,
        risks=topic_coverage.at_risk(sizes),
    )


@bp.get("/map")
@bp.get("/map/<way>")
def landscape(way: str = "") -> str:
    """Show one level of the topic map: groups of passages, or single passages."""
    path = path_of(way)
    found = engine().landscape(viewer(), path)
    if found is None:
        return render_template("overview/map.html", found=None)
    titles = _titles(found)
    return render_template(
        "overview/map.html",
        found=found,
        picture=landscape_picture.drawn(found, into, lambda spot: _link_of(spot, titles)),
        called=landscape_picture.called,
        into=into,
        titles=titles,
        steps=[
            (url_for("overview.landscape", way=written(path[: i + 1])), words)
            for i, words in enumerate(found.words)
        ],
        shown=SHOWN,
    )


@bp.get("/gaps")
def gaps() -> str:
    """Show the unanswered questions of several people."""
    found = engine().gaps(viewer())
    pinned: dict[str, int] = {}
    if viewer().is_admin:
        with library().reading() as db:
            pinned = pinned_answers.pinned_for(db, viewer(), [gap.about for gap in found.told])
    return render_template(
        "overview/gaps.html",
        found=found,
        pinned=pinned,
        picture=bar_charts.gaps_chart(found.told, _asked),
    )


@bp.post("/ask-for")
def ask_for() -> ResponseReturnValue:
    """Create a question script, and send a recording request to the chosen person."""
    require_admin(viewer())
    about = params.text(request.form, "about", longest=180)
    person_id = params.identifier(request.form, "person")
    with library().transaction() as db:
        script = recording_requests.request(
            db, viewer(), about, question=request.form.get("question") == "1"
        )
        title, prompts = script.title, list(script.prompts)
        person = people.get(db, person_id) if person_id is not None else None
        reached = person is not None and person.email is not None and people.may_sign_in(person)
    if person is not None and reached:
        sender.mail_sender().later(lambda: messages.recording_request(person, title, prompts))
        flash(
            gettext(
                "%(name)s gets an e-mail, and finds the questions on the recording page.",
                name=person.name,
            )
        )
    else:
        flash(
            gettext(
                "“%(title)s” is added to the question scripts. Ask a person who can answer to "
                "record with it.",
                title=title,
            )
        )
    return redirect(url_for("scripts.one", script_id=script.id))


def path_of(way: str) -> Path:
    """Parse a path in the topic map, such as 3-0-1.

    Raises:
        NotFoundError: The path is not valid.
    """
    if not WAY.fullmatch(way):
        raise NotFoundError(
            "This part of the map of the passages does not exist. Start again from the whole map."
        )
    return tuple(int(step) for step in way.split("-") if step)


def written(path: Path) -> str:
    """Format a path in the topic map for a URL."""
    return "-".join(map(str, path))


def into(group: Group) -> str:
    """Return the URL of the topic map inside a group."""
    return url_for("overview.landscape", way=written(group.path))


def topic_address(topic: TopicSize) -> str:
    """Return the URL of the topic page, or of a search if the site has no topic pages."""
    if has_endpoint("topics.page"):
        return url_for("topics.page", topic_id=topic.topic_id)
    return url_for("ask.page", q=topic.label)


def _asked(gap: Gap) -> str:
    return url_for("ask.page", q=gap.about)


def _titles(found: MapLevel) -> dict[int, str]:
    """Return the session titles of the passages on the map, by source id."""
    here = [spot.passage for spot in found.spots if spot.passage is not None]
    with library().reading() as db:
        return {i: origin.title for i, origin in passage_queries.origins_of(db, here).items()}


def _link_of(spot: MapPoint, titles: dict[int, str]) -> tuple[str, str]:
    """Return the URL of a passage, and its label: session title and first words."""
    passage = spot.passage
    if passage is None:
        return "", ""
    words = passage.text[:SHOWN].replace("\n", " ")
    label = f"{titles.get(passage.source_id, '')}: {words}…"
    return url_for("passages.page", passage_id=passage.id), label
