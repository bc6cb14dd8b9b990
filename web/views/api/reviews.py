"""Reviews from a program: the queue, one review, and what is done in it."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.consent import reviews
from library.curating import review_desk, review_queue
from library.curating.review_queue import Wanted
from library.errors import NotAllowedError
from library.models import MentoringSession, Review, ReviewAct
from library.store import Transaction
from web.context import library, viewer
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import asked, cut, following
from web.views.api.review_schemas import (
    ReviewActSchema,
    ReviewListSchema,
    ReviewPageSchema,
    ReviewSchema,
)
from web.views.review import tell

bp = Blueprint(
    "api_reviews", __name__, url_prefix="/api/v1", description="What somebody looks at first."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/reviews")
@bp.arguments(ReviewPageSchema, location="query")
@bp.response(200, ReviewListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The sessions in review that you may judge, the newest first."""
    wanted = Wanted(state=page["state"], mine=page["mine"], collection_id=page["collection"])
    with library().reading() as db:
        if not review_desk.curates(db, viewer()):
            raise NotAllowedError("Curators and administrators review sessions.")
        found = review_queue.queue(db, viewer(), wanted, **asked(page))
        shown, last = cut(page, found, lambda row: row[0].id)
        listed = [_written(db, session, review) for session, review in shown]
    given = {
        "state": page["state"].value if page["state"] else None,
        "mine": page["mine"] or None,
        "collection": page["collection"],
    }
    return {"reviews": listed, "next": following("api_reviews.index", page, last, **given)}


@bp.get("/sessions/<int:session_id>/review")
@bp.response(200, ReviewSchema)
def one(session_id: int) -> Answer:
    """How it stands with a session's review; its ETag is what an act has to name."""
    with library().reading() as db:
        content = _whole(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.post("/sessions/<int:session_id>/review")
@bp.doc(parameters=[MATCH])
@bp.arguments(ReviewActSchema)
@bp.response(200, ReviewSchema)
def act(given: dict[str, Any], session_id: int) -> Answer:
    """Do one thing in a review, unless something was done in it since you read it."""
    with library().transaction() as db:
        require_match(tag_of(_whole(db, session_id)))
        news = review_desk.act(
            db,
            viewer(),
            session_id,
            ReviewAct(given["act"]),
            text=given["text"],
            to=given["to"],
        )
        session = db.get_one(MentoringSession, session_id)
        content = _with_events(db, session)
    tell(news)
    return content, 200, {"ETag": tag_of(content)}


def _whole(db: Transaction, session_id: int) -> dict[str, Any]:
    return _with_events(db, review_desk.session_in_review(db, viewer(), session_id))


def _with_events(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    events = [
        {
            "id": event.id,
            "at": event.at,
            "act": event.act,
            "person_id": event.person_id,
            "to": event.to_id,
            "text": event.text,
        }
        for event in review_desk.history(db, session.id)
    ]
    return {**_written(db, session, review_desk.of(db, session.id)), "events": events}


def _written(db: Transaction, session: MentoringSession, review: Review | None) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "title": session.title,
        "state": review.state if review else None,
        "reviewer": review.reviewer_id if review else None,
        "changed_at": review.changed_at if review else None,
        "required": reviews.required(db, session),
        "links": {
            "self": url_for("api_reviews.one", session_id=session.id),
            "session": url_for("api_sessions.one", session_id=session.id),
            "page": url_for("review.page", session_id=session.id),
        },
    }
