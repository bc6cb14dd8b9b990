"""A look at the whole library: pictures with their words and numbers beside them."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import require_admin, require_member
from library.accounts import people
from library.errors import NotFoundError
from library.holdings import passage_rows
from library.overview import condition, growth, topics, wishes
from library.overview.topics import TopicSize
from search.gaps import Gap
from search.landscape import Group, Landscape, Path, Spot
from web import letters, parameters, post
from web.context import engine, library, viewer
from web.look import has_endpoint
from web.pictures import condition as condition_picture
from web.pictures import gaps as gaps_picture
from web.pictures import growth as growth_picture
from web.pictures import landscape as landscape_picture
from web.pictures import topics as topics_picture

bp = Blueprint("overview", __name__, url_prefix="/overview")

WAY = re.compile(r"(?:\d{1,3}(?:-\d{1,3}){0,7})?", re.ASCII)
SHOWN = 160  # characters of a passage


@bp.before_request
def only_members() -> None:
    """Let nobody else in.

    Raises:
        NotAllowedError: for guests.
    """
    require_member(viewer())


@bp.get("")
def page() -> str:
    """What there is: its growth, its topics, what may be lost, and for administrators its state."""
    with library().reading() as db:
        months = growth.growth(db, viewer())
        sizes = topics.sizes(db, viewer())
        state = condition.condition(library(), db, viewer()) if viewer().is_admin else None
    return render_template(
        "overview/page.html",
        months=growth_picture.spans(months),
        growth=growth_picture.drawn(months),
        named=growth_picture.named,
        hours=growth_picture.hours,
        sizes=sizes,
        topics=topics_picture.drawn(sizes, topic_address),
        topic_address=topic_address,
        risks=topics.at_risk(sizes),
        state=state,
        condition=condition_picture.drawn(state, _places()) if state else "",
    )


@bp.get("/map")
@bp.get("/map/<way>")
def landscape(way: str = "") -> str:
    """The passages by meaning: groups, into which one goes, and at the end the moments."""
    path = path_of(way)
    found = engine().landscape(viewer(), path)
    if found is None:
        return render_template("overview/map.html", found=None)
    titles = _titles(found)
    return render_template(
        "overview/map.html",
        found=found,
        picture=landscape_picture.drawn(found, into, lambda spot: _told(spot, titles)),
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
    """What several people asked and found little on."""
    found = engine().gaps(viewer())
    return render_template(
        "overview/gaps.html", found=found, picture=gaps_picture.drawn(found.told, _asked)
    )


@bp.post("/ask-for")
def ask_for() -> ResponseReturnValue:
    """Make the questions for a recording, and write to who could answer them."""
    require_admin(viewer())
    about = parameters.text(request.form, "about", longest=180)
    person_id = parameters.identifier(request.form, "person")
    with library().transaction() as db:
        script = wishes.wish(db, viewer(), about, question=request.form.get("question") == "1")
        title, prompts = script.title, list(script.prompts)
        person = people.get(db, person_id) if person_id is not None else None
        reached = person is not None and person.email is not None and people.may_sign_in(person)
    if person is not None and reached:
        post.room().later(lambda: letters.wish(person, title, prompts))
        flash(f"{person.name} is asked by letter, and finds the questions where one records.")
    else:
        flash(f"“{title}” is among the question scripts. Give it to whoever could answer.")
    return redirect(url_for("scripts.one", script_id=script.id))


def path_of(way: str) -> Path:
    """The steps that an address names: 3-0-1.

    Raises:
        NotFoundError: it names none.
    """
    if not WAY.fullmatch(way):
        raise NotFoundError("There is no such place on the map.")
    return tuple(int(step) for step in way.split("-") if step)


def written(path: Path) -> str:
    """Steps as an address names them."""
    return "-".join(map(str, path))


def into(group: Group) -> str:
    """Where a group of the map is seen from within."""
    return url_for("overview.landscape", way=written(group.path))


def topic_address(topic: TopicSize) -> str:
    """Where somebody hears about a topic: its own page, where the site has one."""
    if has_endpoint("topics.page"):
        return url_for("topics.page", topic_id=topic.topic_id)
    return url_for("ask.page", q=topic.label)


def _asked(gap: Gap) -> str:
    return url_for("ask.page", q=gap.about)


def _places() -> dict[str, str]:
    return {
        "sessions": url_for("sessions.index"),
        "work": url_for("care.page"),
        "health": url_for("keeping.health_page"),
    }


def _titles(found: Landscape) -> dict[int, str]:
    """The titles of the sessions of single passages, by source."""
    here = [spot.passage for spot in found.spots if spot.passage is not None]
    with library().reading() as db:
        return {i: origin.title for i, origin in passage_rows.origins_of(db, here).items()}


def _told(spot: Spot, titles: dict[int, str]) -> tuple[str, str]:
    """Where a passage is heard, and the beginning of its words."""
    passage = spot.passage
    if passage is None:
        return "", ""
    words = passage.text[:SHOWN].replace("\n", " ")
    told = f"{titles.get(passage.source_id, '')}: {words}…"
    return url_for("passages.page", passage_id=passage.id), told
